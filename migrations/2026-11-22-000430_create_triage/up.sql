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

select pin_search_path(cast('category_of(text)' as regprocedure));

create type denial_to_triage as (
    payer_id uuid,
    denial_code text,
    denied_on date,
    open_amount numeric,
    remarks text[],
    denial_id uuid
);

comment on type denial_to_triage is 'What triage looks at.';
comment on column denial_to_triage.payer_id is 'The payer of the claim.';
comment on column denial_to_triage.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_to_triage.denied_on is 'Day of the payer''s decision.';
comment on column denial_to_triage.open_amount is 'What is open, US dollars: of a new denial all of it.';
comment on column denial_to_triage.remarks is 'The remark codes, such as MA130.';
comment on column denial_to_triage.denial_id is 'The denial, whose claim and appeals say more about its last day; empty of one that isn''t stored.';

create type triaged_denial as (
    category denial_category,
    appealable boolean,
    action denial_action,
    automatic boolean,
    priority priority,
    days integer,
    act_by date,
    last_day date,
    policy_id org_policy_key,
    policy_name text,
    remark_code remark_code,
    decided_by triage_rule,
    reason text,
    next_steps text,
    amount_from numeric,
    amount_below numeric
);

comment on type triaged_denial is 'What triage says.';
comment on column triaged_denial.category is
    'What the library says of the code, else of the same reason under another group, else unknown.';
comment on column triaged_denial.appealable is
    'Does an appeal make sense? Only if the library says so of this very code, and neither the type of the payer nor a remark takes the appeal away, and a level is left.';
comment on column triaged_denial.action is
    'appeal, rebill, write_off, transfer_to_patient, post_adjustment or investigate; empty when nothing is open.';
comment on column triaged_denial.automatic is 'May a program act without asking, as long as the last day is not over?';
comment on column triaged_denial.priority is
    'high for a rebill or an automatic appeal, low for a write-off, else medium; empty when nothing is open.';
comment on column triaged_denial.days is 'Days from the denial by which to act; empty when nothing is open.';
comment on column triaged_denial.act_by is 'Day by which to act, never after the last day; empty when nothing is open.';
comment on column triaged_denial.last_day is
    'Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by filing_rules; empty where there is none or nobody knows.';
comment on column triaged_denial.policy_id is 'The policy that decides; empty when none fits.';
comment on column triaged_denial.policy_name is 'Its name.';
comment on column triaged_denial.remark_code is 'The remark that counts; empty when none does.';
comment on column triaged_denial.decided_by is 'Which rule decides; empty when nothing is open.';
comment on column triaged_denial.reason is 'The same in a sentence.';
comment on column triaged_denial.next_steps is
    'How to do it, from the remark that counts, else from the library; empty where neither speaks of that action.';
comment on column triaged_denial.amount_from is 'From this open amount on the answer is the same, US dollars.';
comment on column triaged_denial.amount_below is 'Below this open amount the answer is the same, US dollars; empty for no limit.';

create function reason_of(
    decided_by text, policy_name text, policy_rank integer, remark text, action text, last_day date
)
    returns text
    language plpgsql
    stable
as $$
begin
    return case decided_by
        when 'contractual' then 'Contractual adjustment, no denial: post it.'
        when 'policy' then format('Policy "%s" (rank %s) is the first that fits.', policy_name, policy_rank)
        when 'remark' then format('No policy fits; remark %s says what to do.', remark)
        when 'library' then 'No policy fits; the library says what to do about the code.'
        when 'no_policy' then 'No policy fits.'
        when 'not_appealable' then 'No policy fits; there is no appeal.'
        when 'code_not_valid' then 'No policy fits; the code was not valid on the day.'
        when 'unknown_code' then 'No policy fits; the library lacks the code.'
    end
        || case
            when last_day >= current_date or last_day is null then ''
            when action = 'rebill' then to_char(last_day, '" The last day to file the correction was "YYYY-MM-DD"."')
            else to_char(last_day, '" The last day to appeal was "YYYY-MM-DD"."')
        end;
end
$$;

comment on function reason_of(text, text, integer, text, text, date) is
    'What a rule of triage says, in a sentence, and in another one that its last day is over.';

-- No rows of tables: Citus takes a function of them that a view calls for one that needs itself, and adds no node then.
create function steps_for(
    action text, decided_by text, denied_on date, remarked_action text, remarked_steps text, entered_action text,
    usual_resolution text, valid_from date, valid_to date
)
    returns text
    language plpgsql
    stable
as $$
begin
    return case
        when remarked_steps is not null
            and coalesce(remarked_action = action, action in ('appeal', 'rebill', 'investigate'))
            then remarked_steps
        when decided_by = 'code_not_valid' then usual_resolution
        when entered_action = action
            and (valid_from is null or valid_from <= denied_on)
            and (valid_to is null or valid_to >= denied_on)
            then usual_resolution
    end;
end
$$;

comment on function steps_for(text, text, date, text, text, text, text, date, date) is
    'How to do what triage says: what the remark that counts says of it, else the entry of the library; null where neither speaks of that action.';

create function triage(denial denial_to_triage) returns triaged_denial
    language plpgsql
    stable
as $$
declare
    answer triaged_denial;
    known denial_code_library;
    entry denial_code_library;
    remark remark_code_library;
    policy org_policies;
    type_of_payer text;
    said text;
    levels integer := 0;
    since date := denial.denied_on;
