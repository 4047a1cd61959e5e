create table payer_identifiers (
    qualifier payer_identifier_qualifier not null,
    value payer_identifier not null,
    payer_id payer_key not null,
    created_at timestamptz not null default now(),
    constraint payer_identifiers_pkey primary key (qualifier, value),
    constraint payer_identifiers_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict
);

create index payer_identifiers_by_payer on payer_identifiers (payer_id);

comment on table payer_identifiers is 'The numbers that clearinghouses, remittances and banks know a payer by; a payer has several.';
comment on column payer_identifiers.qualifier is 'Whose number it is: PI, XV, 2U, EO, HI, NF, FI or TRN.';
comment on column payer_identifiers.value is 'The number.';
comment on column payer_identifiers.payer_id is 'The payer.';
comment on column payer_identifiers.created_at is 'When the row was written.';
comment on index payer_identifiers_by_payer is 'A payer''s numbers; also serves the foreign key.';
