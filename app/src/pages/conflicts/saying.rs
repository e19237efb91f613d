//! Who said what, when, where and having seen what, in words.

use crate::device::use_vault;
use crate::forms::Forms;
use crate::pages::reading::Reader;
use crate::when;
use crate::words::{Authors as _, Key, Words};
use domain::conflict::{Meaning, Said};
use domain::permission::sees;
use domain::sight::{code_field, row_class};
use domain::{Field, Record, RecordId, UserId, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Names of records, for values that name them.
pub type Names = Rc<BTreeMap<RecordId, String>>;

/// Says things of one record to whoever reads.
#[derive(Clone)]
pub struct Saying {
    pub words: Words,
    pub forms: Forms,
    pub reader: Reader,
    pub names: Names,
    /// Codes of the sites where colleagues work.
    pub sites: Rc<BTreeMap<UserId, String>>,
}

impl Saying {
    /// A value in words; «lo dejó vacío» for none.
    #[must_use]
    pub fn value(&self, field: Field, value: &Value) -> String {
        if *value == Value::Nothing {
            return self.words.get(Key::DecideEmptied);
        }
        self.forms.value(field, value, &|id| self.names.get(&id).cloned())
    }

    /// Who said it, at which site, when.
    #[must_use]
    pub fn who(&self, said: &Said) -> String {
        let (author, at) = (said.author, said.at);
        let name = self.words.author(use_vault().author_name(author).as_deref());
        let site = self.sites.get(&author).filter(|site| !site.is_empty());
        let site = site.map(|site| self.forms.code_label("sites", site));
        let when = when::moment(self.words, at);
        let parts = [Some(name), site, Some(when)].into_iter().flatten();
        parts.map(|part| isolated(&part)).collect::<Vec<_>>().join(" · ")
    }

    /// What stood there when they said it.
    #[must_use]
    pub fn before(&self, record: &Record, field: Field, said: &Said) -> String {
        if said.before_unknown {
            return self.words.get(Key::DecideBeforeUnknown);
        }
        let mut before: Vec<String> = Vec::new();
        for stated in said.before.iter().filter(|stated| stated.value != Value::Nothing) {
            let text = if self.may_see(record, field, &stated.value, stated.author) {
                self.value(field, &stated.value)
            } else {
                self.words.get(Key::HistoryReservedValue)
            };
            let text = isolated(&text);
            if !before.contains(&text) {
                before.push(text);
            }
        }
        match before.is_empty() {
            true => self.words.get(Key::DecideBeforeNothing),
            false => {
                let before = before.join(domain::conflict::BETWEEN);
                self.words.with(Key::DecideBefore, &[("before", &before)])
            }
        }
    }

    /// Everything that was ever said in a field, oldest first: when, by whom, what.
    #[must_use]
    pub fn history(&self, record: &Record, field: Field) -> Vec<String> {
        let mut lines = Vec::new();
        for event in record.history() {
            for step in event.steps.iter().filter(|step| step.field == field) {
                let text = if self.may_see(record, field, &step.value, event.author) {
                    self.value(field, &step.value)
                } else {
                    self.words.get(Key::HistoryReservedValue)
                };
                let author = self.words.author(use_vault().author_name(event.author).as_deref());
                let (author, text) = (isolated(&author), isolated(&text));
                lines.push(format!("{} · {author}: {text}", when::moment(self.words, event.at)));
            }
        }
        lines
    }

    /// Whether a value that stood once is for whoever reads: a code may have been of another class than what stands.
    fn may_see(&self, record: &Record, field: Field, value: &Value, author: UserId) -> bool {
        if code_field(record.kind) != Some(field) {
            return true;
        }
        let class = self.forms.judge(|_, _, lists| row_class(lists, record.kind, [value]));
        sees(self.reader.role, class, author == self.reader.user)
    }

    /// What a conflict means.
    #[must_use]
    pub fn meaning(&self, meaning: Meaning) -> String {
        self.words.get(match meaning {
            Meaning::Plain => Key::ConflictText,
            Meaning::Removed => Key::DecideMeansRemoved,
            Meaning::Emptied => Key::DecideMeansEmptied,
            Meaning::TwoGroups => Key::DecideMeansTwoGroups,
            Meaning::TwoFocalPoints => Key::DecideMeansTwoFocalPoints,
            Meaning::TwoMerges => Key::DecideMeansTwoMerges,
            Meaning::Custody => Key::DecideMeansCustody,
            Meaning::GivenTwice => Key::DecideMeansGivenTwice,
            Meaning::Consent => Key::DecideMeansConsent,
            Meaning::Ended => Key::DecideMeansEnded,
            Meaning::DecidedTwice => Key::DecideMeansDecidedTwice,
        })
    }
}

/// A value of any script within a line of any other: a number keeps its sign where it was.
fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}
