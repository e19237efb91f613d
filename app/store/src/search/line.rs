//! Search lines: what is needed of a record to find it and to show it in a list, without opening it.
//!
//! Lines of many records lie together in a segment, one CBOR array after the other, and are read in place.
//! Names are kept as they are shown; what they are found by is made from them when the vault opens, because
//! that costs less than storing it.

use domain::name::display_name;
use domain::{Field, Kind, Record, RecordId, Value, search_key};
use minicbor::{Decoder, Encoder, decode};

/// A line, read in place. Empty where a record has no such thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// The record.
    pub id: [u8; 16],
    /// Its kind.
    pub kind: u16,
    /// The group of an individual, the holder of a document, the focal point of a group.
    pub link: Option<[u8; 16]>,
    /// Name as shown; a document's number; a group's reference.
    pub name: &'a str,
    /// Other names, and others that stand in conflict; a group's site.
    pub also: &'a str,
    /// Date of birth as kept in records.
    pub born: &'a str,
    /// Code of list `sex`.
    pub sex: &'a str,
    /// Nationalities, a space between them.
    pub nationality: &'a str,
    /// Digits of the phone numbers, a space between them.
    pub phone: &'a str,
}

impl<'a> Line<'a> {
    /// Reads the line at the decoder's position and moves behind it. Parts that a later version adds are skipped.
    pub fn read(d: &mut Decoder<'a>) -> Result<Line<'a>, decode::Error> {
        let parts = d.array()?.ok_or_else(|| decode::Error::message("a line without a length"))?;
        let mut line = Line::default();
        for part in 0..parts {
            match part {
                0 => line.id = id(d)?,
                1 => line.kind = d.u16()?,
                2 if d.datatype()? == minicbor::data::Type::Null => d.null()?,
                2 => line.link = Some(id(d)?),
                3 => line.name = d.str()?,
                4 => line.also = d.str()?,
                5 => line.born = d.str()?,
                6 => line.sex = d.str()?,
                7 => line.nationality = d.str()?,
                8 => line.phone = d.str()?,
                _ => d.skip()?,
            }
        }
        Ok(line)
    }

    /// Appends the line; empty parts at its end are left out.
    pub fn append(&self, out: &mut Vec<u8>) {
        let texts = [self.name, self.also, self.born, self.sex, self.nationality, self.phone];
        let filled = texts.iter().rposition(|text| !text.is_empty()).map_or(0, |last| last + 1);
        let mut e = Encoder::new(out);
        let mut write = || -> Result<(), minicbor::encode::Error<core::convert::Infallible>> {
            e.array(3 + filled as u64)?.bytes(&self.id)?.u16(self.kind)?;
            match &self.link {
                Some(link) => e.bytes(link)?,
                None => e.null()?,
            };
            for text in texts.iter().take(filled) {
                e.str(text)?;
            }
            Ok(())
        };
        // Writing to memory cannot fail.
        let _ = write();
    }
}

fn id(d: &mut Decoder<'_>) -> Result<[u8; 16], decode::Error> {
    d.bytes()?.try_into().map_err(|_| decode::Error::message("an id is 16 bytes long"))
}

/// Appends the line of a record.
pub fn append_line(record: &Record, out: &mut Vec<u8>) {
    let mut shown = Shown::new(record.id.0, record.kind);
    for (field, value) in record.fields().filter_map(|field| Some((field, record.shown(field)?))) {
        match value {
            Value::Text(text) => shown.texts.push((field, text)),
            Value::Ref(RecordId(link)) => shown.links.push((field, *link)),
            Value::Codes(codes) if field == Field::NATIONALITY => shown.nationality = codes.join(" "),
            _ => {}
        }
    }
    // Where several values stand, it is found by each.
    let every = |field| record.values(field).into_iter().filter_map(Value::as_text).collect::<Vec<_>>();
    shown.also = other_names(record);
    shown.phones = every(Field::PHONE);
    shown.numbers = every(Field::DOCUMENT_NUMBER);
    shown.append(out);
}

/// Appends the line of a record as it was encoded, without decoding all of it. `None`, and nothing appended, when
/// something is in conflict or was written by a later version: then [`append_line`] has more to say.
pub fn append_line_of(encoded: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut d = Decoder::new(encoded);
    if d.array().ok()? != Some(5) || d.u64().ok()? != 1 {
        return None;
    }
    let mut shown = Shown::new(id(&mut d).ok()?, Kind(d.u16().ok()?));
    d.skip().ok()?;
    for _ in 0..d.array().ok()?? / 3 {
        let field = Field(d.u16().ok()?);
        let parts = d.array().ok()??;
        if parts > 2 {
            return None;
        }
        if parts == 2 {
            peek(&mut d, field, &mut shown).ok()?;
            d.skip().ok()?;
        }
        d.skip().ok()?;
    }
    let of = |field: Field| shown.text(field);
    for name in [of(Field::COMMON_NAME), of(Field::NAME_NATIVE)] {
        let mut also = core::mem::take(&mut shown.also);
        spaced(&mut also, name);
        shown.also = also;
    }
    shown.phones = vec![shown.text(Field::PHONE)];
    shown.numbers = vec![shown.text(Field::DOCUMENT_NUMBER)];
    shown.append(out);
    Some(())
}

/// Reads one value.
fn peek<'a>(d: &mut Decoder<'a>, field: Field, shown: &mut Shown<'a>) -> Result<(), decode::Error> {
    match d.datatype()? {
        minicbor::data::Type::String => shown.texts.push((field, d.str()?)),
        minicbor::data::Type::Bytes => {
            if let Ok(link) = d.bytes()?.try_into() {
                shown.links.push((field, link));
            }
        }
        minicbor::data::Type::Array if field == Field::NATIONALITY => {
            for _ in 0..d.array()?.unwrap_or(0) {
                spaced(&mut shown.nationality, d.str()?);
            }
        }
        _ => d.skip()?,
    }
    Ok(())
}

