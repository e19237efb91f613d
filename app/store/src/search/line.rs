//! Search lines: what is needed of a record to find it and to show it in a list, without opening it.
//!
//! Lines of many records lie together in a segment, one CBOR array after the other, and are read in place.
//! Names are kept as they are shown; what they are found by is made from them when the vault opens, because
//! that costs less than storing it.

use super::listed::is_listed;
use domain::application::Summary;
use domain::appointment::Day;
use domain::conflict;
use domain::name::display_name;
use domain::service::Brief;
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
    /// Other names; a group's site. In lines of earlier versions also names that stand in conflict.
    pub also: &'a str,
    /// How long the pieces of `name` and `also` are, for an individual; all nought in lines of earlier versions.
    pub lengths: Lengths,
    /// Date of birth as kept in records.
    pub born: &'a str,
    /// Code of list `sex`.
    pub sex: &'a str,
    /// Nationalities, a space between them.
    pub nationality: &'a str,
    /// Digits of the phone numbers, a space between them.
    pub phone: &'a str,
    /// The number in proGres of an individual or a group, as a code of `domain::search_key`.
    pub file: &'a str,
    /// Whether an individual is sealed.
    pub sealed: bool,
    /// The bytes of a [`Brief`], a [`Summary`] or a [`Day`], for kinds that have one; empty in lines of earlier versions.
    pub brief: &'a [u8],
    /// Numbers of the fields in which several values stand, two bytes each; empty where there are none, and in lines of
    /// earlier versions.
    pub disputed: &'a [u8],
}

/// How many bytes of a line's `name` are given names, first and second surname, and how many of its `also` are other
/// names, the name in another script and the middle name. Pieces that are there have one space between them.
pub type Lengths = [u16; 6];

/// What a piece of somebody's names is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Given names, or names of an earlier version's line.
    Given,
    /// The first surname.
    Surname1,
    /// The second surname.
    Surname2,
    /// A name commonly used.
    Used,
    /// In another script.
    Native,
    /// A middle name.
    Middle,
    /// Another value that stands in conflict with what is shown, in lines of earlier versions.
    Noted,
}

