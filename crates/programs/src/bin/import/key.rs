//! Where the key of patients' pseudonyms comes from.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process;

use claim_files::{PseudonymKey, store};
use diesel_async::AsyncPgConnection;
use postgres_migrate::Environment;
use rcm_programs::{Error, Result, Target};
use rcm_schema::migrations;

const KEY: &str = "RCM_PSEUDONYM_KEY";
const KEY_FILE: &str = "RCM_PSEUDONYM_KEY_FILE";

/// What to do without one.
pub const HOW_TO: &str = "there is no key for the pseudonyms of patients: make one with `openssl rand -hex 32`, keep it, \
                          and set RCM_PSEUDONYM_KEY, or RCM_PSEUDONYM_KEY_FILE to a file that holds it";

/// The key of the environment, else of the file that it names; on a development database of the private server, one
/// that is made and kept beside the server's files.
pub async fn find(target: &Target) -> Result<Option<PseudonymKey>> {
    let given = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(key) = given(KEY) {
        return Ok(Some(read(&key.to_string_lossy(), KEY)?));
    }
    if let Some(path) = given(KEY_FILE) {
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| Error::Usage(format!("cannot read the file of {KEY_FILE}: {error}")))?;
        return Ok(Some(read(&text, KEY_FILE)?));
    }
    let Some(server) = &target.server else { return Ok(None) };
    if migrations::runner().environment(&target.database).await?.environment != Environment::Development {
        return Ok(None);
    }
    let path = server.directory().join("pseudonym-key");
    let text =
        kept(&path).map_err(|error| Error::Usage(format!("cannot keep a key in {}: {error}", path.display())))?;
    Ok(Some(read(&text, "the file")?))
}

/// With another key, patients who are here would silently get other references. On development anybody may try keys.
pub async fn check(target: &Target, connection: &mut AsyncPgConnection, key: &PseudonymKey) -> Result<()> {
    if migrations::runner().environment(&target.database).await?.environment == Environment::Development {
        return Ok(());
    }
    let Some(others) = store::key_of_others(connection, key).await? else { return Ok(()) };
    Err(Error::Usage(format!(
        "the pseudonyms here were made with key {others}, and this is key {}: set that key, give the patients here their \
         references by this one with --rekey, or begin with it all the same with --new-key",
        key.id()
    )))
}

fn read(text: &str, from: &str) -> Result<PseudonymKey> {
    text.parse().map_err(|error| Error::Usage(format!("{from}: {error}")))
}

/// The key in the file, which is made where it is missing. Of several who make it, one does.
fn kept(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let new = path.with_extension(process::id().to_string());
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?.write_all(text.as_bytes())?;
    // Unlike renaming, linking replaces nothing.
    let linked = fs::hard_link(&new, path);
    fs::remove_file(&new)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}
