drop function keep_open_actions(uuid[]);
drop function open_action_of(uuid);
