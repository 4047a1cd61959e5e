//! An HTTP service: pages by cursor, several commands in one transaction, errors by class, and an end that lets requests
//! finish.
//!
//! `cargo run --bin seed`, then `cargo run --example http`, and `curl 'http://127.0.0.1:3000/denials?limit=2'`. An argument is
//! another address to listen at.

use std::process::ExitCode;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rcm_programs::{Install, Target};
use rcm_schema::chrono::NaiveDate;
use rcm_schema::models::{Appeal, Claim, Cursor, Denial, DenialFilter, NewAppeal, Totals};
use rcm_schema::types::{DateRange, DenialId, PayerId, ResolutionStatus};
use rcm_schema::workflow::{appeals, denials};
use rcm_schema::{Class, Database, Error, Pool, PoolExt, migrations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// What a handler fails with. The class says the status; the code tells the client's program what happened.
struct Failure(Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if self.0.class() == Class::Bug {
            eprintln!("{:?}", self.0);
        }
        let status = StatusCode::from_u16(self.0.class().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(json!({ "code": self.0.code(), "message": self.0.to_string() }))).into_response()
    }
}

/// `/claims/CLM-2024-001235`. The row leaves its patient reference out.
async fn claim(State(pool): State<Pool>, Path(claim_id): Path<String>) -> Result<Json<Claim>, Failure> {
    let mut connection = pool.get().await?;
    Ok(Json(Claim::by_claim_id(&mut connection, &claim_id).await?))
}

/// What a client asks of the list: `/denials?resolution_status=pending&from=2024-04-01&limit=20&count=true`. The fields of the
/// filter one by one: in a query string, `flatten` reads text alone. The whole filter is for a body of JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    payer_id: Option<PayerId>,
    resolution_status: Option<ResolutionStatus>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    after: Option<Cursor<(NaiveDate, DenialId)>>,
    limit: Option<u32>,
    #[serde(default)]
    count: bool,
}

#[derive(Serialize)]
struct Page {
    denials: Vec<Denial>,
    /// For `after`; none where this is the last page.
    next: Option<Cursor<(NaiveDate, DenialId)>>,
    totals: Option<Totals>,
}

async fn list(State(pool): State<Pool>, Query(asked): Query<Asked>) -> Result<Json<Page>, Failure> {
    let mut connection = pool.get().await?;
    let filter = DenialFilter {
        payer_id: asked.payer_id,
        resolution_status: asked.resolution_status,
        denied_on: DateRange { from: asked.from, to: asked.to },
        ..DenialFilter::default()
    };
    let limit = asked.limit.unwrap_or(50).clamp(1, 200);
    // One more tells whether there is a next page.
    let mut denials = Denial::list(&mut connection, &filter, asked.after, limit + 1).await?;
    let page = usize::try_from(limit).unwrap_or(200);
    let has_more = denials.len() > page;
    denials.truncate(page);
    let next = denials.last().filter(|_| has_more).map(Cursor::from);
    let totals = match asked.count {
        true => Some(Denial::totals(&mut connection, &filter).await?),
        false => None,
    };
    Ok(Json(Page { denials, next, totals }))
}

#[derive(Deserialize)]
struct AppealToOpen {
    worker: String,
    reason: String,
    due_on: Option<NaiveDate>,
}

/// Takes a denial to a worker and opens its next appeal, both or neither: a POST to `/denials/{id}/appeals`.
async fn appeal(
    State(pool): State<Pool>,
    Path(denial): Path<DenialId>,
    Json(asked): Json<AppealToOpen>,
) -> Result<(StatusCode, Json<Appeal>), Failure> {
    let opened = pool.transaction(async |connection| {
        let denial = denials::assign(connection, denial, Some(&asked.worker)).await?;
        let level = Appeal::next_level(connection, denial.id).await?;
        let new = NewAppeal::builder(&denial)
            .appeal_level(level)
            .appealed_amount(denial.open_amount.clone())
            .maybe_due_on(asked.due_on)
            .reason(asked.reason.as_str())
            .build();
        appeals::open(connection, &new).await
    });
    Ok((StatusCode::CREATED, Json(opened.await?)))
}

/// What a load balancer and a collector of metrics ask.
async fn health(State(pool): State<Pool>) -> Json<Value> {
    let state = pool.state();
    Json(json!({ "idle": state.idle, "in_use": state.in_use, "waiting": state.waiting }))
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    // `Database::from_env` is all that a service needs; without `DATABASE_URL` this example takes what `seed` fills.
    let database = match Database::from_env()? {
        Some(database) => database,
        None => Target::find(Install::NEVER).await?.database,
    };
    migrations::run_pending(&database).await?;
    let pool = database.pool().application_name("example-http").build().await?;
    let routes = Router::new()
        .route("/claims/{claim_id}", get(claim))
        .route("/denials", get(list))
        .route("/denials/{id}/appeals", post(appeal))
        .route("/health", get(health))
        .with_state(pool);
    let mut terminated = signal(SignalKind::terminate())?;
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:3000")).await?;
    println!("listening on {}", listener.local_addr()?);
    let stop = async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    // Takes no new connection from then on, and returns when every request is answered.
    axum::serve(listener, routes).with_graceful_shutdown(stop).await?;
    println!("stopped");
    Ok(())
}
