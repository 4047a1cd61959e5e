//! Migrates the database of `DATABASE_URL`: `cargo run -p library -- up`.

use std::error::Error;

use library::DEFINITION;
use postgres_migrate::{Database, Runner};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::for_migrations_from_env()?.ok_or("DATABASE_URL is not set")?;
    let runner = Runner::new(&DEFINITION);
    match std::env::args().nth(1).as_deref() {
        Some("up") => {
            for migration in runner.run_pending(&database).await?.applied {
                println!("applied {migration}");
            }
        }
        Some("down") => {
            for migration in runner.revert(&database, 1).await?.reverted {
                println!("reverted {migration}");
            }
        }
        Some("status") => {
            for migration in runner.status(&database).await?.migrations {
                println!("{}: {}", migration.name.unwrap_or(migration.version), migration.state);
            }
        }
        Some("plan") => {
            let plan = runner.plan(&database).await?;
            for migration in plan.migrations {
                println!("{}", migration.name);
                for table in migration.tables.unwrap_or_default() {
                    // A table that isn't there yet nobody waits for.
                    if let Some(size) = plan.sizes.get(&table.name) {
                        let rewritten = if table.is_rewritten { ", all rows are written anew" } else { "" };
                        let (name, lock, blocks, bytes) = (table.name, table.lock, table.lock.blocks(), size.bytes);
                        println!("    {name} ({bytes} bytes): {lock}, {blocks}{rewritten}");
                    }
                }
            }
        }
        Some("verify") => {
            for difference in runner.verify(&database).await?.differences {
                println!("{difference}");
            }
        }
        _ => return Err("usage: library up | down | status | plan | verify".into()),
    }
    Ok(())
}
