//! Passkeys (WebAuthn): a second proof, which administration and exports ask for on top of a session.

use super::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// What a browser needs to make a passkey or to show one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyAsked {
    /// 32 random bytes, good for one answer on this session within two minutes.
    pub challenge: ByteBuf,
    /// Domain that the passkey is for (WebAuthn: RP id).
    pub domain: String,
    /// By which the authenticator tells users apart, 16 bytes; no name.
    pub user: ByteBuf,
    /// Names of the passkeys that the user has: one of these to show, none of these to make anew.
    pub known: Vec<ByteBuf>,
}

/// A passkey that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyMade {
    /// `clientDataJSON` as the browser gave it.
    pub client_data: ByteBuf,
    /// `attestationObject` as the browser gave it. Whose make the authenticator is is not asked.
    pub attestation: ByteBuf,
    /// Signature of the vault's key over `client_data ‖ attestation` under the label `seal::signed::PASSKEY`: a stolen
    /// cookie alone registers nothing.
    pub signature: ByteBuf,
}

/// A passkey that was shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyShown {
    /// The authenticator's name for it.
    pub credential: ByteBuf,
    /// `clientDataJSON` as the browser gave it.
    pub client_data: ByteBuf,
    /// `authenticatorData` as the browser gave it.
    pub authenticator_data: ByteBuf,
    /// The signature as the browser gave it.
    pub signature: ByteBuf,
}

/// One of the user's passkeys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyInfo {
    /// The authenticator's name for it.
    pub credential: ByteBuf,
    /// When it was registered, milliseconds since 1970.
    pub added_at: u64,
    /// When it was last shown; 0 for never.
    pub shown_at: u64,
}

/// Gives a challenge, to make a passkey (`to_make`) or to show one.
///
/// # Errors
/// [`ApiError::NotSignedIn`]; [`ApiError::NotHere`] where this address can have no passkeys (no HTTPS, or a number in
/// place of a name); [`ApiError::PasskeyNeeded`] to make another one before one was shown.
#[server(name = PasskeyChallenge, prefix = "/api", endpoint = "passkey_challenge", input = Cbor, output = Cbor)]
pub async fn passkey_challenge(to_make: bool) -> Result<PasskeyAsked, ApiError> {
    crate::server::passkeys::challenge(to_make).await
}

/// Registers a passkey that was made with a challenge: the first one, or another one after one was shown.
///
/// # Errors
/// [`ApiError::Refused`] for one that is not what was asked for; [`ApiError::PasskeyNeeded`] as above.
#[server(name = PasskeyRegister, prefix = "/api", endpoint = "passkey_register", input = Cbor, output = Cbor)]
pub async fn passkey_register(made: PasskeyMade) -> Result<(), ApiError> {
    crate::server::passkeys::register(made).await
}

/// Shows a passkey. It then counts on this session for so many seconds.
///
/// # Errors
/// [`ApiError::Refused`] for whatever is wrong with it: which, stands in the log alone.
#[server(name = PasskeyShow, prefix = "/api", endpoint = "passkey_show", input = Cbor, output = Cbor)]
pub async fn passkey_show(shown: PasskeyShown) -> Result<u32, ApiError> {
    crate::server::passkeys::show(shown).await
}

/// The user's own passkeys, oldest first.
///
/// # Errors
/// [`ApiError::NotSignedIn`].
#[server(name = PasskeysOwn, prefix = "/api", endpoint = "passkeys", input = Cbor, output = Cbor)]
pub async fn passkeys() -> Result<Vec<PasskeyInfo>, ApiError> {
    crate::server::passkeys::list().await
}

/// Removes one of the user's own passkeys, after one was shown.
///
/// # Errors
/// [`ApiError::PasskeyNeeded`]; [`ApiError::Refused`] for the last one of somebody who administers.
#[server(name = PasskeyRemove, prefix = "/api", endpoint = "passkey_remove", input = Cbor, output = Cbor)]
pub async fn passkey_remove(credential: ByteBuf) -> Result<(), ApiError> {
    crate::server::passkeys::remove(credential).await
}

/// Removes all passkeys of a colleague who lost theirs, within the reach of whoever asks: the colleague can then register
/// one as their first, from a device that they unlocked. Gives how many there were.
///
/// # Errors
/// [`ApiError::PasskeyNeeded`]; [`ApiError::NotHere`] for a user who is not there or out of reach, oneself included.
#[server(name = PasskeysReset, prefix = "/api", endpoint = "passkeys_reset", input = Cbor, output = Cbor)]
pub async fn passkeys_reset(user: ByteBuf) -> Result<u64, ApiError> {
    crate::server::passkeys::reset(user).await
}
