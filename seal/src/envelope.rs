//! Envelopes: what leaves a device, sealed to the server and to nobody else.
//!
//! HPKE (RFC 9180) with the hybrid X-Wing KEM. One encapsulation serves a whole unlocked session: its 1,120
//! bytes are the *capsule*, stored once beside the envelopes it opens. Each envelope has a key of its own,
//! exported from the session for exactly its header, and AES-256-GCM with the header as associated data.
//! Because they are sealed to the server and not to the user, envelopes can be delivered while the vault is
//! locked, by the worker or by any other device.

use crate::{CryptoRng, SealError, exact, pack, random, short_digest, unpack};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use domain::{EnrolmentId, EnvelopeId};
use hpke::aead::{AeadCtxR, AeadCtxS, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable, setup_receiver, setup_sender_with_rng};
use minicbor::{Decoder, Encoder};
use zeroize::Zeroizing;

const INFO: &[u8] = b"amparo/envelope/1";
const VERSION: u64 = 1;
/// X-Wing, HKDF-SHA-256, AES-256-GCM.
const SUITE: u64 = 1;
/// Largest plaintext an envelope may unfold into: a group of two hundred with long histories.
pub const PLAIN_LIMIT: usize = 4 * 1024 * 1024;

/// Length of an X-Wing public key in bytes.
pub const SEALING_KEY: usize = 1216;

/// The encapsulation that opens the envelopes of one unlocked session.
pub type Capsule = Vec<u8>;

/// Names a capsule: the first bytes of its digest, so that it proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapsuleId(pub [u8; 16]);

impl CapsuleId {
    /// The id of a capsule.
    #[must_use]
    pub fn of(capsule: &[u8]) -> Self {
        Self(short_digest(capsule))
    }
}

/// What an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A signed entry.
    Entry,
    /// The signed state of a draft; a later one of the same draft takes its place.
    Draft,
    /// Signed readings: who opened which records, when and for what.
    Reads,
}

impl Purpose {
    /// Every purpose of this version.
    pub const ALL: [Purpose; 3] = [Purpose::Entry, Purpose::Draft, Purpose::Reads];

    /// The number in headers and rows, fixed for ever.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Purpose::Entry => 1,
            Purpose::Draft => 2,
            Purpose::Reads => 3,
        }
    }

    /// From its number; `None` for one of a later version.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// What anybody may read of an envelope. All of it is bound into the seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it holds.
    pub purpose: Purpose,
    /// This sealing; sealing the same entry again makes another envelope.
    pub id: EnvelopeId,
    /// Who sealed it.
    pub enrolment: EnrolmentId,
    /// Counts the envelopes of this enrolment, so that a gap can be noticed. Orders nothing.
    pub seq: u64,
    /// Which capsule opens it.
    pub capsule: CapsuleId,
    /// The server key it is sealed to: first bytes of its digest.
    pub server_key: [u8; 16],
}

impl Header {
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(8)?.u64(VERSION)?.u64(SUITE)?.u8(self.purpose.code())?;
            e.bytes(&self.id.0)?.bytes(&self.enrolment.0)?.u64(self.seq)?;
            e.bytes(&self.capsule.0)?.bytes(&self.server_key)?.ok()
        };
        let _ = write(&mut Encoder::new(&mut bytes));
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Self, SealError> {
        let mut d = Decoder::new(bytes);
        let mut read = || -> Result<Result<Header, SealError>, minicbor::decode::Error> {
            d.array()?;
            if (d.u64()?, d.u64()?) != (VERSION, SUITE) {
                return Ok(Err(SealError::UnknownVersion));
            }
            let Some(purpose) = Purpose::from_code(d.u8()?) else {
                return Ok(Err(SealError::UnknownVersion));
            };
            let (id, enrolment, seq) = (d.decode()?, d.decode()?, d.u64()?);
            let (capsule, server_key) = (d.bytes()?, d.bytes()?);
            Ok(exact(capsule).and_then(|capsule| {
                let capsule = CapsuleId(capsule);
                Ok(Header { purpose, id, enrolment, seq, capsule, server_key: exact(server_key)? })
            }))
        };
        read().map_err(|_| SealError::Malformed)?
    }
}

/// An envelope taken apart, not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What anybody may read.
    pub header: Header,
    head: Vec<u8>,
    nonce: [u8; 12],
    sealed: Vec<u8>,
}

