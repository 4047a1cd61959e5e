//! How much a lookup or a page of a list reads on 20,000 claims: three pages of the database a row and fifty, and no larger
//! table from end to end. So it stays as fast on ten million.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use diesel_async::AsyncPgConnection;
use rcm_schema::models::*;
use rcm_schema::types::*;
use rcm_schema::views::*;
use rcm_schema::workflow::{remittances, work_list};

use crate::catalog::{migrated, run, texts};

/// Every second claim is denied; of eight denials one is appealed, one written off, one rebilled, the others are to be worked.
const MANY: &str = "
    insert into payers (payer_id, name, payer_type, is_provisional)
    select 'PAYER-' || number, 'Payer', 'commercial', number = 9 from generate_series(0, 9) as number;
    insert into payer_identifiers (qualifier, value, payer_id) select 'PI', payer_id, id from payers;
    create temporary table numbered as
    select number, uuidv7() as claim_id, uuidv7() as denial_id, case when number < 4000 then uuidv7() end as said_id
    from generate_series(1, 20000) as number;
    insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
    select numbered.claim_id, 'CLM-' || number, 'PATIENT-' || number / 4, payers.id, 'professional', 100,
        date '2022-01-01' + number % 700, date '2022-01-01' + number % 700, '2023-12-31'
    from numbered join payers on payer_id = 'PAYER-' || number / 16 % 10;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select id, 1, '99213', 100, service_from from claims;
    insert into claim_diagnoses (claim_id, ordinal, diagnosis_code) select id, 1, 'Z12.11' from claims;
    insert into claim_line_details (claim_id, line_number, unit_basis) select id, 1, 'UN' from claims;
    insert into claim_line_teeth (claim_id, line_number, tooth) select id, 1, '14' from claims;
    insert into institutional_claims (claim_id, facility_code) select id, '11' from claims;
    insert into claim_sources (claim_id, identity_sha256, content_sha256, pseudonym_key)
    select id, convert_to(rpad(claim_id, 32, '.'), 'UTF8'), sha256('content'), '0123abcd' from claims;
    insert into claim_details (claim_id, patient_control_number, payer_claim_control_number)
    select id, 'PCN ' || claim_id, 'ICN ' || claim_id from claims;
    insert into remittance_files (sha256) values (sha256('file'));
    create temporary table sent as select number, uuidv7() as id from generate_series(0, 99) as number;
    insert into remittances (id, file_id, transaction_number, content_sha256, payer_id, trace_number, total_amount, paid_on)
    select sent.id, remittance_files.id, 1 + number, sha256(cast(cast(number as text) as bytea)), payers.id, 'TRACE-' || number,
        1260, date '2024-01-01' + number
    from sent join payers on payer_id = 'PAYER-' || number % 10 cross join remittance_files;
    insert into remittance_claims (
        id, remittance_id, claim_number, patient_control_number, payer_claim_control_number, charge_amount, paid_amount, waits_for
    )
    select said_id, sent.id, numbered.number, 'PCN CLM-' || numbered.number, 'ICN CLM-' || numbered.number, 100, 60,
        case when numbered.number % 2 = 0 then 'claim' end
    from numbered join sent on sent.number = numbered.number / 40
    where said_id is not null and (numbered.number % 2 = 1 or numbered.number % 40 = 0);
    insert into remittance_services (remittance_claim_id, service_number, charge_amount, paid_amount, allowed_amount)
    select id, 1, charge_amount, paid_amount, 80 from remittance_claims;
    insert into remittance_adjustments (
        remittance_claim_id, adjustment_number, service_number, group_code, reason_code, amount, disposition
    )
    select id, number, 1, group_code, reason_code, 20, disposition
    from remittance_claims, (values (1, 'CO', '45', 'contractual'), (2, 'PR', '1', 'patient'))
        as part (number, group_code, reason_code, disposition);
    insert into remittance_remarks (remittance_claim_id, remark_number, service_number, code)
    select id, 1, 1, 'N115' from remittance_claims;
    insert into provider_adjustments (remittance_id, adjustment_number, reason_code, reference, amount)
    select id, part, case when number % 10 = 0 then 'WO' else 'L6' end, 'PCN CLM-' || number, 1
    from sent, generate_series(1, 3) as part;
    insert into adjustment_rules (group_code, reason_code, disposition) values ('CO', '253', 'none');
    update remittance_services set claim_id = numbered.claim_id, line_number = 1
    from numbered
    where said_id = remittance_claim_id and number % 2 = 1;
    update remittance_claims
    set claim_id = numbered.claim_id, matched_by = 'payment.poster', posted_on = '2024-01-02', posted_by = 'payment.poster'
    from numbered
    where said_id = id and number % 2 = 1;
    insert into postings (claim_id, kind, amount, posted_on, posted_by, remittance_claim_id, adjustment_number)
    select claim_id, kind, amount, '2024-01-02', 'payment.poster', said_id, case when said_id is not null then adjustment end
    from numbered, (
        values ('payment', 60, null), ('contractual_adjustment', 20, 1), ('patient_responsibility', 20, 2)
    ) as part (kind, amount, adjustment)
    where number % 2 = 1;
    insert into filing_rules (step, basis, length, source) values ('first_level', 'decision', 60, 'Test.');
    insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
    select denial_id, claim_id, 'CO-197', date '2024-01-01' + number % 90, 50 + number % 50 from numbered where number % 2 = 0;
    insert into denial_remarks (denial_id, remark_code)
    select denial_id, remark from numbered, (values ('N706'), ('MA01')) as part (remark) where number % 2 = 0;
    insert into denial_notes (denial_id, note, noted_by)
    select denial_id, 'Called the payer.', 'biller' from numbered where number % 2 = 0;
    update denials set assigned_to = case when number % 64 = 2 then 'biller' else 'another.biller' end
    from numbered where denials.id = denial_id and number % 16 in (2, 6, 10);
    insert into appeals (denial_id, claim_id, appeal_level, appealed_amount, due_on, reason)
    select denial_id, claim_id, 'first_level', 50, date '2024-05-01' + number % 90, 'Test.' from numbered where number % 16 = 0;
    insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on)
    select denial_id, claim_id, 50, 'other', 'financial', 'billing.specialist', date '2024-05-01' + number % 90
    from numbered where number % 16 = 4;
    insert into rebills (denial_id, original_claim_id, reason, changes)
    select denial_id, claim_id, 'other', 'Test.' from numbered where number % 16 = 8;
    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
    select claim_id, denial_id, 'payment', -1, '2024-06-01', 'payment.poster' from numbered where number % 16 = 12;
    insert into payment_variances (claim_id, paid_on, expected_amount, actual_amount)
    select claim_id, date '2024-01-02' + number % 90, 70, 60 from numbered where number % 4 = 1;
    insert into patient_corrections (from_reference, to_reference, corrected_by)
    values ('PATIENT-7', 'PATIENT-4990', 'records.clerk');
    update claim_details
    set payer_sequence = 2, prior_claim_id = prior.id
    from claims as later, claims as prior
    where claim_details.claim_id = later.id and later.claim_id = 'CLM-7' and prior.claim_id = 'CLM-5';
    update rebills
    set status = 'submitted', submitted_on = '2024-06-01', new_claim_id = target.id
    from claims as original, claims as target
    where original_claim_id = original.id and original.claim_id = 'CLM-88' and target.claim_id = 'CLM-89';
    insert into payers (payer_id, name, payer_type)
    values ('PAYER-OLD', 'Payer', 'commercial');
    insert into payer_merges (from_payer_id, into_payer_id, merged_by)
    select old.id, kept.id, 'billing.manager'
    from payers as old, payers as kept
    where old.payer_id = 'PAYER-OLD' and kept.payer_id = 'PAYER-3';
    insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
    select 'CLM-PENDING-' || number, 'PATIENT-' || number, payers.id, 'professional', 100,
        date '2021-11-01' + number % 60, date '2021-11-01' + number % 60
    from generate_series(1, 500) as number join payers on payer_id = 'PAYER-' || number % 10;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select id, 1, '99213', 100, service_from from claims where submitted_on is null;
    -- Some rows for every index: PostgreSQL looks into an empty one at each planning.
    insert into postings (claim_id, kind, amount, posted_on, posted_by, idempotency_key, idempotency_ordinal)
    select id, 'payment', 1, '2024-06-01', 'payment.poster', claim_id, 1 from claims where claim_id in ('CLM-1', 'CLM-3');
    insert into postings (claim_id, kind, amount, posted_on, posted_by, reverses_id, takes_back_id)
    select
        claim_id, kind, -1, '2024-06-02', posted_by, case idempotency_key when 'CLM-1' then id end,
        case idempotency_key when 'CLM-3' then id end
    from postings where idempotency_key is not null;
    update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = '2024-09-01'
    from claims where claims.id = write_offs.claim_id and claims.claim_id = 'CLM-4';
    update appeals set status = 'submitted', filed_on = '2024-04-15'
    from claims where claims.id = appeals.claim_id and claims.claim_id = 'CLM-16';
    update appeals set status = 'partially_approved', decided_on = '2024-04-20', approved_amount = 20
    where filed_on is not null;
    insert into postings (claim_id, denial_id, appeal_id, kind, amount, posted_on, posted_by)
    select claim_id, denial_id, id, 'payment', 10, '2024-06-01', 'payment.poster' from appeals where approved_amount > 0";

