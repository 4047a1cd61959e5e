use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{NewAppeal, NewPaymentVariance};
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::{self, AppealDecision};
use rcm_schema::workflow::variances::{link_appeal, record, resolve};

use super::{assert_refused, assert_refused_by};
use crate::world::{World, day, deny, filed, usd};

#[tokio::test]
async fn a_variance_is_computed_appealed_and_resolved() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "500").await;
    let new = NewPaymentVariance::builder()
        .claim_id(claim.id)
        .paid_on(day(10))
        .expected_amount(usd("500"))
        .actual_amount(usd("425"))
        .build();
    let variance = record(&mut connection, &new).await.unwrap();
    assert_eq!(variance.variance_amount.to_string(), "-75.00");
    assert_eq!(variance.variance_percentage, bigdecimal::BigDecimal::from(-15));
    assert_eq!(variance.variance_type, VarianceType::Underpayment);

    let denial = deny(&mut connection, claim.id, "CO-97", "75").await;
    let appeal = appeals::open(&mut connection, &filed(&denial, "75")).await.unwrap();
    let linked = link_appeal(&mut connection, variance.id, appeal.id).await.unwrap();
    assert_eq!((linked.needs_appeal, linked.appeal_id), (true, Some(appeal.id)));
    assert_refused_by!(
        &mut connection,
        async |connection| resolve(connection, variance.id, "Paid.", day(9)).await,
        "payment_variances_resolved_after_payment"
    );
    assert_refused_by!(
        &mut connection,
        async |connection| resolve(connection, variance.id, " ", day(11)).await,
        "text_given_is_not_blank"
    );
    let resolved = resolve(&mut connection, variance.id, "Paid after all.", day(11)).await.unwrap();
    assert_eq!((resolved.resolution.as_deref(), resolved.resolved_on), (Some("Paid after all."), Some(day(11))));
    resolve(&mut connection, variance.id, "Paid after all.", day(11)).await.unwrap();
    link_appeal(&mut connection, variance.id, appeal.id).await.unwrap();
    for (resolution, resolved_on) in [("Given up.", day(11)), ("Paid after all.", day(12))] {
        assert_refused!(
            &mut connection,
            async |connection| resolve(connection, variance.id, resolution, resolved_on).await,
            Error::Rule(Rule::Unchangeable { .. })
        );
    }
    appeals::decide(&mut connection, appeal.id, AppealDecision::Denied, day(12), None).await.unwrap();
    let next = NewAppeal { appeal_level: AppealLevel::SecondLevel, ..filed(&denial, "75") };
    let next = appeals::open(&mut connection, &next).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| link_appeal(connection, variance.id, next.id).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
}

#[tokio::test]
async fn a_variance_belongs_to_its_claim_and_to_a_contract() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "500").await;
    let nothing = NewPaymentVariance::builder()
        .claim_id(claim.id)
        .paid_on(day(10))
        .expected_amount(usd("0"))
        .actual_amount(usd("425"))
        .build();
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &nothing).await,
        "payment_variances_expected_amount_positive"
    );
    let nowhere = NewPaymentVariance::builder()
        .claim_id(ClaimId::new())
        .paid_on(day(10))
        .expected_amount(usd("500"))
        .actual_amount(usd("425"))
        .build();
    // Its payer is the claim's.
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &nowhere).await,
        "payment_variances_claim_of_payer"
    );
    let denial = world.denial(&mut connection, "CO-97", "75").await;
    let appeal = appeals::open(&mut connection, &filed(&denial, "75")).await.unwrap();
    let new = NewPaymentVariance::builder()
        .claim_id(claim.id)
        .paid_on(day(10))
        .expected_amount(usd("500"))
        .actual_amount(usd("425"))
        .build();
    let variance = record(&mut connection, &new).await.unwrap();
    assert_refused_by!(
        &mut connection,
        async |connection| link_appeal(connection, variance.id, appeal.id).await,
        "payment_variances_appeal_of_claim"
    );
    let nobody = PaymentVarianceId::new();
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, nobody, "Paid.", day(11)).await,
        Error::NotFound
    );
    assert_refused!(
        &mut connection,
        async |connection| link_appeal(connection, nobody, appeal.id).await,
        Error::NotFound
    );
}
