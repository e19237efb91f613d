//! What a family has filled in so far, as it lies sealed on the phone.

use crate::StoreError;
use crate::tables::Table;
use domain::application::{Application, Phase, StatusTold};
use domain::appointment::Wish;
use domain::{Field, Typed};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::{Zeroize, Zeroizing};

/// A family's draft: what was answered, what is half typed, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What was answered.
    pub application: Application,
    /// Inputs as they stand, by part and field, where they are no answer yet.
    pub typed: BTreeMap<(u8, Field), Typed>,
    /// End of the address of the page to go on with; empty for the first.
    pub step: String,
    /// Drawn with the application; who shows it again may correct it.
    pub secret: [u8; 16],
    /// Key of status questions, stretched from the PIN with [`super::status_salt`].
    pub status_key: Zeroizing<[u8; 32]>,
    /// Revision that was last sealed into a letter; 0 for none.
    pub posted: u32,
    /// What it said, in short, so that later changes are noticed.
    pub posted_as: [u8; 16],
    /// Revision that the server has; 0 for none.
    pub sent: u32,
    /// When the server's answer to it was read, milliseconds since 1970.
    pub sent_at: u64,
    /// How it stands, as last told.
    pub standing: Option<StatusTold>,
    /// When that was told.
    pub standing_at: u64,
    /// The wish for an appointment that is to go along with it.
    pub wish: Option<Wish>,
    /// Revision that was last shown as a code; 0 for none.
    pub shown: u32,
    /// What it said, in short.
    pub shown_as: [u8; 16],
    /// Pieces of pictures that the server has, by their address.
    pub pieces_taken: BTreeSet<[u8; 32]>,
    /// Pieces of pictures that it never takes.
    pub pieces_refused: BTreeSet<[u8; 32]>,
}

/// The stored form.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Row {
    #[n(0)]
    application: ByteVec,
    #[n(1)]
    typed: Vec<TypedRow>,
    #[n(2)]
    step: String,
    #[n(3)]
    secret: ByteVec,
    #[n(4)]
    status_key: ByteVec,
    #[n(5)]
    posted: u32,
    #[n(6)]
    posted_as: ByteVec,
    #[n(7)]
    sent: u32,
    #[n(8)]
    sent_at: u64,
    #[n(9)]
    standing: Option<StatusTold>,
    #[n(10)]
    standing_at: u64,
    #[n(11)]
    wish: Option<Wish>,
    #[n(12)]
    shown: Option<u32>,
    #[n(13)]
    shown_as: Option<ByteVec>,
    /// Addresses one behind the other.
    #[n(14)]
    pieces_taken: Option<ByteVec>,
    #[n(15)]
    pieces_refused: Option<ByteVec>,
}

#[derive(Encode, Decode)]
struct TypedRow {
    #[n(0)]
    nth: u8,
    #[n(1)]
    field: u16,
    #[n(2)]
    typed: Typed,
}

impl Draft {
    /// A draft with nothing said yet.
    #[must_use]
    pub fn begin(application: Application, secret: [u8; 16], status_key: Zeroizing<[u8; 32]>) -> Draft {
        Draft {
            application,
            typed: BTreeMap::new(),
            step: String::new(),
            secret,
            status_key,
            posted: 0,
            posted_as: [0; 16],
            sent: 0,
            sent_at: 0,
            standing: None,
            standing_at: 0,
            wish: None,
            shown: 0,
            shown_as: [0; 16],
            pieces_taken: BTreeSet::new(),
            pieces_refused: BTreeSet::new(),
        }
    }

    /// Whether something was said since it was last sealed into a letter, or never was.
    #[must_use]
    pub fn says_more_than_posted(&self) -> bool {
        let now = said(&self.application);
        self.posted == 0 || now != self.posted_as || (self.shown > self.posted && now != self.shown_as)
    }

    /// The revision under which it leaves this phone as it is now, as a code or as a letter: a higher one than the last where
    /// it says something else, so that whoever holds both knows which is the later.
    #[must_use]
    pub fn revision(&self) -> u32 {
        let (last, last_as) = if self.shown > self.posted {
            (self.shown, self.shown_as)
        } else {
            (self.posted, self.posted_as)
        };
        match last {
            0 => self.application.revision,
            last if last_as == said(&self.application) => last,
            last => last.max(self.sent).saturating_add(1),
        }
    }

