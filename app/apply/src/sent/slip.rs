//! The slip (A12): whether it was sent, the reference, the code for an office without a line, and what happens next.

use super::carry::{Going, use_carrier};
use super::code::Code;
use super::picture::{self, Said};
use super::{Page, post, told};
use crate::frame::{Frame, use_door};
use crate::keep::use_kept;
use crate::page::Page as Place;
use crate::pieces::lean::Show;
use crate::pieces::lean::dynamic;
use crate::pieces::lean::effect;
use crate::pieces::lean::memo;
use crate::pieces::{Draw, Notice, Pick, Tone, icon};
use crate::words::{Key, Words, use_words};
use domain::application::{OfficeNotice, Phase};
use leptos::prelude::*;
use speech::when;
use store::applicant::Draft;

/// Where a family's pre-registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Nothing was ever made ready to be sent.
    NotYet,
    /// It lies here and goes when there is a line.
    Waits,
    /// The server has it as it is, and since when.
    Sent(u64),
    /// The server has an earlier version; what was changed since is only here.
    Changed,
    /// An office has begun the registration, or it was closed: what was changed since is not taken any more.
    Late(Phase),
}

/// Where it is, as far as this phone knows.
#[must_use]
pub fn place(draft: &Draft) -> Where {
    let newer = draft.sent < draft.posted || draft.says_more_than_posted();
    if let Some(phase @ (Phase::Registered | Phase::Closed)) = draft.standing.as_ref().map(|it| it.phase)
        && newer
    {
        return Where::Late(phase);
    }
    match (draft.posted, draft.sent) {
        (0, _) => Where::NotYet,
        (posted, sent) if sent < posted => Where::Waits,
        _ if draft.says_more_than_posted() => Where::Changed,
        _ => Where::Sent(draft.sent_at),
    }
}

/// What the carrier is at, in words; nothing while it is quiet.
fn going(words: Words, going: Going) -> String {
    match going {
        Going::Still => String::new(),
        Going::Working(_) => words.get(Key::SentWorking),
        Going::Sending => words.get(Key::SentSending),
        Going::NoLine => words.get(Key::SentNoLine),
        Going::Wait(seconds) => told::wait(words, seconds),
        Going::NotNow => words.get(Key::SentNotNow),
    }
}

/// Large: sent, or saved and waiting. «Sent» is said of nothing but what the server answered.
#[component]
pub(super) fn Whereabouts() -> impl IntoView {
    let (words, kept, carrier) = (use_words(), use_kept(), use_carrier());
    let place = memo(move || kept.with(place).unwrap_or(Where::NotYet));
    let text = move || match place.get() {
        Where::NotYet => (Tone::Attention, words.get(Key::SentNotYet)),
        Where::Waits => (Tone::Attention, words.get(Key::SentWaits)),
        Where::Changed => (Tone::Attention, words.get(Key::SentChanged)),
        Where::Late(Phase::Closed) => (Tone::Attention, words.get(Key::StatusClosed)),
        Where::Late(_) => (Tone::Attention, words.get(Key::StatusTooLate)),
        Where::Sent(at) => (Tone::Sent, moment(words, at)),
    };
    let now = move || going(words, carrier.going());
    let line = move || {
        let waits = matches!(place.get(), Where::Waits);
        waits.then(|| {
            view! {
                <p class="door__hint">{Signal::derive(now)}</p>
                <button type="button" class="door__back slip__screen" on:click=move |_| carrier.ring()>
                    <Draw icon=icon::REFRESH/>
                    {words.text(Key::SentTryNow)}
                </button>
            }
        })
    };
    let refused = memo(move || kept.with(|draft| !draft.pieces_refused.is_empty()).unwrap_or(false));
    let notice = move || {
        let (tone, text) = text();
        view! { <Notice tone=tone><p class="slip__where">{text}</p></Notice> }
    };
    view! {
        <div role="status">{dynamic(move || notice().into_any())}</div>
        {dynamic(move || line().into_any())}
        <Show when=move || refused.get()>
            <Notice tone=Tone::Attention><p>{words.text(Key::SentPhotoRefused)}</p></Notice>
        </Show>
    }
}

/// «Mandada 10:42», with its day where that was not today.
fn moment(words: Words, at: u64) -> String {
    let on = when::day_of(&when::local(at));
    let time = when::clock(at);
    if on == when::today() {
        words.with(Key::SentAt, &[("time", &time)])
    } else {
        words.with(Key::SentOn, &[("day", &told::date(words, on)), ("time", &time)])
    }
}

/// The last day, as the server said it, or from the day on which it was sent.
fn deadline(words: Words, draft: &Draft) -> String {
    match &draft.standing {
        Some(standing) if !standing.until.is_empty() => told::day(words, &standing.until),
        _ => {
            let sent = if draft.sent_at > 0 { draft.sent_at } else { draft.application.said_at };
            told::date(words, told::last_day(when::day_of(&when::local(sent))))
        }
    }
}

