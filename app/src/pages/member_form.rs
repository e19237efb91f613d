//! The questions about one person. The same form registers and corrects.

use crate::components::{Choices, DateField, Draw, Icon, Select, TextField};
use crate::tables::{Table, use_tables};
use crate::words::{Key, Words, use_words};
use domain::date::{DateMode, DateText};
use domain::document::DocumentDraft;
use domain::individual::{Absent, FOCAL_POINT, IndividualDraft, MAX_NATIONALITIES};
use domain::problem::{At, Fault, Problems};
use domain::{Field, RecordId};
use leptos::prelude::*;

/// One change to what is typed.
pub type Edit = Box<dyn FnOnce(&mut IndividualDraft) + Send>;

/// A person being typed: how to read and how to change them, wherever they are kept.
#[derive(Clone, Copy)]
pub struct Member {
    /// Place in the group; part of every input's id.
    pub place: usize,
    /// What is typed so far.
    pub read: Signal<IndividualDraft>,
    /// Changes it.
    pub write: Callback<Edit>,
    /// What the last check found.
    pub problems: Signal<Problems>,
    /// Whether they speak for the group.
    pub focal: Signal<bool>,
}

impl Member {
    fn update(self, change: impl FnOnce(&mut IndividualDraft) + Send + 'static) {
        self.write.run(Box::new(change));
    }

    fn text(self, of: fn(&IndividualDraft) -> &String) -> Signal<String> {
        Signal::derive(move || self.read.with(|draft| of(draft).clone()))
    }

    fn at(self, field: Field) -> At {
        At::member(self.place, field)
    }

    fn fault(self, at: At) -> Signal<Option<String>> {
        let words = use_words();
        Signal::derive(move || self.problems.with(|problems| sentence(words, problems, at)))
    }
}

/// What a check found at an input, in words.
#[must_use]
pub fn sentence(words: Words, problems: &Problems, at: At) -> Option<String> {
    let problem = problems.of(at)?;
    Some(fault_words(words, problem.fault))
}

/// A fault, in words.
#[must_use]
pub fn fault_words(words: Words, fault: Fault) -> String {
    words.named(&format!("fault_{}", fault.key())).unwrap_or_default()
}

/// Every question about one person.
#[component]
pub fn MemberForm(
    /// The person being typed.
    member: Member,
) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let one_name = Signal::derive(move || member.read.with(|draft| draft.one_name));
    let sexes = tables.of(Table::Lists, "sex");
    let relationships = Signal::derive(move || {
        let all = tables.of(Table::Lists, "relationship");
        all.into_iter().filter(|item| item.code != FOCAL_POINT).collect::<Vec<_>>()
    });
    let given = member.at(Field::GIVEN_NAMES);
    let surname1 = member.at(Field::SURNAME1);
    view! {
        <fieldset class="section">
            <legend class="section__title">{move || words.get(Key::SectionName)}</legend>
            <div class="fields">
                <Show when=move || !one_name.get()>
                    <TextField id=given.id() label=Key::GivenNames value=member.text(|it| &it.given_names)
                        on_type=move |text| member.update(move |it| it.given_names = text)
                        fault=member.fault(given) wide=true capitals="words"/>
                </Show>
                <TextField id=surname1.id() label=Key::Surname1 value=member.text(|it| &it.surname1)
                    on_type=move |text| member.update(move |it| it.surname1 = text)
                    fault=member.fault(surname1) capitals="words"/>
                <Show when=move || !one_name.get()>
                    <SecondSurname member/>
                </Show>
                <TextField id=member.at(Field::COMMON_NAME).id() label=Key::CommonName hint=Key::CommonNameHint
                    value=member.text(|it| &it.common_name)
                    on_type=move |text| member.update(move |it| it.common_name = text)
                    fault=member.fault(member.at(Field::COMMON_NAME)) maybe=true capitals="words"/>
                <label class="check wide">
                    <input
                        type="checkbox"
                        id=member.at(Field::ONE_NAME).id()
                        prop:checked=one_name
                        on:change=move |event| {
                            let ticked = event_target_checked(&event);
                            member.update(move |it| it.one_name = ticked);
                        }
                    />
                    <span>{move || words.get(Key::OneName)}</span>
                </label>
            </div>
        </fieldset>
        <Born member/>
        <fieldset class="section">
            <legend class="section__title">{move || words.get(Key::SectionSex)}</legend>
            <Choices id=member.at(Field::SEX).id() value=member.text(|it| &it.sex) items=sexes
                on_choose=move |code| member.update(move |it| it.sex = code)
                fault=member.fault(member.at(Field::SEX))/>
        </fieldset>
        <Nationalities member/>
        <Documents member/>
        <fieldset class="section">
            <legend class="section__title">{move || words.get(Key::SectionContact)}</legend>
            <div class="fields">
                <TextField id=member.at(Field::PHONE).id() label=Key::Phone value=member.text(|it| &it.phone)
                    on_type=move |text| member.update(move |it| it.phone = text)
                    fault=member.fault(member.at(Field::PHONE)) maybe=true kind="tel"/>
                <Show when=move || !member.focal.get()>
                    <Select id=member.at(Field::RELATIONSHIP).id() label=Key::Relationship
                        value=member.text(|it| &it.relationship)
                        on_choose=move |code| member.update(move |it| it.relationship = code)
                        items=relationships fault=member.fault(member.at(Field::RELATIONSHIP))/>
                </Show>
            </div>
        </fieldset>
    }
}

