//! A server for tests lives as long as the processes that use it.
//!
//! Each of them holds a named pipe open for writing. The kernel closes it however the process ends, so the supervisor,
//! a small shell script that holds the other end, can't miss an end nor mistake another process for a user.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::account::Account;
use super::files;

/// Reading the pipe without blocking fails while somebody holds its other end, and finds the end of file when nobody
/// does. The name is taken away before the last look, so that nobody comes in after it.
const SUPERVISOR: &str = r#"
home=$1
while :; do
    while ! cat; do sleep 0.2; done
    mv "$home/users" "$home/closing" || exit
    cat && break
    mv "$home/closing" "$home/users"
done
read -r postmaster <"$home/data/postmaster.pid" && kill -QUIT "$postmaster"
ended=$(mktemp -d "$home.XXXXXX") && mv "$home" "$ended" || exit
for attempt in 1 2 3 4 5 6 7 8 9; do
    rm -rf "$ended" && break
    sleep 1
done
"#;

/// Makes this process a user of the server, and starts the supervisor where there is none.
/// `None`: the server is about to end; try again when its directory is gone.
pub(super) fn register(home: &Path, account: &Account) -> io::Result<Option<File>> {
    let (users, closing) = (home.join("users"), home.join("closing"));
    match open_for_writing(&users) {
        // Taken away by the supervisor between its name and its opening?
        Ok(user) => return Ok(files::is_at(&user, &users)?.then_some(user)),
        Err(error) if is_unattended(&error) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => match open_for_writing(&closing) {
            Ok(_) => return Ok(None),
            Err(error) if is_unattended(&error) => fs::rename(&closing, &users)?,
            Err(error) if error.kind() == ErrorKind::NotFound => mkfifo(&users, Mode::S_IRUSR | Mode::S_IWUSR)?,
            Err(error) => return Err(error),
        },
        Err(error) => return Err(error),
    }
    supervise(home, account).map(Some)
}

fn supervise(home: &Path, account: &Account) -> io::Result<File> {
    let users = home.join("users");
    let supervisor_end = OpenOptions::new().read(true).custom_flags(flags()).open(&users)?;
    let user = open_for_writing(&users)?;
    let mut supervisor = account.command(Path::new("/bin/sh"));
    supervisor.args(["-c", SUPERVISOR, "rcm-schema-supervisor"]).arg(home);
    supervisor.stdin(supervisor_end).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    supervisor.spawn()?;
    Ok(user)
}

fn open_for_writing(pipe: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).custom_flags(flags()).open(pipe)
}

fn flags() -> i32 {
    (OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW).bits()
}

/// Nobody has the reading end: the supervisor was killed, or the machine was restarted.
fn is_unattended(error: &io::Error) -> bool {
    error.raw_os_error().map(Errno::from_raw) == Some(Errno::ENXIO)
}