impl Envelope {
    /// Takes an envelope apart.
    ///
    /// # Errors
    /// [`SealError::UnknownVersion`] for one of a later version (to be kept), else [`SealError::Malformed`].
    pub fn read(bytes: &[u8]) -> Result<Self, SealError> {
        let mut d = Decoder::new(bytes);
        let mut read = || -> Result<_, minicbor::decode::Error> {
            let parts = d.array()?;
            Ok((parts, d.bytes()?, d.bytes()?, d.bytes()?))
        };
        let (parts, head, nonce, sealed) = read().map_err(|_| SealError::Malformed)?;
        if parts != Some(3) || d.position() != bytes.len() {
            return Err(SealError::Malformed);
        }
        let header = Header::read(head)?;
        Ok(Self { header, head: head.to_vec(), nonce: exact(nonce)?, sealed: sealed.to_vec() })
    }
}

/// The sending half of an unlocked session. Lives in memory only, while the vault is unlocked.
pub struct Outgoing {
    context: AeadCtxS<AesGcm256, HkdfSha256, XWing>,
    capsule: Capsule,
    id: CapsuleId,
    server_key: [u8; 16],
}

impl Outgoing {
    /// Begins a session to a server's sealing key.
    ///
    /// # Errors
    /// [`SealError::Malformed`] when the key is none.
    pub fn begin(rng: &mut impl CryptoRng, sealing_key: &[u8]) -> Result<Self, SealError> {
        let key = <XWing as Kem>::PublicKey::from_bytes(sealing_key).map_err(|_| SealError::Malformed)?;
        let (capsule, context) =
            setup_sender_with_rng::<AesGcm256, HkdfSha256, XWing>(&OpModeS::Base, &key, INFO, rng)
                .map_err(|_| SealError::NotSealed)?;
        let capsule = capsule.to_bytes().to_vec();
        let id = CapsuleId::of(&capsule);
        Ok(Self { context, capsule, id, server_key: short_digest(sealing_key) })
    }

    /// The capsule, to be stored in the same transaction as the first envelope that needs it.
    #[must_use]
    pub fn capsule(&self) -> (CapsuleId, &[u8]) {
        (self.id, &self.capsule)
    }

    /// Seals one envelope.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] when it is over [`PLAIN_LIMIT`].
    pub fn seal(
        &self,
        rng: &mut impl CryptoRng,
        purpose: Purpose,
        id: EnvelopeId,
        enrolment: EnrolmentId,
        seq: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        if plain.len() > PLAIN_LIMIT {
            return Err(SealError::NotSealed);
        }
        let header = Header { purpose, id, enrolment, seq, capsule: self.id, server_key: self.server_key };
        let head = header.to_bytes();
        let key = exported(|out| self.context.export(&head, out))?;
        // The key is this envelope's own, so the nonce need only differ should one header ever be sealed
        // twice, as in a cloned browser profile.
        let nonce: [u8; 12] = random(rng);
        let sealed = cipher(&key)?
            .encrypt(&Nonce::from(nonce), Payload { msg: &pack(plain), aad: &head })
            .map_err(|_| SealError::NotSealed)?;
        let mut bytes = Vec::with_capacity(sealed.len() + head.len() + 24);
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(3)?.bytes(&head)?.bytes(&nonce)?.bytes(&sealed)?.ok()
        };
        write(&mut Encoder::new(&mut bytes)).map_err(|_: minicbor::encode::Error<_>| SealError::NotSealed)?;
        Ok(bytes)
    }
}

/// The server's secret half, which opens capsules.
pub struct Opener {
    secret: Zeroizing<Vec<u8>>,
}

impl Opener {
    /// From a stored secret key.
    #[must_use]
    pub fn new(secret: Zeroizing<Vec<u8>>) -> Self {
        Self { secret }
    }

    /// Opens a capsule; the result opens its envelopes.
    ///
    /// # Errors
    /// [`SealError::Damaged`] when it is no capsule for this key.
    pub fn open(&self, capsule: &[u8]) -> Result<Incoming, SealError> {
        let key = <XWing as Kem>::PrivateKey::from_bytes(&self.secret).map_err(|_| SealError::Malformed)?;
        let encapped = <XWing as Kem>::EncappedKey::from_bytes(capsule).map_err(|_| SealError::Damaged)?;
        let context =
            setup_receiver(&OpModeR::Base, &key, &encapped, INFO).map_err(|_| SealError::Damaged)?;
        Ok(Incoming { context, id: CapsuleId::of(capsule) })
    }
}

