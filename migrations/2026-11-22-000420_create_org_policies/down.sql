drop table org_policies;
