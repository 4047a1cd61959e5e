create table write_offs (
    id write_off_key not null default uuidv7(),
    denial_id denial_key not null,
    claim_id claim_key not null,
    payer_id payer_key not null,
    denial_code denial_code not null,
    kind posting_kind not null default 'write_off',
    amount usd not null,
    reason write_off_reason not null,
    category write_off_category not null,
    status write_off_status not null default 'pending_approval',
    preventable boolean,
    requested_by actor not null,
    requested_on calendar_date not null,
    approved_by actor,
    approved_on calendar_date,
    rejected_by actor,
    rejected_on calendar_date,
    reversed_by actor,
    reversed_on calendar_date,
    policy_id org_policy_key,
    notes text_given,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint write_offs_pkey primary key (id),
    constraint write_offs_id_denial_id_unique unique (id, denial_id),
    constraint write_offs_denial_of_claim
        foreign key (denial_id, claim_id, payer_id, denial_code)
        references denials (id, claim_id, payer_id, denial_code) on update cascade on delete restrict,
    constraint write_offs_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint write_offs_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint write_offs_policy_id_exists foreign key (policy_id) references org_policies (id) on delete restrict,
    constraint write_offs_kind_is_approved
        check (kind in ('write_off', 'contractual_adjustment', 'other_payer', 'patient_responsibility')),
    constraint write_offs_amount_positive check (amount > 0),
    constraint write_offs_approval_fits_status check (
        case
            when status in ('approved', 'reversed') then approved_by is not null and approved_on is not null
            else approved_by is null and approved_on is null
        end
    ),
    constraint write_offs_rejection_fits_status check (
        case
            when status = 'rejected' then rejected_by is not null and rejected_on is not null
            else rejected_by is null and rejected_on is null
        end
    ),
    constraint write_offs_reversal_fits_status check (
        case
            when status = 'reversed' then reversed_by is not null and reversed_on is not null
            else reversed_by is null and reversed_on is null
        end
    ),
    constraint write_offs_approver_is_not_requester check (lower(approved_by collate "C") <> lower(requested_by collate "C")),
    -- What the database decides and posts has its name.
    constraint write_offs_approved_by_policy check ((approved_by = 'database') = (policy_id is not null)),
    constraint write_offs_decided_by_a_caller check ('database' not in (rejected_by, reversed_by)),
    constraint write_offs_approved_after_request check (approved_on >= requested_on),
    constraint write_offs_rejected_after_request check (rejected_on >= requested_on),
    constraint write_offs_reversed_after_approval check (reversed_on >= approved_on)
);

create index write_offs_by_denial on write_offs (denial_id, claim_id);
create index write_offs_by_claim on write_offs (claim_id, id desc);
create index write_offs_by_payer on write_offs (payer_id, requested_on desc, id desc);
create index write_offs_by_reason on write_offs (reason, requested_on desc, id desc);
create index write_offs_by_request on write_offs (requested_on desc, id desc);
create index write_offs_by_policy on write_offs (policy_id) where policy_id is not null;
create index write_offs_to_approve on write_offs (requested_on, id) where status = 'pending_approval';

select diesel_manage_updated_at(cast('write_offs' as regclass));
select keep_recorder(cast('write_offs' as regclass));

comment on table write_offs is 'A decision to give up money, or to say by hand that somebody else owes it; only an approved one moves any.';
comment on column write_offs.id is 'Primary key.';
comment on column write_offs.denial_id is 'The denial that is given up, wholly or in part.';
comment on column write_offs.claim_id is 'The denial''s claim.';
comment on column write_offs.payer_id is 'The denial''s payer; filled in when left out.';
comment on column write_offs.denial_code is 'The denial''s code; filled in when left out.';
comment on column write_offs.kind is
    'What is posted once it is approved: write_off, contractual_adjustment, other_payer or patient_responsibility.';
comment on column write_offs.amount is 'To be given up, US dollars.';
comment on column write_offs.reason is
    'below_threshold, timely_filing_expired, non_covered_service, patient_responsibility, contract_adjustment, uncollectible or other.';
comment on column write_offs.category is 'administrative, clinical, financial or patient_responsibility.';
comment on column write_offs.status is 'pending_approval, approved, rejected or reversed.';
comment on column write_offs.preventable is 'Could the practice have prevented the loss? Empty until someone has looked.';
comment on column write_offs.requested_by is 'Role or user id that asked for it.';
comment on column write_offs.requested_on is 'Day it was asked for.';
comment on column write_offs.approved_by is 'Role or user id that approved it; never the one that asked; database where a policy did.';
comment on column write_offs.approved_on is 'Day of the approval.';
comment on column write_offs.rejected_by is 'Role or user id that rejected it.';
comment on column write_offs.rejected_on is 'Day of the rejection.';
comment on column write_offs.reversed_by is 'Role or user id that took it back.';
comment on column write_offs.reversed_on is 'Day it was taken back.';
comment on column write_offs.policy_id is
    'The automatic policy that approves it by itself, as the work list says of the denial; empty where a person decides.';
comment on column write_offs.notes is 'What a later reader should know.';
comment on column write_offs.created_at is 'When the row was written.';
comment on column write_offs.updated_at is 'When the row last changed.';
comment on index write_offs_by_denial is 'A denial''s write-offs; also serves the foreign key.';
comment on index write_offs_by_claim is 'A claim''s write-offs, newest first; also serves the foreign key.';
comment on index write_offs_by_payer is 'A payer''s write-offs, newest first; also serves the foreign key.';
comment on index write_offs_by_reason is 'Write-offs with a reason, newest first.';
comment on index write_offs_by_request is 'Write-offs by day of request, newest first, paged by key.';
comment on index write_offs_by_policy is 'What a policy approved; serves the foreign key.';
comment on index write_offs_to_approve is 'The approver''s queue, oldest first.';
