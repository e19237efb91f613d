//! What every printed page needs: the size of the paper, a second language beside Spanish, and the button.
//!
//! The paper itself stands in `public/styles/print.css`: `sheet` with `sheet--a4`, `sheet--letter` or `sheet--roll`.

use super::icon::{Draw, Icon};
use crate::tables::Item;
use crate::words::{Key, Language, Words, use_words};
use leptos::prelude::*;

/// Sizes of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// 210 × 297 mm.
    A4,
    /// 8½ × 11 inches, as sold in Panama.
    Letter,
    /// The roll of a receipt printer, 80 mm wide.
    Roll,
}

impl Paper {
    /// Its class.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Paper::A4 => "sheet sheet--a4",
            Paper::Letter => "sheet sheet--letter",
            Paper::Roll => "sheet sheet--roll",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Paper::A4 => "a4",
            Paper::Letter => "letter",
            Paper::Roll => "roll",
        }
    }

    fn label(self) -> Key {
        match self {
            Paper::A4 => Key::SlipPaperA4,
            Paper::Letter => Key::SlipPaperLetter,
            Paper::Roll => Key::SlipPaperRoll,
        }
    }
}

/// Asks for the paper.
#[component]
pub fn PaperChoice(
    /// The size chosen.
    paper: RwSignal<Paper>,
    /// The sizes offered.
    papers: &'static [Paper],
) -> impl IntoView {
    let words = use_words();
    let choices: Vec<_> = papers
        .iter()
        .map(|&one| {
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        name="paper"
                        value=one.code()
                        prop:checked=move || paper.get() == one
                        on:change=move |_| paper.set(one)
                    />
                    <span>{move || words.get(one.label())}</span>
                </label>
            }
        })
        .collect();
    view! {
        <fieldset class="field">
            <legend>{move || words.get(Key::SlipPaper)}</legend>
            <div class="choices">{choices}</div>
        </fieldset>
    }
}

/// Asks for the language beside Spanish.
#[component]
pub fn LanguageChoice(
    /// The one chosen; `None` prints Spanish alone.
    second: RwSignal<Option<Language>>,
) -> impl IntoView {
    let words = use_words();
    let options: Vec<_> = Language::ALL
        .into_iter()
        .filter(|language| *language != Language::Spanish)
        .map(|language| {
            let chosen = move || second.get() == Some(language);
            view! {
                <option value=language.code() lang=language.code() prop:selected=chosen>{language.name()}</option>
            }
        })
        .collect();
    let choose = move |event| {
        let code = event_target_value(&event);
        second.set(Some(Language::from_code(&code)).filter(|_| !code.is_empty()));
    };
    view! {
        <div class="field">
            <label class="field__label" for="second-language">{move || words.get(Key::SlipSecondLanguage)}</label>
            <select class="input input--short" id="second-language" on:change=choose>
                <option value="" prop:selected=move || second.get().is_none()>
                    {move || words.get(Key::SlipSecondNone)}
                </option>
                {options}
            </select>
        </div>
    }
}

/// Opens the browser's own dialogue for printing.
#[component]
pub fn PrintButton(
    /// Whether there is something to print.
    #[prop(into, default = Signal::from(true))]
    ready: Signal<bool>,
) -> impl IntoView {
    let words = use_words();
    let print = move |_| {
        if ready.get_untracked() {
            let _ = window().print();
        }
    };
    view! {
        <button
            class="btn btn--primary btn--big"
            type="button"
            aria-disabled=move || (!ready.get()).to_string()
            on:click=print
        >
            <Draw icon=Icon::Printer/>
            {move || words.get(Key::Print)}
        </button>
    }
}

/// The language to print beside Spanish: the main one of the person, when this app speaks it, else the one of the
/// screen. `None` when that is Spanish.
///
/// `main` is a code of `tables/languages.csv`.
#[must_use]
pub fn second_language(main: Option<&str>, screen: Language) -> Option<Language> {
    let theirs = main.and_then(spoken_here);
    let second = theirs.unwrap_or(screen);
    // A language that is not offered (the stretched one of tests) is none that people read.
    Some(second).filter(|one| *one != Language::Spanish && Language::ALL.contains(one))
}

/// The language of this app that a code of `tables/languages.csv` stands for.
#[must_use]
pub fn spoken_here(code: &str) -> Option<Language> {
    Some(match code {
        "spa" => Language::Spanish,
        "eng" => Language::English,
        "fra" => Language::French,
        "hat" => Language::Haitian,
        "por" => Language::Portuguese,
        "ara" => Language::Arabic,
        _ => return None,
    })
}

/// A sentence in every language of the sheet, one after the other.
pub fn said(spoken: &[Words], key: Key) -> AnyView {
    in_each(spoken, move |words| words.get(key))
}

/// The label of a code in every language of the sheet; the code where the table does not have it.
pub fn labelled(spoken: &[Words], item: Option<Item>, code: &str) -> AnyView {
    let code = code.to_owned();
    in_each(spoken, move |words| {
        item.as_ref().map_or_else(|| code.clone(), |item| item.label(words.language()).to_owned())
    })
}

/// A text in every language of the sheet, one after the other. What two languages say the same is said once.
pub fn in_each(spoken: &[Words], text: impl Fn(Words) -> String) -> AnyView {
    let mut before: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for &words in spoken {
        let (language, text) = (words.language(), text(words));
        if text.is_empty() || before.contains(&text) {
            continue;
        }
        parts.push(view! {
            {(!before.is_empty()).then_some(" · ")}
            <bdi lang=language.code() dir=language.direction()>{text.clone()}</bdi>
        });
        before.push(text);
    }
    parts.into_any()
}

/// Words of the languages a sheet is printed in: Spanish, and the second one when there is one.
///
/// To be called where the signal is followed, so that a change takes the former words away.
#[must_use]
pub fn words_of(second: Option<Language>) -> Vec<Words> {
    let languages = [Some(Language::Spanish), second];
    languages.into_iter().flatten().map(Words::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_the_person_goes_before_the_one_of_the_screen() {
        for (main, screen, second) in [
            (Some("hat"), Language::English, Some(Language::Haitian)),
            (Some("spa"), Language::English, None),
            (Some("ben"), Language::French, Some(Language::French)),
            (None, Language::English, Some(Language::English)),
            (None, Language::Spanish, None),
        ] {
            assert_eq!(second_language(main, screen), second, "{main:?}");
        }
    }
}
