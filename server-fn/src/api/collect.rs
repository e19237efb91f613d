//! Collection: what others stated, sealed for this device.

use super::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// One page, and where to go on. The worker may keep it without being able to read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Collected {
    /// `seal::page::Page`, sealed to the enrolment's inbox key; empty when there is nothing new.
    pub page: ByteBuf,
    /// To be handed in next time. Opaque: only ever compared for equality.
    pub cursor: ByteBuf,
    /// Whether more lies ready.
    pub more: bool,
    /// Changes when the server was restored from a backup; the cursor then starts anew.
    pub epoch: ByteBuf,
    /// Key that signed the page, so that a device hears of new keys before it takes in what it cannot open yet. Empty
    /// from servers of before.
    #[serde(default)]
    pub signer: ByteBuf,
}

/// Hands out the next page after a cursor (empty: from the beginning), at most about `room` bytes, to builds from before
/// there were places: they are told of nothing that is to be dropped. Later ones ask `collect_as`.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session.
#[server(name = Collect, prefix = "/api", endpoint = "collect", input = Cbor, output = Cbor)]
pub async fn collect(cursor: ByteBuf, room: u32) -> Result<Collected, ApiError> {
    crate::server::collection::collect(cursor, room).await
}
