-- The ledger is only added to, and a row that names a source says what the source says.

create trigger postings_are_append_only
    before update or delete on postings
    for each statement
    execute function refuse_change('postings_are_append_only', 'the ledger is append-only; post a reversal');

comment on trigger postings_are_append_only on postings is 'A posting is never changed or taken out.';

create trigger postings_are_not_truncated
    before truncate on postings
    for each statement
    execute function refuse_change('postings_are_append_only', 'the ledger is append-only; post a reversal');

comment on trigger postings_are_not_truncated on postings is 'The same for TRUNCATE.';

-- What may be posted beyond what a caller may, only triggers of the schema post: they run with the owner's rights, and a
-- trigger of a caller's own table, which is as deep, with the caller's. So this function has no rights of its own.
-- A payer may take back more than a denial has of that kind, as when it takes a whole payment back of which a part paid
-- the denial. Then the row counts for the claim alone and stays listed.
create function prepare_posting() returns trigger
    language plpgsql
as $$
declare
    settled numeric;
begin
    if (new.posted_by = 'database' or new.write_off_id is not null or new.moved_to_claim_id is not null)
        and pg_trigger_depth() > 1
        and not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage')
    then
        perform refuse('postings_posted_by_a_caller', 'postings', 'what the database posts alone has this name; say who posts');
    end if;

    if new.amount < 0 and new.denial_id is not null and new.reverses_id is null
        and new.kind in ('payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer')
    then
        -- A volatile function sees the earlier rows of its own statement. Nothing is locked yet, since rows come in any order;
        -- whether it still holds is asked once the denials are locked, in post_many.
        select sum(amount) into settled
        from postings
        where denial_id = new.denial_id and case new.kind
            when 'contractual_adjustment' then kind in ('contractual_adjustment', 'other_payer')
            when 'other_payer' then kind in ('contractual_adjustment', 'other_payer')
            else kind = new.kind
        end;
        if coalesce(settled, 0) + new.amount < 0 then
            new.unsettled_denial_id := new.denial_id;
            new.denial_id := null;
            new.appeal_id := null;
        end if;
    end if;
    return new;
end
$$;

comment on function prepare_posting() is
    'Trigger: refuses what only the schema''s own triggers post, and has a row that takes back more than its denial has of that kind count for the claim alone.';

-- Short, because each statement reads the condition anew.
create trigger prepare_posting
    before insert on postings
    for each row
    when (new.amount < 0.0 or new.posted_by = 'database')
    execute function prepare_posting();

comment on trigger prepare_posting on postings is
    'A denial''s totals are never negative, and nobody posts in the name of the database.';

-- Called by keep_totals, which has locked the claims. Rows are joined with unnest: for = any, PostgreSQL may read all postings
-- of one source.
create function match_sources(posting_ids uuid[]) returns void
    language plpgsql
as $$
declare
    reversal_ids uuid[];
    taken_ids uuid[];
    write_off_ids uuid[];
    moved_ids uuid[];
    said_ids uuid[];
