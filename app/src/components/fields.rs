//! Inputs with their labels, hints and what is wrong with them, after GOV.UK's form grammar.

use crate::tables::Item;
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// What is wrong with an input, in words; `None` when nothing is.
pub type Fault = Signal<Option<String>>;

/// Words beside an input: a sentence of the app, or a label of a table; both follow the language.
#[derive(Clone, Copy, Default)]
pub enum Label {
    /// No words.
    #[default]
    Nothing,
    /// A sentence of the app.
    Key(Key),
    /// Text from a table; empty for none.
    Text(Signal<String>),
}

impl Label {
    /// The words as they are now; reactive.
    #[must_use]
    pub fn get(self) -> String {
        match self {
            Label::Nothing => String::new(),
            Label::Key(key) => {
                use_context::<crate::words::Words>().map(|words| words.get(key)).unwrap_or_default()
            }
            Label::Text(text) => text.get(),
        }
    }

    fn signal(self) -> Option<Signal<String>> {
        match self {
            Label::Nothing => None,
            Label::Key(key) => {
                let words = use_words();
                Some(Signal::derive(move || words.get(key)))
            }
            Label::Text(text) => (!text.get_untracked().is_empty()).then_some(text),
        }
    }
}

impl From<Key> for Label {
    fn from(key: Key) -> Self {
        Label::Key(key)
    }
}

impl From<Signal<String>> for Label {
    fn from(text: Signal<String>) -> Self {
        Label::Text(text)
    }
}

/// Ids of hint and fault, for `aria-describedby`.
fn described_by(id: &str, hint: bool) -> String {
    if hint { format!("{id}-hint {id}-fault") } else { format!("{id}-fault") }
}

#[component]
fn Explained(id: String, #[prop(into)] hint: Option<Signal<String>>, fault: Fault) -> impl IntoView {
    let hint = hint.map(|hint| view! { <p class="field__hint" id=format!("{id}-hint")>{hint}</p> });
    view! {
        {hint}
        <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
    }
}

/// One line of text with its label and, after a check, what is wrong with it.
#[component]
pub fn TextField(
    /// Names the input and its parts, so that the error summary can link to them.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Label,
    /// What it holds, as typed.
    #[prop(into)]
    value: Signal<String>,
    /// Takes what is typed.
    on_type: impl Fn(String) + 'static,
    /// What is wrong with it.
    #[prop(into)]
    fault: Fault,
    /// A word of help.
    #[prop(default = Label::Nothing, into)]
    hint: Label,
    /// May be left out.
    #[prop(into, default = Signal::from(false))]
    maybe: Signal<bool>,
    /// Takes the whole width.
    #[prop(optional)]
    wide: bool,
    /// `tel` for phones; text otherwise.
    #[prop(default = "text")]
    kind: &'static str,
    /// `numeric` or `decimal` for numbers.
    #[prop(default = "text")]
    mode: &'static str,
    /// Called when the input is left.
    #[prop(optional, into)]
    on_leave: Option<Callback<()>>,
    /// `words` for names, `characters` for numbers of papers.
    #[prop(default = "none")]
    capitals: &'static str,
) -> impl IntoView {
    let words = use_words();
    let class = move || {
        let wide = if wide { " wide" } else { "" };
        if fault.get().is_some() { format!("field field--error{wide}") } else { format!("field{wide}") }
    };
    let (hint_text, label_text) = (hint.signal(), label.signal());
    let described = described_by(&id, hint_text.is_some());
    view! {
        <div class=class>
            <label class="field__label" for=id.clone()>
                {label_text}
                {move || maybe.get().then(|| view! { " " <span class="field__maybe">{words.get(Key::FieldMaybe)}</span> })}
            </label>
            <Explained id=id.clone() hint=hint_text fault/>
            <input
                class="input"
                id=id.clone()
                type=kind
                inputmode=mode
                prop:value=value
                // Browsers tell of an input's change also when it is taken away, as by a lock in mid-word.
                on:change=move |_| on_leave.into_iter().for_each(|leave| leave.try_run(()).unwrap_or_default())
                on:input=move |event| on_type(event_target_value(&event))
                autocomplete="off"
                autocapitalize=capitals
                spellcheck="false"
                aria-describedby=described
                aria-invalid=move || fault.get().is_some().to_string()
            />
        </div>
    }
}