/// What a record shows, wherever it was read from.
struct Shown<'a> {
    id: [u8; 16],
    kind: Kind,
    texts: Vec<(Field, &'a str)>,
    links: Vec<(Field, [u8; 16])>,
    nationality: String,
    also: String,
    phones: Vec<&'a str>,
    numbers: Vec<&'a str>,
}

impl<'a> Shown<'a> {
    fn new(id: [u8; 16], kind: Kind) -> Self {
        Self {
            id,
            kind,
            texts: Vec::with_capacity(16),
            links: Vec::new(),
            nationality: String::new(),
            also: String::new(),
            phones: Vec::new(),
            numbers: Vec::new(),
        }
    }

    fn text(&self, field: Field) -> &'a str {
        self.texts.iter().find(|(other, _)| *other == field).map_or("", |(_, text)| text)
    }

    fn link(&self, field: Field) -> Option<[u8; 16]> {
        self.links.iter().find(|(other, _)| *other == field).map(|(_, link)| *link)
    }

    fn append(&self, out: &mut Vec<u8>) {
        let text = |field| self.text(field);
        let line = Line { id: self.id, kind: self.kind.0, ..Line::default() };
        match self.kind {
            Kind::INDIVIDUAL => {
                let name =
                    display_name(text(Field::GIVEN_NAMES), text(Field::SURNAME1), text(Field::SURNAME2));
                let mut phone = String::new();
                for number in &self.phones {
                    spaced(&mut phone, &search_key::digits(number));
                }
                Line {
                    link: self.link(Field::GROUP),
                    name: &name,
                    also: &self.also,
                    born: text(Field::DATE_OF_BIRTH),
                    sex: text(Field::SEX),
                    nationality: &self.nationality,
                    phone: &phone,
                    ..line
                }
                .append(out);
            }
            Kind::DOCUMENT => {
                let mut numbers = String::new();
                for number in &self.numbers {
                    spaced(&mut numbers, &search_key::code(number));
                }
                Line { link: self.link(Field::HOLDER), name: &numbers, ..line }.append(out);
            }
            Kind::GROUP => {
                let (name, also) = (text(Field::GROUP_REF), text(Field::SITE));
                Line { link: self.link(Field::FOCAL_POINT), name, also, ..line }.append(out);
            }
            _ => line.append(out),
        }
    }
}

/// Names by which a person is found without being shown by them.
fn other_names(record: &Record) -> String {
    let mut also = String::new();
    for field in [Field::COMMON_NAME, Field::NAME_NATIVE] {
        every_text(record, field).for_each(|name| spaced(&mut also, name));
    }
    for field in [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2] {
        let shown = record.shown(field).and_then(Value::as_text);
        every_text(record, field)
            .filter(|name| Some(*name) != shown)
            .for_each(|name| spaced(&mut also, name));
    }
    also
}

