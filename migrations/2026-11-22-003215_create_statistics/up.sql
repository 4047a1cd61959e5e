-- What may be shown to people who may learn nothing of a single case: months instead of days, no ids, and no group of fewer
-- than eleven patients (CMS's rule for cells); nor an amount that is of one to ten of them. Who adds groups up and
-- subtracts may still come near a smaller one: a month's whole less its groups. So the whole isn't here; publish what follows from
-- these views only after a look at that.
-- Functions count: of a view alone, EXPLAIN ANALYZE would tell how many rows a group has that is left out.
-- Everybody may call them, as every function of a view; they ask for the right themselves.

create function require_right_to_read(counted regclass, read regclass) returns void
    language plpgsql
    stable
as $$
begin
    -- The view was bound to its table when it was made, whatever schema the names are looked for in since.
    if cast(counted as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;
    -- The caller's: in what runs with its owner's rights the owner is the user.
    if not has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), read, 'select') then
        raise insufficient_privilege using message = format('permission denied for view %s', read);
    end if;
end
$$;

comment on function require_right_to_read(regclass, regclass) is
    'Refuses whoever may not read the view, in a function that reads tables with its owner''s rights; and where the counted table isn''t of the schema that functions look into.';

select pin_search_path(cast('require_right_to_read(regclass, regclass)' as regprocedure));

create function amount_of_enough(amount numeric, patients bigint) returns numeric
    language plpgsql
    immutable
as $$
begin
    return case when patients = 0 or patients >= 11 then round(amount, 2) end;
end
$$;

comment on function amount_of_enough(numeric, bigint) is
    'An amount where it is of no patient, or of eleven or more; else empty. In cents, zero too.';

select pin_search_path(cast('amount_of_enough(numeric, bigint)' as regprocedure));

create function claims_counted(counted regclass) returns table (
    month date, payer business_id, claim_type claim_type, claims bigint, amount numeric, paid_amount numeric,
    contractual_amount numeric, written_off_amount numeric, open_denied_amount numeric
)
    language plpgsql
    stable
    security definer
