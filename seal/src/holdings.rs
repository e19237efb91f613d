//! What is said about chunks on the road: which are asked for, which are handed in, which the server holds.

use crate::attachment::Address;
use crate::keys::{self, verify};
use crate::{SealError, digest, exact};
use minicbor::{Decoder, Encoder};

const VERSION: u64 = 1;
const LABEL: &str = "amparo/chunks/1";
/// Most chunks that are asked about, handed in or asked for at a time.
pub const LIMIT: usize = 128;

/// Asks which chunks the server holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Random: what was answered to the same question before is no answer to this one.
    pub nonce: [u8; 16],
    /// The chunks meant, at most [`LIMIT`].
    pub addresses: Vec<Address>,
}

/// Chunks handed in. Any device may carry them; it reads nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Random, as in [`Ask`].
    pub nonce: [u8; 16],
    /// Sealed chunks, at most [`LIMIT`].
    pub chunks: Vec<Vec<u8>>,
}

impl Ask {
    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        write(&self.nonce, self.addresses.iter().map(|address| &address.0[..]))
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`SealError::UnknownVersion`], or [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let (nonce, items) = read(bytes)?;
        let addresses = items.into_iter().map(|item| exact(item).map(Address));
        Ok(Self { nonce, addresses: addresses.collect::<Result<_, _>>()? })
    }
}

impl Load {
    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        write(&self.nonce, self.chunks.iter().map(Vec::as_slice))
    }

    /// Reads it. What the chunks are is not looked at.
    ///
    /// # Errors
    /// [`SealError::UnknownVersion`], or [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let (nonce, items) = read(bytes)?;
        Ok(Self { nonce, chunks: items.into_iter().map(<[u8]>::to_vec).collect() })
    }
}

fn write<'a>(nonce: &[u8; 16], items: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    let write = || -> Result<(), minicbor::encode::Error<core::convert::Infallible>> {
        encoder.array(3)?.u64(VERSION)?.bytes(nonce)?.array(items.len() as u64)?;
        for item in items {
            encoder.bytes(item)?;
        }
        Ok(())
    };
    // Writing to memory cannot fail.
    let _ = write();
    bytes
}

fn read(bytes: &[u8]) -> Result<([u8; 16], Vec<&[u8]>), SealError> {
    let mut d = Decoder::new(bytes);
    type Parts<'a> = (Vec<u8>, Vec<&'a [u8]>);
    let mut read = || -> Result<Option<Parts<'_>>, minicbor::decode::Error> {
        d.array()?;
        if d.u64()? != VERSION {
            return Ok(None);
        }
        let nonce = d.bytes()?.to_vec();
        let length = d.array()?.filter(|length| *length <= LIMIT as u64);
        let length = length.ok_or_else(|| minicbor::decode::Error::message("too many"))?;
        let items = (0..length).map(|_| d.bytes()).collect::<Result<Vec<_>, _>>()?;
        Ok(Some((nonce, items)))
    };
    let (nonce, items) = read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)?;
    if d.position() == bytes.len() { Ok((exact(&nonce)?, items)) } else { Err(SealError::Malformed) }
}

/// How the server stands to one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// It lies there durably.
    Held,
    /// It does not lie there.
    Lacking,
    /// It is not taken now: so many of this device's chunks belong to no record yet. Try again later.
    NoRoom,
    /// It is no chunk: too large, or too small. Nothing will change that.
    NoChunk,
    /// Of a later version.
    Unknown(u8),
}

impl Holding {
    const CODES: [(Holding, u8); 4] =
        [(Holding::Held, 1), (Holding::Lacking, 2), (Holding::NoRoom, 3), (Holding::NoChunk, 4)];

    /// Its number on the wire.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Holding::Unknown(code) => code,
            known => Self::CODES.iter().find(|(holding, _)| *holding == known).map_or(0, |(_, code)| *code),
        }
    }

    /// From its number.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        let known = Self::CODES.iter().find(|(_, other)| *other == code);
        known.map_or(Holding::Unknown(code), |(holding, _)| *holding)
    }
}

/// The answer to an [`Ask`] or a [`Load`], signed by the server, so that a captive portal or a proxy makes no
/// picture vanish from the one device that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// Changes when the server was restored from a backup.
    pub epoch: [u8; 16],
    /// How the server stands to each chunk that was named.
    pub items: Vec<(Address, Holding)>,
}

impl Holdings {
    /// Signs the answer to exactly this request.
    #[must_use]
    pub fn to_bytes(&self, key: &crate::server_keys::SigningSecret, request: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        let mut encoder = Encoder::new(&mut body);
        let mut write = || -> Result<(), minicbor::encode::Error<core::convert::Infallible>> {
            encoder.array(2)?.bytes(&self.epoch)?.array(self.items.len() as u64)?;
            for (address, holding) in &self.items {
                encoder.array(2)?.bytes(&address.0)?.u8(holding.code())?;
            }
            Ok(())
        };
        // Writing to memory cannot fail.
        let _ = write();
        let signature = keys::sign(key.key(), LABEL, &[&digest(request)[..], &body].concat());
        [&signature[..], &body].concat()
    }