    /// Whether it says something else than the last code or letter of it.
    #[must_use]
    pub fn must_be_raised(&self) -> bool {
        self.shown.max(self.posted) == 0 || self.revision() != self.application.revision
    }

    /// Notes that it is shown as a code as it is, at this time (milliseconds since 1970).
    pub fn is_shown(&mut self, now: u64) {
        if self.must_be_raised() {
            self.application.revision = self.revision();
            self.application.said_at = now;
        }
        (self.shown, self.shown_as) = (self.application.revision, said(&self.application));
    }

    /// Whether the server has it as it is, or will not take more of it.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        let over = |it: &StatusTold| matches!(it.phase, Phase::Registered | Phase::Closed);
        self.standing.as_ref().is_some_and(over)
            || (self.sent > 0 && self.sent >= self.posted && !self.says_more_than_posted())
    }

    /// Notes what was sealed into a letter, as this revision. What was typed since is not in it.
    pub(super) fn was_posted(&mut self, revision: u32, application: &Application) {
        self.posted = revision;
        self.posted_as = said(application);
    }

    /// The bytes to be sealed.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let typed = self.typed.iter().map(|((nth, field), typed)| TypedRow {
            nth: *nth,
            field: field.0,
            typed: typed.clone(),
        });
        let mut row = Row {
            application: self.application.to_bytes().into(),
            typed: typed.collect(),
            step: self.step.clone(),
            secret: self.secret.to_vec().into(),
            status_key: self.status_key.to_vec().into(),
            posted: self.posted,
            posted_as: self.posted_as.to_vec().into(),
            sent: self.sent,
            sent_at: self.sent_at,
            standing: self.standing.clone(),
            standing_at: self.standing_at,
            wish: self.wish.clone(),
            shown: (self.shown > 0).then_some(self.shown),
            shown_as: (self.shown > 0).then(|| self.shown_as.to_vec().into()),
            pieces_taken: joined(&self.pieces_taken),
            pieces_refused: joined(&self.pieces_refused),
        };
        let bytes = crate::rows::write(&row);
        row.application.zeroize();
        row.status_key.zeroize();
        Zeroizing::new(bytes)
    }

    /// Reads them again.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for anything that is none.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Draft, StoreError> {
        let row: Row = crate::rows::read(Table::Families, bytes)?;
        let damaged = || StoreError::damaged(Table::Families);
        // One by one: made of many at once, a map sorts them first, and the library's sorting is heavy.
        let mut typed = BTreeMap::new();
        typed.extend(row.typed.into_iter().map(|row| ((row.nth, Field(row.field)), row.typed)));
        Ok(Draft {
            application: Application::from_bytes(&row.application).map_err(|_| damaged())?,
            typed,
            step: row.step,
            secret: fixed(&row.secret).ok_or_else(damaged)?,
            status_key: Zeroizing::new(fixed(&row.status_key).ok_or_else(damaged)?),
            posted: row.posted,
            posted_as: fixed(&row.posted_as).ok_or_else(damaged)?,
            sent: row.sent,
            sent_at: row.sent_at,
            standing: row.standing,
            standing_at: row.standing_at,
            wish: row.wish,
            shown: row.shown.unwrap_or(0),
            shown_as: row.shown_as.as_deref().and_then(|it| fixed(it)).unwrap_or_default(),
            pieces_taken: apart(row.pieces_taken),
            pieces_refused: apart(row.pieces_refused),
        })
    }
}

fn joined(addresses: &BTreeSet<[u8; 32]>) -> Option<ByteVec> {
    let bytes: Vec<u8> = addresses.iter().flatten().copied().collect();
    (!bytes.is_empty()).then(|| bytes.into())
}

fn apart(bytes: Option<ByteVec>) -> BTreeSet<[u8; 32]> {
    bytes.map(|bytes| bytes.as_chunks::<32>().0.iter().copied().collect()).unwrap_or_default()
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// What an application says, in short: without its count and time, which change with each letter.
fn said(application: &Application) -> [u8; 16] {
    seal::short_digest(&Application { revision: 0, said_at: 0, ..application.clone() }.to_bytes())
}
