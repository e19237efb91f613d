//! Collection by builds that drop what they may no longer hold.

use super::collect::Collected;
use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// Hands out the next page after a cursor (empty: from the beginning), at most about `room` bytes; before that, what the
/// device may no longer hold. Whoever asks for this promises to drop it: builds of before ask `collect`.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session, [`ApiError::TooMany`] for who begins at the beginning again and again.
#[server(name = CollectAs, prefix = "/api", endpoint = "collect_as", input = Cbor, output = Cbor)]
pub async fn collect_as(cursor: ByteBuf, room: u32) -> Result<Collected, ApiError> {
    crate::server::collection::collect_as(cursor, room).await
}