    /// Reads an answer and checks that it answers exactly this request.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`] when it was not signed by `key` for it, else [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8], key: &[u8; 32], request: &[u8]) -> Result<Self, SealError> {
        let (signature, body) = bytes.split_at_checked(64).ok_or(SealError::Malformed)?;
        verify(key, LABEL, &[&digest(request)[..], body].concat(), &exact(signature)?)?;
        let mut d = Decoder::new(body);
        let mut read = || -> Result<Holdings, minicbor::decode::Error> {
            let length = |_| minicbor::decode::Error::message("length");
            d.array()?;
            let epoch = exact(d.bytes()?).map_err(length)?;
            let mut items = Vec::new();
            for _ in 0..d.array()?.unwrap_or_default() {
                d.array()?;
                let address = Address(exact(d.bytes()?).map_err(length)?);
                items.push((address, Holding::from_code(d.u8()?)));
            }
            Ok(Holdings { epoch, items })
        };
        read().map_err(|_| SealError::Malformed)
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
        fn questions_and_loads_read_back_whole_or_not_at_all(
            nonce in any::<[u8; 16]>(),
            addresses in proptest::collection::vec(any::<[u8; 32]>(), 0..4),
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..4),
        ) {
            let ask = Ask { nonce, addresses: addresses.into_iter().map(Address).collect() };
            let load = Load { nonce, chunks };
            let (asked, loaded) = (ask.to_bytes(), load.to_bytes());
            for end in 0..asked.len() {
                prop_assert!(Ask::from_bytes(&asked[..end]).is_err());
            }
            for end in 0..loaded.len() {
                prop_assert!(Load::from_bytes(&loaded[..end]).is_err());
            }
            prop_assert_eq!(Ask::from_bytes(&asked), Ok(ask));
            prop_assert_eq!(Load::from_bytes(&loaded), Ok(load));
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Ask::from_bytes(&bytes);
            let _ = Load::from_bytes(&bytes);
            let _ = Holdings::from_bytes(&bytes, &[1; 32], b"");
        }
    }

    #[test]
    fn an_answer_counts_only_for_what_was_asked_and_from_the_server_that_signs() {
        let key = SigningSecret::generate(&mut Counting(1));
        let ask = Ask { nonce: [1; 16], addresses: vec![Address([3; 32])] }.to_bytes();
        let again = Ask { nonce: [2; 16], addresses: vec![Address([3; 32])] }.to_bytes();
        let holdings = Holdings { epoch: [2; 16], items: vec![(Address([3; 32]), Holding::Held)] };
        let bytes = holdings.to_bytes(&key, &ask);
        assert_eq!(Holdings::from_bytes(&bytes, &key.public(), &ask), Ok(holdings));
        assert!(Holdings::from_bytes(&bytes, &key.public(), &again).is_err());
        let other = SigningSecret::generate(&mut Counting(9));
        assert!(Holdings::from_bytes(&bytes, &other.public(), &ask).is_err());
        assert!(Holdings::from_bytes(b"<html>Sign in to the hotel</html>", &key.public(), &ask).is_err());
    }

    #[test]
    fn more_than_the_limit_is_not_read() {
        let many = Ask { nonce: [0; 16], addresses: vec![Address([1; 32]); LIMIT + 1] };
        assert_eq!(Ask::from_bytes(&many.to_bytes()), Err(SealError::Malformed));
    }

    #[test]
    fn every_code_is_kept() {
        for code in 0..=255 {
            assert_eq!(Holding::from_code(code).code(), code);
        }
    }

    /// As first released. Never edit: devices and servers of several versions talk to each other.
    #[test]
    fn the_first_released_form_stays_readable() {
        let ask = Ask { nonce: [1; 16], addresses: vec![Address([2; 32])] };
        let load = Load { nonce: [1; 16], chunks: vec![vec![5; 3]] };
        let holdings = Holdings { epoch: [3; 16], items: vec![(Address([2; 32]), Holding::NoRoom)] };
        let key = SigningSecret::generate(&mut Counting(1));
        let signed = holdings.to_bytes(&key, b"");
        let nonce = "01".repeat(16);
        assert_eq!(domain::id::hex(&ask.to_bytes()), format!("830150{nonce}815820{}", "02".repeat(32)));
        assert_eq!(domain::id::hex(&load.to_bytes()), format!("830150{nonce}8143050505"));
        let kept = format!("8250{}81825820{}03", "03".repeat(16), "02".repeat(32));
        assert_eq!(domain::id::hex(&signed[64..]), kept);
    }
}
