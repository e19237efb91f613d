//! Delivery: sealed envelopes in, signed receipts out.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// Takes delivery of a parcel (`seal::Parcel`) and answers with a receipt for each envelope (`seal::Receipts`).
///
/// Receipts are given only after the envelopes lie durably on the server. An envelope that came before is
/// answered `AlreadyHere`; one that cannot be read gets an answer too and holds up no other.
///
/// # Errors
/// An error acknowledges nothing: the whole parcel is to be sent again.
#[server(name = Deliver, prefix = "/api", endpoint = "deliver", input = Cbor, output = Cbor)]
pub async fn deliver(token: ByteBuf, parcel: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::delivery::deliver(token, parcel).await
}
