//! One question, in the form its field asks for.

use super::date::Born;
use super::work::Work;
use crate::components::photo::PhotoField;
use crate::components::{Choices, DateField, Draw, Icon, Label, Select, Signature, TextField};
use crate::tables::Item;
use crate::words::{Key, use_words};
use domain::case::{Typed, ref_code};
use domain::catalogue::{FieldSpec, Form, Mark};
use domain::date::DateText;
use domain::finding::Spot;
use domain::{Field, Kind, RecordId, Subject};
use leptos::prelude::*;

/// Up to so many choices all stand in sight.
const IN_SIGHT: usize = 6;

/// What every form of question needs.
#[derive(Clone, Copy)]
pub struct Question {
    pub(super) work: Work,
    pub(super) record: RecordId,
    pub(super) at: Spot,
    pub(super) spec: StoredValue<FieldSpec>,
    pub(super) label: Label,
    pub(super) hint: Label,
    pub(super) fault: Signal<Option<String>>,
    pub(super) maybe: Signal<bool>,
}

impl Question {
    pub(super) fn typed(self) -> Typed {
        self.spec.with_value(|spec| self.work.typed(spec, self.record))
    }

    pub(super) fn text(self) -> Signal<String> {
        Memo::new(move |_| self.typed().as_text().to_owned()).into()
    }

    pub(super) fn codes(self) -> Signal<Vec<String>> {
        Memo::new(move |_| if let Typed::Codes(codes) = self.typed() { codes } else { Vec::new() }).into()
    }

    pub(super) fn date(self) -> Signal<DateText> {
        Memo::new(move |_| if let Typed::Date(date) = self.typed() { date } else { DateText::default() })
            .into()
    }

    pub(super) fn put(self, typed: Typed) {
        self.spec.with_value(|spec| self.work.put(spec, self.record, typed));
    }

    /// A choice was made: what depends on it shows at once.
    pub(super) fn choose(self, typed: Typed) {
        self.put(typed);
        self.work.leave(self.at);
    }

    pub(super) fn id(self) -> String {
        self.at.id()
    }
}

/// One question.
#[component]
pub fn Ask(
    /// The work it belongs to.
    work: Work,
    /// The field.
    spec: FieldSpec,
    /// Of which record.
    record: RecordId,
) -> impl IntoView {
    let at = Spot::new(record, spec.field);
    let field = spec.field;
    let forms = work.forms;
    let asked = spec.clone();
    // Whether an answer is needed: at this stage, of this one.
    let maybe = Memo::new(move |_| {
        let stage = work.stage();
        let needed = work.file.with(|file| {
            let subject = file.all().find(|subject| subject.record == record);
            subject.is_none_or(|subject| asked.required_when().holds(subject, file, crate::when::today()))
        });
        !(needed && asked.mark(stage) == Mark::Required)
    });
    let form = spec.form;
    let question = Question {
        work,
        record,
        at,
        label: Label::Text(Signal::derive(move || forms.label(field))),
        hint: Label::Text(Signal::derive(move || forms.hint(field))),
        fault: super::findings::fault(work, at),
        maybe: maybe.into(),
        spec: StoredValue::new(spec),
    };
    let input = match form {
        _ if field == Field::ONE_NAME || field == Field::NEEDS_NONE => view! { <Tick question/> }.into_any(),
        _ if field == Field::DATE_OF_BIRTH => view! { <Born question/> }.into_any(),
        Form::Name => view! { <Line question capitals="words"/> }.into_any(),
        Form::Text if question.spec.with_value(|spec| spec.detail == "long") => {
            view! { <Long question/> }.into_any()
        }
        Form::Text => view! { <Line question capitals="sentences"/> }.into_any(),
        Form::Int => view! { <Line question mode="numeric"/> }.into_any(),
        Form::Decimal | Form::Money => view! { <Line question mode="decimal"/> }.into_any(),
        Form::Phone => view! { <Line question kind="tel" mode="tel"/> }.into_any(),
        Form::DateTime => view! { <Line question kind="datetime-local"/> }.into_any(),
        Form::Code => view! { <One question/> }.into_any(),
        Form::Codes => view! { <Several question/> }.into_any(),
        Form::Languages => view! { <Languages question/> }.into_any(),
        Form::Tags => view! { <Tags question/> }.into_any(),
        Form::Flag => view! { <YesNo question/> }.into_any(),
        Form::Date | Form::PartialDate => view! { <Day question/> }.into_any(),
        Form::Ref => view! { <Other question/> }.into_any(),
        Form::Refs => view! { <Others question/> }.into_any(),
        Form::Image => view! { <Picture question/> }.into_any(),
        Form::Strokes => view! { <Drawn question/> }.into_any(),
    };
    view! {
        <div class="ask" class:ask--wide=matches!(form, Form::Codes | Form::Languages | Form::Refs | Form::Image | Form::Strokes)>
            {input}
            <crate::pages::conflicts::StandsBeside forms record=work.in_conflict(record, field) field
                name_of=Callback::new(move |id| work.known_name(id))/>
            <crate::pages::applications::SaidBeside forms record field typed=Signal::derive(move || question.typed())/>
            <super::findings::Notes work at/>
        </div>
    }
}

