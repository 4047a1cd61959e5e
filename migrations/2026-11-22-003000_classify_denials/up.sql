create view classified_denials as
select
    denials.id as denial_id,
    cast(coalesce(entry.category, same_reason.category, 'unknown') as denial_category) as category,
    coalesce(entry.appealable, false) as appealable
from denials
left join denial_code_library as entry on entry.denial_code = denials.denial_code
left join (
    -- The reason without its group; where the library has it under several groups, the first of them decides.
    select distinct on (substr(denial_code, 4)) substr(denial_code, 4) as reason, category
    from denial_code_library
    order by substr(denial_code, 4), denial_code collate "C"
) as same_reason on same_reason.reason = substr(denials.denial_code, 4);

comment on view classified_denials is
    'What each denial is about: from its code in the library, else from the same reason under another group.';
comment on column classified_denials.denial_id is 'The denial.';
comment on column classified_denials.category is
    'Category of its code in denial_code_library, else of the same reason under another group, else unknown.';
comment on column classified_denials.appealable is
    'Does an appeal make sense at all? Only the code itself says so, never the same reason under another group.';
