drop view postings_to_review;
drop trigger prepare_posting on postings;
drop trigger postings_are_not_truncated on postings;
drop trigger postings_are_append_only on postings;
drop function match_sources(uuid[]);
drop function prepare_posting();
