drop table period_closings;
