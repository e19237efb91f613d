//! Letters of the family that is open: sealed, with their work done, and kept to be handed in; and questions that are asked
//! once and kept nowhere.

use super::carry::{Carrier, Going};
use super::heard::{Asked, Heard};
use super::post;
use super::working::{self, Ready};
use crate::line::{self, NoAnswer};
use domain::VaultId;
use domain::application::{Act, Application, Reply};
use leptos::prelude::*;
use seal::letter::{self, Fate};
use std::collections::BTreeSet;
use store::StoreError;
use store::applicant::{Draft, Family, Outgoing, Posted, Purpose};
use zeroize::Zeroizing;

impl Carrier {
    /// Seals a letter with its work, and says how far that is.
    pub(super) async fn sealed(self, plain: &[u8]) -> Option<Ready> {
        let trust = self.trust.get_untracked()?;
        let ready = working::seal(&trust, plain, move |share| self.going.set(Going::Working(share))).await;
        self.going.set(Going::Still);
        ready
    }

    /// Seals the application of the family that is open, with its pictures, and keeps it to be handed in. On the disk when
    /// this has come back; nothing is sent yet.
    ///
    /// # Errors
    /// Why nothing was kept.
    pub async fn post(self) -> Result<(), NotPosted> {
        let (family, draft) = self.open().await.ok_or(NotPosted::Locked)?;
        if !draft.says_more_than_posted() {
            return Ok(());
        }
        // What was shown as a code in the same words keeps its revision.
        let next = draft.revision();
        self.kept.change(|held| {
            held.application.revision = next;
            held.application.said_at = store::now_ms();
        });
        // What is sealed from here on; people may go on typing.
        let draft = untrack(|| self.kept.draft()).ok_or(NotPosted::Locked)?;
        let plain = letter_of(&draft);
        let mut letters = vec![self.outgoing(plain.clone(), plain, Purpose::Application(next)).await?];
        for (address, piece) in pieces_of(&family, &draft).await {
            letters.push(self.outgoing(piece, address.to_vec(), Purpose::Piece).await?);
        }
        self.keep(family.id(), letters, &draft.application).await?;
        self.kept.look().await;
        Ok(())
    }

    /// Seals a question or a wish of the family that is open and keeps it to be handed in: a letter of its own, or with the
    /// application that was not sent yet.
    ///
    /// # Errors
    /// Why nothing was kept.
    pub async fn ask(self, act: Act) -> Result<(), NotPosted> {
        let (family, draft) = self.open().await.ok_or(NotPosted::Locked)?;
        if draft.posted == 0 && !matches!(act, Act::Wish(_)) {
            return Err(NotPosted::NothingSent);
        }
        let wish = match &act {
            Act::Wish(wish) => Some(wish.clone()),
            Act::Cancel | Act::Withdraw | Act::Accept => None,
            Act::Status => draft.wish,
        };
        self.kept.change(|held| held.wish = wish);
        if draft.posted == 0 {
            self.asked.set(Some(Asked::Along));
            return Ok(());
        }
        self.asked.set(None);
        let plain = post::ask(&draft.application.reference(), &draft.status_key, act);
        let letters = vec![self.outgoing(plain.clone(), plain, Purpose::Ask).await?];
        let posted = self.keep(family.id(), letters, &draft.application).await?;
        // Before anything else is awaited: its answer must find it.
        self.asked.set(posted.keys.into_iter().next().map(|key| Asked::Letter(key, Heard::Nothing)));
        self.kept.look().await;
        Ok(())
    }

    /// Seals a letter; `said` is what is kept of it ([`Outgoing::said`]).
    async fn outgoing(self, plain: Vec<u8>, said: Vec<u8>, purpose: Purpose) -> Result<Outgoing, NotPosted> {
        let (plain, said) = (Zeroizing::new(plain), Zeroizing::new(said));
        let Ready { posted, key, .. } = self.sealed(&plain).await.ok_or(NotPosted::NoKeys)?;
        Ok(Outgoing { posted, key, purpose, said })
    }

