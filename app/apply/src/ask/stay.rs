//! What they speak, when they came, where they are, and which office suits.

use super::among::Among;
use super::answers;
use super::asked::{Asked, Question, id};
use super::flow::FIRST;
use super::{day, icons};
use crate::choices::{Choice, Choices};
use crate::pieces::lean::Show;
use crate::pieces::lean::{dynamic, each_of, memo};
use crate::pieces::{Cards, DateBoxes, Field as Line, Pick, icon};
use crate::sent::use_carrier;
use crate::words::{Key, Language, Words};
use domain::application::{Application, OfficeNotice};
use domain::{Field, Value};
use leptos::prelude::*;

/// Languages that most people here speak.
const LIKELY: [&str; 6] = ["spa", "hat", "eng", "fra", "por", "ara"];

/// The code in table `languages` of the language that the door speaks now.
#[must_use]
pub fn spoken_code(words: Words) -> &'static str {
    match words.language() {
        Language::English => "eng",
        Language::French => "fra",
        Language::Haitian => "hat",
        Language::Portuguese => "por",
        Language::Arabic => "ara",
        _ => "spa",
    }
}

/// Main language of the family, or of each by themselves; and the language of the interview.
pub(super) fn languages(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let likely = memo(move || {
        let choices = asked.door.choices();
        let own = spoken_code(words);
        let mut likely = vec![own.to_owned()];
        likely.extend(LIKELY.iter().filter(|code| **code != own).map(|code| (*code).to_owned()));
        likely.retain(|code| choices.row("languages", code).is_some());
        likely
    });
    let others = move || {
        asked.read(|application, _| {
            let others =
                application.people().filter(|part| part.nth != FIRST && answers::speaks(part, day::today()));
            others.map(|part| part.nth).collect::<Vec<_>>()
        })
    };
    let main_of = move |nth| asked.part(nth, |part| answers::text(part, Field::LANG_MAIN).to_owned());
    let one_for_all = untrack(|| {
        let main = main_of(FIRST);
        others().into_iter().all(|nth| [main.clone(), String::new()].contains(&main_of(nth)))
    });
    let same = RwSignal::new(one_for_all);
    let choose_main = Callback::new(move |(code, _): (String, bool)| {
        let same = same.get_untracked();
        asked.say(|application, _| say_main(application, &code, same));
    });
    let toggle = move |event| {
        same.set(event_target_checked(&event));
        if same.get_untracked() {
            let code = untrack(|| main_of(FIRST));
            asked.say(|application, _| say_main(application, &code, true));
        }
    };
    let choose_interview = Callback::new(move |code: String| {
        asked.say(|application, _| {
            let people: Vec<u8> = application.people().map(|part| part.nth).collect();
            people
                .into_iter()
                .for_each(|nth| application.put(nth, Field::LANG_INTERVIEW, Value::text(&code)));
        });
    });
    // A language for everybody reaches who was added later, too.
    let late = untrack(|| {
        asked.read(|application, _| {
            let of = |field| application.part(FIRST).map(|part| answers::text(part, field).to_owned());
            Some((of(Field::LANG_MAIN)?, of(Field::LANG_INTERVIEW)?))
        })
    });
    if let Some((main, interview)) = late.filter(|(main, _)| !main.is_empty()) {
        asked.say(|application, _| {
            let people: Vec<u8> = application.people().map(|part| part.nth).collect();
            for nth in people {
                let empty =
                    |field| application.part(nth).is_some_and(|part| !part.facts.contains_key(&field));
                let (no_main, no_interview) =
                    (empty(Field::LANG_MAIN) && one_for_all, empty(Field::LANG_INTERVIEW));
                if no_main {
                    application.put(nth, Field::LANG_MAIN, Value::text(&main));
                }
                if no_interview {
                    application.put(nth, Field::LANG_INTERVIEW, Value::text(&interview));
                }
            }
        });
    }
    let all = memo(move || asked.door.choices().options("languages", ""));
    let main = Signal::derive(move || {
        let code = main_of(FIRST);
        if code.is_empty() { Vec::new() } else { vec![code] }
    });
    let search = words.text(Key::AskSearchLanguage);
    let each = move |nth: u8| {
        let spot = (nth, Field::LANG_MAIN);
        let label = Signal::derive(move || words.with(Key::AskLanguageOf, &[("name", &asked.name(nth))]));
        let (value, choose) = (asked.code(spot), asked.on_code(spot));
        view! { <Pick id=id(spot) label options=all value on_choose=choose fault=asked.fault(spot)/> }
    };
    view! {
        <Question asked title=words.text(Key::AskLanguagesTitle) icon=icon::LANGUAGE>
            <Among
                spot=(FIRST, Field::LANG_MAIN)
                label=words.text(Key::AskLanguageMain)
                search
                table="languages"
                likely
                chosen=main
                on_choose=choose_main
                fault=asked.fault((FIRST, Field::LANG_MAIN))
            />
            <Show when=move || !others().is_empty()>
                <label class="door__card">
                    <input type="checkbox" prop:checked=move || same.get() on:change=toggle/>
                    <span>{words.text(Key::AskLanguageAll)}</span>
                </label>
            </Show>
            <Show when=move || !same.get()>
                {each_of(others, move |nth| each(nth).into_any())}
            </Show>
            <Pick
                id=id((FIRST, Field::LANG_INTERVIEW))
                label=Signal::derive(move || words.get(Key::AskLanguageInterview))
                options=all
                value=asked.code((FIRST, Field::LANG_INTERVIEW))
                on_choose=choose_interview
                hint=Signal::derive(move || words.get(Key::AskLanguageInterviewHint))
                fault=asked.fault((FIRST, Field::LANG_INTERVIEW))
            />
        </Question>
    }
}

