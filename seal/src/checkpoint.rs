//! Checkpoints: where both of the server's chains end, signed, so that whoever keeps one can tell later whether what
//! the server shows is still the history that it showed then.

use crate::keys::verify;
use crate::server_keys::SigningSecret;
use crate::{SealError, exact};
use minicbor::{Decoder, Encoder};

const VERSION: u64 = 1;
const LABEL: &str = "amparo/checkpoint/1";

/// Where the chain of entries and that of the log of deeds end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Changes when the server was restored from a backup: what is less then is not missing.
    pub epoch: [u8; 16],
    /// When it was made, milliseconds since 1970 by the server's clock.
    pub at: u64,
    /// Number of the last entry; 0 for none.
    pub entries_seq: u64,
    /// Its chain.
    pub entries_head: [u8; 32],
    /// Number of the last row of the log; 0 for none.
    pub audit_seq: u64,
    /// Its chain.
    pub audit_head: [u8; 32],
    /// Counts the checkpoints of a server.
    pub serial: u64,
}

impl Checkpoint {
    /// Signs it.
    #[must_use]
    pub fn to_bytes(&self, key: &SigningSecret) -> Vec<u8> {
        let body = self.body();
        [&key.sign(LABEL, &body)[..], &body].concat()
    }

    /// Reads one and checks that `key` signed it.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`], [`SealError::UnknownVersion`] or [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8], key: &[u8; 32]) -> Result<Self, SealError> {
        let (signature, body) = bytes.split_at_checked(64).ok_or(SealError::Malformed)?;
        verify(key, LABEL, body, &exact(signature)?)?;
        let mut d = Decoder::new(body);
        let mut read = || -> Result<Option<Checkpoint>, minicbor::decode::Error> {
            let fixed = |bytes: &[u8]| exact(bytes).map_err(|_| minicbor::decode::Error::message("length"));
            d.array()?;
            if d.u64()? != VERSION {
                return Ok(None);
            }
            let epoch = d.bytes()?;
            let epoch = exact(epoch).map_err(|_| minicbor::decode::Error::message("length"))?;
            let (at, entries_seq) = (d.u64()?, d.u64()?);
            let entries_head = fixed(d.bytes()?)?;
            let audit_seq = d.u64()?;
            let audit_head = fixed(d.bytes()?)?;
            Ok(Some(Checkpoint {
                epoch,
                at,
                entries_seq,
                entries_head,
                audit_seq,
                audit_head,
                serial: d.u64()?,
            }))
        };
        read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)
    }

    fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(8)?.u64(VERSION)?.bytes(&self.epoch)?.u64(self.at)?;
            e.u64(self.entries_seq)?.bytes(&self.entries_head)?;
            e.u64(self.audit_seq)?.bytes(&self.audit_head)?.u64(self.serial)?.ok()
        };
        let _: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
            write(&mut Encoder::new(&mut bytes));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    fn sample() -> Checkpoint {
        Checkpoint {
            epoch: [1; 16],
            at: 1_700_000_000_000,
            entries_seq: 7,
            entries_head: [2; 32],
            audit_seq: 300,
            audit_head: [3; 32],
            serial: 12,
        }
    }

    #[test]
    fn a_checkpoint_is_believed_from_the_key_that_signed_it_and_whole_only() {
        let (key, other) =
            (SigningSecret::generate(&mut Counting(1)), SigningSecret::generate(&mut Counting(2)));
        let bytes = sample().to_bytes(&key);
        assert_eq!(Checkpoint::from_bytes(&bytes, &key.public()), Ok(sample()));
        assert_eq!(Checkpoint::from_bytes(&bytes, &other.public()), Err(SealError::WrongSignature));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Checkpoint::from_bytes(&changed, &key.public()).is_err(), "byte {at}");
            assert!(Checkpoint::from_bytes(&bytes[..at], &key.public()).is_err(), "cut at {at}");
        }
    }

    /// As first released; never edited.
    #[test]
    fn the_first_released_form_stays_readable() {
        let bytes = sample().to_bytes(&SigningSecret::generate(&mut Counting(1)));
        assert_eq!(domain::id::hex(&crate::short_digest(&bytes)), KEPT);
    }
    const KEPT: &str = "502f8762fce025bd2c0efba238d40a43";
}
