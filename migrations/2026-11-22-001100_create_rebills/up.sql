create table rebills (
    id rebill_key not null default uuidv7(),
    denial_id denial_key not null,
    original_claim_id claim_key not null,
    new_claim_id claim_key,
    reason rebill_reason not null,
    changes text_given not null,
    status rebill_status not null default 'pending',
    paid_amount usd,
    adjusted_amount usd,
    submitted_on calendar_date,
    resolved_on calendar_date,
    assigned_to actor,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint rebills_pkey primary key (id),
    constraint rebills_id_denial_id_unique unique (id, denial_id),
    constraint rebills_new_claim_once_per_denial unique (new_claim_id, denial_id),
    constraint rebills_denial_of_claim
        foreign key (denial_id, original_claim_id) references denials (id, claim_id) on delete restrict,
    constraint rebills_original_claim_id_exists
        foreign key (original_claim_id) references claims (id) on delete restrict,
    constraint rebills_new_claim_id_exists foreign key (new_claim_id) references claims (id) on delete restrict,
    constraint rebills_new_claim_is_another_claim check (new_claim_id <> original_claim_id),
    constraint rebills_submission_fits_status
        check (status = 'pending' or (submitted_on is not null and new_claim_id is not null)),
    constraint rebills_not_submitted_while_pending check (status <> 'pending' or submitted_on is null),
    constraint rebills_resolution_fits_status
        check ((resolved_on is not null) = (status in ('paid', 'partially_paid', 'denied_again'))),
    -- "is true": a NULL would pass a CHECK.
    constraint rebills_amounts_fit_status check (
        case
            when status in ('paid', 'partially_paid') then paid_amount > 0 and adjusted_amount >= 0
            else paid_amount is null and adjusted_amount is null
        end is true
    ),
    constraint rebills_resolved_after_submission check (resolved_on >= submitted_on)
);

create unique index rebills_one_open_per_denial on rebills (denial_id)
    where status in ('pending', 'submitted', 'accepted');
create index rebills_by_denial on rebills (denial_id, original_claim_id);
create index rebills_by_original_claim on rebills (original_claim_id, id desc);
create index rebills_by_reason on rebills (reason, submitted_on desc, id desc);
create index rebills_by_submission on rebills (submitted_on desc, id desc);

select diesel_manage_updated_at('rebills');

comment on table rebills is 'A denied claim sent again with a correction.';
comment on column rebills.id is 'Primary key.';
comment on column rebills.denial_id is 'The denial that the correction answers.';
comment on column rebills.original_claim_id is 'The denied claim.';
comment on column rebills.new_claim_id is 'The corrected claim; empty until it is made. One corrected claim may answer several denials.';
comment on column rebills.reason is
    'corrected_coding, added_modifier, updated_diagnosis, corrected_info, resubmit_timely, provider_change or other.';
comment on column rebills.changes is 'What differs from the original claim.';
comment on column rebills.status is 'pending, submitted, accepted, paid, partially_paid or denied_again.';
comment on column rebills.paid_amount is
    'Paid on the new claim for this denial, US dollars; empty unless paid or partially paid.';
comment on column rebills.adjusted_amount is
    'Taken off by the contract on the new claim for this denial, US dollars; empty unless paid or partially paid.';
comment on column rebills.submitted_on is 'Day the corrected claim went to the payer.';
comment on column rebills.resolved_on is 'Day the payer paid or denied it again.';
comment on column rebills.assigned_to is 'Role or user id that works on it.';
comment on column rebills.created_at is 'When the row was written.';
comment on column rebills.updated_at is 'When the row last changed.';
comment on index rebills_one_open_per_denial is 'One open rebill per denial.';
comment on index rebills_by_denial is 'A denial''s rebills; also serves the foreign key.';
comment on index rebills_by_original_claim is 'A claim''s rebills, newest first; also serves the foreign key.';
comment on index rebills_by_reason is 'Rebills with a reason, newest first.';
comment on index rebills_by_submission is
    'Rebills by day of submission, those not yet submitted first, then newest first, paged by key.';
