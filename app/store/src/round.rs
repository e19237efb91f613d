//! A round: deliver what waits, settle what the server says of it, collect what others stated, and with what is
//! left of line and time hand in pictures.
//!
//! Page and worker run the same. What comes next is decided in `road::device::round`; here it is read, sent and written.
//! Nothing here opens an envelope or a page. Only a receipt that the server signed for exactly this parcel
//! acknowledges anything; whatever else comes back leaves everything as it was.

#[cfg(test)]
mod chunks;
#[cfg(test)]
mod clocks;
mod drive;

pub use road::device::{Budget, RoundOutcome, Trouble};

use crate::announce::tell;
use crate::mailbox::{Mailbox, Report};
use crate::{StoreError, clock};
use drive::Driver;
use road::device::{Round, Step};
use seal::Address;

/// The line to the server. `ApiLine` is the real one.
///
/// Neither deed may take for ever: a line that does not answer gives [`Trouble::NoAnswer`] in the end.
#[allow(async_fn_in_trait)] // Browsers have one thread; nothing here is `Send`.
pub trait Line {
    /// Hands in a parcel; the answer is `seal::Receipts`, unread.
    async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble>;
    /// Asks for the next page.
    async fn collect(&self, cursor: &[u8], room: u32) -> Result<api::Collected, Trouble>;
    /// Asks for the server's public keys, bytes of `seal::ServerKeys`. A line that cannot ask gives no answer.
    async fn server_keys(&self) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Asks for the office's tables but those named with their digests; the answer is `seal::OfficeTables`, unread.
    async fn office_tables(&self, _known: Vec<(String, [u8; 16])>) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Tells how an enrolment stands and asks what the office orders it to do: `seal::Order`, unread.
    async fn standing(&self, _token: &[u8], _report: Report) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Hands back the newest checkpoint that is held, empty for none, and gets the latest: `seal::Checkpoint`, unread.
    async fn echo(&self, _token: &[u8], _checkpoint: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Asks which chunks the server lacks (`seal::Ask`); the answer is `seal::Holdings`, unread.
    async fn chunks_lacking(&self, _token: &[u8], _ask: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Hands in chunks (`seal::Load`); the answer is `seal::Holdings`, unread.
    async fn chunks_put(&self, _token: &[u8], _load: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Asks for chunks: those the server holds, about so many bytes of them at a time, unread.
    async fn chunks_get(&self, _addresses: &[Address], _room: u32) -> Result<Vec<Vec<u8>>, Trouble> {
        Err(Trouble::NoAnswer)
    }
}

/// Delivers, settles and collects. Any part may be cut off anywhere and done again.
///
/// # Errors
/// Only when the store itself does not answer; trouble with the line is in the outcome.
pub async fn run(mailbox: &Mailbox, line: &impl Line, budget: Budget) -> Result<RoundOutcome, StoreError> {
    // Spares double work where browsers have locks. Correctness never rests on it: every part is idempotent.
    let Some(_alone) = crate::lock::take("outbox").await else {
        return counted(mailbox, RoundOutcome { trouble: Some(Trouble::Busy), ..RoundOutcome::default() })
            .await;
    };
    let posts = mailbox.posts().await?;
    let mut round = Round::begin(mailbox.start(&posts).await?, budget, clock::now_ms());
    let mut driver = Driver::new(mailbox, line, posts);
    let outcome = loop {
        let step = match round.next(clock::now_ms()) {
            Step::Done(outcome) => break outcome,
            step => step,
        };
        let answer = driver.answer(step, &round).await?;
        for deed in round.heard(answer, clock::now_ms()) {
            driver.carry_out(deed).await?;
        }
    };
    let outcome = counted(mailbox, outcome).await?;
    tell();
    Ok(outcome)
}

/// An outcome with what is left.
async fn counted(mailbox: &Mailbox, outcome: RoundOutcome) -> Result<RoundOutcome, StoreError> {
    let (left, chunks_left) = (mailbox.left().await?, mailbox.chunks_due(false).await?.len());
    Ok(RoundOutcome { left, chunks_left, ..outcome })
}

#[cfg(test)]
mod rotation;
#[cfg(test)]
mod tests;
