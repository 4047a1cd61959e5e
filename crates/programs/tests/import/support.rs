//! Runs `import` on a database of its own.

use std::path::Path;
use std::process::{Command, Output};

use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use serde_json::Value;
use tokio_postgres::Client;

pub const KEY: &str = "8f3b1c5d7e9f0a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e1f3a5b7c9d1e3f5a7b";

pub struct World {
    pub database: TestDatabase,
    pub client: Client,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
        let client = database.database().connect_client().await.unwrap();
        Self { database, client }
    }

    pub fn command(&self, path: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_import"));
        command.arg(path).env("DATABASE_URL", self.database.url()).env("RCM_PSEUDONYM_KEY", KEY);
        command.env_remove("MIGRATION_DATABASE_URL").env_remove("RCM_PSEUDONYM_KEY_FILE");
        command
    }

    /// The exit code and what was told as JSON.
    pub fn import(&self, path: &Path, options: &[&str]) -> (i32, Value) {
        let output = self.command(path).arg("--json").args(options).output().unwrap();
        (output.status.code().unwrap(), json(&output))
    }

    /// The first column of a query, as text.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = format!("select text::text from ({query}) as rows (text)");
        self.client.query(&query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    pub async fn text(&self, query: &str) -> String {
        self.texts(query).await.join(" ")
    }

    /// Every row of every table.
    pub async fn rows(&self) -> Vec<String> {
        let tables = "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace) order by 1";
        let mut rows = Vec::new();
        for table in self.texts(tables).await {
            let of_table = format!("select '{table} ' || cast(row as text) from {table} as row order by 1");
            rows.extend(self.texts(&of_table).await);
        }
        rows
    }

    /// The same without ids and moments, and without the audit log: how it came about.
    pub async fn content(&self) -> Vec<String> {
        let tables =
            "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
            and relname !~ '^audit_' order by 1";
        let mut rows = Vec::new();
        for table in self.texts(tables).await {
            let of_table = format!(
                "select regexp_replace(regexp_replace(cast(row as text),
                    '[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}', 'ID', 'g'),
                    '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} [0-9:.+]+', 'NOW', 'g')
                 from {table} as row order by 1"
            );
            rows.extend(self.texts(&of_table).await.into_iter().map(|row| format!("{table} {row}")));
        }
        rows
    }
}

pub fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}
