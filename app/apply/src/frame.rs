//! What every page of the door stands in: mark, language and the way out on top, how far it is, the question with its icon,
//! and Back and Continue at the thumb. Moving between pages is here too: without a router, over the browser's history.

use crate::choices::Choices;
use crate::keep;
use crate::page::Page;
use crate::pieces::icon::{self, Draw, Icon};
use crate::pieces::speaker::Speaker;
use crate::pieces::{dynamic, effect, memo};
use crate::words::{self, Key, Language, Words, use_words};
use gloo_timers::callback::Timeout;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use speech::when;
use std::cell::Cell;
use wasm_bindgen::JsValue;

/// Where somebody who leaves in a hurry ends up. The first words' own link and the start script lead there too.
const NEUTRAL: &str = "https://es.wikipedia.org/";
/// Milliseconds in which the browser has gone back in its history, or will not.
const GOING_BACK: u32 = 300;

thread_local! {
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// Whether what was typed lies on this phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Saved {
    /// Nothing was typed yet.
    #[default]
    Nothing,
    /// It is just being written.
    Writing,
    /// Kept, at this time (milliseconds since 1970).
    At(u64),
    /// It could not be kept; what was typed stays on the page.
    Failed,
    /// It could not be kept because the phone has no room left.
    Full,
}

/// The door: where people are in it, and what all its pages share. A context of every page.
#[derive(Clone, Copy)]
pub struct Door {
    words: Words,
    page: RwSignal<Page>,
    moves: RwSignal<u32>,
    choices: RwSignal<Choices>,
    /// What the line below the page says; whoever keeps drafts sets it.
    pub saved: RwSignal<Saved>,
}

/// The door that `provide_context` put above this component.
#[must_use]
pub fn use_door() -> Door {
    expect_context()
}

impl Door {
    /// At the page that the address names.
    #[must_use]
    pub fn new(words: Words, choices: Choices) -> Door {
        Door {
            words,
            page: RwSignal::new(Page::at(&address())),
            moves: RwSignal::new(0),
            choices: RwSignal::new(choices),
            saved: RwSignal::default(),
        }
    }

    /// The page that was asked for; reactive. What is shown may be the lock instead ([`keep::gate`]).
    #[must_use]
    pub fn page(self) -> Page {
        self.page.get()
    }

    /// What can be chosen from, in the language spoken now; reactive.
    #[must_use]
    pub fn choices(self) -> Choices {
        self.choices.get()
    }

    /// Opens a page; the phone's Back button leads back from it.
    pub fn go(self, page: Page) {
        if self.page.get_untracked() == page {
            return;
        }
        if let Ok(history) = window().history() {
            let state = JsValue::from_f64(f64::from(depth() + 1));
            let _ = history.push_state_with_url(&state, "", Some(&page.address()));
        }
        self.show(page);
    }

    /// Opens a page in the place of this one: Back never leads to this one again.
    pub fn replace(self, page: Page) {
        if let Ok(history) = window().history() {
            let state = JsValue::from_f64(f64::from(depth()));
            let _ = history.replace_state_with_url(&state, "", Some(&page.address()));
        }
        self.show(page);
    }

    /// Back to where people came from; to the first page where they came from elsewhere.
    pub fn back(self) {
        if depth() == 0 {
            self.replace(Page::Welcome);
        } else if let Ok(history) = window().history() {
            let _ = history.back();
        }
    }

    /// Speaks another language from now on. What was typed stays.
    pub fn speak(self, language: Language) {
        leptos::task::spawn_local(async move {
            let choices = Choices::load(language).await;
            if !choices.is_empty() && self.words.change(language).await {
                self.choices.set(choices);
                words::remember(language);
            }
        });
    }

    /// Leaves at once: what is open is locked and a page that tells nothing takes the place of all pages of the door, so
    /// that Back does not lead into them.
    pub fn leave(self) {
        keep::leaving();
        LEAVING.set(true);
        if let (1.., Ok(history)) = (depth(), window().history()) {
            let _ = history.go_with_delta(-depth());
            Timeout::new(GOING_BACK, replace_with_neutral).forget();
        } else {
            replace_with_neutral();
        }
    }

