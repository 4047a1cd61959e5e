//! A disk that runs full refuses work as a whole, and with space again everything goes on.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use rcm_schema::Error;

use crate::server::{Server, is_root};
use crate::work::{add_payer, assert_whole, work_one};

/// Room for a fresh server, its write-ahead log and a little work.
const SIZE: &str = "size=160m";

/// Data and log on a disk of their own; `None` where this machine doesn't allow that.
fn server_on_a_small_disk() -> Option<Server> {
    if !is_root() {
        crate::skip("only root may mount the small disk that runs full");
        return None;
    }
    let server = Server::new();
    let home = server.local.directory();
    fs::create_dir(home).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "rcm-full-disk"]).arg(home).output().unwrap();
    if !mounted.status.success() {
        crate::skip("this machine doesn't let root mount the small disk that runs full");
        return None;
    }
    fs::set_permissions(home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    // PostgreSQL doesn't run as root; the user that runs it owns what it makes elsewhere.
    let account = ["postgres", "nobody"].into_iter().find_map(|name| {
        let id =
            |option| Command::new("id").args([option, name]).output().ok().filter(|output| output.status.success());
        let number = |option| String::from_utf8(id(option)?.stdout).ok()?.trim().parse::<u32>().ok();
        Some((number("-u")?, number("-g")?))
    });
    let (user, group) = account.unwrap();
    std::os::unix::fs::chown(home, Some(user), Some(group)).unwrap();
    Some(server)
}

#[tokio::test]
async fn a_full_disk_refuses_work_as_a_whole_and_with_space_it_goes_on() {
    let Some(server) = server_on_a_small_disk() else { return };
    let database = server.migrated().await;
    let disk = fs::metadata(server.local.directory()).unwrap().dev();
    assert_ne!(disk, fs::metadata("/var/lib").unwrap().dev(), "it must not be the machine's disk that fills");
    let payer = add_payer(&mut database.connect().await.unwrap()).await;
    let pool = database.pool().max_size(2).connection_timeout(Duration::from_secs(5)).build().await.unwrap();
    let mut confirmed = Vec::new();
    for turn in 0..4 {
        work_one(&mut pool.get().await.unwrap(), payer, turn, &mut confirmed).await.unwrap();
    }

    // Everything but the ballast is the server's.
    let ballast = server.local.directory().join("ballast");
    let zeros = vec![0; 1 << 20];
    let full = |file: &mut fs::File| std::io::Write::write_all(file, &zeros).is_err();
    let mut file = fs::File::create(&ballast).unwrap();
    assert!((0..200).any(|_| full(&mut file)), "the disk has room for more than it should");

    let mut refused = 0;
    for turn in 0..2000 {
        let outcome = match pool.get().await {
            Ok(mut connection) => work_one(&mut connection, payer, turn, &mut confirmed).await,
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(()) => continue,
            Err(Error::Query { .. } | Error::Database(_)) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5, "the disk wasn't full");
    let full = database.connect().await;
    if let Ok(mut connection) = full {
        assert_whole(&mut connection, &confirmed).await;
        // Without room for the next file of the write-ahead log the server may go down.
        let _ = connection.batch_execute("select pg_switch_wal(); checkpoint").await;
        let _ = work_one(&mut connection, payer, 0, &mut confirmed).await;
    }

    drop(file);
    fs::remove_file(&ballast).unwrap();
    server.local.ensure_running().await.unwrap();
    let mut connection = pool.get().await.expect("the pool is usable within its timeout");
    work_one(&mut connection, payer, 0, &mut confirmed).await.unwrap();
    assert_whole(&mut connection, &confirmed).await;
    server.assert_sound(&database).await;
}
