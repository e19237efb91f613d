//! Answers of the server to one question of one open vault, sealed to its enrolment's inbox key as pages are: whoever
//! has only the session's cookie asks and reads nothing. Signed by the server, and bound to the question's nonce, so
//! that what was answered once is no answer to anything asked later.

use crate::keys::{EnrolmentKeys, verify};
use crate::server_keys::SigningSecret;
use crate::{CryptoRng, SealError, exact, pack, unpack};
use domain::EnrolmentId;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const INFO: &[u8] = b"amparo/answer/1";
const LABEL: &str = "amparo/answer/1";
/// Largest answer after unfolding.
pub const LIMIT: usize = 8 * 1024 * 1024;

/// Drawn anew for each question.
pub type Nonce = [u8; 16];

/// Seals an answer for the enrolment that asked.
///
/// # Errors
/// [`SealError::Malformed`] when its inbox key is none, [`SealError::NotSealed`].
pub fn seal<T: Encode<()>>(
    answer: &T,
    rng: &mut impl CryptoRng,
    signing: &SigningSecret,
    (enrolment, inbox): (EnrolmentId, &[u8; 32]),
    nonce: &Nonce,
) -> Result<Vec<u8>, SealError> {
    let plain = Zeroizing::new(minicbor::to_vec(answer).map_err(|_| SealError::NotSealed)?);
    let content = Zeroizing::new(pack(&plain));
    let bound = [&enrolment.0[..], nonce].concat();
    let signature = signing.sign(LABEL, &[&bound[..], &content].concat());
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(inbox).map_err(|_| SealError::Malformed)?;
    let plain = Zeroizing::new([&signature[..], &content].concat());
    let (encapped, sealed) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        INFO,
        &plain,
        &bound,
        rng,
    )
    .map_err(|_| SealError::NotSealed)?;
    Ok([&[VERSION][..], &encapped.to_bytes(), &sealed].concat())
}

/// Opens the answer to exactly the question of this nonce, and checks that the server gave it.
///
/// # Errors
/// [`SealError::Damaged`] when it does not open, [`SealError::WrongSignature`] when another made it;
/// [`SealError::UnknownVersion`], [`SealError::Malformed`].
pub fn open<T: for<'b> Decode<'b, ()>>(
    bytes: &[u8],
    keys: &EnrolmentKeys,
    enrolment: EnrolmentId,
    server: &[u8; 32],
    nonce: &Nonce,
) -> Result<T, SealError> {
    let (version, rest) = bytes.split_first().ok_or(SealError::Malformed)?;
    if *version != VERSION {
        return Err(SealError::UnknownVersion);
    }
    let (encapped, sealed) = rest.split_at_checked(32).ok_or(SealError::Malformed)?;
    let encapped =
        <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| SealError::Malformed)?;
    let bound = [&enrolment.0[..], nonce].concat();
    let secret = keys.inbox_secret()?;
    let mode = OpModeR::Base;
    let plain = single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &mode, &secret, &encapped, INFO, sealed, &bound,
    );
    let plain = Zeroizing::new(plain.map_err(|_| SealError::Damaged)?);
    let (signature, content) = plain.split_at_checked(64).ok_or(SealError::Malformed)?;
    verify(server, LABEL, &[&bound[..], content].concat(), &exact(signature)?)?;
    minicbor::decode(&Zeroizing::new(unpack(content, LIMIT)?)).map_err(|_| SealError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    const ME: EnrolmentId = EnrolmentId([1; 16]);
    const NONCE: Nonce = [6; 16];

    fn keys(seed: u64) -> EnrolmentKeys {
        EnrolmentKeys::generate(&mut Counting(seed))
    }

    fn sealed(server: &SigningSecret) -> Vec<u8> {
        let inbox = keys(1).public().unwrap().inbox;
        seal(&"Rosa M.".to_owned(), &mut Counting(5), server, (ME, &inbox), &NONCE).unwrap()
    }

    fn opened(
        bytes: &[u8],
        server: &SigningSecret,
        seed: u64,
        me: EnrolmentId,
        nonce: &Nonce,
    ) -> Result<String, SealError> {
        open(bytes, &keys(seed), me, &server.public(), nonce)
    }

    #[test]
    fn an_answer_opens_for_whoever_asked_and_for_what_was_asked_only() {
        let (server, other) =
            (SigningSecret::generate(&mut Counting(3)), SigningSecret::generate(&mut Counting(4)));
        let bytes = sealed(&server);
        assert_eq!(opened(&bytes, &server, 1, ME, &NONCE).as_deref(), Ok("Rosa M."));
        assert_eq!(opened(&bytes, &server, 2, ME, &NONCE), Err(SealError::Damaged));
        assert_eq!(opened(&bytes, &server, 1, EnrolmentId([2; 16]), &NONCE), Err(SealError::Damaged));
        assert_eq!(opened(&bytes, &server, 1, ME, &[7; 16]), Err(SealError::Damaged));
        assert_eq!(opened(&bytes, &other, 1, ME, &NONCE), Err(SealError::WrongSignature));
        for end in 0..bytes.len() {
            assert!(opened(&bytes[..end], &server, 1, ME, &NONCE).is_err());
        }
        assert!(
            !bytes.windows(4).any(|window| window == b"Rosa"),
            "whoever has the cookie alone reads nothing"
        );
    }

    /// Never edited: servers and devices of different versions say this to each other.
    #[test]
    fn the_kept_sample_is_read_for_ever() {
        let server = SigningSecret::generate(&mut Counting(3));
        assert_eq!(domain::id::hex(&sealed(&server)), SAMPLE);
        let bytes: Vec<u8> = (0..SAMPLE.len() / 2)
            .map(|at| u8::from_str_radix(&SAMPLE[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        assert_eq!(opened(&bytes, &server, 1, ME, &NONCE).as_deref(), Ok("Rosa M."));
    }

    const SAMPLE: &str = "0170e5613f525b2230ce1f88f25896acc35068c763b93b2680b180724c3dfc804c8dd5a841341bb8afbe87231a431ff886746592\
        b0dbd6398809727d1ddb0aca41aad5dc3a98ebd1160848be643c051f168add22c497fc06fc3e2e349d4fb8715491e18bd347c4ff\
        b9920756e9ba76ea3fddd8cdf93ccb1f11ed";
}
