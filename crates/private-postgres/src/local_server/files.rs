//! Directories and files that nobody but the server's user (and root) can reach.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown, lchown};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use super::account::Account;

/// Makes the directory where it is missing, then does what [`check_private`] does.
pub(super) fn ensure_private(directory: &Path, account: &Account) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    check_private(directory, account)?;
    if fs::symlink_metadata(directory)?.uid() != account.uid {
        lchown(directory, Some(account.uid), Some(account.gid))?;
    }
    Ok(())
}

/// Refuses a directory that somebody else made, or could look into: in `/tmp` everybody can take a name first.
pub(super) fn check_private(directory: &Path, account: &Account) -> io::Result<()> {
    let found = fs::symlink_metadata(directory)?;
    let refuse = |what: String| {
        let path = directory.display();
        Err(io::Error::other(format!("{path} {what}; look who made it, and remove it")))
    };
    if !found.is_dir() {
        return refuse(String::from("is not a directory"));
    }
    // Root's directory belongs to root until it is handed over.
    if found.uid() != account.uid && found.uid() != geteuid().as_raw() {
        return refuse(format!("belongs to user {}, not to user {}", found.uid(), account.uid));
    }
    if found.mode() & 0o777 != 0o700 {
        return refuse(format!("has mode {:03o} instead of 700", found.mode() & 0o777));
    }
    Ok(())
}

/// Opens a file of such a directory, for reading and appending. It follows no link: the server's user could lay one
/// for root.
pub(super) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
}

/// Replaces a file as a whole.
pub(super) fn write(path: &Path, content: &[u8], account: &Account) -> io::Result<()> {
    let new = path.with_extension("new");
    remove(&new)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(content)?;
    if account.is_other {
        fchown(&file, Some(account.uid), Some(account.gid))?;
    }
    fs::rename(&new, path)
}

/// Removes a file or a whole directory, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// True where the open file still is what the path names.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
