-- What to do about a denial, by the organization's policies: said here once, for the work list, for views and for
-- services that ask about denials that are not stored.

create function category_of(code text) returns text
    language plpgsql
    stable
as $$
begin
    return coalesce(
        (select category from denial_code_library where denial_code = code),
        -- The reason without its group; where the library has it under several groups, the first of them decides.
        (
            select category
            from denial_code_library
            where split_part(denial_code, '-', 2) = split_part(code, '-', 2)
            order by denial_code collate "C"
            limit 1
        ),
        'unknown'
    );
end
$$;

comment on function category_of(text) is
    'What a denial code is about: what the library says of it, else of the same reason under another group, else unknown.';

select pin_search_path('category_of(text)');

create type denial_to_triage as (
    payer_id uuid,
    denial_code text,
    denied_on date,
    open_amount numeric
);

comment on type denial_to_triage is 'What triage looks at.';
comment on column denial_to_triage.payer_id is 'The payer of the claim.';
comment on column denial_to_triage.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_to_triage.denied_on is 'Day of the payer''s decision.';
comment on column denial_to_triage.open_amount is 'What is open, US dollars: of a new denial all of it.';

create type triaged_denial as (
    category denial_category,
    appealable boolean,
    action denial_action,
    automatic boolean,
    priority priority,
    days integer,
    act_by date,
    policy_id org_policy_key,
    policy_name text,
    reason text,
    amount_from numeric,
    amount_below numeric
);

comment on type triaged_denial is 'What triage says.';
comment on column triaged_denial.category is
    'What the library says of the code, else of the same reason under another group, else unknown.';
comment on column triaged_denial.appealable is
    'Does an appeal make sense? Only if the library says so of this very code.';
comment on column triaged_denial.action is
    'appeal, rebill, write_off, transfer_to_patient or investigate; empty when nothing is open.';
comment on column triaged_denial.automatic is 'May a program act without asking?';
comment on column triaged_denial.priority is
    'high for a rebill or an automatic appeal, low for a write-off, else medium; empty when nothing is open.';
comment on column triaged_denial.days is 'Days from the denial by which to act; empty when nothing is open.';
comment on column triaged_denial.act_by is 'Day by which to act; empty when nothing is open.';
comment on column triaged_denial.policy_id is 'The policy that decides; empty when none fits.';
comment on column triaged_denial.policy_name is 'Its name.';
comment on column triaged_denial.reason is 'Why, in a sentence.';
comment on column triaged_denial.amount_from is 'From this open amount on the answer is the same, US dollars.';
comment on column triaged_denial.amount_below is 'Below this open amount the answer is the same, US dollars; empty for no limit.';

create function triage(denial denial_to_triage) returns triaged_denial
    language plpgsql
    stable
as $$
declare
    answer triaged_denial;
    entry record;
    policy record;
    type_of_payer text;
begin
    select category, appealable into entry from denial_code_library where denial_code = denial.denial_code;
    answer.category := coalesce(entry.category, category_of(denial.denial_code));
    answer.appealable := coalesce(entry.appealable, false);
    answer.automatic := false;

    if denial.open_amount <= 0 then
        answer.reason := 'Nothing is open.';
        return answer;
    end if;

    select payer_type into type_of_payer from payers where id = denial.payer_id;

    select id, name, policy_type, days_to_act, automatic, priority_rank
    into policy
    from org_policies
    where active
        and (payer_id is null or payer_id = denial.payer_id)
        and (payer_types is null or type_of_payer = any (payer_types))
        and (denial_category is null or denial_category = answer.category)
        and min_amount <= denial.open_amount
        and (max_amount is null or max_amount > denial.open_amount)
        and (valid_from is null or valid_from <= denial.denied_on)
        and (valid_to is null or valid_to >= denial.denied_on)
        and (policy_type <> 'appeal_threshold' or answer.appealable)
        -- A contractual obligation is never billed to the patient.
        and (policy_type <> 'transfer_to_patient' or denial.denial_code not like 'CO-%')
    order by priority_rank, payer_id is null, denial_category is null, name collate "C"
    limit 1;

    -- Where any policy of the payer begins or ends.
    select max(bound) filter (where bound <= denial.open_amount), min(bound) filter (where bound > denial.open_amount)
    into answer.amount_from, answer.amount_below
    from (
        select min_amount as bound from org_policies where active and (payer_id is null or payer_id = denial.payer_id)
        union all
        select max_amount from org_policies where active and (payer_id is null or payer_id = denial.payer_id)
    ) as limits;
    answer.amount_from := coalesce(answer.amount_from, 0);

    answer.action := case policy.policy_type
        when 'appeal_threshold' then 'appeal'
        when 'write_off_threshold' then 'write_off'
        when 'rebill_threshold' then 'rebill'
        when 'transfer_to_patient' then 'transfer_to_patient'
        else 'investigate'
    end;
    answer.automatic := coalesce(policy.automatic, false);
    answer.priority := case
        when answer.action = 'rebill' or (answer.action = 'appeal' and answer.automatic) then 'high'
        when answer.action = 'write_off' then 'low'
        else 'medium'
    end;
    answer.days := coalesce(policy.days_to_act, 30);
    answer.act_by := denial.denied_on + answer.days;
    answer.policy_id := policy.id;
    answer.policy_name := policy.name;
    answer.reason := case
        when policy.id is not null
            then format('Policy "%s" (rank %s) is the first that fits.', policy.name, policy.priority_rank)
        when entry.category is null then 'No policy fits; the library lacks the code.'
        when not answer.appealable then 'No policy fits; the code is not appealable.'
        else 'No policy fits.'
    end;
    return answer;
end
$$;

comment on function triage(denial_to_triage) is
    'What to do about a denial, stored or not: the first policy that fits decides, by rank, those for the payer before those for any, those for the category before those for any, then by name.';

select pin_search_path('triage(denial_to_triage)');