fn every_text(record: &Record, field: Field) -> impl Iterator<Item = &str> {
    record.values(field).into_iter().filter_map(Value::as_text)
}

fn spaced(out: &mut String, text: &str) {
    if !out.is_empty() && !text.is_empty() {
        out.push(' ');
    }
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Change, EnrolmentId, Entry, EntryId, Op, UserId};

    fn record(kind: Kind, fields: &[(Field, Value)]) -> Record {
        let ops =
            fields.iter().map(|(field, value)| Op { field: *field, value: value.clone(), replaces: vec![] });
        let change = Change { record: RecordId([7; 16]), kind, ops: ops.collect() };
        let (id, author, enrolment) = (EntryId([1; 16]), UserId([2; 16]), EnrolmentId([3; 16]));
        let mut record = Record::new(RecordId([7; 16]), kind);
        record.apply(&Entry { id, author, enrolment, at: 1, changes: vec![change] });
        record
    }

    #[test]
    fn a_line_is_the_same_however_the_record_is_read() {
        let text = |text: &str| Value::Text(text.into());
        let link = Value::Ref(RecordId([9; 16]));
        let fields: Vec<(Field, Value)> =
            Field::ALL.iter().map(|field| (*field, text(field.key().unwrap()))).collect();
        let filled = |kind| {
            let mut fields = fields.clone();
            for (field, value) in &mut fields {
                match *field {
                    Field::GROUP | Field::HOLDER | Field::FOCAL_POINT => *value = link.clone(),
                    Field::NATIONALITY => *value = Value::Codes(vec!["VEN".into(), "COL".into()]),
                    Field::SEX => *value = Value::Nothing,
                    Field::ONE_NAME => *value = Value::Flag(true),
                    _ => {}
                }
            }
            record(kind, &fields)
        };
        for kind in [Kind::INDIVIDUAL, Kind::DOCUMENT, Kind::GROUP, Kind(77)] {
            for record in [filled(kind), record(kind, &[])] {
                let (mut decoded, mut encoded) = (Vec::new(), Vec::new());
                append_line(&record, &mut decoded);
                append_line_of(&minicbor::to_vec(&record).unwrap(), &mut encoded).unwrap();
                assert_eq!(decoded, encoded);
            }
        }
        let mut conflict = record(Kind::INDIVIDUAL, &[(Field::SEX, text("F"))]);
        let change = Change {
            record: conflict.id,
            kind: conflict.kind,
            ops: vec![Op { field: Field::SEX, value: text("M"), replaces: vec![] }],
        };
        let (id, author, enrolment) = (EntryId([8; 16]), UserId([2; 16]), EnrolmentId([3; 16]));
        conflict.apply(&Entry { id, author, enrolment, at: 1, changes: vec![change] });
        assert_eq!(append_line_of(&minicbor::to_vec(&conflict).unwrap(), &mut Vec::new()), None);
    }

    #[test]
    fn a_line_tells_what_a_list_shows() {
        let text = |text: &str| Value::Text(text.into());
        let person = record(
            Kind::INDIVIDUAL,
            &[
                (Field::GIVEN_NAMES, text("Amina")),
                (Field::SURNAME1, text("Núñez")),
                (Field::COMMON_NAME, text("Mina")),
                (Field::DATE_OF_BIRTH, text("1991")),
                (Field::SEX, text("F")),
                (Field::NATIONALITY, Value::Codes(vec!["VEN".into(), "COL".into()])),
                (Field::PHONE, text("+507 6123-4567")),
                (Field::GROUP, Value::Ref(RecordId([9; 16]))),
            ],
        );
        let mut bytes = Vec::new();
        append_line(&person, &mut bytes);
        append_line(&record(Kind(999), &[]), &mut bytes);
        let mut d = Decoder::new(&bytes);
        let line = Line::read(&mut d).unwrap();
        assert_eq!((line.name, line.also, line.born, line.sex), ("Amina Núñez", "Mina", "1991", "F"));
        assert_eq!((line.nationality, line.phone, line.link), ("VEN COL", "50761234567", Some([9; 16])));
        assert_eq!(Line::read(&mut d).unwrap(), Line { id: [7; 16], kind: 999, ..Line::default() });
        assert_eq!(d.position(), bytes.len());
    }
}
