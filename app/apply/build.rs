//! Makes `Key`, the list of every sentence of the applicants' door (`../speech/keys.rs`).

include!("../speech/keys.rs");

fn main() {
    make_keys("apply/words-", None);
}
