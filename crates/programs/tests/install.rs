//! On a machine without PostgreSQL, the programs install it where they may.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use private_postgres::LocalServer;
use uuid::Uuid;

/// Where Debian and Ubuntu have PostgreSQL; other systems can't be made bare so easily.
const INSTALLED: &str = "/usr/lib/postgresql";

const SCRIPT: &str = "scripts/install-postgres";
/// Brings it back.
const INSTALLS: &str = "echo installing; touch ran; umount /usr/lib/postgresql";

/// A checkout on a machine without PostgreSQL, whose script brings it back.
struct Bare(PathBuf);

impl Bare {
    /// `None` where a mount namespace can't hide PostgreSQL.
    fn new() -> Option<Self> {
        let hides = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", INSTALLED]).output();
        if !hides.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: this machine can't be made one without PostgreSQL");
            return None;
        }
        let bare = Self(PathBuf::from(format!("/tmp/rcm-bare-{}", Uuid::now_v7().simple())));
        for directory in ["scripts", "below", "bin"] {
            fs::create_dir_all(bare.0.join(directory)).unwrap();
        }
        fs::set_permissions(&bare.0, fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(bare.0.join("diesel.toml"), "").unwrap();
        bare.write(SCRIPT, INSTALLS);
        // Where another user may run it.
        fs::copy(env!("CARGO_BIN_EXE_migrate"), bare.0.join("bin/migrate")).unwrap();
        Some(bare)
    }

    fn write(&self, file: &str, script: &str) {
        let (path, script) = (self.0.join(file), format!("#!/bin/sh\ncd {}\n{script}\n", self.0.display()));
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn has_run(&self) -> bool {
        fs::remove_file(self.0.join("ran")).is_ok()
    }

    /// Runs a command of the shell below the checkout.
    fn run(&self, command: &str) -> Output {
        let hidden = format!("mount -t tmpfs none {INSTALLED} && {{ {command}; }}");
        let mut shell = Command::new("unshare");
        shell.args(["--mount", "sh", "-c", &hidden]).current_dir(self.0.join("below"));
        shell.env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.0.join("bin").display()));
        shell.env_remove("CARGO_MANIFEST_DIR").env_remove("DATABASE_URL").env_remove("MIGRATION_DATABASE_URL");
        shell.output().unwrap()
    }
}

impl Drop for Bare {
    /// What the checkout's server has of its own goes as well, also after a test that failed.
    fn drop(&mut self) {
        let server = LocalServer::for_development(&self.0).unwrap();
        self.run(&format!("umount {INSTALLED} && migrate server stop"));
        let _ = fs::remove_dir_all(server.directory());
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Without the rights of root.
const NOBODY: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups";

#[test]
fn root_installs_it_and_goes_on() {
    let Some(bare) = Bare::new() else { return };
    let server = LocalServer::for_development(&bare.0).unwrap();

    // Where it may not, and where it fails, all ways are shown.
    bare.write(SCRIPT, "touch ran; exit 1");
    for (arguments, runs) in [("--no-install", false), ("", true)] {
        let refused = bare.run(&format!("migrate server start {arguments}"));
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("install them: `scripts/install-postgres`"), "{refused:?}");
        assert_eq!((refused.status.code(), bare.has_run()), (Some(5), runs), "{refused:?}");
        assert!(!server.directory().exists());
    }

    bare.write(SCRIPT, INSTALLS);
    let started = bare.run("migrate server start");
    assert!(started.status.success() && bare.has_run(), "{started:?}");
    let said = format!("running {}\ninstalling\n", bare.0.join(SCRIPT).display());
    assert!(String::from_utf8_lossy(&started.stderr).ends_with(&said), "{started:?}");
    assert_eq!(String::from_utf8_lossy(&started.stdout), format!("started in {}\n", server.directory().display()));
}

#[test]
fn others_install_it_with_a_sudo_that_needs_no_password_or_when_they_say_yes() {
    let Some(bare) = Bare::new() else { return };
    let refused = bare.run(&format!("{NOBODY} migrate server start"));
    assert!(refused.status.code() == Some(5) && !bare.has_run(), "{refused:?}");

    let answering = |answer: &str| {
        let terminal = "script --quiet --return --command 'migrate server start' /dev/null";
        let output = bare.run(&format!("echo {answer} | {NOBODY} {terminal}"));
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (answer, installs) in [("n", false), ("y", true)] {
        let said = answering(answer);
        assert!(said.contains("Install them with /tmp/"), "{said}");
        assert_eq!((bare.has_run(), said.contains("installing")), (installs, installs), "{said}");
    }

    bare.write("bin/sudo", "[ \"$1 $2\" = '-n true' ]");
    let refused = bare.run(&format!("{NOBODY} migrate server start --no-install"));
    assert!(refused.status.code() == Some(5) && !bare.has_run(), "{refused:?}");
    let installed = bare.run(&format!("{NOBODY} migrate server start"));
    assert!(bare.has_run(), "{installed:?}");
}
