-- What submitting a replacement or the claim of the next payer, and voiding a claim mean for the claim that they answer:
-- money lives on one claim at a time.

create function move_to_replacement() returns trigger
    language plpgsql
    security definer
as $$
declare
    original record;
begin
    perform 1 from denials where claim_id = new.replaces_claim_id order by id for no key update;
    select amount, rebilled_amount, open_denied_amount, submitted_on, voided_on
    into original
    from claims
    where id = new.replaces_claim_id
    for no key update;

    if original.submitted_on is null or original.voided_on is not null then
        perform refuse('claims_replaced_claim_is_submitted', 'claims', 'the replaced claim was not submitted, or is voided');
    end if;

    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, moved_to_claim_id)
    select new.replaces_claim_id, moved.denial_id, 'rebilled', moved.amount, greatest(new.submitted_on, last_closed_day() + 1), 'database', new.id
    from (
        select id as denial_id, open_amount as amount
        from denials
        where claim_id = new.replaces_claim_id and open_amount > 0
        union all
        select null, original.amount - original.rebilled_amount - original.open_denied_amount
    ) as moved
    where moved.amount > 0;

    return null;
end
$$;

comment on function move_to_replacement() is
    'Trigger: moves what the replaced claim billed to its replacement: what is open of each denial, and the rest.';

-- Coordination of benefits: the patient's part of the claim before is billed to the next payer, and the rest of the charge
-- is what the payer before took.
create function take_over(claim uuid) returns void
    language plpgsql
as $$
declare
    own record;
    prior record;
    expected numeric;
    -- The first open one.
    day date;
begin
    select claims.*, claim_details.prior_claim_id
    into own
    from claims
    join claim_details on claim_details.claim_id = claims.id
    where claims.id = claim and claim_details.prior_claim_id is not null and claims.submitted_on is not null
        and claims.voided_on is null and claims.frequency_code <> '8'
    for no key update of claims;
    if not found then
        return;
    end if;

    select patient_reference, submitted_on, voided_on, patient_responsibility_amount
    into prior
    from claims
    where id = own.prior_claim_id
    for no key update;
    if prior.patient_reference <> own.patient_reference then
        perform refuse('claim_details_prior_claim_of_same_patient', 'claim_details', 'the claim of the payer before is of another patient');
    end if;
    if prior.submitted_on is null or prior.voided_on is not null then
        perform refuse('claim_details_prior_claim_is_submitted', 'claim_details', 'the claim of the payer before was not submitted, or is voided');
    end if;

    day := greatest(own.submitted_on, last_closed_day() + 1);
    if prior.patient_responsibility_amount > 0 then
        insert into postings (claim_id, kind, amount, posted_on, posted_by, moved_to_claim_id)
        values
            (own.prior_claim_id, 'patient_responsibility', -prior.patient_responsibility_amount, day, 'database', claim),
            (own.prior_claim_id, 'other_payer', prior.patient_responsibility_amount, day, 'database', claim);
    end if;

    select own.amount - coalesce(sum(amount), 0) into expected
    from postings
    where claim_id = own.prior_claim_id and kind = 'other_payer' and moved_to_claim_id is not null;
    if expected > 0 then
        insert into postings (claim_id, kind, amount, posted_on, posted_by)
        values (claim, 'other_payer', expected, day, 'database');
    end if;
end
$$;

comment on function take_over(uuid) is
    'Where a submitted claim has one of a payer before: moves the patient''s part there to this claim, and posts the rest of the charge as what that payer took, until its remittance says so.';

create function follow_prior_claim(prior uuid, day date) returns void
    language plpgsql
as $$
declare
    later record;
    part numeric;
    expected numeric;
begin
    select claims.id, claims.amount
    into later
    from claim_details
    join claims on claims.id = claim_details.claim_id
    where claim_details.prior_claim_id = prior and claims.submitted_on is not null and claims.voided_on is null
        and claims.frequency_code <> '8'
    order by claims.id desc
    limit 1
    for no key update of claims;
    if not found then
        return;
    end if;
    select patient_responsibility_amount into part from claims where id = prior;
    if part = 0 then
        return;
    end if;

    insert into postings (claim_id, kind, amount, posted_on, posted_by, moved_to_claim_id)
    values
        (prior, 'patient_responsibility', -part, day, 'database', later.id),
        (prior, 'other_payer', part, day, 'database', later.id);

    select coalesce(sum(remaining_amount(id)), 0)
    into expected
    from postings
    where claim_id = later.id and kind = 'other_payer' and amount > 0 and posted_by = 'database'
        and moved_to_claim_id is null and takes_back_id is null;
    if expected > 0 then
        perform take_back_expected(later.id, day);
        if expected > part then
            insert into postings (claim_id, kind, amount, posted_on, posted_by)
            values (later.id, 'other_payer', expected - part, day, 'database');
        end if;
    end if;
