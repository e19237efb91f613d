//! Asks the server, which a person waits for: the one part of the app that needs a line, and says so.

use crate::courier;
use crate::device::Device;
use crate::words::Key;
use api::ApiError;
use leptos::prelude::*;
use minicbor::Decode;
use seal::answer::Nonce;
use seal::elsewhere::{Book, Question, Told};
use serde_bytes::ByteBuf;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use store::{ApiLine, StoreError, Vault};

/// Milliseconds without an answer after which there is none.
const PATIENCE: u32 = 45_000;

/// Asks a question, and looks at the requests anew where it changed something. The error is a sentence.
///
/// # Errors
/// Why there is no answer.
pub async fn ask(device: Device, question: Question) -> Result<Told, Key> {
    let vault = device.vault().ok_or(Key::ElsewhereNeedsLine)?;
    if device.practises() {
        return Err(Key::ElsewhereNeedsLine);
    }
    let sealed = vault.seal_question(&question).await.map_err(|error| match error {
        StoreError::TooLarge => Key::ElsewhereTooLong,
        error => crate::pages::trouble::explain(&error),
    })?;
    let asked = |nonce| api::elsewhere(ByteBuf::from(sealed.clone()), nonce);
    let told = answered(&vault, asked).await?.ok_or(Key::ElsewhereNoAnswer)?;
    if !matches!(question, Question::Exists(_)) {
        look(device).await;
        device.courier().go(device);
    }
    Ok(told)
}

/// Looks at the requests of whoever has unlocked, and at those that they decide on. Without an answer, what was known
/// before stands.
pub async fn look(device: Device) {
    let Some(vault) = device.vault().filter(|_| !device.practises()) else { return };
    let known = device.requests.with_untracked(|held| held.as_ref().map(|book| digest(book)));
    let known = known.unwrap_or_default();
    let asked = |nonce| api::requests(ByteBuf::from(known.clone()), nonce);
    let book: Result<Option<Book>, Key> = answered(&vault, asked).await;
    // Locked meanwhile: names of colleagues are not kept.
    if let (Ok(Some(book)), Some(_)) = (book, device.vault()) {
        device.requests.set(Some(Rc::new(book)));
    }
}

fn digest(book: &Book) -> Vec<u8> {
    minicbor::to_vec(book).map(|bytes| seal::short_digest(&bytes).to_vec()).unwrap_or_default()
}

/// Asks for an answer that is sealed to this vault; `None` when there is nothing new. Signs in anew where the session
/// has ended.
async fn answered<T, F>(vault: &Vault, ask: impl Fn(ByteBuf) -> F) -> Result<Option<T>, Key>
where
    T: for<'b> Decode<'b, ()>,
    F: Future<Output = Result<ByteBuf, ApiError>>,
{
    let nonce: Nonce = store::random();
    let mut answer = patiently(ask(ByteBuf::from(nonce))).await;
    if answer == Err(ApiError::NotSignedIn) && courier::sign_in(vault).await {
        answer = patiently(ask(ByteBuf::from(nonce))).await;
    }
    let answer = answer.map_err(|error| sentence(&error))?;
    if answer.is_empty() {
        return Ok(None);
    }
    let sealed = seal::question::emptied(&answer).map_err(|_| Key::ElsewhereNoAnswer)?;
    vault.read_answer(sealed, &nonce, &ApiLine::PAGE).await.map(Some).map_err(|_| Key::ElsewhereNoAnswer)
}

/// Waits for an answer as long as somebody would.
///
/// # Errors
/// As the question's; [`ApiError::NoAnswer`] when it takes too long.
pub async fn patiently<T>(asked: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let (mut asked, mut timer) = (pin!(asked), pin!(gloo_timers::future::TimeoutFuture::new(PATIENCE)));
    std::future::poll_fn(|cx| match asked.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(answer),
        Poll::Pending => timer.as_mut().poll(cx).map(|()| Err(ApiError::NoAnswer)),
    })
    .await
}

fn sentence(error: &ApiError) -> Key {
    match error {
        ApiError::NotHere => Key::ElsewhereGone,
        ApiError::Refused => Key::ElsewhereNotYours,
        ApiError::TooMany { .. } => Key::ElsewhereTooMany,
        ApiError::NotSignedIn => Key::TroubleNotSignedIn,
        ApiError::NoAnswer => Key::ElsewhereNeedsLine,
        _ => Key::ElsewhereNoAnswer,
    }
}
