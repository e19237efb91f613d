//! What waits at an office: urgent families first, then those that wait longest.

use super::row::Row;
use super::walk_in::{WalkIn, WalkInButton};
use crate::components::{Draw, Icon, Label, Select};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::trouble::{NotRead, explain};
use crate::pages::work::AsOf;
use crate::tables::Item;
use crate::when;
use crate::words::{Key, use_words};
use domain::application::{State, Summary};
use domain::service::brief::minutes_of;
use domain::{RecordId, UserId, search_key};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{StoreError, Vault};

/// Rows shown at first, and how many more with each tap.
const STEP: usize = 50;
/// The choice of all.
const ALL: &str = "all";
/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// Most that are found by what is typed.
const FOUND: usize = 200;

/// Everything that the page chooses from.
#[derive(Clone, PartialEq)]
struct Held {
    all: Arc<Vec<Summary>>,
    /// Those that wait and share their name with another that waits.
    same_name: Arc<BTreeSet<RecordId>>,
    collected_at: Option<u64>,
}

impl Held {
    async fn read(vault: &Vault) -> Result<Held, StoreError> {
        let all = Arc::new(Vec::clone(&*vault.applications().await?));
        let mut by_name: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
        for one in all.iter().filter(|one| one.state.is_open() && !one.name.is_empty()) {
            by_name.entry(search_key::key(&one.name)).or_default().push(one.record);
        }
        let several = by_name.into_values().filter(|same| same.len() > 1);
        let same_name = Arc::new(several.flatten().collect());
        Ok(Held { all, same_name, collected_at: vault.collected_at().await? })
    }
}

/// What somebody wants to see.
#[derive(Clone, PartialEq)]
struct Wanted {
    site: String,
    state: String,
    /// At least so many days old.
    days: String,
    urgent: bool,
}

impl Wanted {
    fn shows(&self, one: &Summary, me: UserId, now: i64) -> bool {
        // Of no choice, as of that of all, everything is shown.
        let days = self.days.parse::<i64>().unwrap_or(0);
        let any = |code: &str| code.is_empty() || code == ALL;
        let state = match self.state.as_str() {
            "open" => one.state.is_open(),
            "mine" => one.state == State::Taken && one.taken_by.contains(&me),
            code if any(code) => true,
            code => one.state.code() == code,
        };
        state
            && (any(&self.site) || one.site == self.site)
            && (!self.urgent || one.marks != 0)
            && (days == 0 || now - one.received >= days * DAY)
    }

    /// The places of what is shown, in the order in which it is.
    fn of(&self, all: &[Summary], me: UserId, now: i64) -> Vec<usize> {
        let shown = all.iter().enumerate().filter(|(_, one)| self.shows(one, me, now));
        let mut shown: Vec<(bool, bool, i64, usize)> =
            shown.map(|(at, one)| (!one.state.is_open(), one.marks == 0, one.received, at)).collect();
        shown.sort_unstable();
        shown.into_iter().map(|(.., at)| at).collect()
    }
}

