//! A database with a payer, reached as an ordinary role, and what most tests put into it.

use bigdecimal::BigDecimal;
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::access;
use rcm_schema::migrations::DEFINITION;
use rcm_schema::models::{
    Claim, Denial, NewAppeal, NewClaim, NewClaimLine, NewDenial, NewPayer, NewPosting, NewRebill, NewWriteOff, Posting,
};
use rcm_schema::schema::{self, payers};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::{claims, denials, postings, reconcile};
use rcm_schema::{Database, Pool, Result};

/// A migrated database of one test.
pub struct World {
    pub database: TestDatabase,
    /// The same database, seen by a service's role.
    service: Database,
    /// The payer of every claim, unless a test says so.
    pub payer: PayerId,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
        let mut owner = database.connect().await.unwrap();
        let service = database.database_as(&access::APP).await.unwrap();
        let payer = NewPayer::builder()
            .payer_id("TEST-001".parse().unwrap())
            .name("Test payer")
            .payer_type(PayerType::Commercial)
            .build();
        diesel::insert_into(payers::table).values(&payer).execute(&mut owner).await.unwrap();
        Self { database, service, payer: payer.id }
    }

    /// A connection as a service's role.
    pub async fn connect(&self) -> AsyncPgConnection {
        self.service.connect().await.unwrap()
    }

    /// A connection as the role of whoever approves.
    pub async fn approver(&self) -> AsyncPgConnection {
        self.database.connect_as(&access::APPROVER).await.unwrap()
    }

    /// Connections as a service's role.
    pub async fn pool(&self) -> Pool {
        self.service.pool().build().await.unwrap()
    }

    /// A connection as an ordinary role that may write every column of every table: the guards alone are in its way. It is the
    /// role of reports, with these rights besides.
    pub async fn writer(&self) -> AsyncPgConnection {
        let mut connection = self.database.connect_as(&access::REPORTING).await.unwrap();
        let whom =
            texts(&mut connection, "select format('schema %I to %I', current_schema(), current_user)").await.remove(0);
        run(&mut self.owner().await, &format!("grant select, insert, update on all tables in {whom}")).await;
        connection
    }

    /// A connection of the owner's login that has taken on the role `pg_monitor`, which may write here.
    pub async fn monitor(&self) -> AsyncPgConnection {
        let mut connection = self.owner().await;
        let schema = texts(&mut connection, "select quote_ident(current_schema())").await.remove(0);
        let granted = format!("grant select, insert, update on all tables in schema {schema} to pg_monitor");
        run(&mut connection, &format!("{granted}; set role pg_monitor")).await;
        connection
    }

    /// A connection as the owner, for what a test arranges beside the work.
    pub async fn owner(&self) -> AsyncPgConnection {
        self.database.connect().await.unwrap()
    }

    /// A submitted claim.
    pub async fn claim(&self, connection: &mut AsyncPgConnection, amount: &str) -> Claim {
        let claim = NewClaim { submitted_on: Some(day(1)), ..self.new_claim(amount) };
        record(connection, &claim).await
    }

    /// A claim of patient P-1 to record, not yet submitted.
    pub fn new_claim(&self, amount: &str) -> NewClaim {
        let id = ClaimId::new();
        NewClaim::builder()
            .id(id)
            .claim_id(format!("CLM-{}", id.0.simple()).to_uppercase().parse().unwrap())
            .patient_reference("P-1".parse().unwrap())
            .payer_id(self.payer)
            .claim_type(ClaimType::Professional)
            .amount(usd(amount))
            .service_from(day(0))
            .service_to(day(0))
            .build()
    }

    /// A denial of the whole of a new claim.
    pub async fn denial(&self, connection: &mut AsyncPgConnection, code: &str, amount: &str) -> Denial {
        let claim = self.claim(connection, amount).await.id;
        deny(connection, claim, code, amount).await
    }
}

/// Records a claim with one line.
pub async fn record(connection: &mut AsyncPgConnection, claim: &NewClaim) -> Claim {
    claims::record(connection, &whole(claim)).await.unwrap()
}

/// A claim with one line.
pub fn whole(claim: &NewClaim) -> WholeClaim {
    WholeClaim { lines: vec![line(claim)], ..WholeClaim::new(claim.clone()) }
}

/// A line for all of a claim.
pub fn line(claim: &NewClaim) -> NewClaimLine {
    NewClaimLine::builder()
        .claim_id(claim.id)
        .line_number(1)
        .procedure_code("99213".parse().unwrap())
        .charge_amount(claim.amount.clone())
        .service_date(day(0))
        .build()
}

