drop table institutional_claims;
