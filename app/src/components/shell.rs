//! What frames every page: bar, the line of what waits, and the lock.

use super::icon::{Draw, Icon, Mark};
use super::language::Tongues;
use super::parts::Notice;
use super::strip::Strip;
use crate::device::{HIDDEN_MS, IDLE_MS, use_device, use_vault};
use crate::pages::work::{Door, NotForRole, door, lies_at, opens};
use crate::words::{Key, use_words};
use domain::Role;
use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The frame of pages before the lock.
#[component]
pub fn Gate(children: Children) -> impl IntoView {
    view! {
        <main class="gate" id="main">
            <p class="gate__mark"><Mark/><span>"Amparo"</span></p>
            <Tongues/>
            {children()}
        </main>
    }
}

/// The frame of pages behind the lock.
#[component]
pub fn Shell(children: Children) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    crate::passkey::provide_step_up();
    let role = Role::from_code(use_vault().identity().role);
    let door = door(role);
    // Each page has a frame of its own: where it lies does not change under it.
    let opens = opens(role, &use_location().pathname.get_untracked());
    lock_when_left_alone();
    begin_at_main();
    let lock = move |_| leptos::task::spawn_local(device.lock());
    let unsent = move || device.waiting.with(|waiting| waiting.map_or(0, |waiting| waiting.unsent as u64));
    let count = move || {
        (unsent() > 0).then(|| {
            view! {
                <span class="count">
                    {move || words.number(unsent())}
                    <span class="unseen">" "{move || words.get(Key::StripUnsentWord)}</span>
                </span>
            }
        })
    };
    view! {
        <div class="shell">
            <a class="skip" href="#main" on:click=skip>{move || words.get(Key::SkipToContent)}</a>
            <header class="top">
                <div class="bar">
                    <A href="/" attr:class="bar__mark"><Mark/><span>"Amparo"</span></A>
                    <nav class="nav" aria-label=move || words.get(Key::NavLabel)>
                        <ul>
                            <NavLink href="/" icon=Icon::Home label=Key::NavHome/>
                            // Auditors hold nobody's record and register nobody; no more do who only refer.
                            {match door {
                                Door::Log => {
                                    view! { <NavLink href="/audit" icon=Icon::Eye label=Key::NavAudit/> }.into_any()
                                }
                                Door::Referrals | Door::Border => view! {
                                    <NavLink href="/referrals" icon=Icon::Document label=Key::WorkNavReferrals/>
                                    <NavLink href="/refer" icon=Icon::Send label=Key::WorkNavRefer/>
                                }
                                .into_any(),
                                Door::People | Door::Others => view! {
                                    {(door == Door::People).then(|| view! {
                                        <NavLink href="/work" icon=Icon::Calendar label=Key::WorkNav/>
                                    })}
                                    <NavLink href="/search" icon=Icon::Search label=Key::NavSearch/>
                                    <NavLink href="/register" icon=Icon::Plus label=Key::NavRegister/>
                                    {crate::pages::applications::takes_in(role).then(|| view! {
                                        <NavLink href="/applications" icon=Icon::Document label=Key::ApplicationsTitle wide=true/>
                                    })}
                                }
                                .into_any(),
                            }}
                            <NavLink href="/outbox" icon=Icon::Outbox label=Key::NavOutbox>{count}</NavLink>
                            <NavLink href="/settings" icon=Icon::Settings label=Key::NavSettings/>
                        </ul>
                    </nav>
                    <button class="btn bar__lock" type="button" on:click=lock>
                        <Draw icon=Icon::Lock/>
                        <span>{move || words.get(Key::Lock)}</span>
                        <span class="unseen">" "{move || words.get(Key::LockDevice)}</span>
                    </button>
                </div>
                <Strip/>
            </header>
            <UpdateNotice/>
            {if opens { children() } else { view! { <NotForRole door/> }.into_any() }}
            <crate::passkey::StepUpDialog/>
        </div>
    }
}

/// A new page begins at its top and is read from there, unless it put the focus somewhere itself.
fn begin_at_main() {
    request_animation_frame(|| {
        window().scroll_to_with_x_and_y(0.0, 0.0);
        let placed = document()
            .active_element()
            .is_some_and(|element| element.closest("main").is_ok_and(|it| it.is_some()));
        if !placed {
            super::parts::focus_later("main".to_owned());
        }
    });
}

