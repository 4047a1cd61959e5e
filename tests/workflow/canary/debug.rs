//! `Debug` of every row and of everything that is written.

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rcm_schema::models::*;
use rcm_schema::types::*;
use rcm_schema::views::*;
use rcm_schema::workflow::appeals::{AppealDecision, AppealUpdate};
use rcm_schema::workflow::denials::add_remarks;
use rcm_schema::workflow::postings::post;
use rcm_schema::workflow::rebills::RebillOutcome;
use rcm_schema::workflow::reconcile;
use rcm_schema::workflow::triage::{DenialFacts, triage};

use super::{assert_silent, fill};
use crate::world::{World, day, record, run, usd};

/// They hold nothing of a claim but ids, days, amounts and what a caller asks for.
const OTHERS: &[&str] = &[
    "AdjustmentRule",
    "AdjustmentToClassify",
    "AppealFilter",
    "Assigned",
    "ClaimFilter",
    "CodingAudit",
    "CodingFinding",
    "CodingRule",
    "CodingRuleDiagnosis",
    "Commit",
    "DatabaseEnvironment",
    "DenialCodeEntry",
    "DenialCodeToAdd",
    "DenialFilter",
    "EstimatedRecovery",
    "FilingRule",
    "NewAdjustmentRule",
    "NewCodingRule",
    "NewDenialCodeEntry",
    "NewFilingRule",
    "NewOrgPolicy",
    "NewPayer",
    "NewPayerIdentifier",
    "NewRemarkCodeEntry",
    "OrgPolicy",
    "Payer",
    "PayerIdentifier",
    "PayerMerge",
    "PaymentVarianceFilter",
    "ProcedureIndicators",
    "RebillFilter",
    "Recorded",
    "RemarkCodeEntry",
    "RiskLevel",
    "Rulebook",
    "Totals",
    "WorkListFilter",
    "WriteOffFilter",
];

/// The public types of a folder of `src`.
fn public_types(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            public_types(&path, names);
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let name = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
            if let Some(name) = name.and_then(|name| name.split(|letter: char| !letter.is_alphanumeric()).next()) {
                names.insert(name.to_owned());
            }
        }
    }
}

/// What was shown, by the type's name.
#[derive(Default)]
struct Shown(BTreeSet<String>);

impl Shown {
    fn show<T: Debug>(&mut self, value: &T) {
        assert_silent(&format!("{value:?} {value:#?}"));
        let name = type_name::<T>().split('<').next().unwrap();
        self.0.insert(name.rsplit("::").next().unwrap().to_owned());
    }
}

