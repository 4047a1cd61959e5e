-- What submitting a replacement and voiding a claim mean for the claim that they answer: money lives on one claim at a
-- time.

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
    select new.replaces_claim_id, moved.denial_id, 'rebilled', moved.amount, new.submitted_on, 'database', new.id
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
    select claim_id, denial_id, 'rebilled', -remaining, new.voided_on, 'database', rebill_id, moved_to_claim_id, id
    from (
        select *, remaining_amount(id) as remaining
        from postings
        where moved_to_claim_id = new.id and amount > 0
    ) as moved
    where remaining > 0;

    return null;
end
$$;

comment on function take_back_what_was_moved() is
    'Trigger: what was moved to a claim that is voided goes back to where it came from.';

select pin_search_path('move_to_replacement()');
select pin_search_path('take_back_what_was_moved()');

revoke execute on function move_to_replacement() from public;
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

create trigger take_back_what_was_moved
    after update of voided_on on claims
    for each row
    when (old.voided_on is null and new.voided_on is not null)
    execute function take_back_what_was_moved();

comment on trigger take_back_what_was_moved on claims is 'A voided claim gives back what was moved to it.';
