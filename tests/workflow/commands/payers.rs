use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_schema::error::QueryErrorKind;
use rcm_schema::models::*;
use rcm_schema::schema;
use rcm_schema::types::*;
use rcm_schema::views::{DenialToWork, DenialTriage, WorkListFilter};
use rcm_schema::workflow::payers::{identify, limit_filing, merge};
use rcm_schema::workflow::{appeals, rebills, remittances, variances, write_offs};
use rcm_schema::{Error, Result};

use super::{assert_refused, assert_refused_by};
use crate::remittances::sent::check;
use crate::world::{World, appeal, assert_reconciled, day, rebill, run, texts, usd, wait_for_a_waiter, write_off};

async fn another(connection: &mut AsyncPgConnection, business_id: &str) -> PayerId {
    let payer = NewPayer::builder()
        .payer_id(business_id.parse().unwrap())
        .name("The same payer")
        .payer_type(PayerType::Commercial)
        .build();
    diesel::insert_into(schema::payers::table).values(&payer).execute(connection).await.unwrap();
    payer.id
}

fn number(qualifier: PayerIdentifierQualifier, value: &str, payer_id: PayerId) -> NewPayerIdentifier {
    NewPayerIdentifier { qualifier, value: value.into(), payer_id }
}

#[tokio::test]
async fn a_payer_has_several_numbers_and_each_of_them_finds_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let other = another(&mut connection, "TEST-002").await;
    use PayerIdentifierQualifier::*;
    for (qualifier, value, payer) in [
        (PayerIdentification, "00001", world.payer),
        (TaxId, "00001", other),
        (PayerIdentification, "87 726", world.payer),
    ] {
        let stored = identify(&mut connection, &number(qualifier, value, payer)).await.unwrap();
        assert_eq!((stored.qualifier, stored.value.as_str(), stored.payer_id), (qualifier, value, payer));
        assert_eq!(Payer::by_identifier(&mut connection, qualifier, value).await.unwrap().id, payer);
    }
    let mine = PayerIdentifier::by_payer(&mut connection, world.payer).await.unwrap();
    assert_eq!(mine.iter().map(|row| row.value.as_str()).collect::<Vec<_>>(), ["00001", "87 726"]);
    assert!(matches!(Payer::by_identifier(&mut connection, PlanId, "00001").await, Err(Error::NotFound)));
    assert_refused_by!(
        &mut connection,
        async |connection| identify(connection, &number(TaxId, "00001", world.payer)).await,
        "payer_identifiers_pkey"
    );
    assert_refused_by!(
        &mut connection,
        async |connection| identify(connection, &number(TaxId, "2", PayerId::new())).await,
        "payer_identifiers_payer_id_exists"
    );
}

#[tokio::test]
async fn all_that_one_payer_had_is_the_others_once_they_are_merged() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let mut owner = world.owner().await;
    let into = another(&mut connection, "TEST-002").await;
    let from = world.payer;
    identify(&mut connection, &number(PayerIdentifierQualifier::TaxId, "1", from)).await.unwrap();
    let policy = |payer: PayerId, name: &str, days: u32, rank: u32| {
        format!(
            "insert into org_policies (name, payer_id, policy_type, days_to_act, priority_rank)
             values ('{name}', '{payer}', 'rebill_threshold', {days}, {rank})"
        )
    };
    run(&mut owner, &policy(from, "Of the first", 20, 2)).await;
    run(&mut owner, &policy(into, "Of the second", 10, 1)).await;
    for payer in [from, into] {
        limit_filing(&mut owner, payer, 90, 60, "Contract.").await.unwrap();
    }
    run(
        &mut owner,
        &format!(
            "insert into coding_rules (name, payer_id, rule_type, procedure_from, procedure_to, modifier, message, severity)
             values ('Of the first', '{from}', 'modifier_required', '10004', '10004', '25', 'Test.', 'info')"
        ),
    )
    .await;

    run(
        &mut owner,
        &format!(
            "insert into adjustment_rules (payer_id, group_code, reason_code, disposition) values
                ('{from}', 'CO', '45', 'denial'), ('{into}', 'CO', '45', 'contractual'), ('{from}', 'CR', null, 'contractual')"
        ),
    )
    .await;
    let sent = check(from, "1", "0");
    remittances::record(&mut connection, [1; 32], None, &sent).await.unwrap();

    let to_work = world.denial(&mut connection, "CO-4", "100").await;
    assert_eq!(triaged(&mut connection, to_work.id).await, "Of the first");
    let denial = world.denial(&mut connection, "CO-197", "200").await;
    let granted = appeals::open(&mut connection, &appeal(&denial, "50")).await.unwrap();
    write_offs::request(&mut connection, &write_off(&denial, "20")).await.unwrap();
    let denial = world.denial(&mut connection, "CO-16", "300").await;
    rebills::open(&mut connection, &rebill(&denial)).await.unwrap();
    let variance = NewPaymentVariance::builder()
        .claim_id(granted.claim_id)
        .paid_on(day(3))
        .expected_amount(usd("100"))
        .actual_amount(usd("80"))
        .build();
    variances::record(&mut connection, &variance).await.unwrap();

    assert_refused!(
        &mut connection,
        async |connection| merge(connection, from, into, "billing.manager").await,
        Error::Query { kind: QueryErrorKind::PermissionDenied, .. }
    );
    assert_refused_by!(
        &mut owner,
        async |owner| merge(owner, from, from, "billing.manager").await,
        "payer_merges_two_payers"
    );
    for (one, other) in [(from, PayerId::new()), (PayerId::new(), into)] {
        assert_refused_by!(
            &mut owner,
            async |owner| merge(owner, one, other, "billing.manager").await,
            "payer_merges_into_payer_id_exists"
        );
    }
    let merged = merge(&mut owner, from, into, "billing.manager").await.unwrap();
    assert_eq!((merged.from_business_id.as_str(), merged.from_name.as_str()), ("TEST-001", "Test payer"));
    assert_eq!((merged.from_payer_id, merged.into_payer_id), (from, into));

    let holders = "select relname from pg_attribute join pg_class on pg_class.oid = attrelid
        where relkind = 'r' and attname = 'payer_id' and relname <> 'payers'
            and relnamespace = cast(current_schema() as regnamespace)";
    let holders = texts(&mut owner, holders).await;
    assert_eq!(holders.len(), 13, "{holders:?}");
    for table in holders {
        let held = format!("select distinct payer_id from {table} where payer_id is not null");
        assert_eq!(texts(&mut owner, &held).await, [into.to_string()], "{table}");
    }
    let rules = "select concat_ws(' ', group_code, disposition) from adjustment_rules order by 1";
    assert_eq!(texts(&mut owner, rules).await, ["CO contractual", "CR contractual"]);
    assert!(matches!(Payer::by_payer_id(&mut connection, "TEST-001").await, Err(Error::NotFound)));
    let named = Payer::by_identifier(&mut connection, PayerIdentifierQualifier::TaxId, "1").await.unwrap();
    assert_eq!(named.id, into);
    // The second payer's policies decide from now on.
    assert_eq!(triaged(&mut connection, to_work.id).await, "Of the second");
    let of_payer = WorkListFilter { payer: Some(into), ..Default::default() };
    let work = DenialToWork::list(&mut connection, &of_payer, None, 9).await.unwrap();
    let work: Vec<_> = work.iter().map(|item| (item.denial_id, item.days)).collect();
    assert_eq!(work, [(to_work.id, 10)]);
    assert_reconciled(&mut owner).await;

    // What was merged into the one that is merged now stays known.
    let last = another(&mut connection, "TEST-003").await;
    merge(&mut owner, into, last, "billing.manager").await.unwrap();
    let history = PayerMerge::by_payer(&mut connection, last).await.unwrap();
    let history: Vec<_> = history.iter().map(|row| row.from_business_id.as_str()).collect();
    assert_eq!(history, ["TEST-001", "TEST-002"]);
    assert_reconciled(&mut owner).await;
}

