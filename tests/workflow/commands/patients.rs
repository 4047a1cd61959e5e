use diesel_async::AsyncPgConnection;
use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, NewClaim, NewClaimDetails, NewPatientCorrection, NewRebill, PatientCorrection};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::{correct_patient, note_details};
use rcm_schema::workflow::rebills;

use super::{assert_refused, assert_refused_by};
use crate::world::{World, assert_reconciled, day, deny, rebill, record, run, wait_for_a_waiter, whole};

fn patient(reference: &str) -> PatientReference {
    reference.parse().unwrap()
}

fn correction(from: &str, to: &str, claims: Option<Vec<ClaimId>>) -> NewPatientCorrection {
    NewPatientCorrection::builder()
        .from_reference(patient(from))
        .to_reference(patient(to))
        .maybe_claim_ids(claims.map(ClaimIds))
        .corrected_by("registrar")
        .build()
}

/// Whose claims these are.
async fn of(connection: &mut AsyncPgConnection, reference: &str) -> Vec<ClaimId> {
    let found = Claim::by_patient(connection, &patient(reference), None, 9).await.unwrap();
    let mut ids: Vec<ClaimId> = found.iter().map(|claim| claim.id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn two_references_of_a_patient_become_one_and_the_history_stays() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(world.claim(&mut connection, "100").await.id);
    }
    all.sort();
    let corrected = correct_patient(&mut connection, &correction("P-1", "P-2", None)).await.unwrap();
    assert_eq!(corrected.claim_ids, ClaimIds(all.clone()));
    assert_eq!((of(&mut connection, "P-1").await, of(&mut connection, "P-2").await), (vec![], all.clone()));
    assert_refused!(
        &mut connection,
        async |connection| correct_patient(connection, &correction("P-1", "P-2", None)).await,
        Error::Rule(Rule::NotOfReference)
    );

    // One of them was another patient's after all.
    let one = correct_patient(&mut connection, &correction("P-2", "P-3", Some(vec![all[1]]))).await.unwrap();
    assert_eq!(
        (of(&mut connection, "P-2").await, of(&mut connection, "P-3").await),
        (vec![all[0], all[2]], vec![all[1]])
    );
    for claims in [vec![all[1]], vec![all[0], all[1]], vec![all[0], all[0]], vec![ClaimId::new()]] {
        assert_refused!(
            &mut connection,
            async |connection| correct_patient(connection, &correction("P-2", "P-3", Some(claims))).await,
            Error::Rule(Rule::NotOfReference)
        );
    }
    assert_refused_by!(
        &mut connection,
        async |connection| correct_patient(connection, &correction("P-2", "P-2", None)).await,
        "patient_corrections_two_references"
    );
    for (reference, expected) in
        [("P-1", vec![&corrected]), ("P-2", vec![&corrected, &one]), ("P-3", vec![&one]), ("P-4", vec![])]
    {
        let history = PatientCorrection::by_reference(&mut connection, &patient(reference)).await.unwrap();
        assert_eq!(history.iter().collect::<Vec<_>>(), expected, "{reference}");
    }
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn claims_that_relate_to_each_other_are_corrected_together() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let original = world.claim(&mut connection, "100").await.id;
    let related = [
        {
            let replacement = NewClaim {
                frequency_code: FrequencyCode::Replacement,
                replaces_claim_id: Some(original),
                ..world.new_claim("100")
            };
            record(&mut connection, &replacement).await.id
        },
        {
            let denial = deny(&mut connection, original, "CO-4", "50").await;
            let new_claim = world.claim(&mut connection, "50").await.id;
            let new = NewRebill { new_claim_id: Some(new_claim), ..rebill(&denial) };
            rebills::open(&mut connection, &new).await.unwrap();
            new_claim
        },
        {
            let secondary = record(&mut connection, &world.new_claim("100")).await.id;
            let details =
                NewClaimDetails::builder().claim_id(secondary).payer_sequence(2).prior_claim_id(original).build();
            note_details(&mut connection, &details).await.unwrap();
            secondary
        },
    ];
    let mut all = vec![original];
    all.extend(related);
    for left_out in 0..all.len() {
        let mut some = all.clone();
        some.remove(left_out);
        assert_refused!(
            &mut connection,
            async |connection| correct_patient(connection, &correction("P-1", "P-2", Some(some))).await,
            Error::Rule(Rule::RelatedClaimLeftOut)
        );
    }
    correct_patient(&mut connection, &correction("P-1", "P-2", Some(all.clone()))).await.unwrap();
    all.sort();
    assert_eq!(of(&mut connection, "P-2").await, all);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_claim_that_is_related_while_its_patient_is_corrected_waits_and_is_refused() {
    let world = World::new().await;
    let [mut correcting, mut relating, mut watching] =
        [world.connect().await, world.connect().await, world.owner().await];
    let original = world.claim(&mut correcting, "100").await.id;
    let other = record(&mut correcting, &world.new_claim("100")).await.id;
    let replacement = NewClaim {
        frequency_code: FrequencyCode::Replacement,
        replaces_claim_id: Some(original),
        ..world.new_claim("100")
    };
    let secondary = NewClaimDetails::builder().claim_id(other).payer_sequence(2).prior_claim_id(original).build();
    for replaced in [true, false] {
        run(&mut correcting, "begin").await;
        let moved = correction("P-1", "P-2", Some(vec![original]));
        correct_patient(&mut correcting, &moved).await.unwrap();
        let replacement = whole(&replacement);
        let relate = async {
            match replaced {
                true => rcm_schema::workflow::claims::record(&mut relating, &replacement).await.map(drop),
                false => {
                    note_details(&mut relating, &secondary).await.unwrap();
                    rcm_schema::workflow::claims::submit(&mut relating, other, day(4)).await.map(drop)
                }
            }
        };
        let end = async {
            wait_for_a_waiter(&mut watching).await;
            // Of the second, the correction is taken back: then it is the patient's own.
            run(&mut correcting, if replaced { "commit" } else { "rollback" }).await;
        };
        let (outcome, ()) = futures_util::future::join(relate, end).await;
        match replaced {
            true => {
                assert!(matches!(outcome, Err(Error::Rule(Rule::OtherPatient))), "{outcome:?}");
                correct_patient(&mut correcting, &correction("P-2", "P-1", None)).await.unwrap();
            }
            false => outcome.unwrap(),
        }
    }
}
