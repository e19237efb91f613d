//! Readings: which records somebody opened on a device, when and for what, signed by the enrolment's key.

use crate::keys::EnrolmentKeys;
use crate::{SealError, Signed, exact};
use domain::{EnrolmentId, RecordId};
use minicbor::{Decoder, Encoder};

/// What signatures over readings are labelled with.
pub const READS: &str = "amparo/reads/1";
const VERSION: u64 = 1;
/// Most readings in one batch.
pub const LIMIT: usize = 256;

macro_rules! whys {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $key:literal;)+) => {
        /// For what a record was opened. The numbers are fixed for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Why {
            $($(#[$doc])* $name,)+
            /// One of a later version.
            Unknown(u8),
        }

        impl Why {
            /// Every reason of this version.
            pub const ALL: &'static [Why] = &[$(Why::$name),+];

            /// The number.
            #[must_use]
            pub fn code(self) -> u8 {
                match self {
                    $(Why::$name => $code,)+
                    Why::Unknown(code) => code,
                }
            }

            /// From its number.
            #[must_use]
            pub fn from_code(code: u8) -> Self {
                match code {
                    $($code => Why::$name,)+
                    code => Why::Unknown(code),
                }
            }

            /// Names words and stands in the server's log.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $(Why::$name => $key,)+
                    Why::Unknown(_) => "unknown",
                }
            }
        }
    };
}

whys! {
    /// The page of a group, which names all its people.
    Group = 1, "group";
    /// The page of a person.
    Person = 2, "person";
    /// Who changed what, when, from what to what.
    History = 3, "history";
    /// A slip or another paper to be printed or shown.
    Slip = 4, "slip";
    /// A sealed note.
    Note = 5, "note";
    /// The workspace over what is recorded.
    Workspace = 6, "workspace";
    /// Consents.
    Consents = 7, "consents";
    /// Opened under a break-glass grant.
    BreakGlass = 8, "break_glass";
    /// Opened under a grant that somebody gave.
    Grant = 9, "grant";
    /// A referral, with what it shares.
    Referral = 10, "referral";
    /// What a family said before it was registered.
    Application = 11, "application";
}

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was opened.
    pub record: RecordId,
    /// When, milliseconds since 1970 by the device's clock.
    pub at: u64,
    /// For what.
    pub why: Why,
}

/// Readings of one enrolment that travel together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// Names the batch: what comes twice is written once.
    pub batch: [u8; 16],
    /// Whose.
    pub enrolment: EnrolmentId,
    /// In the order in which they happened, [`LIMIT`] at most.
    pub items: Vec<Reading>,
}

impl Reads {
    /// Signs the batch.
    #[must_use]
    pub fn sign(&self, keys: &EnrolmentKeys) -> Signed {
        let mut body = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(4)?.u64(VERSION)?.bytes(&self.batch)?.bytes(&self.enrolment.0)?;
            e.array(self.items.len() as u64)?;
            for Reading { record, at, why } in &self.items {
                e.array(3)?.bytes(&record.0)?.u64(*at)?.u8(why.code())?;
            }
            Ok(())
        };
        let _: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
            write(&mut Encoder::new(&mut body));
        Signed { signature: keys.sign(READS, &body), body }
    }

    /// Reads the body of a signed batch.
    ///
    /// # Errors
    /// [`SealError::UnknownVersion`] for one of a later version, else [`SealError::Malformed`].
    pub fn from_body(body: &[u8]) -> Result<Self, SealError> {
        let mut d = Decoder::new(body);
        let mut read = || -> Result<Option<Reads>, minicbor::decode::Error> {
            let fixed = |bytes: &[u8]| exact(bytes).map_err(|_| minicbor::decode::Error::message("length"));
            d.array()?;
            if d.u64()? != VERSION {
                return Ok(None);
            }
            let (batch, enrolment) = (fixed(d.bytes()?)?, EnrolmentId(fixed(d.bytes()?)?));
            let length = d.array()?.filter(|length| *length <= LIMIT as u64);
            let length = length.ok_or_else(|| minicbor::decode::Error::message("too many"))?;
            let mut items = Vec::new();
            for _ in 0..length {
                d.array()?;
                let record = RecordId(fixed(d.bytes()?)?);
                items.push(Reading { record, at: d.u64()?, why: Why::from_code(d.u8()?) });
            }
            Ok(Some(Reads { batch, enrolment, items }))
        };
        let reads = read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)?;
        if d.position() == body.len() { Ok(reads) } else { Err(SealError::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use proptest::prelude::*;

    fn reading() -> impl Strategy<Value = Reading> {
        (any::<[u8; 16]>(), any::<u64>(), any::<u8>()).prop_map(|(record, at, why)| Reading {
            record: RecordId(record),
            at,
            why: Why::from_code(why),
        })
    }

    proptest! {
        #[test]
        fn readings_read_back_whole_or_not_at_all(
            batch in any::<[u8; 16]>(),
            items in proptest::collection::vec(reading(), 0..30),
        ) {
            let keys = EnrolmentKeys::generate(&mut Counting(1));
            let reads = Reads { batch, enrolment: EnrolmentId([4; 16]), items };
            let signed = reads.sign(&keys);
            let body = signed.verify(&keys.public().unwrap().verifying, READS).unwrap();
            prop_assert_eq!(Reads::from_body(body), Ok(reads));
            for end in 0..body.len() {
                prop_assert!(Reads::from_body(&body[..end]).is_err());
            }
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reads::from_body(&bytes);
            let _ = crate::Checkpoint::from_bytes(&bytes, &[1; 32]);
        }
    }

    #[test]
    fn every_reason_has_a_number_and_a_key_of_its_own() {
        for code in 0..=255 {
            assert_eq!(Why::from_code(code).code(), code);
        }
        for why in Why::ALL {
            assert_eq!(Why::ALL.iter().filter(|other| other.key() == why.key()).count(), 1);
        }
    }

    /// As first released; never edited.
    #[test]
    fn the_first_released_form_stays_readable() {
        let item = Reading { record: RecordId([3; 16]), at: 1_700_000_000_000, why: Why::Person };
        let reads = Reads { batch: [1; 16], enrolment: EnrolmentId([2; 16]), items: vec![item] };
        let signed = reads.sign(&EnrolmentKeys::generate(&mut Counting(1)));
        assert_eq!(domain::id::hex(&signed.body), KEPT);
    }
    const KEPT: &str = "84015001010101010101010101010101010101500202020202020202020202020202020281835003030303030303030303030303030303\
        1b0000018bcfe5680002";
}
