//! The consents of a group, to be printed and taken along: what was asked and read, what was decided, by whom and how,
//! and what was withdrawn since.

use super::group::NotHere;
use crate::components::sheet::{
    LanguageChoice, Paper, PaperChoice, PrintButton, in_each, labelled, said, second_language, spoken_here,
    words_of,
};
use crate::components::{Back, Icon, Notice, Signed};
use crate::device::use_vault;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::tables::{Item, Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, Language, Words, use_words};
use domain::catalogue::Row;
use domain::date::PartialDate;
use domain::permission::sees;
use domain::registration_group::GroupView;
use domain::{Class, Field, Individual, Kind, Record, RecordId, Role, Value};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use seal::Why;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{StoreError, Vault};

mod giving_back;

/// What is printed: the group, and the consents of each who has any.
#[derive(Clone, PartialEq)]
struct Copy {
    group: GroupView,
    /// By whom they were given, the group's own first.
    owners: Vec<(Option<String>, Vec<Record>)>,
    /// Names of the members, for who decided.
    names: BTreeMap<RecordId, String>,
    /// Code of the focal point's main language.
    language: Option<String>,
    texts: Arc<Texts>,
    /// Some are not for whoever reads here.
    reserved: bool,
}

/// The page.
#[component]
pub fn ConsentsPage() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::ConsentsTitle);
    let id =
        use_params_map().with_untracked(|params| params.get("group").and_then(|id| RecordId::parse(&id)));
    let tables = use_tables();
    let reading = Reading::of_page(Why::Consents);
    let device = crate::device::use_device();
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let texts = Texts::read(&tables.rows("consent_texts"));
        let vault = vault.clone();
        async move {
            match id {
                Some(id) => {
                    let copy = read(&vault, id, texts).await.map_err(|error| explain(&error))?;
                    if copy.is_some() {
                        reading.opened(&vault, id);
                    }
                    Ok(copy)
                }
                None => Ok(None),
            }
        }
    });
    // Drawn anew only when something of it changed: what is being asked stays.
    let read = Memo::new(move |_| loaded.get());
    move || {
        Some(match read.get()? {
            Ok(Some(copy)) => view! { <Shown copy/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

async fn read(vault: &Vault, id: RecordId, texts: Texts) -> Result<Option<Copy>, StoreError> {
    let Some(record) = vault.record(id).await? else { return Ok(None) };
    let group = GroupView::from_record(&record);
    let mut members = vault.members(id).await?;
    // The copy goes into the hands of whoever speaks for the group.
    members.retain(|member| !domain::sealed_member::is_sealed(member));
    members.sort_by_key(|member| (Some(member.id) != group.focal_point, member.id));
    let mut owners = vec![(None, consents(vault, id).await?)];
    let me = vault.identity();
    // A role of a later version sees least, as everywhere.
    let (role, me) = (Role::from_code(me.role).unwrap_or(Role::Verifier), me.user);
    let mut names = BTreeMap::new();
    for member in &members {
        let name = Individual::from_record(member).display_name();
        owners.push((Some(name.clone()), consents(vault, member.id).await?));
        names.insert(member.id, name);
    }
    let mut reserved = false;
    for (_, consents) in &mut owners {
        let before = consents.len();
        consents.retain(|row| sees(role, Class::Confidential, row.authors().contains(&me)));
        reserved |= consents.len() < before;
    }
    owners.retain(|(_, consents)| !consents.is_empty());
    let language = members.first().and_then(|focal| text(focal, Field::LANG_MAIN));
    Ok(Some(Copy { group, owners, names, language, texts: Arc::new(texts), reserved }))
}

/// The consents that hang on a record, in the order they were given.
async fn consents(vault: &Vault, owner: RecordId) -> Result<Vec<Record>, StoreError> {
    let mut rows = vault.rows_of(owner).await?;
    rows.retain(|row| row.kind == Kind::CONSENT);
    let stated =
        |row: &Record| text(row, Field::CONSENT_AT).or_else(|| text(row, Field::CONSENT_WITHDRAWN_AT));
    rows.sort_by_cached_key(|row| (stated(row), row.id));
    Ok(rows)
}

fn text(record: &Record, field: Field) -> Option<String> {
    record.shown(field).and_then(Value::as_text).map(str::to_owned)
}

#[component]
fn Shown(copy: Copy) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let paper = RwSignal::new(Paper::Letter);
    let second = RwSignal::new(second_language(copy.language.as_deref(), words.language()));
    let spoken = Memo::new_with_compare(move |_| words_of(second.get()), |_, _| true);
    let ready = Signal::derive(move || spoken.with(|spoken| spoken.iter().all(|words| words.ready())));
    let back = format!("/groups/{}", copy.group.id);
    let (none, reserved) = (copy.owners.is_empty(), copy.reserved);
    let reference = copy.group.printed_ref();
    let site = copy.group.site.clone();
    let printable = Signal::derive(move || ready.get() && !none);
    let withdrawing = giving_back::given(words, tables, &copy);
    let copy = StoredValue::new(copy);
    let sections = move || {
        let spoken = spoken.get();
        let owners = copy.with_value(|copy| copy.owners.clone());
        owners
            .into_iter()
            .map(|(name, consents)| {
                let heading = match name {
                    Some(name) => view! { <bdi>{name}</bdi> }.into_any(),
                    None => said(&spoken, Key::ConsentsOfGroup).into_any(),
                };
                let consents: Vec<_> = consents
                    .iter()
                    .map(|consent| copy.with_value(|copy| one(copy, consent, &spoken, tables)))
                    .collect();
                view! {
                    <section class="copy__owner">
                        <h2>{heading}</h2>
                        {consents}
                    </section>
                }
            })
            .collect_view()
    };
    let printed = move || {
        let today = when::today();
        spoken.with(|spoken| {
            let lines = spoken.iter().map(|words| {
                let language = words.language();
                let date = when::day(*words, today);
                view! {
                    <p lang=language.code() dir=language.direction()>
                        {words.get(Key::ConsentsText)}" "{words.with(Key::ConsentsPrinted, &[("date", &date)])}
                    </p>
                }
            });
            lines.collect_view()
        })
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=Signal::derive(move || words.get(Key::Family))/>
                    <h1 tabindex="-1">{move || words.get(Key::ConsentsCopy)}</h1>
                </div>
                <PrintButton ready=printable/>
            </div>
            <section class="card">
                <div class="fields">
                    <PaperChoice paper papers=&[Paper::Letter, Paper::A4]/>
                    <LanguageChoice second/>
                </div>
                <p role="status" class="soft">
                    {move || (!ready.get()).then(|| words.get(Key::SlipWordsMissing))}
                </p>
            </section>
            {reserved.then(|| view! {
                <Notice icon=Icon::Lock>{move || words.get(Key::ConsentsReserved)}</Notice>
            })}
            {withdrawing}
            {(none && !reserved).then(|| view! {
                <Notice icon=Icon::Info>{move || words.get(Key::ConsentsNone)}</Notice>
            })}
            {(!none).then(|| view! {
                <article class=move || format!("{} copy", paper.get().class())>
                    <header class="copy__head">
                        <p class="copy__title">{move || spoken.with(|spoken| said(spoken, Key::ConsentsCopy))}</p>
                        <p>
                            <span class="code">{reference.clone()}</span>
                            {site.clone().map(|site| view! { " · " {move || tables.label(Table::Sites, &site)} })}
                        </p>
                    </header>
                    {sections}
                    <footer class="copy__foot">{printed}</footer>
                </article>
            })}
        </main>
    }
}

/// One consent.
fn one(copy: &Copy, consent: &Record, spoken: &[Words], tables: Tables) -> AnyView {
    let code = |field| text(consent, field).unwrap_or_default();
    let in_list = |list: &str, code: &str| {
        let item = tables.of(Table::Lists, list).into_iter().find(|item| item.code == code);
        labelled(spoken, item, code).into_any()
    };
    let in_table = |table: Table, code: &str| labelled(spoken, item_of(tables, table, code), code).into_any();
    let plain = |text: String| view! { <bdi>{text}</bdi> }.into_any();
    let mut rows: Vec<(Key, AnyView)> = Vec::new();
    let purpose = code(Field::CONSENT_PURPOSE);
    if let Some(with) = text(consent, Field::CONSENT_ORGANISATION) {
        rows.push((Key::ConsentsWith, in_table(Table::Institutions, &with)));
    }
    let decision = code(Field::CONSENT_DECISION);
    let decision = if decision.is_empty() { "not_asked".to_owned() } else { decision };
    // A paper says of what is in conflict that it is, and not what one of several said.
    let decided = if domain::conflict::is_open(consent, Field::CONSENT_DECISION) {
        said(spoken, Key::DecideInConflict).into_any()
    } else {
        in_list("consent_decision", &decision)
    };
    rows.push((Key::ConsentsDecision, view! { <strong>{decided}</strong> }.into_any()));
    if let Some(at) = text(consent, Field::CONSENT_AT) {
        rows.push((Key::ConsentsAt, moment(spoken, &at).into_any()));
    }
    if let Some(by) = consent.shown(Field::CONSENT_GIVEN_BY).and_then(Value::as_ref) {
        let name = copy.names.get(&by).cloned();
        // Of who is not on this copy nothing is said on it.
        rows.extend(name.map(|name| (Key::ConsentsBy, plain(name))));
    }
    if let Some(form) = text(consent, Field::CONSENT_FORM) {
        rows.push((Key::ConsentsForm, in_list("consent_form", &form)));
    }
    if let Some(heard) = consent.shown(Field::CONSENT_HEARD).and_then(Value::as_flag) {
        rows.push((Key::ConsentsHeard, said(spoken, if heard { Key::Yes } else { Key::No }).into_any()));
    }
    if let Some(view) = text(consent, Field::CONSENT_CHILD_VIEW) {
        rows.push((Key::ConsentsChildView, plain(view)));
    }
    if let Some(witness) = text(consent, Field::CONSENT_WITNESS) {
        rows.push((Key::ConsentsWitness, plain(witness)));
    }
    if let Some(at) = text(consent, Field::CONSENT_WITHDRAWN_AT) {
        rows.push((Key::ConsentsWithdrawn, view! { <strong>{moment(spoken, &at)}</strong> }.into_any()));
    }
    let rows = rows
        .into_iter()
        .map(|(key, value)| view! { <div><dt>{said(spoken, key)}</dt><dd>{value}</dd></div> });
    let rows = rows.collect_view();
    let signature = text(consent, Field::CONSENT_SIGNATURE).map(|strokes| {
        view! {
            <figure class="copy__signature">
                <Signed text=strokes/>
                <figcaption>{said(spoken, Key::Signature)}</figcaption>
            </figure>
        }
    });
    view! {
        <section class="copy__one">
            <h3>{in_list("consent_purpose", &purpose)}</h3>
            {read_text(copy, consent, &purpose, spoken, tables)}
            <dl>{rows}</dl>
            {signature}
        </section>
    }
    .into_any()
}

/// The text that was read, in the language it was read in.
fn read_text(
    copy: &Copy,
    consent: &Record,
    purpose: &str,
    spoken: &[Words],
    tables: Tables,
) -> Option<impl IntoView + use<>> {
    let version = text(consent, Field::CONSENT_TEXT_VERSION)?;
    let code = text(consent, Field::CONSENT_LANGUAGE).unwrap_or_default();
    let language = spoken_here(&code).or_else(|| Language::ALL.into_iter().find(|one| one.code() == code));
    let name = item_of(tables, Table::Languages, &code);
    let version_said = in_each(spoken, |words| {
        let name = name.as_ref().map_or(code.as_str(), |item| item.label(words.language()));
        words.with(Key::ConsentsReadVersion, &[("version", &version), ("language", name)])
    });
    let read = language.and_then(|language| copy.texts.get(purpose, &version, language)).map(|text| {
        let language = language.unwrap_or(Language::Spanish);
        view! { <p lang=language.code() dir=language.direction()>{text}</p> }
    });
    let gone = read.is_none().then(|| view! { <p>{said(spoken, Key::ConsentsTextGone)}</p> });
    Some(view! {
        <blockquote class="copy__text">
            {read}
            {gone}
            <p class="copy__version">{said(spoken, Key::ConsentsRead)}": "{version_said}</p>
        </blockquote>
    })
}

fn item_of(tables: Tables, table: Table, code: &str) -> Option<Item> {
    tables.all(table).into_iter().find(|item| item.code == code)
}

/// A day with its time, `2026-11-22T10:42`, in words; as it is where it reads otherwise.
fn moment(spoken: &[Words], at: &str) -> AnyView {
    let (day, time) = at.split_once('T').unwrap_or((at, ""));
    let known = PartialDate::from_text(day).map(|day| (day, time.get(..5).unwrap_or(time).to_owned()));
    let at = at.to_owned();
    in_each(spoken, move |words| match &known {
        Some((day, time)) => format!("{} {time}", when::partial(words, *day)).trim_end().to_owned(),
        None => at.clone(),
    })
}

/// The texts of consents, by purpose, version and language: of the app and of the office, those taken out too.
#[derive(Clone, Debug, Default, PartialEq)]
struct Texts(BTreeMap<(String, String, String), String>);

impl Texts {
    /// Columns `purpose`, `version`, and `text_es`, `text_en` … A text that is missing is passed over.
    fn read(rows: &[Row]) -> Texts {
        let mut texts = BTreeMap::new();
        for row in rows {
            let cell = |name: &str| row.get(name).cloned().unwrap_or_default();
            for (column, text) in row.iter().filter(|(_, text)| !text.is_empty()) {
                if let Some(language) = column.strip_prefix("text_") {
                    texts.insert((cell("purpose"), cell("version"), language.to_owned()), text.clone());
                }
            }
        }
        Texts(texts)
    }

    fn get(&self, purpose: &str, version: &str, language: Language) -> Option<String> {
        let key = (purpose.to_owned(), version.to_owned(), language.code().to_owned());
        self.0.get(&key).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_purpose_version_and_language() {
        let sheet = domain::overlay::Sheet::read(
            "purpose,version,text_es,text_en,note,retired\nphoto,1,\"Su foto, y nada más\",Your photo,,1\nphoto,2,Foto,,,\nshort\n",
        );
        let texts = Texts::read(&sheet.rows);
        let get = |version, language| texts.get("photo", version, language);
        assert_eq!(get("1", Language::Spanish).as_deref(), Some("Su foto, y nada más"));
        assert_eq!(get("1", Language::English).as_deref(), Some("Your photo"));
        assert_eq!(get("2", Language::English), None, "another language is not what was read");
        assert_eq!(get("3", Language::Spanish), None);
        assert_eq!(Texts::read(&[]), Texts::default());
    }
}