/// The main language of who fills it in, or of everybody.
fn say_main(application: &mut Application, code: &str, all: bool) {
    let people: Vec<u8> =
        application.people().map(|part| part.nth).filter(|nth| all || *nth == FIRST).collect();
    people.into_iter().for_each(|nth| application.put(nth, Field::LANG_MAIN, Value::text(code)));
}

/// When they came, as far as they know, and where.
pub(super) fn arrival(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let (date, point) = ((0, Field::ARRIVAL_DATE), (0, Field::ENTRY_POINT));
    let title = words.text(Key::AskArrivalTitle);
    let options = memo(move || asked.door.choices().options("entry_points", ""));
    view! {
        <Question asked title icon=icons::ARRIVE>
            <DateBoxes
                id=id(date)
                label=title
                hidden_label=true
                value=asked.date(date)
                on_type=asked.on_date(date)
                hint=words.text(Key::AskArrivalHint)
                fault=asked.fault(date)
            />
            <Pick
                id=id(point)
                label=words.text(Key::AskEntryPoint)
                options
                value=asked.code(point)
                on_choose=asked.on_code(point)
            />
        </Question>
    }
}

/// Where they are now.
pub(super) fn place(asked: Asked) -> impl IntoView {
    let words = asked.words;
    let (province, district, address) = ((0, Field::PROVINCE), (0, Field::DISTRICT), (0, Field::ADDRESS));
    let here = asked.code(province);
    let provinces = memo(move || {
        let choices = asked.door.choices();
        let rows = choices.table("places").filter(|row| row.parent.is_empty());
        rows.map(|row| (row.code.to_owned(), row.label.to_owned())).collect::<Vec<_>>()
    });
    let districts = memo(move || {
        let here = here.get();
        if here.is_empty() { Vec::new() } else { asked.door.choices().options("places", &here) }
    });
    let choose = Callback::new(move |code: String| {
        asked.say(|application, _| {
            application.put(0, Field::PROVINCE, Value::text(&code));
            application.put(0, Field::DISTRICT, Value::Nothing);
        });
    });
    view! {
        <Question asked title=words.text(Key::AskPlaceTitle) icon=icons::PLACE>
            <Pick
                id=id(province)
                label=words.text(Key::AskProvince)
                options=provinces
                value=here
                on_choose=choose
                fault=asked.fault(province)
            />
            <Show when=move || !districts.with(Vec::is_empty)>
                <Pick
                    id=id(district)
                    label=words.text(Key::AskDistrict)
                    options=districts
                    value=asked.code(district)
                    on_choose=asked.on_code(district)
                />
            </Show>
            <Line
                id=id(address)
                label=words.text(Key::AskAddress)
                value=asked.text(address)
                on_type=asked.on_type(address)
                hint=words.text(Key::AskAddressHint)
                most=300
            />
        </Question>
    }
}

