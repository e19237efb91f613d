//! What browsers and authenticators send when a passkey is made or shown. The server alone reads it, so its own sources
//! are taken in here as they stand.
#![no_main]

#[allow(dead_code)]
#[path = "../../server-fn/src/server/passkeys/cose.rs"]
mod cose;
#[allow(dead_code)]
#[path = "../../server-fn/src/server/passkeys/party.rs"]
mod party;
#[allow(dead_code)]
#[path = "../../server-fn/src/server/passkeys/proof.rs"]
mod proof;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(party) = party::Party::at(Some("https://amparo.example"), None) else { return };
    for made in [true, false] {
        let _ = proof::read_client_data(data, made, &party);
    }
    for read in [proof::read_proof(data), proof::read_attestation(data)].into_iter().flatten() {
        let _ = (read.judge(&party).is_ok(), read.judge_counter(1).is_ok());
    }
    if let Some((key, length)) = cose::PublicKey::read(data) {
        let rest = data.get(length..).expect("a key is not longer than what it was read from");
        let _ = key.verifies(b"message", rest);
    }
    let _ = proof::verify(data, data, data, data);
});
