//! Passwords that change: asked for anew for each connection.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Given = Result<String, Box<dyn StdError + Send + Sync>>;

/// Gives the password of each new connection.
#[derive(Clone)]
pub(super) struct Password(Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Given> + Send>> + Send + Sync>);

impl Password {
    pub(super) fn new<F, E>(give: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self(Arc::new(move || {
            let given = give();
            Box::pin(async move { given.await.map_err(Into::into) })
        }))
    }

    pub(super) async fn ask(&self) -> Given {
        self.0().await
    }
}
