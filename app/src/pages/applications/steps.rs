//! What can be done with a pre-registration: take it, register the family, close it with a reason.

use super::{draft, names};
use crate::components::{Draw, Icon, Label, Notice, Select};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::trouble::explain;
use crate::words::{Key, use_words};
use domain::application::{State, Summary};
use domain::{Record, RecordId};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use store::ApplicationAct;

/// The buttons, and who works on it.
#[component]
pub fn Steps(
    /// Its line.
    one: Summary,
    /// Its record.
    record: Record,
    /// The group that it became, where that lies here.
    family: Option<RecordId>,
    /// What was said can be read: a registration begins with it.
    readable: bool,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let forms = use_forms();
    let vault = use_vault_handle();
    let navigate = use_navigate();
    let me = vault.with_value(|vault| vault.identity().user);
    let id = one.record;
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Key>);
    let closing = RwSignal::new(false);
    let act = move |act: ApplicationAct| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let vault = vault.get_value();
        leptos::task::spawn_local(async move {
            match vault.act_on(id, &act).await {
                // What was saved draws the page anew.
                Ok(Some(_)) => device.courier().saved(device),
                Ok(None) => device.refresh(),
                Err(error) => drop(trouble.try_set(Some(explain(&error)))),
            }
            busy.try_set(false);
        });
    };
    let register = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let (vault, record, navigate) = (vault.get_value(), record.clone(), navigate.clone());
        leptos::task::spawn_local(async move {
            match draft::begin(&vault, device, forms, &record).await {
                Ok(draft) => navigate(&format!("/register/{draft}"), Default::default()),
                Err(key) => drop(trouble.try_set(Some(key))),
            }
            busy.try_set(false);
        });
    };
    if one.state == State::Registered || family.is_some() {
        return view! {
            <Notice class="notice--ok" icon=Icon::Check>
                {move || words.get(Key::ApplicationsRegistered)}" "
                {family.map(|family| view! {
                    <A href=format!("/groups/{family}") attr:class="btn">{move || words.get(Key::ApplicationsSeeFamily)}</A>
                })}
            </Notice>
        }
        .into_any();
    }
    if !one.state.is_open() {
        return ().into_any();
    }
    let mine = one.taken_by.contains(&me);
    let others: Vec<_> = one.taken_by.iter().copied().filter(|user| *user != me).collect();
    let two = mine && !others.is_empty();
    let told = (!one.taken_by.is_empty()).then(|| {
        let by = one.taken_by.clone();
        move || {
            let who = vault.with_value(|vault| names(words, vault, &by));
            let key = if two { Key::ApplicationsTwo } else { Key::ApplicationsTakenBy };
            if mine && !two {
                words.get(Key::ApplicationsTakenByMe)
            } else {
                words.with(key, &[("who", &who)])
            }
        }
    });
    let warns = !others.is_empty();
    let take = (!mine || two).then(|| {
        let key = if warns { Key::ApplicationsTakeOver } else { Key::ApplicationsTake };
        view! {
            <button class="btn" type="button" id="application-take" aria-busy=move || busy.get().to_string()
                on:click=move |_| act(ApplicationAct::Take)>
                <Draw icon=Icon::Person/>
                {move || words.get(key)}
            </button>
        }
    });
    let unseen = one.state == State::Received;
    view! {
        {told.map(|told| view! {
            <Notice class=if warns { "notice--attention" } else { "" } icon=Icon::Person>{told}</Notice>
        })}
        <div class="line tools">
            {readable.then(|| view! {
                <button class="btn btn--primary" type="button" id="application-register" aria-busy=move || busy.get().to_string()
                    on:click=register>
                    <Draw icon=Icon::Edit/>
                    {move || words.get(Key::ApplicationsRegister)}
                </button>
            })}
            {take}
            {unseen.then(|| view! {
                <button class="btn" type="button" on:click=move |_| act(ApplicationAct::Seen)>
                    <Draw icon=Icon::Eye/>
                    {move || words.get(Key::ApplicationsMarkSeen)}
                </button>
            })}
            <button class="btn btn--quiet" type="button" aria-expanded=move || closing.get().to_string()
                on:click=move |_| closing.update(|closing| *closing = !*closing)>
                {move || words.get(Key::ApplicationsClose)}
            </button>
        </div>
        <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
        <Show when=move || closing.get()>
            <Closing busy on_close=Callback::new(move |why| act(ApplicationAct::Close(why)))/>
        </Show>
    }
    .into_any()
}

/// Why it is closed: one reason of the list, chosen on purpose.
#[component]
fn Closing(busy: RwSignal<bool>, on_close: Callback<String>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let why = RwSignal::new(String::new());
    let missing = RwSignal::new(false);
    let fault = Signal::derive(move || missing.get().then(|| words.get(Key::ApplicationsCloseFault)));
    let items = Signal::derive(move || forms.list("application_close"));
    let choose = move |code: String| {
        missing.set(false);
        why.set(code);
    };
    let close = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match why.get_untracked() {
            code if code.is_empty() => missing.set(true),
            code => on_close.run(code),
        }
    };
    view! {
        <form class="card stack" novalidate on:submit=close>
            <Select id="application-why" label=Label::Key(Key::ApplicationsCloseWhy) value=why items on_choose=choose fault/>
            <div class="line">
                <button class="btn btn--danger" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || words.get(Key::ApplicationsClose)}
                </button>
            </div>
        </form>
    }
}
