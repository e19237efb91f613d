//! How far a pre-registration has come (A14): of this phone, or of any by reference and PIN. No word about anybody.

use super::book::WishForm;
use super::carry::{Going, use_carrier};
use super::heard::Hears;
use super::slip::Whereabouts;
use super::{Page, post, told};
use crate::frame::{Frame, use_door};
use crate::keep::{forget_with, use_kept};
use crate::line::NoAnswer;
use crate::page::Page as Place;
use crate::pieces::lean::Show;
use crate::pieces::lean::dynamic;
use crate::pieces::lean::memo;
use crate::pieces::{Draw, Errors, Explained, Field, Notice, Tone, icon};
use crate::words::{Key, Words, use_words};
use domain::application::{Act, Reply, StatusTold};
use domain::reference::{GroupRef, ReferenceFault};
use leptos::prelude::*;
use speech::{derive, when};
use zeroize::Zeroize;

/// How it stands, and when that was told.
type Told = Option<(StatusTold, u64)>;

/// How it stands in plain words.
#[component]
pub(super) fn Stands(
    /// What was told last.
    #[prop(into)]
    told: Signal<Told>,
) -> impl IntoView {
    let (door, words) = (use_door(), use_words());
    let shown = move || {
        let (it, at) = told.get()?;
        let heard = when::day_of(&when::local(at));
        let heard = [("day", told::date(words, heard)), ("time", when::clock(at))];
        let heard = heard.each_ref().map(|(name, value)| (*name, value.as_str()));
        let site = |code: &str| door.choices().label("sites", code);
        let appointment = it.appointment.as_ref().and_then(|it| {
            let said = told::appointment(&it.state)?;
            let when = told::day_and_time(words, &it.at);
            let place = if it.place.is_empty() {
                site(&it.site)
            } else {
                format!("{} · {}", site(&it.site), it.place)
            };
            Some(view! {
                <div><dt>{words.get(Key::BookTitle)}</dt><dd>
                    <p>{words.get(said)}</p>
                    {(!it.at.is_empty()).then(|| view! { <p><strong>{when}</strong></p> })}
                    <p dir="auto">{place}</p>
                </dd></div>
            })
        });
        let until = (!it.until.is_empty()).then(|| {
            view! {
                <div><dt>{words.get(Key::StatusUntil)}</dt><dd>{told::day(words, &it.until)}</dd></div>
            }
        });
        Some(view! {
            <dl class="door__facts">
                <div>
                    <dt>{words.get(Key::StatusNow)}</dt>
                    <dd><strong>{words.get(told::phase(it.phase))}</strong></dd>
                </div>
                <div><dt>{words.get(Key::StatusOffice)}</dt><dd>{site(&it.site)}</dd></div>
                {appointment}
                {until}
            </dl>
            <p class="door__hint">{words.with(Key::StatusHeard, &heard)}</p>
        })
    };
    view! { <div role="status">{dynamic(move || shown().into_any())}</div> }
}

fn trouble(words: Words, trouble: NoAnswer) -> String {
    match trouble {
        NoAnswer::NoLine => words.get(Key::StatusNoLine),
        NoAnswer::Wait(seconds) => told::wait(words, seconds),
        NoAnswer::NotNow => words.get(Key::SentNotNow),
    }
}

/// That of this phone.
pub(super) fn mine() -> impl IntoView {
    let (door, words, kept, carrier) = (use_door(), use_words(), use_kept(), use_carrier());
    let standing =
        memo(move || kept.with(|draft| draft.standing.clone().map(|it| (it, draft.standing_at))).flatten());
    let said = RwSignal::new(None::<String>);
    let asking = RwSignal::new(false);
    let ask = move |()| {
        let Some(draft) = untrack(|| kept.draft()).filter(|_| !asking.get_untracked()) else { return };
        asking.set(true);
        leptos::task::spawn_local(async move {
            let plain = post::ask(&draft.application.reference(), &draft.status_key, Act::Status);
            let heard = carrier.ask_once(&plain).await;
            let text = match &heard {
                // Known here: it waits its turn at the server.
                Ok(Reply::NotKnown) => Some(words.get(Key::StatusNotYet)),
                Ok(reply) => told::objection(words, reply),
                Err(fault) => Some(trouble(words, *fault)),
            };
            if let Some(standing) = heard.as_ref().ok().and_then(told::standing).cloned() {
                kept.change(|draft| (draft.standing, draft.standing_at) = (Some(standing), when::now()));
            }
            said.try_set(text);
            asking.try_set(false);
        });
    };
    let open = move || kept.with(|draft| told::open(draft.standing.as_ref())).unwrap_or_default();
    let appointment = Signal::derive(move || {
        let there = standing.with(|it| it.as_ref().is_some_and(|(it, _)| it.appointment.is_some()));
        words.get(if there { Key::BookTitle } else { Key::SlipToBook })
    });
    // Once at the start, where it can have become more than it was.
    if untrack(|| kept.with(|draft| draft.sent > 0)).unwrap_or(false) {
        ask(());
    }
    view! {
        <Frame
            title=words.text(Key::StatusTitle)
            icon=icon::EYE
            next=Signal::derive(move || words.get(if asking.get() { Key::StatusAsking } else { Key::StatusAsk }))
            on_next=Callback::new(ask)
        >
            <Whereabouts/>
            <Hears/>
            <div role="alert">
                {dynamic(move || {
                    said.get().map(|text| view! { <Notice tone=Tone::Attention><p>{text}</p></Notice> }).into_any()
                })}
            </div>
            <Stands told=standing/>
            <Show when=move || open().wish>
                <button type="button" class="door__back" on:click=move |_| door.go(Place::Sent(Page::Book))>
                    <Draw icon=icon::CALENDAR/>
                    {appointment}
                </button>
            </Show>
            <p class="door__hint">{words.text(Key::BookWalkIn)}</p>
        </Frame>
    }
}

