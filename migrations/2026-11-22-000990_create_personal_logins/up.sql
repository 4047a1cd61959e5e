create table personal_logins (
    login text_given not null,
    created_at timestamptz not null default now(),
    constraint personal_logins_pkey primary key (login)
);

select keep_recorder(cast('personal_logins' as regclass));

comment on table personal_logins is
    'Logins that are one person each. What one of them requests, another one approves. The administrator writes it; a login that a service or a pool shares has no place here.';
comment on column personal_logins.login is 'Name of the login, as session_user has it.';
comment on column personal_logins.created_at is 'When the row was written.';
