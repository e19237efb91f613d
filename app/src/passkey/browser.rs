//! The browser's side of WebAuthn. Its options are plain objects, so that what browsers add is not waited for.

use crate::words::Key;
use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use store::SecretKey;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use zeroize::Zeroizing;

/// How long the browser asks the person, in milliseconds: as long as the server's challenge lasts.
const ASKED_FOR: u32 = 2 * 60_000;

/// Why there is no passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotShown {
    /// This browser has none, or not at this address.
    Impossible,
    /// The person did not, or none of theirs is here: browsers do not tell these apart.
    Declined,
    /// The authenticator holds one for this user already.
    Known,
    /// It computes nothing that a vault could be locked with.
    NoPrf,
}

impl NotShown {
    /// As a sentence.
    #[must_use]
    pub fn key(self) -> Key {
        match self {
            NotShown::Impossible => Key::PasskeyImpossible,
            NotShown::Declined => Key::PasskeyDeclined,
            NotShown::Known => Key::PasskeyKnown,
            NotShown::NoPrf => Key::PasskeyNoPrf,
        }
    }
}

/// A passkey that was made or shown, in the forms that the server reads.
pub struct Answer {
    /// The authenticator's name for it.
    pub credential: Vec<u8>,
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `attestationObject` of one that was made, `authenticatorData` of one that was shown.
    pub data: Vec<u8>,
    /// The signature of one that was shown.
    pub signature: Vec<u8>,
    /// What it computed from the salt, if it was asked and able.
    pub computed: Option<SecretKey>,
}

/// What a passkey is made for.
pub struct Making<'a> {
    /// The domain.
    pub domain: &'a str,
    /// By which the authenticator tells users apart; no name.
    pub user: &'a [u8],
    /// How it shows them: a staff code.
    pub shown: &'a str,
    /// To be signed.
    pub challenge: &'a [u8],
    /// Those there are, of which none is to be made anew.
    pub known: &'a [&'a [u8]],
    /// What to compute from, where a vault is to be locked with it.
    pub salt: Option<&'a [u8; 32]>,
}

/// What a passkey is shown for.
pub struct Showing<'a> {
    /// The domain.
    pub domain: &'a str,
    /// To be signed.
    pub challenge: &'a [u8],
    /// Those that will do.
    pub known: &'a [&'a [u8]],
    /// What to compute from, where it opens a vault.
    pub salt: Option<&'a [u8; 32]>,
}

