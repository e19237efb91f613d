//! The log of deeds and readings, and the checkpoints by which devices hold the server to its history.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// Lines of the log, the newest first, before a number (`None`: from the end): `seal::AuditPage` for the inbox key of
/// the session's enrolment, see `seal::answer` with a fresh `nonce`. `query` is `seal::AuditQuery`.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session, [`ApiError::Refused`] for anybody but auditors.
#[server(name = AuditPageOf, prefix = "/api", endpoint = "audit_page", input = Cbor, output = Cbor)]
pub async fn audit_page(
    query: ByteBuf,
    before: Option<u64>,
    limit: u32,
    nonce: ByteBuf,
) -> Result<ByteBuf, ApiError> {
    crate::server::audit::audit_page(query, before, limit, nonce).await
}

/// Hands a checkpoint back (`seal::Checkpoint`, signed; empty where a device holds none) and gets the latest one. What
/// the server's chains no longer hold is an alarm for its auditors; the device learns nothing of that here.
///
/// # Errors
/// [`ApiError::DepositRefused`] for an unknown token, [`ApiError::Malformed`] for a checkpoint of another server's.
#[server(name = EchoOf, prefix = "/api", endpoint = "echo", input = Cbor, output = Cbor)]
pub async fn echo(token: ByteBuf, checkpoint: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::audit::echo(token, checkpoint).await
}
