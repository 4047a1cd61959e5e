create function status_of_denial(
    denied numeric, recovered numeric, written_off numeric, transferred numeric, adjusted numeric, rebilled numeric,
    withdrawn numeric
) returns text
    language plpgsql
    immutable
    parallel safe
as $$
begin
    return case
        when recovered + written_off + transferred + adjusted + rebilled + withdrawn < denied then 'pending'
        when rebilled > 0 then 'rebilled'
        when written_off > 0 and written_off + withdrawn = denied then 'abandoned'
        else 'resolved'
    end;
end
$$;

select pin_search_path(cast('status_of_denial(numeric, numeric, numeric, numeric, numeric, numeric, numeric)' as regprocedure));

comment on function status_of_denial(numeric, numeric, numeric, numeric, numeric, numeric, numeric) is
    'Where a denial stands, from its totals in US dollars.';

create table denials (
    id denial_key not null default uuidv7(),
    claim_id claim_key not null,
    payer_id payer_key not null,
    line_number smallint,
    denial_code denial_code not null,
    denied_on calendar_date not null,
    denial_amount usd not null,
    root_cause text_given,
    preventable boolean,
    assigned_to actor,
    recovered_amount signed_usd not null default 0,
    written_off_amount signed_usd not null default 0,
    transferred_amount signed_usd not null default 0,
    adjusted_amount signed_usd not null default 0,
    rebilled_amount signed_usd not null default 0,
    withdrawn_amount signed_usd not null default 0,
    granted_amount signed_usd not null default 0,
    open_action open_action,
    remittance_claim_id remittance_claim_key,
    adjustment_number smallint,
    taken_back_in_id remittance_claim_key,
    taken_back_adjustment_number smallint,
    open_amount signed_usd not null generated always as (
        denial_amount - recovered_amount - written_off_amount - transferred_amount - adjusted_amount
        - rebilled_amount - withdrawn_amount
    ) stored,
    resolution_status resolution_status not null generated always as (
        status_of_denial(
            denial_amount, recovered_amount, written_off_amount, transferred_amount, adjusted_amount, rebilled_amount,
            withdrawn_amount
        )
    ) stored,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint denials_pkey primary key (id),
    -- What appeals, write-offs and rebills carry along, and prove to be the denial's.
    constraint denials_what_follows_it_carries unique (id, claim_id, payer_id, denial_code),
    constraint denials_id_claim_id_unique unique (id, claim_id),
    constraint denials_claim_of_payer
        foreign key (claim_id, payer_id) references claims (id, payer_id) on update cascade on delete restrict,
    constraint denials_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint denials_claim_line_of_claim
        foreign key (claim_id, line_number) references claim_lines (claim_id, line_number) on delete restrict,
    constraint denials_adjustment_says_so
        foreign key (remittance_claim_id, adjustment_number, denial_amount)
        references remittance_adjustments (remittance_claim_id, adjustment_number, amount) on delete restrict,
    constraint denials_taken_back_by_adjustment
        foreign key (taken_back_in_id, taken_back_adjustment_number)
        references remittance_adjustments (remittance_claim_id, adjustment_number) on delete restrict,
    constraint denials_adjustment_of_remittance check ((remittance_claim_id is null) = (adjustment_number is null)),
    constraint denials_taken_back_in_remittance
        check ((taken_back_in_id is null) = (taken_back_adjustment_number is null)),
    constraint denials_denial_amount_positive check (denial_amount > 0.0),
    constraint denials_totals_not_negative check (
        least(
            recovered_amount, written_off_amount, transferred_amount, adjusted_amount, rebilled_amount, withdrawn_amount,
            granted_amount
        ) >= 0.0
    ),
    constraint denials_not_over_allocated check (open_amount >= 0.0),
    constraint denials_contractual_not_transferred check (transferred_amount = 0.0 or denial_code not like 'CO-%')
)
-- Room on the page, so that a posting that changes totals writes no index.
with (fillfactor = 90);

