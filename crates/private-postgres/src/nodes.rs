//! The servers on which a test database is made: one, or each node of Citus, where a database is one of that name on every node.
//! Clones of all of them are one again.

use std::iter;

use futures_util::future::try_join_all;
use postgres_migrate::Database;
use postgres_migrate::connection::percent_encoded;
use tokio_postgres::Client;

use crate::error::Result;
use crate::local_server;
use crate::test_database::{PREFIX, TEMPLATE, UNFINISHED, execute, names, refused, unlimited};

/// The schema in which sessions look on Citus, which places each on a node, but not `public`.
const SCHEMA: &str = "organization";

/// A server, and a session on it.
struct Node {
    server: Database,
    session: Client,
    /// As the arguments of Citus's functions.
    address: String,
}

/// The servers of one database.
pub(crate) struct Nodes {
    /// The server, or the coordinator.
    first: Node,
    /// Of Citus.
    workers: Vec<Node>,
}

impl Nodes {
    /// The server of a connection string and, where the database that it names has them, the workers of Citus.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut first = Node::connect(url, String::new()).await?;
        let failed = |error| refused("find the nodes of Citus", &error);
        let has_nodes = "select to_regclass('pg_catalog.pg_dist_node') is not null";
        let mut workers = Vec::new();
        if first.session.query_one(has_nodes, &[]).await.map_err(failed)?.get(0) {
            let nodes = "
                select nodename, nodeport, format('%L, %s', nodename, nodeport), groupid = 0
                from pg_dist_node where noderole = 'primary'";
            for row in first.session.query(nodes, &[]).await.map_err(failed)? {
                let (host, port, address): (&str, i32, String) = (row.get(0), row.get(1), row.get(2));
                if row.get(3) {
                    first.address = address;
                } else {
                    let separator = if url.contains('?') { '&' } else { '?' };
                    let url = format!("{url}{separator}host={}&port={port}", percent_encoded(host));
                    workers.push(Node::connect(&url, address).await?);
                }
            }
        }
        Ok(Self { first, workers })
    }

    /// The session on the server, or on the coordinator.
    pub fn session(&self) -> &Client {
        &self.first.session
    }

    /// The server, or the coordinator.
    pub fn server(&self) -> &Database {
        &self.first.server
    }

    /// Makes a database that says that it is for development.
    pub async fn create(&self, name: &str, template: &str) -> Result<()> {
        self.execute(&format!("create database {name} template {template}")).await?;
        if self.are_many() {
            // As docs/scaling.md says.
            let path = format!("search_path = {SCHEMA}");
            for setting in [
                "citus.enable_schema_based_sharding = on",
                "citus.enable_unsafe_triggers = on",
                "citus.allow_nested_distributed_execution = on",
                &path,
            ] {
                self.execute(&format!("alter database {name} set {setting}")).await?;
            }
        }
        execute(self.session(), &local_server::says_development(name)).await
    }

    /// Renames a database that nobody works in any more, so that it can be cloned.
    pub async fn finish(&self, name: &str, template: &str) -> Result<()> {
        let rename = format!("alter database {name} rename to {template}");
        if !self.are_many() {
            return self.execute(&rename).await;
        }
        self.execute(&format!("alter database {name} allow_connections false")).await?;
        for node in self.all() {
            // Citus has a session of its own in each database that somebody worked in, and may be about to begin another.
            let end = format!("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{name}'");
            let mut attempts = 1;
            loop {
                execute(&node.session, &end).await?;
                match execute(&node.session, &rename).await {
                    Err(_) if attempts < 5 => attempts += 1,
                    renamed => break renamed?,
                }
            }
        }
        Ok(())
    }

    /// Drops a database, whoever is connected.
    pub async fn drop(&self, name: &str) -> Result<()> {
        self.execute(&format!("drop database if exists {name} with (force)")).await
    }

    /// A database with nothing in it, to be cloned; on Citus with what makes it one of Citus, made once under the lock of the
    /// templates.
    pub async fn empty(&self) -> Result<String> {
        if !self.are_many() {
            return Ok(String::from("template0"));
        }
        let template = format!("{TEMPLATE}citus");
        if names(self.session(), "select datname::text from pg_database where starts_with(datname, $1)", PREFIX)
            .await?
            .contains(&template)
        {
            return Ok(template);
        }
        self.drop(UNFINISHED).await?;
        self.create(UNFINISHED, "template0").await?;
        for node in self.all() {
            execute(&node.enter(UNFINISHED).await?, "create extension citus").await?;
        }
        let coordinator = self.first.enter(UNFINISHED).await?;
        execute(&coordinator, &format!("select citus_set_coordinator_host({})", self.first.address)).await?;
        for worker in &self.workers {
            execute(&coordinator, &format!("select citus_add_node({})", worker.address)).await?;
        }
        execute(&coordinator, &format!("create schema {SCHEMA}")).await?;
        self.finish(UNFINISHED, &template).await?;
        Ok(template)
    }

    fn are_many(&self) -> bool {
        !self.workers.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = &Node> {
        iter::once(&self.first).chain(&self.workers)
    }

    async fn execute(&self, statements: &str) -> Result<()> {
        try_join_all(self.all().map(|node| execute(&node.session, statements))).await.map(|_| ())
    }
}

impl Node {
    async fn connect(url: &str, address: String) -> Result<Self> {
        let server = Database::from_url(url)?;
        Ok(Self { session: unlimited(&server).await?, server, address })
    }

    async fn enter(&self, database: &str) -> Result<Client> {
        unlimited(&self.server.with_name(database)).await
    }
}
