//! What a field can hold, and how it is written.

use crate::id::RecordId;
use minicbor::{Decode, Decoder, Encode, Encoder, data::Type, decode, encode};

/// Most codes in one [`Value::Codes`]: a code may be a single byte and takes many times that in memory.
pub const CODES_LIMIT: u64 = 256;

/// The value of one field. Its CBOR form is the plainest that fits: null, bool, int, text, 16 bytes, list of text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The field was emptied. A statement like any other: it never beats a value stated beside it.
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// Text or a code, exactly as stated. Dates are text too, see [`crate::date`].
    Text(String),
    /// Another record.
    Ref(RecordId),
    /// Several codes, in the order stated.
    Codes(Vec<String>),
    /// A form that this version does not know, kept as the bytes of its one CBOR item.
    Unknown(Vec<u8>),
}

impl Value {
    /// Text of a text value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// The record that a reference names.
    #[must_use]
    pub fn as_ref(&self) -> Option<RecordId> {
        if let Value::Ref(id) = self { Some(*id) } else { None }
    }

    /// The codes of a list.
    #[must_use]
    pub fn as_codes(&self) -> Option<&[String]> {
        if let Value::Codes(codes) = self { Some(codes) } else { None }
    }

    /// Yes or no.
    #[must_use]
    pub fn as_flag(&self) -> Option<bool> {
        if let Value::Flag(flag) = self { Some(*flag) } else { None }
    }

    /// `Text`, or `Nothing` when the text is empty.
    #[must_use]
    pub fn text(text: &str) -> Value {
        if text.is_empty() { Value::Nothing } else { Value::Text(text.to_owned()) }
    }
}

impl<C> Encode<C> for Value {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self {
            Value::Nothing => e.null()?.ok(),
            Value::Flag(flag) => e.bool(*flag)?.ok(),
            Value::Int(number) => e.i64(*number)?.ok(),
            Value::Text(text) => e.str(text)?.ok(),
            Value::Ref(id) => e.bytes(&id.0)?.ok(),
            Value::Codes(codes) => {
                e.array(codes.len() as u64)?;
                codes.iter().try_for_each(|code| e.str(code)?.ok())
            }
            Value::Unknown(raw) => e.writer_mut().write_all(raw).map_err(encode::Error::write),
        }
    }
}

impl<'b, C> Decode<'b, C> for Value {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let start = d.position();
        if let Some(value) = known(d)? {
            return Ok(value);
        }
        d.set_position(start);
        d.skip()?;
        let raw = d.input().get(start..d.position()).unwrap_or_default();
        Ok(Value::Unknown(raw.to_vec()))
    }
}

/// Reads a form this version knows; `None` leaves the decoder anywhere inside the item.
fn known(d: &mut Decoder<'_>) -> Result<Option<Value>, decode::Error> {
    Ok(match d.datatype()? {
        Type::Null => {
            d.null()?;
            Some(Value::Nothing)
        }
        Type::Bool => Some(Value::Flag(d.bool()?)),
        Type::U8 | Type::U16 | Type::U32 | Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
            Some(Value::Int(d.i64()?))
        }
        // Beyond what an i64 holds it stays as it came.
        Type::U64 | Type::Int => d.i64().ok().map(Value::Int),
        Type::String => Some(Value::Text(d.str()?.to_owned())),
        Type::Bytes => RecordId::from_slice(d.bytes()?).map(Value::Ref),
        Type::Array => {
            let Some(length) = d.array()? else { return Ok(None) };
            if length > CODES_LIMIT && d.datatype()? == Type::String {
                return Err(decode::Error::message("more codes than a value holds"));
            }
            let mut codes = Vec::new();
            for _ in 0..length {
                if d.datatype()? != Type::String {
                    return Ok(None);
                }
                codes.push(d.str()?.to_owned());
            }
            Some(Value::Codes(codes))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::hex;

    #[test]
    fn stored_forms_stay_as_they_are() {
        for (value, form) in [
            (Value::Nothing, "f6"),
            (Value::Flag(true), "f5"),
            (Value::Int(-3), "22"),
            (Value::Text("Ñu".into()), "63c39175"),
            (Value::Ref(RecordId([1; 16])), "5001010101010101010101010101010101"),
            (Value::Codes(vec!["VEN".into(), "COL".into()]), "826356454e63434f4c"),
            // A tagged item of a later version: kept byte for byte.
            (Value::Unknown(vec![0xc1, 0x1a, 0, 0, 0, 1]), "c11a00000001"),
        ] {
            assert_eq!(hex(&minicbor::to_vec(&value).unwrap()), form);
            assert_eq!(minicbor::decode::<Value>(&minicbor::to_vec(&value).unwrap()).unwrap(), value);
        }
    }

    #[test]
    fn a_value_of_more_codes_than_any_list_has_is_refused() {
        let codes = |count| minicbor::to_vec(Value::Codes(vec![String::new(); count])).unwrap();
        let most = usize::try_from(CODES_LIMIT).unwrap();
        assert!(minicbor::decode::<Value>(&codes(most)).is_ok());
        assert!(minicbor::decode::<Value>(&codes(most + 1)).is_err());
        // A list of anything else is of a later version and stays the bytes it is, however long.
        let later = minicbor::to_vec(vec![1_u8; most + 1]).unwrap();
        assert_eq!(minicbor::decode::<Value>(&later).unwrap(), Value::Unknown(later));
    }
}
