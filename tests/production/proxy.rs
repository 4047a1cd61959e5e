//! A network between client and server that a test can break.

use std::path::PathBuf;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

#[derive(Clone, Copy)]
enum Break {
    /// Both sides see the connection end.
    Cut,
    /// Nothing arrives any more, and nobody is told: a firewall that forgot the connection.
    Silence,
}

/// Brings a loopback port to the server's socket.
pub struct Proxy {
    pub port: u16,
    breaks: watch::Sender<Option<Break>>,
}

impl Proxy {
    pub async fn before(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (breaks, _) = watch::channel(None);
        let changes = breaks.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let Ok(mut server) = UnixStream::connect(socket.join(".s.PGSQL.5432")).await else {
                    continue;
                };
                // Only a break from now on is one of this connection.
                let mut changes = changes.subscribe();
                tokio::spawn(async move {
                    let broken = tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => return,
                        changed = changes.changed() => changed.map(|()| *changes.borrow()),
                    };
                    if let Ok(Some(Break::Silence)) = broken {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { port, breaks }
    }

    /// Ends every connection.
    pub fn cut(&self) {
        self.breaks.send_replace(Some(Break::Cut));
    }

    /// Lets no byte of the connections through any more, but keeps them; new ones work.
    pub fn fall_silent(&self) {
        self.breaks.send_replace(Some(Break::Silence));
    }
}
