//! What a form of the page sends: `application/x-www-form-urlencoded`, as browsers write it.

use std::collections::BTreeMap;

/// The fields of a form by their names; of several of one name the first. `None` for what no form sends: bytes that are
/// no text.
pub fn fields(body: &[u8]) -> Option<BTreeMap<String, String>> {
    let mut fields = BTreeMap::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(at)?;
        let name = decoded(name)?;
        fields.entry(name).or_insert(decoded(value.get(1..).unwrap_or_default())?);
    }
    Some(fields)
}

fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let read =
            fields(b"number=KX7M-42P2&next=ma%C3%B1ana+a+las+9%3A00%0D%0Ao+antes&a&number=other&=x").unwrap();
        assert_eq!(read["number"], "KX7M-42P2");
        assert_eq!(read["next"], "mañana a las 9:00\r\no antes");
        assert_eq!((read["a"].as_str(), read[""].as_str()), ("", "x"));
        assert!(fields(b"").unwrap().is_empty());
        for broken in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"%c3=1"] {
            assert_eq!(fields(broken), None);
        }
    }

    #[test]
    fn whatever_is_written_is_read_again_and_no_bytes_bring_it_down() {
        for value in ["", "ñ & = + %", "الرد على إحالة", "\u{0}\r\n\t", "%41", "🧡".repeat(500).as_str()]
        {
            let written: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            assert_eq!(fields(format!("name={written}").as_bytes()).unwrap()["name"], value);
        }
        for _ in 0..20_000 {
            let mut noise: [u8; 24] = crate::server::random();
            // Mostly of the signs that mean something.
            noise
                .iter_mut()
                .filter(|byte| **byte > 60)
                .for_each(|byte| *byte = b"%=&+0aF"[usize::from(*byte) % 7]);
            let _ = fields(&noise);
        }
    }
}
