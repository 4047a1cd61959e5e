//! Laws of the schema, read from the live catalog. Each looks at something, holds for all of it, and notices one breach.

use crate::catalog::{judge, migrated, run};

/// A law as a query of (object, kept), the least number of objects it must see, and a breach with its object.
struct Law {
    name: &'static str,
    query: &'static str,
    at_least: usize,
    breach: &'static str,
    breached: &'static str,
}

const LAWS: &[Law] = &[
    Law {
        name: "an index begins with the first column of every foreign key, which is selective by itself",
        query: "
            select cast(conname as text) as object, exists (
                select from pg_index where indrelid = conrelid and indkey[0] = conkey[1] and indisvalid
                    and (indpred is null or pg_get_expr(indpred, indrelid) = format('(%I IS NOT NULL)', (
                        select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1])))
            ) as kept
            from pg_constraint
            where contype = 'f' and connamespace = cast(current_schema() as regnamespace)",
        at_least: 25,
        breach: "drop index org_policies_by_payer",
        breached: "org_policies_payer_id_exists",
    },
    Law {
        name: "no foreign key deletes rows by cascade, and changes follow only where they carry what was corrected",
        query: "
            select cast(conname as text) as object,
                confdeltype = 'r' and (confupdtype = 'a' or (confupdtype = 'c' and cardinality(conkey) > 1)) as kept
            from pg_constraint
            where contype = 'f' and connamespace = cast(current_schema() as regnamespace)",
        at_least: 25,
        breach: "alter table claims drop constraint claims_payer_id_exists;
            alter table claims add constraint claims_payer_id_exists
            foreign key (payer_id) references payers (id) on delete cascade",
        breached: "claims_payer_id_exists",
    },
    Law {
        name: "every table has a comment",
        query: "
            select cast(relname as text) as object, obj_description(oid, 'pg_class') ~ '\\S' is true as kept
            from pg_class
            where relkind in ('r', 'v') and relnamespace = cast(current_schema() as regnamespace)
                and relname <> '__diesel_schema_migrations'",
        at_least: 14,
        breach: "comment on table rebills is null",
        breached: "rebills",
    },
    Law {
        name: "every column has a comment",
        query: "
            select format('%s.%s', relname, attname) as object, col_description(attrelid, attnum) ~ '\\S' is true as kept
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relkind in ('r', 'v') and relnamespace = cast(current_schema() as regnamespace)
                and attnum > 0 and not attisdropped and relname <> '__diesel_schema_migrations'",
        at_least: 150,
        breach: "comment on column claims.amount is ''",
        breached: "claims.amount",
    },
    Law {
        name: "every index that serves no constraint has a comment that says whom it serves",
        query: "
            select cast(relname as text) as object, obj_description(indexrelid, 'pg_class') ~ '\\S' is true as kept
            from pg_index join pg_class on pg_class.oid = indexrelid
            where relnamespace = cast(current_schema() as regnamespace)
                and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))",
        at_least: 20,
        breach: "create index claims_by_amount on claims (amount)",
        breached: "claims_by_amount",
    },
    Law {
        name: "every function, domain and trigger of ours has a comment",
        query: "
            select format('function %s', proname) as object, obj_description(oid, 'pg_proc') ~ '\\S' is true as kept
            from pg_proc where pronamespace = cast(current_schema() as regnamespace)
            union all
            select format('domain %s', typname), obj_description(oid, 'pg_type') ~ '\\S' is true
            from pg_type where typtype = 'd' and typnamespace = cast(current_schema() as regnamespace)
            union all
            select format('trigger %s', tgname), tgname = 'set_updated_at' or obj_description(oid, 'pg_trigger') ~ '\\S' is true
            from pg_trigger where not tgisinternal",
        at_least: 12,
        breach: "comment on domain usd is null",
        breached: "domain usd",
    },
    Law {
        name: "every instant has a time zone",
        query: "
            select format('%s.%s', relname, attname) as object, atttypid = cast('timestamptz' as regtype) as kept
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relkind in ('r', 'v') and relnamespace = cast(current_schema() as regnamespace) and attnum > 0
                and atttypid in (cast('timestamptz' as regtype), cast('timestamp' as regtype))
                and relname <> '__diesel_schema_migrations'",
        at_least: 20,
        breach: "alter table claims add column seen_at timestamp",
        breached: "claims.seen_at",
    },
    Law {
        name: "every day is a plausible one",
        query: "
            select format('%s.%s', relname, attname) as object, atttypid = cast('calendar_date' as regtype) as kept
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace) and attnum > 0
                and atttypid in (cast('calendar_date' as regtype), cast('date' as regtype))",
        at_least: 15,
        breach: "alter table claims add column seen_on date",
        breached: "claims.seen_on",
    },
    Law {
        name: "every index is valid and ready",
        query: "
            select cast(relname as text) as object, indisvalid and indisready as kept
            from pg_index join pg_class on pg_class.oid = indexrelid
            where relnamespace = cast(current_schema() as regnamespace)",
        at_least: 40,
        breach: "update pg_index set indisvalid = false where indexrelid = cast('denials_by_day' as regclass)",
        breached: "denials_by_day",
    },
    Law {
        name: "every constraint of a table is validated, and every one has a name of ours that begins with its table or domain",
        query: "
            select cast(conname as text) as object,
                (convalidated or contypid <> 0)
                and starts_with(conname, coalesce(relname, typname))
                and conname !~ '_(check|fkey|key)[0-9]*$' as kept
            from pg_constraint
            left join pg_class on pg_class.oid = conrelid
            left join pg_type on pg_type.oid = contypid
            where connamespace = cast(current_schema() as regnamespace) and contype in ('c', 'f', 'p', 'u')",
        at_least: 150,
        breach: "alter table claims add check (amount > 1) not valid",
        breached: "claims_amount_check",
    },
    Law {
        name: "every table but parts of claims, denials, remittances, payers and rules, remark codes, the fee schedule, the work list, logins that are people and what seals the audit log has an id of a domain of its own, made by uuidv7()",
        query: "
            select cast(relname as text) as object, exists (
                select from pg_attribute as id join pg_attrdef on adrelid = attrelid and adnum = attnum
                where attrelid = pg_class.oid and attname = 'id' and pg_get_expr(adbin, adrelid) like '%uuidv7()'
                    and not exists (
                        select from pg_attribute as other join pg_class as its_table on its_table.oid = other.attrelid
                        where its_table.relkind = 'r' and other.attname = 'id' and other.atttypid = id.atttypid
                            and other.attrelid <> id.attrelid
                    )
            ) as kept
            from pg_class
            where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
                and relname not in ('__diesel_schema_migrations', 'database_environment', 'required_versions',
                    'status_transitions', 'period_closings', 'claim_details', 'claim_diagnoses', 'claim_lines',
                    'claim_line_details', 'claim_line_teeth', 'claim_sources', 'institutional_claims', 'denial_work_items',
                    'payer_identifiers', 'coding_rule_diagnoses', 'procedure_indicators', 'remittance_services',
                    'remittance_adjustments', 'remittance_remarks', 'provider_adjustments', 'remark_code_library',
                    'denial_remarks', 'personal_logins', 'audit_keys', 'audit_seals')",
        at_least: 13,
        breach: "alter table rebills alter column id drop default",
        breached: "rebills",
    },
    Law {
        name: "every id is of a domain",
        query: "
            select format('%s.%s', relname, attname) as object, typname like '%\\_key' as kept
            from pg_attribute join pg_class on pg_class.oid = attrelid join pg_type on pg_type.oid = atttypid
            where relkind in ('r', 'v') and relnamespace = cast(current_schema() as regnamespace) and attnum > 0
                and cast('uuid' as regtype) in (atttypid, typbasetype)",
        at_least: 40,
        breach: "alter table claims add column batch_id uuid",
        breached: "claims.batch_id",
    },
    Law {
        name: "every foreign key is of the domains of what it refers to, where dollars may be as they were sent",
        query: "
            select cast(conname as text) as object, array(
                select atttypid from unnest(conkey) with ordinality as key (number, place)
                join pg_attribute on attrelid = conrelid and attnum = number order by place
            ) = array(
                select case atttypid when cast('sent_usd' as regtype) then cast('usd' as regtype) else atttypid end
                from unnest(confkey) with ordinality as key (number, place)
                join pg_attribute on attrelid = confrelid and attnum = number order by place
            ) as kept
            from pg_constraint
            where contype = 'f' and connamespace = cast(current_schema() as regnamespace)",
        at_least: 25,
        breach: "alter table claims add column other_id denial_key;
            alter table claims add constraint claims_other_id_exists foreign key (other_id) references claims (id)",
        breached: "claims_other_id_exists",
    },
    Law {
        name: "every table but the parts of a claim or a remittance and the work list says when a row was written, and where rows change a trigger keeps when they did",
        query: "
            select format('%s.created_at', relname) as object, exists (
                select from pg_attribute where attrelid = pg_class.oid and attname = 'created_at' and attnotnull
            ) as kept
            from pg_class
            where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
                and relname not in ('__diesel_schema_migrations', 'claim_diagnoses', 'claim_lines', 'claim_line_details', 'claim_line_teeth',
                    'institutional_claims', 'denial_work_items', 'remittance_services', 'remittance_adjustments', 'remittance_remarks',
                    'provider_adjustments')
            union all
            select format('%s.updated_at', relname), exists (
                select from pg_trigger where tgrelid = attrelid and tgenabled = 'O'
                    and tgfoid in (cast('diesel_set_updated_at' as regproc), cast('set_updated_at_afterwards' as regproc)))
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where attname = 'updated_at' and relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)",
        at_least: 22,
        breach: "alter table claims disable trigger set_updated_at",
        breached: "claims.updated_at",
    },
    Law {
        name: "every function pins its search_path, is bound when it is made or is called by one that pins; a definer function trusts no schema of others",
        query: "
            select cast(proname as text) as object,
                case
                    when prosqlbody is not null then true
                    when prosecdef then array[
                        format('search_path=pg_catalog, %s, pg_temp', current_schema()), 'search_path=pg_catalog, pg_temp'
                    ] && proconfig
                    -- keep_totals calls these for every posting, which pays for what a function sets.
                    else proname in ('post_one', 'post_many') or array_to_string(proconfig, ';') like '%search_path=%'
                end is true as kept
            from pg_proc where pronamespace = cast(current_schema() as regnamespace)",
        at_least: 16,
        breach: "alter function keep_totals() reset search_path",
        breached: "keep_totals",
    },
    Law {
        // Those that count ask their caller's right to their view.
        name: "a function that runs with its owner's rights is not for everybody to call, any other is",
        query: "
            select cast(proname as text) as object, prosecdef <> exists (
                select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0
            ) as kept
            from pg_proc
            where pronamespace = cast(current_schema() as regnamespace) and proname !~ '_counted$'",
        at_least: 20,
        breach: "grant execute on function keep_totals() to public",
        breached: "keep_totals",
    },
    Law {
        name: "dollars are stored in the domains, not in plain numbers",
        query: "
            select format('%s.%s', relname, attname) as object,
                atttypid in (cast('usd' as regtype), cast('signed_usd' as regtype), cast('sent_usd' as regtype))
                or (relname, attname) = ('denials', 'open_amount') as kept
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
                and attnum > 0 and (attname = 'amount' or attname like '%\\_amount')",
        at_least: 15,
        breach: "alter table claims add column allowed_amount numeric(12, 2)",
        breached: "claims.allowed_amount",
    },
    Law {
        name: "what a remittance says is fixed column by column, but what matching, posting and review write",
        query: "
            select format('%s.%s', relname, attname) as object, exists (
                select from pg_trigger
                where tgrelid = attrelid and tgname in (relname || '_content_is_fixed', relname || '_payer_is_fixed')
                    and attnum = any (tgattr)
            ) as kept
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = cast(current_schema() as regnamespace)
                and relname in ('remittances', 'remittance_claims', 'remittance_services', 'remittance_adjustments')
                and attnum > 0 and attgenerated = ''
                and attname not in ('claim_id', 'matched_by', 'posted_on', 'posted_by', 'waits_for', 'waits_for_rule',
                    'waiting_difference', 'being_posted', 'line_number', 'disposition', 'is_assumed', 'classified_by',
                    'explained_amount', 'repeats_id', 'is_dismissed', 'reviewed_by', 'reviewed_on', 'created_at', 'updated_at')",
        at_least: 50,
        breach: "alter table remittances add column bank text",
        breached: "remittances.bank",
    },
    Law {
        // Not audited: what is only added, postings among them, or belongs to what was sent; what came and what was done
        // with it, which says by whom; what the database or migrations alone write; and totals.
        name: "every column that people change is audited",
        query: r"
            select format('%s.%s', relname, attname) as object, exists (
                select from pg_trigger
                where tgrelid = attrelid and tgname = 'audit' and tgenabled = 'O'
                    and tgfoid = cast('record_change' as regproc) and tgtype & 24 = 24
                    and (cardinality(cast(tgattr as smallint[])) = 0 or attnum = any (tgattr))
                    and attname <> all (cast(split_part(encode(tgargs, 'escape'), '\000', 3) as text[]))
            ) as kept
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
                and attnum > 0 and not attisdropped and attgenerated = '' and attname not in ('created_at', 'updated_at')
                and relname not in (
                    'postings', 'payer_merges', 'patient_corrections', 'period_closings', 'denial_notes', 'claim_lines',
                    'claim_diagnoses', 'claim_line_details', 'claim_line_teeth', 'institutional_claims', 'claim_sources',
                    'remittance_files', 'remittances', 'remittance_claims', 'remittance_services', 'remittance_adjustments',
                    'remittance_remarks', 'provider_adjustments',
                    'denial_work_items', 'required_versions', 'status_transitions', '__diesel_schema_migrations',
                    'audit_log', 'audit_seals', 'audit_keys')
                and not (relname in ('claims', 'denials', 'appeals') and exists (
                    select from pg_trigger
                    where tgrelid = attrelid and tgname ~ '_totals_follow_postings$' and attnum = any (tgattr)))
                and (relname, attname) <> ('appeals', 'paid_amount')",
        at_least: 120,
        breach: "alter table claims add column region text",
        breached: "claims.region",
    },
    Law {
        name: "a trigger that refuses is called what it tells as its rule",
        query: r"
            select
                cast(tgname as text) as object,
                -- TRUNCATE is refused by a trigger of its own, with the rule that refuses DELETE.
                tgname = case tgtype & 32
                    when 32 then cast(tgrelid as regclass) || '_are_not_truncated'
                    else split_part(encode(tgargs, 'escape'), '\000', 1)
                end as kept
            from pg_trigger join pg_proc on pg_proc.oid = tgfoid
            where pronamespace = cast(current_schema() as regnamespace)
                and proname = 'refuse_change'",
        at_least: 20,
        breach: "alter trigger denials_are_kept on denials rename to denials_stay",
        breached: "denials_stay",
    },
    Law {
        name: "a trigger for TRUNCATE is for nothing else: Citus makes it on no node",
        query: "
            select cast(tgname as text) as object, tgtype & 60 = 32 as kept
            from pg_trigger where not tgisinternal and tgtype & 32 = 32",
        at_least: 20,
        breach: "create trigger postings_stay before delete or truncate on postings
            execute function refuse_change('postings_stay', 'stay')",
        breached: "postings_stay",
    },
    Law {
        name: "a table whose triggers look for tables by the name of their schema is not changed in a schema of another name",
        query: r"
            select distinct cast(cast(tgrelid as regclass) as text) as object, exists (
                select from pg_trigger as first where first.tgrelid = pg_trigger.tgrelid and first.tgname = 'are_in_their_schema'
            ) as kept
            from pg_trigger join pg_proc on pg_proc.oid = tgfoid
            where not tgisinternal and array_to_string(proconfig, ' ') like '%pg\_catalog, %, pg\_temp%'",
        at_least: 30,
        breach: "drop trigger are_in_their_schema on claims",
        breached: "claims",
    },
    Law {
        name: "a trigger that sets or writes what another of the same moment reads says that it fires first, and its name has it so",
        query: r"
            with triggers as (
                select
                    pg_trigger.*,
                    format('%s on %s', tgname, cast(tgrelid as regclass)) as object,
                    -- Each row or the statement, before or after it.
                    tgtype & 3 as moment,
                    tgtype & 60 as events,
                    prosrc,
                    regexp_replace(
                        regexp_replace(pg_get_triggerdef(pg_trigger.oid, true), 'EXECUTE FUNCTION .*', '') || prosrc,
                        'return new|insert into \w+', '', 'g'
                    ) as text,
                    regexp_split_to_array(
                        substring(obj_description(pg_trigger.oid, 'pg_trigger') from 'Fires before ([^.]+)\.'), ', | and '
                    ) as said
                from pg_trigger join pg_proc on pg_proc.oid = tgfoid
                -- What records a change reads its own row alone.
                where not tgisinternal and tgname <> 'audit' and pronamespace = cast(current_schema() as regnamespace)
            ),
            pairs as (
                select first.object, first.said, other.tgname as other, first.tgname < other.tgname as fires_first, exists (
                    select from regexp_matches(
                        first.prosrc, '\m(new\.\w+)\s*:=|\m(?:update|insert into|delete from)\s+(\w+)', 'g'
                    ) as effect
                    where other.text ~ coalesce('\m' || effect[2] || '\M', '\m' || effect[1] || '\M|\mnew( is\M|[,)])')
                ) as matters
                from triggers as first
                join triggers as other using (tgrelid, moment)
                where first.events & other.events <> 0 and first.tgname <> other.tgname
            )
            select object, bool_and(fires_first and other = any (said) is true) as kept
            from pairs
            where matters or other = any (said)
            group by object
            union
            select object, false
            from triggers cross join unnest(said) as missing
            where not exists (select from pairs where pairs.object = triggers.object and other = missing)",
        at_least: 1,
        breach: "alter trigger take_back_what_was_moved on claims rename to give_back_what_was_moved",
        breached: "move_to_replacement_when_submitted on claims",
    },
    Law {
        name: "nothing names the schema it lives in",
        query: "
            select cast(proname as text) as object, prosrc !~* '\\mpublic\\.' as kept
            from pg_proc where pronamespace = cast(current_schema() as regnamespace)",
        at_least: 4,
        breach: "create function reach() returns bigint language sql set search_path = pg_catalog
            as 'select count(*) from public.claims'",
        breached: "reach",
    },
];

#[tokio::test]
async fn every_law_holds() {
    let (_database, mut connection) = migrated().await;
    for law in LAWS {
        let judgements = judge(&mut connection, law.query).await;
        assert!(judgements.len() >= law.at_least, "{}: looks at {} objects only", law.name, judgements.len());
        let breached: Vec<_> = judgements.iter().filter(|one| !one.kept).map(|one| &one.object).collect();
        assert!(breached.is_empty(), "{}: {breached:?}", law.name);
    }
}

#[tokio::test]
async fn every_law_notices_its_breach() {
    let (_database, mut connection) = migrated().await;
    for law in LAWS {
        run(&mut connection, "begin").await;
        run(&mut connection, law.breach).await;
        let breached: Vec<String> =
            judge(&mut connection, law.query).await.into_iter().filter(|one| !one.kept).map(|one| one.object).collect();
        run(&mut connection, "rollback").await;
        assert_eq!(breached, [law.breached], "{}", law.name);
    }
}
