//! Pictures that a record names: shown, fetched when they have not come yet, taken anew.
//!
//! What a record holds is a reference with the key of its picture (`seal::attachment`). It never leaves this module as
//! an address, an attribute or a log line; what pages show is the address of opened bytes, gone when they are left.

use super::camera::Camera;
use super::fields::Label;
use super::icon::{Draw, Icon};
use super::parts::{Face, initials};
use super::picture::{ObjectUrl, Picture, Purpose, shown_as};
use crate::device::{use_device, use_vault_handle};
use crate::pages::trouble::explain;
use crate::words::{Key, use_words};
use domain::DraftId;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use seal::{Address, Attachment, Media};
use std::cell::RefCell;
use std::collections::BTreeSet;
use store::{ApiLine, Fetched, Mailbox, StoreError, fetch_attachment};

/// How a picture is to be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The record names none.
    #[default]
    None,
    /// It is being looked for on this device.
    Looking,
    /// It can be shown.
    Here,
    /// It does not lie here, and could not be fetched now.
    NotHere,
    /// It is being fetched.
    Fetching,
    /// The server does not hold it: it waits on another device.
    NotThere,
    /// It does not open, or is nothing that this app could have made: it is not shown.
    Damaged,
}

impl State {
    fn words(self) -> Option<Key> {
        match self {
            State::None | State::Looking | State::Here => None,
            State::NotHere => Some(Key::PhotoNotHere),
            State::Fetching => Some(Key::PhotoFetching),
            State::NotThere => Some(Key::PhotoNotThere),
            State::Damaged => Some(Key::PhotoDamaged),
        }
    }
}

/// A picture as it can be shown now. Copies follow the same one.
#[derive(Clone, Copy)]
struct Shown {
    state: RwSignal<State>,
    url: RwSignal<Option<String>>,
    /// Grows when somebody asks for it once more.
    again: RwSignal<u32>,
}

/// Finds the picture of a reference, and fetches it once when it is not here. The line being down is no trouble: it
/// is asked for again after the next round that gets through. A larger one than said is fetched only when somebody
/// asks for it.
fn find(reference: Signal<String>, largest: usize) -> Shown {
    let device = use_device();
    let vault = use_vault_handle();
    let shown = Shown { state: RwSignal::default(), url: RwSignal::new(None), again: RwSignal::new(0) };
    // The address is revoked when the next picture takes its place and when the page is left; locking leaves it.
    let held = StoredValue::new_local(None::<ObjectUrl>);
    let turn = StoredValue::new(0_u32);
    // Once a round got through there is a line, and what another device held back may have come to the server.
    let outlook = device.courier().outlook;
    let reached = Memo::new(move |_| outlook.with(|outlook| outlook.reached));
    let arrived = ARRIVED.with(ArcRwSignal::clone);
    Effect::new(move |before: Option<(String, u32, Option<u64>)>| {
        arrived.track();
        let now = (reference.get(), shown.again.get(), reached.get());
        let text = now.0.clone();
        let same = before.as_ref().is_some_and(|before| (&before.0, before.1) == (&now.0, now.1));
        // Another picture that has come is a reason to look here, and no reason to ask the server.
        let fetches = before != Some(now.clone());
        // A round does not take away a picture that is shown, or one on its way.
        if same && matches!(shown.state.get_untracked(), State::Here | State::Looking | State::Fetching) {
            return now;
        }
        let number = turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        });
        if !same {
            shown.url.set(None);
            let _ = held.try_update_value(|held| *held = None);
        }
        let Some(attachment) = Attachment::parse(&text) else {
            shown.state.set(if text.is_empty() { State::None } else { State::Damaged });
            return now;
        };
        if !same {
            shown.state.set(State::Looking);
        }
        let Some(vault) = vault.try_get_value() else { return now };
        let fetches = fetches && (attachment.size() <= largest || now.1 > 0);
        let mailbox = device.store().mailbox();
        leptos::task::spawn_local(async move {
            let mine = || turn.try_get_value() == number;
            let mut found = vault.attachment(&attachment).await;
            if matches!(found, Ok(None)) && fetches && mine() {
                shown.state.try_set(State::Fetching);
                match fetch_once(&mailbox, &attachment).await {
                    Ok(Fetched::Here) => found = vault.attachment(&attachment).await,
                    Ok(Fetched::NotThere) if mine() => {
                        shown.state.try_set(State::NotThere);
                        return;
                    }
                    _ => {}
                }
            }
            if !mine() {
                return;
            }
            let state = match found {
                // Who made it may have put anything there, under any name.
                Ok(Some(bytes)) => match shown_as(&bytes).and_then(|mime| ObjectUrl::new(&bytes, mime)) {
                    Some(url) => {
                        shown.url.try_set(Some(url.as_str().to_owned()));
                        let _ = held.try_update_value(|held| *held = Some(url));
                        State::Here
                    }
                    None => State::Damaged,
                },
                Ok(None) => State::NotHere,
                Err(StoreError::Damaged { .. }) => State::Damaged,
                Err(_) => State::NotHere,
            };
            shown.state.try_set(state);
        });
        now
    });
    on_cleanup(move || {
        let _ = held.try_update_value(Option::take);
    });
    shown
}

