//! Makes `Key`, the list of every sentence of the staff door (`speech/keys.rs`).

include!("speech/keys.rs");

fn main() {
    // The server alone says what stands on the page for slips.
    make_keys("locales/", Some("answer_page_"));
}
