//! The applicants' door: which offices there are, and the keys with which an office opens what was handed over on a
//! screen.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// The notice for applicants' phones: bytes of `seal::door`, signed by the server. Empty when `known` is the short digest
/// of the bytes as they are now. Anyone may ask; nothing about anyone is in it.
///
/// # Errors
/// [`ApiError::Unavailable`].
#[server(name = DoorOf, prefix = "/api", endpoint = "door", input = Cbor, output = Cbor)]
pub async fn door(known: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::door::door(known).await
}

/// The intake keys of the caller's office, of this month and of the twelve before: bytes of a `seal::answer` for `nonce`
/// that holds `seal::door::IntakeKeys`.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session; [`ApiError::Refused`] for a role that takes no applications in.
#[server(name = IntakeKeysOf, prefix = "/api", endpoint = "intake_keys", input = Cbor, output = Cbor)]
pub async fn intake_keys(nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::door::intake_keys(nonce).await
}