/// What adds up or searches everything that a filter finds, which is its purpose.
const OF_EVERYTHING: [&str; 10] = [
    "AdjustmentToClassify::all",
    "Appeal::totals",
    "Claim::totals",
    "Denial::totals",
    "PaymentVariance::totals",
    "Rebill::totals",
    "WriteOff::totals",
    // Every pending claim.
    "ClaimToFile::list",
    "DenialCodeToAdd::list",
    // The newest similar ones; see recovery.rs.
    "EstimatedRecovery::of",
];

/// Every read of the crate: what takes a connection in models, views and the work list.
fn reads() -> BTreeSet<String> {
    let mut reads = BTreeSet::from(["work_list::take".to_owned()]);
    for folder in ["models", "views"] {
        for file in fs::read_dir(format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let mut of = "";
            for line in text.lines() {
                if let Some(name) = line.strip_prefix("impl ") {
                    of = name.split(' ').next().unwrap();
                } else if let Some(name) = line.strip_prefix("    pub async fn ") {
                    reads.insert(format!("{of}::{}", name.split('(').next().unwrap()));
                }
            }
        }
    }
    reads
}

/// Of each table and index: how many pages were touched, and how often a larger table was read from end to end. It counts from
/// a moment in the past.
async fn touched(connection: &mut AsyncPgConnection) -> BTreeMap<String, [i64; 2]> {
    let query = "
        select concat_ws(
            ' ', relname, pg_stat_get_xact_blocks_fetched(oid),
            case when relkind = 'r' and relpages > 10 then pg_stat_get_xact_numscans(oid) else 0 end
        )
        from pg_class
        where relnamespace = cast(current_schema() as regnamespace)";
    let touched = texts(connection, query).await.into_iter().map(|row| {
        let mut row = row.split(' ');
        let name = row.next().unwrap().to_owned();
        (name, [(); 2].map(|()| row.next().unwrap().parse().unwrap()))
    });
    touched.collect()
}