/// One of any phone, by reference and PIN.
pub(super) fn status() -> impl IntoView {
    let (words, carrier) = (use_words(), use_carrier());
    let (reference, pin) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let faults = RwSignal::new(Vec::<(String, String)>::new());
    let checks = RwSignal::new(0u32);
    let said = RwSignal::new(None::<String>);
    let standing = RwSignal::new(None::<(StatusTold, u64)>);
    // In memory only, and gone with the page.
    let known = StoredValue::new(None::<(GroupRef, zeroize::Zeroizing<[u8; 32]>)>);
    let asking = RwSignal::new(false);
    let wishing = RwSignal::new(false);
    // Grows when somebody leaves: what is still on its way is not theirs who come next.
    let left = StoredValue::new(0u32);
    // Gone too when nobody is there any more, and with whoever leaves.
    let forget = move || {
        left.try_update_value(|left| *left = left.wrapping_add(1));
        pin.try_update(Zeroize::zeroize);
        reference.try_set(String::new());
        known.try_set_value(None);
        standing.try_set(None);
        said.try_set(None);
    };
    forget_with(Some(Box::new(forget)));
    on_cleanup(move || {
        forget();
        forget_with(None);
    });
    let ask = move |act: Act| {
        let Some((reference, key)) = known.get_value().filter(|_| !asking.get_untracked()) else { return };
        asking.set(true);
        let nth = left.get_value();
        leptos::task::spawn_local(async move {
            let heard = carrier.ask_once(&post::ask(&reference, &key, act)).await;
            if left.try_get_value() != Some(nth) {
                asking.try_set(false);
                return;
            }
            if heard == Ok(Reply::NotKnown) {
                // Another PIN is wanted.
                known.try_set_value(None);
            }
            let text = match &heard {
                Ok(reply) => told::objection(words, reply),
                Err(fault) => Some(trouble(words, *fault)),
            };
            if let Ok(reply) = &heard {
                standing.try_set(told::standing(reply).map(|it| (it.clone(), when::now())));
                wishing.try_set(false);
            }
            said.try_set(text);
            asking.try_set(false);
        });
    };
    let begin = move |()| {
        said.set(None);
        // Asked once more: the PIN is not kept, and need not be typed again.
        let same = known.with_value(|known| {
            let typed = GroupRef::parse(&reference.read_untracked());
            known.as_ref().is_some_and(|(known, _)| typed.as_ref() == Ok(known))
        });
        if same && pin.read_untracked().is_empty() {
            faults.set(Vec::new());
            return ask(Act::Status);
        }
        let found = checked(words, &reference.read_untracked(), &pin.read_untracked());
        faults.set(found.as_ref().err().cloned().unwrap_or_default());
        checks.update(|checks| *checks += 1);
        let Ok((reference, digits)) = found else { return };
        let digits = zeroize::Zeroizing::new(digits);
        if asking.get_untracked() {
            return;
        }
        asking.set(true);
        let nth = left.get_value();
        leptos::task::spawn_local(async move {
            let key =
                derive::stretch_digits(&digits, post::STATUS_COST, &post::status_salt(&reference)).await;
            asking.try_set(false);
            pin.try_update(Zeroize::zeroize);
            match key {
                // Whoever was here has left meanwhile.
                Ok(_) if left.try_get_value() != Some(nth) => {}
                Ok(key) => {
                    known.try_set_value(Some((reference, *key)));
                    ask(Act::Status);
                }
                Err(derive::NotAble) => {
                    said.try_set(Some(words.get(Key::StatusNotAble)));
                }
            }
        });
    };
    let fault = move |id: &'static str| {
        Signal::derive(move || {
            faults.with(|all| all.iter().find(|(of, _)| of == id).map(|(_, text)| text.clone()))
        })
    };
    let pin_fault = fault("status-pin");
    let pin_class = Signal::derive(move || {
        let more = if pin_fault.get().is_some() { "door__field door__field--error" } else { "door__field" };
        more.to_owned()
    });
    let pin_invalid = Signal::derive(move || pin_fault.get().is_some().to_string());
    let open =
        memo(move || standing.with(|it| it.as_ref().map(|(it, _)| told::open(Some(it)))).unwrap_or_default());
    let button = move |key: Key, icon, act: fn() -> Act| {
        view! {
            <button type="button" class="door__back" on:click=move |_| ask(act())>
                <Draw icon/>
                {Signal::derive(move || words.get(key))}
            </button>
        }
    };
    let site = move || standing.with(|it| it.as_ref().map(|(it, _)| it.site.clone())).unwrap_or_default();
    let work = move || match carrier.going() {
        Going::Working(share) if asking.get() => share.to_string(),
        _ => "0".to_owned(),
    };
    view! {
        <Frame
            title=words.text(Key::StatusTitle)
            icon=icon::EYE
            next=Signal::derive(move || words.get(if asking.get() { Key::StatusAsking } else { Key::StatusSee }))
            on_next=Callback::new(begin)
        >
            <Errors faults checks/>
            <p>{words.text(Key::StatusHow)}</p>
            <Field
                id="status-reference"
                label=words.text(Key::SlipReference)
                hint=words.text(Key::StatusReferenceHint)
                value=reference
                on_type=Callback::new(move |text| reference.set(text))
                fault=fault("status-reference")
                most=12
            />
            <div class=pin_class>
                <label class="door__label" for="status-pin">{words.text(Key::StatusPin)}</label>
                <Explained
                    id="status-pin".to_owned()
                    hint=words.text(Key::StatusPinHint)
                    fault=pin_fault
                />
                <input
                    class="door__input"
                    id="status-pin"
                    class:pin--hidden=true
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    dir="ltr"
                    maxlength="6"
                    prop:value=pin
                    on:input=move |event| pin.set(event_target_value(&event))
                    aria-describedby="status-pin-hint status-pin-error"
                    aria-invalid=pin_invalid
                />
            </div>
            <div role="status">
                <Show when=move || asking.get()>
                    <label class="slip__work">
                        {words.text(Key::StatusAsking)}
                        <progress max="100" value=Signal::derive(work)></progress>
                    </label>
                </Show>
            </div>
            <div role="alert">
                {dynamic(move || {
                    said.get().map(|text| view! { <Notice tone=Tone::Attention><p>{text}</p></Notice> }).into_any()
                })}
            </div>
            <Stands told=standing/>
            <div class="slip__ways">
                {dynamic(move || open.get().accept.then(|| button(Key::BookAccept, icon::CHECK, || Act::Accept)).into_any())}
                {dynamic(move || open.get().wish.then(|| view! {
                    <button type="button" class="door__back" on:click=move |_| wishing.set(true)>
                        <Draw icon=icon::CALENDAR/>
                        {words.text(Key::SlipToBook)}
                    </button>
                }).into_any())}
                {dynamic(move || open.get().cancel.then(|| button(Key::BookCancel, icon::X, || Act::Cancel)).into_any())}
            </div>
            {dynamic(move || (wishing.get() && open.get().wish).then(|| view! {
                <WishForm site=untrack(site) on_wish=Callback::new(move |wish| ask(Act::Wish(wish)))/>
            }).into_any())}
        </Frame>
    }
}

/// What was typed, or each fault with the id of its input.
fn checked(words: Words, reference: &str, pin: &str) -> Result<(GroupRef, String), Vec<(String, String)>> {
    let reference = GroupRef::parse(reference).map_err(|fault| match fault {
        ReferenceFault::WrongLength => Key::StatusReferenceLength,
        ReferenceFault::StrangeCharacter => Key::StatusReferenceStrange,
        ReferenceFault::Misread => Key::StatusReferenceMisread,
    });
    let pin = post::pin(pin).ok_or(Key::StatusPinSix);
    match (reference, pin) {
        (Ok(reference), Ok(pin)) => Ok((reference, pin)),
        (reference, pin) => {
            let faults = [("status-reference", reference.err()), ("status-pin", pin.err())];
            let said = faults.into_iter().filter_map(|(id, key)| Some((id.to_owned(), words.get(key?))));
            Err(said.collect())
        }
    }
}
