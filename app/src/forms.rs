//! Which questions there are, their labels, their lists and the rules, as pages use them. Everything here comes from
//! tables that an office can change.

use crate::tables::{Item, Tables};
use crate::words::{Language, use_words};
use domain::catalogue::{Catalogue, Row};
use domain::rules::RuleTable;
use domain::{Class, Field, FieldSpec, Kind, Role, Sight, UserId, Value};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Labels of one thing in every language.
type Labels = BTreeMap<String, String>;

struct Inner {
    catalogue: Catalogue,
    rules: RuleTable,
    lists: domain::rules::Lists,
    labels: BTreeMap<Field, Labels>,
    hints: BTreeMap<Field, Labels>,
    messages: BTreeMap<String, Labels>,
}

/// Questions, labels, lists and rules. Cheap to copy; labels follow the language.
#[derive(Clone, Copy)]
pub struct Forms {
    inner: StoredValue<Arc<Inner>>,
    tables: Tables,
}

impl Forms {
    /// Reads them from the tables as they are now. An open form keeps what it began with.
    #[must_use]
    pub fn of(tables: Tables) -> Forms {
        let fields = tables.rows("fields");
        let (catalogue, faults) = Catalogue::read(&fields);
        for fault in faults {
            leptos::logging::warn!("fields: {fault}");
        }
        let field = |row: &Row| row.get("number").and_then(|number| number.parse().ok()).map(Field);
        let labels = fields.iter().filter_map(|row| Some((field(row)?, labels_of(row, "label_")))).collect();
        let hints = fields.iter().filter_map(|row| Some((field(row)?, labels_of(row, "hint_")))).collect();
        let rules = tables.rows("rules");
        let id = |row: &Row| row.get("id").cloned().unwrap_or_default();
        let messages = rules.iter().map(|row| (id(row), labels_of(row, "message_"))).collect();
        let inner = Inner {
            catalogue,
            rules: RuleTable::read(&rules),
            lists: domain::rules::Lists::read(|table| tables.rows(table)),
            labels,
            hints,
            messages,
        };
        Forms { inner: StoredValue::new(Arc::new(inner)), tables }
    }

    /// Looks at the questions.
    pub fn with<T>(self, look: impl FnOnce(&Catalogue) -> T) -> T {
        self.inner.with_value(|inner| look(&inner.catalogue))
    }

    /// Looks at questions, rules and what rules know of lists.
    pub fn judge<T>(self, look: impl FnOnce(&Catalogue, &RuleTable, &domain::rules::Lists) -> T) -> T {
        self.inner.with_value(|inner| look(&inner.catalogue, &inner.rules, &inner.lists))
    }

    /// A field as the table describes it.
    #[must_use]
    pub fn spec(self, field: Field) -> Option<FieldSpec> {
        self.with(|catalogue| catalogue.spec(field).cloned())
    }

    /// What is asked, in words.
    #[must_use]
    pub fn label(self, field: Field) -> String {
        let language = use_words().language();
        let label =
            self.inner.with_value(|inner| inner.labels.get(&field).and_then(|labels| pick(labels, language)));
        label.unwrap_or_else(|| self.with(|catalogue| catalogue.key(field)))
    }

    /// A word of help beside a question; empty where there is none.
    #[must_use]
    pub fn hint(self, field: Field) -> String {
        let language = use_words().language();
        let hint =
            self.inner.with_value(|inner| inner.hints.get(&field).and_then(|hints| pick(hints, language)));
        hint.unwrap_or_default()
    }

    /// What a rule says; its id where the table has no words for it.
    #[must_use]
    pub fn message(self, rule: &str) -> String {
        let language = use_words().language();
        let found = self
            .inner
            .with_value(|inner| inner.messages.get(rule).and_then(|messages| pick(messages, language)));
        found.unwrap_or_else(|| rule.to_owned())
    }

    /// The title of a section.
    #[must_use]
    pub fn section(self, section: &str) -> String {
        self.tables.list_label("section", section)
    }

    /// One thing of a kind, in words: «documento».
    #[must_use]
    pub fn kind_one(self, kind: Kind) -> String {
        self.tables.list_label("kind_one", kind.key().unwrap_or_default())
    }

