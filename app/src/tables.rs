//! Tables: countries, places, papers, the short lists, fields and rules, with their labels in every language.
//!
//! They are files like any other of the app; the last ones seen are kept in the reference store, so that labels stay
//! readable whatever the line does. Over them lies what the office changed ([`domain::overlay`]): for the operation
//! and site of whoever has unlocked. A code that is no longer offered keeps its label.

use crate::device::{Device, State};
use crate::files;
use crate::when;
use crate::words::{Language, use_words};
use domain::catalogue::Row;
use domain::overlay::{self, Place, Sheet};
use domain::rules::days::day_of_text;
use domain::service::Desk;
use leptos::prelude::*;
use leptos::reactive::graph::Observer;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use store::announce::{self, Change};
use store::office_tables::{self, Held};
use store::{Reference, Store};
use time::Date;

/// A code with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The code that records hold.
    pub code: String,
    /// What it belongs to (the province of a district, the list of a short list's item); may be empty.
    pub parent: String,
    /// What it is (`province`, `district`, `site`); may be empty.
    pub kind: String,
    /// It is no longer offered here; records that hold it stay readable.
    pub retired: bool,
    /// The first and the last day on which it is offered; `None` for always and for ever.
    pub valid: (Option<Date>, Option<Date>),
    labels: BTreeMap<String, String>,
}

impl Item {
    /// An item that is in no table, with one label for every language.
    #[must_use]
    pub fn new(code: &str, label: &str) -> Item {
        Item {
            code: code.to_owned(),
            parent: String::new(),
            kind: String::new(),
            retired: false,
            valid: (None, None),
            labels: BTreeMap::from([("es".to_owned(), label.to_owned())]),
        }
    }

    /// The label in a language, else in Spanish, else the code.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        let label = |code: &str| self.labels.get(code).map(String::as_str).filter(|label| !label.is_empty());
        label(language.code()).or_else(|| label("es")).unwrap_or(&self.code)
    }

    /// Whether it can be chosen; the day is asked for where it matters.
    fn is_offered(&self, today: impl Fn() -> Date) -> bool {
        let (from, to) = self.valid;
        !self.retired && from.is_none_or(|from| from <= today()) && to.is_none_or(|to| today() <= to)
    }
}

/// A table that pages name often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// ISO 3166 with stateless and unknown.
    Countries,
    /// Short lists; an item's parent is its list (`sex`, `relationship`, …).
    Lists,
    /// Papers.
    Documents,
    /// Where people come in.
    EntryPoints,
    /// Provinces, comarcas, districts.
    Places,
    /// Registration sites.
    Sites,
    /// Organisations that hold, share or take over.
    Institutions,
    /// Teams of staff, each at a site.
    Teams,
    /// Desks of institutions, which take referrals.
    Desks,
    /// Languages people speak, by ISO 639-3.
    Languages,
}

impl Table {
    /// The name of its file in `public/tables`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Countries => "countries",
            Table::Lists => "lists",
            Table::Documents => "document_types",
            Table::EntryPoints => "entry_points",
            Table::Places => "admin_pa",
            Table::Sites => "sites",
            Table::Institutions => "institutions",
            Table::Teams => "teams",
            Table::Desks => "desks",
            Table::Languages => "languages",
        }
    }
}

/// Which columns hold an item's code and what it belongs to.
fn columns(table: &str) -> (&'static str, &'static str) {
    match table {
        "countries" => ("iso3", ""),
        "languages" => ("iso639_3", ""),
        "lists" => ("code", "list"),
        "admin_pa" => ("code", "parent"),
        "sites" => ("code", "operation"),
        "teams" => ("code", "site"),
        "desks" => ("code", "institution"),
        "fields" => ("key", "kind"),
        "rules" => ("id", ""),
        "consent_texts" => ("purpose", "version"),
        "short_names" => ("form", "name"),
        "hxl_tags" => ("column", "export"),
        _ => ("code", ""),
    }
}

/// What tables are made from: the app's files and what the office put.
#[derive(Debug, Default)]
struct Source {
    files: BTreeMap<String, String>,
    held: Held,
}

