//! Public samples: what balances is closed, what doesn't waits for its reason, and no cent is lost. Skipped where
//! `../shared/samples` beside the project isn't there, unless RCM_REQUIRE_SAMPLES=1.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bigdecimal::{BigDecimal, Zero};
use x12_claims::claim::{Claim, Line, LineKind};
use x12_claims::remittance::{Remittance, RemittanceClaim};
use x12_claims::{Content, Details, Reader};

use crate::made::{Directory, day, submission, subscriber, visit};
use crate::support::World;

fn samples(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples").join(folder);
    let Ok(files) = std::fs::read_dir(&root) else {
        assert!(std::env::var("RCM_REQUIRE_SAMPLES").as_deref() != Ok("1"), "no samples in {}", root.display());
        eprintln!("skipped: no samples in {}", root.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn every_sample_837_is_stored_or_refused_by_name() {
    let files = samples("837");
    let Some(folder) = files.first().and_then(|file| file.parent()) else { return };
    let world = World::new().await;
    let (code, told) = world.import(folder, &[]);
    let totals = &told["totals"];
    let sum: u64 = ["claims_recorded", "claims_already_here", "claims_refused"]
        .map(|what| totals[what].as_u64().unwrap())
        .iter()
        .sum();
    assert_eq!((code, sum), (3, 42), "{told:#}");
    // One has a frequency `1.00`, another is two drafts of one claim.
    assert_eq!(totals["claims_refused"], 2);
    let once = world.rows().await;
    world.import(folder, &[]);
    assert_eq!(world.rows().await, once);
}

/// A claim that an answer could be about.
fn claim_of(answer: &RemittanceClaim, payer: &str) -> Claim {
    let sequence = match answer.status.as_str() {
        "2" | "20" => "S",
        "3" | "21" => "T",
        _ => "P",
    };
    let mut claim = visit(answer.control_number.get(), &[("99499", "0")]);
    claim.subscriber = Arc::new(subscriber(sequence, "DOE", payer));
    let (from, _) = answer.days().unwrap_or((day("2001-01-01"), day("2001-01-01")));
    let line =
        |charge: &BigDecimal| Line { charge: charge.abs(), details: Details::default(), ..claim.lines[0].clone() };
    let mut lines: Vec<Line> = answer
        .services
        .iter()
        .map(|service| {
            let sent = if service.billed.code.is_empty() { &service.procedure } else { &service.billed };
            let mut line = line(&service.charge);
            if sent.qualifier == "NU" || !service.revenue_code.is_empty() {
                line.kind = LineKind::Institutional;
                line.revenue_code =
                    if sent.qualifier == "NU" { sent.code.clone() } else { service.revenue_code.clone() };
            }
            line.procedure = if sent.qualifier == "NU" { Default::default() } else { sent.clone() };
            line.details = Details { dates: service.details.dates.clone(), ..Details::default() };
            line
        })
        .collect();
    // A broken SVC has no code.
    if lines.is_empty() || lines.iter().any(|line| line.procedure.code.is_empty() && line.revenue_code.len() != 4) {
        lines = vec![line(&answer.charge)];
    }
    for line in &mut lines {
        if line.days().is_none() {
            line.details.dates = vec![x12_claims::Date { qualifier: "472".into(), when: x12_claims::When::Day(from) }];
        }
    }
    Claim { charge: lines.iter().map(|line| &line.charge).sum(), lines, ..claim }
}

fn remittances(path: &Path) -> Vec<Remittance> {
    let bytes = std::fs::read(path).unwrap();
    let contents = Reader::new(bytes.as_slice()).map(|transaction| transaction.unwrap().content);
    contents
        .map(|content| if let Content::Remittance(one) = content { *one } else { panic!("{}", path.display()) })
        .collect()
}

#[tokio::test]
async fn a_sample_835_is_closed_where_it_balances_and_waits_with_its_reason_where_not() {
    for path in samples("835") {
        let world = World::new().await;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let remittances = remittances(&path);
        let files = Directory::new();
        for (at, remittance) in remittances.iter().enumerate() {
            let payer = format!("SAMPLE{at}");
            let mut seen = std::collections::BTreeSet::new();
            let claims: Vec<Claim> = remittance
                .claims
                .iter()
                .filter(|claim| seen.insert(claim.control_number.get().clone()))
                .map(|claim| claim_of(claim, &payer))
                .collect();
            files.write(&format!("{at}.837"), &[submission(&format!("B{at}"), "2001-01-01", claims)]);
        }
        let (code, told) = world.import(files.path(), &[]);
        assert_eq!(code, 0, "{name}: {told:#}");
        // The payer's company, and how the remittance names it.
        for (at, remittance) in remittances.iter().enumerate() {
            let party = remittance.payer().unwrap();
            let mut numbers = vec![("XV", party.id.get().to_string()), ("TRN", remittance.originator.to_string())];
            let references = ["2U", "EO", "HI", "NF", "FI"];
            let references = party.references.iter().filter(|one| references.contains(&one.qualifier.as_str()));
            numbers.extend(references.map(|one| (one.qualifier.as_str(), one.value.get().to_string())));
            let payer = world.text(&format!("select id from payers where payer_id = 'PI-SAMPLE{at}'")).await;
            for (qualifier, value) in numbers.iter().filter(|(_, value)| !value.is_empty()) {
                let identify = "insert into payer_identifiers (qualifier, value, payer_id)
                    values (cast($1 as text), cast($2 as text), cast(cast($3 as text) as uuid)) on conflict do nothing";
                world.client.execute(identify, &[qualifier, value, &payer]).await.unwrap();
            }
        }
        let (_, told) = world.import(&path, &[]);
        assert_eq!(told["totals"]["unaccounted"], "0.00", "{name}: {told:#}");
        let waiting = world
            .texts("select concat_ws(' ', waits_for, waits_for_rule, waiting_difference) from unposted order by 1")
            .await;
        let expected: &[&str] = match name.rsplit('_').next().unwrap() {
            "tertiary-payment.835" => &["balanced_service -21253.50"],
            "sample1.txt" => &["balanced_claim -0.01"],
            "sample2.txt" => &["balanced_claim 1002.00"],
            _ => &[],
        };
        assert_eq!(waiting, expected, "{name}: {told:#}");
        let open = world.text("select count(*) from remittance_report where not is_closed").await;
        assert_eq!(open, if expected.is_empty() { "0" } else { "1" }, "{name}");
        let balanced = "select count(*) from remittance_report where posted_amount + waiting_amount <> total_amount + provider_adjusted_amount";
        assert_eq!(world.text(balanced).await, "0", "{name}");
        let once = world.rows().await;
        world.import(&path, &[]);
        assert_eq!(world.rows().await, once, "{name}");
        assert!(remittances.iter().all(|remittance| remittance.difference().is_zero()), "{name}");
    }
}
