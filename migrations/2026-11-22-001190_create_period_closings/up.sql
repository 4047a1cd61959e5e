-- What is dated on or before a closed day is refused from then on. Closing waits for the writers that began before it,
-- and writers wait for it, so nothing slips in. A writer at READ COMMITTED then reads the closing; one with an older
-- snapshot locks the row that it reads, which the closing has changed, and fails as not serializable.

create table period_closings (
    closed_through calendar_date not null,
    closed_by actor not null,
    is_last boolean not null default true,
    created_at timestamptz not null default now(),
    constraint period_closings_pkey primary key (closed_through)
);

create unique index period_closings_one_is_last on period_closings (is_last) where is_last;

select keep_recorder(cast('period_closings' as regclass));

insert into period_closings (closed_through, closed_by) values ('1900-01-01', 'database');

comment on table period_closings is 'Until which day the books are closed: nothing is posted or denied on or before it.';
comment on column period_closings.closed_through is 'The last closed day.';
comment on column period_closings.closed_by is 'Role or user id that closed it.';
comment on column period_closings.is_last is 'Is it the closing that holds? Set by the database.';
comment on column period_closings.created_at is 'When it was closed.';
comment on index period_closings_one_is_last is 'One closing holds: the last one.';
