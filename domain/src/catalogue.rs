//! Which fields there are, of whom, in which form, and at which stage they are asked: read from a table that an
//! office can change. Code knows by constants ([`Field`]) only the few it reasons about.

use crate::condition::Condition;
use crate::field::{Field, Kind};
use std::collections::BTreeMap;

/// A row of a table: cells by the names of their columns.
pub type Row = BTreeMap<String, String>;

/// How far a registration has come, or is meant to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Pre-registration by the applicant. Never a registration.
    SelfFilled,
    /// Emergency: counts and focal point first, three minutes for a family of five.
    #[default]
    E1,
    /// Every person by themselves, fifteen minutes for a family of five.
    E2,
    /// Everything.
    Full,
}

impl Stage {
    /// In rising order.
    pub const ALL: [Stage; 4] = [Stage::SelfFilled, Stage::E1, Stage::E2, Stage::Full];

    /// Names it in tables, addresses and words.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Stage::SelfFilled => "self",
            Stage::E1 => "e1",
            Stage::E2 => "e2",
            Stage::Full => "full",
        }
    }

    /// The stage of this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.key() == key)
    }

    /// The level of a record finished at this stage: a code of list `data_level`, named as UNHCR's guidance does.
    #[must_use]
    pub fn data_level(self) -> &'static str {
        match self {
            Stage::SelfFilled => "pre",
            Stage::E1 => "group",
            Stage::E2 => "emergency",
            Stage::Full => "comprehensive",
        }
    }

    /// The stage that a record of this level has reached.
    #[must_use]
    pub fn of_level(level: &str) -> Option<Stage> {
        match level {
            "pre" => Some(Stage::SelfFilled),
            "group" => Some(Stage::E1),
            "emergency" => Some(Stage::E2),
            "basic" | "comprehensive" => Some(Stage::Full),
            _ => None,
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// What a stage makes of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Asked; finishing needs an answer. Never saving.
    Required,
    /// Asked.
    Optional,
    /// Filled in by the program, and shown.
    Automatic,
    /// Not asked at this stage. What it holds stays.
    #[default]
    Hidden,
}

impl Mark {
    fn from_code(code: &str) -> Option<Mark> {
        match code {
            "R" => Some(Mark::Required),
            "O" => Some(Mark::Optional),
            "A" => Some(Mark::Automatic),
            "-" => Some(Mark::Hidden),
            _ => None,
        }
    }

    /// Whether people fill it in.
    #[must_use]
    pub fn is_asked(self) -> bool {
        matches!(self, Mark::Required | Mark::Optional)
    }
}

/// Who may see something, from anyone to few: the classes of `sensitivity.csv`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Anyone.
    Public,
    /// Any caseworker of the organisation that holds the record.
    #[default]
    Restricted,
    /// Those assigned to the case, and their supervisor.
    Confidential,
    /// Named people only; others learn that something is there, not what.
    NeedToKnow,
}

impl Class {
    /// Reads a class; one that is not known is treated as the closest one.
    #[must_use]
    pub fn from_code(code: &str) -> Class {
        match code {
            "public" => Class::Public,
            "restricted" => Class::Restricted,
            "confidential" => Class::Confidential,
            _ => Class::NeedToKnow,
        }
    }
}

/// In which form a field is asked and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A part of a name, kept as typed.
    Name,
    /// Free text.
    Text,
    /// One code of a list.
    Code,
    /// Several codes of a list.
    Codes,
    /// Several words of one's own.
    Tags,
    /// Languages, each with a level: `spa:B`.
    Languages,
    /// Yes or no; neither until answered.
    Flag,
    /// A whole number.
    Int,
    /// A number with decimals.
    Decimal,
    /// US dollars with two decimals.
    Money,
    /// A whole calendar day.
    Date,
    /// A date of which parts may be unknown.
    PartialDate,
    /// A day and a time.
    DateTime,
    /// A phone number.
    Phone,
    /// A picture, see `seal::attachment`.
    Image,
    /// A drawn signature, see [`crate::strokes`].
    Strokes,
    /// Another record.
    Ref,
    /// Several records.
    Refs,
}

impl Form {
    fn from_code(code: &str) -> Option<Form> {
        Some(match code.split(':').next().unwrap_or_default() {
            "name" => Form::Name,
            "text" => Form::Text,
            "code" => Form::Code,
            "codes" => Form::Codes,
            "tags" => Form::Tags,
            "languages" => Form::Languages,
            "bool" => Form::Flag,
            "int" => Form::Int,
            "decimal" => Form::Decimal,
            "money" => Form::Money,
            "date" => Form::Date,
            "partial_date" => Form::PartialDate,
            "datetime" => Form::DateTime,
            "phone" => Form::Phone,
            "image" => Form::Image,
            "strokes" => Form::Strokes,
            "ref" => Form::Ref,
            "refs" => Form::Refs,
            _ => return None,
        })
    }
}