begin
    select * into known from denial_code_library where denial_code = denial.denial_code;
    if (known.valid_from <= denial.denied_on) is not false and (known.valid_to >= denial.denied_on) is not false then
        entry := known;
    end if;
    select payer_type into type_of_payer from payers where id = denial.payer_id;
    if cardinality(denial.remarks) > 0 then
        select *
        into remark
        from remark_code_library
        where remark_code = any (denial.remarks) and next_steps is not null
        -- What takes the appeal away is heard before what asks for one.
        -- Then what is wrong with the claim goes before what is to be argued.
        order by
            not prevents_appeal, array_position(array['rebill', 'appeal', 'investigate'], cast(recommended_action as text)),
            remark_code collate "C"
        limit 1;
    end if;

    if denial.denial_id is not null then
        select count(*), greatest(max(appeals.decided_on), since)
        into levels, since
        from appeals
        where appeals.denial_id = denial.denial_id
            and (status in ('denied', 'partially_approved') or released_on is not null);
    end if;

    answer.category := coalesce(entry.category, category_of(denial.denial_code));
    answer.appealable := coalesce(entry.appealable, false)
        and not coalesce(type_of_payer = any (entry.not_appealable_by), false)
        and not coalesce(remark.prevents_appeal, false)
        -- There are four.
        and levels < 4;
    answer.automatic := false;
    answer.remark_code := remark.remark_code;
    -- A remark is about this denial, the library about all of its code.
    said := coalesce(remark.recommended_action, entry.recommended_action);

    if denial.open_amount <= 0 then
        answer.reason := 'Nothing is open.';
        return answer;
    end if;

    -- Under group PR the patient owes it.
    if answer.category = 'contractual_adjustment' and denial.denial_code not like 'PR-%' then
        answer.action := 'post_adjustment';
        answer.decided_by := 'contractual';
        answer.remark_code := null;
        remark := null;
        answer.amount_from := 0;
    else
        select *
        into policy
        from org_policies
        where active
            and policy_type <> 'approval_threshold'
            and (payer_id is null or payer_id = denial.payer_id)
            and (payer_types is null or type_of_payer = any (payer_types))
            and (denial_category is null or denial_category = answer.category)
            and (denial_code is null or denial_code = denial.denial_code)
            and (except_group is null or except_group <> split_part(denial.denial_code, '-', 1))
            and min_amount <= denial.open_amount
            and (max_amount is null or max_amount > denial.open_amount)
            and (valid_from is null or valid_from <= denial.denied_on)
            and (valid_to is null or valid_to >= denial.denied_on)
            and (
                policy_type <> 'appeal_threshold'
                or answer.appealable
                -- One for everything appeals nothing whose cure is something else.
                and (said = 'appeal' or num_nonnulls(payer_id, denial_category, denial_code) > 0)
            )
            -- A contractual obligation is never billed to the patient.
            and (policy_type <> 'transfer_to_patient' or denial.denial_code not like 'CO-%')
        order by priority_rank, payer_id is null, denial_code is null, denial_category is null, name collate "C"
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

        answer.action := case
            when policy.policy_type = 'appeal_threshold' then 'appeal'
            when policy.policy_type = 'write_off_threshold' then 'write_off'
            when policy.policy_type = 'rebill_threshold' then 'rebill'
            when policy.policy_type = 'transfer_to_patient' then 'transfer_to_patient'
            -- Below every policy that appeals.
            when said is null or said = 'appeal' then 'investigate'
            else said
        end;
        answer.decided_by := case
            when policy.id is not null then 'policy'
            when said <> 'appeal' and remark.recommended_action is not null then 'remark'
            when said <> 'appeal' then 'library'
            when entry.id is not null and answer.appealable then 'no_policy'
            when entry.id is not null then 'not_appealable'
            when known.id is not null then 'code_not_valid'
            else 'unknown_code'
        end;
    end if;

    answer.automatic := coalesce(policy.automatic, false) and coalesce(remark.recommended_action, answer.action) = answer.action;
    answer.priority := case
        when answer.action = 'rebill' or (answer.action = 'appeal' and answer.automatic) then 'high'
        when answer.action = 'write_off' then 'low'
        else 'medium'
    end;
    answer.last_day := last_day_to_act(
        denial, answer.action, answer.appealable, coalesce(remark.asks_for_new_claim, false)
    );
    answer.act_by := least(since + coalesce(policy.days_to_act, 30), answer.last_day);
    answer.days := answer.act_by - denial.denied_on;
    answer.next_steps := steps_for(
        answer.action, answer.decided_by, denial.denied_on, remark.recommended_action, remark.next_steps,
        known.recommended_action, known.usual_resolution, known.valid_from, known.valid_to
    );
    answer.policy_id := policy.id;
    answer.policy_name := policy.name;
    answer.reason := reason_of(
        answer.decided_by, policy.name, policy.priority_rank, answer.remark_code, answer.action, answer.last_day
    );
    return answer;
end
$$;

comment on function triage(denial_to_triage) is
    'What to do about a denial, stored or not. A contractual adjustment is posted. Else the first policy that fits decides: by rank, those for the payer before those for any, those for the code before those for its category before those for any, then by name. None appeals what has no appeal, and one for everything only what a remark, else the library, says to appeal. Where no policy fits, that is done, unless it is an appeal. Nothing is to be done later than filing_rules allow.';

select pin_search_path(cast('reason_of(text, text, integer, text, text, date)' as regprocedure));
select pin_search_path(cast('steps_for(text, text, date, text, text, text, text, date, date)' as regprocedure));
select pin_search_path(cast('triage(denial_to_triage)' as regprocedure));