impl<'a> Line<'a> {
    /// The pieces of an individual's names, with what they are.
    pub fn names(&self) -> impl Iterator<Item = (Role, &'a str)> {
        let [given, first, second, used, native, middle] = self.lengths;
        let shown = [(Role::Given, given), (Role::Surname1, first), (Role::Surname2, second)];
        let also = [(Role::Used, used), (Role::Native, native), (Role::Middle, middle)];
        let (shown, rest) = pieces(self.name, shown);
        let (also, noted) = pieces(self.also, also);
        // Of an earlier version, or cut otherwise than told: still names.
        let unknown = if self.lengths == Lengths::default() { Role::Used } else { Role::Noted };
        let rests = [(Role::Given, rest), (unknown, noted)];
        shown.into_iter().chain(also).chain(rests).filter(|(_, text)| !text.is_empty())
    }

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
                9 => {
                    let lengths = d.array()?.unwrap_or(0);
                    for at in 0..lengths {
                        let length = d.u16()?;
                        if let Some(slot) = usize::try_from(at).ok().and_then(|at| line.lengths.get_mut(at)) {
                            *slot = length;
                        }
                    }
                }
                10 => line.file = d.str()?,
                11 if d.datatype()? == minicbor::data::Type::Bool => line.sealed = d.bool()?,
                12 if d.datatype()? == minicbor::data::Type::Bytes => line.brief = d.bytes()?,
                13 if d.datatype()? == minicbor::data::Type::Bytes => line.disputed = d.bytes()?,
                _ => d.skip()?,
            }
        }
        Ok(line)
    }

    /// The fields in which several values stand.
    pub fn disputed(&self) -> impl Iterator<Item = Field> {
        self.disputed
            .chunks_exact(2)
            .filter_map(|pair| Some(Field(u16::from_be_bytes(pair.try_into().ok()?))))
    }

    /// Reads the line of a service, of which there are most: as [`Self::append`] writes it, without looking at each of
    /// the parts that a service never has. What is written otherwise is read as any line.
    pub fn read_service(bytes: &'a [u8]) -> Option<Line<'a>> {
        Self::read_as_written(bytes).or_else(|| Line::read(&mut Decoder::new(bytes)).ok())
    }

    fn read_as_written(bytes: &'a [u8]) -> Option<Line<'a>> {
        let rest = bytes.strip_prefix(&[0x8d, ID])?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (kind, rest) = rest.split_first()?;
        let (link, rest) = match rest.split_first()? {
            (&ID, rest) => rest.split_first_chunk::<16>().map(|(link, rest)| (Some(*link), rest))?,
            (&0xf6, rest) => (None, rest),
            _ => return None,
        };
        let rest = rest.strip_prefix(&NOTHING_BETWEEN)?;
        // Kinds below 24 are a byte of their own; a brief of 24 bytes or more has its length in one.
        let (&[0x58, length], rest) = rest.split_first_chunk::<2>()? else { return None };
        let brief = rest.get(..usize::from(length))?;
        (*kind < 24).then(|| Line { id: *id, kind: u16::from(*kind), link, brief, ..Line::default() })
    }

    /// Appends the line; empty parts at its end are left out.
    pub fn append(&self, out: &mut Vec<u8>) {
        let texts = [self.name, self.also, self.born, self.sex, self.nationality, self.phone];
        let filled = if !self.disputed.is_empty() {
            texts.len() + 5
        } else if !self.brief.is_empty() {
            texts.len() + 4
        } else if self.sealed {
            texts.len() + 3
        } else if !self.file.is_empty() {
            texts.len() + 2
        } else if self.lengths != Lengths::default() {
            texts.len() + 1
        } else {
            texts.iter().rposition(|text| !text.is_empty()).map_or(0, |last| last + 1)
        };
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
            if filled > texts.len() {
                match self.brief {
                    [] => e.encode(self.lengths)?,
                    // A service has no names.
                    _ => e.array(0)?,
                };
            }
            if filled > texts.len() + 1 {
                e.str(self.file)?;
            }
            if filled > texts.len() + 2 {
                e.bool(self.sealed)?;
            }
            if filled > texts.len() + 3 {
                e.bytes(self.brief)?;
            }
            if filled > texts.len() + 4 {
                e.bytes(self.disputed)?;
            }
            Ok(())
        };
        // Writing to memory cannot fail.
        let _ = write();
    }
}

/// How the bytes of an id begin.
const ID: u8 = 0x50;
/// The parts of a service's line between its owner and its [`Brief`]: six texts, lengths, a text, and not sealed.
const NOTHING_BETWEEN: [u8; 9] = [0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x80, 0x60, 0xf4];

/// Cuts a text into pieces of these lengths, and what is left.
fn pieces(text: &str, lengths: [(Role, u16); 3]) -> ([(Role, &str); 3], &str) {
    let mut rest = text;
    let pieces = lengths.map(|(role, length)| match rest.split_at_checked(usize::from(length)) {
        Some((piece, after)) if length > 0 => {
            rest = after.trim_start_matches(' ');
            (role, piece)
        }
        _ => (role, ""),
    });
    (pieces, rest)
}

fn id(d: &mut Decoder<'_>) -> Result<[u8; 16], decode::Error> {
    d.bytes()?.try_into().map_err(|_| decode::Error::message("an id is 16 bytes long"))
}

