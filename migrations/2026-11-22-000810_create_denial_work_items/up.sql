-- The work list as rows: what triage says of each denial that waits for an action. The database keeps them
-- (keep_work_items), so that reading the list costs what it shows.

create table denial_work_items (
    denial_id denial_key not null,
    claim_id claim_key not null,
    payer_id payer_key not null,
    denial_code denial_code not null,
    denied_on calendar_date not null,
    denial_amount usd not null,
    open_amount usd not null,
    action denial_action not null,
    automatic boolean not null,
    priority_order smallint not null,
    listed_from calendar_date not null,
    act_by calendar_date not null,
    last_day calendar_date,
    policy_id org_policy_key,
    appealable boolean not null,
    remark_code remark_code,
    decided_by triage_rule not null,
    assigned_to actor,
    amount_from usd not null,
    amount_below usd,
    constraint denial_work_items_pkey primary key (denial_id),
    constraint denial_work_items_denial_of_claim
        foreign key (denial_id, claim_id, payer_id, denial_code)
        references denials (id, claim_id, payer_id, denial_code) on update cascade on delete restrict,
    constraint denial_work_items_policy_id_exists
        foreign key (policy_id) references org_policies (id) on delete restrict
)
-- Room on the page, so that a posting that changes the amount writes no index: what stands in them changes once.
with (fillfactor = 80);

create index denial_work_items_by_urgency on denial_work_items (priority_order, act_by, denial_amount desc, denial_id);
create index denial_work_items_by_payer
    on denial_work_items (payer_id, priority_order, act_by, denial_amount desc, denial_id);
create index denial_work_items_assigned
    on denial_work_items (assigned_to, priority_order, act_by, denial_amount desc, denial_id) where assigned_to is not null;
create index denial_work_items_unassigned
    on denial_work_items (priority_order, act_by, denial_amount desc, denial_id) where assigned_to is null;
create index denial_work_items_by_last_day on denial_work_items (last_day, denial_id);
create index denial_work_items_by_policy on denial_work_items (policy_id);

comment on table denial_work_items is
    'Denials that wait for an action, with what triage says. Kept by the database; read denial_work_list.';
comment on column denial_work_items.denial_id is 'The denial.';
comment on column denial_work_items.claim_id is 'Its claim.';
comment on column denial_work_items.payer_id is 'The payer of the claim.';
comment on column denial_work_items.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_work_items.denied_on is 'Day of the payer''s decision.';
comment on column denial_work_items.denial_amount is 'Refused, US dollars.';
comment on column denial_work_items.open_amount is
    'To be worked, US dollars: what is open and not granted; for a follow_up what was granted.';
comment on column denial_work_items.action is
    'appeal, rebill, write_off, transfer_to_patient, post_adjustment, investigate or follow_up.';
comment on column denial_work_items.automatic is 'May a program act without asking, as long as the last day is not over?';
comment on column denial_work_items.priority_order is '1 high, 2 medium, 3 low.';
comment on column denial_work_items.listed_from is 'Day from which it is on the list.';
comment on column denial_work_items.act_by is 'Day by which to act, never after the last day.';
comment on column denial_work_items.last_day is
    'Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by filing_rules; empty where there is none.';
comment on column denial_work_items.policy_id is 'The policy that decides; empty when none fits.';
comment on column denial_work_items.appealable is 'Does an appeal make sense?';
comment on column denial_work_items.remark_code is 'The remark that counts; empty when none does.';
comment on column denial_work_items.decided_by is 'Which rule of triage decides.';
comment on column denial_work_items.assigned_to is 'Who works it: denials.assigned_to.';
comment on column denial_work_items.amount_from is 'Triage says the same from this amount on, US dollars.';
comment on column denial_work_items.amount_below is 'Triage says the same below this amount, US dollars; empty for no limit.';
comment on index denial_work_items_by_urgency is 'The list in the order in which it is worked.';
comment on index denial_work_items_by_payer is 'A payer''s list in the order in which it is worked.';
comment on index denial_work_items_assigned is 'A worker''s list in the order in which it is worked.';
comment on index denial_work_items_unassigned is 'What nobody has, in the order in which it is worked.';
comment on index denial_work_items_by_last_day is 'What has a last day, first what expires first.';
comment on index denial_work_items_by_policy is 'A policy''s items; serves the foreign key.';
