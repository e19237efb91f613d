//! Intake: an application handed over with no line, from a screen or as a file, sealed to an office.
//!
//! HPKE with X25519 alone, because every byte counts on a screen; the same application goes to the server under the
//! hybrid KEM when there is a line. What a photograph of the screen tells is which office it is for, and its size. Intake
//! keys change every month; the tablets of an office keep those of twelve months.

use crate::{CryptoRng, SealError, pack, unpack};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const INFO: &[u8] = b"amparo/intake/1";
/// Largest slip.
pub const SLIP_LIMIT: usize = 64 * 1024;

/// Names an intake key: the first bytes of its public half's digest.
pub type IntakeId = [u8; 4];

/// An intake key of an office. The secret half lies on the server and in the vaults of the office's tablets.
#[derive(Clone)]
pub struct IntakeSecret(pub Zeroizing<[u8; 32]>);

impl IntakeSecret {
    /// A fresh key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::of(&Zeroizing::new(crate::random::<32>(rng)))
    }

    /// The key of a seed: the same each time.
    #[must_use]
    pub fn of(seed: &[u8; 32]) -> Self {
        let (secret, _) = X25519HkdfSha256::derive_keypair(seed);
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&secret.to_bytes());
        Self(bytes)
    }

    /// Its public half.
    ///
    /// # Errors
    /// [`SealError::Malformed`] when it is no key.
    pub fn public(&self) -> Result<[u8; 32], SealError> {
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&self.0[..]);
        let public = X25519HkdfSha256::sk_to_pk(&key.map_err(|_| SealError::Malformed)?);
        crate::exact(&public.to_bytes())
    }
}

/// The name of a key.
#[must_use]
pub fn key_id(public: &[u8; 32]) -> IntakeId {
    crate::digest(public).first_chunk().copied().unwrap_or_default()
}

/// Seals an application's bytes for an office.
///
/// # Errors
/// [`SealError::Malformed`] when the key is none, [`SealError::NotSealed`] over [`SLIP_LIMIT`].
pub fn seal(rng: &mut impl CryptoRng, office: &[u8; 32], application: &[u8]) -> Result<Vec<u8>, SealError> {
    if application.len() > SLIP_LIMIT {
        return Err(SealError::NotSealed);
    }
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(office).map_err(|_| SealError::Malformed)?;
    let head = [&[VERSION][..], &key_id(office)].concat();
    let packed = Zeroizing::new(pack(application));
    let sealed = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        INFO,
        &packed,
        &head,
        rng,
    );
    let (capsule, sealed) = sealed.map_err(|_| SealError::NotSealed)?;
    Ok([&head[..], &capsule.to_bytes(), &sealed].concat())
}

/// The key that a slip is sealed to.
///
/// # Errors
/// [`SealError::UnknownVersion`] for one of a later version, [`SealError::Malformed`] for what is no slip.
pub fn sealed_to(slip: &[u8]) -> Result<IntakeId, SealError> {
    let (version, rest) = slip.split_first().ok_or(SealError::Malformed)?;
    if *version == 0 {
        return Err(SealError::Malformed);
    }
    if *version != VERSION {
        return Err(SealError::UnknownVersion);
    }
    if slip.len() < 1 + 4 + 32 + 16 {
        return Err(SealError::Malformed);
    }
    rest.first_chunk().copied().ok_or(SealError::Malformed)
}

/// Opens a slip with the office's key.
///
/// # Errors
/// As [`sealed_to`]; [`SealError::WrongKey`] when it is for another key, [`SealError::Damaged`] when it does not open.
pub fn open(secret: &IntakeSecret, slip: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if sealed_to(slip)? != key_id(&secret.public()?) {
        return Err(SealError::WrongKey);
    }
    let (head, rest) = slip.split_at_checked(5).ok_or(SealError::Malformed)?;
    let (capsule, sealed) = rest.split_at_checked(32).ok_or(SealError::Malformed)?;
    let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&secret.0[..]);
    let capsule =
        <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(capsule).map_err(|_| SealError::Damaged)?;
    let mode = OpModeR::Base;
    let key = key.map_err(|_| SealError::Malformed)?;
    let packed = single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &mode, &key, &capsule, INFO, sealed, head,
    );
    let packed = Zeroizing::new(packed.map_err(|_| SealError::Damaged)?);
    Ok(Zeroizing::new(unpack(&packed, SLIP_LIMIT)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use domain::id::hex;

    #[test]
    fn a_slip_opens_at_its_office_and_tells_nothing_elsewhere() {
        let [ours, other] = [3, 4].map(|seed| IntakeSecret::generate(&mut Counting(seed)));
        let slip = seal(&mut Counting(5), &ours.public().unwrap(), b"Rosa Quintero, Rosa Quintero").unwrap();
        assert!(!slip.windows(4).any(|window| window == b"Rosa"));
        assert_eq!(&open(&ours, &slip).unwrap()[..], b"Rosa Quintero, Rosa Quintero");
        assert_eq!(open(&other, &slip).err(), Some(SealError::WrongKey));
        assert_eq!(sealed_to(&slip), Ok(key_id(&ours.public().unwrap())));
        for at in 5..slip.len() {
            let mut changed = slip.clone();
            changed[at] ^= 1;
            assert_eq!(open(&ours, &changed).err(), Some(SealError::Damaged), "byte {at}");
        }
        for end in 0..slip.len() {
            assert!(open(&ours, &slip[..end]).is_err());
        }
        let newer = [&[2][..], &slip[1..]].concat();
        assert_eq!(open(&ours, &newer).err(), Some(SealError::UnknownVersion));
    }

    /// As first released. Never edit: they are on paper and on screens.
    #[test]
    fn the_first_released_form_stays_readable() {
        let office = IntakeSecret::generate(&mut Counting(3));
        let slip = seal(&mut Counting(5), &office.public().unwrap(), b"Ana").unwrap();
        assert_eq!(hex(&slip), KEPT);
        assert_eq!(&open(&office, &slip).unwrap()[..], b"Ana");
    }
    const KEPT: &str = "01aabdfad170e5613f525b2230ce1f88f25896acc35068c763b93b2680b180724c3dfc804cb76b971a1e438103e9f8fd47e1d2afc01e856dae";
}
