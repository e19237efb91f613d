//! What a check found, beside its input and all together.

use super::needs;
use super::work::Work;
use crate::components::{Draw, Icon};
use crate::forms::Forms;
use crate::words::{Key, Words, use_words};
use domain::case::Typed;
use domain::finding::{Finding, Spot, Suggestion, What};
use domain::problem::Strength;
use domain::{Field, RecordId, rules};
use leptos::prelude::*;

/// A finding, in words.
#[must_use]
pub fn sentence(words: Words, forms: Forms, finding: &Finding) -> String {
    match finding.what {
        What::Fault(fault) => words.named(&format!("fault_{}", fault.key())).unwrap_or_default(),
        What::Missing => words.get(Key::AnswerMissing),
        What::Rule(rule) => forms.message(rule),
    }
}

/// What is wrong with an input, once it is time to say so.
pub(super) fn fault(work: Work, at: Spot) -> Signal<Option<String>> {
    let words = use_words();
    Memo::new(move |_| {
        let says = work.says(at);
        let tried = work.tried.get();
        work.findings.with(|findings| {
            let found = findings.of(at);
            let error = found.into_iter().find(|finding| {
                finding.strength == Strength::Error
                    && !finding.confirmed
                    // That nothing was answered yet is told when somebody wants to finish, not before.
                    && (tried || says && finding.what != What::Missing)
            });
            error.map(|finding| sentence(words, work.forms, finding))
        })
    })
    .into()
}

/// What is asked or told beside an input: questions with «it is correct», proposals with a button each.
#[component]
pub fn Notes(
    /// The work it belongs to.
    work: Work,
    /// The input.
    at: Spot,
    /// Speaks from the start: nothing there can be left before it was gone to.
    #[prop(optional)]
    always: bool,
) -> impl IntoView {
    let words = use_words();
    let found = Memo::new(move |_| {
        let says = always || work.says(at);
        work.findings.with(|findings| {
            let found = findings.of(at).into_iter().filter(|finding| {
                says && matches!(finding.what, What::Rule(_))
                    && (finding.strength != Strength::Error || finding.confirmed || is_confirmable(finding))
            });
            found.cloned().collect::<Vec<_>>()
        })
    });
    move || {
        let notes = found.get().into_iter().map(|finding| {
            let text = sentence(words, work.forms, &finding);
            let class = match finding.strength {
                _ if finding.confirmed => "remark remark--done",
                Strength::Info => "remark",
                _ => "remark remark--ask",
            };
            view! {
                <div class=class>
                    // An error stands beside the input already.
                    {(finding.strength != Strength::Error || finding.confirmed).then(|| view! { <p>{text}</p> })}
                    <More work finding=finding.clone()/>
                    <Confirm work finding=finding.clone()/>
                    <Proposals work at suggests=finding.suggests/>
                </div>
            }
        });
        notes.collect_view()
    }
}

/// Whether whoever works here may answer «it is correct»: the rules say so.
fn is_confirmable(finding: &Finding) -> bool {
    !finding.confirm.is_empty() && finding.strength != Strength::Info
}

/// What belongs to a finding: until when, and whom to compare with.
#[component]
pub fn More(
    /// The work it belongs to.
    work: Work,
    /// What was found.
    finding: Finding,
) -> impl IntoView {
    let words = use_words();
    let until = finding.until.map(|until| {
        view! { <p class="note">{move || words.with(Key::FindingUntil, &[("date", &crate::when::day(words, until))])}</p> }
    });
    let others = finding.others.into_iter().map(|other| {
        let name = work.known_name(other);
        let name = if name.is_empty() { words.get(Key::AnotherRecord) } else { name };
        if work.file.with_untracked(|file| file.person(other).is_some()) {
            view! { <bdi>{name}</bdi> }.into_any()
        } else {
            // Beside the form, so that nothing typed has to be left.
            view! {
                <a href=format!("/people/{other}") target="_blank" rel="noopener"><bdi>{name}</bdi></a>
            }
            .into_any()
        }
    });
    let others: Vec<_> = others.collect();
    view! {
        {until}
        {(!others.is_empty()).then(|| view! {
            <p class="line">{move || words.get(Key::FindingCompare)}" "{others}</p>
        })}
    }
}

