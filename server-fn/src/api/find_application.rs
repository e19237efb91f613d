//! Applications that came over the line, for staff: one by its reference, and how many there are.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// Looks for the application of a reference, however it is written. One that waits among many others is let in at once;
/// the next collect brings it. Bytes of a `seal::answer` for `nonce` that holds a `seal::found::Found`.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session; [`ApiError::Refused`] for a role that reads no applications;
/// [`ApiError::TooMany`].
#[server(name = FindApplication, prefix = "/api", endpoint = "find_application", input = Cbor, output = Cbor)]
pub async fn find_application(reference: String, nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::intake::find_application(reference, nonce).await
}

/// How many applications and letters there are, for supervisors, administrators and auditors: bytes of a `seal::answer`
/// for `nonce` that holds a `seal::found::IntakeCounts`.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session; [`ApiError::Refused`] for all others.
#[server(name = IntakeCountsOf, prefix = "/api", endpoint = "intake_counts", input = Cbor, output = Cbor)]
pub async fn intake_counts(nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::intake::intake_counts(nonce).await
}
