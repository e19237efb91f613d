//! Fetching attachments that a record names and that are not on this device. Holds no key.

use crate::{Line, Mailbox, StoreError, Trouble};
use seal::Address;

/// What came of fetching an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// All of it lies on this device now.
    Here,
    /// The server does not hold all of it: it still waits on the device where it was made.
    NotThere,
    /// There was no line, or no session. What came so far is kept, and it goes on from there.
    Cut(Trouble),
}

/// Most chunks asked for at a time.
const AT_ONCE: usize = 32;

/// Fetches what is missing of an attachment and lays it on the shelf, each chunk only if it is what its address says.
///
/// # Errors
/// [`StoreError::Full`], or when the browser does not answer; trouble with the line is in the outcome.
pub async fn fetch_attachment(
    mailbox: &Mailbox,
    line: &impl Line,
    addresses: &[Address],
) -> Result<Fetched, StoreError> {
    let room = u32::try_from(mailbox.parcel_size().await?).unwrap_or(u32::MAX);
    let mut missing = mailbox.chunks_missing(addresses).await?;
    while !missing.is_empty() {
        let asked = missing.get(..AT_ONCE).unwrap_or(&missing);
        let found = match line.chunks_get(asked, room).await {
            Ok(found) => found,
            Err(trouble) => return Ok(Fetched::Cut(trouble)),
        };
        if found.is_empty() {
            return Ok(Fetched::NotThere);
        }
        let addressed = found.into_iter().map(|sealed| (Address::of(&sealed), sealed));
        let wanted: Vec<_> = addressed.filter(|(address, _)| asked.contains(address)).collect();
        if wanted.is_empty() {
            // Whatever that was, the server does not answer so.
            return Ok(Fetched::Cut(Trouble::NoAnswer));
        }
        missing.retain(|address| wanted.iter().all(|(here, _)| here != address));
        mailbox.shelve(wanted).await?;
    }
    Ok(Fetched::Here)
}
