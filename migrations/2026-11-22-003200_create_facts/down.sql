drop view variance_facts;
drop view rebill_facts;
drop view write_off_facts;
drop view appeal_facts;
drop view rebilled_denials;
drop view posting_facts;
drop view denial_facts;
drop view claim_facts;
