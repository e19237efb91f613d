//! A round.
use crate::{Mailbox, StoreError};

/// Why a line gave no answer. Nothing is deleted for any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Trouble {
    /// No line, no answer in time, or an answer that is not the server's.
    #[error("no answer from the server")]
    NoAnswer,
    /// The session has ended: sign in again to collect. Delivery goes on without.
    #[error("not signed in")]
    NotSignedIn,
    /// The server does not know the deposit token.
    #[error("the server does not take deliveries from this device")]
    DepositRefused,
    /// The answer was not signed by the server this device was invited to.
    #[error("the answer was not signed by the server")]
    WrongSignature,
    /// The server could not do it now.
    #[error("the server is not able now")]
    ServerUnavailable,
    /// The server could not read the request, or it was too large for it.
    #[error("the server refused the request")]
    Refused,
    /// The device is full: nothing more is collected.
    #[error("the device is full")]
    Full,
    /// Another page or the worker is at it already.
    #[error("already under way")]
    Busy,
}

/// The line to the server. `ApiLine` is the real one.
#[allow(async_fn_in_trait)] // Browsers have one thread; nothing here is `Send`.
pub trait Line {
    /// Hands in a parcel; the answer is `seal::Receipts`, unread.
    async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble>;
    /// Asks for the next page.
    async fn collect(&self, cursor: &[u8], room: u32) -> Result<api::Collected, Trouble>;
}

/// How much a round may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Milliseconds after which no new request is begun.
    pub ms: u64,
    /// Whether to collect too, or to deliver only.
    pub collect: bool,
    /// Whether items that were refused or wait for a later attempt are tried now: "Send now".
    pub everything: bool,
}

impl Budget {
    /// For an open page.
    pub const PAGE: Budget = Budget { ms: 120_000, collect: true, everything: false };
    /// For the worker: browsers grant it little time.
    pub const WORKER: Budget = Budget { ms: 45_000, collect: true, everything: false };
    /// For the button "Send now".
    pub const NOW: Budget = Budget { everything: true, ..Budget::PAGE };
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundOutcome {
    /// Envelopes the server took over, drafts included.
    pub delivered: usize,
    /// Envelopes it could not read or take.
    pub refused: usize,
    /// Envelopes it took over without entering them; a supervisor sees them.
    pub parked: usize,
    /// Pages collected into the inbox.
    pub collected_pages: usize,
    /// Envelopes that still wait.
    pub left: usize,
    /// What stopped the round, if something did.
    pub trouble: Option<Trouble>,
}

/// The real line: server functions, with a time-out.
pub struct ApiLine;

impl Line for ApiLine {
    async fn deliver(&self, _token: &[u8], _parcel: &[u8]) -> Result<Vec<u8>, Trouble> { Err(Trouble::NoAnswer) }
    async fn collect(&self, _cursor: &[u8], _room: u32) -> Result<api::Collected, Trouble> { Err(Trouble::NoAnswer) }
}

/// Delivers, settles and collects. Any part may be cut off anywhere and done again.
///
/// # Errors
/// Only when the store itself does not answer; trouble with the line is in the outcome.
pub async fn run(_mailbox: &Mailbox, _line: &impl Line, _budget: Budget) -> Result<RoundOutcome, StoreError> {
    Err(StoreError::Unavailable("not built yet".into()))
}