/// The policy that decides a denial.
async fn triaged(connection: &mut AsyncPgConnection, denial: DenialId) -> String {
    DenialTriage::by_denial(connection, denial).await.unwrap().triage.policy_name.unwrap()
}

#[tokio::test]
async fn a_claim_that_is_recorded_while_its_payer_is_merged_follows_or_is_refused() {
    for isolation in ["read committed", "repeatable read", "serializable"] {
        for merge_first in [true, false] {
            let world = World::new().await;
            let [mut merging, mut recording, mut watching] =
                [world.owner().await, world.owner().await, world.owner().await];
            let into = another(&mut watching, "TEST-002").await;
            let record = async |connection: &mut AsyncPgConnection| -> Result<()> {
                let statements = format!(
                    "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to,
                         submitted_on)
                     values ('CLM-1', 'P-1', '{}', 'professional', 100, '2024-01-01', '2024-01-01', '2024-01-02');
                     insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
                     select id, 1, '99213', 100, service_from from claims;
                     insert into denials (claim_id, denial_code, denied_on, denial_amount)
                     select id, 'CO-4', '2024-01-03', 100 from claims",
                    world.payer
                );
                Ok(connection.batch_execute(&statements).await?)
            };
            let merge = async |connection: &mut AsyncPgConnection| -> Result<()> {
                merge(connection, world.payer, into, "billing.manager").await.map(drop)
            };
            let begin = format!("begin isolation level {isolation}; select count(*) from claims");
            for connection in [&mut merging, &mut recording] {
                run(connection, &begin).await;
            }
            let (first, second) = if merge_first {
                merge(&mut merging).await.unwrap();
                let (second, ()) = futures_util::future::join(record(&mut recording), async {
                    wait_for_a_waiter(&mut watching).await;
                    run(&mut merging, "commit").await;
                })
                .await;
                (&mut merging, second.map(|()| &mut recording))
            } else {
                record(&mut recording).await.unwrap();
                let (second, ()) = futures_util::future::join(merge(&mut merging), async {
                    wait_for_a_waiter(&mut watching).await;
                    run(&mut recording, "commit").await;
                })
                .await;
                (&mut recording, second.map(|()| &mut merging))
            };
            run(first, "rollback").await;
            match second {
                // The merge saw the claim.
                Ok(second) => {
                    assert!(!merge_first && isolation == "read committed", "{isolation}");
                    run(second, "commit").await;
                    let payers = texts(&mut watching, "select payer_id from claims union select payer_id from denials");
                    assert_eq!(payers.await, [into.to_string()]);
                }
                Err(Error::Query { kind, .. }) => {
                    assert!(merge_first || isolation != "read committed", "{isolation}");
                    let kinds = [QueryErrorKind::ForeignKeyViolation, QueryErrorKind::SerializationFailure];
                    assert!(kinds.contains(&kind), "{isolation}: {kind:?}");
                }
                Err(error) => panic!("{isolation}: {error:?}"),
            }
            assert_reconciled(&mut watching).await;
        }
    }
}
