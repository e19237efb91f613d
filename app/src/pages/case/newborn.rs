//! A birth in the field: who the parents are, and a child prepared from them.

use super::work::Work;
use crate::components::{Choices, DateField, Draw, Icon, Label, Select};
use crate::tables::Item;
use crate::words::{Key, use_words};
use domain::case::{Typed, ref_code};
use domain::date::{DateText, PartialDate};
use domain::finding::Spot;
use domain::newborn::{self, Birth};
use domain::{Field, RecordId, Subject};
use leptos::prelude::*;

/// The way in the office's list by which somebody came who was born here.
const BORN_HERE: &str = "born_here";

/// Adds a child that was born here to people of the group.
#[component]
pub fn Newborn(
    /// The work.
    work: Work,
) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let open = RwSignal::new(false);
    let mother = RwSignal::new(String::new());
    let father = RwSignal::new(String::new());
    let sex = RwSignal::new(String::new());
    let notice = RwSignal::new(false);
    let born = RwSignal::new(DateText::default());
    let born_fault = RwSignal::new(None::<String>);
    let fault = RwSignal::new(None::<Key>);
    // Whoever may be the mother, or the father: sex that is not told rules nobody out.
    let people = move |not: &'static str| {
        Signal::derive(move || {
            work.file.with(|file| {
                let named = |(place, person): (usize, &Subject)| {
                    let name = person.display_name();
                    let name =
                        if name.is_empty() { words.count(Key::PersonNumber, place as u64 + 1) } else { name };
                    Item::new(&ref_code(person.record), &name)
                };
                let may = |(_, person): &(usize, &Subject)| {
                    !person.says(Field::SEX, not)
                        && person.age(crate::when::today()).is_none_or(|age| age >= 10)
                };
                file.people.iter().enumerate().filter(may).map(named).collect::<Vec<_>>()
            })
        })
    };
    let begin = move |_| {
        fault.set(None);
        mother.set(String::new());
        father.set(String::new());
        sex.set(String::new());
        notice.set(false);
        // Most are written down on the day; it stands in sight, to be put right.
        let today = crate::when::today();
        born.set(DateText::of(&PartialDate::exact(today), today));
        born_fault.set(None);
        open.set(true);
        crate::components::parts::focus_later("newborn-mother".into());
    };
    let add = move |_| {
        let Some(mother) = RecordId::parse(&mother.get_untracked()) else {
            fault.set(Some(Key::NewbornNoMother));
            return;
        };
        let father = RecordId::parse(&father.get_untracked());
        let today = crate::when::today();
        let day = match born.with_untracked(|born| born.parse_any(today)) {
            Ok(day) => day.and_then(PartialDate::day_known).filter(|day| *day <= today),
            Err(_) => None,
        };
        let Some(day) = day else {
            born_fault.set(Some(words.get(Key::FaultDayNeeded)));
            return;
        };
        let child = RecordId::fresh(crate::when::now(), store::random());
        let told = sex.get_untracked();
        let prepared = work.file.with_untracked(|file| {
            let birth = Birth { child, sex: &told, born: day, has_notice: notice.get_untracked() };
            let father = father.and_then(|father| file.person(father));
            Some(newborn::prepare(birth, file, file.person(mother)?, father, today))
        });
        let Some(prepared) = prepared else { return };
        let born_here = prepared.group_was_born_here;
        work.change(|draft, _| draft.people.push(prepared.sheet));
        if born_here && let Some(spec) = forms.spec(Field::ENTRY_MODE) {
            work.put(&spec, work.group(), Typed::Text(BORN_HERE.into()));
        }
        open.set(false);
        work.shown.set(child);
        work.look();
        crate::components::parts::focus_later(Spot::new(child, Field::GIVEN_NAMES).id());
    };
    let sexes = move || forms.list("sex");
    view! {
        <button class="btn btn--quiet btn--wide" type="button" hidden=move || open.get() on:click=begin>
            <Draw icon=Icon::Baby/>
            {move || words.get(Key::Newborn)}
        </button>
        <Show when=move || open.get()>
            <fieldset class="rowcard">
                <legend class="field__label">{move || words.get(Key::Newborn)}</legend>
                <Select id="newborn-mother" label=Label::Text(Signal::derive(move || forms.label(Field::BIRTH_MOTHER)))
                    value=mother on_choose=move |code| mother.set(code) items=people("M")
                    fault=Signal::derive(move || fault.get().map(|key| words.get(key)))/>
                <Select id="newborn-father" label=Label::Text(Signal::derive(move || forms.label(Field::BIRTH_FATHER)))
                    value=father on_choose=move |code| father.set(code) items=people("F")
                    fault=Signal::stored(None::<String>) maybe=Signal::from(true)/>
                <div class="field">
                    <p class="field__label">{move || forms.label(Field::SEX)}</p>
                    {move || view! {
                        <Choices id="newborn-sex" value=sex on_choose=move |code| sex.set(code) items=sexes()
                            fault=Signal::stored(None::<String>)/>
                    }}
                </div>
                <DateField id="newborn-born" label=Label::Text(Signal::derive(move || forms.label(Field::DATE_OF_BIRTH)))
                    value=Signal::derive(move || born.with(super::date::boxes))
                    on_type=move |at, text| born.update(|born| super::date::set_box(born, at, text))
                    fault=born_fault/>
                <label class="check">
                    <input type="checkbox" id="newborn-notice" prop:checked=notice
                        on:change=move |event| notice.set(event_target_checked(&event))/>
                    <span>{move || words.get(Key::NewbornNotice)}</span>
                </label>
                <div class="line">
                    <button class="btn btn--primary" type="button" on:click=add>{move || words.get(Key::NewbornAdd)}</button>
                    <button class="btn btn--quiet" type="button" on:click=move |_| open.set(false)>
                        {move || words.get(Key::DraftKeep)}
                    </button>
                </div>
            </fieldset>
        </Show>
    }
}

/// What follows from what is known of a child: nationalities to choose from and signs of statelessness, one tap each.
#[component]
pub fn Proposed(
    /// The work.
    work: Work,
    /// The person.
    person: RecordId,
) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let proposed = Memo::new(move |_| {
        work.file.with(|file| {
            let Some(one) = file.person(person) else { return Vec::new() };
            let held = one.codes(Field::STATELESS_FLAGS);
            let flags = newborn::flags_for(file, one).into_iter();
            flags.filter(|flag| !held.iter().any(|code| code == flag)).map(str::to_owned).collect::<Vec<_>>()
        })
    });
    let add = move |flag: String| {
        let Some(spec) = forms.spec(Field::STATELESS_FLAGS) else { return };
        let mut codes = match work.typed(&spec, person) {
            Typed::Codes(codes) => codes,
            _ => Vec::new(),
        };
        codes.push(flag);
        work.put(&spec, person, Typed::Codes(codes));
        work.look();
    };
    let buttons = move || {
        let buttons = proposed.get().into_iter().map(|flag| {
            let label =
                words.with(Key::SuggestFlag, &[("flag", &forms.code_label("statelessness:flag", &flag))]);
            view! {
                <button class="btn" type="button" on:click=move |_| add(flag.clone())>
                    <Draw icon=Icon::Plus/>{label}
                </button>
            }
        });
        buttons.collect_view()
    };
    view! {
        <Show when=move || !proposed.with(Vec::is_empty)>
            <div class="section"><div class="remark"><div class="line">{buttons}</div></div></div>
        </Show>
    }
}