/// The page.
#[component]
pub fn Applications() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::ApplicationsTitle);
    let site = vault.identity().site.clone();
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { Held::read(&vault).await.map_err(|error| explain(&error)) }
    });
    let read = Memo::new(move |_| loaded.get());
    let wanted =
        RwSignal::new(Wanted { site, state: "open".to_owned(), days: ALL.to_owned(), urgent: false });
    let text = RwSignal::new(String::new());
    let asking = RwSignal::new(false);
    let list = move || {
        Some(match read.get()? {
            Ok(held) => view! { <List held wanted text/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <h1 tabindex="-1">{move || words.get(Key::ApplicationsTitle)}</h1>
                <div class="applications__deeds">
                    <A href="/applications/scan" attr:class="btn btn--primary btn--big">
                        <Draw icon=Icon::Qr/>
                        {move || words.get(Key::ApplicationsScan)}
                    </A>
                    <WalkInButton open=asking/>
                    <A href="/appointments" attr:class="btn btn--big">
                        <Draw icon=Icon::Calendar/>
                        {move || words.get(Key::AppointmentsTitle)}
                    </A>
                </div>
            </div>
            <WalkIn open=asking/>
            {list}
        </main>
    }
}

#[component]
fn List(held: Held, wanted: RwSignal<Wanted>, text: RwSignal<String>) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let me = vault.with_value(|vault| vault.identity().user);
    let Held { all, same_name, collected_at } = held;
    if all.is_empty() {
        return view! {
            <AsOf at=collected_at/>
            <div class="card empty">
                <Draw icon=Icon::Qr/>
                <p>{move || words.get(Key::ApplicationsNoneYet)}</p>
                <p class="soft">{move || words.get(Key::ApplicationsNoneHint)}</p>
            </div>
        }
        .into_any();
    }
    let sites: BTreeSet<String> = all.iter().map(|one| one.site.clone()).collect();
    let more = RwSignal::new(STEP);
    let shown = {
        let all = Arc::clone(&all);
        Memo::new(move |_| {
            let typed = text.get();
            if typed.trim().is_empty() {
                let now = minutes_of(&when::local_minute()).unwrap_or(0);
                return wanted.with(|wanted| wanted.of(&all, me, now));
            }
            device.changed.track();
            let found = vault.with_value(|vault| vault.find_applications(typed.trim(), FOUND));
            let found: BTreeSet<RecordId> = found.into_iter().map(|one| one.record).collect();
            let places = all.iter().enumerate().filter(|(_, one)| found.contains(&one.record));
            places.map(|(at, _)| at).collect()
        })
    };
    let rows = move || {
        let shown = shown.get();
        if shown.is_empty() {
            return view! { <p class="applications__line soft">{words.get(Key::ApplicationsNone)}</p> }
                .into_any();
        }
        let rows = shown.iter().take(more.get()).filter_map(|at| all.get(*at)).map(|one| {
            let same_name = same_name.contains(&one.record);
            view! { <Row one=one.clone() same_name/> }
        });
        view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
    };
    view! {
        <AsOf at=collected_at/>
        <Filters wanted text sites/>
        <section class="card card--flush" aria-labelledby="applications-list">
            <div class="card__head">
                <h2 class="card__title" id="applications-list">
                    <span role="status">{move || words.count(Key::ApplicationsCount, shown.with(Vec::len) as u64)}</span>
                </h2>
            </div>
            {rows}
            <Show when=move || { shown.with(Vec::len) > more.get() }>
                <div class="section">
                    <button class="btn" type="button" on:click=move |_| more.update(|more| *more += STEP)>
                        {move || words.get(Key::ApplicationsMore)}
                    </button>
                </div>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn Filters(wanted: RwSignal<Wanted>, text: RwSignal<String>, sites: BTreeSet<String>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let none = Signal::stored(None::<String>);
    let all = move || Item::new(ALL, &words.get(Key::ApplicationsAll));
    let site_items = Signal::derive(move || {
        let named = sites.iter().filter(|site| !site.is_empty());
        let named = named.map(|site| Item::new(site, &forms.code_label("sites", site)));
        named.chain([all()]).collect::<Vec<_>>()
    });
    let state_items = Signal::derive(move || {
        let own = [("open", Key::ApplicationsOpen), ("mine", Key::ApplicationsMine)];
        let own = own.into_iter().map(|(code, key)| Item::new(code, &words.get(key)));
        own.chain(forms.list("application_state")).chain([all()]).collect::<Vec<_>>()
    });
    let day_items = Signal::derive(move || {
        let older = [7_u64, 30, 90]
            .map(|days| Item::new(&days.to_string(), &words.count(Key::ApplicationsOlder, days)));
        [all()].into_iter().chain(older).collect::<Vec<_>>()
    });
    let of = move |pick: fn(&Wanted) -> &String| Signal::derive(move || wanted.with(|it| pick(it).clone()));
    view! {
        <form class="fields applications__filters" role="search" on:submit=|event| event.prevent_default()>
            <div class="field wide">
                <label class="field__label" for="applications-text">{move || words.get(Key::ApplicationsFind)}</label>
                <div class="search">
                    <Draw icon=Icon::Search/>
                    <input class="input" id="applications-text" type="search" autocomplete="off" spellcheck="false" maxlength="200"
                        prop:value=text on:input=move |event| text.set(event_target_value(&event))/>
                </div>
            </div>
            <Select id="applications-site" label=Label::Key(Key::ApplicationsSite) value=of(|it| &it.site) items=site_items
                on_choose=move |code| wanted.update(|it| it.site = code) fault=none/>
            <Select id="applications-state" label=Label::Key(Key::ApplicationsState) value=of(|it| &it.state) items=state_items
                on_choose=move |code| wanted.update(|it| it.state = code) fault=none/>
            <Select id="applications-days" label=Label::Key(Key::ApplicationsAge) value=of(|it| &it.days) items=day_items
                on_choose=move |code| wanted.update(|it| it.days = code) fault=none/>
            <label class="check">
                <input type="checkbox" id="applications-urgent" prop:checked=move || wanted.with(|it| it.urgent)
                    on:change=move |event| wanted.update(|it| it.urgent = event_target_checked(&event))/>
                <span>{move || words.get(Key::ApplicationsUrgent)}</span>
            </label>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(number: u8, state: State, marks: u8, received: i64) -> Summary {
        let record = RecordId([number; 16]);
        Summary { record, state, marks, received, site: "metj".into(), ..Summary::default() }
    }

    #[test]
    fn urgent_families_come_first_and_then_who_waits_longest() {
        let all = [
            one(1, State::Received, 0, 100),
            one(2, State::Taken, 0, 50),
            one(3, State::Seen, 2, 900),
            one(4, State::Registered, 1, 10),
            one(5, State::Received, 1, 800),
            Summary { site: "chir".into(), ..one(6, State::Received, 1, 1) },
        ];
        let me = UserId([9; 16]);
        let mut wanted =
            Wanted { site: "metj".into(), state: "open".into(), days: String::new(), urgent: false };
        assert_eq!(wanted.of(&all, me, 1_000), [4, 2, 1, 0]);
        wanted.urgent = true;
        assert_eq!(wanted.of(&all, me, 1_000), [4, 2]);
        wanted = Wanted { site: String::new(), state: String::new(), days: "7".into(), urgent: false };
        assert_eq!(wanted.of(&all, me, 7 * DAY + 60), [5, 1, 3]);
        wanted = Wanted { site: String::new(), state: "mine".into(), days: String::new(), urgent: false };
        assert!(wanted.of(&all, me, 1_000).is_empty());
        let mine = [Summary { taken_by: vec![me], ..one(7, State::Taken, 0, 5) }];
        assert_eq!(wanted.of(&mine, me, 1_000), [0]);
    }
}
