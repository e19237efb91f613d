//! The PIN: chosen for a new family, and asked for by one that lies here.

use super::{Page, go_on, use_kept};
use crate::frame::{Frame, use_door};
use crate::page::Page as Place;
use crate::pieces::lean::{Show, dynamic};
use crate::pieces::{Draw, Notice, Tone, focus_later, icon};
use crate::words::{Key, use_words};
use domain::RecordId;
use domain::application::Application;
use leptos::prelude::*;
use seal::Kdf;
use speech::{derive, when};
use store::StoreError;
use store::applicant::{Draft, FamilyInfo, NotOpened, status_salt};
use zeroize::{Zeroize, Zeroizing};

/// Digits of a PIN.
const DIGITS: usize = 6;
/// Gigabytes of memory from which a phone spares the 64 MiB of the better costs; browsers that do not say get the lower.
const ROOMY: f64 = 4.0;

/// A new family: its PIN, typed twice.
pub fn new() -> impl IntoView {
    let (kept, door, words) = (use_kept(), use_door(), use_words());
    let (first, second) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let again = RwSignal::new(false);
    let state = State::new();
    on_cleanup(move || [first, second].iter().for_each(wipe));
    let submit = move |()| {
        let typed = if again.get_untracked() { second } else { first };
        let wrong = typed.with_untracked(|typed| {
            if typed.len() < DIGITS {
                Some(Key::KeepPinShort)
            } else if is_easy(typed) {
                Some(Key::KeepPinEasy)
            } else {
                (again.get_untracked() && first.with_untracked(|first| first != typed))
                    .then_some(Key::KeepPinOther)
            }
        });
        if let Some(key) = wrong {
            // Which of the two was meant, nobody knows: both are typed anew.
            if key == Key::KeepPinOther {
                [first, second].iter().for_each(wipe);
                again.set(false);
            }
            return state.fail(key, 0);
        }
        state.fine();
        if !again.get_untracked() {
            return again.set(true);
        }
        if state.begin() {
            let pin = Zeroizing::new(first.get_untracked());
            leptos::task::spawn_local(async move {
                let language = words.language().code();
                match make(&pin, language).await {
                    Ok(step) => door.replace(go_on(&step)),
                    Err(key) => state.fail(key, 0),
                }
                state.end();
            });
        }
    };
    let back = move |()| {
        if again.get_untracked() {
            wipe(&second);
            again.set(false);
        } else {
            door.back();
        }
    };
    let title = move || words.get(if again.get() { Key::KeepPinAgain } else { Key::KeepPinChoose });
    let label = Signal::derive(title);
    let pad = move || {
        let value = if again.get() { second } else { first };
        view! { <Pad label value state/> }
    };
    view! {
        <Frame title=label icon=icon::LOCK on_next=Callback::new(submit) on_back=Callback::new(back)>
            <Show when=move || kept.was_evicted()>
                <Notice tone=Tone::Attention><p>{words.text(Key::KeepEvicted)}</p></Notice>
            </Show>
            <p>{words.text(Key::KeepPinWhy)}</p>
            {dynamic(move || pad().into_any())}
            <Busy state says=Key::KeepPinMaking/>
            <Show when=may_forget>
                <Notice tone=Tone::Attention><p>{words.text(Key::KeepToday)}</p></Notice>
            </Show>
        </Frame>
    }
}

/// Makes the family of a PIN; the page to go on with.
async fn make(pin: &str, language: &str) -> Result<String, Key> {
    let kept = use_kept();
    let families = kept.families().ok_or(Key::KeepNothingKept)?;
    if !kept.flush().await {
        // Another family is open and could not be saved: it stays.
        return Err(Key::KeepStays);
    }
    let salt = store::random();
    let (mut kdf, mut stretched) = (costs(), derive::stretch_digits(pin, costs(), &salt).await);
    if stretched.is_err() && kdf != Kdf::FLOOR {
        kdf = Kdf::FLOOR;
        stretched = derive::stretch_digits(pin, kdf, &salt).await;
    }
    let stretched = stretched.map_err(|_| Key::KeepNotAble)?;
    let id = RecordId::fresh(when::now(), store::random());
    let application = Application::begin(id, when::now(), language);
    // The same phone or another one asks by it how far it has come.
    let salt_of_status = status_salt(application.reference().as_str());
    let status =
        derive::stretch_digits(pin, Kdf::FLOOR, &salt_of_status).await.map_err(|_| Key::KeepNotAble)?;
    let draft = Draft::begin(application, store::random(), Zeroizing::new(**status));
    let begun = families.begin(&stretched, kdf, salt, &draft).await.map_err(|error| match error {
        StoreError::Full => Key::KeepFull,
        StoreError::Closed | StoreError::Blocked => Key::KeepShut,
        _ => Key::KeepNothingKept,
    })?;
    let step = draft.step.clone();
    kept.opened(begun, draft, when::now());
    kept.look().await;
    // Most phones say no until the page was used for a while; then they are asked again with the next family.
    store::ask_to_persist().await;
    Ok(step)
}

