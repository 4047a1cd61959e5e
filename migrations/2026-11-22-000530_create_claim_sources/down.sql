drop table claim_sources;