thread_local! {
    /// Grows with each picture that has come.
    static ARRIVED: ArcRwSignal<u32> = ArcRwSignal::new(0);
    /// First addresses of what is being fetched: the same face stands in a list and on its page.
    static UNDER_WAY: RefCell<BTreeSet<Address>> = const { RefCell::new(BTreeSet::new()) };
}

/// Fetches a picture, or waits until another part of the page has done so.
async fn fetch_once(mailbox: &Mailbox, attachment: &Attachment) -> Result<Fetched, StoreError> {
    let Some(first) = attachment.addresses().first().copied() else { return Ok(Fetched::NotThere) };
    let begins = || UNDER_WAY.with_borrow_mut(|under_way| under_way.insert(first));
    if !begins() {
        while UNDER_WAY.with_borrow(|under_way| under_way.contains(&first)) {
            TimeoutFuture::new(LOOK_AGAIN_MS).await;
        }
        // What came of it shows when the picture is looked for on this device.
        return Ok(Fetched::Here);
    }
    let fetched = fetch_attachment(mailbox, &ApiLine::PAGE, attachment.addresses()).await;
    UNDER_WAY.with_borrow_mut(|under_way| under_way.remove(&first));
    if matches!(fetched, Ok(Fetched::Here)) {
        ARRIVED.with(|arrived| arrived.update(|count| *count += 1));
    }
    fetched
}

/// How often a part of the page that waits for another one's fetching looks whether it has ended.
const LOOK_AGAIN_MS: u32 = 150;

/// Largest face that is fetched because a list shows it: what the camera makes is smaller.
const FACE: usize = 64 * 1024;

/// The photo of a person beside their name, small: the initials where there is none, or not yet. Never read aloud.
#[component]
pub fn FacePhoto(
    /// Name as shown.
    name: String,
    /// What the record names; empty for none.
    #[prop(into)]
    reference: Signal<String>,
    /// Focal point of a group.
    #[prop(optional)]
    lead: bool,
) -> impl IntoView {
    let shown = find(reference, FACE);
    move || match shown.url.get() {
        Some(url) => view! { <img class="face face--photo" src=url alt="" aria-hidden="true"/> }.into_any(),
        None => view! { <Face name=name.clone() lead/> }.into_any(),
    }
}

