//! Sign-in of an enrolled device: it signs a challenge, the server sets a session cookie.

use super::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// What the server answers to a sign-in. A session cookie is set besides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIn {
    /// Changes when the server was restored from a backup, 16 bytes.
    pub epoch: ByteBuf,
    /// The user's role as it is now: code of `domain::permission::Role`.
    pub role: u8,
    /// The user's site as it is now.
    pub site: String,
    /// The server's public keys as they are now, bytes of `seal::ServerKeys`.
    pub server_keys: ByteBuf,
}

/// Gives 32 random bytes to sign. Says nothing about whether the enrolment exists.
///
/// # Errors
/// None of its own.
#[server(name = Challenge, prefix = "/api", endpoint = "challenge", input = Cbor, output = Cbor)]
pub async fn challenge(enrolment: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::session::challenge(enrolment).await
}

/// Signs in with the signature over `challenge ‖ enrolment` under the label `seal::signed::SIGN_IN`.
///
/// # Errors
/// [`ApiError::NotSignedIn`] for a wrong signature, an unknown enrolment or a challenge used before.
#[server(name = SignIn, prefix = "/api", endpoint = "sign_in", input = Cbor, output = Cbor)]
pub async fn sign_in(
    enrolment: ByteBuf,
    challenge: ByteBuf,
    signature: ByteBuf,
) -> Result<SignedIn, ApiError> {
    crate::server::session::sign_in(enrolment, challenge, signature).await
}

/// Ends the session of the cookie sent along, if there is one.
///
/// # Errors
/// None of its own.
#[server(name = SignOut, prefix = "/api", endpoint = "sign_out", input = Cbor, output = Cbor)]
pub async fn sign_out() -> Result<(), ApiError> {
    crate::server::session::sign_out().await
}
