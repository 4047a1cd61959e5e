drop function manage_updated_at_afterwards(regclass);
drop function set_updated_at_afterwards();
drop function diesel_manage_updated_at(regclass);
drop function diesel_set_updated_at();
drop function pin_search_path(regprocedure);
