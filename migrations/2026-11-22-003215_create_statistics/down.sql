drop view appeal_statistics;
drop view denial_statistics;
drop view claim_statistics;