#[component]
fn Line(
    question: Question,
    #[prop(default = "none")] capitals: &'static str,
    #[prop(default = "text")] mode: &'static str,
    #[prop(default = "text")] kind: &'static str,
) -> impl IntoView {
    view! {
        <TextField id=question.id() label=question.label hint=question.hint value=question.text()
            on_type=move |text| question.put(Typed::Text(text)) fault=question.fault maybe=question.maybe
            capitals mode kind on_leave=Callback::new(move |()| question.work.leave_soon(question.at))/>
    }
}

/// Text of several lines.
#[component]
fn Long(question: Question) -> impl IntoView {
    let words = use_words();
    let id = question.id();
    let value = question.text();
    let described = format!("{id}-hint {id}-fault");
    view! {
        <div class="field wide">
            <label class="field__label" for=id.clone()>
                {move || question.label.get()}
                {move || question.maybe.get().then(|| view! { " " <span class="field__maybe">{words.get(Key::FieldMaybe)}</span> })}
            </label>
            <p class="field__hint" id=format!("{id}-hint")>{move || question.hint.get()}</p>
            <p class="field__error" id=format!("{id}-fault")>{move || question.fault.get()}</p>
            <textarea class="input" id=id.clone() rows="4" prop:value=value aria-describedby=described
                on:input=move |event| question.put(Typed::Text(event_target_value(&event)))
                on:change=move |_| question.work.leave_soon(question.at)></textarea>
        </div>
    }
}

/// What can be chosen; districts follow the province.
fn items(question: Question) -> Signal<Vec<Item>> {
    let work = question.work;
    let forms = work.forms;
    let field = question.at.field;
    Memo::new(move |_| {
        let within = if field == Field::DISTRICT {
            work.file.with(|file| file.group.text(Field::PROVINCE).to_owned())
        } else {
            String::new()
        };
        let items = question.spec.with_value(|spec| forms.items(spec, &within));
        let focal = domain::individual::FOCAL_POINT;
        match field {
            // The focal point is chosen by who it is, not by its relationship.
            Field::RELATIONSHIP => items.into_iter().filter(|item| item.code != focal).collect(),
            Field::NEED_CODE => super::needs::offered(work, items),
            _ => items,
        }
    })
    .into()
}

