//! Chunks of attachments: sealed on a device, kept as they came, handed out as they came.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// Says which of some chunks (`seal::Ask`) the server holds (`seal::Holdings`, signed).
///
/// # Errors
/// [`ApiError::DepositRefused`] and others; an error says nothing about any chunk.
#[server(name = ChunksLacking, prefix = "/api", endpoint = "chunks_lacking", input = Cbor, output = Cbor)]
pub async fn chunks_lacking(token: ByteBuf, ask: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::attachments::chunks_lacking(token, ask).await
}

/// Takes chunks in (`seal::Load`) and says how it stands to each (`seal::Holdings`, signed).
///
/// That one is held is said only after it lies durably on the server. One that is not taken holds up no other.
///
/// # Errors
/// An error acknowledges nothing: the whole load is to be sent again.
#[server(name = ChunksPut, prefix = "/api", endpoint = "chunks_put", input = Cbor, output = Cbor)]
pub async fn chunks_put(token: ByteBuf, load: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::attachments::chunks_put(token, load).await
}

/// Hands out chunks by their addresses (32 bytes each, one after the other): about `room` bytes, one chunk at least
/// if any is here. Left out is what did not fit and what is not here. Whether they are the right ones their
/// addresses tell.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session.
#[server(name = ChunksGet, prefix = "/api", endpoint = "chunks_get", input = Cbor, output = Cbor)]
pub async fn chunks_get(addresses: ByteBuf, room: u32) -> Result<Vec<ByteBuf>, ApiError> {
    crate::server::attachments::chunks_get(addresses, room).await
}