/// All tables for one place. Each is put together when somebody first asks for it.
#[derive(Debug, Default)]
struct Snapshot {
    source: Arc<Source>,
    place: Place,
    tables: BTreeMap<String, Made>,
}

#[derive(Debug, Default)]
struct Made {
    sheet: OnceLock<Sheet>,
    items: OnceLock<Vec<Item>>,
}

impl Snapshot {
    fn of(source: Arc<Source>, place: Place) -> Self {
        let held = source.held.office.keys().chain(source.held.past.keys());
        let names: BTreeSet<&String> = source.files.keys().chain(held).collect();
        let tables = names.into_iter().map(|name| (name.clone(), Made::default())).collect();
        Self { source, place, tables }
    }

    fn sheet(&self, table: &str) -> Option<&Sheet> {
        let made = self.tables.get(table)?;
        Some(made.sheet.get_or_init(|| {
            let Source { files, held } = &*self.source;
            let mut sheet = Sheet::read(files.get(table).map(String::as_str).unwrap_or_default());
            if let Some(office) = held.office.get(table) {
                sheet = overlay::overlay(table, &sheet, office, &self.place);
            }
            if let Some(past) = held.past.get(table) {
                sheet = overlay::keep(table, &sheet, past);
            }
            #[cfg(debug_assertions)]
            sheet.rows.iter_mut().for_each(crate::words::stretch_labels);
            sheet
        }))
    }

    fn items(&self, table: &str) -> &[Item] {
        let Some(made) = self.tables.get(table) else { return &[] };
        made.items.get_or_init(|| items(table, self.sheet(table).map_or(&[], |sheet| &sheet.rows)))
    }

    fn item(&self, table: &str, parent: &str, code: &str) -> Option<&Item> {
        let belongs = |item: &&Item| item.code == code && (parent.is_empty() || item.parent == parent);
        self.items(table).iter().find(belongs)
    }

    /// Whether a site is one of another operation than that for which the tables are read, as far as both are known.
    fn is_of_another_operation(&self, site: &str) -> bool {
        let here = self.place.operation.as_str();
        let there = self.item("sites", "", site).map_or("", |site| site.parent.as_str());
        !here.is_empty() && !there.is_empty() && here != there
    }
}

/// All tables. Cheap to copy; labels follow the language, and pages follow when the office changes something.
#[derive(Clone, Copy)]
pub struct Tables {
    shown: RwSignal<Arc<Snapshot>>,
    /// The newest; shown as soon as no form is open.
    newest: RwSignal<Arc<Source>>,
}

impl Tables {
    /// Reads every table: from the app's files, else as last kept in the reference store.
    pub async fn load(store: &Store) -> Tables {
        let reference = store.reference();
        let files = files_as_kept(reference).await;
        // What the office changed is not shown while the store does not answer; it is there at the next start.
        let held = office_tables::held(reference).await.unwrap_or_default();
        let source = Arc::new(Source { files, held });
        let shown = Snapshot::of(Arc::clone(&source), Place::default());
        Tables { shown: RwSignal::new(Arc::new(shown)), newest: RwSignal::new(source) }
    }

    /// Follows who has unlocked, and what the office changes. A form does not change under its user: what is new is
    /// shown when no form is open any more.
    pub fn follow(self, device: Device) {
        Effect::new(move |_| {
            let (source, state) = (self.newest.get(), device.state());
            // A sign-in may have told of another site.
            device.changed.track();
            let is_open = device.open_forms.get() > 0;
            let shown = self.shown.get_untracked();
            let place = place(&source, &state);
            let is_new = !Arc::ptr_eq(&shown.source, &source);
            let matters = shown.place != place
                && !(source.held.office.is_empty() && shown.source.held.office.is_empty());
            if !is_open && (is_new || matters) {
                self.shown.set(Arc::new(Snapshot::of(source, place)));
            }
        });
        let listening = announce::listen(move |change| {
            if change == Change::Tables {
                leptos::task::spawn_local(self.read_anew(device.store()));
            }
        });
        // Listened to as long as the app is open.
        core::mem::forget(listening);
    }

