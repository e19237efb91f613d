//! What auditors read has words.

use super::id_of;
use crate::words::NAMES;

#[test]
fn every_purpose_of_a_reading_has_words() {
    for why in seal::Why::ALL {
        let key = format!("audit_why_{}", why.key());
        assert!(NAMES.contains(&key.as_str()), "{key}");
    }
}

/// The server's own list of deeds: the app holds no copy of it.
const DEEDS: &str = include_str!("../../../../server-fn/src/server/audit/event.rs");

#[test]
fn every_deed_that_the_server_writes_down_has_words() {
    let lines = DEEDS.lines().filter(|line| line.starts_with("    ") && line.ends_with("\";"));
    let keys: Vec<&str> = lines.filter_map(|line| line.rsplit('"').nth(1)).collect();
    assert!(keys.len() >= 25, "{keys:?}");
    for key in keys {
        let key = format!("audit_{key}");
        assert!(NAMES.contains(&key.as_str()), "{key}");
    }
}

#[test]
fn an_id_is_found_in_whatever_form_it_is_pasted() {
    let id = [0xab; 16];
    let plain = "ab".repeat(16);
    let dashed = "abababab-abab-abab-abab-abababababab";
    for text in
        [plain.clone(), plain.to_uppercase(), dashed.to_owned(), format!(" https://x/groups/{dashed}/ ")]
    {
        assert_eq!(id_of(&text), Some(id), "{text}");
    }
    for text in ["", "abab", "/groups/", &plain[1..], "nothing of the kind, thirty-two!"] {
        assert_eq!(id_of(text), None, "{text}");
    }
}
