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
    constraint adjustment_rules_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint adjustment_rules_denial_has_code
        check (disposition <> 'denial' or group_code in ('CO', 'PR', 'OA', 'PI'))
);

create unique index adjustment_rules_one_answer on adjustment_rules (
    coalesce(payer_id, '00000000-0000-0000-0000-000000000000'), group_code, coalesce(reason_code, '')
);
create index adjustment_rules_by_payer on adjustment_rules (payer_id) where payer_id is not null;

select diesel_manage_updated_at(cast('adjustment_rules' as regclass));
select keep_recorder(cast('adjustment_rules' as regclass));

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

create function disposition_of(payer uuid, sent_group text, sent_reason text) returns text
    language plpgsql
    stable
as $$
declare
    answer text;
begin
    select disposition
    into answer
    from adjustment_rules
    where group_code = sent_group
        and (payer_id is null or payer_id = payer)
        and (reason_code is null or reason_code = sent_reason)
    order by payer_id is null, reason_code is null
    limit 1;
    if answer is not null or sent_group is null or sent_group not in ('CO', 'PR', 'OA', 'PI') then
        return answer;
    end if;

    select disposition into answer from denial_code_library where denial_code = sent_group || '-' || sent_reason;
    if answer is not null then
        return answer;
    end if;
    -- The reason without its group; where the library has it under several groups, the first of them decides.
    select disposition
    into answer
    from denial_code_library
    where split_part(denial_code, '-', 2) = sent_reason
    order by denial_code collate "C"
    limit 1;
    return case
        when sent_group = 'PR' and answer in ('contractual', 'patient') then 'patient'
        when answer = 'patient' then 'denial'
        else answer
    end;
end
$$;

comment on function disposition_of(uuid, text, text) is
    'What an adjustment of a payer is to us: by the closest of adjustment_rules, else by denial_code_library, else by the same reason under another group. Empty where nobody knows, and for group CR and groups that X12 doesn''t know, of which a person has to say it.';

select pin_search_path(cast('disposition_of(uuid, text, text)' as regprocedure));
