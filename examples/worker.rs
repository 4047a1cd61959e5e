//! Two workers that do what the policies say of denials: each takes the most urgent one that nobody has, and acts in the same
//! transaction. Meanwhile the pool is watched.
//!
//! `cargo run --bin seed`, then `cargo run --example worker`. It writes.

use std::process::ExitCode;
use std::time::Duration;

use rcm_programs::{Install, Target};
use rcm_schema::models::{Appeal, Denial, NewAppeal, NewWriteOff};
use rcm_schema::types::{Action, WriteOffCategory, WriteOffReason};
use rcm_schema::views::WorkListFilter;
use rcm_schema::workflow::{appeals, work_list, write_offs};
use rcm_schema::{Database, Pool, PoolExt, Result, chrono, migrations};

/// What these workers do, where a policy lets a program do it; the rest waits for people.
const ACTIONS: [Action; 2] = [Action::Appeal, Action::WriteOff];

/// Works until nothing is left; returns how many denials it was.
async fn work(pool: &Pool, worker: &str) -> Result<u32> {
    let mut done = 0;
    for action in ACTIONS {
        let filter = WorkListFilter { action: Some(action), automatic: Some(true), ..WorkListFilter::default() };
        while work_one(pool, worker, &filter).await? {
            done += 1;
        }
    }
    Ok(done)
}

/// Takes a denial and acts on it, both or neither; false where none is free. What a worker that dies had, the next one gets.
async fn work_one(pool: &Pool, worker: &str, filter: &WorkListFilter) -> Result<bool> {
    pool.transaction(async |connection| {
        let Some(item) = work_list::take(connection, worker, filter).await? else { return Ok(false) };
        let denial = Denial::by_id(connection, item.denial_id).await?;
        if item.action == Action::Appeal {
            let level = Appeal::next_level(connection, denial.id).await?;
            let new = NewAppeal::builder(&denial)
                .appeal_level(level)
                .appealed_amount(item.open_amount)
                .due_on(item.act_by)
                .reason("The policy of the practice appeals it.")
                .assigned_to(worker)
                .build();
            appeals::open(connection, &new).await?;
        } else {
            let new = NewWriteOff::builder(&denial)
                .amount(item.open_amount)
                .reason(WriteOffReason::BelowThreshold)
                .category(WriteOffCategory::Administrative)
                .requested_by(worker)
                .requested_on(chrono::Utc::now().date_naive())
                .maybe_policy_id(item.policy_id)
                .build();
            write_offs::request(connection, &new).await?;
        }
        Ok(true)
    })
    .await
}

/// Tells the metrics of the pool, for ever.
async fn watch(pool: &Pool) {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    loop {
        every.tick().await;
        let state = pool.state();
        println!("pool: {} idle, {} in use, {} waiting", state.idle, state.in_use, state.waiting);
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> std::result::Result<(), Box<dyn std::error::Error>> {
    // `Database::from_env` is all that a service needs; without `DATABASE_URL` this example takes what `seed` fills.
    let database = match Database::from_env()? {
        Some(database) => database,
        None => Target::find(Install::NEVER).await?.database,
    };
    migrations::run_pending(&database).await?;
    let pool = database.pool().application_name("example-worker").max_size(2).build().await?;
    tokio::select! {
        () = watch(&pool) => {}
        done = async { tokio::try_join!(work(&pool, "worker.one"), work(&pool, "worker.two")) } => {
            let (one, two) = done?;
            println!("worker.one did {one}, worker.two did {two}");
        }
    }
    Ok(())
}
