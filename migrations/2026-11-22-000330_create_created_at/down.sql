drop function set_created_at();
