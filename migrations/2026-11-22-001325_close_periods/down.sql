drop trigger period_closings_are_fixed on period_closings;
drop trigger period_closings_are_not_truncated on period_closings;
drop trigger period_closings_are_kept on period_closings;
drop trigger close_period on period_closings;
drop function close_period();