    /// What can be chosen for a field, without what an office retired. `within` narrows districts to a province.
    #[must_use]
    pub fn items(self, spec: &FieldSpec, within: &str) -> Vec<Item> {
        let (list, part) = spec.list.split_once(':').unwrap_or((&spec.list, ""));
        match list {
            "lists" => self.tables.offered("lists", part),
            "places" if part == "district" => {
                let all = self.tables.offered("admin_pa", within);
                all.into_iter().filter(|item| item.kind == "district").collect()
            }
            "places" => self
                .tables
                .offered("admin_pa", "")
                .into_iter()
                .filter(|item| item.kind != "district")
                .collect(),
            "fields" => {
                let kinds = [Kind::GROUP, Kind::INDIVIDUAL, Kind::DOCUMENT];
                let language = use_words().language();
                self.inner.with_value(|inner| {
                    let specs = inner.catalogue.iter().filter(|spec| {
                        kinds.contains(&spec.kind)
                            && !spec.retired
                            && spec.class < Class::NeedToKnow
                            && spec.section != "office"
                    });
                    let labelled = specs.map(|spec| {
                        let label = inner.labels.get(&spec.field).and_then(|labels| pick(labels, language));
                        Item::new(&spec.key, &label.unwrap_or_else(|| spec.key.clone()))
                    });
                    labelled.collect()
                })
            }
            "statelessness" => self
                .tables
                .offered("statelessness_flags", "")
                .into_iter()
                .filter(|item| item.kind == part)
                .collect(),
            "needs" if !part.is_empty() => self
                .tables
                .offered("specific_needs", "")
                .into_iter()
                .filter(|item| item.code == part)
                .collect(),
            _ => self.tables.offered(file(list), ""),
        }
    }

    /// The label of a code of a field; of one that a list no longer has, its old label.
    #[must_use]
    pub fn code_label(self, list: &str, code: &str) -> String {
        let (list, part) = list.split_once(':').unwrap_or((list, ""));
        match list {
            "lists" => self.tables.list_label(part, code),
            "fields" => Field::from_key(code).map_or_else(|| code.to_owned(), |field| self.label(field)),
            _ => self.tables.label_in_file(file(list), code),
        }
    }

    /// A value in words. Names of other records are the page's to know: `name_of` gives them.
    #[must_use]
    pub fn value(
        self,
        field: Field,
        value: &Value,
        name_of: &dyn Fn(domain::RecordId) -> Option<String>,
    ) -> String {
        crate::shown::value(self, field, value, name_of)
    }

    /// What somebody may see on the device of what is recorded.
    pub fn sight<T>(self, role: Role, me: UserId, look: impl FnOnce(&Sight<'_>) -> T) -> T {
        self.judge(|catalogue, _, lists| look(&Sight { role, me, catalogue, lists }))
    }

    /// The class of a specific need's code.
    #[must_use]
    pub fn need_class(self, code: &str) -> Class {
        self.need_row(code).get("sensitivity").map_or(Class::NeedToKnow, |class| Class::from_code(class))
    }

    /// What the table says of a specific need's code; nothing of one that it does not have.
    #[must_use]
    pub fn need_row(self, code: &str) -> Row {
        let rows = self.tables.rows("specific_needs");
        rows.into_iter().find(|row| row.get("code").is_some_and(|other| other == code)).unwrap_or_default()
    }

    /// A short list.
    #[must_use]
    pub fn list(self, list: &str) -> Vec<Item> {
        self.tables.offered("lists", list)
    }

    /// The text that is read before somebody consents to a purpose, in a language (else in Spanish): that of a version,
    /// or the newest that an office did not take out where `version` is empty or not known.
    #[must_use]
    pub fn consent_text(self, purpose: &str, version: &str, language: &str) -> Option<ConsentText> {
        consent_text(&self.tables.rows("consent_texts"), purpose, version, language)
    }

    /// The code of `languages.csv` for a language of the app: `spa` for `es`.
    #[must_use]
    pub fn long_language(self, short: &str) -> String {
        let rows = self.tables.rows("languages");
        let row = rows.iter().find(|row| row.get("iso639_1").is_some_and(|other| other == short));
        row.and_then(|row| row.get("iso639_3")).cloned().unwrap_or_else(|| "spa".to_owned())
    }

    /// The code of the app's words for a language of `languages.csv`: `es` for `spa`; Spanish where there are none.
    #[must_use]
    pub fn short_language(self, language: &str) -> String {
        let rows = self.tables.rows("languages");
        let row = rows.iter().find(|row| row.get("iso639_3").is_some_and(|other| other == language));
        let short = row.and_then(|row| row.get("iso639_1")).filter(|short| !short.is_empty());
        let short = short.cloned().unwrap_or_else(|| "es".to_owned());
        let spoken = Language::ALL.into_iter().any(|language| language.code() == short);
        if spoken { short } else { "es".to_owned() }
    }
}

/// A text that is read before somebody consents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentText {
    /// Its version.
    pub version: String,
    /// The language it is in, which may be another than was asked for: `es`.
    pub language: String,
    /// Its words.
    pub text: String,
}

