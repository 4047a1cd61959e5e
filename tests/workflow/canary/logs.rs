//! What is logged below this crate: tokio-postgres shows at `debug` what is bound to each statement, and at `info` nothing.

use std::sync::Mutex;

use log::{Level, LevelFilter, Log, Metadata, Record};
use rcm_schema::workflow::denials;

use crate::world::World;

/// Everything, of all tests of this process.
static LOGGED: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

struct Collector;

impl Log for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        LOGGED.lock().unwrap().push((record.level(), record.args().to_string()));
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn what_is_bound_is_logged_at_debug_alone() {
    let worker = "logged.canary";
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    log::set_logger(&Collector).unwrap();
    log::set_max_level(LevelFilter::Trace);
    denials::assign(&mut connection, denial.id, Some(worker)).await.unwrap();
    log::set_max_level(LevelFilter::Off);
    let logged = LOGGED.lock().unwrap();
    // As text, or byte by byte.
    let bytes = format!("{:?}", worker.as_bytes());
    let shows = |text: &str| text.contains(worker) || text.contains(bytes.trim_matches(['[', ']']));
    let shown: Vec<Level> = logged.iter().filter(|(_, text)| shows(text)).map(|(level, _)| *level).collect();
    assert!(shown.contains(&Level::Debug), "README.md warns of nothing");
    assert!(shown.iter().all(|level| *level > Level::Info), "{shown:?}");
}
