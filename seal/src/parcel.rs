//! Parcels and receipts: several envelopes on their way, and the answer to each.

use crate::keys::{self, verify};
use crate::{Capsule, SealError, digest, exact};
use minicbor::{Decoder, Encoder};

const VERSION: u64 = 1;
const LABEL: &str = "amparo/receipts/1";
/// Most envelopes and capsules in one parcel.
pub const LIMIT: u64 = 512;

/// Envelopes with the capsules that open them. Any device may carry it; it reads nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parcel {
    /// Capsules that the server may not hold yet.
    pub capsules: Vec<Capsule>,
    /// Envelopes as they were sealed.
    pub envelopes: Vec<Vec<u8>>,
}

impl Parcel {
    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(3)?.u64(VERSION)?;
            for list in [&self.capsules, &self.envelopes] {
                e.array(list.len() as u64)?;
                for item in list {
                    e.bytes(item)?;
                }
            }
            Ok(())
        };
        let _: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
            write(&mut Encoder::new(&mut bytes));
        bytes
    }

    /// Reads a parcel. What its envelopes hold is not looked at: a bad one must not hold up the others.
    ///
    /// # Errors
    /// [`SealError::UnknownVersion`], or [`SealError::Malformed`] when it was cut off or is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let mut d = Decoder::new(bytes);
        let mut read = || -> Result<Option<Parcel>, minicbor::decode::Error> {
            d.array()?;
            if d.u64()? != VERSION {
                return Ok(None);
            }
            Ok(Some(Parcel { capsules: byte_lists(&mut d)?, envelopes: byte_lists(&mut d)? }))
        };
        let parcel = read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)?;
        if d.position() == bytes.len() { Ok(parcel) } else { Err(SealError::Malformed) }
    }
}

fn byte_lists(d: &mut Decoder<'_>) -> Result<Vec<Vec<u8>>, minicbor::decode::Error> {
    let length = d.array()?.filter(|length| *length <= LIMIT);
    let length = length.ok_or_else(|| minicbor::decode::Error::message("too many"))?;
    (0..length).map(|_| d.bytes().map(<[u8]>::to_vec)).collect()
}

/// What became of one envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Durably stored and entered.
    Accepted,
    /// The same entry was entered before; nothing was done twice.
    AlreadyHere,
    /// Durably stored, not entered: a supervisor sees it. See the reason.
    Parked,
    /// Durably stored apart: the same id came with other content. Somebody must look.
    Quarantined,
    /// Not readable as an envelope, or it does not open. Kept by the server as it came; keep it here too.
    Unreadable,
    /// The server does not hold its capsule: send it again with the capsule.
    CapsuleMissing,
    /// Over the limits.
    TooLarge,
    /// Made by a later version than the server knows. Keep it; the server will be updated.
    UnknownVersion,
    /// A verdict of a later version.
    Unknown(u8),
}

impl Verdict {
    const CODES: [(Verdict, u8); 8] = [
        (Verdict::Accepted, 1),
        (Verdict::AlreadyHere, 2),
        (Verdict::Parked, 3),
        (Verdict::Quarantined, 4),
        (Verdict::Unreadable, 5),
        (Verdict::CapsuleMissing, 6),
        (Verdict::TooLarge, 7),
        (Verdict::UnknownVersion, 8),
    ];

    /// Its number on the wire and in stores.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Verdict::Unknown(code) => code,
            known => Self::CODES.iter().find(|(verdict, _)| *verdict == known).map_or(0, |(_, code)| *code),
        }
    }

    /// From its number.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        let known = Self::CODES.iter().find(|(_, other)| *other == code);
        known.map_or(Verdict::Unknown(code), |(verdict, _)| *verdict)
    }

    /// Whether the server has durably taken the content over, so that it may leave the outbox.
    #[must_use]
    pub fn is_acknowledgement(self) -> bool {
        matches!(self, Verdict::Accepted | Verdict::AlreadyHere | Verdict::Parked | Verdict::Quarantined)
    }
}

/// The answer to one envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// [`crate::short_digest`] of exactly the envelope bytes that are meant.
    pub envelope: [u8; 16],
    /// What became of it.
    pub verdict: Verdict,
    /// A reason as a short code (`role_lost`, `malformed_entry`, …), empty where none is needed. Never about a person.
    pub reason: String,
}