as $$
#variable_conflict use_column
begin
    perform require_right_to_read(counted, cast('claim_statistics' as regclass));
    return query
    select
        cast(date_trunc('month', cast(claims.service_from as timestamp)) as date) as month,
        payers.payer_id as payer,
        claims.claim_type,
        count(*) as claims,
        amount_of_enough(
            sum(cast(claims.amount as numeric)), count(distinct claims.patient_reference) filter (where claims.amount <> 0)
        ) as amount,
        amount_of_enough(
            sum(cast(claims.paid_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.paid_amount <> 0)
        ) as paid_amount,
        amount_of_enough(
            sum(cast(claims.contractual_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.contractual_amount <> 0)
        ) as contractual_amount,
        amount_of_enough(
            sum(cast(claims.written_off_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.written_off_amount <> 0)
        ) as written_off_amount,
        amount_of_enough(
            sum(cast(claims.open_denied_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.open_denied_amount <> 0)
        ) as open_denied_amount
    from claims
    join payers on payers.id = claims.payer_id
    where claims.voided_on is null
    group by 1, 2, 3
    having count(distinct claims.patient_reference) >= 11;
end
$$;

comment on function claims_counted(regclass) is 'The rows of claim_statistics, for who may read that; told its own table.';

select pin_search_path(cast('claims_counted(regclass)' as regprocedure));

create view claim_statistics with (security_barrier) as
select
    month, payer, claim_type, claims, amount, paid_amount, contractual_amount, written_off_amount, open_denied_amount
from claims_counted(cast('claims' as regclass));

comment on view claim_statistics is
    'Claims of a month, payer and type that aren''t voided; of eleven patients or more. An amount that is of one to ten of them is empty.';
comment on column claim_statistics.month is 'Month of the first day of service, by its first day.';
comment on column claim_statistics.payer is 'Business identifier of the payer.';
comment on column claim_statistics.claim_type is 'professional, institutional or dental.';
comment on column claim_statistics.claims is 'How many.';
comment on column claim_statistics.amount is 'What was billed, US dollars.';
comment on column claim_statistics.paid_amount is 'Paid by the payer, US dollars.';
comment on column claim_statistics.contractual_amount is 'Taken off by the contract, US dollars.';
comment on column claim_statistics.written_off_amount is 'Given up, US dollars.';
comment on column claim_statistics.open_denied_amount is 'Refused and still open, US dollars.';

create function denials_counted(counted regclass) returns table (
    month date, payer business_id, denial_code denial_code, denials bigint, denial_amount numeric,
    recovered_amount numeric, written_off_amount numeric, open_amount numeric
)
    language plpgsql
    stable
    security definer
as $$
#variable_conflict use_column
begin
    perform require_right_to_read(counted, cast('denial_statistics' as regclass));
    return query
    select
        cast(date_trunc('month', cast(denials.denied_on as timestamp)) as date) as month,
        payers.payer_id as payer,
        denials.denial_code,
        count(*) as denials,
        amount_of_enough(
            sum(cast(denials.denial_amount as numeric)), count(distinct claims.patient_reference) filter (where denials.denial_amount <> 0)
        ) as denial_amount,
        amount_of_enough(
            sum(cast(denials.recovered_amount as numeric)), count(distinct claims.patient_reference) filter (where denials.recovered_amount <> 0)
        ) as recovered_amount,
        amount_of_enough(
            sum(cast(denials.written_off_amount as numeric)), count(distinct claims.patient_reference) filter (where denials.written_off_amount <> 0)
        ) as written_off_amount,
        amount_of_enough(
            sum(denials.open_amount), count(distinct claims.patient_reference) filter (where denials.open_amount <> 0)
        ) as open_amount
    from denials
    join claims on claims.id = denials.claim_id
    join payers on payers.id = denials.payer_id
    group by 1, 2, 3
    having count(distinct claims.patient_reference) >= 11;
end
$$;

comment on function denials_counted(regclass) is 'The rows of denial_statistics, for who may read that; told its own table.';

select pin_search_path(cast('denials_counted(regclass)' as regprocedure));

create view denial_statistics with (security_barrier) as
select
    month, payer, denial_code, denials, denial_amount, recovered_amount, written_off_amount, open_amount
from denials_counted(cast('denials' as regclass));

comment on view denial_statistics is 'Denials of a month, payer and code; of eleven patients or more. An amount that is of one to ten of them is empty.';
comment on column denial_statistics.month is 'Month of the payer''s decision, by its first day.';
comment on column denial_statistics.payer is 'Business identifier of the payer.';
comment on column denial_statistics.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_statistics.denials is 'How many.';
comment on column denial_statistics.denial_amount is 'Refused, US dollars.';
comment on column denial_statistics.recovered_amount is 'Paid after all, US dollars.';
comment on column denial_statistics.written_off_amount is 'Given up, US dollars.';
comment on column denial_statistics.open_amount is 'Still to be worked, US dollars.';

create function appeals_counted(counted regclass) returns table (
    month date, payer business_id, appeal_level appeal_level, status appeal_status, appeals bigint,
    appealed_amount numeric, approved_amount numeric
)
    language plpgsql
    stable
    security definer
as $$
#variable_conflict use_column
begin
    perform require_right_to_read(counted, cast('appeal_statistics' as regclass));
    return query
    select
        cast(date_trunc('month', cast(appeals.decided_on as timestamp)) as date) as month,
        payers.payer_id as payer,
        appeals.appeal_level,
        appeals.status,
        count(*) as appeals,
        amount_of_enough(
            sum(cast(appeals.appealed_amount as numeric)), count(distinct claims.patient_reference) filter (where appeals.appealed_amount <> 0)
        ) as appealed_amount,
        amount_of_enough(
            sum(cast(appeals.approved_amount as numeric)), count(distinct claims.patient_reference) filter (where appeals.approved_amount <> 0)
        ) as approved_amount
    from appeals
    join claims on claims.id = appeals.claim_id
    join payers on payers.id = appeals.payer_id
    where appeals.decided_on is not null
    group by 1, 2, 3, 4
    having count(distinct claims.patient_reference) >= 11;
end
$$;

comment on function appeals_counted(regclass) is 'The rows of appeal_statistics, for who may read that; told its own table.';

select pin_search_path(cast('appeals_counted(regclass)' as regprocedure));

create view appeal_statistics with (security_barrier) as
select
    month, payer, appeal_level, status, appeals, appealed_amount, approved_amount
from appeals_counted(cast('appeals' as regclass));

comment on view appeal_statistics is 'Decided appeals of a month, payer, level and decision; of eleven patients or more. An amount that is of one to ten of them is empty.';
comment on column appeal_statistics.month is 'Month of the decision, by its first day.';
comment on column appeal_statistics.payer is 'Business identifier of the payer.';
comment on column appeal_statistics.appeal_level is 'first_level, second_level, third_level or external_review.';
comment on column appeal_statistics.status is 'approved, partially_approved or denied.';
comment on column appeal_statistics.appeals is 'How many.';
comment on column appeal_statistics.appealed_amount is 'Asked for, US dollars.';
comment on column appeal_statistics.approved_amount is 'Granted, US dollars; empty, too, where nothing was.';
