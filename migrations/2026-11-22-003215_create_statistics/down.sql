drop view appeal_statistics;
drop function appeals_counted();
drop view denial_statistics;
drop function denials_counted();
drop view claim_statistics;
drop function claims_counted();
drop function require_right_to_read(regclass);
