drop view provider_adjustments_to_review;
drop view adjustments_to_classify;
drop view remittance_report;
drop view unposted;
drop view claim_control_numbers;