    async fn read_anew(self, store: Store) {
        if let Ok(held) = office_tables::held(store.reference()).await {
            let files = self.newest.get_untracked().files.clone();
            self.newest.set(Arc::new(Source { files, held }));
        }
    }

    /// Makes whatever runs this run again when the tables change.
    pub fn follow_changes(self) {
        self.shown.track();
    }

    /// The same tables for a group of a programme. They stay as they are, whatever the office changes meanwhile.
    #[must_use]
    pub fn for_programme(self, programme: &str) -> Tables {
        let shown = self.shown();
        self.scoped(Place { programme: programme.to_owned(), ..shown.place.clone() })
    }

    /// The same tables for another place. They stay as they are, whatever the office changes meanwhile.
    #[must_use]
    pub fn scoped(self, place: Place) -> Tables {
        let source = Arc::clone(&self.shown().source);
        let shown = RwSignal::new(Arc::new(Snapshot::of(Arc::clone(&source), place)));
        Tables { shown, newest: RwSignal::new(source) }
    }

    /// The rows of a table by its name, with those retired (`retired` is `1`).
    #[must_use]
    pub fn rows(self, table: &str) -> Vec<Row> {
        self.shown().sheet(table).map(|sheet| sheet.rows.clone()).unwrap_or_default()
    }

    /// What can be chosen of a table, in its order: what belongs to `parent` (a short list, a province), or all where
    /// that is empty.
    #[must_use]
    pub fn offered(self, table: &str, parent: &str) -> Vec<Item> {
        let shown = self.shown();
        let items = shown.items(table).iter();
        let belongs =
            |item: &&Item| item.is_offered(when::today) && (parent.is_empty() || item.parent == parent);
        items.filter(belongs).cloned().collect()
    }

    /// Every desk of table `desks`, in its order, with those retired. Those of an institution that is not offered today
    /// count as retired, and so do those of other operations. [`domain::service::desks_for`] chooses among them.
    #[must_use]
    pub fn desks(self) -> Vec<Desk> {
        let shown = self.shown();
        let mut desks = Desk::read(shown.sheet("desks").map_or(&[], |sheet| &sheet.rows));
        for desk in &mut desks {
            let institution = shown.item("institutions", "", &desk.institution);
            desk.retired |= !institution.is_some_and(|it| it.is_offered(when::today));
            // Who is at a desk of another operation is told of nothing that is sent from here.
            desk.retired |= shown.is_of_another_operation(&desk.site);
        }
        desks
    }

    /// Every item of a table, in its order, with those retired.
    #[must_use]
    pub fn all(self, table: Table) -> Vec<Item> {
        self.shown().items(table.name()).to_vec()
    }

    /// The items of a table that belong to `parent`, with those retired.
    #[must_use]
    pub fn of(self, table: Table, parent: &str) -> Vec<Item> {
        let shown = self.shown();
        shown.items(table.name()).iter().filter(|item| item.parent == parent).cloned().collect()
    }

    /// One item, retired or not; `None` where the table never had it.
    #[must_use]
    pub fn item(self, table: Table, code: &str) -> Option<Item> {
        self.shown().item(table.name(), "", code).cloned()
    }

    /// The label of a code; the code itself where the table never had it.
    #[must_use]
    pub fn label(self, table: Table, code: &str) -> String {
        self.label_in(table.name(), "", code)
    }

    /// The label of a code of a table by its name.
    #[must_use]
    pub fn label_in_file(self, table: &str, code: &str) -> String {
        self.label_in(table, "", code)
    }

    /// The label of a code of a short list.
    #[must_use]
    pub fn list_label(self, list: &str, code: &str) -> String {
        self.label_in("lists", list, code)
    }

    fn label_in(self, table: &str, parent: &str, code: &str) -> String {
        let language = use_words().language();
        let shown = self.shown();
        let found = shown.item(table, parent, code);
        found.map_or_else(|| code.to_owned(), |item| item.label(language).to_owned())
    }

    /// What is shown now. Whatever follows signals follows this too; anybody else just looks.
    fn shown(self) -> Arc<Snapshot> {
        if Observer::get().is_some() { self.shown.get() } else { self.shown.get_untracked() }
    }
}

