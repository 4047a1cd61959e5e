drop table provider_adjustments;
