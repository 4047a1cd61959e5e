drop function reconcile_claims();
drop function reconcile();
