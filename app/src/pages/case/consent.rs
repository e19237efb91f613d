//! Consent in the form: the text that is read, its version and language, and what follows from a decision.

use super::work::Work;
use crate::forms::ConsentText;
use crate::words::{Key, Language, use_words};
use domain::case::Typed;
use domain::finding::Spot;
use domain::{Field, Kind, RecordId};
use leptos::prelude::*;

/// The purpose that every registration asks about first.
pub const REGISTER: &str = "register";

/// What follows by itself from a choice: the text's version with the purpose, the hour with the decision.
pub(super) fn chosen(work: Work, at: Spot) {
    match at.field {
        Field::CONSENT_PURPOSE => prepare(work, at.record),
        Field::CONSENT_DECISION => {
            let decision = text(work, at.record, Field::CONSENT_DECISION);
            let now = crate::when::local_minute();
            let (given, withdrawn) = match decision.as_str() {
                "withdrawn" => (None, Some(now)),
                "not_asked" | "" => (Some(String::new()), Some(String::new())),
                _ => (Some(now), Some(String::new())),
            };
            for (field, at_time) in [(Field::CONSENT_AT, given), (Field::CONSENT_WITHDRAWN_AT, withdrawn)] {
                if let Some(at_time) = at_time {
                    put(work, at.record, field, Typed::Text(at_time));
                }
            }
            work.look();
        }
        _ => {}
    }
}

/// Puts version and language of the text that will be read.
pub(super) fn prepare(work: Work, record: RecordId) {
    let purpose = text(work, record, Field::CONSENT_PURPOSE);
    let chosen = text(work, record, Field::CONSENT_LANGUAGE);
    let spoken = || {
        work.file.with_untracked(|file| {
            let focal = file.focal_person();
            focal.map(|person| person.text(Field::LANG_MAIN).to_owned()).unwrap_or_default()
        })
    };
    let wanted = if chosen.is_empty() { spoken() } else { chosen };
    let language = work.forms.short_language(&wanted);
    if let Some(read) = work.forms.consent_text(&purpose, "", &language) {
        put(work, record, Field::CONSENT_TEXT_VERSION, Typed::Text(read.version));
        // What is read, not what was wished for: not every text is there in every language.
        let language = work.forms.long_language(&read.language);
        put(work, record, Field::CONSENT_LANGUAGE, Typed::Text(language));
    }
    // An adult decides for themselves, and the focal point for a child; a child is proposed for nobody.
    let decides = work.file.with_untracked(|file| {
        let today = crate::when::today();
        let owner = work.draft.with_untracked(|draft| draft.sheet(record).and_then(|sheet| sheet.owner));
        let own = owner.and_then(|owner| file.person(owner)).filter(|person| !person.is_child(today));
        own.or(file.focal_person().filter(|focal| !focal.is_child(today))).map(|person| person.record)
    });
    if let Some(decides) = decides {
        put(work, record, Field::CONSENT_GIVEN_BY, Typed::Ref(Some(decides)));
    }
    work.look();
}

/// Adds a consent of a person, for one purpose; nothing is decided by it.
pub(super) fn add(work: Work, owner: RecordId, purpose: &str) {
    let record = RecordId::fresh(crate::when::now(), store::random());
    work.change(|draft, _| draft.add_row(record, Kind::CONSENT, owner));
    if !purpose.is_empty() {
        put(work, record, Field::CONSENT_PURPOSE, Typed::Text(purpose.to_owned()));
        prepare(work, record);
    }
}

fn text(work: Work, record: RecordId, field: Field) -> String {
    let spec = work.forms.spec(field);
    spec.map(|spec| work.typed(&spec, record).as_text().to_owned()).unwrap_or_default()
}

fn put(work: Work, record: RecordId, field: Field, typed: Typed) {
    if let Some(spec) = work.forms.spec(field) {
        work.put(&spec, record, typed);
    }
}

/// The text to read aloud, in the language chosen for it.
#[component]
pub fn ToRead(
    /// The work it belongs to.
    work: Work,
    /// The consent.
    record: RecordId,
) -> impl IntoView {
    let words = use_words();
    let shown = Memo::new(move |_| {
        let of = |field: Field| {
            let spec = work.forms.spec(field)?;
            Some(work.typed(&spec, record).as_text().to_owned())
        };
        let purpose = of(Field::CONSENT_PURPOSE).unwrap_or_default();
        let language = of(Field::CONSENT_LANGUAGE).unwrap_or_default();
        let code = work.forms.short_language(&language);
        // One that was given stays what it was given to, whatever the office wrote since.
        let version = of(Field::CONSENT_TEXT_VERSION).unwrap_or_default();
        work.forms.consent_text(&purpose, &version, &code)
    });
    move || {
        shown.get().map(|ConsentText { version, language, text }| {
            let language = Language::ALL.into_iter().find(|it| it.code() == language);
            let language = language.unwrap_or(Language::Spanish);
            view! {
                <blockquote class="toread">
                    <p lang=language.code() dir=language.direction()>{text}</p>
                    <footer class="note">
                        {move || words.with(Key::ConsentVersion, &[("version", &version)])}
                        " · "<bdi lang=language.code()>{language.name()}</bdi>
                    </footer>
                </blockquote>
            }
        })
    }
}