/// «It is correct», or that somebody said so.
#[component]
pub fn Confirm(
    /// The work it belongs to.
    work: Work,
    /// What was found.
    finding: Finding,
) -> impl IntoView {
    let words = use_words();
    let asks = is_confirmable(&finding);
    let (code, record) = (finding.confirm.clone(), finding.at.record);
    let say = move |yes: bool| {
        let code = code.clone();
        confirm(work, record, code, yes);
    };
    let take_back = say.clone();
    asks.then(|| {
        if finding.confirmed {
            view! {
                <button class="btn btn--quiet" type="button" on:click=move |_| take_back(false)>
                    <Draw icon=Icon::Check/>
                    {move || words.get(Key::ConfirmedTakeBack)}
                </button>
            }
            .into_any()
        } else {
            view! {
                <button class="btn" type="button" on:click=move |_| say(true)>{move || words.get(Key::ItIsCorrect)}</button>
            }
            .into_any()
        }
    })
}

/// Says «it is correct», or takes it back.
fn confirm(work: Work, record: RecordId, code: String, yes: bool) {
    let (home, field) = work.file.with_untracked(|file| rules::confirmed_at(file, record));
    let Some(spec) = work.forms.spec(field) else { return };
    let mut codes = work.file.with_untracked(|file| {
        let subject = file.all().find(|subject| subject.record == home);
        subject.map(|subject| subject.codes(field).to_vec()).unwrap_or_default()
    });
    // What was said to other values of the same rule no longer holds.
    let rule = code.split(':').next().unwrap_or_default().to_owned();
    if !yes {
        codes.retain(|other| *other != code);
    } else if !codes.contains(&code) {
        codes.retain(|other| other.split(':').next() != Some(&rule) || record != home);
        codes.push(code);
    }
    work.put(&spec, home, Typed::Codes(codes));
    work.look();
}

/// Proposals: one tap takes each up. Nothing is done by itself.
#[component]
fn Proposals(work: Work, at: Spot, suggests: Vec<Suggestion>) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let buttons = suggests.into_iter().map(|suggestion| {
        let (label, deed): (String, Box<dyn Fn()>) = match suggestion {
            Suggestion::Need(code) => {
                let label = words.with(Key::SuggestNeed, &[("need", &forms.code_label("needs", code))]);
                (label, Box::new(move || needs::add(work, at.record, code)))
            }
            Suggestion::Flag(code) => {
                let label = words.with(Key::SuggestFlag, &[("flag", &forms.code_label("statelessness:flag", code))]);
                (label, Box::new(move || add_flag(work, at.record, code)))
            }
            Suggestion::Referral(sector) => {
                let label = words.with(Key::SuggestReferral, &[("sector", &forms.code_label("referral_sectors", sector))]);
                (label, Box::new(move || super::rows::refer(work, at.record, sector)))
            }
            Suggestion::YearOnly => (words.get(Key::DateYearOnly), Box::new(move || year_only(work, at))),
        };
        view! { <button class="btn" type="button" on:click=move |_| deed()><Draw icon=Icon::Plus/>{label}</button> }
    });
    view! { <div class="line">{buttons.collect_view()}</div> }
}

fn add_flag(work: Work, record: RecordId, flag: &str) {
    let Some(spec) = work.forms.spec(Field::STATELESS_FLAGS) else { return };
    let mut codes = match work.typed(&spec, record) {
        Typed::Codes(codes) => codes,
        _ => Vec::new(),
    };
    if !codes.iter().any(|code| code == flag) {
        codes.push(flag.to_owned());
        work.put(&spec, record, Typed::Codes(codes));
        work.look();
    }
}

fn year_only(work: Work, at: Spot) {
    let Some(spec) = work.forms.spec(at.field) else { return };
    if let Typed::Date(mut date) = work.typed(&spec, at.record) {
        date.mode = domain::date::DateMode::YearOnly;
        work.put(&spec, at.record, Typed::Date(date));
        work.look();
    }
}
