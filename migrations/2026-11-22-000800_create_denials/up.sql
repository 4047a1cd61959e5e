create table denials (
    id denial_key not null default uuidv7(),
    claim_id claim_key not null,
    line_number smallint,
    denial_code denial_code not null,
    denied_on calendar_date not null,
    denial_amount usd not null,
    root_cause text_given,
    preventable boolean,
    recovered_amount usd not null default 0,
    written_off_amount usd not null default 0,
    transferred_amount usd not null default 0,
    adjusted_amount usd not null default 0,
    -- Plain numeric: the CHECK below names an over-allocation better than the domain would.
    open_amount numeric not null generated always as (
        denial_amount - recovered_amount - written_off_amount - transferred_amount - adjusted_amount
    ) stored,
    resolution_status resolution_status not null generated always as (
        case
            when recovered_amount + written_off_amount + transferred_amount + adjusted_amount < denial_amount
                then 'pending'
            when written_off_amount = denial_amount then 'abandoned'
            else 'resolved'
        end
    ) stored,
    open_action open_action,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint denials_pkey primary key (id),
    constraint denials_id_claim_id_unique unique (id, claim_id),
    constraint denials_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint denials_line_number_exists
        foreign key (claim_id, line_number) references claim_lines (claim_id, line_number) on delete restrict,
    constraint denials_denial_amount_positive check (denial_amount > 0),
    constraint denials_not_over_allocated check (
        recovered_amount + written_off_amount + transferred_amount + adjusted_amount <= denial_amount
    ),
    constraint denials_contractual_not_transferred check (denial_code not like 'CO-%' or transferred_amount = 0)
);

create index denials_by_claim on denials (claim_id, denied_on desc, id desc);
create index denials_to_work on denials (denied_on, id) where open_amount > 0;

select diesel_manage_updated_at('denials');

comment on table denials is 'One refusal of a claim or of part of it, for one code.';
comment on column denials.id is 'Primary key.';
comment on column denials.claim_id is 'The claim that was refused.';
comment on column denials.line_number is 'The refused line of the claim; empty when the claim as a whole was refused.';
comment on column denials.denial_code is 'Group and reason, such as CO-197; need not stand in denial_code_library.';
comment on column denials.denied_on is 'Day of the payer''s decision.';
comment on column denials.denial_amount is 'Refused, US dollars.';
comment on column denials.root_cause is 'What went wrong, in the words of whoever found out.';
comment on column denials.preventable is 'Could the practice have prevented it? Empty until someone has looked.';
comment on column denials.recovered_amount is 'Paid after all, US dollars. Kept from denial_transactions.';
comment on column denials.written_off_amount is 'Given up, US dollars. Kept from denial_transactions.';
comment on column denials.transferred_amount is 'Moved to the patient, US dollars. Kept from denial_transactions.';
comment on column denials.adjusted_amount is 'Contractual adjustment, US dollars. Kept from denial_transactions.';
comment on column denials.open_amount is 'Still to be worked, US dollars. Computed.';
comment on column denials.resolution_status is
    'pending while anything is open; then abandoned if all of it was written off, else resolved. Computed.';
comment on column denials.open_action is
    'What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is. Kept from appeals and rebills.';
comment on column denials.created_at is 'When the row was written.';
comment on column denials.updated_at is 'When the row last changed.';
comment on index denials_by_claim is 'A claim''s denials, newest first; also serves the foreign keys.';
comment on index denials_to_work is 'The work queue: denials with anything open, oldest first.';
