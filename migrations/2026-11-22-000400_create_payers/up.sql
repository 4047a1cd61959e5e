create table payers (
    id payer_key not null default uuidv7(),
    payer_id business_id not null,
    name text_given not null,
    payer_type payer_type not null,
    contact_details jsonb not null default '{}',
    is_provisional boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint payers_pkey primary key (id),
    constraint payers_payer_id_unique unique (payer_id),
    constraint payers_contact_details_fit check (octet_length(concat(contact_details)) <= 1000000),
    constraint payers_contact_details_is_object check (jsonb_typeof(contact_details) = 'object')
);

create index payers_to_complete on payers (created_at, id) where is_provisional;

select diesel_manage_updated_at(cast('payers' as regclass));

comment on table payers is 'Who pays: insurers and public programs.';
comment on column payers.id is 'Primary key.';
comment on column payers.payer_id is 'Business identifier, such as BCBS-CA-001.';
comment on column payers.name is 'Name as it stands on remittances.';
comment on column payers.payer_type is 'commercial, medicare, medicaid, tricare, workers_comp or other.';
comment on column payers.contact_details is
    'Addresses, telephone numbers and portals, whose shape differs from payer to payer.';
comment on column payers.is_provisional is
    'Was it made from a file that names it, and is it still to be completed: its type, its own filing_rules, or merged with another?';
comment on column payers.created_at is 'When the row was written.';
comment on column payers.updated_at is 'When the row last changed.';
comment on index payers_to_complete is 'Payers that are to be completed, the first first.';
