//! How a connection comes about: which server is tried when, on which address, encrypted or not.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use tokio_postgres::config::{LoadBalanceHosts, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, SimpleQueryMessage, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Database;
use super::failure::Failure;
use super::passfile;
use super::server::Server;
use crate::error::{ConnectionProblem, Result};

/// What drives a connection, until it is given to the runtime.
pub(super) type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl Database {
    /// Tries the servers in order, and each one's addresses, until one lets us in.
    pub(super) async fn establish(&self) -> Result<(Client, Driver)> {
        let mut servers: Vec<&Server> = self.servers.iter().collect();
        if self.session.get_load_balance_hosts() == LoadBalanceHosts::Random {
            fastrand::shuffle(&mut servers);
        }
        let mut session = self.session.clone();
        if let Some(password) = &self.password {
            let given = self.limit(password.ask()).await;
            let given = given.map_err(|_| self.no_password("it did not come within connect_timeout"))?;
            session.password(given.map_err(|error| self.no_password(error))?);
        }
        let mut reasons = Vec::new();
        let mut problem = ConnectionProblem::Failed;
        for &standby in self.session_attributes.rounds() {
            reasons.clear();
            for server in &servers {
                match self.reach(&session, server, standby).await {
                    Ok(connected) => return Ok(connected),
                    Err(failure) => {
                        let reason = failure.reason;
                        problem = failure.problem;
                        reasons.push(if self.servers.len() > 1 { format!("{server}: {reason}") } else { reason });
                        if failure.is_final {
                            return Err(self.failure(problem, reasons.join("; ")));
                        }
                    }
                }
            }
        }
        Err(self.failure(problem, reasons.join("; ")))
    }

    async fn reach(
        &self,
        session: &Config,
        server: &Server,
        standby: Option<bool>,
    ) -> Result<(Client, Driver), Failure> {
        let found = self.limit(server.addresses()).await?;
        let mut last = Failure::no_address();
        for address in found.map_err(|error| Failure::lookup(server, &error))? {
            let mut config = session.clone();
            config.host(&server.host).port(server.port).ssl_mode(match server.is_socket() {
                true => SslMode::Disable,
                false => self.tls.encryption,
            });
            if let Some(address) = address {
                config.hostaddr(address);
            }
            if session.get_password().is_none_or(<[u8]>::is_empty)
                && let Some(file) = &self.password_file
                && let Some(found) = passfile::find(file, server, self.name(), session.get_user().unwrap_or_default())
            {
                config.password(found);
            }
            let mut attempt = self.attempt(&config, server, standby).await;
            if let Err(failure) = &attempt
                && failure.plaintext_may_work
                && self.tls.falls_back
            {
                let plaintext = self.attempt(config.ssl_mode(SslMode::Disable), server, standby).await;
                // The server's refusal of the encrypted attempt says more than that of the second.
                if plaintext.is_ok() || !failure.is_final {
                    attempt = plaintext;
                }
            }
            match attempt {
                Err(failure) if !failure.is_final => last = failure,
                ended => return ended,
            }
        }
        Err(last)
    }

    async fn attempt(
        &self,
        config: &Config,
        server: &Server,
        standby: Option<bool>,
    ) -> Result<(Client, Driver), Failure> {
        self.limit(async {
            let connected = async {
                let (client, mut driver) = config.connect(self.tls.connector.clone()).await?;
                let is_standby = match standby {
                    Some(_) => Some(is_standby(&client, &mut driver).await?),
                    None => None,
                };
                Ok((client, driver, is_standby))
            };
            let (client, driver, is_standby) =
                connected.await.map_err(|error| Failure::driver(&error, server, config, self.name()))?;
            match is_standby == standby {
                true => Ok((client, driver)),
                false => Err(Failure::other_session_attributes(is_standby == Some(true))),
            }
        })
        .await?
    }

    /// libpq's `connect_timeout`: for each address, from the first packet to the end of authentication.
    async fn limit<T>(&self, attempt: impl Future<Output = T>) -> Result<T, Failure> {
        match self.connect_timeout {
            Some(limit) => tokio::time::timeout(limit, attempt).await.map_err(|_| Failure::timeout(limit)),
            None => Ok(attempt.await),
        }
    }
}

/// Whether the server follows another one, asked before anybody else drives the connection.
async fn is_standby(client: &Client, driver: &mut Driver) -> Result<bool, tokio_postgres::Error> {
    let question = pin!(client.simple_query("select pg_is_in_recovery()"));
    let answer = match select(question, driver).await {
        Either::Left((answer, _)) => answer?,
        // The connection ended, and the question with it.
        Either::Right((_, question)) => question.await?,
    };
    Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t"))))
}
