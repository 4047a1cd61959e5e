-- Where a database says whether programs may destroy it: the runner writes its row, once the table is there.
create table database_environment (
    environment text not null
);
