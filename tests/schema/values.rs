//! Money and codes: SQL and Rust judge every value alike.

use diesel::dsl::sql;
use diesel::sql_types::{Numeric, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_schema::types::{
    BusinessId, DenialCode, DiagnosisCode, FacilityCode, IdempotencyKey, Ndc, Npi, ProcedureCode, ProcedureModifier,
    RateCode, RemarkCode, RevenueCode, SignedUsd, Tooth, ToothSurfaces, Usd, UsdTotal,
};

use crate::catalog::{migrated, run, texts};
use crate::fixture;

async fn sql_takes(connection: &mut AsyncPgConnection, domain: &str, text: &str) -> bool {
    let query = diesel::sql_query(format!("select cast($1 as {domain})")).bind::<Text, _>(text);
    query.execute(connection).await.is_ok()
}

#[tokio::test]
async fn every_money_column_refuses_what_is_no_money() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    // The ledger refuses any change before PostgreSQL looks at the value, and the work list is empty.
    run(
        &mut connection,
        "alter table postings disable trigger user; update appeals set status = 'withdrawn';
         update write_offs set status = 'rejected', rejected_by = 'billing.manager', rejected_on = requested_on",
    )
    .await;
    let columns = texts(
        &mut connection,
        "select format('%s update %I set %I = ', cast(atttypid as regtype), relname, attname)
         from pg_attribute join pg_class on pg_class.oid = attrelid
         where relkind = 'r' and attgenerated = '' and atttypid in (cast('usd' as regtype), cast('signed_usd' as regtype))",
    )
    .await;
    assert!(columns.len() >= 30, "{columns:?}");
    for column in columns {
        let (domain, column) = column.split_once(' ').unwrap();
        let least = if domain == "usd" { "-0.01" } else { "-10000000000" };
        for value in ["'NaN'", "'Infinity'", "'-Infinity'", least, "0.001", "1000.004", "10000000000"] {
            let outcome = connection.batch_execute(&format!("{column} {value}")).await;
            let Err(diesel::result::Error::DatabaseError(_, information)) = outcome else {
                panic!("{column} {value}: {outcome:?}")
            };
            assert_eq!(information.constraint_name(), Some(&*format!("{domain}_is_money")), "{column} {value}");
        }
    }
}

#[tokio::test]
async fn sql_and_rust_agree_on_money() {
    let (_database, mut connection) = migrated().await;
    for text in [
        "0",
        "0.00",
        "0.01",
        "1.10",
        "1.1000",
        "5",
        "9999999999.99",
        "10000000000",
        "9999999999.999",
        "-0.01",
        "-1",
        "0.001",
        "NaN",
        "Infinity",
        "-Infinity",
        "",
        "abc",
        "-9999999999.99",
        "-10000000000",
        "-0.00",
    ] {
        // SQL counts written decimals, Rust the ones that matter: 1.1000 is stored as it was checked, with two.
        let written = text.parse::<Usd>().map_or(text.to_owned(), |amount| amount.to_string());
        assert_eq!(sql_takes(&mut connection, "usd", &written).await, text.parse::<Usd>().is_ok(), "usd {text}");
        let written = text.parse::<SignedUsd>().map_or(text.to_owned(), |amount| amount.to_string());
        let rust = text.parse::<SignedUsd>().is_ok();
        assert_eq!(sql_takes(&mut connection, "signed_usd", &written).await, rust, "signed_usd {text}");
    }
}