/// The PIN of a family that lies here.
pub fn enter() -> impl IntoView {
    let (kept, door, words) = (use_kept(), use_door(), use_words());
    let typed = RwSignal::new(String::new());
    let state = State::new();
    on_cleanup(move || wipe(&typed));
    let submit = move |()| {
        let Some(info) = untrack(|| kept.chosen()) else { return };
        if typed.with_untracked(String::len) < DIGITS {
            return state.fail(Key::KeepPinShort, 0);
        }
        state.fine();
        if state.begin() {
            let pin = Zeroizing::new(typed.get_untracked());
            wipe(&typed);
            leptos::task::spawn_local(async move {
                match unlock(&info, &pin).await {
                    // The gate shows what was asked for by itself.
                    Ok(step) if matches!(untrack(|| door.page()), Place::Keep(_)) => {
                        door.replace(go_on(&step))
                    }
                    Ok(_) => {}
                    Err(Ok(0)) => state.fail(Key::KeepPinWrong, 0),
                    Err(Ok(until)) => state.fail(Key::KeepPinWait, until),
                    Err(Err(key)) => state.fail(key, 0),
                }
                state.end();
            });
        }
    };
    let family =
        move || kept.chosen().map(|info| words.with(Key::KeepFamily, &[("n", &info.number.to_string())]));
    let several = move || kept.list().len() > 1;
    let label = words.text(Key::KeepPinEnter);
    view! {
        <Frame title=label icon=icon::LOCK on_next=Callback::new(submit) on_back=Callback::new(move |()| door.go(Place::Welcome))>
            <Show when=several><p>{dynamic(move || family().into_any())}</p></Show>
            <Pad label value=typed state/>
            <Busy state says=Key::KeepPinOpening/>
            <button type="button" class="door__row" on:click=move |_| door.go(Place::Keep(Page::List))>
                <Draw icon=icon::PEOPLE/>
                {words.text(Key::KeepOthers)}
            </button>
            <button type="button" class="door__row" on:click=move |_| door.go(Place::Keep(Page::Erase))>
                <Draw icon=icon::LOCK/>
                {words.text(Key::KeepPinForgot)}
            </button>
        </Frame>
    }
}

/// Opens a family; else the time from which another PIN may be tried, or what is wrong with the phone.
async fn unlock(info: &FamilyInfo, pin: &str) -> Result<String, Result<u64, Key>> {
    let kept = use_kept();
    let families = kept.families().ok_or(Err(Key::KeepNothingKept))?;
    // Said at once: stretching takes its time, and would be for nothing.
    if info.wait_until > when::now() {
        return Err(Ok(info.wait_until));
    }
    let stretched =
        derive::stretch_digits(pin, info.kdf, &info.salt).await.map_err(|_| Err(Key::KeepNotAble))?;
    let opened = families.unlock(info.id, &stretched).await;
    kept.look().await;
    match opened {
        Ok((family, draft)) => {
            let step = draft.step.clone();
            kept.opened(family, draft, info.changed);
            Ok(step)
        }
        Err(NotOpened::WrongPin { until } | NotOpened::TooSoon { until }) => Err(Ok(until)),
        Err(NotOpened::Store(StoreError::Damaged { .. })) => Err(Err(Key::KeepDamaged)),
        Err(NotOpened::Store(StoreError::Full)) => Err(Err(Key::KeepFull)),
        Err(NotOpened::Store(_)) => Err(Err(Key::KeepShut)),
    }
}

/// What goes on with a PIN on its page.
#[derive(Clone, Copy)]
struct State {
    /// What is wrong, and the time that its sentence names; 0 for none.
    fault: RwSignal<Option<(Key, u64)>>,
    busy: RwSignal<bool>,
}

impl State {
    fn new() -> State {
        State { fault: RwSignal::default(), busy: RwSignal::default() }
    }

    /// Says what is wrong, and goes back to the input.
    fn fail(self, key: Key, until: u64) {
        self.fault.try_set(Some((key, until)));
        focus_later("pin".to_owned());
    }

    fn fine(self) {
        self.fault.set(None);
    }

    /// Whether nothing else is going on.
    fn begin(self) -> bool {
        !self.busy.try_update(|busy| std::mem::replace(busy, true)).unwrap_or(true)
    }

    fn end(self) {
        self.busy.try_set(false);
    }
}

