drop table claims;
drop function status_of_claim(date, date, text, numeric, integer, integer, numeric, numeric, numeric, numeric, numeric, numeric, numeric);
