//! People registered elsewhere: whether there are any, requests to open them, and opening in an emergency.

use super::error::ApiError;
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// Answers a question (`seal::elsewhere::Question`, in a `seal::question` of the session's enrolment): bytes of
/// `seal::question::fill` around a `seal::answer` for `nonce` that holds a `seal::elsewhere::Told`.
///
/// Whatever the answer is, it has the same length, and comes at the same beat.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session; [`ApiError::NotHere`] for what is not there or not theirs;
/// [`ApiError::Refused`] for a role that asks nothing of the kind; [`ApiError::TooMany`].
#[server(name = Elsewhere, prefix = "/api", endpoint = "elsewhere", input = Cbor, output = Cbor)]
pub async fn elsewhere(question: ByteBuf, nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::elsewhere::elsewhere(question, nonce).await
}

/// Requests of whoever is signed in and those that they decide on, as [`elsewhere`] answers, holding a
/// `seal::elsewhere::Book`. Empty when `known` is the short digest of its bytes as they are now.
///
/// # Errors
/// [`ApiError::NotSignedIn`] without a session.
#[server(name = Requests, prefix = "/api", endpoint = "requests", input = Cbor, output = Cbor)]
pub async fn requests(known: ByteBuf, nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::elsewhere::requests(known, nonce).await
}