#[tokio::test]
async fn no_debug_shows_a_value() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let aviary = fill(&world, &mut connection).await;
    let sent = super::remittances::fill(&world, &mut connection).await;
    run(
        &mut world.owner().await,
        "insert into filing_rules (step, basis, length, source)
         values ('original_claim', 'service_from', 90, 'Test.'), ('first_level', 'decision', 60, 'Test.')",
    )
    .await;
    record(&mut connection, &world.new_claim("10")).await;
    world.denial(&mut connection, "CO-197", "300").await;
    let mut shown = Shown::default();

    macro_rules! rows {
        ($($row:ident),+) => {$(
            let rows: Vec<$row> = $row::query().load(&mut connection).await.unwrap();
            assert!(!rows.is_empty(), stringify!($row));
            rows.iter().for_each(|row| shown.show(row));
        )+};
    }
    rows!(
        Claim,
        ClaimLine,
        ClaimLineDetails,
        ClaimLineTooth,
        ClaimDiagnosis,
        InstitutionalClaim,
        Denial,
        DenialNote,
        ClaimDetails,
        PatientCorrection,
        Posting,
        PeriodClosing,
        Appeal,
        WriteOff,
        Rebill,
        PaymentVariance,
        NewClaimLine,
        NewClaimDiagnosis,
        DenialTriage,
        ClassifiedDenial,
        PatientBalance,
        ClaimToFile,
        DenialExpiring,
        ClaimFact,
        DenialFact,
        PostingFact,
        RebilledDenial,
        AppealFact,
        WriteOffFact,
        RebillFact,
        VarianceFact,
        RemittanceFile,
        Remittance,
        RemittanceClaim,
        RemittanceService,
        RemittanceAdjustment,
        RemittanceRemark,
        ProviderAdjustment,
        ProviderAdjustmentToReview,
        RemittanceReport,
        Unposted
    );
    let entries: Vec<AuditEntry> = AuditEntry::query().load(&mut world.owner().await).await.unwrap();
    assert!(!entries.is_empty());
    entries.iter().for_each(|entry| shown.show(entry));
    shown.show(&sent);
    shown.show(&sent.remittance);
    shown.show(&sent.claims[1]);
    shown.show(&sent.services[0]);
    shown.show(&sent.adjustments[0]);
    shown.show(&sent.remarks[0]);
    shown.show(&sent.provider_adjustments[0]);
    let source =
        ClaimSource::builder().claim_id(aviary.claim.id).identity_sha256(Vec::new()).content_sha256(Vec::new());
    shown.show(&source.pseudonym_key("canary").build());
    shown.show(&aviary.claim);
    shown.show(&aviary.recorded);
    aviary.recorded.line_details.iter().for_each(|details| shown.show(details));
    shown.show(&aviary.denial);
    shown.show(&aviary.note);
    shown.show(&aviary.appeal);
    shown.show(&aviary.write_off);
    shown.show(&aviary.rebill);
    shown.show(&NewPaymentVariance { resolution: Some("canary resolution".into()), ..aviary.variance });
    shown.show(&aviary.details);
    shown.show(&aviary.correction);
    shown.show(&aviary.posting);
    let another = NewPosting { id: PostingId::new(), ..aviary.posting.clone() };
    let key = "canary-other-key".parse().unwrap();
    shown.show(&post(&mut connection, Some(&key), &[another]).await.unwrap());
    let beyond = NewPosting { id: PostingId::new(), amount: "-999".parse().unwrap(), ..aviary.posting.clone() };
    post(&mut connection, None, &[beyond]).await.unwrap();
    PostingToReview::list(&mut connection, None, 9).await.unwrap().iter().for_each(|row| shown.show(row));
    // The rows' canaries are real.
    assert_eq!(aviary.claim.patient_reference.reveal(), "canary-patient");
    let triaged = DenialTriage::by_denial(&mut connection, aviary.denial.id).await.unwrap();
    shown.show(&triaged.triage);
    let facts = DenialFacts {
        payer_id: triaged.payer_id,
        denial_code: triaged.denial_code,
        denied_on: triaged.denied_on,
        open_amount: triaged.open_amount,
        remarks: vec!["MA130".parse().unwrap()],
    };
    shown.show(&facts);
    shown.show(&triage(&mut connection, &[facts]).await.unwrap()[0]);
    let remark: RemarkCode = "MA130".parse().unwrap();
    shown.show(&NewDenialRemark { denial_id: aviary.denial.id, remark_code: remark.clone() });
    add_remarks(&mut connection, aviary.denial.id, &[remark]).await.unwrap();
    shown.show(&DenialRemark::by_denial(&mut connection, aviary.denial.id).await.unwrap()[0]);
    let work = DenialToWork::list(&mut connection, &WorkListFilter::default(), None, 9).await.unwrap();
    work.iter().for_each(|denial| shown.show(denial));
    work.iter().for_each(|denial| shown.show(&Cursor::from(denial)));

    for update in [
        AppealUpdate::Start,
        AppealUpdate::ConfirmReview,
        AppealUpdate::Assign("canary.specialist".into()),
        AppealUpdate::Priority(Priority::High),
        AppealUpdate::Reason("canary reason".into()),
        AppealUpdate::SupportingDocuments(serde_json::json!([{"canary": "canary"}])),
        AppealUpdate::AppealedAmount(usd("1")),
        AppealUpdate::DueOn(day(1)),
        AppealUpdate::PayerResponse("canary answer".into()),
    ] {
        shown.show(&update);
    }
    shown.show(&AppealDecision::PartiallyApproved(usd("1")));
    shown.show(&RebillOutcome::Paid);
    shown.show(&aviary.claim.patient_reference);

    let mut owner = world.owner().await;
    run(&mut owner, "set session_replication_role = replica; update denials set recovered_amount = 1").await;
    let differences = reconcile(&mut owner).await.unwrap();
    assert!(!differences.is_empty());
    differences.iter().for_each(|difference| shown.show(difference));

    let mut all = BTreeSet::new();
    for folder in ["src/models", "src/views", "src/workflow"] {
        public_types(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut all);
    }
    assert!(all.len() > 50);
    for other in OTHERS {
        assert!(all.remove(*other), "{other} is gone");
    }
    let forgotten: Vec<_> = all.difference(&shown.0).collect();
    assert_eq!(forgotten, Vec::<&String>::new(), "show them above, or name them in OTHERS");
}
