drop function open_action_of(denial_key);