/// Appends the line of a record.
pub fn append_line(record: &Record, out: &mut Vec<u8>) {
    let mut shown = Shown::new(record.id.0, record.kind);
    let disputed = record.conflicts();
    // Of several names each is shown, and it is found by each. Of several births none is.
    let torn = |field: Field| disputed.contains(&field) && conflict::is_open(record, field);
    let names: Vec<(Field, String)> = NAMES
        .into_iter()
        .filter(|field| torn(*field))
        .filter_map(|field| Some((field, conflict::every_text(record, field)?)))
        .collect();
    shown.texts.extend(names.iter().map(|(field, name)| (*field, name.as_str())));
    for (field, value) in record.fields().filter_map(|field| Some((field, record.shown(field)?))) {
        match value {
            Value::Text(text) => shown.texts.push((field, text)),
            Value::Ref(RecordId(link)) => shown.links.push((field, *link)),
            Value::Codes(codes) if field == Field::NATIONALITY => shown.nationality = codes.join(" "),
            Value::Codes(codes) if field == Field::SEALED_FOR => shown.sealed = !codes.is_empty(),
            Value::Codes(codes) if field == Field::OTHER_PHONES => {
                shown.other_phones = codes.iter().map(String::as_str).collect();
            }
            _ => {}
        }
    }
    // Where several values stand, it is found by each.
    let every = |field| record.values(field).into_iter().filter_map(Value::as_text).collect::<Vec<_>>();
    other_names(record, &mut shown);
    shown.phones = every(Field::PHONE);
    shown.numbers = every(Field::DOCUMENT_NUMBER);
    shown.brief = told(record);
    shown.disputed = disputed.iter().flat_map(|field| field.0.to_be_bytes()).collect();
    shown.append(out);
}

/// What a person is called by.
const NAMES: [Field; 3] = [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2];

/// What lists tell of a record without opening it; empty for kinds of which they need no more than the line.
fn told(record: &Record) -> Vec<u8> {
    let bytes = match record.kind {
        Kind::APPLICATION => Summary::of(record).map(|summary| summary.to_bytes()),
        Kind::AGENDA => Day::of(record).map(|day| day.to_bytes()),
        _ => Brief::of(record).map(|brief| brief.to_bytes()),
    };
    bytes.unwrap_or_default()
}

/// Appends the line of a record as it was encoded; decodes all of it only where that must be. What cannot be decoded
/// has no line.
pub fn append_packed_line(encoded: &[u8], out: &mut Vec<u8>) {
    if append_line_of(encoded, out).is_none()
        && let Ok(record) = minicbor::decode::<Record>(encoded)
    {
        append_line(&record, out);
    }
}