/// The tables that `provide_context` put above this component.
#[must_use]
pub fn use_tables() -> Tables {
    expect_context()
}

/// Where the user who has unlocked works: nowhere known while the device is locked.
fn place(source: &Arc<Source>, state: &State) -> Place {
    let State::Open(vault) = state else { return Place::default() };
    let site = vault.identity().site.clone();
    // A site of the office's own may be in its operation's part of the table alone: any row of it says which.
    let everywhere = Snapshot::of(Arc::clone(source), Place::default());
    let operation = everywhere.item("sites", "", &site).map(|item| item.parent.clone()).unwrap_or_default();
    Place { operation, site, programme: String::new() }
}

/// The app's files of tables. Those that are others than at the last start are fetched, all at once.
async fn files_as_kept(reference: &Reference) -> BTreeMap<String, String> {
    let kept = reference.texts(FOLDER).await.unwrap_or_default();
    let mut texts = BTreeMap::new();
    let mut due = Vec::new();
    for (name, kept) in &kept {
        let (_, text) = kept.split_once('\n').unwrap_or_default();
        texts.insert(name.clone(), text.to_owned());
    }
    for file in files::beginning_with(FOLDER) {
        let Some(name) = file.strip_prefix(FOLDER) else { continue };
        let address = files::address(&file).unwrap_or_default();
        // The address names the contents: what is kept under it need not be read again.
        let held = kept.get(name).and_then(|kept| kept.split_once('\n')).map(|(held, _)| held);
        if held != Some(&*address) {
            let (name, file) = (name.to_owned(), file.clone());
            due.push(async move { (name, address, files::text(&file).await) });
        }
    }
    let mut fresh = Vec::new();
    for (name, address, text) in all(due).await {
        let Some(text) = text else { continue };
        if let Some(older) = texts.get(&name) {
            // Should it not be remembered, codes that this version dropped show as codes.
            let _ = office_tables::remember(reference, &name, older, &text).await;
        }
        fresh.push((format!("{FOLDER}{name}"), format!("{address}\n{text}")));
        texts.insert(name, text);
    }
    if !fresh.is_empty() {
        // Kept for a start without the files; should they not be kept, they are fetched again.
        let _ = reference.put_texts(&fresh).await;
    }
    texts
}

/// Beginning of the names of files that are tables.
const FOLDER: &str = "tables/";

