//! What a server function knows of the request it answers: the office, the cookie that came, the one to set.

use super::ledger::{LedgerError, Member};
use super::limits::{Kind, Network, Who};
use super::passkeys::Party;
use super::{Office, log, passkeys, session};
use crate::ApiError;
use domain::UserId;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    static CURRENT: Arc<Request>;
}

/// One request.
pub struct Request {
    /// The office that answers.
    pub office: Arc<Office>,
    /// The session cookie that came along.
    pub cookie: Option<[u8; 32]>,
    /// Where it comes from.
    pub network: Network,
    /// For whom passkeys are made; `None` where browsers make none.
    pub party: Option<Party>,
    set_cookie: Mutex<Option<String>>,
}

impl Request {
    pub fn new(
        office: Arc<Office>,
        cookie: Option<[u8; 32]>,
        network: Network,
        party: Option<Party>,
    ) -> Arc<Self> {
        Arc::new(Self { office, cookie, network, party, set_cookie: Mutex::default() })
    }

    /// Takes a turn of the network's and one of the account's; to be called before the work is done.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] when either has none left.
    pub fn take_turn(&self, kind: Kind, user: UserId) -> Result<(), ApiError> {
        self.office.limits().take(kind, Who::Network(self.network))?;
        self.office.limits().take(kind, Who::User(user))
    }

    /// Runs a server function with this request around it.
    pub async fn around<T>(self: Arc<Self>, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// Sets a cookie with the answer.
    pub fn set_cookie(&self, cookie: String) {
        *self.set_cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie);
    }

    /// The cookie to set, once.
    pub fn take_cookie(&self) -> Option<String> {
        self.set_cookie.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The signed-in enrolment and its user.
    pub fn member(&self) -> Result<Member, ApiError> {
        session::member(&self.office, self.cookie)
    }

    /// Whether a passkey was shown on this very session lately: what administration and exports ask for. That the
    /// session is somebody's, and whose, is for [`Self::member`] to say.
    ///
    /// # Errors
    /// [`ApiError::PasskeyNeeded`] when none was within the last quarter of an hour.
    pub fn elevated(&self) -> Result<(), ApiError> {
        passkeys::elevated(&self.office, self.cookie)
    }
}

/// Runs work that computes or waits for the disk away from the threads that serve connections.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce(&Request) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let current = CURRENT.try_with(Arc::clone).map_err(|_| ApiError::Unavailable)?;
    let done = tokio::task::spawn_blocking(move || work(&current)).await;
    done.unwrap_or(Err(ApiError::Unavailable))
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        log::trouble("ledger", &error);
        ApiError::Unavailable
    }
}
