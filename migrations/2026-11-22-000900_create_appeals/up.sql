create table appeals (
    id appeal_key not null default uuidv7(),
    denial_id denial_key not null,
    claim_id claim_key not null,
    payer_id payer_key not null,
    denial_code denial_code not null,
    appeal_level appeal_level not null,
    status appeal_status not null default 'pending',
    priority priority not null default 'medium',
    appealed_amount usd not null,
    approved_amount usd,
    paid_amount signed_usd not null default 0,
    due_on calendar_date not null,
    filed_on calendar_date,
    file_by calendar_date generated always as (
        case when status in ('pending', 'in_progress') then due_on end
    ) stored,
    filed_late boolean not null generated always as (coalesce(filed_on > due_on, false)) stored,
    decided_on calendar_date,
    released_on calendar_date,
    granted_amount signed_usd not null generated always as (
        case when approved_amount is null or released_on is not null then 0 else approved_amount - paid_amount end
    ) stored,
    reason text_given not null,
    supporting_documents jsonb not null default '[]',
    assigned_to actor,
    payer_response text_given,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint appeals_pkey primary key (id),
    constraint appeals_id_denial_id_unique unique (id, denial_id),
    constraint appeals_id_claim_id_unique unique (id, claim_id),
    constraint appeals_denial_of_claim
        foreign key (denial_id, claim_id, payer_id, denial_code)
        references denials (id, claim_id, payer_id, denial_code) on update cascade on delete restrict,
    constraint appeals_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint appeals_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint appeals_appealed_amount_positive check (appealed_amount > 0),
    constraint appeals_filed_when_submitted
        check (filed_on is not null or status in ('pending', 'in_progress', 'withdrawn')),
    constraint appeals_not_filed_before_submitted
        check (filed_on is null or status not in ('pending', 'in_progress')),
    constraint appeals_decided_has_date
        check ((decided_on is not null) = (status in ('approved', 'partially_approved', 'denied'))),
    constraint appeals_decided_after_filing check (decided_on >= filed_on),
    -- "is true": a NULL would pass a CHECK.
    constraint appeals_approved_amount_fits_status check (
        case status
            when 'approved' then approved_amount = appealed_amount
            when 'partially_approved' then approved_amount > 0 and approved_amount < appealed_amount
            else approved_amount is null
        end is true
    ),
    -- Payers pay before their decision arrives.
    constraint appeals_paid_within_what_was_approved check (
        paid_amount >= 0
        and paid_amount <= case when decided_on is null and filed_on is not null then appealed_amount else coalesce(approved_amount, 0) end
    ),
    constraint appeals_released_is_approved check (released_on is null or (approved_amount is not null and released_on >= decided_on)),
    constraint appeals_supporting_documents_fit check (octet_length(concat(supporting_documents)) <= 1000000),
    constraint appeals_supporting_documents_is_array check (jsonb_typeof(supporting_documents) = 'array'),
    constraint appeals_supporting_documents_are_objects
        check (not supporting_documents @? 'strict $[*] ? (@.type() != "object")')
);

-- Checked first, so that a second open appeal is told as such.
create unique index appeals_one_open_per_denial on appeals (denial_id)
    where status in ('pending', 'in_progress', 'submitted', 'under_review');
create unique index appeals_one_per_level on appeals (denial_id, appeal_level) where status <> 'withdrawn';
create index appeals_by_denial on appeals (denial_id, claim_id);
create index appeals_by_claim on appeals (claim_id, id desc);
create index appeals_by_payer on appeals (payer_id, due_on, id);
create index appeals_by_assignee on appeals (assigned_to, due_on, id)
    where status in ('pending', 'in_progress', 'submitted', 'under_review');
create index appeals_by_status on appeals (status, due_on, id);
create index appeals_by_due_day on appeals (due_on, id);
create index appeals_to_file on appeals (due_on, id) where status in ('pending', 'in_progress');
create index appeals_expiring on appeals (file_by, denial_id) where file_by is not null;

select diesel_manage_updated_at(cast('appeals' as regclass));
select keep_recorder(cast('appeals' as regclass));

comment on table appeals is 'A request that the payer reconsider a denial.';
comment on column appeals.id is 'Primary key.';
comment on column appeals.denial_id is 'The denial that is appealed.';
comment on column appeals.claim_id is 'The denial''s claim.';
comment on column appeals.payer_id is 'The denial''s payer; filled in when left out.';
comment on column appeals.denial_code is 'The denial''s code; filled in when left out.';
comment on column appeals.appeal_level is 'first_level, second_level, third_level or external_review.';
comment on column appeals.status is
    'pending, in_progress, submitted, under_review, approved, partially_approved, denied or withdrawn.';
comment on column appeals.priority is 'high, medium or low.';
comment on column appeals.appealed_amount is 'Asked for, US dollars.';
comment on column appeals.approved_amount is
    'Granted by the decision, US dollars: all when approved, part when partially approved, else empty.';
comment on column appeals.paid_amount is 'Paid for it, less what was taken back, US dollars. Kept from postings.';
comment on column appeals.released_on is 'Day from which nobody waits for the rest of what was granted; empty while somebody does.';
comment on column appeals.granted_amount is 'Granted and not yet paid or released, US dollars. Computed.';
comment on column appeals.due_on is 'Last day to file.';
comment on column appeals.filed_on is 'Day it went to the payer; empty before.';
comment on column appeals.file_by is 'due_on, as long as the payer doesn''t have it; else empty.';
comment on column appeals.filed_late is 'Filed after the last day; recorded, not refused. Computed.';
comment on column appeals.decided_on is 'Day of the payer''s decision; empty before.';
comment on column appeals.reason is 'Why the payer should pay.';
comment on column appeals.supporting_documents is 'What was sent along: an array of objects, each with what is known of a document, such as its name and kind.';
comment on column appeals.assigned_to is 'Role or user id that works on it.';
comment on column appeals.payer_response is 'The payer''s answer.';
comment on column appeals.created_at is 'When the row was written.';
comment on column appeals.updated_at is 'When the row last changed.';
comment on index appeals_one_per_level is 'One appeal per denial and level; a withdrawn one may be made again.';
comment on index appeals_one_open_per_denial is 'One open appeal per denial.';
comment on index appeals_by_denial is 'A denial''s appeals; also serves the foreign key.';
comment on index appeals_by_claim is 'A claim''s appeals, newest first; also serves the foreign key.';
comment on index appeals_by_payer is 'A payer''s appeals, first due first; also serves the foreign key.';
comment on index appeals_by_assignee is 'Open appeals of an assignee, most urgent first.';
comment on index appeals_by_status is 'Appeals of one status, first due first, paged by key.';
comment on index appeals_by_due_day is 'All appeals, by due date.';
comment on index appeals_to_file is 'Appeals not yet filed, by due date: the overdue list.';
comment on index appeals_expiring is 'Appeals that the payer doesn''t have yet, in the order of denials_expiring.';
