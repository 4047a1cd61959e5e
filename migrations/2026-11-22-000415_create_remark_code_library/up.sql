create table remark_code_library (
    remark_code remark_code not null,
    description text_given not null,
    category denial_category,
    prevents_appeal boolean not null default false,
    asks_for_new_claim boolean not null default false,
    recommended_action denial_action,
    next_steps text_given,
    source text_given,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint remark_code_library_pkey primary key (remark_code),
    constraint remark_code_library_action_can_be_remarked check (recommended_action in ('appeal', 'rebill', 'investigate')),
    constraint remark_code_library_new_claim_is_a_rebill 
        check (not asks_for_new_claim or coalesce(recommended_action, 'appeal') = 'rebill'),
    constraint remark_code_library_action_has_steps check (recommended_action is null or next_steps is not null),
    constraint remark_code_library_no_appeal_says_what_else
        check (not prevents_appeal or coalesce(recommended_action, 'appeal') <> 'appeal')
);

select diesel_manage_updated_at(cast('remark_code_library' as regclass));

comment on table remark_code_library is
    'What a payer''s remark changes for a denial, in our own words. A remark that changes nothing has neither action nor steps.';
comment on column remark_code_library.remark_code is 'Remittance advice remark code, such as MA130.';
comment on column remark_code_library.description is 'Meaning, in our own words.';
comment on column remark_code_library.category is 'What the remark is about; empty for anything. For people: triage goes by the denial''s code.';
comment on column remark_code_library.prevents_appeal is 'Does it say that there is no appeal?';
comment on column remark_code_library.asks_for_new_claim is
    'Does it say that the claim counts as never filed? Then the limit of the claim runs on, not that of a correction.';
comment on column remark_code_library.recommended_action is
    'appeal, rebill or investigate, before what the library says of the denial''s code; empty where that holds.';
comment on column remark_code_library.next_steps is 'What to do, before what the library says; empty where it changes nothing.';
comment on column remark_code_library.source is 'Where a fact of the row is taken from; empty where it is common knowledge.';
comment on column remark_code_library.created_at is 'When the row was written.';
comment on column remark_code_library.updated_at is 'When the row last changed.';
