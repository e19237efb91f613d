//! What the server alone knows of an application: by what its family is known again.

use crate::server::ledger::{ApplicationRow, Digest, LedgerError};
use crate::server::{Office, Table};
use domain::application::reference_of;
use domain::{GroupRef, RecordId};
use minicbor::{Decode, Encode};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// The sealed part of an application's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Kept {
    /// SHA-256 of the secret that came with the first letter.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub secret: [u8; 32],
    /// SHA-256 of the key by which the status is asked for.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub status: [u8; 32],
    /// The revision that is held.
    #[n(2)]
    pub revision: u32,
    /// When the first letter came, milliseconds since 1970.
    #[n(3)]
    pub received_at: u64,
    /// Bytes of pictures that were taken for it.
    #[n(4)]
    pub pictures: u64,
    /// Corrections that were taken.
    #[n(5)]
    pub corrections: u32,
    /// What its family did with reference and PIN: wishes, answers to offers.
    #[cbor(n(6), default)]
    pub acts: u32,
    /// The day on which it did so last, in days since 1970.
    #[cbor(n(7), default)]
    pub acted_on: u32,
    /// How often on that day.
    #[cbor(n(8), default)]
    pub acts_then: u32,
    /// The names of the last letters that did something, the last one last: none does it again.
    #[cbor(n(9), default)]
    pub done: Vec<[u8; 16]>,
}

/// Names of letters that are remembered.
const DONE_KEPT: usize = 16;
/// Acts of one application in a day, and in all: each is an entry on its record for ever.
const MOST_ACTS: (u32, u32) = (10, 60);

/// Whether there is an act yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is.
    Now,
    /// On another day.
    Later,
    /// No more: the office has to be asked.
    Never,
}

impl Kept {
    /// Opens what lies in a row.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(office: &Office, row: &ApplicationRow) -> Result<Self, LedgerError> {
        let damaged = || LedgerError::Unable("an application's row does not open".to_owned());
        let opened = office.unseal(Table::Applications, &row.id.0, &row.sealed).ok();
        let (_, plain) = opened.filter(|(version, _)| *version == row.version).ok_or_else(damaged)?;
        minicbor::decode(&plain).map_err(|_| damaged())
    }

    /// Whether its family may do something more at a moment.
    #[must_use]
    pub fn turn(&self, now: u64) -> Turn {
        let (a_day, in_all) = MOST_ACTS;
        if self.acts >= in_all {
            Turn::Never
        } else if self.acted_on == day_number(now) && self.acts_then >= a_day {
            Turn::Later
        } else {
            Turn::Now
        }
    }

    /// Counts that a letter did something.
    pub fn count(&mut self, letter: [u8; 16], now: u64) {
        let today = day_number(now);
        self.acts_then = if self.acted_on == today { self.acts_then.saturating_add(1) } else { 1 };
        (self.acted_on, self.acts) = (today, self.acts.saturating_add(1));
        self.done.push(letter);
        let over = self.done.len().saturating_sub(DONE_KEPT);
        self.done.drain(..over);
    }

    /// The row of an application that holds this, after the one of a version.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn row(
        &self,
        office: &Office,
        id: RecordId,
        version: u64,
        is_open: bool,
    ) -> Result<ApplicationRow, LedgerError> {
        let unable = |error: &dyn core::fmt::Display| LedgerError::Unable(format!("application: {error}"));
        let plain = minicbor::to_vec(self).map_err(|error| unable(&error))?;
        let version = version + 1;
        let sealed =
            office.seal(Table::Applications, &id.0, version, &plain).map_err(|error| unable(&error))?;
        let reference = office.application_number(reference_of(id))?;
        let day = day_number(self.received_at);
        Ok(ApplicationRow { id, reference, day, is_open, version, sealed })
    }
}

fn day_number(at: u64) -> u32 {
    u32::try_from(at / DAY).unwrap_or(u32::MAX)
}

/// Whether two digests are one, in a time that tells nothing of where they differ.
#[must_use]
pub fn is_same(one: &Digest, other: &Digest) -> bool {
    one.iter().zip(other).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

impl Office {
    /// Under what the reference of an application is noted: says nothing of it to whoever reads the database.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub(in crate::server) fn application_number(&self, reference: GroupRef) -> Result<Digest, LedgerError> {
        Ok(*self.slip_key(&format!("application {}", reference.as_str()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_does_ten_things_a_day_and_sixty_in_all_and_sixteen_letters_are_remembered() {
        let mut kept = Kept::default();
        for day in 0..6 {
            for act in 0..10 {
                assert_eq!(kept.turn(day * DAY), Turn::Now, "{day} {act}");
                kept.count([u8::try_from(10 * day + act).unwrap(); 16], day * DAY);
            }
            assert_eq!(kept.turn(day * DAY + DAY - 1), if day < 5 { Turn::Later } else { Turn::Never });
        }
        assert_eq!(kept.turn(99 * DAY), Turn::Never);
        assert_eq!((kept.done.len(), kept.done[0], kept.done[15]), (16, [44; 16], [59; 16]));
    }

    #[test]
    fn what_was_kept_before_acts_were_counted_is_read_and_has_had_none() {
        // Written by the first version: a map of the first six.
        let mut first = minicbor::Encoder::new(Vec::new());
        first.map(6).unwrap().u8(0).unwrap().bytes(&[1; 32]).unwrap().u8(1).unwrap().bytes(&[2; 32]).unwrap();
        for (key, value) in [(2, 3_u64), (3, 4), (4, 5), (5, 6)] {
            first.u8(key).unwrap().u64(value).unwrap();
        }
        let read: Kept = minicbor::decode(&first.into_writer()).unwrap();
        let wanted = Kept {
            secret: [1; 32],
            status: [2; 32],
            revision: 3,
            received_at: 4,
            pictures: 5,
            corrections: 6,
            ..Kept::default()
        };
        assert_eq!(read, wanted);
        let again: Kept = minicbor::decode(&minicbor::to_vec(&read).unwrap()).unwrap();
        assert_eq!(again, wanted);
    }
}
