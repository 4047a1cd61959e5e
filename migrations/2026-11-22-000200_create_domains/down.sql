drop domain procedure_modifier;
drop domain procedure_code;
drop domain diagnosis_code;
drop domain denial_code;
drop domain business_id;
drop domain signed_usd;
drop domain usd;
