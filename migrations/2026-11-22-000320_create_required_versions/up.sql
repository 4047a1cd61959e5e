-- What migrations require of binaries that are older than they are.

create table required_versions (
    migration text not null,
    crate_version text not null,
    reason text_given not null,
    created_at timestamptz not null default now(),
    constraint required_versions_pkey primary key (migration),
    constraint required_versions_migration_is_a_version check (migration ~ '^\d{14}$'),
    constraint required_versions_crate_version_is_three_numbers check (crate_version ~ '^\d{1,6}\.\d{1,6}\.\d{1,6}$')
);

comment on table required_versions is
    'Migrations that older versions of the crate can''t work with: those refuse to start on this database. Such a migration inserts its row itself.';
comment on column required_versions.migration is
    'The version of the migration, as in the ledger: the digits in front of its folder''s name.';
comment on column required_versions.crate_version is
    'The first version of the crate that works with it, such as 1.4.0.';
comment on column required_versions.reason is 'What an older binary would do wrong; it says so when it refuses.';
comment on column required_versions.created_at is 'When the migration was applied.';
