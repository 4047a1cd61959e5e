create table denial_remarks (
    denial_id denial_key not null,
    remark_code remark_code not null,
    withdrawn_by actor,
    created_at timestamptz not null default now(),
    constraint denial_remarks_pkey primary key (denial_id, remark_code),
    constraint denial_remarks_denial_id_exists foreign key (denial_id) references denials (id) on delete restrict
);

comment on table denial_remarks is
    'What a payer remarked on a denial. The remarks of a remittance come with the denial that is posted from it.';
comment on column denial_remarks.denial_id is 'The denial.';
comment on column denial_remarks.remark_code is 'Remittance advice remark code, such as MA130; need not stand in remark_code_library.';
comment on column denial_remarks.withdrawn_by is
    'Role or user id that says it was entered by mistake, so that it counts no more; empty while it counts.';
comment on column denial_remarks.created_at is 'When the row was written.';

create trigger denial_remarks_are_kept
    before update of denial_id, remark_code, created_at or delete on denial_remarks
    for each statement
    execute function refuse_change('denial_remarks_are_kept', 'what a payer remarked stays; withdraw what was entered by mistake');

comment on trigger denial_remarks_are_kept on denial_remarks is 'What a payer remarked stays.';

create trigger denial_remarks_are_not_truncated
    before truncate on denial_remarks
    for each statement
    execute function refuse_change('denial_remarks_are_kept', 'what a payer remarked stays; withdraw what was entered by mistake');

comment on trigger denial_remarks_are_not_truncated on denial_remarks is 'The same for TRUNCATE.';
