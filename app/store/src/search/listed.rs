//! Applications and the days of appointments among the lines: few beside people and services, so that only their ids
//! are kept, and their lines are read when somebody first asks after something changed.

use super::half::Id;
use super::line::Line;
use domain::application::Summary;
use domain::appointment::Day;
use domain::{Kind, RecordId, search_key};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Fewer letters of a reference are part of too many.
const SHORTEST_REFERENCE: usize = 4;

/// Whether lines of a kind tell of an application or of a day of appointments.
pub fn is_listed(kind: u16) -> bool {
    [Kind::APPLICATION, Kind::AGENDA].contains(&Kind(kind))
}

/// Which there are or were, and what they came to when last asked for.
#[derive(Default)]
pub struct Listed {
    ids: BTreeSet<Id>,
    applications: Option<Held>,
    days: Option<Rc<Vec<Day>>>,
}

/// The applications, and what each is found by: its reference, and the words of its name with a space before each.
struct Held {
    all: Rc<Vec<Summary>>,
    keys: Vec<String>,
}

impl Listed {
    /// There is a line of one, new or changed.
    pub fn comes(&mut self, id: Id) {
        self.ids.insert(id);
        self.forget();
    }

    /// A newer line of some record comes or goes.
    pub fn changes(&mut self, record: Id, line: &[u8]) {
        if Line::read(&mut minicbor::Decoder::new(line)).is_ok_and(|line| is_listed(line.kind)) {
            self.comes(record);
        }
    }

    /// Something may be gone.
    pub fn forget(&mut self) {
        self.applications = None;
        self.days = None;
    }

    /// Every day of appointments, in the order of their ids.
    pub fn days<'l>(&mut self, newest: impl Fn(&Id) -> Option<Line<'l>>) -> Rc<Vec<Day>> {
        let ids = &self.ids;
        let days = self.days.get_or_insert_with(|| {
            let lines = ids.iter().filter_map(newest).filter(|line| Kind(line.kind) == Kind::AGENDA);
            Rc::new(lines.filter_map(|line| Day::from_bytes(RecordId(line.id), line.brief)).collect())
        });
        days.clone()
    }

    /// Every application, in the order of their ids, by the newest line of each.
    pub fn applications<'l>(&mut self, newest: impl Fn(&Id) -> Option<Line<'l>>) -> Rc<Vec<Summary>> {
        self.held(newest).all.clone()
    }

    /// Those of which every word typed begins a word of the name, or whose reference begins with what was typed. At most
    /// `limit`, the latest first.
    pub fn find<'l>(
        &mut self,
        text: &str,
        limit: usize,
        newest: impl Fn(&Id) -> Option<Line<'l>>,
    ) -> Vec<Summary> {
        let code = search_key::code(text);
        let words: Vec<String> = search_key::tokens(text).iter().map(|word| format!(" {word}")).collect();
        let held = self.held(newest);
        let by_code = |it: &Summary| {
            code.len() >= SHORTEST_REFERENCE && search_key::code(&it.reference).starts_with(&code)
        };
        let by_name = |key: &str| !words.is_empty() && words.iter().all(|word| key.contains(word.as_str()));
        let both = held.all.iter().zip(&held.keys);
        let mut found: Vec<Summary> =
            both.filter(|(it, key)| by_code(it) || by_name(key)).map(|(it, _)| it.clone()).collect();
        found.sort_by_key(|it| core::cmp::Reverse((it.received, it.record)));
        found.truncate(limit);
        found
    }

    fn held<'l>(&mut self, newest: impl Fn(&Id) -> Option<Line<'l>>) -> &Held {
        let ids = &self.ids;
        self.applications.get_or_insert_with(|| {
            let lines = ids.iter().filter_map(newest).filter(|line| Kind(line.kind) == Kind::APPLICATION);
            let all: Vec<Summary> =
                lines.filter_map(|line| Summary::from_bytes(RecordId(line.id), line.brief)).collect();
            let keys = all.iter().map(|it| format!(" {}", search_key::key(&it.name))).collect();
            Held { all: Rc::new(all), keys }
        })
    }
}