/// The answer to a parcel, signed by the server, so that a captive portal or a proxy acknowledges nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipts {
    /// Changes when the server was restored from a backup.
    pub epoch: [u8; 16],
    /// One for every envelope, in the parcel's order.
    pub items: Vec<Receipt>,
    /// Where the server's chains end now: `crate::Checkpoint`, signed. Devices of older versions pass over it.
    pub checkpoint: Option<Vec<u8>>,
}

impl Receipts {
    /// Signs the receipts for exactly this parcel.
    #[must_use]
    pub fn to_bytes(&self, key: &crate::server_keys::SigningSecret, parcel: &[u8]) -> Vec<u8> {
        let body = self.body();
        let signature = keys::sign(key.key(), LABEL, &[&digest(parcel)[..], &body].concat());
        [&signature[..], &body].concat()
    }

    /// Reads receipts and checks that they answer exactly this parcel.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`] when they were not signed by `key` for it, else [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8], key: &[u8; 32], parcel: &[u8]) -> Result<Self, SealError> {
        Self::of_parcel(bytes, key, &digest(parcel))
    }

    /// As [`Self::from_bytes`], for who knows of the parcel its SHA-256 alone: receipts name the envelopes they mean, so
    /// that the device which sealed these can be told by whoever handed them in for it.
    ///
    /// # Errors
    /// As there.
    pub fn of_parcel(bytes: &[u8], key: &[u8; 32], parcel: &[u8; 32]) -> Result<Self, SealError> {
        let (signature, body) = bytes.split_at_checked(64).ok_or(SealError::Malformed)?;
        verify(key, LABEL, &[&parcel[..], body].concat(), &exact(signature)?)?;
        let mut d = Decoder::new(body);
        let mut read = || -> Result<Receipts, minicbor::decode::Error> {
            let fixed = |bytes: &[u8]| exact(bytes).map_err(|_| minicbor::decode::Error::message("length"));
            let parts = d.array()?.unwrap_or_default();
            let epoch = fixed(d.bytes()?)?;
            let mut items = Vec::new();
            for _ in 0..d.array()?.unwrap_or_default() {
                let parts = d.array()?.unwrap_or_default();
                let envelope = fixed(d.bytes()?)?;
                let verdict = Verdict::from_code(d.u8()?);
                items.push(Receipt { envelope, verdict, reason: d.str()?.to_owned() });
                // What a later server has to say besides.
                (3..parts).try_for_each(|_| d.skip())?;
            }
            let checkpoint = if parts > 2 { Some(d.bytes()?.to_vec()) } else { None };
            Ok(Receipts { epoch, items, checkpoint })
        };
        read().map_err(|_| SealError::Malformed)
    }

    fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            let parts = if self.checkpoint.is_some() { 3 } else { 2 };
            e.array(parts)?.bytes(&self.epoch)?.array(self.items.len() as u64)?;
            for item in &self.items {
                e.array(3)?.bytes(&item.envelope)?.u8(item.verdict.code())?.str(&item.reason)?;
            }
            if let Some(checkpoint) = &self.checkpoint {
                e.bytes(checkpoint)?;
            }
            Ok(())
        };
        let _: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
            write(&mut Encoder::new(&mut bytes));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server_keys::SigningSecret;
    use crate::testing::Counting;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_parcel_reads_back_whole_or_not_at_all(
            capsules in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..3),
            envelopes in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..5),
        ) {
            let parcel = Parcel { capsules, envelopes };
            let bytes = parcel.to_bytes();
            prop_assert_eq!(Parcel::from_bytes(&bytes), Ok(parcel));
            for end in 0..bytes.len() {
                prop_assert!(Parcel::from_bytes(&bytes[..end]).is_err());
            }
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Parcel::from_bytes(&bytes);
            let _ = Receipts::from_bytes(&bytes, &[1; 32], b"");
            let _ = crate::Envelope::read(&bytes);
            let _ = crate::Slot::from_bytes(&bytes);
            let _ = crate::ServerKeys::from_bytes(&bytes, &[0; 32]);
            let _ = crate::unpack(&bytes, 1_000);
        }
    }

    #[test]
    fn receipts_count_only_for_the_parcel_they_answer_and_from_the_server_that_signs() {
        let key = SigningSecret::generate(&mut Counting(1));
        let item = Receipt { envelope: [1; 16], verdict: Verdict::Parked, reason: "role_lost".into() };
        let receipts = Receipts { epoch: [2; 16], items: vec![item], checkpoint: None };
        let bytes = receipts.to_bytes(&key, b"parcel");
        assert_eq!(Receipts::from_bytes(&bytes, &key.public(), b"parcel"), Ok(receipts));
        assert!(Receipts::from_bytes(&bytes, &key.public(), b"other").is_err());
        let other = SigningSecret::generate(&mut Counting(9));
        assert!(Receipts::from_bytes(&bytes, &other.public(), b"parcel").is_err());
        assert!(
            Receipts::from_bytes(b"<html>Sign in to the hotel</html>", &key.public(), b"parcel").is_err()
        );
    }

    /// The body of receipts as first released; never edited.
    const KEPT_BODY: &str =
        "825002020202020202020202020202020202818350010101010101010101010101010101010369726f6c655f6c6f7374";

    type FirstReleased = (Vec<u8>, Vec<(Vec<u8>, u8, String)>);

    /// As devices of the first release read a body: they know two parts and look at nothing after them.
    fn read_as_first_released(body: &[u8]) -> FirstReleased {
        let mut d = Decoder::new(body);
        d.array().unwrap();
        let epoch = d.bytes().unwrap().to_vec();
        let length = d.array().unwrap().unwrap_or_default();
        let mut item = || {
            d.array().unwrap();
            (d.bytes().unwrap().to_vec(), d.u8().unwrap(), d.str().unwrap().to_owned())
        };
        (epoch, (0..length).map(|_| item()).collect())
    }

    #[test]
    fn receipts_of_the_first_form_stay_readable_and_devices_of_that_form_read_those_with_a_checkpoint() {
        let key = SigningSecret::generate(&mut Counting(1));
        let item = Receipt { envelope: [1; 16], verdict: Verdict::Parked, reason: "role_lost".into() };
        let plain = Receipts { epoch: [2; 16], items: vec![item], checkpoint: None };
        assert_eq!(domain::id::hex(&plain.body()), KEPT_BODY);
        let with = Receipts { checkpoint: Some(vec![7; 200]), ..plain.clone() };
        for receipts in [plain.clone(), with.clone()] {
            let bytes = receipts.to_bytes(&key, b"parcel");
            assert_eq!(Receipts::from_bytes(&bytes, &key.public(), b"parcel"), Ok(receipts));
        }
        assert_eq!(read_as_first_released(&with.body()), read_as_first_released(&plain.body()));
        let cut = with.body();
        let cut = [
            &keys::sign(key.key(), LABEL, &[&digest(b"p")[..], &cut[..cut.len() - 1]].concat())[..],
            &cut[..cut.len() - 1],
        ]
        .concat();
        assert_eq!(Receipts::from_bytes(&cut, &key.public(), b"p"), Err(SealError::Malformed));
    }

    #[test]
    fn receipts_of_a_later_server_with_more_parts_and_verdicts_are_read() {
        let key = SigningSecret::generate(&mut Counting(1));
        let mut body = Vec::new();
        let mut e = Encoder::new(&mut body);
        e.array(4).unwrap().bytes(&[2; 16]).unwrap().array(1).unwrap();
        e.array(5).unwrap().bytes(&[1; 16]).unwrap().u8(99).unwrap().str("later").unwrap();
        e.array(1).unwrap().bool(true).unwrap().null().unwrap();
        e.bytes(&[7; 3]).unwrap().str("more").unwrap();
        let signature = keys::sign(key.key(), LABEL, &[&digest(b"parcel")[..], &body].concat());
        let read = Receipts::from_bytes(&[&signature[..], &body].concat(), &key.public(), b"parcel").unwrap();
        let item = Receipt { envelope: [1; 16], verdict: Verdict::Unknown(99), reason: "later".into() };
        assert!(!item.verdict.is_acknowledgement(), "what is not understood stays in the outbox");
        assert_eq!((read.items, read.checkpoint), (vec![item], Some(vec![7; 3])));
    }

    #[test]
    fn only_what_the_server_took_over_may_leave_the_outbox() {
        for code in 0..=255 {
            assert_eq!(Verdict::from_code(code).code(), code);
            assert_eq!(Verdict::from_code(code).is_acknowledgement(), (1..=4).contains(&code));
        }
    }
}
