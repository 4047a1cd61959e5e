-- Where an organization sees an adjustment in another way than denial_code_library does.

create table adjustment_rules (
    id adjustment_rule_key not null default uuidv7(),
    payer_id payer_key,
    group_code text_given not null,
    reason_code text_given,
    disposition disposition not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint adjustment_rules_pkey primary key (id),
    constraint adjustment_rules_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict
);

create unique index adjustment_rules_one_answer on adjustment_rules (
    coalesce(payer_id, '00000000-0000-0000-0000-000000000000'), group_code, coalesce(reason_code, '')
);
create index adjustment_rules_by_payer on adjustment_rules (payer_id) where payer_id is not null;

select diesel_manage_updated_at('adjustment_rules');

comment on table adjustment_rules is
    'What an adjustment is to us, where it isn''t what denial_code_library says of its code. A payer''s own rule goes before one for all, one of a reason before one of its group.';
comment on column adjustment_rules.id is 'Primary key.';
comment on column adjustment_rules.payer_id is 'The payer whose adjustments it is about; empty for all.';
comment on column adjustment_rules.group_code is 'CO, PR, OA, PI or CR (X12 CAS01).';
comment on column adjustment_rules.reason_code is 'Claim adjustment reason code (X12 CAS02); empty for all of the group.';
comment on column adjustment_rules.disposition is 'What it is to us.';
comment on column adjustment_rules.created_at is 'When the row was written.';
comment on column adjustment_rules.updated_at is 'When the row last changed.';
comment on index adjustment_rules_one_answer is 'Payer, group and reason have one answer.';
comment on index adjustment_rules_by_payer is 'The rules of a payer; serves the foreign key.';
