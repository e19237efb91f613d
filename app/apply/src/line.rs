//! The line of this door: three questions to the server, framed by hand. The client of `server_fn` brings its own CBOR,
//! requests and errors with it, a tenth of what this door may weigh.

use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

/// After how many milliseconds without an answer there is none: 64 KiB over 2G take half a minute.
const PATIENCE: u32 = 60_000;
const CBOR: &str = "application/cbor";

/// Why there is no answer. Nothing is lost by any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// No line, or something on the way that is not the server.
    NoLine,
    /// Asked too often from this network: again after so many seconds.
    Wait(u32),
    /// The server could not do it now.
    NotNow,
}

/// Hands a letter in, its work in front of it; the bytes of its answer (`seal::letter::read_answer`).
///
/// # Errors
/// [`NoAnswer`].
pub async fn hand_in(posted: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    ask("/api/hand_in", &framed(Some(("letter", posted)))).await
}

/// The notice of this door as the server gives it now, signed. `known` is the digest of the one that is kept; the answer
/// is empty where that is still it.
///
/// # Errors
/// [`NoAnswer`].
pub async fn door(known: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    ask("/api/door", &framed(Some(("known", known)))).await
}

/// The server's keys: bytes of `seal::ServerKeys`, to be believed only if the pinned root vouches for them.
///
/// # Errors
/// [`NoAnswer`].
pub async fn server_keys() -> Result<Vec<u8>, NoAnswer> {
    ask("/api/server_keys", &framed(None)).await
}

async fn ask(path: &str, body: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    let (ok, answer) = patiently(post(path, body)).await.flatten().ok_or(NoAnswer::NoLine)?;
    if ok { bytes_of(&answer).ok_or(NoAnswer::NoLine) } else { Err(refusal(&answer)) }
}

async fn post(path: &str, body: &[u8]) -> Option<(bool, Vec<u8>)> {
    let headers = Headers::new().ok()?;
    headers.set("content-type", CBOR).ok()?;
    headers.set("accept", CBOR).ok()?;
    let asked = RequestInit::new();
    asked.set_method("POST");
    asked.set_headers(&headers);
    asked.set_body(&Uint8Array::from(body));
    let response = web_sys::window()?.fetch_with_str_and_init(path, &asked);
    let response: Response = JsFuture::from(response).await.ok()?.dyn_into().ok()?;
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    // A hotel's page leads elsewhere, and is none of the server's.
    (!response.redirected()).then(|| (response.ok(), Uint8Array::new(&buffer).to_vec()))
}

async fn patiently<T>(asked: impl Future<Output = T>) -> Option<T> {
    let (mut asked, mut timer) = (pin!(asked), pin!(TimeoutFuture::new(PATIENCE)));
    poll_fn(|cx| match asked.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// What a server function of one argument, or none, is asked with.
fn framed(argument: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::with_capacity(argument.map_or(0, |(_, bytes)| bytes.len()) + 16);
    let mut e = Encoder::new(&mut body);
    // Writing to memory cannot fail.
    let _ = match argument {
        Some((name, bytes)) => e.map(1).and_then(|e| e.str(name)).and_then(|e| e.bytes(bytes)).map(|_| ()),
        None => e.map(0).map(|_| ()),
    };
    body
}

/// The byte string of an answer; `None` for whatever else came.
fn bytes_of(answer: &[u8]) -> Option<Vec<u8>> {
    let mut d = Decoder::new(answer);
    let bytes = d.bytes().ok()?.to_vec();
    (d.position() == answer.len()).then_some(bytes)
}

/// What the server says when it does not do what it was asked (`api::ApiError`): the name of a reason, or a map of one
/// with its details.
fn refusal(answer: &[u8]) -> NoAnswer {
    let mut d = Decoder::new(answer);
    match d.datatype() {
        Ok(Type::Map) => waiting(&mut d).map_or(NoAnswer::NotNow, NoAnswer::Wait),
        Ok(Type::String) => NoAnswer::NotNow,
        _ => NoAnswer::NoLine,
    }
}

/// `{"TooMany": {"seconds": 30}}`.
fn waiting(d: &mut Decoder<'_>) -> Option<u32> {
    d.map().ok()?;
    (d.str().ok()? == "TooMany").then_some(())?;
    d.map().ok()?;
    (d.str().ok()? == "seconds").then_some(())?;
    d.u32().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `server_fn` writes and reads them: what was asked is `{"letter": h'010203'}`, and `{}` where nothing is told.
    #[test]
    fn questions_are_framed_as_server_functions_are_asked() {
        assert_eq!(framed(Some(("letter", &[1, 2, 3]))), b"\xa1\x66letter\x43\x01\x02\x03");
        assert_eq!(framed(None), b"\xa0");
        let long = framed(Some(("known", &[7; 300])));
        assert_eq!(&long[..10], b"\xa1\x65known\x59\x01\x2c");
    }

    #[test]
    fn an_answer_is_one_byte_string_and_nothing_else() {
        assert_eq!(bytes_of(b"\x43\x01\x02\x03"), Some(vec![1, 2, 3]));
        for other in [&b"\x43\x01\x02"[..], b"\x43\x01\x02\x03\x00", b"<html>", b"", b"\x63abc"] {
            assert_eq!(bytes_of(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_refusal_says_how_long_to_wait() {
        assert_eq!(refusal(b"\xa1\x67TooMany\xa1\x67seconds\x18\x1e"), NoAnswer::Wait(30));
        assert_eq!(refusal(b"\x6bUnavailable"), NoAnswer::NotNow);
        assert_eq!(refusal(b"\xa1\x65Other\xa0"), NoAnswer::NotNow);
        assert_eq!(refusal(b"\x1a<html>"), NoAnswer::NoLine);
        assert_eq!(refusal(b""), NoAnswer::NoLine);
    }
}
