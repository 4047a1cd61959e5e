create table rebills (
    id rebill_key not null default uuidv7(),
    denial_id denial_key not null,
    original_claim_id claim_key not null,
    payer_id payer_key not null,
    denial_code denial_code not null,
    new_claim_id claim_key,
    reason rebill_reason not null,
    changes text_given not null,
    status rebill_status not null default 'pending',
    due_on calendar_date,
    submit_by calendar_date generated always as (case when status = 'pending' then due_on end) stored,
    submitted_on calendar_date,
    resolved_on calendar_date,
    assigned_to actor,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint rebills_pkey primary key (id),
    constraint rebills_id_denial_id_unique unique (id, denial_id),
    constraint rebills_new_claim_once_per_denial unique (new_claim_id, denial_id),
    constraint rebills_denial_of_claim
        foreign key (denial_id, original_claim_id, payer_id, denial_code)
        references denials (id, claim_id, payer_id, denial_code) on update cascade on delete restrict,
    constraint rebills_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint rebills_original_claim_id_exists
        foreign key (original_claim_id) references claims (id) on delete restrict,
    constraint rebills_new_claim_id_exists foreign key (new_claim_id) references claims (id) on delete restrict,
    constraint rebills_new_claim_is_another_claim check (new_claim_id <> original_claim_id),
    constraint rebills_submission_fits_status
        check (status = 'pending' or (submitted_on is not null and new_claim_id is not null)),
    constraint rebills_not_submitted_while_pending check (status <> 'pending' or submitted_on is null),
    constraint rebills_resolution_fits_status
        check ((resolved_on is not null) = (status in ('paid', 'partially_paid', 'denied_again'))),
    constraint rebills_resolved_after_submission check (resolved_on >= submitted_on)
);

create unique index rebills_one_open_per_denial on rebills (denial_id)
    where status in ('pending', 'submitted', 'accepted');
create index rebills_by_denial on rebills (denial_id, original_claim_id);
create index rebills_by_original_claim on rebills (original_claim_id, id desc);
create index rebills_by_payer on rebills (payer_id, submitted_on desc, id desc);
create index rebills_by_reason on rebills (reason, submitted_on desc, id desc);
create index rebills_expiring on rebills (submit_by, denial_id) where submit_by is not null;
create index rebills_by_submission on rebills (submitted_on desc, id desc);

select diesel_manage_updated_at(cast('rebills' as regclass));
select keep_recorder(cast('rebills' as regclass));

comment on table rebills is 'A denied claim sent again with a correction.';
comment on column rebills.id is 'Primary key.';
comment on column rebills.denial_id is 'The denial that the correction answers.';
comment on column rebills.original_claim_id is 'The denied claim.';
comment on column rebills.payer_id is 'The denial''s payer; filled in when left out.';
comment on column rebills.denial_code is 'The denial''s code; filled in when left out.';
comment on column rebills.new_claim_id is 'The corrected claim; empty until it is made. One corrected claim may answer several denials.';
comment on column rebills.reason is
    'corrected_coding, added_modifier, updated_diagnosis, corrected_info, resubmit_timely, provider_change or other.';
comment on column rebills.changes is 'What differs from the original claim.';
comment on column rebills.status is 'pending, submitted, accepted, paid, partially_paid or denied_again.';
comment on column rebills.due_on is
    'Last day to submit the corrected claim; filled in by filing_rules when left out, empty where none fits.';
comment on column rebills.submit_by is 'due_on, as long as the payer doesn''t have it; else empty.';
comment on column rebills.submitted_on is 'Day the corrected claim went to the payer.';
comment on column rebills.resolved_on is 'Day the payer paid or denied it again.';
comment on column rebills.assigned_to is 'Role or user id that works on it.';
comment on column rebills.created_at is 'When the row was written.';
comment on column rebills.updated_at is 'When the row last changed.';
comment on index rebills_one_open_per_denial is 'One open rebill per denial.';
comment on index rebills_by_denial is 'A denial''s rebills; also serves the foreign key.';
comment on index rebills_by_original_claim is 'A claim''s rebills, newest first; also serves the foreign key.';
comment on index rebills_by_payer is 'A payer''s rebills by day of submission, newest first; also serves the foreign key.';
comment on index rebills_by_reason is 'Rebills with a reason, newest first.';
comment on index rebills_expiring is 'Rebills that the payer doesn''t have yet, in the order of denials_expiring.';
comment on index rebills_by_submission is
    'Rebills by day of submission, those not yet submitted first, then newest first, paged by key.';
