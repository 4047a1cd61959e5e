//! The operating system's user that runs the server.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{User, getegid, geteuid};

/// PostgreSQL refuses to run as root, so root lends its server to one of these.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// Who runs the server's programs and owns its files.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
    /// True where that is another user than the one who runs this program, who then is root.
    pub is_other: bool,
}

impl Account {
    /// The user of this process; for root the unprivileged one that owns the server's directory, else the first one that
    /// exists.
    pub fn of(home: &Path) -> Result<Self, String> {
        if !geteuid().is_root() {
            return Ok(Self { uid: geteuid().as_raw(), gid: getegid().as_raw(), is_other: false });
        }
        let owner = fs::symlink_metadata(home).ok().map(|found| found.uid());
        let users = || UNPRIVILEGED.into_iter().filter_map(|name| User::from_name(name).ok().flatten());
        users()
            .find(|user| Some(user.uid.as_raw()) == owner)
            .or_else(|| users().next())
            .map(|user| Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), is_other: true })
            .ok_or_else(|| {
                String::from(
                    "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`; create one",
                )
            })
    }

    /// A command that runs as this user, with an environment that neither changes the server nor tells it secrets.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/");
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.is_other {
            use std::os::unix::process::CommandExt;
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}