/// The photo of a person, or a page of a paper, large; says where it is when it cannot be shown.
#[component]
pub fn Photo(
    /// Name as shown, for the initials; nothing of it is said where a page is shown.
    #[prop(optional, into)]
    name: String,
    /// What the record names; empty for none.
    #[prop(into)]
    reference: Signal<String>,
    /// A person, or a page.
    #[prop(default = Purpose::Person)]
    purpose: Purpose,
) -> impl IntoView {
    let words = use_words();
    let shown = find(reference, seal::attachment::LIMIT);
    let picture = move || match (shown.url.get(), purpose) {
        (Some(url), Purpose::Person) => {
            view! { <img class="photo__large" src=url alt=move || words.get(Key::PhotoOfPerson)/> }.into_any()
        }
        (Some(url), Purpose::Page | Purpose::Phone) => view! {
            <img class="photo__large photo__large--page" src=url alt=move || words.get(Key::PhotoOfPage)/>
        }
        .into_any(),
        (None, Purpose::Person) => view! {
            <span class="face face--large" aria-hidden="true">{initials(&name)}</span>
        }
        .into_any(),
        (None, Purpose::Page | Purpose::Phone) => ().into_any(),
    };
    view! {
        <div class="photo">
            {picture}
            <Whereabouts shown/>
        </div>
    }
}

/// Says why a picture is not seen, and offers to look for it again.
#[component]
fn Whereabouts(shown: Shown) -> impl IntoView {
    let words = use_words();
    move || {
        let state = shown.state.get();
        let key = state.words()?;
        let class = if state == State::Fetching { "note busy" } else { "note" };
        let again = matches!(state, State::NotHere | State::NotThere).then(|| {
            view! {
                <button class="btn" type="button" on:click=move |_| shown.again.update(|again| *again += 1)>
                    <Draw icon=Icon::Download/>
                    {words.get(Key::PhotoFetch)}
                </button>
            }
        });
        Some(view! { <p class=class role="status">{words.get(key)}</p> {again} })
    }
}

/// A picture as a field of a form: shows what its text names, and takes a new one, which is sealed and kept on the
/// device before the field names it.
#[component]
pub fn PhotoField(
    /// Names the parts; the first button is `ID`.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Label,
    /// What the field holds: a reference, or nothing.
    #[prop(into)]
    value: Signal<String>,
    /// The draft that the field is in: a picture without an entry is swept a month after its draft is gone.
    draft: DraftId,
    /// A person's photo, or a page.
    person: bool,
    /// Takes the new reference; empty when the picture was taken out. The draft is to be saved at once.
    on_take: Callback<String>,
    /// Why there is no photo: a code of list `photo_skipped`.
    #[prop(into, default = Signal::from(String::new()))]
    skipped: Signal<String>,
    /// Takes such a code. Left out where another question asks for it.
    #[prop(optional, into)]
    on_skip: Option<Callback<String>>,
) -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    let shown = find(value, seal::attachment::LIMIT);
    let trouble = RwSignal::new(None::<Key>);
    let purpose = if person { Purpose::Person } else { Purpose::Page };
    let keep = move |picture: Picture| {
        trouble.set(None);
        let Some(vault) = vault.try_get_value() else { return };
        leptos::task::spawn_local(async move {
            match vault.keep_attachment(draft, Media::JPEG, &picture.bytes).await {
                Ok(attachment) => {
                    let _ = on_take.try_run(attachment.to_text());
                }
                Err(error) => {
                    trouble.try_set(Some(explain(&error)));
                }
            }
        });
    };
    let fault = Signal::derive(move || trouble.get().map(|key| words.get(key)));
    let on_skipped = on_skip.map(|skip| UnsyncCallback::new(move |code: String| skip.run(code)));
    let title = format!("{id}-title");
    let remove = move || {
        (!value.with(String::is_empty)).then(|| {
            view! {
                <button class="btn btn--quiet" type="button" on:click=move |_| on_take.run(String::new())>
                    <Draw icon=Icon::Trash/>
                    {words.get(Key::PhotoRemove)}
                </button>
            }
        })
    };
    let camera = match on_skipped {
        Some(on_skipped) => {
            view! { <Camera id purpose shown=shown.url on_taken=keep skipped on_skipped fault/> }.into_any()
        }
        None => view! { <Camera id purpose shown=shown.url on_taken=keep skipped fault/> }.into_any(),
    };
    view! {
        <div class="field wide" role="group" aria-labelledby=title.clone()>
            <p class="field__label" id=title.clone()>{move || label.get()}</p>
            {camera}
            <Whereabouts shown/>
            {remove}
        </div>
    }
}
