comment on column org_policies.days_to_act is 'Days from the denial by which to act.';
alter table org_policies drop constraint org_policies_days_to_act_limited;
