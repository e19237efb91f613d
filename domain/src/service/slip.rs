//! The paper slip of a referral, by which a desk without accounts answers.

/// What the name of a slip's voice begins with. No member of staff has such a name: it holds no blank.
const VOICE: &str = "slip:";

/// The name under which the server states what was answered by the slips of an institution (a code of table
/// `institutions`). It reaches devices as the names of all others do who state something.
#[must_use]
pub fn voice_name(institution: &str) -> String {
    format!("{VOICE}{institution}")
}

/// The institution of such a name; `None` for a person's.
#[must_use]
pub fn voice_of(name: &str) -> Option<&str> {
    name.strip_prefix(VOICE).filter(|institution| !institution.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_voice_of_a_slip_is_known_by_its_name_and_nobody_else_is() {
        assert_eq!(voice_of(&voice_name("SNM")), Some("SNM"));
        for name in ["", "SNM", "Yadira Batista", "slip: Ana", "Slip:SNM"] {
            assert_eq!(voice_of(name), None, "{name}");
        }
    }
}
