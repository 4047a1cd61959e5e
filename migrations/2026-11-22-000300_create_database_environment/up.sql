create table database_environment (
    singleton boolean not null default true,
    environment text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint database_environment_pkey primary key (singleton),
    constraint database_environment_has_one_row check (singleton),
    constraint database_environment_known check (environment in ('development', 'production'))
);

select diesel_manage_updated_at(cast('database_environment' as regclass));

comment on table database_environment is
    'One row: may programs destroy or seed this database? Written at the first migration, changed by `migrate environment set`.';
comment on column database_environment.singleton is 'Always true: there is one row.';
comment on column database_environment.environment is
    'development or production. Programs that destroy or seed refuse production.';
comment on column database_environment.created_at is 'When the row was written.';
comment on column database_environment.updated_at is 'When the environment last changed.';
