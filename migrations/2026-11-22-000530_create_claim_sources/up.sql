-- Of a claim that came in a file: what tells it when it comes again.

create table claim_sources (
    claim_id claim_key not null,
    identity_sha256 bytea not null,
    content_sha256 bytea not null,
    pseudonym_key text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint claim_sources_pkey primary key (claim_id),
    constraint claim_sources_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint claim_sources_identity_unique unique (identity_sha256),
    constraint claim_sources_identity_sha256_length check (octet_length(identity_sha256) = 32),
    constraint claim_sources_content_sha256_length check (octet_length(content_sha256) = 32),
    constraint claim_sources_pseudonym_key_shape check (pseudonym_key ~ '^[0-9a-f]{8}$')
);

select diesel_manage_updated_at(cast('claim_sources' as regclass));

comment on table claim_sources is 'The claims that came in files (X12 837), one row per claim.';
comment on column claim_sources.claim_id is 'The claim.';
comment on column claim_sources.identity_sha256 is
    'SHA-256 of what makes it this claim: billing provider, control number, payer, payer''s sequence, frequency, first day of service and the transaction''s reference (X12 BHT03).';
comment on column claim_sources.content_sha256 is
    'SHA-256 of what it says, without its patient: the same content is the same claim, other content is refused.';
comment on column claim_sources.pseudonym_key is
    'The key that made its patient''s reference: the first eight hexadecimal digits of a hash of it.';
comment on column claim_sources.created_at is 'When the row was written.';
comment on column claim_sources.updated_at is 'When the row last changed.';