/// The reference in two groups, and for voices letter by letter.
#[component]
fn Reference(
    /// `KX7M42P2`.
    reference: domain::reference::GroupRef,
) -> impl IntoView {
    let words = use_words();
    let [first, second] = post::groups(&reference);
    view! {
        <p class="door__label">{words.text(Key::SlipReference)}</p>
        <div class="door__code ltr" aria-hidden="true" data-reference=reference.as_str().to_owned()>
            <span>{first}</span>
            " "
            <span>{second}</span>
        </div>
        <p class="door__hears">{post::spelled(&reference)}</p>
    }
}

/// What is done next, and what to bring.
#[component]
fn Next() -> impl IntoView {
    let (words, kept) = (use_words(), use_kept());
    let until = move || kept.with(|draft| deadline(words, draft)).unwrap_or_default();
    let steps = [Key::SlipNextOffice, Key::SlipNextBring, Key::SlipNextPin, Key::SlipNextWalkIn];
    let steps = steps.map(|key| view! { <li>{Signal::derive(move || words.get(key))}</li> });
    view! {
        <h2>{words.text(Key::SlipNext)}</h2>
        <ul class="door__rights" role="list">
            {steps}
            <li class="slip__until">{Signal::derive(move || words.with(Key::SlipUntil, &[("day", &until())]))}</li>
        </ul>
        <Notice tone=Tone::Plain><p>{words.text(Key::SlipNoStatus)}</p></Notice>
    }
}

/// The code for an office, and the ways to take it along.
#[component]
fn Hand(
    /// What the slip says beside its code.
    #[prop(into)]
    said: Signal<Said>,
) -> impl IntoView {
    let (door, words, kept, carrier) = (use_door(), use_words(), use_kept(), use_carrier());
    // Site and organisation.
    let other = RwSignal::new(None::<(String, String)>);
    let chosen = memo(move || {
        let own = kept.with(|draft| (draft.application.site.clone(), draft.application.organisation.clone()));
        let (site, organisation) = other.get().or(own)?;
        carrier.trust()?.office(&site, &organisation).cloned()
    });
    let said_now = memo(move || kept.with(|draft| draft.application.without_pictures()));
    let slip = memo(move || {
        let key = chosen.get()?.key;
        let bytes = said_now.with(|said| said.as_ref().map(domain::application::Application::to_bytes))?;
        seal::intake::seal(&mut store::clock::rng(), &key, &bytes).ok()
    });
    let office = move |it: &OfficeNotice| {
        let site = door.choices().label("sites", &it.site);
        if it.organisation.is_empty() { site } else { [&site, " · ", &it.organisation].concat() }
    };
    let code = |it: &OfficeNotice| [it.site.as_str(), "/", &it.organisation].concat();
    let offices = Signal::derive(move || {
        let trust = carrier.trust();
        let list = trust.and_then(|trust| trust.door).map(|door| door.offices).unwrap_or_default();
        list.iter().map(|it| (code(it), office(it))).collect::<Vec<_>>()
    });
    let is_old = move || {
        let trust = carrier.trust();
        trust.and_then(|it| it.door).is_some_and(|it| post::is_old(it.made_at, when::now()))
    };
    let failed = RwSignal::new(false);
    let with_png = move |deed: fn(&Said, &[u8]) -> Option<()>| {
        leptos::task::spawn_local(async move {
            let Some(slip) = slip.get_untracked() else { return };
            let said = said.read_untracked();
            let png = picture::drawn(&said, &slip).await;
            failed.set(png.and_then(|png| deed(&said, &png)).is_none());
        });
    };
    let file = move |_| {
        if let Some(slip) = slip.get_untracked() {
            failed.set(picture::save_file(&said.read_untracked(), &slip).is_none());
        }
    };
    let shares = picture::can_share();
    let button = move |key: Key, icon, press: Callback<leptos::ev::MouseEvent>| {
        view! {
            <button type="button" class="door__back" on:click=move |event| press.run(event)>
                <Draw icon/>
                {Signal::derive(move || words.get(key))}
            </button>
        }
    };
    let shown = move || {
        match slip.get() {
        None => view! { <Notice tone=Tone::Attention><p>{words.text(Key::SlipNoOffice)}</p></Notice> }.into_any(),
        Some(bytes) => view! {
            <p>
                {words.text(Key::SlipFor)}
                " "
                <strong>{Signal::derive(move || chosen.with(|it| it.as_ref().map(office)).unwrap_or_default())}</strong>
            </p>
            <Code slip=bytes reference=said.with(|said| said.reference.clone())/>
            <p class="door__hint slip__screen">{words.text(Key::SlipBright)}</p>
        }.into_any(),
    }
    };
    view! {
        <h2>{words.text(Key::SlipHand)}</h2>
        <p class="slip__screen">{words.text(Key::SlipHandHow)}</p>
        {dynamic(shown)}
        <Show when=is_old>
            <p class="door__hint">{words.text(Key::SlipOldOffices)}</p>
        </Show>
        <div class="slip__screen slip__ways">
            {button(Key::SlipPicture, icon::DOWNLOAD, Callback::new(move |_| with_png(picture::save)))}
            {shares.then(|| button(Key::SlipShare, icon::SEND, Callback::new(move |_| with_png(picture::share))))}
            {button(Key::SlipPrint, icon::PRINTER, Callback::new(move |_| { let _ = window().print(); }))}
            {button(Key::SlipFile, icon::SAVE, Callback::new(file))}
            <Show when=move || failed.get()>
                <Notice tone=Tone::Error><p>{words.text(Key::SlipNotSaved)}</p></Notice>
            </Show>
            <Show when=move || offices.with(|it| it.len() > 1)>
                <Pick
                    id="slip-office"
                    label=words.text(Key::SlipOther)
                    options=offices
                    value=Signal::derive(move || chosen.with(|it| it.as_ref().map(code)).unwrap_or_default())
                    on_choose=Callback::new(move |code: String| {
                        let parts = code.split_once('/');
                        other.set(parts.map(|(site, organisation)| (site.to_owned(), organisation.to_owned())));
                    })
                />
            </Show>
        </div>
    }
}

