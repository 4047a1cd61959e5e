//! Asks before claims are lost that aren't the demo's.

use std::io::{self, BufRead, IsTerminal, Write};

use postgres_migrate::Database;
use rcm_programs::{Error, Result};

/// Lets pass what reverts migrations: where the database holds claims that the demo didn't write, only after somebody said its
/// name, by `--database` or on the terminal.
pub async fn confirm(database: &Database, said: Option<&str>) -> Result<()> {
    let claims = rcm_seeds::claims_of_others(&mut database.connect().await?).await?;
    let name = database.name();
    let said = match said {
        Some(said) => said.to_owned(),
        None if claims == 0 => return Ok(()),
        None if io::stdin().is_terminal() => ask(name, claims)?,
        None => {
            return Err(Error::Usage(format!(
                "database \"{name}\" holds claims that the demo didn't write ({claims}), which may be lost; if that is meant, \
                 say its name: --database {name}; nothing was changed"
            )));
        }
    };
    if said == name {
        return Ok(());
    }
    Err(Error::Usage(format!("the connected database is \"{name}\", not \"{said}\"; nothing was changed")))
}

fn ask(name: &str, claims: i64) -> Result<String> {
    let failed = |error| Error::Usage(format!("cannot ask on the terminal: {error}"));
    eprint!(
        "database \"{name}\" holds claims that the demo didn't write ({claims}), which may be lost; its name, if that is meant: "
    );
    io::stderr().flush().map_err(failed)?;
    let mut said = String::new();
    io::stdin().lock().read_line(&mut said).map_err(failed)?;
    Ok(said.trim().to_owned())
}
