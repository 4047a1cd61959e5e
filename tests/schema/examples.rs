//! `examples/`: each runs on an empty and on a seeded database, leaves it as it was, and refuses production.

use rcm_schema::migrations::DEFINITION;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use private_postgres::TestDatabase;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::catalog::{rows, run, texts};

/// Those that write, in a transaction that is rolled back.
const STORIES: [&str; 4] = ["denial_to_appeal", "denial_to_write_off", "denial_to_rebill", "payment_variance"];

/// Runs an example, which `cargo test` has built.
pub fn example(name: &str, database: &TestDatabase) -> Output {
    Command::new(program(name)).env("DATABASE_URL", database.url()).output().unwrap()
}

fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // Tests are in `deps`, beside the folder of the examples.
    let program = test.parent().unwrap().with_file_name("examples").join(name);
    assert!(program.is_file(), "not built: cargo build --example {name}");
    program
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a page shows of an example's output, by the example's name.
fn shown(name: &str) -> &'static str {
    let page = include_str!("../../docs/commands.md");
    let block = page.split(&format!("\n```text {name}\n")).nth(1).unwrap();
    block.split("```").next().unwrap()
}

#[tokio::test]
async fn a_story_prints_what_the_page_shows() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    for name in STORIES {
        let printed = stdout(&example(name, &database));
        let mut lines = printed.lines();
        for shown in shown(name).lines() {
            assert!(lines.any(|line| line == shown), "not printed, or not in this order: {shown}\n{printed}");
        }
    }
}

#[tokio::test]
async fn an_example_leaves_a_database_as_it_was() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    rcm_seeds::seed(&mut connection).await.unwrap();
    let before = rows(&mut connection).await;
    for name in STORIES {
        let told = stdout(&example(name, &database));
        assert!(told.contains("\nrefused: "), "{told}");
        assert!(told.ends_with("\nrolled back: the database is as it was\n"), "{told}");
        assert_eq!(rows(&mut connection).await, before, "{name}");
    }
    let told = stdout(&example("service", &database));
    assert!(told.contains("CLM-2024-001235 appealed: billed 500.00"), "{told}");
    assert!(told.contains("appeal first_level under_review, due 2024-02-20"), "{told}");
}

#[tokio::test]
async fn an_example_migrates_an_empty_database() {
    let database = TestDatabase::empty().await.unwrap();
    for name in STORIES {
        stdout(&example(name, &database));
    }
    assert!(stdout(&example("service", &database)).contains("run `cargo run --bin seed`"));
}

#[tokio::test]
async fn an_example_refuses_production() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    run(&mut connection, "update database_environment set environment = 'production'").await;
    for name in STORIES {
        let output = example(name, &database);
        assert_eq!(output.status.code(), Some(4), "{name}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("is a production database"));
        assert!(output.stdout.is_empty());
    }
}