pub(super) fn slip() -> impl IntoView {
    let (door, words, kept) = (use_door(), use_words(), use_kept());
    // What differs from the last code or letter is shown under a higher revision: at once, and when another tab changed it.
    let raise = move || {
        if kept.with(Draft::must_be_raised).unwrap_or(false) {
            kept.change(|draft| draft.is_shown(when::now()));
        }
    };
    untrack(raise);
    effect(raise);
    let reference = memo(move || kept.with(|draft| draft.application.reference()));
    let said = Signal::derive(move || {
        let until = kept.with(|draft| deadline(words, draft)).unwrap_or_default();
        Said {
            reference: reference.get().map(|it| it.to_string()).unwrap_or_default(),
            title: words.get(Key::SlipTitle),
            lines: vec![
                words.with(Key::SlipUntil, &[("day", &until)]),
                words.get(Key::SlipNextOffice),
                words.get(Key::SlipNextBring),
                words.get(Key::SlipNoStatus),
            ],
            direction: words.language().direction(),
        }
    });
    let is_open = move || kept.with(|draft| told::open(draft.standing.as_ref())).unwrap_or_default();
    let row = move |key: Key, icon, to: Place| {
        view! {
            <li>
                <button type="button" class="door__row" on:click=move |_| door.go(to)>
                    <Draw icon/>
                    <span>{Signal::derive(move || words.get(key))}</span>
                </button>
            </li>
        }
    };
    view! {
        <Frame title=words.text(Key::SlipTitle) icon=icon::QR>
            <Whereabouts/>
            {dynamic(move || reference.get().map(|reference| view! { <Reference reference/> }).into_any())}
            <Hand said/>
            <Next/>
            <ul class="door__list slip__screen" role="list">
                {row(Key::SlipToStatus, icon::EYE, Place::Sent(Page::Mine))}
                {dynamic(move || is_open().wish.then(|| row(Key::SlipToBook, icon::CALENDAR, Place::Sent(Page::Book))).into_any())}
                {dynamic(move || is_open().correct.then(|| row(Key::SlipToCorrect, icon::EDIT, Place::Ask(crate::ask::Page::Check))).into_any())}
                {dynamic(move || is_open().withdraw.then(|| row(Key::SlipToWithdraw, icon::X, Place::Sent(Page::Withdraw))).into_any())}
            </ul>
        </Frame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::application::{Application, StatusTold};
    use domain::{Field, RecordId, Value};
    use zeroize::Zeroizing;

    #[test]
    fn sent_is_said_only_of_what_the_server_answered() {
        let mut draft =
            Draft::begin(Application::begin(RecordId([7; 16]), 5, "es"), [1; 16], Zeroizing::new([2; 32]));
        assert_eq!(place(&draft), Where::NotYet);
        draft.posted = 1;
        assert_eq!(place(&draft), Where::Waits);
        (draft.sent, draft.sent_at) = (1, 9);
        // What was posted is not what stands here now.
        draft.application.put(1, Field::GIVEN_NAMES, Value::text("Rosa"));
        assert_eq!(place(&draft), Where::Changed);
        draft.posted = 2;
        assert_eq!(place(&draft), Where::Waits);
        // Refused, because an office has begun: nothing waits any more, and it is said what to do.
        let (site, until) = (String::new(), String::new());
        let phase = Phase::Registered;
        let told = StatusTold { phase, revision: 1, received_at: 0, site, appointment: None, until };
        draft.standing = Some(told);
        assert_eq!(place(&draft), Where::Late(Phase::Registered));
    }
}
