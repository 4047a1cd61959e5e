drop function open_action_of(uuid);
