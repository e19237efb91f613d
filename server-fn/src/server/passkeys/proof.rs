//! Reads what a browser hands over when a passkey is made or shown, and judges it (WebAuthn level 2, §§ 6.1, 7.1, 7.2).

use super::cose::PublicKey;
use super::party::Party;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::Decoder;
use serde::Deserialize;

/// Somebody was there.
const PRESENT: u8 = 0x01;
/// The authenticator knew who: PIN, finger, face.
const VERIFIED: u8 = 0x04;
/// The passkey may be copied to other devices of its owner.
const COPYABLE: u8 = 0x08;
/// It was.
const COPIED: u8 = 0x10;
/// A new key follows.
const ATTESTED: u8 = 0x40;
/// Extensions follow.
const EXTENDED: u8 = 0x80;
/// Longest name of a passkey (§ 7.1, step 25).
const CREDENTIAL_LIMIT: usize = 1_023;

/// Why a passkey does not count. The words are for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not what a browser writes.
    #[error("malformed")]
    Malformed,
    /// Made when it should be shown, or the other way round.
    #[error("ceremony")]
    OtherCeremony,
    /// An answer to another challenge.
    #[error("challenge")]
    OtherChallenge,
    /// From a page of somebody else's, or one within theirs.
    #[error("origin")]
    OtherOrigin,
    /// For another domain.
    #[error("domain")]
    OtherDomain,
    /// Nobody was there, or the authenticator did not look who.
    #[error("unverified")]
    Unverified,
    /// A key of a kind that is not taken, or none.
    #[error("key")]
    Key,
    /// Signed by another key.
    #[error("signature")]
    Signature,
    /// The authenticator has counted back: there are two with the same key.
    #[error("cloned")]
    Cloned,
    /// It became copyable, or no more: not the authenticator that registered it.
    #[error("changed")]
    Changed,
    /// Not one of this user's.
    #[error("unknown")]
    Unknown,
    /// The challenge was not given to this session, was answered before or lies too far back.
    #[error("late")]
    Late,
    /// The vault's key did not sign it.
    #[error("vault")]
    Vault,
    /// It lies here already, or there are too many.
    #[error("full")]
    Full,
}

/// A new passkey, as far as an authenticator says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// The authenticator's name for it.
    pub credential: Vec<u8>,
    /// Its key as it was given.
    pub public: Vec<u8>,
}

/// What an authenticator says of itself and of the person before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// SHA-256 of the domain.
    domain: [u8; 32],
    flags: u8,
    /// Its count of signatures; 0 where it keeps none.
    pub counter: u32,
    /// The passkey just made.
    pub new: Option<New>,
}

impl Proof {
    /// Whether the passkey may be copied to other devices of its owner.
    #[must_use]
    pub fn copyable(&self) -> bool {
        self.flags & COPYABLE != 0
    }

    /// Judges what can be told without a key.
    ///
    /// # Errors
    /// [`Refusal::OtherDomain`], [`Refusal::Unverified`], [`Refusal::Malformed`].
    pub fn judge(&self, party: &Party) -> Result<(), Refusal> {
        if self.domain != seal::digest(party.domain.as_bytes()) {
            return Err(Refusal::OtherDomain);
        }
        if self.flags & PRESENT == 0 || self.flags & VERIFIED == 0 {
            return Err(Refusal::Unverified);
        }
        // What is copied must have been copyable (§ 6.1.3 of level 3).
        if self.flags & COPIED != 0 && !self.copyable() {
            return Err(Refusal::Malformed);
        }
        Ok(())
    }

    /// Judges the count: it only grows, unless the authenticator keeps none.
    ///
    /// # Errors
    /// [`Refusal::Cloned`].
    pub fn judge_counter(&self, before: u32) -> Result<(), Refusal> {
        let keeps_none = before == 0 && self.counter == 0;
        if keeps_none || self.counter > before { Ok(()) } else { Err(Refusal::Cloned) }
    }
}