end
$$;

comment on function follow_prior_claim(uuid, date) is
    'Where the payer before answers, or takes back, after the claim of the next payer took over: moves what it says is the patient''s, and expects the rest of it.';

create function take_over_when_submitted() returns trigger
    language plpgsql
    security definer
as $$
begin
    perform take_over(new.id);
    return null;
end
$$;

comment on function take_over_when_submitted() is 'Trigger: a submitted claim takes over from the claim of the payer before.';

create function take_over_when_related() returns trigger
    language plpgsql
    security definer
as $$
begin
    -- Once: a claim that is named again has taken over already.
    if new.prior_claim_id is distinct from old.prior_claim_id then
        perform take_over(new.claim_id);
    end if;
    return null;
end
$$;

comment on function take_over_when_related() is 'Trigger: a claim takes over from the one that is named as that of the payer before.';

create function take_back_what_was_moved() returns trigger
    language plpgsql
    security definer
as $$
begin
    perform 1
    from denials
    where id in (select denial_id from postings where moved_to_claim_id = new.id)
    order by id
    for no key update;

    insert into postings (
        claim_id, denial_id, kind, amount, posted_on, posted_by, rebill_id, moved_to_claim_id, takes_back_id
    )
    select claim_id, denial_id, kind, -remaining, new.voided_on, 'database', rebill_id, moved_to_claim_id, id
    from (
        select *, remaining_amount(id) as remaining
        from postings
        where moved_to_claim_id = new.id and takes_back_id is null and reverses_id is null
    ) as moved
    where remaining <> 0;

    return null;
end
$$;

comment on function take_back_what_was_moved() is
    'Trigger: what was moved to a claim that is voided goes back to where it came from.';

select pin_search_path(cast('move_to_replacement()' as regprocedure));
select pin_search_path(cast('take_over(uuid)' as regprocedure));
select pin_search_path(cast('follow_prior_claim(uuid, date)' as regprocedure));
select pin_search_path(cast('take_over_when_submitted()' as regprocedure));
select pin_search_path(cast('take_over_when_related()' as regprocedure));
select pin_search_path(cast('take_back_what_was_moved()' as regprocedure));

revoke execute on function move_to_replacement() from public;
revoke execute on function take_over_when_submitted() from public;
revoke execute on function take_over_when_related() from public;
revoke execute on function take_back_what_was_moved() from public;

create trigger move_to_replacement_when_made
    after insert on claims
    for each row
    when (new.frequency_code = '7' and new.submitted_on is not null)
    execute function move_to_replacement();

comment on trigger move_to_replacement_when_made on claims is 'The money of a replaced claim lives on its replacement.';

create trigger move_to_replacement_when_submitted
    after update of submitted_on on claims
    for each row
    when (new.frequency_code = '7' and old.submitted_on is null and new.submitted_on is not null)
    execute function move_to_replacement();

comment on trigger move_to_replacement_when_submitted on claims is
    'The money of a replaced claim lives on its replacement. Fires before take_back_what_was_moved.';

create trigger take_over_when_submitted
    after update of submitted_on on claims
    for each row
    when (old.submitted_on is null and new.submitted_on is not null)
    execute function take_over_when_submitted();

comment on trigger take_over_when_submitted on claims is
    'The patient''s part of the claim before is billed to the next payer. Fires after move_to_replacement.';

create trigger take_over_when_related
    after insert or update of prior_claim_id on claim_details
    for each row
    when (new.prior_claim_id is not null)
    execute function take_over_when_related();

comment on trigger take_over_when_related on claim_details is 'The same, where the claim was submitted before.';

create trigger claim_details_prior_claim_is_fixed
    before update of prior_claim_id on claim_details
    for each row
    when (old.prior_claim_id is not null and new.prior_claim_id is distinct from old.prior_claim_id)
    execute function refuse_change('claim_details_prior_claim_is_fixed', 'void the claim and record another');

comment on trigger claim_details_prior_claim_is_fixed on claim_details is 'What was taken over stays with its claim.';

create trigger take_back_what_was_moved
    after update of voided_on on claims
    for each row
    when (old.voided_on is null and new.voided_on is not null)
    execute function take_back_what_was_moved();

comment on trigger take_back_what_was_moved on claims is 'A voided claim gives back what was moved to it.';
