drop table denials;
drop function status_of_denial(numeric, numeric, numeric, numeric, numeric, numeric, numeric);