#[tokio::test]
async fn money_is_read_as_it_was_written() {
    let (_database, mut connection) = migrated().await;
    let large =
        ["92233720368547758.07", "-92233720368547758.08", "1234567890123456789012345678.12", "10000000000000000000000"];
    for text in ["0", "0.01", "-0.01", "0.1", "1.10", "100", "10000", "-10000.01", "99990000", "9999999999.99"]
        .iter()
        .chain(&large)
    {
        let written = text.parse::<UsdTotal>().unwrap();
        let read: UsdTotal = diesel::select(sql::<Numeric>(&format!("cast({text} as numeric)")))
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(read, written, "{text}");
        let read = diesel::select(sql::<Numeric>(&format!("cast({text} as numeric)")))
            .get_result::<SignedUsd>(&mut connection)
            .await;
        assert_eq!(read.ok(), text.parse().ok(), "{text}");
    }
    for text in ["0.001", "-5.0001", "'NaN'"] {
        let refused = diesel::select(sql::<Numeric>(&format!("cast({text} as numeric)")))
            .get_result::<UsdTotal>(&mut connection)
            .await;
        assert!(refused.is_err(), "{text}");
    }
}

#[tokio::test]
async fn sql_and_rust_agree_on_codes() {
    let (_database, mut connection) = migrated().await;
    let texts = [
        "",
        "CO-197",
        "PR-1",
        "OA-23",
        "PI-B15",
        "CO-A1",
        "CO-B7",
        "CO-0",
        "CO-01",
        "CO-1000",
        "CO-999",
        "XX-1",
        "co-197",
        "CO197",
        "CO-",
        "CO-A",
        "CO-A123",
        "CO-197 ",
        "I10",
        "C4A",
        "Z3A.20",
        "Z12.11",
        "Z12.",
        "Z12.11111",
        "Z1211",
        "z12",
        "110",
        "IA0",
        "QA0.0101",
        "C4A.",
        "A-0",
        "99213",
        "0001A",
        "0001U",
        "0001Z",
        "G0121",
        "W0001",
        "9921",
        "992133",
        "G012A",
        "25",
        "RT",
        "rt",
        "2",
        "250",
        "BCBS-CA-001",
        "CLM-2024-001235",
        "-A",
        "A-",
        "A--B",
        "bcbs",
        "A_B",
        "A B",
        "Ä1",
        "１２",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "CO-197\n",
        "99213\n",
        "!~",
        "1234567893",
        "1234567890",
        "1234567894",
        "1245319599",
        "2000000002",
        "3000000001",
        "1245319595",
        "12345678930",
        "123456789",
        "1234567893\n",
        "１２３４５６７８９３",
        "835\t1",
        "0450",
        "450",
        "1AFKS",
        "11",
        "0A",
        "8X",
        "M0",
        "M1",
        "M143",
        "M1430",
        "MA1",
        "MA01",
        "MA130",
        "MA1301",
        "N0",
        "N7",
        "N1234",
        "N12345",
        "00002751001",
        "0002-7510-01",
        "1",
        "33",
        "50",
        "82",
        "83",
        "T",
        "U",
        "AS",
        "MOD",
        "MOM",
        "BDFILM",
        "BDFIL",
        "\u{7f}",
        &"a".repeat(100),
        &"a".repeat(101),
    ];
    for text in texts {
        for (domain, rust) in [
            ("business_id", text.parse::<BusinessId>().is_ok()),
            ("denial_code", text.parse::<DenialCode>().is_ok()),
            ("remark_code", text.parse::<RemarkCode>().is_ok()),
            ("diagnosis_code", text.parse::<DiagnosisCode>().is_ok()),
            ("procedure_code", text.parse::<ProcedureCode>().is_ok()),
            ("procedure_modifier", text.parse::<ProcedureModifier>().is_ok()),
            ("revenue_code", text.parse::<RevenueCode>().is_ok()),
            ("rate_code", text.parse::<RateCode>().is_ok()),
            ("facility_code", text.parse::<FacilityCode>().is_ok()),
            ("ndc", text.parse::<Ndc>().is_ok()),
            ("tooth", text.parse::<Tooth>().is_ok()),
            ("tooth_surfaces", text.parse::<ToothSurfaces>().is_ok()),
            ("npi", text.parse::<Npi>().is_ok()),
            ("idempotency_key", text.parse::<IdempotencyKey>().is_ok()),
        ] {
            assert_eq!(sql_takes(&mut connection, domain, text).await, rust, "{domain} {text:?}");
        }
    }
}
