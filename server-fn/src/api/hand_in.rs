//! Letters of families who have no account.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// Takes in a letter as a phone posts it (`seal::letter::posted`): an application or a correction, a piece of a picture, a
/// question. Answers with the bytes of `seal::letter::answer`: signed, and what they tell opens for whoever sealed the
/// letter alone.
///
/// That a letter is taken is said only after it lies durably on the server. The same letter again gets the same answer.
///
/// # Errors
/// An error acknowledges nothing: the letter is to be sent again. [`ApiError::TooMany`] says when.
#[server(name = HandIn, prefix = "/api", endpoint = "hand_in", input = Cbor, output = Cbor)]
pub async fn hand_in(letter: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::intake::hand_in(letter).await
}
