//! Every command tells who traces it its name, how long it took, its rows and how it ended, and no value.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use rcm_schema::transaction;
use rcm_schema::types::*;
use rcm_schema::workflow::{Commit, denials, postings, write_offs};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::world::{World, day, settling, write_off};

/// What a subscriber writes.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    /// The spans that have ended since the last call, the innermost first.
    fn spans(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().filter(|line| line.contains(": close ")).map(String::from).collect()
    }
}

#[tokio::test]
async fn a_command_has_a_span_with_its_name_rows_duration_and_outcome() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let asked = write_offs::request(&mut connection, &write_off(&denial, "60")).await.unwrap();
    let [request] = &written.spans()[..] else { panic!("one span") };
    for said in [
        r#"otel.name="write_offs.request""#,
        r#"otel.kind="client""#,
        r#"db.system.name="postgresql""#,
        r#"db.operation.name="write_offs.request""#,
        "db.response.returned_rows=1",
        "time.busy=",
    ] {
        assert!(request.contains(said), "{said} is not in {request}");
    }
    assert!(!request.contains("error.type"), "{request}");

    let refused = write_offs::approve(&mut world.approver().await, asked.id, "write.off.specialist", day(4)).await;
    let [approve] = &written.spans()[..] else { panic!("one span") };
    assert!(approve.contains(&format!(r#"error.type="{}""#, refused.unwrap_err().code())), "{approve}");
    // The database answered: nobody must look.
    assert!(!approve.contains("ERROR") && !approve.contains("write.off.specialist"), "{approve}");

    transaction(&mut connection, async |connection| {
        let rows = ["1", "2", "3"].map(|amount| settling(&denial, PostingKind::Payment, amount));
        postings::post_many(connection, &rows, Commit::ByChunk).await?;
        denials::assign(connection, denial.id, Some("biller")).await
    })
    .await
    .unwrap();
    let [post, assign, whole] = &written.spans()[..] else { panic!("three spans") };
    assert!(post.contains(r#"db.operation.name="postings.post_many""#) && post.contains("returned_rows=3"), "{post}");
    assert!(assign.contains("transaction{") && assign.contains("command{"), "{assign}");
    assert!(whole.contains("retries=0") && !whole.contains("command{"), "{whole}");
}
