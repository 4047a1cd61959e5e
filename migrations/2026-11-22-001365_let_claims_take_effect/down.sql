drop trigger take_back_what_was_moved on claims;
drop trigger move_to_replacement_when_submitted on claims;
drop trigger move_to_replacement_when_made on claims;
drop function take_back_what_was_moved();
drop function move_to_replacement();