/// One code: a few stand in sight, many in a list.
#[component]
fn One(question: Question) -> impl IntoView {
    let forms = question.work.forms;
    let items = items(question);
    let value = question.text();
    let list = question.spec.with_value(|spec| spec.list.clone());
    // What is chosen stays readable when the list no longer offers it.
    let items = Signal::derive(move || {
        let mut items = items.get();
        let chosen = value.get();
        if !chosen.is_empty() && !items.iter().any(|item| item.code == chosen) {
            items.push(Item::new(&chosen, &forms.code_label(&list, &chosen)));
        }
        items
    });
    let few = items.with_untracked(|items| items.len() <= IN_SIGHT) && question.at.field != Field::DISTRICT;
    let choose = move |code: String| {
        if question.at.field == Field::PROVINCE {
            // A district of another province does not follow.
            let district = forms.spec(Field::DISTRICT);
            if let Some(spec) = district {
                question.work.put(&spec, question.record, Typed::Text(String::new()));
            }
        }
        question.choose(Typed::Text(code));
        super::consent::chosen(question.work, question.at);
    };
    if few {
        let id = question.id();
        view! {
            <fieldset class="field">
                <legend class="field__label"><Asked question/></legend>
                <Hint question/>
                {move || view! { <Choices id=id.clone() value on_choose=choose items=items.get() fault=question.fault/> }}
            </fieldset>
        }
        .into_any()
    } else {
        view! {
            <Select id=question.id() label=question.label hint=question.hint value items
                on_choose=choose fault=question.fault maybe=question.maybe/>
        }
        .into_any()
    }
}

/// The words of a question, as a legend.
#[component]
fn Asked(question: Question) -> impl IntoView {
    let words = use_words();
    view! {
        {move || question.label.get()}
        {move || question.maybe.get().then(|| view! { " " <span class="field__maybe">{words.get(Key::FieldMaybe)}</span> })}
    }
}

#[component]
fn Hint(question: Question) -> impl IntoView {
    move || {
        let hint = question.hint.get();
        (!hint.is_empty()).then(|| view! { <p class="field__hint">{hint}</p> })
    }
}

