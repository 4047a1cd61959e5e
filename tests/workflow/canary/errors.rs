//! Errors of every kind, with canaries in the row, in what was written and in what was asked for.

use std::error::Error as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use private_postgres::TestDatabase;
use rcm_schema::error::QueryErrorKind;
use rcm_schema::models::*;
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::{self, AppealDecision, AppealUpdate};
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::rebills::{self, RebillOutcome};
use rcm_schema::workflow::{Commit, claims, denials, postings, variances, write_offs};
use rcm_schema::{Error, migrations};

use super::{Aviary, CLAIM_TABLES, assert_silent, fill, try_out};
use crate::world::{World, day, run, texts, usd};

/// Everything that it could show.
fn assert_error_silent(error: &Error) {
    assert_silent(&format!("{error} {error:?} {error:#?}"));
    let mut source = error.source();
    while let Some(cause) = source {
        assert_silent(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
}

/// The errors of what must fail.
macro_rules! errors {
    ($connection:ident: $($command:expr),+ $(,)?) => {
        vec![$(match $command(&mut $connection).await { Err(error) => error, Ok(_) => panic!("{}", stringify!($command)) }),+]
    };
}

#[tokio::test]
async fn no_refused_command_shows_a_value() {
    let world = World::new().await;
    let mut connection = world.writer().await;
    let aviary = fill(&world, &mut connection).await;
    let Aviary {
        claim,
        correction,
        details,
        recorded,
        line,
        denial,
        note,
        posting,
        posted,
        appeal,
        write_off,
        rebill,
        variance,
    } = &aviary;
    let pair = [line.clone(), line.clone()];
    let short = NewClaim { id: ClaimId::new(), claim_id: "CANARY-3".parse().unwrap(), ..claim.clone() };
    let short_line = NewClaimLine { claim_id: short.id, diagnosis_pointer_1: None, ..line.clone() };
    let short_line = NewClaimLine { charge_amount: usd("1"), ..short_line };
    let whole = WholeClaim { lines: vec![short_line.clone()], ..WholeClaim::new(short.clone()) };
    let double = WholeClaim { lines: pair.to_vec(), ..whole.clone() };
    let strange = WholeClaim { teeth: recorded.teeth.clone(), ..whole.clone() };
    let placed = NewClaimDetails { place_of_service: Some("canary".into()), ..details.clone() };
    let overpaid = NewPosting { id: PostingId::new(), amount: "9999".parse().unwrap(), ..posting.clone() };
    let other = NewPosting { id: PostingId::new(), amount: "11".parse().unwrap(), ..posting.clone() };
    let key = "canary-key".parse().unwrap();
    let blank = NewAppeal { id: AppealId::new(), reason: " ".into(), ..appeal.clone() };
    let greedy = NewAppeal { id: AppealId::new(), appealed_amount: usd("9999"), ..appeal.clone() };
    let documented = NewAppeal { supporting_documents: Some(serde_json::json!("canary")), ..blank.clone() };
    let everything = NewWriteOff { id: WriteOffId::new(), amount: usd("9999"), ..write_off.clone() };
    let spaced = NewWriteOff { requested_by: "canary canary".into(), ..everything.clone() };
    let itself = NewRebill { id: RebillId::new(), new_claim_id: Some(claim.id), ..rebill.clone() };
    let again = NewRebill { id: RebillId::new(), ..rebill.clone() };
    let (by, on) = ("canary canary", day(4));
    postings::reverse(&mut connection, *posted, on, "canary.poster", None).await.unwrap();
    write_offs::request(&mut connection, write_off).await.unwrap();
    let found = errors! { connection:
        async |c| claims::record(c, recorded).await,
        async |c| claims::record(c, &double).await,
        async |c| claims::record(c, &whole).await,
        async |c| claims::record(c, &strange).await,
        async |c| claims::record_many(c, std::slice::from_ref(&whole), Commit::Together).await,
        async |c| claims::note_details(c, &placed).await,
        async |c| claims::submit(c, claim.id, on).await,
        async |c| claims::correct_patient(c, correction).await,
        async |c| claims::correct_patient(c, &NewPatientCorrection { corrected_by: by.into(), ..correction.clone() }).await,
        async |c| claims::void(c, claim.id, on).await,
        async |c| denials::record(c, denial).await,
        async |c| denials::record(c, &NewDenial { id: DenialId::new(), denial_amount: usd("9999"), ..denial.clone() }).await,
        async |c| denials::record_many(c, std::slice::from_ref(denial), Commit::ByChunk).await,
        async |c| denials::add_note(c, note).await,
        async |c| denials::assign(c, denial.id, Some(by)).await,
        async |c| denials::note_cause(c, denial.id, " ", true).await,
        async |c| postings::post(c, None, &[NewPosting { posted_by: by.into(), ..other.clone() }]).await,
        async |c| postings::post(c, None, std::slice::from_ref(&overpaid)).await,
        async |c| postings::post(c, Some(&key), std::slice::from_ref(&other)).await,
        async |c| postings::post_many(c, std::slice::from_ref(&overpaid), Commit::Together).await,
        async |c| postings::reverse(c, *posted, on, "canary.poster", None).await,
        async |c| appeals::open(c, appeal).await,
        async |c| appeals::open(c, &blank).await,
        async |c| appeals::open(c, &greedy).await,
        async |c| appeals::open(c, &documented).await,
        async |c| appeals::update(c, appeal.id, AppealUpdate::Assign("canary canary".into())).await,
        async |c| appeals::update(c, appeal.id, AppealUpdate::Start).await,
        async |c| appeals::update(c, appeal.id, AppealUpdate::AppealedAmount(usd("1"))).await,
        async |c| appeals::update(c, appeal.id, AppealUpdate::SupportingDocuments(serde_json::json!(["canary"]))).await,
        async |c| appeals::file(c, appeal.id, on).await,
        async |c| appeals::decide(c, appeal.id, AppealDecision::Denied, on, Some("canary answer")).await,
        async |c| appeals::withdraw(c, appeal.id).await,
        async |c| write_offs::request(c, &everything).await,
        async |c| write_offs::request(c, &spaced).await,
        async |c| write_offs::approve(c, write_off.id, "canary.requester", on).await,
        async |c| write_offs::reject(c, WriteOffId::new(), "canary.manager", on).await,
        async |c| rebills::open(c, rebill).await,
        async |c| rebills::open(c, &itself).await,
        async |c| rebills::open(c, &again).await,
        async |c| rebills::submit(c, rebill.id, claim.id, on).await,
        async |c| rebills::accept(c, rebill.id).await,
        async |c| rebills::resolve(c, rebill.id, RebillOutcome::Paid, on).await,
        async |c| variances::record(c, variance).await,
        async |c| variances::resolve(c, variance.id, " ", on).await,
        async |c| variances::link_appeal(c, variance.id, AppealId::new()).await,
    };
    found.iter().for_each(assert_error_silent);
}

#[tokio::test]
async fn no_bad_value_in_any_column_is_shown() {
    let world = World::new().await;
    let mut connection = world.writer().await;
    fill(&world, &mut connection).await;
    let (mut errors, mut at_risk) = (Vec::new(), 0);
    for table in texts(&mut connection, CLAIM_TABLES).await {
        let columns = format!(
            "select attname from pg_attribute where attrelid = '{table}'::regclass and attnum > 0 and attgenerated = ''"
        );
        let columns = texts(&mut connection, &columns).await;
        let all = columns.join(", ");
        let mut statements = vec![
            format!("insert into {table} ({all}) select {all} from {table}"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
            format!("copy {table} from program 'canary'"),
        ];
        for column in &columns {
            for value in
                ["null", "''", "' '", "'canary canary'", "'-1'", "'NaN'", "'0.001'", "'2300-01-01'", "uuidv7()"]
            {
                statements.push(format!("update {table} set {column} = {value}"));
            }
            // The same value in every row, where it must be unique.
            statements.push(format!("update {table} set {column} = (select {column} from {table} limit 1)"));
            statements.push(format!("select cast(cast({column} as text) as uuid) from {table}"));
            statements.push(format!("select 1 / (cast({column} as text)::numeric - 1) from {table}"));
        }
        for statement in statements {
            if let Some(error) = try_out(&mut connection, &statement).await {
                at_risk += usize::from(format!("{error} {error:?}").to_lowercase().contains("canary"));
                errors.push(Error::from(error));
            }
        }
    }
    errors.iter().for_each(assert_error_silent);
    let mut kinds = [0_usize; 7];
    for error in &errors {
        kinds[match error {
            Error::Query { kind: QueryErrorKind::CheckViolation, .. } => 0,
            Error::Query { kind: QueryErrorKind::UniqueViolation, .. } => 1,
            Error::Query { kind: QueryErrorKind::ForeignKeyViolation, .. } => 2,
            Error::Query { kind: QueryErrorKind::NotNullViolation, .. } => 3,
            Error::Query { kind: QueryErrorKind::PermissionDenied, .. } => 4,
            Error::Query { .. } => 5,
            _ => 6,
        }] += 1;
    }
    println!("{} errors: {kinds:?}, the server's text of {at_risk} held a canary", errors.len());
    assert!(kinds.iter().all(|count| *count > 0) && errors.len() > 500 && at_risk > 20);
}

#[tokio::test]
async fn no_value_that_cannot_be_read_is_shown() {
    let world = World::new().await;
    let mut connection = world.owner().await;
    let aviary = fill(&world, &mut connection).await;
    let mut errors = vec![
        "canary patient".parse::<PatientReference>().unwrap_err(),
        "canary".parse::<BusinessId>().unwrap_err(),
        "CANARY-197".parse::<DenialCode>().unwrap_err(),
        "canary".parse::<DiagnosisCode>().unwrap_err(),
        "canary".parse::<ProcedureCode>().unwrap_err(),
        "canary".parse::<ProcedureModifier>().unwrap_err(),
        "canary".parse::<Usd>().unwrap_err(),
        "canary".parse::<SignedUsd>().unwrap_err(),
        Claim::by_claim_id(&mut connection, "CANARY-9").await.unwrap_err(),
    ];
    let unread = "alter domain claim_status drop constraint claim_status_known;
         alter table claims disable trigger user, alter column status drop expression;
         update claims set status = 'canary';
         alter domain patient_reference drop constraint patient_reference_shape;
         alter domain priority drop constraint priority_known;
         update appeals set priority = 'canary'";
    run(&mut connection, unread).await;
    errors.push(Claim::by_claim_id(&mut connection, "CANARY-1").await.unwrap_err());
    errors.push(Appeal::by_denial(&mut connection, aviary.denial.id).await.unwrap_err());
    run(&mut connection, "alter domain business_id drop constraint business_id_shape").await;
    run(&mut connection, "update claims set status = 'submitted', claim_id = 'canary-' || claim_id").await;
    errors.push(Claim::by_claim_id(&mut connection, "canary-CANARY-1").await.unwrap_err());
    errors.iter().for_each(assert_error_silent);
    assert!(matches!(errors.last(), Some(Error::Query { kind: QueryErrorKind::Conversion, .. })));
}

/// What is written through it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_line_shows_a_value() {
    let log = Log::default();
    // Of the whole process, since a line that another test's thread meets first may else be switched off for all; this
    // test's runtime has one thread.
    let own_thread = std::thread::current().id();
    let writer = {
        let log = log.clone();
        move || -> Box<dyn Write> {
            if std::thread::current().id() == own_thread { Box::new(log.clone()) } else { Box::new(std::io::sink()) }
        }
    };
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(writer).init();

    // Our own lines: a migration that runs, one that fails on the rows, a session that is cut off.
    let database = TestDatabase::empty().await.unwrap();
    migrations::run_pending(database.database()).await.unwrap();
    let world = World::new().await;
    let mut connection = world.connect().await;
    fill(&world, &mut connection).await;
    let directory = std::env::temp_dir().join(format!("rcm-schema-canary-{}", std::process::id()));
    let migration = directory.join("2999-01-01-000000_break");
    std::fs::create_dir_all(&migration).unwrap();
    let mut errors = Vec::new();
    for broken in [
        "create unique index on claims (patient_reference)",
        "alter table claims add constraint claims_cheap check (patient_reference !~ 'x' and amount < 1)",
        "select cast(patient_reference as uuid) from claims",
        "do $$ begin raise exception using errcode = '22000', message = (select min(patient_reference) from claims); end $$",
        "select pg_terminate_backend(pg_backend_pid()) from claims",
    ] {
        std::fs::write(migration.join("up.sql"), broken).unwrap();
        std::fs::write(migration.join("down.sql"), "-- Nothing to undo.").unwrap();
        let runner = postgres_migrate::Runner::from_directory(&rcm_schema::migrations::DEFINITION, &directory).unwrap();
        errors.push(Error::from(runner.run_pending(world.database.database()).await.unwrap_err()));
    }
    std::fs::remove_dir_all(&directory).unwrap();
    for error in &errors {
        println!("{error}");
        assert_error_silent(error);
    }
    for statement in ["update claims set claim_id = 'CANARY-1'", "select cast(patient_reference as uuid) from claims"] {
        try_out(&mut connection, statement).await.unwrap();
    }
    drop(database);

    let lines = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(lines.lines().filter(|line| line.contains("postgres_migrate")).count() > 20, "{lines}");
    assert_silent(&lines);
}