/// The input with its large keys. No keyboard comes up over the page, and none remembers what was typed.
#[component]
fn Pad(label: Signal<String>, value: RwSignal<String>, state: State) -> impl IntoView {
    let words = use_words();
    let shown = RwSignal::new(false);
    let put = move |digit: char| {
        value.update(|value| {
            if value.len() < DIGITS {
                value.push(digit);
            }
        });
    };
    let back = move |_| {
        value.update(|value| {
            value.pop();
        });
    };
    let fault =
        move || state.fault.get().map(|(key, until)| words.with(key, &[("time", &when::clock(until))]));
    let keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map(|digit| {
        view! { <button type="button" class="pin__key" on:click=move |_| put(digit)>{digit}</button> }
    });
    let class = move || {
        if state.fault.with(Option::is_some) { "door__field door__field--error" } else { "door__field" }
    };
    let count = move || words.with(Key::KeepPinTyped, &[("n", &value.with(String::len).to_string())]);
    view! {
        <div class=Signal::derive(class)>
            <label class="door__hears" for="pin">{move || label.get()}</label>
            <p class="door__error" id="pin-error" role="alert">{dynamic(move || fault().into_any())}</p>
            <input
                class=move || if shown.get() { "door__input pin" } else { "door__input pin pin--hidden" }
                type="text"
                id="pin"
                inputmode="none"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                dir="ltr"
                prop:value=move || value.get()
                on:input=move |event| {
                    value.set(digits(&event_target_value(&event)));
                    // What was no digit goes from the input too.
                    value.notify();
                }
                aria-describedby="pin-error pin-count"
                aria-invalid=move || state.fault.with(Option::is_some).to_string()
            />
            <p class="door__hint pin__count" id="pin-count" role="status">{Signal::derive(count)}</p>
            <div class="pin__keys" dir="ltr">
                {keys}
                <button type="button" class="pin__key pin__key--word" aria-pressed=move || shown.get().to_string() on:click=move |_| shown.update(|shown| *shown = !*shown)>
                    {words.text(Key::KeepPinShow)}
                </button>
                <button type="button" class="pin__key" on:click=move |_| put('0')>"0"</button>
                <button type="button" class="pin__key pin__key--word" on:click=back>
                    {words.text(Key::KeepPinBack)}
                </button>
            </div>
        </div>
    }
}

/// Stretching takes its time: that it goes on.
#[component]
fn Busy(state: State, says: Key) -> impl IntoView {
    let words = use_words();
    view! { <p class="pin__busy" role="status">{move || state.busy.get().then(|| words.get(says))}</p> }
}

/// The digits of what was typed, in whatever script, as many as a PIN has.
fn digits(typed: &str) -> String {
    let digit = |letter: char| match letter {
        '0'..='9' => Some(letter),
        '٠'..='٩' => char::from_digit(letter as u32 - '٠' as u32, 10),
        '۰'..='۹' => char::from_digit(letter as u32 - '۰' as u32, 10),
        _ => None,
    };
    typed.chars().filter_map(digit).take(DIGITS).collect()
}

/// Whether it is among the first that anybody would try: one digit alone, or digits in a row.
fn is_easy(pin: &str) -> bool {
    let steps: Vec<i32> = pin
        .as_bytes()
        .windows(2)
        .filter_map(|pair| Some(i32::from(*pair.get(1)?) - i32::from(*pair.first()?)))
        .collect();
    [0, 1, -1].iter().any(|step| steps.iter().all(|it| it == step))
}

fn wipe(pin: &RwSignal<String>) {
    pin.try_update(|pin| pin.zeroize());
}

/// What a phone can spare.
fn costs() -> Kdf {
    let memory = js_sys::Reflect::get(&window().navigator(), &"deviceMemory".into()).ok();
    let roomy = memory.and_then(|memory| memory.as_f64()).is_some_and(|memory| memory >= ROOMY);
    if roomy { Kdf::STANDARD } else { Kdf::FLOOR }
}

/// Browsers that clear what a page keeps after seven days without a visit: all of Apple's.
fn may_forget() -> bool {
    let vendor = js_sys::Reflect::get(&window().navigator(), &"vendor".into()).ok();
    vendor.and_then(|vendor| vendor.as_string()).is_some_and(|vendor| vendor.starts_with("Apple"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_script_are_taken_and_nothing_else() {
        for (typed, expected) in
            [("12 34-56", "123456"), ("١٢٣", "123"), ("۹۸a7", "987"), ("1234567", "123456"), ("", "")]
        {
            assert_eq!(digits(typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_anybody_would_try_first_is_no_pin() {
        for (pin, easy) in
            [("000000", true), ("123456", true), ("654321", true), ("135790", false), ("271828", false)]
        {
            assert_eq!(is_easy(pin), easy, "{pin}");
        }
    }
}
