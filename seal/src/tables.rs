//! The tables of an office on their way to its devices, signed by the server. Nothing about people is in them, so
//! they are not sealed; but no captive portal may say which answers a form offers.

use crate::keys::verify;
use crate::server_keys::SigningSecret;
use crate::{SealError, exact, pack, short_digest, unpack};
use minicbor::{Decode, Encode};

const VERSION: u8 = 1;
const LABEL: &str = "amparo/tables/1";
/// Most bytes of all tables after unfolding.
pub const LIMIT: usize = 4 * 1024 * 1024;

/// The tables that a device does not hold as they are now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfficeTables {
    /// Grows with each change at the office. Lower than what a device holds: an old answer, not to be followed.
    #[n(0)]
    pub revision: u64,
    /// Those that changed; the others stay as the device holds them.
    #[n(1)]
    pub changed: Vec<OfficeTable>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OfficeTable {
    /// The table's name, such as `lists`.
    #[n(0)]
    pub name: String,
    /// The office's own sheet as CSV, to be laid over the app's: see `domain::overlay`.
    #[n(1)]
    pub text: String,
}

impl OfficeTables {
    /// What names a sheet's contents when a device says what it holds.
    #[must_use]
    pub fn digest(text: &str) -> [u8; 16] {
        short_digest(text.as_bytes())
    }

    /// The signed answer.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] when it cannot be written.
    pub fn sign(&self, signing: &SigningSecret) -> Result<Vec<u8>, SealError> {
        let content = pack(&minicbor::to_vec(self).map_err(|_| SealError::NotSealed)?);
        let signature = signing.sign(LABEL, &content);
        Ok([&[VERSION][..], &signature, &content].concat())
    }

    /// Reads an answer and checks that the server made it.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`] when another made it; [`SealError::UnknownVersion`], [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8], server: &[u8; 32]) -> Result<Self, SealError> {
        let (version, rest) = bytes.split_first().ok_or(SealError::Malformed)?;
        if *version != VERSION {
            return Err(SealError::UnknownVersion);
        }
        let (signature, content) = rest.split_at_checked(64).ok_or(SealError::Malformed)?;
        verify(server, LABEL, content, &exact(signature)?)?;
        minicbor::decode(&unpack(content, LIMIT)?).map_err(|_| SealError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use domain::id::hex;

    fn sample() -> OfficeTables {
        let text = "list,code,label_es\nsex,X,Otro\n".to_owned();
        OfficeTables { revision: 7, changed: vec![OfficeTable { name: "lists".to_owned(), text }] }
    }

    #[test]
    fn tables_are_believed_from_the_server_only() {
        let (server, other) =
            (SigningSecret::generate(&mut Counting(1)), SigningSecret::generate(&mut Counting(2)));
        let bytes = sample().sign(&server).unwrap();
        assert_eq!(OfficeTables::from_bytes(&bytes, &server.public()), Ok(sample()));
        assert_eq!(OfficeTables::from_bytes(&bytes, &other.public()), Err(SealError::WrongSignature));
        for end in 0..bytes.len() {
            assert!(OfficeTables::from_bytes(&bytes[..end], &server.public()).is_err());
        }
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert!(OfficeTables::from_bytes(&forged, &server.public()).is_err(), "{at}");
        }
        assert!(OfficeTables::from_bytes(b"<html>Sign in to the hotel</html>", &server.public()).is_err());
        let nothing = OfficeTables::default().sign(&server).unwrap();
        assert!(nothing.len() < 80, "an answer without news is small");
    }

    /// Never edited: devices hold answers of this form.
    #[test]
    fn the_kept_sample_is_read_for_ever() {
        let server = SigningSecret::generate(&mut Counting(1));
        let bytes = sample().sign(&server).unwrap();
        assert_eq!(hex(&bytes), SAMPLE);
    }

    const SAMPLE: &str = "01ad6612eb9adf09969470f0564e61a5c3d8526418e66b211bf5ef1c8393fa689041dc89d90c9e826c3e2218e782836fe2a6cc72ee2d0612\
        f81d717f290ff2960d00a20007018182656c69737473781e6c6973742c636f64652c6c6162656c5f65730a7365782c582c4f74726f0a";
}