begin
    select
        array_agg(id) filter (where reverses_id is not null),
        array_agg(coalesce(reverses_id, takes_back_id)) filter (where coalesce(reverses_id, takes_back_id) is not null),
        array_agg(id) filter (where write_off_id is not null),
        array_agg(id) filter (where moved_to_claim_id is not null),
        array_agg(distinct remittance_claim_id) filter (where remittance_claim_id is not null)
    into reversal_ids, taken_ids, write_off_ids, moved_ids, said_ids
    from postings
    where id = any (posting_ids);

    if reversal_ids is not null and exists (
        select
        from unnest(reversal_ids) as given (id)
        join postings as reversal on reversal.id = given.id
        join postings as mistake on mistake.id = reversal.reverses_id
        where mistake.reverses_id is not null
            or reversal.amount <> -mistake.amount
            or (
                reversal.claim_id, reversal.denial_id, reversal.kind, reversal.appeal_id, reversal.write_off_id,
                reversal.rebill_id, reversal.moved_to_claim_id
            ) is distinct from (
                mistake.claim_id, mistake.denial_id, mistake.kind, mistake.appeal_id, mistake.write_off_id,
                mistake.rebill_id, mistake.moved_to_claim_id
            )
            or (reversal.remittance_claim_id, reversal.service_number, reversal.adjustment_number)
                is distinct from (mistake.remittance_claim_id, mistake.service_number, mistake.adjustment_number)
    ) then
        perform refuse(
            'postings_reverses_same_posting', 'postings',
            'a reversal has the claim, denial, kind, source and amount, with the other sign, of a posting that is no reversal itself'
        );
    end if;

    if taken_ids is not null then
        if exists (
            select
            from postings as taker
            join postings as taken on taken.id = taker.takes_back_id
            where taker.takes_back_id = any (taken_ids)
                and (
                    taken.reverses_id is not null
                    or (taker.claim_id, taker.kind) <> (taken.claim_id, taken.kind)
                    or sign(taker.amount) = sign(taken.amount)
                )
        ) then
            perform refuse('postings_takes_back_same_kind', 'postings', 'what is taken back is of the same claim and kind, with the other sign');
        end if;
        if exists (
            select
            from postings
            where id = any (taken_ids) and sign(remaining_amount(id)) = -sign(amount)
        ) then
            perform refuse('postings_taken_back_once', 'postings', 'more would be taken back than was posted');
        end if;
    end if;

    if write_off_ids is not null and exists (
        select
        from unnest(write_off_ids) as given (id)
        join postings as posted on posted.id = given.id
        join write_offs on write_offs.id = posted.write_off_id
        where case
            when posted.amount > 0 then
                write_offs.status not in ('approved', 'reversed') or (posted.kind, posted.amount) <> (write_offs.kind, write_offs.amount)
            -- A payment that takes it back does so inside of its own trigger.
            else write_offs.status <> 'reversed' and pg_trigger_depth() = 1
        end
    ) then
        perform refuse('postings_write_off_says_so', 'postings', 'approve or reverse the write-off itself; the ledger follows');
    end if;

    if said_ids is not null and exists (select from remittance_claims where id = any (said_ids) and not being_posted) then
        perform refuse('postings_remittance_says_so', 'postings', 'post the claim of the remittance, or unmatch it; the ledger follows');
    end if;

    if moved_ids is not null and exists (
        select
        from unnest(moved_ids) as given (id)
        join postings as posted on posted.id = given.id
        join claims as target on target.id = posted.moved_to_claim_id
        left join rebills on rebills.id = posted.rebill_id
        where case
            -- What a later payer's claim takes over.
            when posted.kind <> 'rebilled' then posted.posted_by <> 'database'
            when posted.amount > 0 then
                target.submitted_on is null
                or target.voided_on is not null
                or (rebills.submitted_on is null or rebills.new_claim_id is distinct from target.id)
                and (target.frequency_code <> '7' or target.replaces_claim_id is distinct from posted.claim_id)
            else target.voided_on is null and pg_trigger_depth() = 1
        end
    ) then
        perform refuse('postings_rebill_says_so', 'postings', 'submit the rebill, the replacement or the claim of the next payer, or void it; the ledger follows');
    end if;
end
$$;

comment on function match_sources(uuid[]) is
    'Refuses postings that don''t say what their write-off, rebill or reversed posting says, or that take back what was taken back.';

select pin_search_path(cast('prepare_posting()' as regprocedure));
select pin_search_path(cast('match_sources(uuid[])' as regprocedure));

create view postings_to_review as
select id, claim_id, coalesce(denial_id, unsettled_denial_id) as denial_id, kind, amount, posted_on, takes_back_id, created_at
from postings
-- Not what was expected of the payer before: that gives way to every remittance.
where unsettled_denial_id is not null
    or (takes_back_id is not null and posted_by = 'database' and (kind <> 'other_payer' or moved_to_claim_id is not null));

comment on view postings_to_review is
    'What the database posted or changed by itself, for a person to look at: take-backs of what had settled a denial that was then paid, or of what was moved to a claim that was then voided; and what a payer took back beyond a denial, which counts for the claim alone.';
comment on column postings_to_review.id is 'The posting.';
comment on column postings_to_review.claim_id is 'Its claim.';
comment on column postings_to_review.denial_id is 'The denial that it is about; empty for a row of the claim alone.';
comment on column postings_to_review.kind is 'Its kind.';
comment on column postings_to_review.amount is 'US dollars; below zero, since it takes back; above, where it gives the patient''s part back.';
comment on column postings_to_review.posted_on is 'Business day that it counts for.';
comment on column postings_to_review.takes_back_id is 'The posting that is taken back, where one is named.';
comment on column postings_to_review.created_at is 'When it was written.';
