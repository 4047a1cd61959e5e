//! The compiled tables and views equal the live catalog: names, order, types, nullability. The catalog doesn't know what
//! may be null in a view; there the declaration counts.

use std::any::type_name;
use std::collections::BTreeMap;

use diesel::expression::Expression;
use diesel::{Column, Table};
use rcm_schema::{schema, views};

use crate::catalog::{migrated, run, texts};

/// Name and Diesel type of each column of a table, in order.
trait Columns {
    fn describe() -> Vec<String>;
}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<$first: Column, $($rest: Column),*> Columns for ($first, $($rest,)*) {
            fn describe() -> Vec<String> {
                vec![describe::<$first>() $(, describe::<$rest>())*]
            }
        }
        tuples!($($rest)*);
    };
    () => {};
}
tuples!(A B C D E F G H I J K L M N O P Q R S T U V W X Y Z AA AB AC AD);

fn describe<C: Column>() -> String {
    let path = type_name::<<C as Expression>::SqlType>();
    let short = ["diesel::sql_types::", "diesel::pg::types::sql_types::", "rcm_schema::sql_types::"]
        .iter()
        .fold(path.to_owned(), |path, module| path.replace(module, ""));
    let (kind, nullable) = match short.strip_prefix("Nullable<") {
        Some(inner) => (&inner[..inner.len() - 1], "null"),
        None => (short.as_str(), "not null"),
    };
    format!("{} {} {nullable}", C::NAME, kind)
}

fn table<T: Table>() -> Vec<String>
where
    T::AllColumns: Columns,
{
    T::AllColumns::describe()
}

fn compiled() -> BTreeMap<String, Vec<String>> {
    macro_rules! relations {
        ($module:ident: $($name:ident)+) => {
            BTreeMap::from([$((stringify!($name).to_owned(), table::<$module::$name::table>())),+])
        };
    }
    let mut relations = relations! { schema:
        adjustment_rules appeals audit_keys audit_log audit_seals claim_details claim_diagnoses claim_line_details claim_line_teeth claim_lines claim_sources
        claims coding_rule_diagnoses coding_rules database_environment denial_code_library denial_notes denial_remarks
        denial_work_items denials filing_rules institutional_claims org_policies patient_corrections payer_identifiers payer_merges payers
        payment_variances period_closings personal_logins postings procedure_indicators provider_adjustments rebills remittance_adjustments
        remark_code_library remittance_claims remittance_files remittance_remarks remittance_services remittances
        required_versions status_transitions write_offs
    };
    for (view, mut columns) in relations! { views:
        adjustments_to_classify appeal_facts appeal_statistics claim_control_numbers claim_facts claim_statistics claims_to_file classified_denials denial_codes_to_add denial_facts denial_statistics denial_triage denial_work_list denials_expiring patient_work_list posting_facts
        postings_to_review provider_adjustments_to_review rebill_facts rebill_recoveries rebilled_denials rebilled_facts remittance_report unposted
        variance_facts write_off_facts
    } {
        for column in &mut columns {
            *column = column.trim_end_matches(" null").trim_end_matches(" not").to_owned() + " in a view";
        }
        relations.insert(view, columns);
    }
    relations
}

async fn live(connection: &mut diesel_async::AsyncPgConnection) -> BTreeMap<String, Vec<String>> {
    let lines = texts(
        connection,
        "select format('%s %s %s %s', relname, attname,
             case
                 when typname like '\\_%\\_key' then format('Array<%s>', replace(initcap(replace(typname, '_', ' ')), ' ', ''))
                 -- A key, an enumeration: a type of its own.
                 when typname like '%\\_key'
                     or exists (select from pg_constraint where contypid = pg_type.oid and conname = typname || '_known')
                     then replace(initcap(replace(typname, '_', ' ')), ' ', '')
                 else format_type(coalesce(nullif(typbasetype, 0), atttypid), null)
             end,
             case when relkind = 'v' then 'in a view' when attnotnull then 'not null' else 'null' end)
         from pg_attribute
         join pg_class on pg_class.oid = attrelid
         join pg_type on pg_type.oid = atttypid
         where relkind in ('r', 'v') and relnamespace = cast(current_schema() as regnamespace)
             and relname <> '__diesel_schema_migrations' and attnum > 0 and not attisdropped
         order by relname, attnum",
    )
    .await;
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for line in lines {
        let (table, column) = line.split_once(' ').unwrap();
        let column = [
            (" bigint ", " BigInt "),
            (" timestamp with time zone ", " Timestamptz "),
            (" boolean ", " Bool "),
            (" bytea ", " Binary "),
            (" date ", " Date "),
            (" integer ", " Integer "),
            (" jsonb ", " Jsonb "),
            (" numeric ", " Numeric "),
            (" smallint ", " SmallInt "),
            (" text ", " Text "),
            (" text[] ", " Array<Nullable<Text>> "),
            (" uuid ", " Uuid "),
            (" uuid[] ", " Array<Nullable<Uuid>> "),
        ]
        .iter()
        .fold(column.to_owned(), |column, (sql, diesel)| column.replacen(sql, diesel, 1));
        tables.entry(table.to_owned()).or_default().push(column);
    }
    tables
}

#[tokio::test]
async fn compiled_tables_equal_the_live_catalog() {
    let (_database, mut connection) = migrated().await;
    assert_eq!(compiled(), live(&mut connection).await);
}

#[tokio::test]
async fn a_difference_of_each_kind_is_noticed() {
    let (_database, mut connection) = migrated().await;
    for change in [
        "alter table claims add column note text",
        "alter table claims drop column paid_amount cascade",
        "alter table claims rename column amount to billed",
        "alter table claims alter column amount drop not null",
        "alter table filing_rules alter column length type integer",
        "alter table claim_diagnoses drop column ordinal cascade, add column ordinal smallint not null",
        "alter table filing_rules alter column step type text",
        "alter table coding_rules alter column id type uuid",
        "create table notes (id uuid primary key)",
        "drop table payment_variances cascade",
        "create view open_claims as select id from claims",
        "drop view denial_codes_to_add",
        "alter view denial_triage rename column act_by to due_on",
        "alter view denial_work_list rename to work_list",
        "alter view rebill_facts rename column claim to claim_id",
    ] {
        run(&mut connection, "begin").await;
        run(&mut connection, change).await;
        assert_ne!(compiled(), live(&mut connection).await, "{change}");
        run(&mut connection, "rollback").await;
    }
}