/// Whether this browser makes passkeys at this address: over HTTPS or on this very machine, and never at a number.
#[must_use]
pub fn is_possible() -> bool {
    let host = domain();
    let is_number = host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[');
    window().is_secure_context()
        && !is_number
        && Reflect::has(&window(), &"PublicKeyCredential".into()).unwrap_or(false)
}

/// The host of this page.
#[must_use]
pub fn domain() -> String {
    window().location().hostname().unwrap_or_default()
}

/// Makes a passkey.
///
/// # Errors
/// As the browser and the person decide.
pub async fn make(making: &Making<'_>) -> Result<Answer, NotShown> {
    let kinds = [-7, -8].map(|number| {
        object(&[("type", "public-key".into()), ("alg", JsValue::from_f64(f64::from(number)))])
    });
    let options = object(&[
        ("challenge", bytes(making.challenge)),
        ("rp", object(&[("id", making.domain.into()), ("name", "Amparo".into())])),
        (
            "user",
            object(&[
                ("id", bytes(making.user)),
                ("name", making.shown.into()),
                ("displayName", making.shown.into()),
            ]),
        ),
        ("pubKeyCredParams", kinds.iter().collect::<Array>().into()),
        ("timeout", JsValue::from_f64(f64::from(ASKED_FOR))),
        ("excludeCredentials", named(making.known)),
        (
            "authenticatorSelection",
            // A vault's passkey may well be kept by the device itself, where some compute for no others.
            object(&[
                ("residentKey", if making.salt.is_some() { "preferred" } else { "discouraged" }.into()),
                ("userVerification", "required".into()),
            ]),
        ),
        ("attestation", "none".into()),
        ("extensions", extensions(making.salt)),
    ]);
    ask("create", &options).await
}

/// Has a passkey shown.
///
/// # Errors
/// As the browser and the person decide.
pub async fn show(showing: &Showing<'_>) -> Result<Answer, NotShown> {
    let options = object(&[
        ("challenge", bytes(showing.challenge)),
        ("rpId", showing.domain.into()),
        ("allowCredentials", named(showing.known)),
        ("userVerification", "required".into()),
        ("timeout", JsValue::from_f64(f64::from(ASKED_FOR))),
        ("extensions", extensions(showing.salt)),
    ]);
    ask("get", &options).await
}

async fn ask(deed: &str, options: &JsValue) -> Result<Answer, NotShown> {
    let impossible = |_| NotShown::Impossible;
    let container = Reflect::get(&window().navigator(), &"credentials".into()).map_err(impossible)?;
    let call = Reflect::get(&container, &deed.into()).and_then(JsCast::dyn_into::<Function>);
    let asked = call.map_err(impossible)?.call1(&container, &object(&[("publicKey", options.clone())]));
    let asked = asked.and_then(JsCast::dyn_into::<Promise>).map_err(impossible)?;
    let credential = JsFuture::from(asked).await.map_err(|error| refused(&error))?;
    read(&credential).ok_or(NotShown::Impossible)
}

/// Names of faults as WebAuthn gives them.
fn refused(error: &JsValue) -> NotShown {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    match name.as_deref() {
        Some("InvalidStateError") => NotShown::Known,
        Some("NotAllowedError" | "AbortError") => NotShown::Declined,
        _ => NotShown::Impossible,
    }
}

fn read(credential: &JsValue) -> Option<Answer> {
    let response = part(credential, "response")?;
    let buffer = |name: &str| part(&response, name).map(|buffer| Uint8Array::new(&buffer).to_vec());
    let made = buffer("attestationObject");
    Some(Answer {
        credential: Uint8Array::new(&part(credential, "rawId")?).to_vec(),
        client_data: buffer("clientDataJSON")?,
        data: made.or_else(|| buffer("authenticatorData"))?,
        signature: buffer("signature").unwrap_or_default(),
        computed: computed(credential),
    })
}

/// What the extension `prf` gave; wiped where the browser holds it.
fn computed(credential: &JsValue) -> Option<SecretKey> {
    let results = Reflect::get(credential, &"getClientExtensionResults".into()).ok()?;
    let results = results.dyn_into::<Function>().ok()?.call0(credential).ok()?;
    let first = part(&part(&part(&results, "prf")?, "results")?, "first")?;
    let first = first.dyn_into::<ArrayBuffer>().ok()?;
    let view = Uint8Array::new(&first);
    let mut key = SecretKey::new(Zeroizing::new([0; 32]));
    let fits = view.length() == 32;
    if fits {
        view.copy_to(&mut key[..]);
    }
    view.fill(0, 0, view.length());
    (fits && key.iter().any(|byte| *byte != 0)).then_some(key)
}

fn part(of: &JsValue, name: &str) -> Option<JsValue> {
    let part = Reflect::get(of, &name.into()).ok()?;
    (!part.is_undefined() && !part.is_null()).then_some(part)
}

fn extensions(salt: Option<&[u8; 32]>) -> JsValue {
    match salt {
        Some(salt) => object(&[("prf", object(&[("eval", object(&[("first", bytes(salt))]))]))]),
        None => Object::new().into(),
    }
}

fn named(known: &[&[u8]]) -> JsValue {
    let one = |id: &&[u8]| object(&[("type", "public-key".into()), ("id", bytes(id))]);
    known.iter().map(one).collect::<Array>().into()
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn object(parts: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in parts {
        // A plain object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}
