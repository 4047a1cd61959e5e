-- A claim's billed amount is the sum of its lines when the transaction commits; until then they may differ. Sums add
-- up, so two transactions that are right by themselves are right together, at every isolation level.

create function check_claim_amount() returns trigger
    language plpgsql
    security definer
as $$
declare
    claim_ids uuid[];
begin
    if tg_argv[0] = 'claims' then
        claim_ids := array[new.id];
    elsif tg_op = 'INSERT' then
        claim_ids := array[new.claim_id];
    elsif tg_op = 'DELETE' then
        claim_ids := array[old.claim_id];
    else
        claim_ids := array[old.claim_id, new.claim_id];
    end if;
    if exists (
        select
        from claims
        where id = any (claim_ids)
            and amount is distinct from (select sum(charge_amount) from claim_lines where claim_id = claims.id)
    ) then
        perform refuse(
            'claims_amount_is_sum_of_lines', 'claims', 'the amount must equal the sum of the line charges; write the claim and its lines in one transaction'
        );
    end if;
    return null;
end
$$;

comment on function check_claim_amount() is 'Trigger: a claim''s amount is the sum of the charges of its lines; its argument names the table.';

select pin_search_path('check_claim_amount()');

revoke execute on function check_claim_amount() from public;

create constraint trigger claims_amount_is_sum_of_lines
    after insert or update of amount on claims
    deferrable initially deferred
    for each row
    execute function check_claim_amount('claims');

comment on trigger claims_amount_is_sum_of_lines on claims is 'Billed is the sum of the lines, at commit.';

create constraint trigger claims_amount_is_sum_of_lines
    after insert or delete or update of claim_id, charge_amount on claim_lines
    deferrable initially deferred
    for each row
    execute function check_claim_amount('claim_lines');

comment on trigger claims_amount_is_sum_of_lines on claim_lines is 'Billed is the sum of the lines, at commit.';
