drop table remittance_adjustments;