/// Skipping moves the focus without touching the address: the router would take a new one for another page.
fn skip(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    super::parts::focus_later("main".to_owned());
}

/// Pages that are reached by the page of a day's work.
const OF_WORK: [&str; 7] =
    ["/team", "/sessions", "/assistance", "/distributions", "/referrals", "/directory", "/export"];

#[component]
fn NavLink(
    href: &'static str,
    icon: Icon,
    label: Key,
    /// Only where the bar has room; elsewhere the first page and that of a day's work lead there.
    #[prop(optional)]
    wide: bool,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let words = use_words();
    let here = use_location().pathname;
    let current = move || {
        let here = here.get();
        let of_work = href == "/work" && OF_WORK.iter().any(|page| lies_at(&here, page));
        let booked = href == "/applications" && lies_at(&here, "/appointments");
        let within = if href == "/" { here == "/" } else { lies_at(&here, href) || of_work || booked };
        within.then_some("page")
    };
    view! {
        <li class:nav__wide=wide>
            <a class="nav__link" href=href aria-current=current>
                <Draw icon/>
                <span>{move || words.get(label)}</span>
                {children.map(|children| children())}
            </a>
        </li>
    }
}

/// A new version lies ready. It waits until the person agrees, and never offers itself over an open form.
#[component]
fn UpdateNotice() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let ready = RwSignal::new(false);
    store::worker::on_update_waiting(move || ready.set(true));
    let when = move || ready.get() && device.open_forms.get() == 0;
    let refused = RwSignal::new(false);
    store::worker::on_update_refused(move || refused.set(true));
    view! {
        <Show when=move || refused.get()>
            <div class="page page--notice">
                <Notice class="notice--attention" icon=Icon::Alert>{move || words.get(Key::UpdateRefused)}</Notice>
            </div>
        </Show>
        <Show when=when>
            <div class="page page--notice">
                <Notice class="notice--new" icon=Icon::Refresh>
                    {move || words.get(Key::UpdateReady)}" "
                    <button class="btn" type="button" on:click=move |_| store::worker::accept_update()>
                        {move || words.get(Key::UpdateNow)}
                    </button>
                </Notice>
            </div>
        </Show>
    }
}

/// Locks after a while without a touch, sooner when out of sight, and at once when the browser freezes the page.
fn lock_when_left_alone() {
    let device = use_device();
    let touched = Rc::new(Cell::new(crate::when::now()));
    let hidden = Rc::new(RefCell::new(None::<Timeout>));
    let lock = move || leptos::task::spawn_local(device.lock());
    let mut listeners = Vec::new();
    for event in ["pointerdown", "keydown", "wheel", "touchmove"] {
        let touched = touched.clone();
        listeners.push(window_event_listener_untyped(event, move |_| touched.set(crate::when::now())));
    }
    listeners.push(window_event_listener_untyped("visibilitychange", {
        let hidden = hidden.clone();
        move |_| {
            let timer = document().hidden().then(|| Timeout::new(HIDDEN_MS, lock));
            *hidden.borrow_mut() = timer;
        }
    }));
    // Told to the document, and to nobody above it: a listener at the window would never hear of it.
    let frozen = Closure::<dyn FnMut()>::new(lock);
    let _ = document().add_event_listener_with_callback("freeze", frozen.as_ref().unchecked_ref());
    // A clock that is looked at, rather than a timer that a sleeping tablet may never fire.
    let idle = Interval::new(5_000, move || {
        crate::pages::elsewhere::drop_ended(device);
        if crate::when::now().saturating_sub(touched.get()) >= u64::from(IDLE_MS) {
            lock();
        }
    });
    let held = StoredValue::new_local(Some((listeners, frozen, idle, hidden)));
    on_cleanup(move || {
        if let Some(Some((listeners, frozen, ..))) = held.try_update_value(Option::take) {
            listeners.into_iter().for_each(WindowListenerHandle::remove);
            let _ = document().remove_event_listener_with_callback("freeze", frozen.as_ref().unchecked_ref());
        }
    });
}