/// The offices of the country, the nearest first: those of their province, then by how far the provinces are along the
/// isthmus, on which nearly all roads lead from the border of Costa Rica to Darién.
///
/// Where it is known which of them take applications (`open`), the others are left out.
fn offices(choices: &Choices, province: &str, open: &[OfficeNotice]) -> Vec<(String, String)> {
    let takes = |site: &str| open.is_empty() || open.iter().any(|office| office.site == site);
    let sites = choices.table("sites").filter(|site| along(site.parent).is_some() && takes(site.code));
    let here = along(province);
    let far = |parent: &str| {
        let far = here.zip(along(parent)).map_or(0, |(here, there)| here.abs_diff(there));
        (parent != province, far)
    };
    // Each to its place at once: the library's sorting weighs 5 KB for each type that is sorted.
    let mut sorted: Vec<((bool, usize), Choice)> = Vec::new();
    for site in sites {
        let far = far(site.parent);
        let place = sorted.partition_point(|(other, ..)| *other <= far);
        sorted.insert(place, (far, site));
    }
    sorted.into_iter().map(|(_, site)| (site.code.to_owned(), site.label.to_owned())).collect()
}

/// Provinces and comarcas from west to east; `None` for what lies elsewhere.
fn along(province: &str) -> Option<usize> {
    const ROAD: [&str; 14] = [
        "PA-1", "PA-NT", "PA-4", "PA-NB", "PA-9", "PA-6", "PA-7", "PA-2", "PA-10", "PA-3", "PA-8", "PA-KY",
        "PA-EM", "PA-5",
    ];
    ROAD.iter().position(|other| *other == province)
}

/// Which office is to have it.
pub(super) fn office(asked: Asked) -> impl IntoView {
    let words = asked.words;
    // What the server last said of its offices, kept for days with no line.
    let carrier = use_carrier();
    let open = memo(move || {
        carrier.trust().and_then(|trust| trust.door).map(|door| door.offices).unwrap_or_default()
    });
    let options = memo(move || {
        let province = asked.part(0, |part| answers::text(part, Field::PROVINCE).to_owned());
        offices(&asked.door.choices(), &province, &open.get())
    });
    let value = Signal::derive(move || asked.read(|application, _| application.site.clone()));
    let notice =
        move || open.with(|open| value.with(|site| open.iter().find(|office| office.site == *site).cloned()));
    let choose = Callback::new(move |code: String| {
        let organisation = open
            .with_untracked(|open| open.iter().find(|it| it.site == code).map(|it| it.organisation.clone()));
        asked.say(|application, _| {
            application.site = code;
            application.organisation = organisation.unwrap_or_default();
        });
    });
    // The nearest is chosen until they choose another.
    if untrack(|| value.with(String::is_empty))
        && let Some((nearest, _)) = options.get_untracked().into_iter().next()
    {
        choose.run(nearest);
    }
    let title = words.text(Key::AskOfficeTitle);
    view! {
        <Question asked title icon=icons::OFFICE>
            <Cards
                id=id((0, Field::SITE))
                label=title
                hidden_label=true
                options
                value
                on_choose=choose
                hint=words.text(Key::AskOfficeHint)
                fault=asked.fault((0, Field::SITE))
            />
            {dynamic(move || notice().map(|office| {
                let lines = [office.address, office.hours, office.phone].into_iter().filter(|line| !line.is_empty());
                lines.map(|line| view! { <p dir="auto">{line}</p> }.into_any()).collect::<Vec<AnyView>>()
            }).into_any())}
            <p><a href="/offices" rel="external">{words.text(Key::WelcomeOffices)}</a></p>
        </Question>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_office_comes_first_and_those_of_other_countries_not_at_all() {
        let text =
            "#sites\nmeteti\tMetetí\tPA-5\npanama\tPanamá\tPA-8\ndavid\tDavid\tPA-4\nwillemstad\tWillemstad";
        for (province, wanted) in [
            ("PA-5", ["meteti", "panama", "david"]),
            ("PA-8", ["panama", "meteti", "david"]),
            ("PA-1", ["david", "panama", "meteti"]),
            ("PA-EM", ["meteti", "panama", "david"]),
            ("", ["meteti", "panama", "david"]),
        ] {
            let codes: Vec<_> =
                offices(&Choices::read(text), province, &[]).into_iter().map(|(code, _)| code).collect();
            assert_eq!(codes, wanted, "{province}");
        }
        let open = [OfficeNotice { site: "david".to_owned(), ..OfficeNotice::default() }];
        let codes: Vec<_> =
            offices(&Choices::read(text), "PA-5", &open).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, ["david"], "the others take none now");
    }
}
