create table denial_notes (
    id denial_note_key not null default uuidv7(),
    denial_id denial_key not null,
    note text_given not null,
    noted_by actor not null,
    created_at timestamptz not null default now(),
    constraint denial_notes_pkey primary key (id),
    constraint denial_notes_denial_id_exists foreign key (denial_id) references denials (id) on delete restrict
);

create index denial_notes_by_denial on denial_notes (denial_id, id);

select keep_recorder(cast('denial_notes' as regclass));

comment on table denial_notes is 'What those who work a denial tell each other. A note is added, never changed.';
comment on column denial_notes.id is 'Primary key; in the order in which notes are written.';
comment on column denial_notes.denial_id is 'The denial.';
comment on column denial_notes.note is 'What was done, heard or agreed; no name or number of a patient.';
comment on column denial_notes.noted_by is 'Who wrote it: a role or user id.';
comment on column denial_notes.created_at is 'When it was written.';
comment on index denial_notes_by_denial is 'The notes on a denial in their order; also serves the foreign key.';

create trigger denial_notes_are_kept
    before update or delete on denial_notes
    for each statement
    execute function refuse_change('denial_notes_are_kept', 'a note stays; add another one');

comment on trigger denial_notes_are_kept on denial_notes is 'Notes are added, never changed.';

create trigger denial_notes_are_not_truncated
    before truncate on denial_notes
    for each statement
    execute function refuse_change('denial_notes_are_kept', 'a note stays; add another one');

comment on trigger denial_notes_are_not_truncated on denial_notes is 'The same for TRUNCATE.';
