//! The office's own tables: what it changed in lists, fields and rules, without anything about people.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// The office's tables that a device does not hold as they are now: bytes of `seal::OfficeTables`, signed by the
/// server. `known` names the tables that it holds, each with `OfficeTables::digest`. Anyone may ask.
///
/// # Errors
/// [`ApiError::Malformed`] when more tables are named than there can be.
#[server(name = OfficeTablesOf, prefix = "/api", endpoint = "office_tables", input = Cbor, output = Cbor)]
pub async fn office_tables(known: Vec<(String, ByteBuf)>) -> Result<ByteBuf, ApiError> {
    crate::server::tables::office_tables(known).await
}