#[component]
fn YesNo(question: Question) -> impl IntoView {
    let words = use_words();
    let id = question.id();
    let value = move || if let Typed::Flag(flag) = question.typed() { flag } else { None };
    let answer = move |flag: bool, key: Key, id: String| {
        view! {
            <label class="choice">
                <input type="radio" name=question.id() id=id prop:checked=move || value() == Some(flag)
                    on:change=move |_| question.choose(Typed::Flag(Some(flag)))/>
                <span>{move || words.get(key)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend class="field__label"><Asked question/></legend>
            <Hint question/>
            <p class="field__error" id=format!("{id}-fault")>{move || question.fault.get()}</p>
            <div class="choices">
                {answer(true, Key::Yes, id.clone())}
                {answer(false, Key::No, format!("{id}-no"))}
                <Show when=move || value().is_some()>
                    <button class="btn btn--quiet" type="button" on:click=move |_| question.choose(Typed::Flag(None))>
                        {move || words.get(Key::AnswerTakeBack)}
                    </button>
                </Show>
            </div>
        </fieldset>
    }
}

#[component]
fn Tick(question: Question) -> impl IntoView {
    let ticked = move || question.typed() == Typed::Flag(Some(true));
    view! {
        <label class="check">
            <input type="checkbox" id=question.id() prop:checked=ticked
                on:change=move |event| {
                    let ticked = event_target_checked(&event).then_some(true);
                    question.choose(Typed::Flag(ticked));
                }/>
            <span>{move || question.label.get()}</span>
        </label>
    }
}

/// Codes chosen one by one.
#[component]
fn Several(question: Question) -> impl IntoView {
    let forms = question.work.forms;
    let items = items(question);
    let chosen = question.codes();
    let left = Signal::derive(move || {
        let chosen = chosen.get();
        items.get().into_iter().filter(|item| !chosen.contains(&item.code)).collect::<Vec<_>>()
    });
    let list = StoredValue::new(question.spec.with_value(|spec| spec.list.clone()));
    let add = move |code: String| {
        if !code.is_empty() {
            let mut codes = chosen.get_untracked();
            codes.push(code);
            question.choose(Typed::Codes(codes));
        }
    };
    view! {
        <div class="stack">
            <Select id=question.id() label=question.label hint=question.hint value=Signal::stored(String::new())
                on_choose=add items=left fault=question.fault maybe=question.maybe adds=true/>
            <Chips question chosen label=Callback::new(move |code: String| list.with_value(|list| forms.code_label(list, &code)))/>
        </div>
    }
}

/// What was chosen, each with a button that takes it away.
#[component]
fn Chips(question: Question, chosen: Signal<Vec<String>>, label: Callback<String, String>) -> impl IntoView {
    let words = use_words();
    let chips = move || {
        let chips = chosen.get().into_iter().map(|code| {
            let name = label.run(code.clone());
            let drop = words.with(Key::RemoveNamed, &[("name", &name)]);
            let remove = move |_| {
                let rest = chosen.get_untracked().into_iter().filter(|other| *other != code).collect();
                question.choose(Typed::Codes(rest));
            };
            view! {
                <li class="chip chip--picked">
                    <bdi>{name}</bdi>
                    <button class="chip__drop" type="button" aria-label=drop on:click=remove><Draw icon=Icon::X/></button>
                </li>
            }
        });
        chips.collect_view()
    };
    view! {
        <Show when=move || !chosen.with(Vec::is_empty)>
            <ul class="line" aria-label=move || question.label.get()>{chips}</ul>
        </Show>
    }
}

/// Languages, each with how well it is spoken.
#[component]
fn Languages(question: Question) -> impl IntoView {
    let forms = question.work.forms;
    let chosen = question.codes();
    let all = items(question);
    let left = Signal::derive(move || {
        let chosen = chosen.get();
        let taken = |code: &str| chosen.iter().any(|it| it.split(':').next() == Some(code));
        all.get().into_iter().filter(|item| !taken(&item.code)).collect::<Vec<_>>()
    });
    let levels = Signal::derive(move || forms.list("language_level"));
    let add = move |code: String| {
        if !code.is_empty() {
            let mut codes = chosen.get_untracked();
            codes.push(code);
            question.choose(Typed::Codes(codes));
        }
    };
    let rows = move || {
        let rows = chosen.get().into_iter().enumerate().map(|(place, code)| {
            let (language, level) = code.split_once(':').unwrap_or((&code, ""));
            let name = forms.code_label("languages", language);
            let (language, level) = (language.to_owned(), level.to_owned());
            let set = move |level: String| {
                let mut codes = chosen.get_untracked();
                if let Some(code) = codes.get_mut(place) {
                    *code = if level.is_empty() { language.clone() } else { format!("{language}:{level}") };
                }
                question.choose(Typed::Codes(codes));
            };
            let label = Label::Text(Signal::stored(name));
            view! {
                <Select id=format!("{}-level-{place}", question.id()) label value=Signal::stored(level)
                    on_choose=set items=levels fault=Signal::stored(None::<String>)/>
            }
        });
        rows.collect_view()
    };
    view! {
        <div class="stack">
            <Select id=question.id() label=question.label hint=question.hint value=Signal::stored(String::new())
                on_choose=add items=left fault=question.fault maybe=question.maybe adds=true/>
            <Chips question chosen label=Callback::new(move |code: String| {
                forms.code_label("languages", code.split(':').next().unwrap_or_default())
            })/>
            <div class="fields">{rows}</div>
        </div>
    }
}

/// Words of one's own, parted by commas.
#[component]
fn Tags(question: Question) -> impl IntoView {
    // What is typed is shown as typed: the commas of the moment too.
    let typed = RwSignal::new(question.codes().get_untracked().join(", "));
    let take = move |text: String| {
        question.put(Typed::Codes(text.split([',', ';', '،']).map(|tag| tag.trim().to_owned()).collect()));
        typed.set(text);
    };
    view! {
        <TextField id=question.id() label=question.label hint=question.hint value=typed on_type=take
            fault=question.fault maybe=question.maybe
            on_leave=Callback::new(move |()| question.work.leave_soon(question.at))/>
    }
}

#[component]
fn Day(question: Question) -> impl IntoView {
    let date = question.date();
    let boxes = Signal::derive(move || date.with(super::date::boxes));
    let put = move |at: usize, text: String| {
        let mut date = date.get_untracked();
        super::date::set_box(&mut date, at, text);
        question.put(Typed::Date(date));
    };
    view! {
        <div on:focusout=move |_| question.work.leave_soon(question.at)>
            <DateField id=question.id() label=question.label hint=question.hint value=boxes on_type=put fault=question.fault/>
        </div>
    }
}

/// People of this registration who may be named in a field.
fn people(question: Question) -> Signal<Vec<Item>> {
    let work = question.work;
    let words = use_words();
    let field = question.at.field;
    let detail = question.spec.with_value(|spec| spec.detail.clone());
    Memo::new(move |_| {
        work.file.with(|file| {
            let today = crate::when::today();
            let named = |id: RecordId, name: String| Item::new(&ref_code(id), &name);
            match detail.as_str() {
                "consent" | "referral" => {
                    let kind = if detail == "consent" { Kind::CONSENT } else { Kind::REFERRAL };
                    let rows = file.rows_of_kind(kind).filter(|row| row.record != question.record);
                    rows.map(|row| named(row.record, super::rows::title(work, row))).collect::<Vec<_>>()
                }
                "group" => Vec::new(),
                _ => {
                    let chosen = question.typed();
                    let suits = |person: &&Subject| match field {
                        _ if chosen == Typed::Ref(Some(person.record)) => true,
                        Field::RESPONSIBLE_ADULT | Field::CONSENT_GIVEN_BY => {
                            !person.is_child(today) && may_name(question, person)
                        }
                        Field::BIRTH_MOTHER => {
                            person.record != question.record && !person.says(Field::SEX, "M")
                        }
                        Field::BIRTH_FATHER => {
                            person.record != question.record && !person.says(Field::SEX, "F")
                        }
                        _ => true,
                    };
                    let people = file.people.iter().enumerate().filter(|(_, person)| suits(person));
                    let people = people.map(|(place, person)| {
                        let name = person.display_name();
                        let name = if name.is_empty() {
                            words.count(Key::PersonNumber, place as u64 + 1)
                        } else {
                            name
                        };
                        named(person.record, name)
                    });
                    people.collect()
                }
            }
        })
    })
    .into()
}

/// Nobody is their own responsible adult.
fn may_name(question: Question, person: &Subject) -> bool {
    question.at.field != Field::RESPONSIBLE_ADULT || person.record != question.record
}

/// Another record: mostly a person of this registration.
#[component]
fn Other(question: Question) -> impl IntoView {
    let people = people(question);
    let value = Signal::derive(move || match question.typed() {
        Typed::Ref(Some(id)) => ref_code(id),
        _ => String::new(),
    });
    view! {
        <Select id=question.id() label=question.label hint=question.hint value items=people
            on_choose=move |code| question.choose(Typed::Ref(RecordId::parse(&code)))
            fault=question.fault maybe=question.maybe/>
    }
}

/// Several people of this registration.
#[component]
fn Others(question: Question) -> impl IntoView {
    let people = people(question);
    let chosen = question.codes();
    let left = Signal::derive(move || {
        let chosen = chosen.get();
        people.get().into_iter().filter(|item| !chosen.contains(&item.code)).collect::<Vec<_>>()
    });
    let words = use_words();
    let label = Callback::new(move |code: String| {
        let language = words.language();
        let found = people.get().into_iter().find(|item| item.code == code);
        found.map_or_else(|| words.get(Key::AnotherRecord), |item| item.label(language).to_owned())
    });
    let add = move |code: String| {
        if !code.is_empty() {
            let mut codes = chosen.get_untracked();
            codes.push(code);
            question.choose(Typed::Codes(codes));
        }
    };
    view! {
        <div class="stack">
            <Chips question chosen label/>
            <Select id=question.id() label=question.label hint=question.hint value=Signal::stored(String::new())
                on_choose=add items=left fault=question.fault maybe=question.maybe adds=true/>
        </div>
    }
}

/// A picture of the person, or of a page of a paper.
#[component]
fn Picture(question: Question) -> impl IntoView {
    let value = question.text();
    let draft = question.work.draft.with_untracked(|draft| draft.draft);
    let person = question.at.field == Field::PHOTO;
    view! {
        <PhotoField id=question.id() label=question.label value draft person
            on_take=Callback::new(move |text: String| question.choose(Typed::Text(text)))/>
    }
}

/// A drawn signature.
#[component]
fn Drawn(question: Question) -> impl IntoView {
    let value = question.text();
    view! {
        <Signature id=question.id() label=question.label value
            on_draw=Callback::new(move |text: String| question.choose(Typed::Text(text)))/>
    }
}
