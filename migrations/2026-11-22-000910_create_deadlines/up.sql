-- By when a stored claim is to be filed and a stored denial to be appealed.

create function filing_deadline_of(
    payer uuid, type_of_claim text, first_service date, last_service date, replaced_claim uuid
)
    returns date
    language plpgsql
    stable
as $$
declare
    remitted_on date;
begin
    if replaced_claim is null then
        return deadline_by_rule(payer, type_of_claim, 'original_claim', first_service, last_service, null, null);
    end if;
    -- Without a denial nobody knows the day of the answer; the service is never later.
    select max(denied_on) into remitted_on from denials where claim_id = replaced_claim;
    return deadline_by_rule(
        payer, type_of_claim, 'corrected_claim', first_service, last_service, coalesce(remitted_on, last_service), null
    );
end
$$;

comment on function filing_deadline_of(uuid, text, date, date, uuid) is
    'Last day to file a claim, stored or not, by its payer, type, first and last day of service and the claim that it replaces; null where no filing rule fits.';

create function filing_deadline(claim uuid) returns date
    language plpgsql
    stable
as $$
begin
    return (
        select filing_deadline_of(payer_id, claim_type, service_from, service_to, replaces_claim_id) from claims where id = claim
    );
end
$$;

comment on function filing_deadline(uuid) is
    'Last day to file a claim; of one that replaces another, to file the correction. Null where no filing rule fits.';

create function appeal_deadline(denial uuid, level text) returns date
    language plpgsql
    stable
as $$
declare
    levels constant text[] := array['first_level', 'second_level', 'third_level', 'external_review'];
    asked appeal_level := level;
    denied record;
begin
    select
        denials.payer_id,
        claims.claim_type,
        denials.denied_on,
        case
            when asked = 'first_level' then denials.denied_on
            else (
                select max(appeals.decided_on)
                from appeals
                where appeals.denial_id = denials.id
                    and appeals.appeal_level = levels[array_position(levels, cast(asked as text)) - 1]
            )
        end as decided_on
    into denied
    from denials
    join claims on claims.id = denials.claim_id
    where denials.id = denial;
    return deadline_by_rule(
        denied.payer_id, denied.claim_type, asked, null, null, denied.denied_on, denied.decided_on
    );
end
$$;

comment on function appeal_deadline(uuid, text) is
    'Last day to appeal a denial at a level, counted from the denial or from the decision of the level before; null where that isn''t decided yet, and where no filing rule fits.';

create function next_appeal_deadline(denial uuid) returns date
    language plpgsql
    stable
as $$
declare
    levels constant text[] := array['first_level', 'second_level', 'third_level', 'external_review'];
begin
    return (
        select
            deadline_by_rule(
                denials.payer_id, claims.claim_type, levels[1 + decided.number], null, null, denials.denied_on,
                coalesce(decided.last_on, denials.denied_on)
            )
        from denials
        join claims on claims.id = denials.claim_id
        cross join lateral (
            select count(*) as number, max(appeals.decided_on) as last_on
            from appeals
            where appeals.denial_id = denials.id and (appeals.status in ('denied', 'partially_approved') or appeals.released_on is not null)
        ) as decided
        where denials.id = denial
    );
end
$$;

comment on function next_appeal_deadline(uuid) is
    'Last day to appeal a denial at the level that comes next; null where none is left.';

create function last_day_to_act(denial denial_to_triage, action text, appealable boolean, is_new_claim boolean) returns date
    language plpgsql
    stable
as $$
declare
    claim record;
begin
    if action = 'rebill' then
        select claims.claim_type, claims.service_from, claims.service_to
        into claim
        from denials
        join claims on claims.id = denials.claim_id
        where denials.id = denial.denial_id;
        return deadline_by_rule(
            denial.payer_id, claim.claim_type, case when is_new_claim then 'original_claim' else 'corrected_claim' end,
            claim.service_from, claim.service_to, denial.denied_on, null
        );
    end if;
    if not appealable or action not in ('appeal', 'investigate') then
        return null;
    end if;
    if denial.denial_id is null then
        return appeal_deadline_of(denial.payer_id, null, 'first_level', denial.denied_on);
    end if;
    return next_appeal_deadline(denial.denial_id);
end
$$;

comment on function last_day_to_act(denial_to_triage, text, boolean, boolean) is
    'Last day to file the corrected or new claim of a rebill, or to appeal at the next level what is to be appealed or investigated; null where there is none or nobody knows. Of a denial that isn''t stored nobody knows the service.';

create function fill_due_day() returns trigger
    language plpgsql
    security definer
as $$
begin
    -- A level whose turn has not come has no deadline; let_appeals_take_effect refuses it.
    new.due_on := coalesce(
        appeal_deadline(new.denial_id, new.appeal_level),
        appeal_deadline(new.denial_id, 'first_level'),
        case when new.appeal_level <> 'first_level'
            and not exists (select from appeals where denial_id = new.denial_id and decided_on is not null)
            then current_date end
    );
    if new.due_on is null then
        perform refuse('appeals_have_a_last_day', 'appeals', 'no filing rule says by when to appeal; give due_on, or enter the rule');
    end if;
    return new;
end
$$;

comment on function fill_due_day() is 'Trigger: an appeal is due on the last day that filing_rules allow.';

select pin_search_path(cast('filing_deadline_of(uuid, text, date, date, uuid)' as regprocedure));
select pin_search_path(cast('filing_deadline(uuid)' as regprocedure));
select pin_search_path(cast('appeal_deadline(uuid, text)' as regprocedure));
select pin_search_path(cast('next_appeal_deadline(uuid)' as regprocedure));
select pin_search_path(cast('last_day_to_act(denial_to_triage, text, boolean, boolean)' as regprocedure));
select pin_search_path(cast('fill_due_day()' as regprocedure));

revoke execute on function fill_due_day() from public;

create trigger fill_due_day
    before insert on appeals
    for each row
    when (new.due_on is null)
    execute function fill_due_day();

comment on trigger fill_due_day on appeals is 'The last day may be left out.';
