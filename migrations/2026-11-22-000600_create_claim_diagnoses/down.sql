drop table claim_diagnoses;