create unique index denials_one_per_adjustment on denials (remittance_claim_id, adjustment_number, claim_id)
    where remittance_claim_id is not null;
create unique index denials_taken_back_once on denials (taken_back_in_id, taken_back_adjustment_number)
    where taken_back_in_id is not null;
create index denials_by_claim on denials (claim_id, denied_on desc, id desc);
create index denials_by_payer on denials (payer_id, denied_on desc, id desc);
create index denials_by_payer_and_code on denials (payer_id, denial_code, denied_on desc, id desc);
create index denials_by_assignee on denials (assigned_to, denied_on desc, id desc) where assigned_to is not null;
create index denials_by_day on denials (denied_on desc, id desc);

select manage_updated_at_afterwards(cast('denials' as regclass));

comment on table denials is 'One refusal of a claim or of part of it, for one code.';
comment on column denials.id is 'Primary key.';
comment on column denials.claim_id is 'The claim that was refused.';
comment on column denials.payer_id is 'The claim''s payer; filled in when left out.';
comment on column denials.line_number is 'The refused line of the claim; empty when the claim as a whole was refused.';
comment on column denials.denial_code is 'Group and reason, such as CO-197; need not stand in denial_code_library.';
comment on column denials.denied_on is 'Day of the payer''s decision.';
comment on column denials.denial_amount is 'Refused, US dollars.';
comment on column denials.root_cause is 'What went wrong, in the words of whoever found out.';
comment on column denials.preventable is 'Could the practice have prevented it? Empty until someone has looked.';
comment on column denials.assigned_to is 'Who works it: a role or user id; empty for whoever comes next.';
comment on column denials.recovered_amount is 'Paid after all, US dollars. Kept from postings.';
comment on column denials.written_off_amount is 'Given up, US dollars. Kept from postings.';
comment on column denials.transferred_amount is 'Moved to the patient, US dollars. Kept from postings.';
comment on column denials.adjusted_amount is 'Taken off by the contract or settled by an earlier payer, US dollars. Kept from postings.';
comment on column denials.rebilled_amount is 'Moved to a new claim, US dollars. Kept from postings.';
comment on column denials.withdrawn_amount is 'Taken back by the payer, US dollars: the denial ends, the claim''s balance stays. Kept from postings.';
comment on column denials.granted_amount is
    'Approved by decided appeals and not yet paid, US dollars: part of the open amount that waits for the payer. Kept from appeals.';
comment on column denials.open_amount is 'Still open, US dollars. Computed.';
comment on column denials.resolution_status is
    'pending while anything is open; then rebilled if any of it was, abandoned if all that wasn''t withdrawn was written off, else resolved. Computed.';
comment on column denials.open_action is
    'What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is. Kept from appeals and rebills.';
comment on column denials.remittance_claim_id is 'The claim of a remittance that says it; empty where it was recorded by hand.';
comment on column denials.adjustment_number is 'The adjustment there, which has its amount.';
comment on column denials.taken_back_in_id is
    'The claim of a remittance by which the payer took it back. It is off the work list; the payer''s correction settles it, or a person withdraws it.';
comment on column denials.taken_back_adjustment_number is 'The adjustment there.';
comment on column denials.created_at is 'When the row was written.';
comment on column denials.updated_at is 'When the row last changed.';
comment on index denials_one_per_adjustment is 'An adjustment denies once; also serves the foreign key.';
comment on index denials_taken_back_once is 'An adjustment takes one denial back; also serves the foreign key.';
comment on index denials_by_claim is 'A claim''s denials, newest first; also serves the foreign keys to claims and lines.';
comment on index denials_by_payer is 'A payer''s denials, newest first; also serves the foreign key.';
comment on index denials_by_payer_and_code is 'Finds similar denials for estimated_recoveries, the newest first.';
comment on index denials_by_assignee is 'An assignee''s denials, newest first.';
comment on index denials_by_day is 'Denials by day, newest first.';