/// How many rows a read found.
trait Found {
    fn rows(&self) -> usize;
}

impl<T> Found for Vec<T> {
    fn rows(&self) -> usize {
        self.len()
    }
}

macro_rules! one_row {
    ($($row:ident),+) => {
        $(impl Found for $row {
            fn rows(&self) -> usize {
                1
            }
        })+
    };
}
one_row!(
    Claim,
    ClaimDetails,
    DenialCodeEntry,
    DenialTriage,
    InstitutionalClaim,
    Payer,
    PeriodClosing,
    RemarkCodeEntry,
    Remittance
);

/// It adds its claims up.
impl Found for RemittanceReport {
    fn rows(&self) -> usize {
        usize::try_from(self.claims).unwrap()
    }
}

impl Found for AppealLevel {
    fn rows(&self) -> usize {
        1
    }
}

impl Found for Option<DenialToWork> {
    fn rows(&self) -> usize {
        usize::from(self.is_some())
    }
}

/// Ten times: PostgreSQL plans a statement anew five times, then may settle for a plan that knows no values.
macro_rules! measure {
    ($measured:ident, $connection:ident, { $($of:ident::$read:ident($($argument:expr),*);)+ }) => {
        $({
            let name = concat!(stringify!($of), "::", stringify!($read));
            $measured.insert(name.to_owned());
            for _ in 0..10 {
                run(&mut $connection, "begin").await;
                let before = touched(&mut $connection).await;
                let found = $of::$read(&mut $connection, $($argument),*).await.unwrap().rows();
                let mut touched = touched(&mut $connection).await;
                run(&mut $connection, "rollback").await;
                assert!(found > 0, "{name} finds nothing");
                touched.iter_mut().for_each(|(table, of)| *of = [of[0] - before[table][0], of[1] - before[table][1]]);
                touched.retain(|_, of| *of != [0; 2]);
                let [pages, scans] = [0, 1].map(|counted| touched.values().map(|of| of[counted]).sum::<i64>());
                let most = i64::try_from(3 * found + 50).unwrap();
                assert!(pages <= most, "{name} reads {pages} pages for {found} rows: {touched:?}");
                assert_eq!(scans, 0, "{name} reads a table from end to end: {touched:?}");
            }
        })+
    };
}

