//! Values as people read them.

use crate::forms::Forms;
use crate::when;
use crate::words::{Key, use_words};
use domain::catalogue::Form;
use domain::date::PartialDate;
use domain::{Field, RecordId, Value};
use leptos::prelude::{WithValue, use_context};

/// A value in words. `name_of` names other records; one that it does not know is «otra ficha».
#[must_use]
pub fn value(
    forms: Forms,
    field: Field,
    value: &Value,
    name_of: &dyn Fn(RecordId) -> Option<String>,
) -> String {
    let words = use_words();
    let spec = forms.spec(field);
    let form = spec.as_ref().map(|spec| spec.form);
    let list = spec.map(|spec| spec.list).unwrap_or_default();
    let label = |code: &str| forms.code_label(&list, code);
    // Of who is not on this device nothing is said: they may be nobody's business here.
    let vault = use_context::<crate::device::VaultHandle>();
    let is_here = |id| vault.is_none_or(|vault| vault.with_value(|vault| vault.holds(id)));
    let elsewhere = |id| if is_here(id) { words.get(Key::AnotherRecord) } else { String::new() };
    let other = |id: RecordId| name_of(id).unwrap_or_else(|| elsewhere(id));
    match value {
        Value::Nothing => words.get(Key::NotKnown),
        Value::Flag(flag) => words.get(if *flag { Key::Yes } else { Key::No }),
        Value::Int(number) => number.to_string(),
        Value::Ref(id) => other(*id),
        Value::Unknown(_) => words.get(Key::NewerVersion),
        Value::Codes(codes) => {
            let shown = codes.iter().map(|code| match form {
                Some(Form::Refs) => RecordId::parse(code).map_or_else(|| code.clone(), other),
                Some(Form::Tags) => code.clone(),
                Some(Form::Languages) => {
                    let (language, level) = code.split_once(':').unwrap_or((code, ""));
                    let name = forms.code_label("languages", language);
                    let level = Some(level).filter(|level| !level.is_empty());
                    level.map_or(name.clone(), |level| {
                        format!("{name} ({})", forms.code_label("lists:language_level", level))
                    })
                }
                _ => label(code),
            });
            words.list(shown.filter(|shown: &String| !shown.is_empty()).collect::<Vec<_>>())
        }
        Value::Text(text) => {
            match form {
                Some(Form::Code) => label(text),
                Some(Form::Date | Form::PartialDate) => PartialDate::from_text(text)
                    .map_or_else(|| text.clone(), |date| when::partial(words, date)),
                Some(Form::DateTime) => when::day_and_time(words, text),
                Some(Form::Image) => words.get(Key::ValuePicture),
                Some(Form::Strokes) => words.get(Key::ValueSignature),
                _ if field == Field::GROUP_REF => domain::GroupRef::parse(text)
                    .map_or_else(|_| text.clone(), |reference| reference.to_string()),
                _ => text.clone(),
            }
        }
    }
}
