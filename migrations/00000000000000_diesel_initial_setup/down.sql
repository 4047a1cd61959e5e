drop function diesel_manage_updated_at(regclass);
drop function diesel_set_updated_at();
