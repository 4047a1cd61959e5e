drop function keep_recorder(regclass);