#[tokio::test]
async fn a_read_touches_three_pages_a_row_at_most() {
    let (_database, mut connection) = migrated().await;
    // The time limit is for statements, and these are many.
    run(&mut connection, "set statement_timeout = '5min'").await;
    run(&mut connection, MANY).await;
    // On its own: in the transaction of the inserts it would not see all of them.
    run(&mut connection, "vacuum (analyze)").await;

    let payer = Payer::by_payer_id(&mut connection, "PAYER-3").await.unwrap().id;
    let claim = Claim::by_claim_id(&mut connection, "CLM-160").await.unwrap();
    let denial = Denial::by_claim(&mut connection, claim.id).await.unwrap().remove(0).id;
    let to_work = Claim::by_claim_id(&mut connection, "CLM-172").await.unwrap().id;
    let to_work = Denial::by_claim(&mut connection, to_work).await.unwrap().remove(0).id;
    let decided = Claim::by_claim_id(&mut connection, "CLM-16").await.unwrap().id;
    let decided = Denial::by_claim(&mut connection, decided).await.unwrap().remove(0).id;
    let rebilled = Claim::by_claim_id(&mut connection, "CLM-88").await.unwrap().id;
    let rebilled = Denial::by_claim(&mut connection, rebilled).await.unwrap().remove(0).id;
    let prior = Claim::by_claim_id(&mut connection, "CLM-5").await.unwrap().id;
    let remittance = Remittance::by_trace(&mut connection, "TRACE-4").await.unwrap().remove(0).id;
    let said = RemittanceClaim::by_claim(&mut connection, prior).await.unwrap().remove(0).id;
    let patient: PatientReference = "PATIENT-9".parse().unwrap();
    let corrected: PatientReference = "PATIENT-7".parse().unwrap();
    let [of_a_worker, of_nobody] = [Assigned::To("biller".into()), Assigned::ToNobody]
        .map(|assigned| WorkListFilter { assigned: Some(assigned), ..Default::default() });
    let audited = "select row_key from audit_log where changed_table = 'denials' limit 1";
    let audited = texts(&mut connection, audited).await.remove(0);
    let rules = CodingRule::that_apply(&mut connection, payer).await.unwrap();
    let procedure = "36415".parse().unwrap();
    let open: Usd = "100".parse().unwrap();
    let (denied_on, code) = ("2024-01-15".parse().unwrap(), "CO-197".parse().unwrap());
    let (appeals, of_payer) = (AppealFilter::default(), AppealFilter { payer_id: Some(payer), ..Default::default() });

    let pending = ClaimFilter { payer_id: Some(payer), status: Some(ClaimStatus::Pending), ..Default::default() };
    let mut measured = BTreeSet::new();
    measure!(measured, connection, {
        AdjustmentRule::all();
        Appeal::by_denial(denial);
        Appeal::list(&appeals, None, 50);
        Appeal::list(&of_payer, None, 50);
        Appeal::next_level(decided);
        AuditEntry::by_row("denials", &audited);
        Claim::by_claim_id("CLM-770");
        Claim::by_patient(&patient, None, 50);
        Claim::list(&ClaimFilter::default(), None, 50);
        Claim::list(&ClaimFilter { payer_id: Some(payer), ..Default::default() }, None, 50);
        Claim::list(&ClaimFilter { status: Some(ClaimStatus::Denied), ..Default::default() }, None, 50);
        Claim::list(&ClaimFilter { status: Some(ClaimStatus::Paid), ..Default::default() }, None, 50);
        Claim::list(&pending, None, 50);
        ClaimDetails::by_claim(claim.id);
        ClaimDetails::by_patient_control_number("PCN CLM-770");
        ClaimDetails::by_payer_claim_control_number("ICN CLM-770");
        ClaimDetails::by_prior_claim(prior);
        ClaimLineDetails::by_claim(claim.id);
        ClaimLineTooth::by_claim(claim.id);
        ClaimSource::by_identities(&[format!("{:.<32}", claim.claim_id).into_bytes()]);
        CodingRule::that_apply(payer);
        Denial::by_claim(claim.id);
        Denial::list(&DenialFilter::default(), None, 50);
        Denial::list(&DenialFilter { payer_id: Some(payer), ..Default::default() }, None, 50);
        Denial::list(&DenialFilter { assigned_to: Some("biller".to_owned()), ..Default::default() }, None, 50);
        DenialCodeEntry::by_code("CO-197");
        CodingRuleDiagnosis::of_rules(&rules);
        DenialExpiring::list(denied_on, None, 50);
        DenialNote::by_denial(to_work);
        DenialToWork::list(&WorkListFilter::default(), None, 50);
        DenialToWork::list(&WorkListFilter { payer: Some(payer), ..Default::default() }, None, 50);
        DenialToWork::list(&of_a_worker, None, 50);
        DenialToWork::list(&of_nobody, None, 50);
        DenialRemark::by_denial(denial);
        DenialTriage::by_denial(to_work);
        FilingRule::that_apply(payer);
        InstitutionalClaim::by_claim(claim.id);
        OrgPolicy::that_apply(payer, DenialCategory::Authorization, &code, &open, denied_on);
        PatientBalance::list(None, None, 50);
        PatientBalance::list(Some(payer), None, 50);
        PatientCorrection::by_reference(&corrected);
        Payer::by_identifier(PayerIdentifierQualifier::PayerIdentification, "PAYER-3");
        Payer::by_payer_id("PAYER-3");
        Payer::provisional();
        PayerIdentifier::by_payer(payer);
        PayerMerge::by_payer(payer);
        PaymentVariance::list(&PaymentVarianceFilter::default(), None, 50);
        PaymentVariance::list(&PaymentVarianceFilter { payer_id: Some(payer), ..Default::default() }, None, 50);
        PeriodClosing::last();
        Posting::by_claim(prior);
        PostingToReview::list(None, 50);
        ProcedureIndicators::of_procedures(&[&procedure]);
        ProviderAdjustment::by_remittance(remittance);
        ProviderAdjustmentToReview::all();
        RebilledDenial::by_denial(rebilled);
        Rebill::list(&RebillFilter::default(), None, 50);
        Rebill::list(&RebillFilter { payer_id: Some(payer), ..Default::default() }, None, 50);
        Remittance::by_id(remittance);
        Remittance::by_trace("TRACE-4");
        Remittance::list(None, None, 50);
        Remittance::list(Some(payer), None, 50);
        Remittance::to_review();
        RemittanceAdjustment::by_claim(said);
        RemittanceClaim::by_claim(prior);
        RemittanceClaim::by_patient_control_number("PCN CLM-5");
        RemittanceClaim::by_remittance(remittance);
        RemittanceRemark::by_claim(said);
        RemittanceReport::by_id(remittance);
        RemarkCodeEntry::by_code("MA130");
        RemittanceService::by_claim(said);
        Unposted::by_remittance(remittance);
        WriteOff::list(&WriteOffFilter::default(), None, 50);
        WriteOff::list(&WriteOffFilter { payer_id: Some(payer), ..Default::default() }, None, 50);
        remittances::waiting();
        work_list::take("biller", &WorkListFilter::default());
        work_list::take("nobody", &WorkListFilter::default());
        work_list::take("nobody", &WorkListFilter { payer: Some(payer), ..Default::default() });
    });
    measured.extend(OF_EVERYTHING.map(str::to_owned));
    assert_eq!(reads().difference(&measured).collect::<Vec<_>>(), [""; 0], "are not measured");
}
