//! Delivering from a database that a later version of the app has written, as it lies there: an older program changes
//! nothing of what it may not understand, and hands in what waits all the same. The later one sends it again and hears
//! "already here".

use super::LeftHere;
use crate::database::{Database, Home};
use crate::mailbox::{LARGEST_PARCEL, Mailbox, Post};
use crate::{Line, StoreError, Trouble};
use seal::{Parcel, Receipts};
use std::collections::BTreeSet;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveredAsIs {
    /// What lies unsent here. It stays.
    pub left: LeftHere,
    /// Envelopes of it that the server has, as it said just now.
    pub held: usize,
    /// Why no more were handed in.
    pub trouble: Option<Trouble>,
}

impl Mailbox {
    /// Opens the mailbox of a store that a later version of the app made, or, where the browser opens no database at all,
    /// what the journal holds. To be read only.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn open_as_is() -> Result<Self, StoreError> {
        match Database::open_as_is(Home::Vault).await {
            Err(error @ (StoreError::Unavailable(_) | StoreError::Lost)) => {
                match crate::journal::in_memory().await {
                    Some(database) => Ok(Self::over(database)),
                    None => Err(error),
                }
            }
            outcome => outcome.map(Self::over),
        }
    }
}

/// Hands in what waits and writes nothing. `done` remembers what the server said it has, as long as the page lives.
///
/// # Errors
/// When the browser does not answer.
pub async fn deliver_as_is(
    mailbox: &Mailbox,
    line: &impl Line,
    done: &mut BTreeSet<Vec<u8>>,
) -> Result<DeliveredAsIs, StoreError> {
    let mut outcome = DeliveredAsIs { left: mailbox.left_here().await?, ..DeliveredAsIs::default() };
    let posts = mailbox.posts().await?;
    let mut tokens = posts.iter().map(|post| post.row.deposit_token.to_vec());
    let Some(mut token) = tokens.next() else { return Ok(outcome) };
    let waybill = mailbox.waybill(true).await?;
    let known = done.clone();
    let mut waiting = waybill.waiting.iter().filter(|it| !known.contains(&it.item.in_outbox())).peekable();
    while waiting.peek().is_some() {
        let (mut parcel, mut capsules, mut items, mut weight) =
            (Parcel::default(), BTreeSet::new(), Vec::new(), 0);
        while let Some(next) =
            waiting.next_if(|next| items.is_empty() || weight + next.row.envelope.len() < LARGEST_PARCEL / 2)
        {
            let capsule = next.row.capsule.to_vec();
            if let Some(row) = waybill.capsules.get(&capsule).filter(|_| capsules.insert(capsule.clone())) {
                parcel.capsules.push(row.bytes.to_vec());
            }
            weight += next.row.envelope.len();
            parcel.envelopes.push(next.row.envelope.to_vec());
            items.push(next.item.in_outbox());
        }
        let parcel = parcel.to_bytes();
        let answer = loop {
            match line.deliver(&token, &parcel).await {
                Err(Trouble::DepositRefused) => match tokens.next() {
                    Some(other) => token = other,
                    None => break Err(Trouble::DepositRefused),
                },
                answer => break answer,
            }
        };
        let read = |answer: &[u8]| {
            let mut keys = posts.iter().filter_map(Post::server);
            keys.find_map(|key| Receipts::from_bytes(answer, &key, &parcel).ok())
        };
        let receipts = match answer.map(|answer| read(&answer)) {
            Ok(Some(receipts)) => receipts,
            Ok(None) => {
                outcome.trouble = Some(Trouble::WrongSignature);
                break;
            }
            Err(trouble) => {
                outcome.trouble = Some(trouble);
                break;
            }
        };
        let held = items.into_iter().zip(&receipts.items).filter(|(_, it)| it.verdict.is_acknowledgement());
        done.extend(held.map(|(item, _)| item));
    }
    outcome.held = waybill.waiting.iter().filter(|it| done.contains(&it.item.in_outbox())).count();
    Ok(outcome)
}