    /// Shows the page whose address the browser went to, with its Back and Forward. To be called once.
    pub fn follow_history(self) {
        window_event_listener(leptos::ev::popstate, move |_| {
            if LEAVING.get() {
                return replace_with_neutral();
            }
            self.show(Page::at(&address()));
        });
        #[cfg(debug_assertions)]
        tell_pages();
    }

    fn show(self, page: Page) {
        self.moves.update(|moves| *moves += 1);
        self.page.set(page);
    }
}

fn replace_with_neutral() {
    let _ = window().location().replace(NEUTRAL);
}

fn address() -> String {
    window().location().pathname().unwrap_or_default()
}

/// How many pages of the door lie before this one in the history.
fn depth() -> i32 {
    let state = window().history().and_then(|history| history.state());
    state.ok().and_then(|state| state.as_f64()).map_or(0, |depth| depth as i32)
}

/// For tests that walk through every page: their addresses, where scripts of a test find them.
#[cfg(debug_assertions)]
fn tell_pages() {
    let pages: js_sys::Array =
        Page::all().into_iter().map(|page| JsValue::from_str(&page.address())).collect();
    let _ = js_sys::Reflect::set(&window(), &JsValue::from_str("AMPARO_PAGES"), &pages);
}

/// Takes away the words that stood in the page before the program ran.
pub fn replace_first_words() {
    if let Some(words) = document().get_element_by_id("first-words") {
        words.remove();
    }
}

/// Whatever page is open.
#[component]
pub fn Pages() -> impl IntoView {
    let door = use_door();
    let shown = memo(move || keep::gate(door.page()));
    dynamic(move || shown.get().view())
}

/// The frame of one page.
#[component]
pub fn Frame(
    /// The one question, or what this page is.
    #[prop(into)]
    title: Signal<String>,
    /// Drawn beside it.
    icon: Icon,
    /// Which step this is, and of how many.
    #[prop(into, default = Signal::from(None))]
    step: Signal<Option<(u32, u32)>>,
    /// Pressed Continue, or Enter. Without it there is no such button.
    #[prop(optional, into)]
    on_next: Option<Callback<()>>,
    /// What that button says, where it is not «Continuar».
    #[prop(optional, into)]
    next: Option<Signal<String>>,
    /// Pressed «Saltar por ahora». Without it there is no such button.
    #[prop(optional, into)]
    on_skip: Option<Callback<()>>,
    /// Pressed Back, where it is not the page before.
    #[prop(optional, into)]
    on_back: Option<Callback<()>>,
    /// The first page has nothing before it.
    #[prop(optional)]
    no_back: bool,
    /// What stands between the title and the buttons.
    children: Children,
) -> impl IntoView {
    let (door, words) = (use_door(), use_words());
    let heading = NodeRef::<leptos::html::H1>::new();
    effect(move || {
        // Not at the very start: nobody moved, and a reader begins at the top.
        if let (Some(heading), true) = (heading.get(), door.moves.get_untracked() > 0) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            let _ = heading.focus();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(next) = on_next {
            next.run(());
        }
    };
    let back = move |_| match on_back {
        Some(back) => back.run(()),
        None => door.back(),
    };
    let next_label = next.unwrap_or_else(|| words.text(Key::FrameNext));
    let way = dynamic(move || {
        let Some((n, of)) = step.get() else { return ().into_any() };
        let (n, of) = (n.to_string(), of.to_string());
        let text = words.with(Key::FrameStep, &[("n", &n), ("of", &of)]);
        view! {
            <div class="door__way">
                <p>{text}</p>
                <progress max=of value=n aria-hidden="true"></progress>
            </div>
        }
        .into_any()
    });
    view! {
        <div class="door">
            <Top/>
            <main>
                {way}
                <form class="door__page" novalidate autocomplete="off" on:submit=submit>
                    <div class="door__head">
                        <Draw icon/>
                        <h1 tabindex="-1" node_ref=heading>{title}</h1>
                        <Speaker/>
                    </div>
                    {children()}
                    <div class="door__bar">
                        {(!no_back).then(|| view! {
                            <button type="button" class="door__back" on:click=back>
                                <Draw icon=icon::BACK/>
                                {words.text(Key::FrameBack)}
                            </button>
                        }.into_any())}
                        {on_next.map(|_| view! {
                            <button type="submit" class="door__go">{next_label}</button>
                        }.into_any())}
                        {on_skip.map(|skip| view! {
                            <button type="button" class="door__skip" on:click=move |_| skip.run(())>
                                {words.text(Key::FrameSkip)}
                            </button>
                        }.into_any())}
                    </div>
                </form>
            </main>
            <SavedLine/>
        </div>
    }
}

/// Mark, language and the way out.
#[component]
fn Top() -> impl IntoView {
    let (door, words) = (use_door(), use_words());
    let home = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        door.go(Page::Welcome);
    };
    let options = Language::ALL.map(|language| {
        view! {
            <option value=language.code() lang=language.code() selected=Signal::derive(move || words.language() == language)>
                {language.name()}
            </option>
        }
    });
    view! {
        <header class="door__top">
            <a class="door__mark" href=Page::Welcome.address() on:click=home>
                <icon::Mark/>
                <span>"Amparo"</span>
            </a>
            <select
                class="door__speak"
                aria-label=words.text(Key::FrameLanguage)
                on:change=move |event| door.speak(Language::from_code(&event_target_value(&event)))
            >
                {options}
            </select>
            <button type="button" class="door__leave" on:click=move |_| door.leave()>
                {words.text(Key::FrameLeave)}
            </button>
        </header>
    }
}