/// One of several codes, from a table.
#[component]
pub fn Select(
    /// Names the input and its parts.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Label,
    /// The code chosen; empty for none.
    #[prop(into)]
    value: Signal<String>,
    /// Takes the code chosen.
    on_choose: impl Fn(String) + 'static,
    /// What can be chosen.
    #[prop(into)]
    items: Signal<Vec<Item>>,
    /// What is wrong with it.
    #[prop(into)]
    fault: Fault,
    /// A word of help.
    #[prop(default = Label::Nothing, into)]
    hint: Label,
    /// May be left out.
    #[prop(into, default = Signal::from(false))]
    maybe: Signal<bool>,
    /// Goes back to "choose" once something was chosen: for adding to a list.
    #[prop(optional)]
    adds: bool,
) -> impl IntoView {
    let words = use_words();
    let class = move || if fault.get().is_some() { "field field--error" } else { "field" };
    let (hint_text, label_text) = (hint.signal(), label.signal());
    let options = move || {
        let language = words.language();
        let items = items.get();
        let chosen = value.get();
        // A code that the table no longer has stays chosen and shown.
        let stray = (!chosen.is_empty() && !items.iter().any(|item| item.code == chosen))
            .then(|| view! { <option value=chosen.clone() selected=true>{chosen.clone()}</option> });
        let known: Vec<_> = items
            .iter()
            .map(|item| {
                let selected = item.code == chosen;
                view! { <option value=item.code.clone() selected=selected>{item.label(language).to_owned()}</option> }
            })
            .collect();
        view! {
            <option value="" selected=chosen.is_empty()>{words.get(Key::Choose)}</option>
            {stray}
            {known}
        }
    };
    let element = NodeRef::<leptos::html::Select>::new();
    let keyed = StoredValue::new(false);
    let on_choose = StoredValue::new_local(on_choose);
    let commit = UnsyncCallback::new(move |()| {
        let Some(element) = element.get_untracked() else { return };
        on_choose.with_value(|choose| choose(element.value()));
        if adds {
            element.set_value("");
        }
    });
    let settle = UnsyncCallback::new(move |()| {
        let standing = element.get_untracked().is_some_and(|element| !element.value().is_empty());
        if adds && standing {
            commit.run(());
        }
    });
    let described = described_by(&id, hint_text.is_some());
    view! {
        <div class=class>
            <label class="field__label" for=id.clone()>
                {label_text}
                {move || maybe.get().then(|| view! { " " <span class="field__maybe">{words.get(Key::FieldMaybe)}</span> })}
            </label>
            <Explained id=id.clone() hint=hint_text fault/>
            <select
                class="input"
                id=id.clone()
                node_ref=element
                on:pointerdown=move |_| keyed.set_value(false)
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        keyed.set_value(false);
                        settle.run(());
                    } else if event.key() != "Tab" {
                        keyed.set_value(true);
                    }
                }
                on:blur=move |_| {
                    // Told also when it is taken away: then nobody is there any more.
                    if keyed.try_update_value(|keyed| *keyed = false).is_some() {
                        settle.try_run(());
                    }
                }
                on:change=move |_| {
                    // By keyboard a list goes through what lies between: only what is left standing is added.
                    if !(adds && keyed.try_get_value().unwrap_or(true)) {
                        commit.try_run(());
                    }
                }
                aria-describedby=described
                aria-invalid=move || fault.get().is_some().to_string()
            >
                {options}
            </select>
        </div>
    }
}

/// One of a few codes, all in sight.
#[component]
pub fn Choices(
    /// Names the inputs and their parts; the first one takes it as its id.
    #[prop(into)]
    id: String,
    /// The code chosen; empty for none.
    #[prop(into)]
    value: Signal<String>,
    /// Takes the code chosen.
    on_choose: impl Fn(String) + Clone + 'static,
    /// What can be chosen.
    items: Vec<Item>,
    /// What is wrong with it.
    #[prop(into)]
    fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let name = id.clone();
    let buttons: Vec<_> = items
        .into_iter()
        .enumerate()
        .map(|(at, item)| {
            let code = item.code.clone();
            let chosen = item.code.clone();
            let on_choose = on_choose.clone();
            let input = if at == 0 { id.clone() } else { format!("{id}-{}", item.code) };
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        id=input
                        name=name.clone()
                        value=item.code.clone()
                        prop:checked=move || value.get() == code
                        on:change=move |_| on_choose(chosen.clone())
                    />
                    <span>{move || item.label(words.language()).to_owned()}</span>
                </label>
            }
        })
        .collect();
    view! {
        <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
        <div class="choices">{buttons}</div>
    }
}

/// A date in three boxes.
#[component]
pub fn DateField(
    /// Names the inputs: `ID` is the day, `ID-month`, `ID-year`.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Label,
    /// Day, month and year as typed.
    #[prop(into)]
    value: Signal<[String; 3]>,
    /// Takes what is typed: which box, and the text.
    on_type: impl Fn(usize, String) + Clone + 'static,
    /// What is wrong with it.
    #[prop(into)]
    fault: Fault,
    /// A word of help.
    #[prop(default = Label::Nothing, into)]
    hint: Label,
    /// Only the year is asked.
    #[prop(into, default = Signal::from(false))]
    year_only: Signal<bool>,
    /// What else belongs to the question.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let words = use_words();
    let (hint_text, label_text) = (hint.signal(), label.signal());
    let part = {
        let (id, on_type) = (id.clone(), on_type);
        move |at: usize, ending: &'static str, label: Key, size: &'static str, length: &'static str| {
            let fault_id = described_by(&id, false);
            let id = format!("{id}{ending}");
            let labelled = id.clone();
            let on_type = on_type.clone();
            view! {
                <label class="inputs__part" for=labelled hidden=move || at < 2 && year_only.get()>
                    {move || words.get(label)}
                    <input
                        class=format!("input {size}")
                        id=id
                        inputmode="numeric"
                        autocomplete="off"
                        maxlength=length
                        prop:value=move || value.with(|value| value.get(at).cloned().unwrap_or_default())
                        on:input=move |event| on_type(at, event_target_value(&event))
                        aria-describedby=fault_id
                        aria-invalid=move || fault.get().is_some().to_string()
                    />
                </label>
            }
        }
    };
    let class = move || if fault.get().is_some() { "field field--error" } else { "field" };
    let described = described_by(&id, hint_text.is_some());
    view! {
        <fieldset class=class aria-describedby=described>
            <legend>{label_text}</legend>
            <Explained id=id.clone() hint=hint_text fault/>
            <div class="inputs">
                {part(0, "", Key::DateDay, "input--2", "2")}
                {part(1, "-month", Key::DateMonth, "input--2", "2")}
                {part(2, "-year", Key::DateYear, "input--4", "4")}
            </div>
            {children.map(|children| children())}
        </fieldset>
    }
}
