//! One item of the outbox, and every reason for which it is there, in words.

use crate::components::{Draw, Icon, Status, Tone};
use crate::device::{use_device, use_vault};
use crate::when;
use crate::words::{Key, Words, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use seal::{Purpose, Verdict};
use store::{ItemState, OutboxItem, Trouble};

/// Why the last attempt did not get through, as a sentence.
pub fn trouble_words(trouble: Trouble) -> Key {
    match trouble {
        Trouble::NoAnswer => Key::TroubleNoAnswer,
        Trouble::NotSignedIn => Key::TroubleNotSignedIn,
        Trouble::DepositRefused => Key::TroubleDepositRefused,
        Trouble::WrongSignature => Key::TroubleWrongSignature,
        Trouble::ServerUnavailable => Key::TroubleServerUnavailable,
        Trouble::Refused => Key::TroubleRefused,
        Trouble::TooMany(_) => Key::TroubleTooMany,
        Trouble::Full => Key::StoreFull,
        Trouble::Busy => Key::TroubleBusy,
    }
}

fn reason_words(item: &OutboxItem) -> Key {
    let by_trouble = |reason: &str| match reason {
        "NoAnswer" => Some(Key::TroubleNoAnswer),
        "DepositRefused" => Some(Key::TroubleDepositRefused),
        "WrongSignature" => Some(Key::TroubleWrongSignature),
        "ServerUnavailable" => Some(Key::TroubleServerUnavailable),
        "Refused" => Some(Key::TroubleRefused),
        _ => None,
    };
    match (item.state, item.verdict) {
        (ItemState::Parked, Some(Verdict::Quarantined)) => Key::ReasonQuarantined,
        (ItemState::Noted, _) if item.reason == "given_twice" => Key::ReasonGivenTwice,
        (ItemState::Noted, _) => Key::StateNoted,
        (ItemState::Parked, _) => match item.reason.as_str() {
            "malformed_entry" => Key::ReasonMalformed,
            "seals_focal_point" => Key::ReasonSealsFocalPoint,
            "seals_only_person" => Key::ReasonSealsOnlyPerson,
            "step_taken" => Key::ReasonStepTaken,
            "step_not_allowed" => Key::ReasonStepNotAllowed,
            "step_lacks" => Key::ReasonStepLacks,
            "no_consent" => Key::ReasonNoConsent,
            "consent_withdrawn" => Key::ReasonConsentWithdrawn,
            "shared_otherwise" => Key::ReasonSharedOtherwise,
            "may_not_override" => Key::ReasonMayNotOverride,
            _ => Key::ReasonParked,
        },
        (ItemState::Refused, Some(Verdict::TooLarge)) => Key::ReasonTooLarge,
        (ItemState::Refused, Some(Verdict::UnknownVersion)) => Key::ReasonNewer,
        (ItemState::Refused, None) => by_trouble(&item.reason).unwrap_or(Key::ReasonUnreadable),
        (ItemState::Refused, _) => Key::ReasonUnreadable,
        (ItemState::Waiting, _) => by_trouble(&item.reason).unwrap_or(Key::ReasonWaiting),
    }
}

/// What was done, in words: `registered/5`, `corrected`, `decided`.
fn act_words(words: Words, act: &str) -> String {
    let (act, number) = act.split_once('/').unwrap_or((act, ""));
    match act {
        "registered" => words.count(Key::ActRegistered, number.parse().unwrap_or(1)),
        "corrected" | "group_corrected" => words.get(Key::ActCorrected),
        "decided" => words.get(Key::ActDecided),
        "undone" | "group_undone" => words.get(Key::ActUndone),
        "group_moved" => words.get(Key::ActGroupMoved),
        "group_split" => words.get(Key::ActGroupSplit),
        "group_merged" => words.get(Key::ActGroupMerged),
        "note_written" | "group_note_written" => words.get(Key::ActNoteWritten),
        "note_readers" | "group_note_readers" => words.get(Key::ActNoteReaders),
        "note_tended" | "group_note_tended" => words.get(Key::ActNoteTended),
        "session_logged" => words.get(Key::ActSessionLogged),
        "session_amended" => words.get(Key::ActSessionAmended),
        "member_sealed" => words.get(Key::ActMemberSealed),
        "member_followed" => words.get(Key::ActMemberFollowed),
        "gift_given" => words.get(Key::GiveAct),
        "gift_step" => words.get(Key::GiveActStep),
        "distribution" => words.get(Key::DistAct),
        "referral_sent" => words.get(Key::ReferActSent),
        "referral_kept" => words.get(Key::ReferActKept),
        "referral_step" => words.get(Key::ReferActStep),
        "appointment" => words.get(Key::AppointmentsActBooking),
        "agenda" => words.get(Key::AppointmentsActDay),
        "application_taken" => words.get(Key::ApplicationsActTaken),
        "application_seen" => words.get(Key::ApplicationsActSeen),
        "application_closed" => words.get(Key::ApplicationsActClosed),
        "application_registered" => words.get(Key::ApplicationsActRegistered),
        "application_received" => words.get(Key::ApplicationsActReceived),
        "application_walk_in" => words.get(Key::ApplicationsActWalkIn),
        "consent_given" => words.get(Key::ReferActAgreed),
        "consent_withdrawn" | "group_consent_withdrawn" => words.get(Key::ReferActWithdrawn),
        _ => words.get(Key::ActOther),
    }
}

/// One item.
#[component]
pub fn Item(item: OutboxItem) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let draft = item.purpose == Purpose::Draft;
    let (key, note) = (item.key, item.note.clone());
    let title = match &note {
        Some(note) if note.person.is_empty() => words.get(Key::NoNameYet),
        Some(note) => note.person.clone(),
        // What is typed is noted nowhere but in the draft itself.
        None if draft => words.get(Key::Draft),
        None => words.get(Key::OfAColleague),
    };
    let act = match &note {
        _ if draft => String::new(),
        Some(note) => act_words(words, &note.act),
        None => words.get(Key::ActHidden),
    };
    let link = note.filter(|_| !draft).map(|note| {
        let record = note.record;
        match note.act.starts_with("registered") || note.act.starts_with("group") {
            true => format!("/groups/{record}"),
            false if note.act.starts_with("session_") => format!("/sessions/{record}"),
            false if note.act.starts_with("gift_") => format!("/assistance/{record}"),
            false if note.act == "distribution" => format!("/distributions/{record}"),
            false if note.act == "agenda" => "/appointments/plan".to_owned(),
            false if note.act == "appointment" => format!("/applications/{record}"),
            false if note.act.starts_with("application_") => format!("/applications/{record}"),
            false if note.act == "referral_kept" => "/referrals".to_owned(),
            false if note.act.starts_with("referral_") => format!("/referrals/{record}"),
            false => format!("/people/{record}"),
        }
    });
    let (tone, state) = match item.state {
        ItemState::Waiting => (Tone::Unsent, Key::StateUnsent),
        ItemState::Refused => (Tone::Error, Key::StateRefused),
        ItemState::Parked => (Tone::Attention, Key::StateParked),
        ItemState::Noted => (Tone::Attention, Key::StateNoted),
    };
    let reason = match item.state {
        ItemState::Waiting if device.practises() => Key::PracticeWaiting,
        _ => reason_words(&item),
    };
    let retry_vault = vault.clone();
    let retry = move |_| {
        let vault = retry_vault.clone();
        leptos::task::spawn_local(async move {
            let _ = vault.retry(key).await;
            device.courier().go_now(device);
        });
    };
    let dismiss = move |_| {
        let vault = vault.clone();
        leptos::task::spawn_local(async move {
            let _ = vault.dismiss(key).await;
            device.refresh();
        });
    };
    let named = title.clone();
    let hidden = move || view! { <span class="unseen">" "{named.clone()}</span> };
    let (show_hidden, retry_hidden, seen_hidden) = (hidden.clone(), hidden.clone(), hidden);
    view! {
        <li>
            <div class="row">
                <span class="face" aria-hidden="true">
                    {if draft { view! { <Draw icon=Icon::Edit/> } } else { view! { <Draw icon=Icon::People/> } }}
                </span>
                <span class="row__main">
                    <span class="row__title"><bdi>{title}</bdi></span>
                    <span class="row__meta">
                        <span>{act}</span>
                        <span>{when::size(words, item.size as u64)}</span>
                        <span>{when::ago(words, item.saved_at)}</span>
                    </span>
                </span>
                <span class="sends__state">
                    <Status tone>{move || words.get(state)}</Status>
                    <span>{move || words.get(reason)}</span>
                </span>
                <span class="row__side">
                    {link.map(|link| view! {
                        <A href=link attr:class="btn">{move || words.get(Key::Show)}{show_hidden()}</A>
                    })}
                    {(item.state == ItemState::Refused).then(|| view! {
                        <button class="btn" type="button" on:click=retry>
                            <Draw icon=Icon::Refresh/>
                            {move || words.get(Key::TryAgain)}{retry_hidden()}
                        </button>
                    })}
                    {matches!(item.state, ItemState::Parked | ItemState::Noted).then(|| view! {
                        <button class="btn" type="button" on:click=dismiss>
                            <Draw icon=Icon::Check/>
                            {move || words.get(Key::Seen)}{seen_hidden()}
                        </button>
                    })}
                </span>
            </div>
        </li>
    }
}