/// A field as the table describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its number.
    pub field: Field,
    /// Its name in tables.
    pub key: String,
    /// Of which records.
    pub kind: Kind,
    /// Under which title it stands: list `section`.
    pub section: String,
    /// Its form.
    pub form: Form,
    /// More about its form: `long` for text of several lines, and for references what they name (`individual`,
    /// `consent`, `referral`, `group`); else empty.
    pub detail: String,
    /// Where its codes come from: `countries`, `lists:sex`; empty for forms without codes.
    pub list: String,
    /// Who may see it.
    pub class: Class,
    /// An office took it out: it is asked by nobody, and what it holds stays readable to those who might read it.
    pub retired: bool,
    marks: [Mark; 4],
    when: Condition,
    required_when: Condition,
}

impl FieldSpec {
    /// What a stage makes of it. What was taken out is hidden at every stage.
    #[must_use]
    pub fn mark(&self, stage: Stage) -> Mark {
        self.marks.get(stage.place()).copied().unwrap_or_default()
    }

    /// Of whom it is asked at all.
    #[must_use]
    pub fn when(&self) -> &Condition {
        &self.when
    }

    /// Of whom an answer is needed, where the stage requires one.
    #[must_use]
    pub fn required_when(&self) -> &Condition {
        &self.required_when
    }
}

/// A row of the table of fields that cannot be used. It is left out; all others work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row} ({key}): {column} is not understood")]
pub struct TableFault {
    /// Counted from 1, without the header.
    pub row: usize,
    /// Key of the row.
    pub key: String,
    /// The column to look at.
    pub column: &'static str,
}

/// All fields, in the order of the forms, with those taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    specs: Vec<FieldSpec>,
}

