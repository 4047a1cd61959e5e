//! The database compares what is posted with what the remittance says, for every client.

use diesel_async::SimpleAsyncConnection;
use rcm_schema::workflow::remittances;

use super::sent::{Says, check, receive, store};
use crate::world::{World, run};

/// The rule by which a transaction of statements is refused.
async fn refused(world: &World, statements: &str) -> String {
    let mut connection = world.writer().await;
    run(&mut connection, "begin").await;
    let outcome = match connection.batch_execute(statements).await {
        Ok(()) => connection.batch_execute("commit").await,
        refused => refused,
    };
    match outcome.map_err(rcm_schema::Error::from) {
        Ok(()) => "nothing".into(),
        Err(error @ rcm_schema::Error::Rule(_)) => error.code().to_owned(),
        Err(error) => error.constraint().unwrap_or(error.code()).to_owned(),
    }
}

#[tokio::test]
async fn only_what_a_remittance_says_is_posted_of_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let other = world.claim(&mut connection, "100").await;
    let sent = check(world.payer, "1", "60")
        .claim(&claim.claim_id.to_string(), "1", "100", "60")
        .adjusted("CO-45", "30")
        .adjusted("CO-97", "10");
    store(&mut connection, &sent).await;
    let mark = "update remittance_adjustments set disposition = case reason_code when '45' then 'contractual' else 'denial' end;
        update remittance_claims set claim_id = (select id from claims where id = :claim), matched_by = 'me', posted_on = '2024-01-11', posted_by = 'me';"
        .replace(":claim", &format!("'{}'", claim.id));
    let row = |claim: &str, kind: &str, amount: &str| {
        format!(
            "insert into postings (claim_id, kind, amount, posted_on, posted_by, remittance_claim_id)
            select '{claim}', '{kind}', {amount}, '2024-01-11', 'me', id from remittance_claims;"
        )
    };
    let denial = |code: &str, amount: &str, number: &str| {
        format!("insert into denials (claim_id, denial_code, denied_on, denial_amount, remittance_claim_id, adjustment_number)
            select claim_id, '{code}', '2024-01-11', {amount}, id, {number} from remittance_claims;")
    };
    let (own, wrong) = (claim.id.to_string(), other.id.to_string());
    let paid = row(&own, "payment", "60");
    let adjusted = row(&own, "contractual_adjustment", "30");
    let denied = denial("CO-97", "10", "2");
    let all = format!("{mark}{paid}{adjusted}{denied}");
    let and_back = |kind: &str| row(&own, kind, "-5") + &row(&own, kind, "5");
    let unmarked =
        "update remittance_claims set posted_on = null, posted_by = null, claim_id = null, matched_by = null;";
    for (statements, rule) in [
        (format!("{mark}{adjusted}{denied}"), "not_what_remittance_says"),
        (format!("{mark}{paid}{denied}"), "not_what_remittance_says"),
        (format!("{mark}{paid}{adjusted}"), "not_what_remittance_says"),
        (
            format!("{mark}{}{}{denied}", row(&own, "payment", "61"), row(&own, "contractual_adjustment", "29")),
            "not_what_remittance_says",
        ),
        (format!("{mark}{}{adjusted}{denied}", row(&wrong, "payment", "60")), "not_what_remittance_says"),
        (format!("{mark}{paid}{adjusted}{}", denial("CO-97", "11", "2")), "denials_adjustment_says_so"),
        (format!("{mark}{paid}{adjusted}{}", denial("CO-50", "10", "2")), "not_what_remittance_says"),
        (format!("{mark}{denied}{denied}{paid}{adjusted}"), "denials_one_per_adjustment"),
        // A sum that fits, of rows that don't.
        (format!("{all}{}", and_back("payment")), "not_what_remittance_says"),
        (format!("{all}{}", and_back("contractual_adjustment")), "not_what_remittance_says"),
        (format!("{mark}{unmarked}{}", and_back("contractual_adjustment")), "not_what_remittance_says"),
        // Outside of the transaction that posts it.
        (paid.clone(), "not_what_remittance_says"),
        // Once it was compared, nothing is added, also in the same transaction.
        (
            format!("{all}set constraints check_remittance_posting immediate;{}", row(&own, "payment", "-1")),
            "not_what_remittance_says",
        ),
        (
            format!(
                "{all}set constraints check_remittance_posting immediate;{}",
                row(&own, "payment", "-1")
                    .replace("insert", "update remittance_claims set being_posted = true; insert")
            ),
            "kept_by_database",
        ),
        (all.clone(), "nothing"),
        (row(&own, "payment", "-1"), "not_what_remittance_says"),
        ("update remittance_claims set paid_amount = 61".into(), "unchangeable"),
        (format!("update remittance_claims set claim_id = '{wrong}'"), "unchangeable"),
        ("update remittance_adjustments set amount = 1".into(), "unchangeable"),
        ("update remittances set total_amount = 1".into(), "unchangeable"),
        ("update provider_adjustments set amount = 1".into(), "unchangeable"),
        (
            "update denials set taken_back_in_id = remittance_claim_id, taken_back_adjustment_number = 2".into(),
            "not_what_remittance_says",
        ),
        ("update denials set remittance_claim_id = null, adjustment_number = null".into(), "unchangeable"),
    ] {
        assert_eq!(refused(&world, &statements).await, rule, "{statements}");
    }
}

#[tokio::test]
async fn a_row_of_a_remittance_is_taken_back_with_all_of_its_claim() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let sent = check(world.payer, "1", "100").claim(&claim.claim_id.to_string(), "1", "100", "100");
    receive(&mut connection, &sent).await;
    let row = rcm_schema::models::Posting::by_claim(&mut connection, claim.id).await.unwrap().remove(0);
    let day = crate::world::day(12);
    let error = rcm_schema::workflow::postings::reverse(&mut connection, row.id, day, "me", None).await.unwrap_err();
    assert_eq!(error.code(), "not_what_remittance_says");
    remittances::unmatch(&mut connection, sent.claims[0].id, day, "me").await.unwrap();
}
