drop table payment_variances;