/// The second surname; when it is empty, whether there is none or nobody knows: different answers.
#[component]
fn SecondSurname(member: Member) -> impl IntoView {
    let words = use_words();
    let at = member.at(Field::SURNAME2);
    let empty = move || member.read.with(|draft| draft.surname2.trim().is_empty());
    let answer = move |absent: Absent, key: Key| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || member.read.with(|draft| draft.surname2_absent == Some(absent))
                    on:change=move |event| {
                        let ticked = event_target_checked(&event);
                        member.update(move |it| it.surname2_absent = ticked.then_some(absent));
                    }
                />
                <span>{move || words.get(key)}</span>
            </label>
        }
    };
    view! {
        <div class="stack">
            <TextField id=at.id() label=Key::Surname2 value=member.text(|it| &it.surname2)
                on_type=move |text| member.update(move |it| {
                    if !text.trim().is_empty() {
                        it.surname2_absent = None;
                    }
                    it.surname2 = text;
                })
                fault=member.fault(at) maybe=true capitals="words"/>
            <Show when=empty>
                <div class="line">
                    {answer(Absent::None, Key::Surname2None)}
                    {answer(Absent::Unknown, Key::Surname2Unknown)}
                </div>
            </Show>
        </div>
    }
}

/// Date of birth: three boxes, or only the year, or an age.
#[component]
fn Born(member: Member) -> impl IntoView {
    let words = use_words();
    let at = member.at(Field::DATE_OF_BIRTH);
    let mode = Signal::derive(move || member.read.with(|draft| draft.born.mode));
    let boxes = Signal::derive(move || member.read.with(|draft| boxes(&draft.born)));
    let unsure = move |event: leptos::ev::Event| {
        let mode = if event_target_checked(&event) { DateMode::YearOnly } else { DateMode::Exact };
        member.update(move |it| it.born.mode = mode);
    };
    let choose = move |mode: DateMode| move |_| member.update(move |it| it.born.mode = mode);
    let way = move |chosen: DateMode, key: Key, ending: &'static str| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name=format!("{}-way", at.id())
                    id=format!("{}-{ending}", at.id())
                    prop:checked=move || mode.get() == chosen
                    on:change=choose(chosen)
                />
                <span>{move || words.get(key)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="section">
            <legend class="section__title">{move || words.get(Key::SectionBorn)}</legend>
            <div class="stack">
                <Show when=move || mode.get() != DateMode::Age>
                    <DateField id=at.id() label=Key::DateOfBirth hint=Key::DateOfBirthHint value=boxes
                        on_type=move |at, text| member.update(move |it| set_box(&mut it.born, at, text))
                        fault=member.fault(at)
                        year_only=Signal::derive(move || mode.get() == DateMode::YearOnly)/>
                </Show>
                <Show when=move || mode.get() == DateMode::Age>
                    <div class="fields">
                        <TextField id=at.id() label=Key::Age value=member.text(|it| &it.born.age)
                            on_type=move |text| member.update(move |it| it.born.age = text)
                            fault=member.fault(at) hint=Key::AgeHint/>
                    </div>
                </Show>
                <label class="check">
                    <input type="checkbox" id=format!("{}-unsure", at.id())
                        prop:checked=move || mode.get() != DateMode::Exact on:change=unsure/>
                    <span>{move || words.get(Key::DateUnsure)}</span>
                </label>
                <Show when=move || mode.get() != DateMode::Exact>
                    <div class="choices">
                        {way(DateMode::YearOnly, Key::DateYearOnly, "year-only")}
                        {way(DateMode::Age, Key::DateAgeOnly, "age-only")}
                    </div>
                </Show>
            </div>
        </fieldset>
    }
}

/// The three boxes of a date as typed.
#[must_use]
pub fn boxes(date: &DateText) -> [String; 3] {
    [date.day.clone(), date.month.clone(), date.year.clone()]
}

