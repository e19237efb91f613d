//! Decimal digits of the scripts people write numbers in.

/// The first digit of each row of ten.
const ZEROS: [u32; 20] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
    0xf20, 0x1040, 0x17e0, 0x1810, 0xff10,
];

/// What a digit is worth, whatever its script; `None` for anything else.
pub(crate) fn worth(c: char) -> Option<u8> {
    let code = u32::from(c);
    let worth = ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|worth| *worth < 10))?;
    u8::try_from(worth).ok()
}

/// The same digit as `0` to `9`; `None` for anything else.
pub(crate) fn plain(c: char) -> Option<char> {
    worth(c).map(|worth| char::from(b'0' + worth))
}

/// A whole number without sign. Too many digits saturate, so that a range check refuses them.
pub(crate) fn number(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.chars().try_fold(0u32, |sum, c| Some(sum.saturating_mul(10).saturating_add(u32::from(worth(c)?))))
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_read_in_any_script() {
        for (text, wanted) in [
            ("1991", Some(1991)),
            ("١٩٩١", Some(1991)),
            ("۱۹۹۱", Some(1991)),
            ("१९९१", Some(1991)),
            ("１９９１", Some(1991)),
            ("99999999999", Some(u32::MAX)),
            ("", None),
            ("-3", None),
            ("1 2", None),
            ("marzo", None),
        ] {
            assert_eq!(super::number(text), wanted, "{text}");
        }
    }
}
