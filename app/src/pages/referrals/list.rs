//! Referrals that were sent and received, each by what is due next, and those that were kept to be finished.

use super::no_fault;
use super::one::Due;
use super::{Me, shared_name, to_finish};
use crate::components::{Choices, Draw, Icon, Notice, Status as Dot, Tone};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::pages::trouble::{NotRead, explain};
use crate::tables::{Item, Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::service::board::is_withdrawn;
use domain::service::brief::{ACKNOWLEDGED, Brief};
use domain::service::referral::{Parties, Status};
use domain::service::{Desk, Referral};
use domain::{Kind, RecordId, Role};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::{BTreeMap, BTreeSet};
use store::{DraftItem, StoreError, Vault};

/// Rows shown of each list at first, and how many more with each tap.
const STEP: usize = 40;

/// A referral as the list shows it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    brief: Brief,
    status: Status,
    mine: bool,
    unsent: bool,
    withdrawn: bool,
}

/// Everything that the page shows.
#[derive(Clone, Debug, PartialEq)]
struct Lists {
    me: Me,
    sent: Vec<Line>,
    received: Vec<Line>,
    kept: Vec<Line>,
    /// Whose, of those that go on from another: by the first of the chain.
    owners: BTreeMap<RecordId, RecordId>,
}

impl Lists {
    fn of(me: Me, services: &[Brief], unsent: &BTreeSet<RecordId>, desks: &[Desk]) -> Lists {
        let all = || services.iter().filter(|one| one.kind() == Kind::REFERRAL);
        let by_id: BTreeMap<RecordId, &Brief> = all().map(|one| (one.record, one)).collect();
        let (mut sent, mut received, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut owners = BTreeMap::new();
        for brief in all() {
            let Some(status) = Status::from_code(&brief.state) else { continue };
            let mut first = brief;
            // A chain that is longer than any that people make ends here too.
            for _ in 0..8 {
                match first.follows.and_then(|parent| by_id.get(&parent)) {
                    Some(parent) if first.owner.is_none() => first = parent,
                    _ => break,
                }
            }
            owners.extend(first.owner.map(|owner| (brief.record, owner)));
            let mine = brief.by == Some(me.0.user);
            let organisation = me.organisation();
            let site =
                desks.iter().find(|desk| *desk.code == *brief.desk).map_or("", |desk| desk.site.as_str());
            let at_desk = site.is_empty() || site == me.site() || me.role() == Role::Supervisor;
            let parties = Parties {
                sender: mine || (!organisation.is_empty() && brief.from == organisation),
                receiver: !organisation.is_empty() && brief.to == organisation && at_desk,
            };
            let withdrawn = is_withdrawn(brief, &me.0, parties);
            let status = if withdrawn && status.is_open() { Status::Cancelled } else { status };
            let unsent = unsent.contains(&brief.record);
            let line = Line { brief: brief.clone(), status, mine, unsent, withdrawn };
            if status == Status::Draft {
                kept.push(line);
                continue;
            }
            if parties.sender {
                sent.push(line.clone());
            }
            if parties.receiver {
                received.push(line);
            }
        }
        for lines in [&mut sent, &mut received, &mut kept] {
            lines.sort_by_key(Line::urgency);
        }
        Lists { me, sent, received, kept, owners }
    }
}

impl Line {
    /// What is due next stands first: what waits for an answer by its time, then what is under way, then what is over,
    /// the newest first.
    fn urgency(&self) -> (u8, i64, RecordId) {
        let to_acknowledge = self.withdrawn && self.brief.marks & ACKNOWLEDGED == 0;
        match self.status {
            status if status.awaits_answer() => (0, self.brief.due, self.brief.record),
            _ if to_acknowledge => (1, -self.brief.when, self.brief.record),
            status if status.is_open() || status == Status::Draft => (2, -self.brief.when, self.brief.record),
            _ => (3, -self.brief.when, self.brief.record),
        }
    }