/// Waits for all, begun at once.
async fn all<T>(begun: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<Pin<Box<_>>> = begun.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(move |cx| {
        for (future, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(outcome) = future.as_mut().poll(cx)
            {
                *done = Some(outcome);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(done.drain(..).flatten().collect())
        } else {
            Poll::Pending
        }
    })
    .await
}

/// The items of a table; a row without a code is passed over.
fn items(table: &str, rows: &[Row]) -> Vec<Item> {
    let (code, parent) = columns(table);
    let item = |row: &Row| {
        let cell = |column: &str| row.get(column).cloned().unwrap_or_default();
        let day = |column: &str| row.get(column).and_then(|cell| day_of_text(cell));
        let labels = row.iter().filter_map(|(column, label)| {
            let language = column.strip_prefix("label_").or_else(|| column.strip_prefix("name_"))?;
            Some((language.to_owned(), label.clone()))
        });
        Item {
            code: cell(code),
            parent: cell(parent),
            kind: cell("kind"),
            retired: overlay::is_retired(row),
            valid: (day(overlay::VALID_FROM), day(overlay::VALID_TO)),
            labels: row
                .get("name")
                .map(|name| ("es".to_owned(), name.clone()))
                .into_iter()
                .chain(labels)
                .collect(),
        }
    };
    rows.iter().map(item).filter(|item| !item.code.is_empty()).collect()
}

#[cfg(test)]
mod hygiene;

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: &str = "code,name_es,name_en,operation,scope,retired\n\
        meteti,Metetí (Darién Sur),,,,\nyaviza,Yaviza,,PA,operation:PA,\ndavid,,,,,1\npanama,La capital,,,site:meteti,\n";

    fn files() -> BTreeMap<String, String> {
        let folder = format!("{}/../public/tables", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let named = files.map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        });
        named.collect()
    }

    fn place(operation: &str, site: &str) -> Place {
        Place { operation: operation.into(), site: site.into(), programme: String::new() }
    }

    fn shown(held: Held, place: Place) -> Snapshot {
        Snapshot::of(Arc::new(Source { files: files(), held }), place)
    }

    fn label(snapshot: &Snapshot, code: &str) -> String {
        let item = snapshot.item("sites", "", code).unwrap();
        format!("{}{}", if item.retired { "!" } else { "" }, item.label(Language::Spanish))
    }

    #[test]
    fn every_table_that_pages_name_is_read_with_labels() {
        let all = shown(Held::default(), Place::default());
        for table in [
            Table::Countries,
            Table::Lists,
            Table::Documents,
            Table::EntryPoints,
            Table::Places,
            Table::Sites,
            Table::Institutions,
            Table::Desks,
            Table::Languages,
        ] {
            let items = all.items(table.name());
            assert!(items.len() >= 10, "{table:?}");
            assert!(items.iter().all(|item| !item.retired && !item.label(Language::Spanish).is_empty()));
        }
    }

    #[test]
    fn an_institution_is_offered_between_its_days_and_keeps_its_label_after_them() {
        let office = "code,label_es,valid_from,valid_to\nMIDES,,,2026-06-30\nMIDHES,Nuevo,2026-07-01,\n";
        let held = Held {
            office: BTreeMap::from([("institutions".to_owned(), Sheet::read(office))]),
            ..Held::default()
        };
        let all = shown(held, Place::default());
        let of = |code: &str| all.item("institutions", "", code).unwrap();
        for (day, old, new) in [("2026-06-30", true, false), ("2026-07-01", false, true)] {
            let day = day_of_text(day).unwrap();
            assert_eq!(
                (of("MIDES").is_offered(|| day), of("MIDHES").is_offered(|| day)),
                (old, new),
                "{day}"
            );
        }
        assert_eq!(of("MIDES").label(Language::Spanish), "Ministerio de Desarrollo Social");
    }

    #[test]
    fn what_the_office_changed_lies_over_the_apps_tables() {
        let held = || Held {
            office: BTreeMap::from([("sites".to_owned(), Sheet::read(OFFICE))]),
            ..Held::default()
        };
        let nowhere = shown(held(), Place::default());
        assert_eq!(label(&nowhere, "meteti"), "Metetí (Darién Sur)");
        assert_eq!(label(&nowhere, "yaviza"), "!Yaviza");
        assert!(label(&nowhere, "david").starts_with("!David"));
        assert_eq!(nowhere.item("sites", "", "meteti").unwrap().parent, "PA");
        let here = shown(held(), place("PA", "meteti"));
        assert_eq!((label(&here, "yaviza"), label(&here, "panama")), ("Yaviza".into(), "La capital".into()));
    }

    #[test]
    fn a_site_is_of_another_operation_where_both_are_known_and_differ() {
        for (operation, site, is_another) in [
            ("GY", "panama", true),
            ("PA", "panama", false),
            ("", "panama", false),
            ("GY", "", false),
            ("GY", "nowhere", false),
        ] {
            let shown = shown(Held::default(), place(operation, ""));
            assert_eq!(shown.is_of_another_operation(site), is_another, "{operation} {site}");
        }
    }

    #[test]
    fn what_no_table_has_any_more_keeps_its_label() {
        let past = Sheet::read("code,name_es,retired\nbajo_chiquito,Bajo Chiquito,1\nmeteti,Antes,1\n");
        let held = Held { past: BTreeMap::from([("sites".to_owned(), past)]), ..Held::default() };
        let shown = shown(held, Place::default());
        assert_eq!(label(&shown, "bajo_chiquito"), "!Bajo Chiquito");
        assert!(label(&shown, "meteti").starts_with("Metetí"), "what there is counts, not what there was");
    }

    #[test]
    fn all_that_was_begun_is_waited_for_in_order() {
        let begun = (0..5).map(|number| async move { number }).collect();
        let mut waiting = std::pin::pin!(all(begun));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(vec![0, 1, 2, 3, 4]));
    }
}
