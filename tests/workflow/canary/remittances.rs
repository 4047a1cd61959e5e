//! A remittance in which every text is a canary.

use diesel_async::AsyncPgConnection;
use rcm_schema::models::{
    NewClaim, NewProviderAdjustment, NewRemittance, NewRemittanceClaim, NewRemittanceRemark, NewRemittanceService,
};
use rcm_schema::types::{Disposition, WaitReason};
use rcm_schema::views::Unposted;
use rcm_schema::workflow::remittances::{self, WholeRemittance};

use crate::remittances::sent::{Says, check};
use crate::world::{World, day, record};

/// Two claims: one that is posted, one that says nothing but canaries.
pub async fn fill(world: &World, connection: &mut AsyncPgConnection) -> WholeRemittance {
    let mut claim = NewClaim { submitted_on: Some(day(1)), ..world.new_claim("100") };
    claim.claim_id = "CANARY-3".parse().unwrap();
    record(connection, &claim).await;
    let canaries = Some(String::from("canary"));
    let other_segments = serde_json::json!([["REF", "canary"]]);
    let mut whole =
        check(world.payer, "canary", "100").claim("CANARY-3", "1", "100", "100").claim("canary", "canary", "5", "0");
    whole = whole
        .service("canary", "5", "0")
        .adjusted("canary-canary", "5")
        .withheld("WO", "canary", "0")
        .withheld("canary", "canary", "0");
    let remittance = whole.remittance.clone();
    whole.remittance = NewRemittance {
        payee_npi: canaries.clone(),
        originator: canaries.clone(),
        handling: canaries.clone(),
        method: canaries.clone(),
        other_segments: other_segments.clone(),
        ..remittance
    };
    let said = whole.claims.pop().unwrap();
    whole.claims.push(NewRemittanceClaim {
        payer_claim_control_number: canaries.clone(),
        filing_indicator: canaries.clone(),
        facility_code: canaries.clone(),
        frequency_code: canaries.clone(),
        drg: canaries.clone(),
        rendering_npi: canaries.clone(),
        other_segments,
        ..said
    });
    let service = whole.services.pop().unwrap();
    whole.services.push(NewRemittanceService {
        code_qualifier: canaries.clone(),
        modifier_1: canaries.clone(),
        modifier_2: canaries.clone(),
        modifier_3: canaries.clone(),
        modifier_4: canaries.clone(),
        revenue_code: canaries.clone(),
        billed_code: canaries.clone(),
        line_control_number: canaries.clone(),
        ..service
    });
    let remark = NewRemittanceRemark::builder()
        .remittance_claim_id(whole.claims[1].id)
        .remark_number(1)
        .code_list("canary")
        .code("canary");
    whole.remarks.push(remark.build());
    let withheld = whole.provider_adjustments.pop().unwrap();
    whole.provider_adjustments.push(NewProviderAdjustment { provider: canaries, ..withheld });
    remittances::record(connection, [2; 32], Some("canary"), &whole).await.unwrap();
    remittances::post(connection, whole.remittance.id, "canary.poster").await.unwrap();
    let waiting = Unposted::by_remittance(connection, whole.remittance.id).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.waits_for).collect::<Vec<_>>(), [WaitReason::Classification]);
    remittances::classify(connection, whole.claims[1].id, 1, Disposition::None, "canary.manager").await.unwrap();
    whole
}