/// Puts text into one of the three boxes.
pub fn set_box(date: &mut DateText, at: usize, text: String) {
    match at {
        0 => date.day = text,
        1 => date.month = text,
        _ => date.year = text,
    }
}

/// Up to three nationalities.
#[component]
fn Nationalities(member: Member) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let at = member.at(Field::NATIONALITY);
    let chosen = Signal::derive(move || member.read.with(|draft| draft.nationality.clone()));
    let left = Signal::derive(move || {
        let chosen = chosen.get();
        let all = tables.all(Table::Countries);
        all.into_iter().filter(|item| !chosen.contains(&item.code)).collect::<Vec<_>>()
    });
    let picked = move || {
        let chips = chosen.get().into_iter().map(|code| {
            let name = tables.label(Table::Countries, &code);
            let drop = words.with(Key::RemoveNamed, &[("name", &name)]);
            let remove = move |_| {
                let code = code.clone();
                member.update(move |it| it.nationality.retain(|other| *other != code));
            };
            view! {
                <li class="chip chip--picked">
                    {name}
                    <button class="chip__drop" type="button" aria-label=drop on:click=remove><Draw icon=Icon::X/></button>
                </li>
            }
        });
        chips.collect_view()
    };
    view! {
        <fieldset class="section">
            <legend class="section__title">{move || words.get(Key::SectionNationality)}</legend>
            <Show when=move || !chosen.with(Vec::is_empty)>
                <ul class="line" aria-label=move || words.get(Key::NationalitiesChosen)>{picked}</ul>
            </Show>
            <Show when=move || chosen.with(Vec::len) < MAX_NATIONALITIES>
                <div class="fields">
                    <Select id=at.id() label=Key::NationalityAdd hint=Key::NationalityHint value=Signal::stored(String::new())
                        on_choose=move |code| {
                            if !code.is_empty() {
                                member.update(move |it| it.nationality.push(code));
                            }
                        }
                        items=left fault=member.fault(at) adds=true/>
                </div>
            </Show>
        </fieldset>
    }
}

/// Papers: type and number.
#[component]
fn Documents(member: Member) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let kinds = Signal::derive(move || tables.all(Table::Documents));
    let rows = Signal::derive(move || {
        member.read.with(|draft| draft.documents.iter().map(|document| document.record).collect::<Vec<_>>())
    });
    let add = move |_| {
        let record = RecordId::fresh(crate::when::now(), store::random());
        member.update(move |it| it.documents.push(DocumentDraft::new(record)));
    };
    view! {
        <fieldset class="section">
            <legend class="section__title">{move || words.get(Key::SectionDocuments)}</legend>
            <For each=move || rows.get().into_iter().enumerate() key=|(row, record)| (*row, *record) let((row, _))>
                <div class="doc">
                    <Select id=At::row(member.place, row, Field::DOCUMENT_TYPE).id() label=Key::DocumentType
                        value=document(member, row, |it| &it.kind)
                        on_choose=move |code| set_document(member, row, move |it| it.kind = code)
                        items=kinds fault=member.fault(At::row(member.place, row, Field::DOCUMENT_TYPE))/>
                    <TextField id=At::row(member.place, row, Field::DOCUMENT_NUMBER).id() label=Key::DocumentNumber
                        value=document(member, row, |it| &it.number)
                        on_type=move |text| set_document(member, row, move |it| it.number = text)
                        fault=member.fault(At::row(member.place, row, Field::DOCUMENT_NUMBER)) capitals="characters"/>
                    <button
                        class="btn btn--icon"
                        type="button"
                        aria-label=move || words.count(Key::DocumentRemove, row as u64 + 1)
                        on:click=move |_| member.update(move |it| {
                            if row < it.documents.len() {
                                it.documents.remove(row);
                            }
                        })
                    >
                        <Draw icon=Icon::Trash/>
                    </button>
                </div>
            </For>
            <div>
                <button class="btn" type="button" on:click=add>
                    <Draw icon=Icon::Plus/>
                    {move || words.get(Key::DocumentAdd)}
                </button>
            </div>
        </fieldset>
    }
}

fn document(member: Member, row: usize, of: fn(&DocumentDraft) -> &String) -> Signal<String> {
    Signal::derive(move || {
        member.read.with(|draft| draft.documents.get(row).map(|it| of(it).clone()).unwrap_or_default())
    })
}

fn set_document(member: Member, row: usize, change: impl FnOnce(&mut DocumentDraft) + Send + 'static) {
    member.update(move |it| {
        if let Some(document) = it.documents.get_mut(row) {
            change(document);
        }
    });
}
