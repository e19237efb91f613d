//! The office's intake keys, asked for now and then while there is a line, so that slips open when there is none.

use super::takes_in;
use crate::courier;
use crate::device::Device;
use crate::pages::elsewhere::patiently;
use crate::when;
use api::ApiError;
use domain::Role;
use minicbor::Decode;
use seal::answer::Nonce;
use seal::door::IntakeKeys;
use serde_bytes::ByteBuf;
use std::cell::Cell;
use store::{ApiLine, Vault};

/// How often they are asked for, in milliseconds: they change every month.
const PAUSE: u64 = 60 * 60_000;

thread_local! {
    /// Whose keys were last asked for, and when.
    static ASKED: Cell<Option<(domain::EnrolmentId, u64)>> = const { Cell::new(None) };
}

/// Asks for the keys of whoever has unlocked, where they take applications in; once an hour, unless everything is asked
/// for. Without an answer those from before stand.
pub async fn look(device: Device, everything: bool) {
    let Some(vault) = device.vault().filter(|_| !device.practises()) else { return };
    let identity = vault.identity();
    if !takes_in(Role::from_code(identity.role)) {
        return;
    }
    let (me, now) = (identity.enrolment, when::now());
    let lately = ASKED.get().is_some_and(|(who, at)| who == me && now.saturating_sub(at) < PAUSE);
    if lately && !everything {
        return;
    }
    let Some(told) = intake_keys(&vault).await else { return };
    if vault.keep_intake_keys(&told).await.is_ok() {
        ASKED.set(Some((me, now)));
    }
    // Which office a slip is for that is not for this one.
    if let Ok(notice) = api::door(ByteBuf::new()).await {
        let _ = vault.keep_offices(&notice).await;
    }
}

async fn intake_keys(vault: &Vault) -> Option<IntakeKeys> {
    answered(vault, api::intake_keys).await.ok()
}

/// Asks for an answer that is sealed to this vault. Signs in anew where the session has ended.
///
/// # Errors
/// As the server says; [`ApiError::NoAnswer`] where there is no line, or no answer in time.
pub(super) async fn answered<T, F>(vault: &Vault, ask: impl Fn(ByteBuf) -> F) -> Result<T, ApiError>
where
    T: for<'b> Decode<'b, ()>,
    F: Future<Output = Result<ByteBuf, ApiError>>,
{
    let nonce: Nonce = store::random();
    let mut answer = patiently(ask(ByteBuf::from(nonce))).await;
    if answer == Err(ApiError::NotSignedIn) && courier::sign_in(vault).await {
        answer = patiently(ask(ByteBuf::from(nonce))).await;
    }
    vault.read_answer(&answer?, &nonce, &ApiLine::PAGE).await.map_err(|_| ApiError::NoAnswer)
}