/// Reads `authenticatorData`, to its last byte.
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::Key`].
pub fn read_proof(bytes: &[u8]) -> Result<Proof, Refusal> {
    let (domain, rest) = bytes.split_first_chunk::<32>().ok_or(Refusal::Malformed)?;
    let (flags, rest) = rest.split_first().ok_or(Refusal::Malformed)?;
    let (counter, mut rest) = rest.split_first_chunk::<4>().ok_or(Refusal::Malformed)?;
    let mut new = None;
    if flags & ATTESTED != 0 {
        // The first sixteen name the authenticator's make, which is not asked.
        let (_, after) = rest.split_first_chunk::<16>().ok_or(Refusal::Malformed)?;
        let (length, after) = after.split_first_chunk::<2>().ok_or(Refusal::Malformed)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (credential, after) = after.split_at_checked(length).ok_or(Refusal::Malformed)?;
        if credential.is_empty() || credential.len() > CREDENTIAL_LIMIT {
            return Err(Refusal::Malformed);
        }
        let (_, length) = PublicKey::read(after).ok_or(Refusal::Key)?;
        let (public, after) = after.split_at_checked(length).ok_or(Refusal::Malformed)?;
        new = Some(New { credential: credential.to_vec(), public: public.to_vec() });
        rest = after;
    }
    if flags & EXTENDED != 0 {
        let mut d = Decoder::new(rest);
        d.skip().map_err(|_| Refusal::Malformed)?;
        rest = rest.get(d.position()..).ok_or(Refusal::Malformed)?;
    }
    if !rest.is_empty() {
        return Err(Refusal::Malformed);
    }
    Ok(Proof { domain: *domain, flags: *flags, counter: u32::from_be_bytes(*counter), new })
}

/// Finds the `authenticatorData` in an `attestationObject`. What vouches for the authenticator's make is passed over:
/// none was asked for.
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::Key`].
pub fn read_attestation(bytes: &[u8]) -> Result<Proof, Refusal> {
    let mut d = Decoder::new(bytes);
    let mut read = || -> Result<Option<&[u8]>, minicbor::decode::Error> {
        let mut data = None;
        for _ in 0..d.map()?.unwrap_or(0) {
            if d.str()? == "authData" {
                data = Some(d.bytes()?);
            } else {
                d.skip()?;
            }
        }
        Ok(data)
    };
    let data = read().map_err(|_| Refusal::Malformed)?.ok_or(Refusal::Malformed)?;
    read_proof(data)
}

/// What the browser says of the page that asked.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<String>,
}

/// Reads `clientDataJSON` and gives the challenge it answers, if one of this server's own pages asked for a passkey to be
/// made (`made`) or shown.
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::OtherCeremony`], [`Refusal::OtherOrigin`].
pub fn read_client_data(bytes: &[u8], made: bool, party: &Party) -> Result<[u8; 32], Refusal> {
    let data: ClientData = serde_json::from_slice(bytes).map_err(|_| Refusal::Malformed)?;
    if data.ceremony != if made { "webauthn.create" } else { "webauthn.get" } {
        return Err(Refusal::OtherCeremony);
    }
    if data.origin != party.origin || data.cross_origin || data.top_origin.is_some() {
        return Err(Refusal::OtherOrigin);
    }
    let challenge = Base64UrlUnpadded::decode_vec(&data.challenge).map_err(|_| Refusal::OtherChallenge)?;
    challenge.try_into().map_err(|_| Refusal::OtherChallenge)
}

/// Whether the signature over what was shown is the passkey's.
///
/// # Errors
/// [`Refusal::Key`], [`Refusal::Signature`].
pub fn verify(
    public: &[u8],
    authenticator_data: &[u8],
    client_data: &[u8],
    signature: &[u8],
) -> Result<(), Refusal> {
    let (key, _) = PublicKey::read(public).ok_or(Refusal::Key)?;
    let message = [authenticator_data, &seal::digest(client_data)[..]].concat();
    key.verifies(&message, signature).then_some(()).ok_or(Refusal::Signature)
}
