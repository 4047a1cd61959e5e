//! An appeal or a rebill of a denial, never both.

use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::Denial;
use rcm_schema::workflow::{appeals, rebills};

use super::{ISOLATION_LEVELS, assert_expected, eight_at_once};
use crate::world::{World, appeal, assert_reconciled, deny, rebill, texts};

#[tokio::test]
async fn of_an_appeal_and_a_rebill_one_is_open() {
    for isolation in ISOLATION_LEVELS {
        let world = World::new().await;
        let mut connection = world.connect().await;
        let claim = world.claim(&mut connection, "4000").await.id;
        let mut denials: Vec<Denial> = Vec::new();
        for _ in 0..40 {
            denials.push(deny(&mut connection, claim, "CO-4", "100").await);
        }
        let opened = eight_at_once(&world, isolation, async |number, connection| {
            let mut opened = [0, 0];
            // All of them in the same order, so that they meet; each with both kinds, whoever comes first.
            for (index, denial) in denials.iter().enumerate() {
                let kind = (number + index) % 2;
                let outcome = if kind == 0 {
                    appeals::open(connection, &appeal(denial, "100")).await.map(drop)
                } else {
                    rebills::open(connection, &rebill(denial)).await.map(drop)
                };
                match outcome {
                    Ok(()) => opened[kind] += 1,
                    Err(error) => assert_expected(&error, isolation, |error| {
                        matches!(
                            error,
                            Error::Rule(Rule::AppealStillOpen)
                                | Error::Rule(Rule::RebillStillOpen)
                                | Error::Rule(Rule::AppealLevelOutOfOrder)
                        )
                    }),
                }
            }
            opened
        })
        .await;
        let all: usize = opened.iter().flatten().sum();
        let stored = "select (select count(*) from appeals) + (select count(*) from rebills)";
        assert_eq!(texts(&mut connection, stored).await, [all.to_string()], "{isolation}: {opened:?}");
        // Where every transaction may be told to run again, a denial can end up with neither.
        let least = if isolation == "serializable" { 20 } else { 40 };
        assert!((least..=40).contains(&all), "{isolation}: {opened:?}");
        // What is left takes an action now: each denial has one in the end.
        let mut later = 0;
        for denial in &denials {
            match appeals::open(&mut connection, &appeal(denial, "100")).await {
                Ok(_) => later += 1,
                Err(error) => assert!(
                    matches!(error, Error::Rule(Rule::AppealStillOpen) | Error::Rule(Rule::RebillStillOpen)),
                    "{error}"
                ),
            }
        }
        assert_eq!(all + later, 40, "{isolation}: {opened:?}");
        let both = "select denial_id from appeals join rebills using (denial_id)";
        assert_eq!(texts(&mut connection, both).await, [""; 0], "{isolation}");
        assert_reconciled(&mut connection).await;
        println!("{isolation}: {opened:?}");
        for kind in [0, 1] {
            assert!(opened.iter().any(|opened| opened[kind] > 0), "{isolation}: {opened:?}");
        }
    }
}
