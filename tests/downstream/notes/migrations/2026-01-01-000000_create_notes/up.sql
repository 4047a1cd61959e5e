create table notes (
    id bigint generated always as identity primary key,
    claim_id claim_key not null constraint notes_claim_id_fkey references claims (id),
    note text not null
);