    async fn keep(
        self,
        of: VaultId,
        letters: Vec<Outgoing>,
        sealed: &Application,
    ) -> Result<Posted, NotPosted> {
        let posted = self.kept.post(of, letters, sealed).await.map_err(NotPosted::Store)?;
        self.waits.set(true);
        if !window().navigator().on_line() {
            self.hand_over();
        }
        self.failures.set_value(0);
        self.ring();
        Ok(posted)
    }

    /// Asks once, now, for whoever holds no application here: nothing is kept.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask_once(self, plain: &[u8]) -> Result<Reply, NoAnswer> {
        let families = self.kept.families();
        let mut renewed = false;
        self.refresh(families.as_ref(), false)
            .await
            .or_else(|trouble| self.trust.with_untracked(Option::is_some).then_some(()).ok_or(trouble))?;
        let mut ready = self.sealed(plain).await.ok_or(NoAnswer::NoLine)?;
        for _ in 0..4 {
            self.going.set(Going::Sending);
            let answer = line::hand_in(&ready.posted).await;
            self.going.set(Going::Still);
            let (answer, trust) = (answer?, self.trust.get_untracked().ok_or(NoAnswer::NoLine)?);
            match letter::read_answer(&answer, &trust.keys.signing, ready.id) {
                Ok((Fate::Taken, sealed)) => {
                    let told =
                        letter::read_told(&ready.key, ready.id, sealed).map_err(|_| NoAnswer::NotNow)?;
                    return minicbor::decode(&told).map_err(|_| NoAnswer::NotNow);
                }
                Ok((Fate::MoreWork(bits), _)) => {
                    let told = move |share| self.going.set(Going::Working(share));
                    let worked = working::again(&ready.posted, bits, told).await;
                    ready.posted = worked.ok_or(NoAnswer::NotNow)?;
                }
                Ok((Fate::Later | Fate::Refused, _)) => return Err(NoAnswer::NotNow),
                Ok((Fate::OtherKey, _)) | Err(_) if !renewed => {
                    renewed = true;
                    self.refresh(families.as_ref(), true).await?;
                    ready = self.sealed(plain).await.ok_or(NoAnswer::NoLine)?;
                }
                _ => return Err(NoAnswer::NoLine),
            }
        }
        Err(NoAnswer::NotNow)
    }
}

/// Why a letter was not kept to be handed in.
#[derive(Debug)]
pub enum NotPosted {
    /// The family was locked meanwhile.
    Locked,
    /// There is nothing at the server yet that this could be about.
    NothingSent,
    /// This phone never heard the server: there is no key to seal to.
    NoKeys,
    /// The phone keeps nothing more.
    Store(StoreError),
}

/// The letter with an application as it is. A wish goes along with the first; later it would move what was given for it.
pub(super) fn letter_of(draft: &Draft) -> Vec<u8> {
    let wish = draft.wish.clone().filter(|_| draft.sent == 0);
    post::application(&draft.application, draft.secret, &draft.status_key, wish)
}

/// The letters with the sealed pieces of pictures that an application names and that lie here, by their addresses; but for
/// those that wait already, and those of which the server said what it does with them.
async fn pieces_of(family: &Family, draft: &Draft) -> Vec<([u8; 32], Vec<u8>)> {
    let waiting = family.letters_said().await.unwrap_or_default();
    let pieces = waiting.iter().filter(|(purpose, _)| *purpose == Purpose::Piece);
    let mut known: BTreeSet<[u8; 32]> = pieces.filter_map(|(_, said)| said[..].try_into().ok()).collect();
    known.extend(draft.pieces_taken.iter().chain(&draft.pieces_refused));
    let mut letters = Vec::new();
    for address in post::addresses(&draft.application) {
        if let (false, Ok(Some(piece))) = (known.contains(&address), family.piece(&address).await) {
            letters.push((address, post::chunk(draft.application.id, &piece)));
        }
    }
    letters
}

/// What a letter is sealed anew from: what it said. `None` where that is not known any more.
pub(super) async fn said_of(
    family: &Family,
    draft: &Draft,
    purpose: Purpose,
    said: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let plain = match purpose {
        Purpose::Piece => {
            let piece = family.piece(&said.try_into().ok()?).await.ok()??;
            post::chunk(draft.application.id, &piece)
        }
        Purpose::Application(_) | Purpose::Ask => said.to_vec(),
    };
    (!plain.is_empty()).then(|| Zeroizing::new(plain))
}