/// «Guardado en este teléfono 10:42».
#[component]
fn SavedLine() -> impl IntoView {
    let (door, words) = (use_door(), use_words());
    let text = Signal::derive(move || match door.saved.get() {
        Saved::Nothing => String::new(),
        Saved::Writing => words.get(Key::FrameSaving),
        Saved::At(at) => words.with(Key::FrameSaved, &[("time", &when::clock(at))]),
        Saved::Failed => words.get(Key::FrameNotSaved),
        Saved::Full => words.get(Key::KeepFull),
    });
    let class = Signal::derive(move || match door.saved.get() {
        Saved::Failed | Saved::Full => "door__saved door__saved--failed",
        _ => "door__saved",
    });
    view! { <p class=class role="status">{text}</p> }
}

/// What this is, and in which language: the first words again, once the program runs.
pub(crate) fn welcome() -> impl IntoView {
    let (door, words) = (use_door(), use_words());
    let tongues = Language::ALL.map(|language| {
        let current = Signal::derive(move || (words.language() == language).to_string());
        view! {
            <li>
                <button
                    type="button"
                    class="door__tongue"
                    lang=language.code()
                    dir=language.direction()
                    aria-current=current
                    on:click=move |_| {
                        words::remember(language);
                        door.speak(language);
                    }
                >
                    {language.name()}
                </button>
            </li>
        }
    });
    let rights = [
        Key::WelcomeFree,
        Key::WelcomeNoStatus,
        Key::WelcomeOffline,
        Key::WelcomePrivate,
        Key::WelcomeSafari,
    ];
    let rights = rights.map(|key| view! { <li>{words.text(key)}</li> });
    view! {
        <Frame
            title=words.text(Key::WelcomeTitle)
            icon=icon::MARK
            no_back=true
            next=words.text(Key::WelcomeBegin)
            on_next=Callback::new(move |()| door.go(keep::begin()))
        >
            <ul class="door__tongues" role="list">{tongues}</ul>
            <p>{words.text(Key::WelcomeWhat)}</p>
            <ul class="door__rights" role="list">{rights}</ul>
            <p><a href="/offices" rel="external">{words.text(Key::WelcomeOffices)}</a></p>
        </Frame>
    }
}
