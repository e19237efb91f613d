//! What anybody may know who opens the applicants' door (`domain::application::Door`), signed by the server: no captive
//! portal may name an office and put its own key beside it.

use crate::intake::IntakeSecret;
use crate::keys::verify;
use crate::server_keys::SigningSecret;
use crate::{SealError, exact, pack, unpack};
use domain::application::Door;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const LABEL: &str = "amparo/door/1";
/// Largest notice after unfolding.
pub const LIMIT: usize = 256 * 1024;

/// The signed notice.
///
/// # Errors
/// [`SealError::NotSealed`] when it cannot be written.
pub fn sign(door: &Door, signing: &SigningSecret) -> Result<Vec<u8>, SealError> {
    let content = pack(&minicbor::to_vec(door).map_err(|_| SealError::NotSealed)?);
    let signature = signing.sign(LABEL, &content);
    Ok([&[VERSION][..], &signature, &content].concat())
}

/// Reads a notice and checks that the server made it.
///
/// # Errors
/// [`SealError::WrongSignature`] when another made it; [`SealError::UnknownVersion`], [`SealError::Malformed`].
pub fn read(bytes: &[u8], server: &[u8; 32]) -> Result<Door, SealError> {
    let (version, rest) = bytes.split_first().ok_or(SealError::Malformed)?;
    if *version != VERSION {
        return Err(SealError::UnknownVersion);
    }
    let (signature, content) = rest.split_at_checked(64).ok_or(SealError::Malformed)?;
    verify(server, LABEL, content, &exact(signature)?)?;
    minicbor::decode(&unpack(content, LIMIT)?).map_err(|_| SealError::Malformed)
}

/// The intake keys of an office, for its tablets: the answer to `api::intake_keys`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IntakeKeys {
    /// Those of this month and of the twelve before, the newest first.
    #[n(0)]
    pub keys: Vec<IntakeKey>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IntakeKey {
    /// Code of the site.
    #[n(0)]
    pub site: String,
    /// From when slips are sealed to it, milliseconds since 1970.
    #[n(1)]
    pub from: u64,
    /// Until when.
    #[n(2)]
    pub until: u64,
    /// X25519.
    #[n(3)]
    pub secret: ByteArray<32>,
}

impl IntakeKey {
    /// The key, to open slips with.
    #[must_use]
    pub fn secret(&self) -> IntakeSecret {
        IntakeSecret(Zeroizing::new(*self.secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use domain::application::OfficeNotice;
    use domain::id::hex;

    fn sample() -> Door {
        let office = OfficeNotice {
            site: "meteti".into(),
            key_id: [1, 2, 3, 4],
            key: [7; 32],
            ..OfficeNotice::default()
        };
        Door { made_at: 1_795_362_120_000, work_bits: 18, offices: vec![office] }
    }

    #[test]
    fn a_notice_is_believed_from_the_server_only() {
        let [server, other] = [1, 2].map(|seed| SigningSecret::generate(&mut Counting(seed)));
        let bytes = sign(&sample(), &server).unwrap();
        assert_eq!(read(&bytes, &server.public()), Ok(sample()));
        assert_eq!(read(&bytes, &other.public()), Err(SealError::WrongSignature));
        for at in 0..bytes.len() {
            assert!(read(&bytes[..at], &server.public()).is_err());
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert!(read(&forged, &server.public()).is_err(), "{at}");
        }
        assert!(read(b"<html>Sign in to the hotel</html>", &server.public()).is_err());
    }

    /// As first released. Never edit: phones hold notices of this form.
    #[test]
    fn the_kept_samples_are_read_for_ever() {
        let server = SigningSecret::generate(&mut Counting(1));
        assert_eq!(hex(&crate::short_digest(&sign(&sample(), &server).unwrap())), KEPT.0);
        let key = IntakeKey { site: "meteti".into(), from: 1, until: 2, secret: [7; 32].into() };
        assert_eq!(hex(&minicbor::to_vec(IntakeKeys { keys: vec![key] }).unwrap()), KEPT.1);
    }
    const KEPT: (&str, &str) = (
        "46900eba8f08c280449c2c63fe1e63b1",
        "a10081a400666d6574657469010102020358200707070707070707070707070707070707070707070707070707070707070707",
    );
}