/// Status and body of what an HTTP server answers.
async fn ask(address: &str, request: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json";
    let sent = format!("{request} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_http_service_pages_tells_errors_by_class_and_ends_when_all_is_answered() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    rcm_seeds::seed(&mut connection).await.unwrap();
    let deny = "insert into denials (claim_id, denial_code, denied_on, denial_amount)
        select id, 'CO-197', '2024-04-01', 50 from claims where claim_id = 'CLM-2024-001890'";
    run(&mut connection, deny).await;
    let mut server = tokio::process::Command::new(program("http"));
    let server =
        server.arg("127.0.0.1:0").env("DATABASE_URL", database.url()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut server = server.spawn().unwrap();
    let mut told = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = told.next_line().await.unwrap().unwrap();
    let address = line.strip_prefix("listening on ").unwrap().to_owned();

    let (mut ids, mut after, mut count) = (BTreeSet::new(), String::new(), 0);
    for _ in 0..100 {
        let (status, page) = ask(&address, &format!("GET /denials?limit=1&count=true{after}"), "").await;
        assert_eq!(status, 200, "{page}");
        count = page["totals"]["count"].as_u64().unwrap();
        let denial = page["denials"].get(0).expect("the last page has no next");
        assert!(ids.insert(denial["id"].as_str().unwrap().to_owned()), "a row came twice");
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert!(count > 2 && u64::try_from(ids.len()) == Ok(count), "{count} {ids:?}");

    let (status, claim) = ask(&address, "GET /claims/CLM-2024-001902", "").await;
    assert_eq!((status, claim["status"].as_str()), (200, Some("denied")));
    let (status, none) = ask(&address, "GET /claims/CLM-0", "").await;
    assert_eq!((status, none["code"].as_str()), (404, Some("not_found")));
    for wrong in ["limit=many", "from=yesterday", "resolution_status=none", "payer=1"] {
        assert_eq!(ask(&address, &format!("GET /denials?{wrong}"), "").await.0, 400, "{wrong}");
    }
    let (_, april) = ask(&address, "GET /denials?resolution_status=pending&from=2024-04-01&to=2024-04-01", "").await;
    assert_eq!(april["denials"].as_array().map(Vec::len), Some(1), "{april}");
    assert_eq!(ask(&address, "GET /health", "").await.1["waiting"], 0);

    let made = "select denials.id from denials join claims on claims.id = denials.claim_id where claims.claim_id = 'CLM-2024-001890'";
    let denial = texts(&mut connection, made).await.remove(0);
    let path = format!("POST /denials/{denial}/appeals");
    let body = |worker: &str| format!(r#"{{"worker": "{worker}", "reason": "Necessary.", "due_on": "2024-09-01"}}"#);
    let (status, appeal) = ask(&address, &path, &body("first.worker")).await;
    assert_eq!((status, appeal["appeal_level"].as_str()), (201, Some("first_level")), "{appeal}");
    let (status, refused) = ask(&address, &path, &body("second.worker")).await;
    assert_eq!((status, refused["code"].as_str()), (409, Some("appeal_still_open")), "{refused}");
    let worker = texts(&mut connection, &format!("select assigned_to from denials where id = '{denial}'")).await;
    assert_eq!(worker, ["first.worker"], "both or neither");

    run(&mut connection, "begin; lock table denials").await;
    let waiting = tokio::spawn(async move { ask(&address, "GET /denials", "").await.0 });
    let waits = "select count(*) from pg_locks where not granted and relation = cast('denials' as regclass)";
    while texts(&mut connection, waits).await == ["0"] {
        tokio::task::yield_now().await;
    }
    let terminate = Command::new("kill").args(["-TERM", &server.id().unwrap().to_string()]).status();
    assert!(terminate.unwrap().success());
    run(&mut connection, "rollback").await;
    assert_eq!(waiting.await.unwrap(), 200, "it was being answered");
    assert!(server.wait().await.unwrap().success());
    assert_eq!(told.next_line().await.unwrap().as_deref(), Some("stopped"));
}

#[tokio::test]
async fn two_workers_do_what_is_on_the_list_and_none_twice() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    rcm_seeds::seed(&mut connection).await.unwrap();
    run(
        &mut connection,
        "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
         select 'CLM-' || number, 'P-' || number, id, 'professional', 500, current_date - 20, current_date - 20, current_date - 19
         from (select id from payers where payer_type = 'commercial' limit 1) as payer, generate_series(1, 40) as number;
         insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
         select id, 1, '99213', 500, current_date - 20 from claims where claim_id like 'CLM-_' or claim_id like 'CLM-__';
         insert into denials (claim_id, denial_code, denied_on, denial_amount)
         select id, 'CO-197', current_date - 10, case when right(claim_id, 1) < '5' then 10 else 500 end
         from claims where patient_reference like 'P-%' and claim_id like 'CLM-_%' and length(claim_id) < 7",
    )
    .await;
    let to_do = "select count(*) from denial_work_list where automatic and action in ('appeal', 'write_off')";
    let before: u32 = texts(&mut connection, to_do).await[0].parse().unwrap();
    assert!(before >= 40, "{before}");
    let told = stdout(&example("worker", &database));
    assert!(told.starts_with("pool: "), "{told}");
    let done: Vec<u32> = told.lines().last().unwrap().split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
    assert_eq!((done.len(), done.iter().sum::<u32>()), (2, before), "{told}");
    assert_eq!(texts(&mut connection, to_do).await, ["0"]);
}
