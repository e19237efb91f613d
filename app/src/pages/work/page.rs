//! My work today: what is due, what waits for me and for whom I wait, each with one tap to go on.

use super::{AsOf, Held, Line, Lines, What};
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::forms::{Forms, use_forms};
use crate::pages::applications::takes_in;
use crate::pages::trouble::explain;
use crate::tables::{Tables, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::permission::office_reach;
use domain::service::Referral;
use domain::service::board::mine;
use domain::{OfficeAct, RecordId, Role};
use leptos::prelude::*;
use leptos_router::components::A;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use store::{StoreError, Vault};

/// Answers older than so many milliseconds are no news.
const NEWS: u64 = 7 * 24 * 60 * 60 * 1000;

/// When referrals were answered by somebody else, as their records say it: opened once for each state that they were in.
type Answers = RefCell<BTreeMap<(RecordId, String), Option<u64>>>;

/// One list of the page: its name in markup, its title, what it asks, its rows, and how many there are more.
type List = (&'static str, Key, What, Vec<Line>, u64);

/// What the page shows.
#[derive(Clone, PartialEq)]
pub(super) struct Shown {
    pub lists: Vec<List>,
    pub collected_at: Option<u64>,
    /// How much of it is due today.
    pub due: u64,
}

impl Shown {
    /// Reads all lists that hold anything; of the answered ones, those that colleagues answered lately.
    async fn read(
        vault: &Vault,
        tables: Tables,
        forms: Forms,
        answers: &Answers,
    ) -> Result<Shown, StoreError> {
        let held = Held::read(vault, tables).await?.with_consents(vault).await?;
        let mut work = held.look(forms, |view| mine(&held.briefs, view));
        let due = work.due() as u64;
        let asked = |place: &usize| held.briefs.get(*place).map(|it| (it.record, it.state.to_string()));
        let unknown: BTreeMap<RecordId, String> = {
            let known = answers.borrow();
            work.answered.iter().filter_map(asked).filter(|asked| !known.contains_key(asked)).collect()
        };
        if !unknown.is_empty() {
            let me = vault.identity().user;
            let ids: Vec<RecordId> = unknown.keys().copied().collect();
            let records = vault.records(&ids).await?;
            let told = records.iter().filter_map(|record| {
                let answer = Referral::of(record).and_then(Referral::standing);
                let at = answer.filter(|(_, it)| it.author != me).map(|(_, it)| it.at);
                Some(((record.id, unknown.get(&record.id)?.clone()), at))
            });
            answers.borrow_mut().extend(told);
        }
        let since = when::now().saturating_sub(NEWS);
        let answered = |place: &usize| asked(place).and_then(|asked| *answers.borrow().get(&asked)?);
        work.answered.retain(|place| answered(place).is_some_and(|at| at >= since));
        work.answered.sort_by_key(|place| core::cmp::Reverse(answered(place)));
        let lists = [
            ("follow-ups", Key::WorkFollowUps, What::FollowUp, &work.follow_ups),
            ("to-acknowledge", Key::WorkToAcknowledge, What::Acknowledge, &work.to_acknowledge),
            ("to-answer", Key::WorkToAnswer, What::Received, &work.to_answer),
            ("late", Key::WorkLate, What::Sent, &work.late),
            ("planned", Key::WorkPlanned, What::Give, &work.planned),
            ("answered", Key::WorkAnswered, What::Sent, &work.answered),
            ("in-hand", Key::WorkInHand, What::Received, &work.in_hand),
            ("unacknowledged", Key::WorkUnacknowledged, What::Sent, &work.unacknowledged),
            ("waiting", Key::WorkWaiting, What::Sent, &work.waiting),
            ("needs", Key::WorkNeeds, What::Need, &work.needs),
            ("coming", Key::WorkComing, What::FollowUp, &work.coming),
        ];
        let full = lists.into_iter().filter(|(.., places)| !places.is_empty());
        let lists = full
            .map(|(id, title, what, places)| {
                let (lines, more) = Line::of(&held, forms, vault, places, what);
                (id, title, what, lines, more)
            })
            .collect();
        Ok(Shown { lists, collected_at: held.collected_at, due })
    }
}

/// What is shown, followed as the device changes; `None` until it was read.
pub(super) fn follow() -> Memo<Option<Result<Shown, Key>>> {
    let (device, forms, tables) = (use_device(), use_forms(), use_tables());
    let vault = use_vault();
    let answers: Rc<Answers> = Rc::default();
    let read = LocalResource::new(move || {
        device.changed.track();
        let (vault, answers) = (vault.clone(), Rc::clone(&answers));
        async move { Shown::read(&vault, tables, forms, &answers).await.map_err(|error| explain(&error)) }
    });
    Memo::new(move |_| read.get())
}

/// The page.
#[component]
pub fn Work() -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::WorkTitle);
    let role = Role::from_code(use_vault().identity().role);
    let shown = follow();
    let body = move || {
        Some(match shown.get()? {
            Ok(shown) => {
                let nothing = shown.lists.is_empty();
                view! {
                    <AsOf at=shown.collected_at/>
                    {nothing.then(|| view! { <p class="card soft">{move || words.get(Key::WorkNothing)}</p> })}
                    <Lists lists=shown.lists/>
                }
                .into_any()
            }
            Err(key) => view! { <p class="card" role="alert">{words.get(key)}</p> }.into_any(),
        })
    };
    view! {
        <main class="page work" id="main" tabindex="-1">
            <h1 tabindex="-1">{move || words.get(Key::WorkTitle)}</h1>
            <Places role/>
            {body}
        </main>
    }
}

/// The lists, one under the other.
#[component]
pub(super) fn Lists(lists: Vec<List>) -> impl IntoView {
    let words = use_words();
    let lists: Vec<_> = lists
        .into_iter()
        .map(|(id, title, what, lines, more)| {
            let count = lines.len() as u64 + more;
            view! {
                <section class="card card--flush" aria-labelledby=id>
                    <div class="card__head">
                        <h2 class="card__title" id=id>{move || words.get(title)}</h2>
                        <span class="chip push">{move || words.number(count)}</span>
                    </div>
                    <Lines what lines more/>
                </section>
            }
        })
        .collect();
    view! { <div class="stack">{lists}</div> }
}

/// The other pages about services, by right.
#[component]
fn Places(role: Option<Role>) -> impl IntoView {
    let words = use_words();
    let exports = role.is_some_and(|role| office_reach(role, OfficeAct::Export).is_some());
    let places = [
        (takes_in(role), "/applications", Icon::Document, Key::ApplicationsTitle),
        (true, "/sessions", Icon::People, Key::WorkSessions),
        (true, "/referrals", Icon::Send, Key::WorkReferrals),
        (true, "/distributions", Icon::Outbox, Key::WorkDistributions),
        (true, "/directory", Icon::Phone, Key::WorkDirectory),
        (exports, "/export", Icon::Download, Key::WorkExport),
        (role == Some(Role::Supervisor), "/team", Icon::Eye, Key::WorkTeam),
    ];
    let links: Vec<_> = places
        .into_iter()
        .filter(|(shown, ..)| *shown)
        .map(|(_, href, icon, label)| {
            view! { <A href=href attr:class="btn"><Draw icon/>{move || words.get(label)}</A> }
        })
        .collect();
    view! { <nav class="line tools" aria-label=move || words.get(Key::WorkPlaces)>{links}<crate::pages::conflicts::Link/></nav> }
}