/// Appends the line of a record as it was encoded, without decoding all of it. `None`, and nothing appended, when
/// something is in conflict, was written by a later version, is a service or an application: then [`append_line`] has more to say.
fn append_line_of(encoded: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut d = Decoder::new(encoded);
    // Before the fields come the entries; the second version has a further list of them. See `domain::record`.
    let lists = match (d.array().ok()?, d.u64().ok()?) {
        (Some(5), 1) => 1,
        (Some(6), 2) => 2,
        _ => return None,
    };
    let mut shown = Shown::new(id(&mut d).ok()?, Kind(d.u16().ok()?));
    if Brief::KINDS.contains(&shown.kind) || is_listed(shown.kind.0) {
        return None;
    }
    for _ in 0..lists {
        d.skip().ok()?;
    }
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
    let names = [Field::COMMON_NAME, Field::NAME_NATIVE, Field::MIDDLE_NAME].map(of);
    for (name, length) in names.into_iter().zip(&mut shown.lengths) {
        spaced(&mut shown.also, name);
        *length = length_of(name);
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
        minicbor::data::Type::Array if field == Field::SEALED_FOR => {
            for _ in 0..d.array()?.unwrap_or(0) {
                d.skip()?;
                shown.sealed = true;
            }
        }
        minicbor::data::Type::Array if field == Field::OTHER_PHONES => {
            for _ in 0..d.array()?.unwrap_or(0) {
                shown.other_phones.push(d.str()?);
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
    /// Of other names, the name in another script, the middle name.
    lengths: [u16; 3],
    phones: Vec<&'a str>,
    other_phones: Vec<&'a str>,
    numbers: Vec<&'a str>,
    sealed: bool,
    brief: Vec<u8>,
    disputed: Vec<u8>,
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
            lengths: [0; 3],
            phones: Vec::new(),
            other_phones: Vec::new(),
            numbers: Vec::new(),
            sealed: false,
            brief: Vec::new(),
            disputed: Vec::new(),
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
        let line = Line { id: self.id, kind: self.kind.0, disputed: &self.disputed, ..Line::default() };
        match self.kind {
            Kind::INDIVIDUAL => {
                let names = NAMES.map(text);
                let [given, first, second] = names;
                let name = display_name(given, first, second);
                let [given, first, second] = names.map(length_of);
                let [used, native, middle] = self.lengths;
                let mut phone = String::new();
                for number in self.phones.iter().chain(&self.other_phones) {
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
                    lengths: [given, first, second, used, native, middle],
                    file: &search_key::code(text(Field::PROGRES_ID)),
                    sealed: self.sealed,
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
                let file = search_key::code(text(Field::PROGRES_GROUP_NO));
                Line { link: self.link(Field::FOCAL_POINT), name, also, file: &file, ..line }.append(out);
            }
            kind => {
                let link = kind.owner_field().and_then(|field| self.link(field));
                Line { link, brief: &self.brief, ..line }.append(out);
            }
        }
    }
}

/// Names by which a person is found without being shown by them.
fn other_names(record: &Record, shown: &mut Shown<'_>) {
    let fields = [Field::COMMON_NAME, Field::NAME_NATIVE, Field::MIDDLE_NAME];
    for (field, length) in fields.into_iter().zip(&mut shown.lengths) {
        let mut names = String::new();
        every_text(record, field).for_each(|name| spaced(&mut names, name));
        *length = length_of(&names);
        spaced(&mut shown.also, &names);
    }
}

/// A length that does not fit makes the piece a part of what is left.
fn length_of(text: &str) -> u16 {
    u16::try_from(text.len()).unwrap_or(0)
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
        let stating = |record: &mut Record, replaces| {
            let ops = vec![Op { field: Field::SEX, value: text("M"), replaces }];
            let change = Change { record: record.id, kind: record.kind, ops };
            let (id, author, enrolment) = (EntryId([8; 16]), UserId([2; 16]), EnrolmentId([3; 16]));
            record.apply(&Entry { id, author, enrolment, at: 1, changes: vec![change] });
        };
        let person = record(Kind::INDIVIDUAL, &[(Field::SEX, text("F")), (Field::SURNAME1, text("Núñez"))]);
        let (mut amended, mut conflict) = (person.clone(), person);
        stating(&mut amended, vec![EntryId([1; 16]), EntryId([7; 16])]);
        let bytes = minicbor::to_vec(&amended).unwrap();
        assert_eq!(bytes[1], 2, "it tells what was replaced");
        let (mut decoded, mut encoded) = (Vec::new(), Vec::new());
        append_line(&amended, &mut decoded);
        append_line_of(&bytes, &mut encoded).unwrap();
        assert_eq!(decoded, encoded);
        stating(&mut conflict, vec![]);
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
        assert_eq!(
            line.names().collect::<Vec<_>>(),
            [(Role::Given, "Amina"), (Role::Surname1, "Núñez"), (Role::Used, "Mina")]
        );
        assert_eq!(Line::read(&mut d).unwrap(), Line { id: [7; 16], kind: 999, ..Line::default() });
        assert_eq!(d.position(), bytes.len());
    }

    #[test]
    fn who_is_sealed_is_said_in_the_line_and_read_from_either_form() {
        let codes = |codes: &[&str]| Value::Codes(codes.iter().map(|code| (*code).to_owned()).collect());
        for (value, wanted) in [
            (codes(&["07070707070707070707070707070707"]), true),
            (codes(&[]), false),
            (Value::Nothing, false),
        ] {
            let name = (Field::GIVEN_NAMES, Value::Text("Amina".into()));
            let person = record(Kind::INDIVIDUAL, &[name, (Field::SEALED_FOR, value)]);
            let (mut made, mut read) = (Vec::new(), Vec::new());
            append_line(&person, &mut made);
            append_line_of(&minicbor::to_vec(&person).unwrap(), &mut read).unwrap();
            assert_eq!(made, read);
            let line = Line::read(&mut Decoder::new(&made)).unwrap();
            assert_eq!((line.sealed, line.name), (wanted, "Amina"));
        }
    }

    /// Kept samples: lines as versions wrote them, never edited. A later part of a still later version is skipped.
    #[test]
    fn lines_of_every_version_are_read() {
        let name = [0x6a, b'A', b'n', b'a', b' ', b'P', 0xc3, 0xa9, b'r', b'e', b'z'];
        let first =
            [&[0x86, 0x50][..], &[7; 16], &[0x02, 0xf6], &name, &[0x64], b"Mina", &[0x64], b"1991"].concat();
        let line = Line::read(&mut Decoder::new(&first)).unwrap();
        assert_eq!((line.name, line.also, line.born, line.file), ("Ana Pérez", "Mina", "1991", ""));
        let names: Vec<_> = line.names().collect();
        assert_eq!(names, [(Role::Given, "Ana Pérez"), (Role::Used, "Mina")]);

        let second = [
            &[0x8c, 0x50][..],
            &[7; 16],
            &[0x02, 0xf6],
            &name,
            &[0x64],
            b"Mina",
            &[0x64],
            b"1991",
            &[0x60, 0x60, 0x60, 0x86, 3, 6, 0, 4, 0, 0, 0x64],
            b"ab12",
            &[0x82, 1, 2],
        ]
        .concat();
        let mut d = Decoder::new(&second);
        let line = Line::read(&mut d).unwrap();
        assert_eq!((line.lengths, line.file), ([3, 6, 0, 4, 0, 0], "ab12"));
        let names: Vec<_> = line.names().collect();
        assert_eq!(names, [(Role::Given, "Ana"), (Role::Surname1, "Pérez"), (Role::Used, "Mina")]);
        assert_eq!(d.position(), second.len());
    }

    /// Kept samples: a need as the version before wrote it, and as this one does.
    #[test]
    fn a_service_is_told_by_its_line_from_this_version_on() {
        let need = record(
            Kind::NEED,
            &[
                (Field::OWNER, Value::Ref(RecordId([9; 16]))),
                (Field::NEED_CODE, Value::Text("food".into())),
                (Field::NEED_STATE, Value::Text("open".into())),
            ],
        );
        let before = [&[0x83, 0x50][..], &[7; 16], &[0x04, 0x50], &[9; 16]].concat();
        let old = Line::read(&mut Decoder::new(&before)).unwrap();
        assert_eq!((old.id, old.link, old.brief), ([7; 16], Some([9; 16]), &[][..]));

        let brief = [&[0x0d, 0x01, 0x50][..], &[2; 16], b"\x64food\x64open"].concat();
        let head = [&[0x8d, 0x50][..], &[7; 16], &[0x04, 0x50], &[9; 16]].concat();
        let empty = [0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x80, 0x60, 0xf4];
        let kept = [&head[..], &empty, &[0x58, brief.len() as u8], &brief].concat();
        let mut written = Vec::new();
        append_line(&need, &mut written);
        assert_eq!(written, kept);
        let mut of_page = Vec::new();
        append_packed_line(&minicbor::to_vec(&need).unwrap(), &mut of_page);
        assert_eq!(of_page, kept);
        let mut d = Decoder::new(&kept);
        let line = Line::read(&mut d).unwrap();
        assert_eq!((line.link, line.brief, d.position()), (Some([9; 16]), &brief[..], kept.len()));
        assert_eq!(Line::read_as_written(&kept), Some(line));
        assert_eq!((Line::read_as_written(&before), Line::read_service(&before)), (None, Some(old)));
        assert_eq!(line.names().count(), 0);
    }

    /// Kept sample: a person in conflict as this version writes it. Earlier versions read all but the last part.
    #[test]
    fn of_several_names_each_is_shown_and_of_several_births_none() {
        let text = |text: &str| Value::Text(text.into());
        let mut person = record(
            Kind::INDIVIDUAL,
            &[
                (Field::GIVEN_NAMES, text("Ana")),
                (Field::SURNAME1, text("Gil")),
                (Field::DATE_OF_BIRTH, text("1991")),
            ],
        );
        for (entry, name, born, phone) in [(2, "Anna", "1992", "1"), (3, "Anita", "1993", "2")] {
            let replaces = vec![EntryId([1; 16])];
            let op = |field, value| Op { field, value: text(value), replaces: replaces.clone() };
            let ops =
                vec![op(Field::GIVEN_NAMES, name), op(Field::DATE_OF_BIRTH, born), op(Field::PHONE, phone)];
            let change = Change { record: person.id, kind: person.kind, ops };
            let (id, author, enrolment) = (EntryId([entry; 16]), UserId([2; 16]), EnrolmentId([3; 16]));
            person.apply(&Entry { id, author, enrolment, at: u64::from(entry), changes: vec![change] });
        }
        let head = [&[0x8e, 0x50][..], &[7; 16], &[0x02, 0xf6, 0x70]].concat();
        let names = *b"Anita / Anna Gil";
        let rest =
            [&[0x60, 0x60, 0x60, 0x60, 0x63][..], b"1 2", &[0x86, 12, 3, 0, 0, 0, 0, 0x60, 0xf4, 0x40]];
        let fields = [0x46, 0, 42, 0, 50, 0, 52];
        let kept = [&head[..], &names, &rest.concat(), &fields].concat();
        let mut written = Vec::new();
        append_line(&person, &mut written);
        assert_eq!(written, kept);
        let mut packed = Vec::new();
        append_packed_line(&minicbor::to_vec(&person).unwrap(), &mut packed);
        assert_eq!(packed, kept);
        let mut d = Decoder::new(&kept);
        let line = Line::read(&mut d).unwrap();
        assert_eq!((line.name, line.born, d.position()), ("Anita / Anna Gil", "", kept.len()));
        let disputed: Vec<Field> = line.disputed().collect();
        assert_eq!(disputed, [Field::GIVEN_NAMES, Field::DATE_OF_BIRTH, Field::PHONE]);
    }

    /// Kept sample: an application as this version writes it, and as one before that knew of none did.
    #[test]
    fn an_application_is_told_by_its_line() {
        let application = record(
            Kind::APPLICATION,
            &[
                (Field::APPLICATION_REF, Value::text("KX7M42P2")),
                (Field::APPLICATION_STATE, Value::text("taken")),
                (Field::APPLICATION_SITE, Value::text("metj")),
                (Field::APPLICATION_PEOPLE, Value::Int(4)),
            ],
        );
        let summary = Summary::of(&application).unwrap().to_bytes();
        let head = [&[0x8d, 0x50][..], &[7; 16], &[0x0e, 0xf6]].concat();
        let length = u8::try_from(summary.len()).unwrap();
        let kept = [&head[..], &NOTHING_BETWEEN, &[0x58, length], &summary].concat();
        let mut written = Vec::new();
        append_line(&application, &mut written);
        assert_eq!(written, kept);
        let mut of_page = Vec::new();
        append_packed_line(&minicbor::to_vec(&application).unwrap(), &mut of_page);
        assert_eq!(of_page, kept);
        let line = Line::read(&mut Decoder::new(&kept)).unwrap();
        let read = Summary::from_bytes(RecordId(line.id), line.brief).unwrap();
        assert_eq!((read.reference.as_str(), read.people, read.taken_by.len()), ("KX7M42P2", 4, 1));
        let before = [&[0x82, 0x50][..], &[7; 16], &[0x0e]].concat();
        let old = Line::read(&mut Decoder::new(&before)).unwrap();
        assert_eq!((old.kind, old.brief), (Kind::APPLICATION.0, &[][..]));
    }
}
