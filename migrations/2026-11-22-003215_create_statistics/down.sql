drop view appeal_statistics;
drop function appeals_counted(regclass);
drop view denial_statistics;
drop function denials_counted(regclass);
drop view claim_statistics;
drop function claims_counted(regclass);
drop function amount_of_enough(numeric, bigint);
drop function require_right_to_read(regclass, regclass);
