//! `migrate verify` names every object of the schema that is taken out, switched off or changed. Each mutation is done to
//! all objects that the live catalog has of a kind, so a new guard is covered by itself.

use rcm_schema::migrations::DEFINITION;
use std::collections::BTreeSet;

use postgres_migrate::{Difference, Runner, catalog};
use private_postgres::TestDatabase;
use rcm_schema::migrations::verify;

use crate::support::connect;

/// How to break all objects of a kind: a query of (object, statement).
struct Mutation {
    what: &'static str,
    query: &'static str,
    /// Whether a broken object takes others with it, its comment at least.
    has_consequences: bool,
}

const HERE: &str = "cast(current_schema() as regnamespace)";

const MUTATIONS: &[Mutation] = &[
    Mutation {
        what: "triggers are disabled",
        query: "
            select format('trigger %I on %I', tgname, relname), format('alter table %I disable trigger %I', relname, tgname)
            from pg_trigger join pg_class on pg_class.oid = tgrelid where relnamespace = $here and not tgisinternal",
        has_consequences: false,
    },
    Mutation {
        what: "triggers fire for replication only",
        query: "
            select format('trigger %I on %I', tgname, relname),
                format('alter table %I enable replica trigger %I', relname, tgname)
            from pg_trigger join pg_class on pg_class.oid = tgrelid where relnamespace = $here and not tgisinternal",
        has_consequences: false,
    },
    Mutation {
        what: "triggers are dropped",
        query: "
            select format('trigger %I on %I', tgname, relname), format('drop trigger %I on %I', tgname, relname)
            from pg_trigger join pg_class on pg_class.oid = tgrelid where relnamespace = $here and not tgisinternal",
        has_consequences: true,
    },
    Mutation {
        what: "constraints are dropped",
        query: "
            select format('constraint %I on %I', conname, relname),
                format('alter table %I drop constraint if exists %I cascade', relname, conname)
            from pg_constraint join pg_class on pg_class.oid = conrelid
            where connamespace = $here and contype not in ('t', 'n') and relname <> '__diesel_schema_migrations'
            union all
            select format('constraint %I on domain %I', conname, typname),
                format('alter domain %I drop constraint %I', typname, conname)
            from pg_constraint join pg_type on pg_type.oid = contypid where connamespace = $here and contype = 'c'",
        has_consequences: true,
    },
    Mutation {
        what: "constraints hold for new rows only",
        query: "
            select format('constraint %I on %I', conname, relname),
                format('alter table %I drop constraint %I, add constraint %I %s not valid',
                    relname, conname, conname, pg_get_constraintdef(pg_constraint.oid))
            from pg_constraint join pg_class on pg_class.oid = conrelid
            where connamespace = $here and contype in ('c', 'f')
            union all
            select format('constraint %I on domain %I', conname, typname),
                format('alter domain %I drop constraint %I; alter domain %I add constraint %I %s not valid',
                    typname, conname, typname, conname, pg_get_constraintdef(pg_constraint.oid))
            from pg_constraint join pg_type on pg_type.oid = contypid where connamespace = $here and contype = 'c'",
        has_consequences: false,
    },
    Mutation {
        what: "foreign keys are switched off",
        query: "
            select format('constraint %I on %I', conname, relname), format('alter table %I disable trigger all', relname)
            from pg_constraint join pg_class on pg_class.oid = conrelid where connamespace = $here and contype = 'f'",
        has_consequences: true,
    },
    Mutation {
        what: "functions run with other rights",
        query: "
            select format('function %I(%s)', proname, oidvectortypes(proargtypes)),
                format('alter function %I.%I(%s) security %s', current_schema(), proname, oidvectortypes(proargtypes),
                    case when prosecdef then 'invoker' else 'definer' end)
            from pg_proc where pronamespace = $here",
        has_consequences: false,
    },
    Mutation {
        what: "functions trust the caller's search_path",
        query: "
            select format('function %I(%s)', proname, oidvectortypes(proargtypes)),
                format('alter function %I(%s) reset search_path', proname, oidvectortypes(proargtypes))
            from pg_proc where pronamespace = $here and proconfig is not null",
        has_consequences: false,
    },
    Mutation {
        what: "functions have another body",
        query: "
            select format('function %I(%s)', proname, oidvectortypes(proargtypes)),
                replace(pg_get_functiondef(oid), 'AS $function$', 'AS $function$ ')
            from pg_proc where pronamespace = $here and prosqlbody is null",
        has_consequences: false,
    },
    Mutation {
        what: "functions are dropped",
        query: "
            select format('function %I(%s)', proname, oidvectortypes(proargtypes)),
                format('drop function if exists %I.%I(%s) cascade', current_schema(), proname, oidvectortypes(proargtypes))
            from pg_proc where pronamespace = $here",
        has_consequences: true,
    },
    Mutation {
        what: "everybody may call what was for the owner",
        query: "
            select format('grant EXECUTE on function %I(%s) to public', proname, oidvectortypes(proargtypes)),
                format('grant execute on function %I(%s) to public', proname, oidvectortypes(proargtypes))
            from pg_proc where pronamespace = $here and not has_function_privilege('public', oid, 'execute')",
        has_consequences: false,
    },
    Mutation {
        what: "everybody has rights to tables and views",
        query: "
            select format('grant %s on %s %I to public', right_, case relkind when 'v' then 'view' else 'table' end, relname),
                format('grant %s on %I to public', right_, relname)
            from pg_class cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as right_
            where relnamespace = $here and relkind in ('r', 'v') and relname <> '__diesel_schema_migrations'",
        has_consequences: false,
    },
    Mutation {
        what: "everybody may update columns",
        query: "
            select format('grant UPDATE on column %I.%I to public', relname, attname),
                format('grant update (%I) on %I to public', attname, relname)
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = $here and relkind = 'r' and attnum > 0 and relname <> '__diesel_schema_migrations'",
        has_consequences: false,
    },
    Mutation {
        what: "indexes are dropped",
        query: "
            select format('index %I', relname), format('drop index %I', relname)
            from pg_index join pg_class on pg_class.oid = indexrelid
            where relnamespace = $here and not exists (select from pg_constraint where conindid = indexrelid)",
        has_consequences: true,
    },
    Mutation {
        what: "indexes are invalid",
        query: "
            select format('index %I', relname),
                format('update pg_index set indisvalid = false where indexrelid = %s', indexrelid)
            from pg_index join pg_class on pg_class.oid = indexrelid
            where relnamespace = $here and relname not like '\\_\\_diesel%'",
        has_consequences: false,
    },
    Mutation {
        what: "columns may be empty",
        query: "
            select format('column %I.%I', relname, attname), format('alter table %I alter column %I drop not null', relname, attname)
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = $here and relkind = 'r' and attnum > 0 and attnotnull and relname <> '__diesel_schema_migrations'
                and not exists (select from pg_constraint where contype = 'p' and conrelid = attrelid and attnum = any (conkey))",
        has_consequences: false,
    },
    Mutation {
        what: "columns have no default, or are computed no more",
        query: "
            select format('column %I.%I', relname, attname),
                format('alter table %I alter column %I drop %s', relname, attname,
                    case attgenerated when '' then 'default' else 'expression' end)
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = $here and relkind = 'r' and atthasdef and relname <> '__diesel_schema_migrations'",
        has_consequences: false,
    },
    Mutation {
        what: "columns have another name",
        query: "
            select format('column %I.%I', relname, attname),
                format('alter %s %I rename %s %I to was_%s', case relkind when 'v' then 'view' when 'c' then 'type' else 'table' end,
                    relname, case relkind when 'c' then 'attribute' else 'column' end, attname, attnum)
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = $here and relkind in ('r', 'v', 'c') and attnum > 0 and relname <> '__diesel_schema_migrations'",
        has_consequences: true,
    },
    Mutation {
        what: "types have another name",
        query: "
            select format('type %I', relname), format('alter type %I rename to was_%s', relname, relname)
            from pg_class where relnamespace = $here and relkind = 'c'",
        has_consequences: true,
    },
    Mutation {
        what: "views run with other rights",
        query: "
            select format('view %I', relname), format('alter view %I set (security_barrier = %s)', relname,
                case when 'security_barrier=true' = any (reloptions) then 'false' else 'true' end)
            from pg_class where relnamespace = $here and relkind = 'v'",
        has_consequences: false,
    },
    Mutation {
        what: "tables and views are dropped",
        query: "
            select format('%s %I', kind, relname), format('drop %s if exists %I cascade', kind, relname)
            from pg_class cross join lateral (select case relkind when 'v' then 'view' else 'table' end as kind) as kinds
            where relnamespace = $here and relkind in ('r', 'v') and relname <> '__diesel_schema_migrations'",
        has_consequences: true,
    },
    Mutation {
        what: "tables have row security",
        query: "
            select format('table %I', relname), format('alter table %I enable row level security', relname)
            from pg_class where relnamespace = $here and relkind = 'r' and relname <> '__diesel_schema_migrations'",
        has_consequences: false,
    },
    Mutation {
        what: "domains have a default",
        query: "
            select format('domain %I', typname), format('alter domain %I set default %s', typname, case typcategory when 'N' then '1' when 'U' then 'uuidv7()' else 'current_date' end)
            from pg_type where typnamespace = $here and typtype = 'd'",
        has_consequences: false,
    },
    Mutation {
        what: "status paths are taken out, triggers notwithstanding",
        query: "
            select format('row (%s, %s, %s) of status_transitions', table_name, from_status, to_status),
                format('set session_replication_role = replica; delete from status_transitions where (table_name, from_status, to_status) = (%L, %L, %L)',
                    table_name, from_status, to_status)
            from status_transitions",
        has_consequences: false,
    },
    Mutation {
        what: "status paths are added",
        query: "
            select format('row (%s, %s, %s) of status_transitions', table_name, to_status, from_status),
                format('set session_replication_role = replica; insert into status_transitions values (%L, %L, %L)', table_name, to_status, from_status)
            from status_transitions as path
            where not exists (
                select from status_transitions as back
                where (back.table_name, back.from_status, back.to_status) = (path.table_name, path.to_status, path.from_status)
            )",
        has_consequences: false,
    },
    Mutation {
        what: "the owner has lost rights",
        query: "
            select format('table %I', relname), format('revoke update, select on %I from current_user', relname)
            from pg_class where relnamespace = $here and relkind = 'r'
            union all
            select format('function %I(%s)', proname, oidvectortypes(proargtypes)),
                format('revoke execute on function %I.%I(%s) from current_user', current_schema(), proname, oidvectortypes(proargtypes))
            from pg_proc where pronamespace = $here",
        has_consequences: false,
    },
    Mutation {
        what: "tables have heirs in another schema",
        query: "
            select format('table %I', relname),
                format('create schema if not exists heirs; create table heirs.%I () inherits (%I)', relname, relname)
            from pg_class where relnamespace = $here and relkind = 'r' and relname <> '__diesel_schema_migrations'",
        has_consequences: false,
    },
    Mutation {
        what: "objects are added",
        query: "
            select * from (values
                ('table extra', 'create table extra ()'),
                ('view extra_view', 'create view extra_view as select'),
                ('column claims.extra', 'alter table claims add column extra text'),
                ('constraint extra on claims', 'alter table claims add constraint extra check (amount > 1)'),
                ('index extra_index', 'create index extra_index on claims (amount)'),
                ('trigger extra on claims',
                    'create trigger extra before insert on claims execute function refuse_change(''no'')'),
                ('rule extra on claims', 'create rule extra as on insert to claims do instead nothing'),
                ('policy extra on claims', 'create policy extra on claims'),
                ('procedure extra()', 'create procedure extra() language sql as '''''),
                ('grant EXECUTE on procedure extra() to public', ''),
                ('domain extra_domain', 'create domain extra_domain as text'),
                ('grant USAGE on domain extra_domain to public', ''),
                ('type extra_type', 'create type extra_type as enum (''a'')'),
                ('grant USAGE on type extra_type to public', ''),
                ('sequence extra_sequence', 'create sequence extra_sequence'),
                ('comment on table extra', 'comment on table extra is ''Extra.'''),
                ('operator -(NONE,numeric)', 'create operator - (rightarg = numeric, function = numeric_uminus)'),
                ('collation extra_collation', 'create collation extra_collation (locale = ''C'')'),
                ('statistics object extra_statistics', 'create statistics extra_statistics on id, amount from claims'),
                ('text search configuration extra_search', 'create text search configuration extra_search (copy = simple)'),
                ('cast from extra_type to text', 'create cast (extra_type as text) with inout as implicit'),
                ('grant INSERT on table __diesel_schema_migrations to public',
                    'grant insert on __diesel_schema_migrations to public'),
                ('setting session_replication_role=replica of every role in this database', 'do $$ begin
                    execute format(''alter database %I set session_replication_role = replica'', current_database()); end $$')
            ) as extra",
        has_consequences: false,
    },
];

/// The objects that `verify` reports, which must be all that it reports.
async fn drift(database: &TestDatabase) -> BTreeSet<String> {
    let verification = verify(database.database()).await.unwrap();
    assert_eq!(verification.drift_unknown_because, None);
    let object = |finding| match finding {
        Difference::Drift { object, .. } => object,
        other => panic!("{other}"),
    };
    verification.differences.into_iter().map(object).collect()
}

#[tokio::test]
async fn every_object_that_is_broken_is_reported_by_name() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    assert_eq!(drift(&database).await, BTreeSet::new());
    let mut unbroken: BTreeSet<String> =
        catalog(database.database(), &rcm_schema::migrations::DEFINITION).await.unwrap().objects.into_keys().collect();

    for mutation in MUTATIONS {
        let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
        let client = connect(database.url()).await;
        let rows = client.query(&mutation.query.replace("$here", HERE), &[]).await.unwrap();
        let broken: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(!broken.is_empty(), "{}", mutation.what);
        for row in &rows {
            client.batch_execute(row.get(1)).await.unwrap_or_else(|error| panic!("{}: {error}", row.get::<_, &str>(1)));
        }
        let reported = drift(&database).await;
        let unnoticed: Vec<_> = broken.difference(&reported).collect();
        assert!(unnoticed.is_empty(), "{}: unnoticed are {unnoticed:?}", mutation.what);
        let besides: Vec<_> = reported.difference(&broken).collect();
        assert!(besides.is_empty() || mutation.has_consequences, "{}: reported besides {besides:?}", mutation.what);
        unbroken.retain(|object| !broken.contains(object));
    }

    // What everybody may is not missed: default privileges may keep PUBLIC out.
    unbroken.retain(|object| !(object.starts_with("grant ") && object.ends_with(" to public")));
    // Comments are their own names in SQL.
    let (comments, unbroken): (BTreeSet<_>, BTreeSet<_>) =
        unbroken.into_iter().partition(|object| object.starts_with("comment on "));
    let client = connect(database.url()).await;
    for comment in &comments {
        let statement = comment.replace("on function uuidv7()", "on function public.uuidv7()");
        client.batch_execute(&format!("{statement} is null")).await.unwrap();
    }
    assert_eq!(drift(&database).await, comments);
    assert_eq!(unbroken, BTreeSet::new(), "no mutation is about these");
}

#[tokio::test]
async fn where_default_privileges_keep_everybody_out_nothing_is_missing() {
    let database = TestDatabase::empty().await.unwrap();
    let client = connect(database.url()).await;
    let defaults = "alter default privileges revoke execute on functions from public;
        alter default privileges revoke usage on types from public";
    client.batch_execute(defaults).await.unwrap();
    Runner::new(&DEFINITION).run_pending(database.database()).await.unwrap();
    assert_eq!(drift(&database).await, BTreeSet::new());
}
