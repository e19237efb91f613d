//! The bytes of an application: short enough for one code on a screen once they are deflated. The same bytes lie in
//! letters, slips and records, for ever readable.

use super::{Application, Facts, KINDS, MOST_PARTS, Part, part_id};
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::value::Value;
use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder, decode, encode};

/// Largest application, in bytes: a very large family with long texts.
pub const APPLICATION_LIMIT: usize = 64 * 1024;
/// Most fields of one part.
const MOST_FACTS: u64 = 64;
/// Longest text of one field, in bytes. References to pictures are the longest.
const LONGEST: usize = 16_000;
const VERSION: u64 = 1;
/// CBOR's tag for an identifier (39): a reference to a part of the same application, by its number.
const LOCAL: Tag = Tag::new(39);

/// Why bytes are no application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedApplication {
    /// Cut off, too large, or something else entirely.
    #[error("not an application")]
    Unreadable,
    /// Written by a later version of the app.
    #[error("written by a later version")]
    Newer,
}

impl Application {
    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        // Writing to memory cannot fail.
        let _: Result<(), encode::Error<core::convert::Infallible>> =
            self.write(&mut Encoder::new(&mut bytes));
        bytes
    }

    fn write<W: encode::Write>(&self, e: &mut Encoder<W>) -> Result<(), encode::Error<W::Error>> {
        // The largest number ever given is told only where the parts do not tell it. Readers that know of eight elements
        // pass over the ninth.
        let spent = Some(self.spent).filter(|spent| *spent > self.last());
        e.array(8 + u64::from(spent.is_some()))?;
        e.u64(VERSION)?.bytes(&self.id.0)?.u32(self.revision)?.u64(self.said_at)?;
        e.str(&self.language)?.array(2)?.str(&self.site)?.str(&self.organisation)?;
        e.u8(u8::from(self.private_talk) | u8::from(self.serious_illness) << 1)?;
        e.array(self.parts.len() as u64)?;
        for part in &self.parts {
            e.array(4)?.u8(part.nth)?.u16(part.kind.0)?;
            match part.owner {
                Some(owner) => e.u8(owner)?,
                None => e.null()?,
            };
            e.map(part.facts.len() as u64)?;
            for (field, value) in &part.facts {
                e.u16(field.0)?;
                match value {
                    Value::Ref(id) if self.local(*id).is_some() => {
                        e.tag(LOCAL)?.u8(self.local(*id).unwrap_or_default())?;
                    }
                    value => {
                        e.encode(value)?;
                    }
                }
            }
        }
        if let Some(spent) = spent {
            e.u8(spent)?;
        }
        Ok(())
    }

    /// The number of the part that a reference names.
    fn local(&self, id: RecordId) -> Option<u8> {
        self.parts.iter().map(|part| part.nth).find(|nth| part_id(self.id, *nth) == id)
    }

    /// Reads the bytes. Fields that this version does not know are kept as they came.
    ///
    /// # Errors
    /// Why they are none; never panics, whatever they are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Application, MalformedApplication> {
        if bytes.len() > APPLICATION_LIMIT {
            return Err(MalformedApplication::Unreadable);
        }
        let mut d = Decoder::new(bytes);
        let unreadable = |_: decode::Error| MalformedApplication::Unreadable;
        let elements = d.array().map_err(unreadable)?;
        if d.u64().map_err(unreadable)? != VERSION {
            return Err(MalformedApplication::Newer);
        }
        read(&mut d, elements.is_some_and(|elements| elements > 8)).map_err(unreadable)
    }
}

fn read(d: &mut Decoder<'_>, tells_spent: bool) -> Result<Application, decode::Error> {
    let id = RecordId::from_slice(d.bytes()?).ok_or_else(|| decode::Error::message("id"))?;
    let (revision, said_at, language) = (d.u32()?, d.u64()?, text(d)?);
    d.array()?;
    let (site, organisation, marks) = (text(d)?, text(d)?, d.u8()?);
    let count = d.array()?.ok_or_else(|| decode::Error::message("parts"))?;
    if count == 0 || count > MOST_PARTS as u64 {
        return Err(decode::Error::message("how many parts"));
    }
    let mut parts: Vec<Part> = Vec::new();
    for at in 0..count {
        d.array()?;
        let (nth, kind) = (d.u8()?, Kind(d.u16()?));
        let owner = if d.datatype()? == Type::Null {
            d.null()?;
            None
        } else {
            Some(d.u8()?)
        };
        let is_first = at == 0;
        // The group comes first, and everything else hangs on something that came before it.
        let placed = if is_first {
            (nth, kind, owner) == (0, Kind::GROUP, None)
        } else {
            let hangs = |owner: u8| parts.iter().any(|it| it.nth == owner && kind.may_hang_on(it.kind));
            owner.is_some_and(hangs)
        };
        let placed = placed && KINDS.contains(&kind);
        if !placed || usize::from(nth) >= 2 * MOST_PARTS || parts.iter().any(|part| part.nth == nth) {
            return Err(decode::Error::message("a part that has no place"));
        }
        parts.push(Part { nth, kind, owner, facts: facts(d, id)? });
    }
    let last = parts.iter().map(|part| part.nth).max().unwrap_or(0);
    let spent = if tells_spent { d.u8()?.max(last) } else { last };
    Ok(Application {
        id,
        revision,
        said_at,
        language,
        site,
        organisation,
        private_talk: marks & 1 != 0,
        serious_illness: marks & 2 != 0,
        parts,
        spent,
    })
}

fn facts(d: &mut Decoder<'_>, application: RecordId) -> Result<Facts, decode::Error> {
    let count = d.map()?.filter(|count| *count <= MOST_FACTS);
    let mut facts = Facts::new();
    for _ in 0..count.ok_or_else(|| decode::Error::message("how many facts"))? {
        let field = Field(d.u16()?);
        let value = if d.datatype()? == Type::Tag {
            if d.tag()? != LOCAL {
                return Err(decode::Error::message("a tag of another kind"));
            }
            Value::Ref(part_id(application, d.u8()?))
        } else {
            d.decode::<Value>()?
        };
        let fits = match &value {
            Value::Text(text) => text.len() <= LONGEST,
            Value::Codes(codes) => codes.iter().all(|code| code.len() <= LONGEST),
            _ => true,
        };
        if !fits {
            return Err(decode::Error::message("longer than any answer"));
        }
        facts.insert(field, value);
    }
    Ok(facts)
}

/// A code: short, and all of it to be seen.
fn text(d: &mut Decoder<'_>) -> Result<String, decode::Error> {
    Some(d.str()?)
        .filter(|text| text.len() <= 40 && !text.chars().any(char::is_control))
        .map(str::to_owned)
        .ok_or_else(|| decode::Error::message("code"))
}