/// Makes a server's sealing pair: secret, public.
#[must_use]
pub fn sealing_pair(rng: &mut impl CryptoRng) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
    let (secret, public) = XWing::derive_keypair(&Zeroizing::new(random::<32>(rng))[..]);
    (Zeroizing::new(secret.to_bytes().to_vec()), public.to_bytes().to_vec())
}

/// The receiving half of a session.
pub struct Incoming {
    context: AeadCtxR<AesGcm256, HkdfSha256, XWing>,
    id: CapsuleId,
}

impl Incoming {
    /// Opens an envelope.
    ///
    /// # Errors
    /// [`SealError::Damaged`] when it was changed or belongs to another capsule.
    pub fn open(&self, envelope: &Envelope) -> Result<Vec<u8>, SealError> {
        if envelope.header.capsule != self.id {
            return Err(SealError::Damaged);
        }
        let key = exported(|out| self.context.export(&envelope.head, out))?;
        let packed = cipher(&key)?
            .decrypt(&Nonce::from(envelope.nonce), Payload { msg: &envelope.sealed, aad: &envelope.head })
            .map_err(|_| SealError::Damaged)?;
        unpack(&packed, PLAIN_LIMIT)
    }
}

fn exported(
    export: impl FnOnce(&mut [u8]) -> Result<(), hpke::HpkeError>,
) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut key = Zeroizing::new([0; 32]);
    export(&mut key[..]).map_err(|_| SealError::NotSealed)?;
    Ok(key)
}

fn cipher(key: &[u8; 32]) -> Result<Aes256Gcm, SealError> {
    Aes256Gcm::new_from_slice(key).map_err(|_| SealError::NotSealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    fn session() -> (Outgoing, Opener) {
        let (secret, public) = sealing_pair(&mut Counting(1));
        (Outgoing::begin(&mut Counting(2), &public).unwrap(), Opener::new(secret))
    }

    fn sealed(outgoing: &Outgoing, seq: u64) -> Vec<u8> {
        let (id, enrolment) = (EnvelopeId([1; 16]), EnrolmentId([2; 16]));
        outgoing.seal(&mut Counting(3), Purpose::Entry, id, enrolment, seq, b"a family of five").unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_its_capsule_and_the_servers_key() {
        let (outgoing, opener) = session();
        let incoming = opener.open(outgoing.capsule().1).unwrap();
        for seq in [0, 1, 70_000] {
            let envelope = Envelope::read(&sealed(&outgoing, seq)).unwrap();
            assert_eq!(envelope.header.seq, seq);
            assert_eq!(incoming.open(&envelope).unwrap(), b"a family of five");
        }
    }

    #[test]
    fn another_key_or_another_capsule_opens_nothing() {
        let (outgoing, opener) = session();
        let envelope = Envelope::read(&sealed(&outgoing, 1)).unwrap();
        let (other_secret, public) = sealing_pair(&mut Counting(77));
        let other = Outgoing::begin(&mut Counting(5), &public).unwrap();
        let with_other_key = Opener::new(other_secret).open(outgoing.capsule().1);
        assert!(with_other_key.is_err() || with_other_key.unwrap().open(&envelope).is_err());
        let with_other_capsule = opener.open(other.capsule().1).unwrap();
        assert_eq!(with_other_capsule.open(&envelope), Err(SealError::Damaged));
    }

    #[test]
    fn an_envelope_with_any_byte_changed_or_cut_off_does_not_open() {
        let (outgoing, opener) = session();
        let incoming = opener.open(outgoing.capsule().1).unwrap();
        let bytes = sealed(&outgoing, 1);
        let opens =
            |bytes: &[u8]| Envelope::read(bytes).and_then(|envelope| incoming.open(&envelope)).is_ok();
        assert!(opens(&bytes));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x41;
            assert!(!opens(&changed), "byte {at}");
            assert!(!opens(&bytes[..at]), "cut at {at}");
        }
    }

    /// Digests of an envelope and a capsule as first released: the same keys and randomness must always
    /// give the same bytes, or tablets in the field could no longer deliver.
    #[test]
    fn the_first_released_form_stays_readable() {
        let (outgoing, _) = session();
        assert_eq!(domain::id::hex(&outgoing.capsule().0.0), KEPT_CAPSULE);
        assert_eq!(domain::id::hex(&short_digest(&sealed(&outgoing, 1))), KEPT_ENVELOPE);
    }
    const KEPT_CAPSULE: &str = "774d4b7c040c5649d34dac2a6744f624";
    const KEPT_ENVELOPE: &str = "fefb79292c9081d5ab199d17962ef6d9";
}
