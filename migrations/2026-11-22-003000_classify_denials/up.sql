create view classified_denials as
select
    denials.id as denial_id,
    cast(coalesce(entry.category, same_reason.category, 'unknown') as denial_category) as category,
    coalesce(entry.appealable, false)
        and (entry.valid_from is null or entry.valid_from <= denials.denied_on)
        and (entry.valid_to is null or entry.valid_to >= denials.denied_on)
        and not coalesce(cast(payers.payer_type as text) = any (entry.not_appealable_by), false)
        and not exists (
            select
            from denial_remarks
            join remark_code_library as remark on remark.remark_code = denial_remarks.remark_code
            where denial_remarks.denial_id = denials.id and denial_remarks.withdrawn_by is null and remark.prevents_appeal
        ) as appealable
from denials
left join payers on payers.id = denials.payer_id
left join denial_code_library as entry on entry.denial_code = denials.denial_code
left join (
    select distinct on (split_part(denial_code, '-', 2)) split_part(denial_code, '-', 2) as reason, category
    from denial_code_library
    order by split_part(denial_code, '-', 2), denial_code collate "C"
) as same_reason on same_reason.reason = split_part(denials.denial_code, '-', 2);

comment on view classified_denials is
    'What each denial is about: from its code in the library, else from the same reason under another group.';
comment on column classified_denials.denial_id is 'The denial.';
comment on column classified_denials.category is
    'Category of its code in denial_code_library, else of the same reason under another group, else unknown.';
comment on column classified_denials.appealable is
    'Does an appeal make sense at all? Only the code itself says so, on days when it is valid, never the same reason under another group; the type of the payer or a remark may take the appeal away.';
