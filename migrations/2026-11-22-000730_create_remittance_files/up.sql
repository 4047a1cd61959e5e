-- What came, as it came: importing refuses no content, since the bank has the money already. Nothing in these tables moves
-- money; what is posted of them is in postings and denials.

create table remittance_files (
    id remittance_file_key not null default uuidv7(),
    sha256 bytea not null,
    stored_at text_given,
    created_at timestamptz not null default now(),
    constraint remittance_files_pkey primary key (id),
    constraint remittance_files_sha256_unique unique (sha256),
    constraint remittance_files_sha256_length check (octet_length(sha256) = 32)
);

comment on table remittance_files is
    'The 835 files that were read. Their bytes name patients and are not kept here.';
comment on column remittance_files.id is 'Primary key.';
comment on column remittance_files.sha256 is 'SHA-256 of the bytes: the same file is the same row.';
comment on column remittance_files.stored_at is 'Where the bytes are kept, encrypted; empty where nobody said.';
comment on column remittance_files.created_at is 'When the row was written.';
