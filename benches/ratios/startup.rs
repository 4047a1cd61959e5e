//! Migrations at startup.

use rcm_schema::migrations::DEFINITION;
use std::process::{Command, Stdio};
use std::time::Instant;

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use private_postgres::TestDatabase;
use rcm_schema::migrations;

use crate::{Result, report};

/// `run_pending` on an up-to-date database against connecting and one SELECT.
pub async fn startup_with_nothing_pending() -> Result<()> {
    let database = TestDatabase::migrated(&DEFINITION).await?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        let start = Instant::now();
        migrations::run_pending(database.database()).await?;
        ours.push(start.elapsed());
        let start = Instant::now();
        let mut connection = database.connect().await?;
        diesel::select(diesel::dsl::sql::<BigInt>("count(*) from __diesel_schema_migrations"))
            .get_result::<i64>(&mut connection)
            .await?;
        bare.push(start.elapsed());
    }
    report("startup with nothing pending / connect and one SELECT", ours, bare);
    Ok(())
}

/// Every migration on an empty database against `psql -1` of the same SQL.
pub async fn empty_to_head() -> Result<()> {
    let mut folders: Vec<_> = std::fs::read_dir("migrations").expect("the migrations").flatten().collect();
    folders.sort_by_key(|folder| folder.file_name());
    let files = folders.into_iter().map(|folder| folder.path().join("up.sql")).filter(|file| file.exists());
    let sql: String = files.map(|file| std::fs::read_to_string(file).expect("a migration") + "\n").collect();
    let file = std::env::temp_dir().join(format!("rcm-schema-bench-{}.sql", std::process::id()));
    std::fs::write(&file, sql).expect("a temporary file");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let database = TestDatabase::empty().await?;
        let start = Instant::now();
        migrations::run_pending(database.database()).await?;
        ours.push(start.elapsed());
        let database = TestDatabase::empty().await?;
        let url = database.url();
        let start = Instant::now();
        let status = Command::new("psql")
            .args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(&file)
            .arg(url)
            .stdout(Stdio::null())
            .status()
            .expect("psql");
        assert!(status.success());
        bare.push(start.elapsed());
    }
    std::fs::remove_file(&file).expect("the temporary file");
    report("empty to head / psql -1 of the same SQL", ours, bare);
    Ok(())
}
