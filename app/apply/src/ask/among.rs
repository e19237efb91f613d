//! Few answers out of many, such as a country: the likely ones as cards, the others by a few letters.

use super::answers::Spot;
use super::asked::id;
use crate::choices::Choices;
use crate::frame::use_door;
use crate::pieces::lean::memo;
use crate::pieces::{Cards, Fault, Field, ManyCards};
use crate::plain;
use leptos::prelude::*;

/// Most answers shown for the letters typed.
const MOST_FOUND: usize = 8;

/// The answers to show: what fits the letters typed, or what is likely while none are; and always what was chosen.
fn shown(
    choices: &Choices,
    table: &str,
    likely: &[String],
    chosen: &[String],
    typed: &str,
) -> Vec<(String, String)> {
    // Who looks for «España» on a foreign keyboard types «espana».
    let key = |text: &str| plain::key(text).replace("nn", "n");
    let wanted = key(typed);
    let row = |code: &String| choices.row(table, code).map(|row| (row.code.to_owned(), row.label.to_owned()));
    let mut shown: Vec<(String, String)> = if wanted.is_empty() {
        likely.iter().filter_map(row).collect()
    } else {
        let fits = |label: &str| {
            let key = key(label);
            (!key.starts_with(&wanted), key.contains(&wanted))
        };
        // What begins so comes first.
        let mut found = Vec::new();
        let mut others = Vec::new();
        for row in choices.table(table) {
            match fits(row.label) {
                (false, true) => found.push(row),
                (true, true) => others.push(row),
                _ => {}
            }
        }
        found.append(&mut others);
        found.into_iter().take(MOST_FOUND).map(|row| (row.code.to_owned(), row.label.to_owned())).collect()
    };
    for code in chosen {
        if !shown.iter().any(|(other, _)| other == code) {
            shown.extend(row(code));
        }
    }
    shown
}

/// One or several answers out of a table.
#[component]
pub fn Among(
    /// Which answer.
    spot: Spot,
    /// What is asked.
    #[prop(into)]
    label: Signal<String>,
    /// The page's title asks the same.
    #[prop(optional)]
    hidden_label: bool,
    /// What the input for letters says.
    #[prop(into)]
    search: Signal<String>,
    /// The table.
    table: &'static str,
    /// Codes of the likely answers.
    #[prop(into)]
    likely: Signal<Vec<String>>,
    /// Codes that were chosen.
    #[prop(into)]
    chosen: Signal<Vec<String>>,
    /// Takes a code, and whether it is chosen now.
    on_choose: Callback<(String, bool)>,
    /// Whether several may be chosen.
    #[prop(optional)]
    many: bool,
    /// A word of help.
    #[prop(into, default = Signal::from(String::new()))]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(into, default = Signal::from(None))]
    fault: Fault,
) -> impl IntoView {
    let door = use_door();
    let typed = RwSignal::new(String::new());
    // Drawn anew only when the answers change, so that choosing one keeps the focus where it is.
    let options = memo(move || {
        likely
            .with(|likely| chosen.with(|chosen| shown(&door.choices(), table, likely, chosen, &typed.get())))
    });
    let name = id(spot);
    let cards = if many {
        view! { <ManyCards id=name.clone() label hidden_label options value=chosen on_choose hint fault/> }
            .into_any()
    } else {
        let value = Signal::derive(move || chosen.with(|chosen| chosen.first().cloned().unwrap_or_default()));
        let choose = Callback::new(move |code: String| on_choose.run((code, true)));
        view! { <Cards id=name.clone() label hidden_label options value on_choose=choose hint fault/> }
            .into_any()
    };
    view! {
        {cards}
        <Field
            id=format!("{name}-search")
            label=search
            value=typed
            on_type=Callback::new(move |text| typed.set(text))
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(likely: &[&str], chosen: &[&str], typed: &str) -> Vec<String> {
        let text = "#countries\nVEN\tVenezuela\nHTI\tHaití\nESP\tEspaña\nPER\tPerú\nPAN\tPanamá";
        let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        let shown = shown(&Choices::read(text), "countries", &owned(likely), &owned(chosen), typed);
        shown.into_iter().map(|(code, _)| code).collect()
    }

    #[test]
    fn likely_answers_are_shown_until_letters_are_typed_and_marks_do_not_matter() {
        assert_eq!(codes(&["VEN", "HTI"], &[], ""), ["VEN", "HTI"]);
        assert_eq!(codes(&["VEN", "HTI"], &[], "haiti"), ["HTI"]);
        assert_eq!(codes(&["VEN"], &[], "p"), ["PER", "PAN", "ESP"], "what begins so comes first");
        assert_eq!(codes(&["VEN"], &[], "espana"), ["ESP"]);
        assert_eq!(codes(&["VEN"], &[], "zzz"), Vec::<String>::new());
    }

    #[test]
    fn what_was_chosen_stays_in_sight() {
        assert_eq!(codes(&["VEN"], &["PER"], ""), ["VEN", "PER"]);
        assert_eq!(codes(&["VEN"], &["PER"], "hai"), ["HTI", "PER"]);
        assert_eq!(codes(&["VEN"], &["GONE"], ""), ["VEN"]);
    }
}
