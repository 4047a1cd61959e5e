drop table payment_variances;
drop function check_variance_day();
