//! A section of the form: its title, its questions, and the rows that belong there.

use super::ask::Ask;
use super::rows::Rows;
use super::work::Work;
use crate::components::{Draw, Icon};
use crate::words::{Key, use_words};
use domain::catalogue::{FieldSpec, Mark, Stage};
use domain::{Field, Kind, RecordId};
use leptos::prelude::*;

/// What a section holds, and whether it stands open. Worked out in one place, because the card lists what is closed.
#[derive(Clone, Copy)]
pub struct Held {
    /// What is asked there.
    pub specs: Memo<Vec<FieldSpec>>,
    /// Which rows belong there, where the stage asks for them.
    pub rows: Memo<Option<Kind>>,
    /// It stands open: something is needed there, something was answered, or somebody opened it.
    pub open: Memo<bool>,
}

impl Held {
    /// Looks at a section of the group or of a person.
    #[must_use]
    pub fn of(work: Work, record: RecordId, kind: Kind, section: &str) -> Held {
        let forms = work.forms;
        let name = StoredValue::new(section.to_owned());
        let specs = Memo::new(move |_| {
            let stage = work.stage();
            // What cannot be read keeps everything from being saved: it is shown whatever the stage asks.
            let stuck = work.stuck(record);
            let asked = forms.with(|catalogue| {
                let here = catalogue.of(kind).filter(|spec| name.with_value(|name| *name == spec.section));
                let asked = here.filter(|spec| spec.mark(stage).is_asked() || stuck.contains(&spec.field));
                asked.cloned().collect::<Vec<_>>()
            });
            // The focal point is chosen in the list of people, and here when nobody or several stand there; what is not
            // for this role is not asked by it.
            let is_asked = |spec: &FieldSpec| {
                (spec.field != Field::FOCAL_POINT || stuck.contains(&spec.field))
                    && work.sees(kind, record, spec.field)
            };
            asked.into_iter().filter(is_asked).collect::<Vec<_>>()
        });
        let hanging =
            name.with_value(|name| if name == "needs" { Some(Kind::NEED) } else { Kind::from_key(name) });
        let hanging = hanging.filter(|rows| *rows != kind);
        let rows = Memo::new(move |_| {
            let stage = work.stage();
            hanging.filter(|rows| forms.with(|catalogue| catalogue.asks_of(*rows, stage)))
        });
        let open = Memo::new(move |_| {
            let stage = work.stage();
            let today = crate::when::today();
            let needed = |spec: &FieldSpec| {
                spec.mark(stage) == Mark::Required
                    && work.file.with(|file| {
                        let subject = file.all().find(|subject| subject.record == record);
                        subject.is_none_or(|it| {
                            spec.when().holds(it, file, today) && spec.required_when().holds(it, file, today)
                        })
                    })
            };
            let required = specs.with(|specs| specs.iter().any(needed))
                || matches!(rows.get(), Some(Kind::NEED | Kind::DOCUMENT | Kind::CONSENT));
            let opened =
                work.opened.with(|opened| name.with_value(|name| opened.contains(&(record, name.clone()))));
            let answered = || {
                work.file.with(|file| {
                    let subject = file.all().find(|subject| subject.record == record);
                    let said = |spec: &FieldSpec| subject.is_some_and(|it| it.value(spec.field).is_some());
                    specs.with(|specs| specs.iter().any(said))
                        || rows.get().is_some_and(|kind| file.rows_of(record, kind).next().is_some())
                })
            };
            required || opened || stage == Stage::Full && specs.with(|specs| !specs.is_empty()) || answered()
        });
        Held { specs, rows, open }
    }

    /// Nothing is asked there at this stage.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.specs.with(Vec::is_empty) && self.rows.get().is_none()
    }
}

/// One section about the group or a person. Nothing where nothing is asked, or where it is closed.
#[component]
pub fn Section(
    /// The work it belongs to.
    work: Work,
    /// The group or the person.
    record: RecordId,
    /// What it is.
    kind: Kind,
    /// A code of list `section`.
    section: String,
) -> impl IntoView {
    let forms = work.forms;
    let held = Held::of(work, record, kind, &section);
    let name = StoredValue::new(section);
    let shown = Memo::new(move |_| !held.is_empty() && held.open.get());
    view! {
        <Show when=move || shown.get()>
            <fieldset class="section" id=format!("section-{}", name.get_value())>
                <legend class="section__title">{move || name.with_value(|name| forms.section(name))}</legend>
                <div class="fields">
                    <For each=move || held.specs.get() key=|spec| spec.field.0 let(spec)>
                        <Maybe work spec record/>
                    </For>
                </div>
                {move || held.rows.get().map(|kind| view! { <Rows work kind owner=record/> })}
            </fieldset>
        </Show>
    }
}

/// What else can be written down: the closed sections, a button each.
#[component]
pub fn Closed(
    /// The work it belongs to.
    work: Work,
    /// The group or the person.
    record: RecordId,
    /// What it is.
    kind: Kind,
    /// The sections of the card.
    sections: Vec<String>,
) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let held: Vec<(String, Held)> = sections
        .into_iter()
        .map(|section| (section.clone(), Held::of(work, record, kind, &section)))
        .collect();
    let closed = Memo::new(move |_| {
        let closed = held.iter().filter(|(_, held)| !held.is_empty() && !held.open.get());
        closed.map(|(section, _)| section.clone()).collect::<Vec<_>>()
    });
    let buttons = move || {
        let buttons = closed.get().into_iter().map(|section| {
            let (title, target) = (section.clone(), section.clone());
            let open = move |_| {
                work.open(record, &target);
                super::focus_section(&target);
            };
            view! {
                <button class="btn btn--quiet" type="button" on:click=open>
                    <Draw icon=Icon::Plus/>
                    {move || forms.section(&title)}
                </button>
            }
        });
        buttons.collect_view()
    };
    view! {
        <Show when=move || !closed.with(Vec::is_empty)>
            <div class="section">
                <p class="section__title">{move || words.get(Key::SectionsMore)}</p>
                <div class="line">{buttons}</div>
            </div>
        </Show>
    }
}

/// A question, where it is asked of this one at all.
#[component]
pub fn Maybe(
    /// The work it belongs to.
    work: Work,
    /// The field.
    spec: FieldSpec,
    /// Of which record.
    record: RecordId,
) -> impl IntoView {
    let asked = spec.clone();
    let field = spec.field;
    let applies = Memo::new(move |_| {
        work.file.with(|file| {
            let today = crate::when::today();
            let subject = file.all().find(|subject| subject.record == record);
            let fresh = domain::Subject::new(record, spec.kind, None);
            spec.when().holds(subject.unwrap_or(&fresh), file, today)
        }) || work.stuck(record).contains(&field)
    });
    view! {
        <Show when=move || applies.get()>
            <Ask work spec=asked.clone() record/>
        </Show>
    }
}