    /// Whether somebody is still to do something: a withdrawal is over when its receiver has said so.
    fn is_open(&self) -> bool {
        self.urgency().0 < 3
    }
}

/// The page.
#[component]
pub fn Referrals() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let tables = use_tables();
    crate::desk::title(words, Key::ReferListTitle);
    let drafts_of = vault.clone();
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        let desks = tables.desks();
        async move { read(&vault, &desks).await.map_err(|error| explain(&error)) }
    });
    let drafts = LocalResource::new(move || {
        device.changed.track();
        let vault = drafts_of.clone();
        // What cannot be read is listed on the first page, which says so.
        async move { vault.drafts().await.unwrap_or_default() }
    });
    let read = Memo::new(move |_| loaded.get());
    let (ended, mine) = (RwSignal::new(false), RwSignal::new(false));
    let shown = move || {
        Some(match read.get()? {
            Ok(lists) => view! { <Shown lists ended mine/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    };
    let begun = move || {
        let mut found = drafts.get().unwrap_or_default();
        found.retain(|draft| draft.note.form.starts_with("refer/"));
        (!found.is_empty()).then(|| view! { <BegunOnes found/> })
    };
    let role = Role::from_code(use_vault().identity().role);
    let holds_nothing = matches!(role, Some(Role::BorderOfficer | Role::ReferralFocalPoint));
    let choose = move |code: String| ended.set(code == "ended");
    let state = Signal::derive(move || if ended.get() { "ended".to_owned() } else { "open".to_owned() });
    let choices = move || {
        let items = vec![
            Item::new("open", &words.get(Key::ReferOpenOnes)),
            Item::new("ended", &words.get(Key::ReferEndedOnes)),
        ];
        view! { <Choices id="refer-which" value=state on_choose=choose items fault=no_fault()/> }
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <h1 tabindex="-1">{move || words.get(Key::ReferListTitle)}</h1>
                {holds_nothing.then(|| view! {
                    <A href="/refer" attr:class="btn btn--primary btn--big">
                        <Draw icon=Icon::Plus/>
                        {move || words.get(Key::ReferTitle)}
                    </A>
                })}
            </div>
            <div class="line">
                <fieldset class="field">
                    <legend class="unseen">{move || words.get(Key::ReferWhich)}</legend>
                    {choices}
                </fieldset>
                <label class="check">
                    <input type="checkbox" prop:checked=mine on:change=move |event| mine.set(event_target_checked(&event))/>
                    <span>{move || words.get(Key::ReferMine)}</span>
                </label>
            </div>
            {begun}
            {shown}
        </main>
    }
}

async fn read(vault: &Vault, desks: &[Desk]) -> Result<Lists, StoreError> {
    let me = Me::read(vault).await?;
    let services = vault.services().await?;
    let unsent = vault.unsent_records().await?;
    Ok(Lists::of(me, &services, &unsent, desks))
}

#[component]
fn Shown(lists: Lists, ended: RwSignal<bool>, mine: RwSignal<bool>) -> impl IntoView {
    let words = use_words();
    let border = lists.me.role() == Role::BorderOfficer;
    let owners = StoredValue::new(lists.owners);
    let of = move |lines: Vec<Line>| {
        Memo::new(move |_| {
            let wanted = |line: &&Line| line.is_open() != ended.get() && (line.mine || !mine.get());
            lines.iter().filter(wanted).cloned().collect::<Vec<_>>()
        })
    };
    let kept = Memo::new(move |_| lists.kept.clone());
    let (sent, received) = (of(lists.sent), of(lists.received));
    view! {
        <Show when=move || !kept.with(Vec::is_empty)>
            <List id="refer-kept" title=Key::ReferKept none=Key::ReferKept lines=kept owners received=false/>
        </Show>
        {(!border).then(|| view! {
            <List id="refer-received" title=Key::ReferReceived none=Key::ReferReceivedNone lines=received owners received=true/>
        })}
        <List id="refer-sent" title=Key::ReferSentOnes none=Key::ReferSentNone lines=sent owners received=false/>
        {move || ended.get().then(|| view! { <Notice icon=Icon::Info>{words.get(Key::ReferEndedNote)}</Notice> })}
    }
}

#[component]
fn List(
    id: &'static str,
    title: Key,
    none: Key,
    lines: Memo<Vec<Line>>,
    owners: StoredValue<BTreeMap<RecordId, RecordId>>,
    received: bool,
) -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    let more = RwSignal::new(STEP);
    let names = LocalResource::new(move || {
        let vault = vault.clone();
        let ids: Vec<RecordId> =
            lines.with(|lines| lines.iter().take(more.get()).map(|line| line.brief.record).collect());
        async move { names(&vault, &ids, owners.try_get_value().unwrap_or_default(), received).await }
    });
    let rows = move || {
        let names = names.get().unwrap_or_default();
        lines.with(|lines| {
            if lines.is_empty() {
                return view! { <p class="section soft">{words.get(none)}</p> }.into_any();
            }
            let rows = lines.iter().take(more.get()).map(|line| {
                let name = names.get(&line.brief.record).cloned().unwrap_or_default();
                view! { <Row line=line.clone() name received/> }
            });
            view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
        })
    };
    view! {
        <section class="card card--flush" aria-labelledby=id>
            <div class="card__head">
                <h2 class="card__title" id=id>{move || words.get(title)}</h2>
                <span class="note">{move || words.number(lines.with(Vec::len) as u64)}</span>
            </div>
            {rows}
            <Show when=move || { lines.with(Vec::len) > more.get() }>
                <div class="section">
                    <button class="btn" type="button" on:click=move |_| more.update(|more| *more += STEP)>
                        {move || words.get(Key::ReferMore)}
                    </button>
                </div>
            </Show>
        </section>
    }
}

/// How those are called whom referrals are about: to who sent them, as they are registered; to who received them, as was
/// shared.
async fn names(
    vault: &Vault,
    ids: &[RecordId],
    owners: BTreeMap<RecordId, RecordId>,
    received: bool,
) -> BTreeMap<RecordId, String> {
    let mut names = BTreeMap::new();
    let known: Vec<RecordId> = ids.iter().filter_map(|id| owners.get(id).copied()).collect();
    let faces = if received { BTreeMap::new() } else { vault.faces(&known) };
    for id in ids {
        let face = owners.get(id).and_then(|owner| faces.get(owner));
        let name =
            face.map(|face| if face.name.is_empty() { face.group_ref.clone() } else { face.name.clone() });
        names.extend(name.filter(|name| !name.is_empty()).map(|name| (*id, name)));
    }
    let lacking: Vec<RecordId> = ids.iter().copied().filter(|id| !names.contains_key(id)).collect();
    // What cannot be read has no name in the list; its page says why.
    for record in vault.records(&lacking).await.unwrap_or_default() {
        let shared = Referral::of(&record).and_then(Referral::shared).unwrap_or_default();
        let name = shared_name(&shared);
        if !name.is_empty() {
            names.insert(record.id, name);
        }
    }
    names
}

/// A desk, or the institution where no desk is said.
fn desk(tables: Tables, brief: &Brief, received: bool) -> String {
    if received {
        return tables.label(Table::Institutions, &brief.from);
    }
    match (brief.desk.as_str(), brief.to.as_str()) {
        ("", "") => String::new(),
        ("", to) => tables.label(Table::Institutions, to),
        (desk, _) => tables.label(Table::Desks, desk),
    }
}

#[component]
fn Row(line: Line, name: String, received: bool) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let Line { brief, status, unsent, withdrawn, .. } = line;
    let href = if status == Status::Draft {
        to_finish(brief.record, brief.owner)
    } else {
        format!("/referrals/{}", brief.record)
    };
    let waits = unsent && status == Status::Sent;
    let code = if waits { "queued" } else { status.code() };
    let tone = match status {
        _ if waits => Tone::Unsent,
        Status::Closed => Tone::Sent,
        Status::Rejected | Status::ClosedNoService | Status::Cancelled => Tone::Attention,
        _ => Tone::Here,
    };
    let due = (status.awaits_answer() && brief.due > 0).then_some(brief.due);
    let shown = if name.is_empty() { words.get(Key::ReferOneTitle) } else { name };
    let meta = [
        desk(tables, &brief, received),
        Some(brief.code.clone())
            .filter(|it| !it.is_empty())
            .map_or_else(String::new, |code| forms.code_label("referral_sectors", &code)),
        Some(brief.more.clone())
            .filter(|it| !it.is_empty())
            .map_or_else(String::new, |code| forms.code_label("referral_urgency", &code)),
    ];
    let meta = meta.into_iter().filter(|it| !it.is_empty()).map(|it| view! { <span>{it}</span> });
    let withdrawn = withdrawn.then(|| {
        let seen = brief.marks & ACKNOWLEDGED != 0;
        words.get(if seen { Key::ReferAcknowledged } else { Key::ReferNotAcknowledged })
    });
    view! {
        <li>
            <div class="row">
                <span class="face" aria-hidden="true">
                    <Draw icon=if received { Icon::Download } else { Icon::Send }/>
                </span>
                <span class="row__main">
                    <A href=href attr:class="row__title row__link"><bdi>{shown}</bdi></A>
                    <span class="row__meta">{meta.collect_view()}</span>
                </span>
                <span class="row__side">
                    {withdrawn.map(|said| view! { <span class="chip chip--attention"><Draw icon=Icon::Undo/>{said}</span> })}
                    {due.map(|due| view! { <Due due/> })}
                    <Dot tone>{forms.code_label("referral_status", code)}</Dot>
                </span>
            </div>
        </li>
    }
}

/// What is being written and was left.
#[component]
pub fn BegunOnes(
    /// Those.
    found: Vec<DraftItem>,
) -> impl IntoView {
    let words = use_words();
    let rows = found.into_iter().map(|draft| {
        let page = draft.note.form.strip_prefix("refer/").unwrap_or("refer").to_owned();
        let name = Some(draft.note.title.clone()).filter(|it| !it.is_empty());
        let at = draft.at;
        view! {
            <li>
                <div class="row">
                    <span class="face" aria-hidden="true"><Draw icon=Icon::Edit/></span>
                    <span class="row__main">
                        <A href=format!("/{page}") attr:class="row__title row__link">
                            <bdi>{name.unwrap_or_else(|| words.get(Key::NoNameYet))}</bdi>
                        </A>
                        <span class="row__meta">
                            <span>{words.with(Key::SavedWhen, &[("when", &when::moment(words, at))])}</span>
                        </span>
                    </span>
                    <Draw icon=Icon::Chevron class="icon--go"/>
                </div>
            </li>
        }
    });
    view! {
        <section class="card card--flush" aria-labelledby="refer-begun">
            <div class="card__head"><h2 class="card__title" id="refer-begun">{words.get(Key::ReferBegun)}</h2></div>
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
}
