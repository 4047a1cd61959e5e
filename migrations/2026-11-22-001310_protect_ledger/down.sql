drop view postings_to_review;
drop trigger refuse_other_writers on postings;
drop trigger settle_claim_alone on postings;
drop trigger postings_are_not_truncated on postings;
drop trigger postings_are_append_only on postings;
drop function match_sources(uuid[]);
drop function refuse_other_writers();
drop function settle_claim_alone();
