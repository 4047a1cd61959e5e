drop table database_environment;