/// See [`Forms::consent_text`].
fn consent_text(rows: &[Row], purpose: &str, version: &str, language: &str) -> Option<ConsentText> {
    let cell = |row: &Row, column: &str| row.get(column).cloned().unwrap_or_default();
    let ours = || rows.iter().filter(|row| cell(row, "purpose") == purpose);
    let known = ours().find(|row| !version.is_empty() && cell(row, "version") == version);
    let newest = || {
        let offered = ours().filter(|row| !domain::overlay::is_retired(row));
        offered.max_by_key(|row| age_of(&cell(row, "version")))
    };
    let row = known.or_else(newest)?;
    let text = |language: &str| Some(cell(row, &format!("text_{language}"))).filter(|text| !text.is_empty());
    let (language, text) = match text(language) {
        Some(text) => (language, text),
        None => ("es", text("es")?),
    };
    Some(ConsentText { version: cell(row, "version"), language: language.to_owned(), text })
}

/// What orders versions, the newest last: their numbers one after another, then what else they say.
fn age_of(version: &str) -> (Vec<u64>, String) {
    let numbers = version.split(|letter: char| !letter.is_ascii_digit()).filter_map(|part| part.parse().ok());
    (numbers.collect(), version.to_owned())
}

/// The questions as they are now. What a component took stays as it is, whatever the office changes meanwhile.
#[must_use]
pub fn use_forms() -> Forms {
    expect_context::<RwSignal<Forms>>().get_untracked()
}

/// Gives the questions to everything below, and follows the tables.
pub fn provide_forms(tables: Tables) {
    let forms = RwSignal::new(Forms::of(tables));
    provide_context(forms);
    // Made under the owner of the whole app: pages that are open keep what they took.
    let owner = Owner::current();
    Effect::new(move |before: Option<()>| {
        tables.follow_changes();
        if before.is_some()
            && let Some(owner) = &owner
        {
            forms.set(owner.with(|| Forms::of(tables)));
        }
    });
}

/// The file of a list that a field names.
fn file(list: &str) -> &str {
    match list {
        "documents" => "document_types",
        "places" => "admin_pa",
        "needs" => "specific_needs",
        "statelessness" => "statelessness_flags",
        other => other,
    }
}

fn labels_of(row: &Row, prefix: &str) -> Labels {
    let cells = row.iter().filter(|(_, cell)| !cell.is_empty());
    cells.filter_map(|(column, cell)| Some((column.strip_prefix(prefix)?.to_owned(), cell.clone()))).collect()
}

fn pick(labels: &Labels, language: Language) -> Option<String> {
    labels.get(language.code()).or_else(|| labels.get("es")).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_text_is_read_and_says_its_language() {
        let row = |version: &str, retired: &str, cells: &[(&str, &str)]| -> Row {
            let plain = [("purpose", "photo"), ("version", version), ("retired", retired)];
            plain
                .iter()
                .chain(cells)
                .map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned()))
                .collect()
        };
        let rows = [
            row("2026-11", "", &[("text_es", "Foto"), ("text_fr", "Photo")]),
            row("2027-2", "", &[("text_es", "Su foto"), ("text_fr", "")]),
            row("2027-10", "", &[("text_es", "Foto nueva"), ("text_ht", "Foto ou")]),
            row("2028-1", "1", &[("text_es", "Retirado")]),
            row("2026-12", "", &[]),
        ];
        let read = |version: &str, language: &str| {
            let found = consent_text(&rows, "photo", version, language)?;
            Some([found.version, found.language, found.text].join("|"))
        };
        assert_eq!(read("", "ht").as_deref(), Some("2027-10|ht|Foto ou"));
        assert_eq!(read("", "fr").as_deref(), Some("2027-10|es|Foto nueva"));
        assert_eq!(read("2026-11", "fr").as_deref(), Some("2026-11|fr|Photo"), "what was read stays");
        assert_eq!(read("2028-1", "es").as_deref(), Some("2028-1|es|Retirado"));
        assert_eq!(read("1999", "es").as_deref(), Some("2027-10|es|Foto nueva"));
        assert_eq!(read("2026-12", "es"), None);
        assert_eq!(consent_text(&rows, "horse", "", "es"), None);
    }
}