/// Records a denial.
pub async fn deny(connection: &mut AsyncPgConnection, claim: ClaimId, code: &str, amount: &str) -> Denial {
    let denial = NewDenial::builder()
        .claim_id(claim)
        .denial_code(code.parse().unwrap())
        .denied_on(day(2))
        .denial_amount(usd(amount))
        .build();
    denials::record(connection, &denial).await.unwrap()
}

/// A first-level appeal, not yet filed.
pub fn appeal(denial: &Denial, amount: &str) -> NewAppeal {
    NewAppeal::builder(denial)
        .appeal_level(AppealLevel::FirstLevel)
        .appealed_amount(usd(amount))
        .due_on(day(30))
        .reason("Authorized by phone.")
        .build()
}

/// A first-level appeal, filed on day 3.
pub fn filed(denial: &Denial, amount: &str) -> NewAppeal {
    NewAppeal { filed_on: Some(day(3)), ..appeal(denial, amount) }
}

/// A write-off, requested by write.off.specialist on day 3.
pub fn write_off(denial: &Denial, amount: &str) -> NewWriteOff {
    NewWriteOff::builder(denial)
        .amount(usd(amount))
        .reason(WriteOffReason::Uncollectible)
        .category(WriteOffCategory::Financial)
        .requested_by("write.off.specialist")
        .requested_on(day(3))
        .build()
}

/// A row on a claim, by payment.poster on day 4.
pub fn on_claim(claim: ClaimId, kind: PostingKind, amount: &str) -> NewPosting {
    NewPosting::builder()
        .claim_id(claim)
        .kind(kind)
        .amount(amount.parse().unwrap())
        .posted_on(day(4))
        .posted_by("payment.poster")
        .build()
}

/// The same, about a denial.
pub fn settling(denial: &Denial, kind: PostingKind, amount: &str) -> NewPosting {
    NewPosting { denial_id: Some(denial.id), ..on_claim(denial.claim_id, kind, amount) }
}

/// Posts one row.
pub async fn post(connection: &mut AsyncPgConnection, row: &NewPosting) -> Result<Posting> {
    let posted = postings::post(connection, None, std::slice::from_ref(row)).await?;
    Ok(posted.postings.into_iter().next().unwrap())
}

/// A claim as it stands.
pub async fn read_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Claim {
    Claim::query().filter(schema::claims::id.eq(claim)).first(connection).await.unwrap()
}

/// A rebill without a corrected claim.
pub fn rebill(denial: &Denial) -> NewRebill {
    NewRebill::builder(denial).reason(RebillReason::AddedModifier).changes("Modifier 25 added.").build()
}

/// This many days after the first of January.
pub fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(number)
}

pub fn usd(amount: &str) -> Usd {
    amount.parse().unwrap()
}

pub fn cents(cents: i64) -> Usd {
    BigDecimal::new(cents.into(), 2).try_into().unwrap()
}

/// Runs statements that must succeed.
pub async fn run(connection: &mut AsyncPgConnection, statements: &str) {
    connection.batch_execute(statements).await.unwrap_or_else(|error| panic!("{error}\n{statements}"));
}

/// The first column of a query, as text.
pub async fn texts(connection: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let query = format!("select cast(text as text) as text from ({query}) as rows (text)");
    let rows: Vec<Row> = diesel::sql_query(query).load(connection).await.unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

/// Postings of which more was taken back than they had; who took back and was reversed took nothing.
pub const TAKEN_TWICE: &str =
    "select taken.id from postings as taken join postings as taker on taken.id in (taker.takes_back_id, taker.reverses_id)
     left join postings as undone on undone.reverses_id = taker.id
     group by taken.id, taken.amount
     having sign(taken.amount + sum(taker.amount + coalesce(undone.amount, 0))) = -sign(taken.amount)";

/// Until a session waits for a lock, on Citus on any node.
pub async fn wait_for_a_waiter(connection: &mut AsyncPgConnection) {
    let mut waiting = String::from(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if texts(connection, "select to_regclass('pg_catalog.pg_dist_node') is not null").await == ["true"] {
        let everywhere = format!("select sum(cast(result as integer)) from run_command_on_all_nodes($${waiting}$$)");
        waiting = everywhere;
    }
    while texts(connection, &waiting).await != ["1"] {
        tokio::task::yield_now().await;
    }
}

/// What the database keeps is what it is kept from.
pub async fn assert_reconciled(connection: &mut AsyncPgConnection) {
    assert_eq!(reconcile(connection).await.unwrap(), []);
}