impl Catalogue {
    /// Reads the rows of `fields.csv`, and says which could not be used. Rows without a number describe what is no
    /// field of a record (its id, its child records) and are passed over.
    #[must_use]
    pub fn read(rows: &[Row]) -> (Catalogue, Vec<TableFault>) {
        let mut specs: Vec<FieldSpec> = Vec::new();
        let mut faults = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let cell = |column: &str| row.get(column).map(|cell| cell.trim()).unwrap_or_default();
            if cell("number").is_empty() {
                continue;
            }
            let spec = || {
                let field = Field(cell("number").parse().map_err(|_| "number")?);
                let kind = Kind::from_key(cell("kind"));
                let retired = cell("retired") == "1";
                let mut marks = [Mark::Hidden; 4];
                for (mark, stage) in marks.iter_mut().zip(Stage::ALL).filter(|_| !retired) {
                    *mark = Mark::from_code(cell(stage.key())).ok_or(stage.key())?;
                }
                let of_any_kind = field == Field::AMENDS;
                Ok(FieldSpec {
                    field,
                    key: cell("key").to_owned(),
                    kind: if of_any_kind { Kind::SESSION } else { kind.ok_or("kind")? },
                    section: cell("section").to_owned(),
                    form: Form::from_code(cell("type")).ok_or("type")?,
                    detail: cell("type")
                        .split_once(':')
                        .map(|(_, detail)| detail.to_owned())
                        .unwrap_or_default(),
                    list: cell("list").to_owned(),
                    class: Class::from_code(cell("sensitivity")),
                    retired,
                    marks,
                    when: Condition::parse(cell("when")).ok_or("when")?,
                    required_when: Condition::parse(cell("required_when")).ok_or("required_when")?,
                })
            };
            match spec() {
                Ok(spec) => match specs.iter_mut().find(|other| other.field == spec.field) {
                    None => specs.push(spec),
                    // The same field under an older key; the one that is asked describes it.
                    Some(_) if spec.retired => {}
                    Some(other) if other.retired => *other = spec,
                    Some(_) => faults.push(TableFault { row: at + 1, key: spec.key, column: "number" }),
                },
                Err(column) => faults.push(TableFault { row: at + 1, key: cell("key").to_owned(), column }),
            }
        }
        (Catalogue { specs }, faults)
    }

    /// Every field, in the order of the forms, with those taken out.
    pub fn iter(&self) -> core::slice::Iter<'_, FieldSpec> {
        self.specs.iter()
    }

    /// A field as the table describes it; `None` for one of another version.
    #[must_use]
    pub fn spec(&self, field: Field) -> Option<&FieldSpec> {
        self.specs.iter().find(|spec| spec.field == field)
    }

    /// The fields of a kind of record, with those taken out.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &FieldSpec> {
        self.specs.iter().filter(move |spec| spec.kind == kind)
    }

    /// The fields of a kind that a stage asks, whoever they are asked of.
    pub fn asked(&self, kind: Kind, stage: Stage) -> impl Iterator<Item = &FieldSpec> {
        self.of(kind).filter(move |spec| spec.mark(stage).is_asked())
    }

    /// Whether a stage asks anything of records of this kind.
    #[must_use]
    pub fn asks_of(&self, kind: Kind, stage: Stage) -> bool {
        self.asked(kind, stage).next().is_some()
    }

    /// The class of a field; of one that this version does not know, the closest.
    #[must_use]
    pub fn class(&self, field: Field) -> Class {
        self.spec(field).map_or(Class::NeedToKnow, |spec| spec.class)
    }

    /// The key of a field: the table's, else this version's own, else its number.
    #[must_use]
    pub fn key(&self, field: Field) -> String {
        let own = || field.key().map_or_else(|| format!("field-{}", field.0), str::to_owned);
        self.spec(field).map_or_else(own, |spec| spec.key.clone())
    }

    /// The sections of a kind, in the order of the forms; what belongs to the office comes last.
    #[must_use]
    pub fn sections(&self, kind: Kind) -> Vec<&str> {
        let mut sections: Vec<&str> = Vec::new();
        for spec in self.of(kind) {
            if !sections.contains(&spec.section.as_str()) {
                sections.push(&spec.section);
            }
        }
        sections.sort_by_key(|section| *section == "office");
        sections
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::trial::{catalogue, table};
    use std::collections::BTreeSet;

    fn row(cells: &[(&str, &str)]) -> Row {
        let plain = [
            ("number", "10001"),
            ("kind", "individual"),
            ("key", "shoe"),
            ("section", "life"),
            ("type", "text"),
            ("self", "-"),
            ("e1", "-"),
            ("e2", "O"),
            ("full", "R"),
        ];
        plain.iter().chain(cells).map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
    }

    #[test]
    fn the_projects_fields_are_those_that_code_knows() {
        let (catalogue, faults) = Catalogue::read(&table("fields"));
        assert_eq!(faults, []);
        let described: BTreeSet<Field> = catalogue.iter().map(|spec| spec.field).collect();
        let known: BTreeSet<Field> = Field::ALL.iter().copied().collect();
        assert_eq!(described.difference(&known).collect::<Vec<_>>(), Vec::<&Field>::new());
        // Who may know of a person, and what a sealed note is made of, nobody fills in: the program states it.
        let missing: Vec<&str> = known.difference(&described).filter_map(|field| field.key()).collect();
        assert_eq!(missing, ["sealed_for", "note_topic", "note_sealed", "note_wraps", "note_readers"]);
        for spec in catalogue.iter() {
            assert_eq!(spec.field.key(), Some(spec.key.as_str()));
            assert_eq!(catalogue.key(spec.field), spec.key);
            assert_eq!(catalogue.class(spec.field), spec.class);
            // What was confirmed is no list that anybody chooses from.
            let confirmed = matches!(spec.field, Field::CONFIRMED | Field::GROUP_CONFIRMED);
            let has_list = matches!(spec.form, Form::Code | Form::Codes | Form::Languages) && !confirmed;
            assert_eq!(has_list, !spec.list.is_empty(), "{}", spec.key);
        }
    }

    #[test]
    fn every_list_of_the_projects_fields_is_there() {
        let lists: BTreeSet<String> = table("lists").into_iter().map(|row| row["list"].clone()).collect();
        for spec in catalogue().iter().filter(|spec| !spec.list.is_empty()) {
            let (file, part) = spec.list.split_once(':').unwrap_or((&spec.list, ""));
            let file = match file {
                "documents" => "document_types",
                "needs" => "specific_needs",
                "places" => "admin_pa",
                "statelessness" => "statelessness_flags",
                other => other,
            };
            assert!(!table(file).is_empty(), "{}", spec.list);
            assert!(file != "lists" || lists.contains(part), "{}", spec.list);
        }
    }

    #[test]
    fn a_fuller_stage_asks_no_less() {
        let asked = |kind, stage| catalogue().asked(kind, stage).count();
        for kind in [Kind::GROUP, Kind::INDIVIDUAL] {
            assert!(asked(kind, Stage::E1) <= asked(kind, Stage::E2), "{kind:?}");
            assert!(asked(kind, Stage::E2) <= asked(kind, Stage::Full), "{kind:?}");
        }
        assert!(
            catalogue().asks_of(Kind::DOCUMENT, Stage::E2) && !catalogue().asks_of(Kind::DOCUMENT, Stage::E1)
        );
        // Nothing that is needed at one stage is hidden at a fuller one: raising asks nothing twice and loses nothing.
        for spec in catalogue().iter() {
            for (less, more) in [(Stage::E1, Stage::E2), (Stage::E2, Stage::Full)] {
                assert!(spec.mark(less) != Mark::Required || spec.mark(more) != Mark::Hidden, "{}", spec.key);
            }
        }
        // Reasons for flight, ethnicity, religion and diversity are for few, and asked by none but the full stage.
        for field in [Field::FLIGHT_REASON, Field::ETHNICITY, Field::RELIGION, Field::DIVERSITY] {
            assert_eq!(catalogue().class(field), Class::NeedToKnow, "{field:?}");
            assert_eq!(catalogue().spec(field).unwrap().mark(Stage::SelfFilled), Mark::Hidden, "{field:?}");
            assert_eq!(catalogue().spec(field).unwrap().mark(Stage::E2), Mark::Hidden, "{field:?}");
        }
    }

    #[test]
    fn an_office_adds_takes_out_and_mistypes() {
        let (catalogue, faults) = Catalogue::read(&[
            row(&[("when", "adult"), ("sensitivity", "confidential")]),
            row(&[("number", "10002"), ("type", "riddle")]),
            row(&[("number", "10003"), ("full", "X")]),
            row(&[("number", "10004"), ("when", "grown-up")]),
            row(&[("number", "10005"), ("required_when", "sex")]),
            row(&[("number", "10006"), ("kind", "horse")]),
            row(&[("number", "ten")]),
            row(&[("number", "10001"), ("key", "hat")]),
            row(&[("number", "10007"), ("retired", "1"), ("sensitivity", "restricted"), ("full", "?")]),
            row(&[("number", "")]),
            row(&[("number", "10008"), ("sensitivity", "secret")]),
        ]);
        let shoe = Field(10_001);
        assert_eq!(catalogue.iter().map(|spec| spec.field.0).collect::<Vec<_>>(), [10_001, 10_007, 10_008]);
        let columns: Vec<(usize, &str)> = faults.iter().map(|fault| (fault.row, fault.column)).collect();
        let wanted = [
            (2, "type"),
            (3, "full"),
            (4, "when"),
            (5, "required_when"),
            (6, "kind"),
            (7, "number"),
            (8, "number"),
        ];
        assert_eq!(columns, wanted);
        assert_eq!(faults[0].to_string(), "row 2 (shoe): type is not understood");
        assert_eq!((catalogue.key(shoe).as_str(), catalogue.class(shoe)), ("shoe", Class::Confidential));
        assert_eq!(catalogue.sections(Kind::INDIVIDUAL), ["life"]);
        // What was taken out is asked by nobody, and stays what it was.
        let taken_out = catalogue.spec(Field(10_007)).unwrap();
        assert_eq!(
            (taken_out.class, taken_out.form, taken_out.retired),
            (Class::Restricted, Form::Text, true)
        );
        assert!(Stage::ALL.iter().all(|stage| taken_out.mark(*stage) == Mark::Hidden));
        assert!(catalogue.asked(Kind::INDIVIDUAL, Stage::Full).all(|spec| spec.field != Field(10_007)));
        // What is not understood, or not known, is for few.
        assert_eq!(catalogue.class(Field(10_008)), Class::NeedToKnow);
        assert_eq!(catalogue.class(Field::SEX), Class::NeedToKnow);
        assert_eq!(catalogue.class(Field(10_009)), Class::NeedToKnow);
        assert_eq!(catalogue.key(Field(10_009)), "field-10009");
    }

    #[test]
    fn stages_are_named_for_ever() {
        for (stage, key, level) in [
            (Stage::SelfFilled, "self", "pre"),
            (Stage::E1, "e1", "group"),
            (Stage::E2, "e2", "emergency"),
            (Stage::Full, "full", "comprehensive"),
        ] {
            assert_eq!((stage.key(), stage.data_level()), (key, level));
            assert_eq!((Stage::from_key(key), Stage::of_level(level)), (Some(stage), Some(stage)));
        }
        assert_eq!((Stage::from_key("e3"), Stage::of_level("")), (None, None));
        assert_eq!(Stage::of_level("basic"), Some(Stage::Full));
    }
}
