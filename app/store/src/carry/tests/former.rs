//! What a key that the server had before may say: what was so while it had it, and nothing of what came later.

use super::*;
use seal::carried::Answer;
use seal::{Checkpoint, Receipt, Receipts, ServerSecrets, digest, short_digest};

/// The office with another pair of keys, valid from then on; the former pair is given back.
fn rotate(office: &mut Office, from: u64) -> ServerSecrets {
    office.keys_from.set(from);
    core::mem::replace(&mut office.secrets, ServerSecrets::generate(&mut clock::rng()))
}

fn checkpoint(secrets: &ServerSecrets, at: u64) -> Vec<u8> {
    let checkpoint = Checkpoint {
        epoch: [1; 16],
        at,
        entries_seq: 1,
        entries_head: [2; 32],
        audit_seq: 3,
        audit_head: [4; 32],
        serial: 5,
    };
    checkpoint.to_bytes(&secrets.signing)
}

#[test]
fn receipts_from_before_the_keys_changed_settle_what_was_saved_before_them() {
    let Trip { mut office, first, second, .. } = trip(2, 0);
    taken(&second, &packed(&first).bytes);
    *office.checkpoint.borrow_mut() = Some(checkpoint(&office.secrets, clock::now_ms() + 1));
    go(&second, &office);
    rotate(&mut office, clock::now_ms() + 60_000);
    let learnt = now(first.mailbox().take_receipts(&receipts(&second, &office))).unwrap();
    assert_eq!((learnt.settled, learnt.forged, learnt.former_keys), (2, 0, 0));
}

#[test]
fn a_stolen_former_key_settles_nothing_that_was_saved_after_its_time() {
    let Trip { mut office, first, .. } = trip(2, 0);
    // The first pair is followed by the one that is stolen, and that by another one.
    drop(rotate(&mut office, 10));
    assert!(now(first.mailbox().take_keys(&office.server_keys())).unwrap());
    let ends = clock::now_ms() + 60_000;
    let stolen = rotate(&mut office, ends);
    assert!(now(first.mailbox().take_keys(&office.server_keys())).unwrap());
    let waiting = now(first.mailbox().waybill(true)).unwrap().waiting;
    let saved: Vec<u64> = waiting.iter().map(|it| it.row.saved_at).collect();
    let (earliest, latest) = (*saved.iter().min().unwrap(), *saved.iter().max().unwrap());
    let says = |at: Option<u64>| {
        let said = |it: &crate::mailbox::Waiting| Receipt {
            envelope: short_digest(&it.row.envelope),
            verdict: Verdict::Accepted,
            reason: String::new(),
        };
        let items = waiting.iter().map(said).collect();
        let said = Receipts { epoch: [1; 16], items, checkpoint: at.map(|at| checkpoint(&stolen, at)) };
        let receipts = said.to_bytes(&stolen.signing, b"a parcel");
        let parts = vec![Answer::Receipts { parcel: digest(b"a parcel"), receipts }.to_bytes()];
        let office = seal::carried::office(&office.root.fingerprint());
        let file = File { kind: Kind::Receipts, office, parts, whole: true }.to_bytes();
        let learnt = now(first.mailbox().take_receipts(&file)).unwrap();
        assert_eq!(learnt.forged, 0);
        (learnt.settled, learnt.former_keys)
    };
    // Of no time, of a time at which the server had others, and of one before anything of this was saved.
    assert_eq!([says(None), says(Some(ends)), says(Some(5))], [(0, 1); 3]);
    assert_eq!(says(Some(earliest - 1)), (0, 0));
    assert_eq!(now(first.mailbox().left_here()).unwrap().entries, 2);
    // What it signed while the server had it holds.
    assert_eq!(says(Some(latest)), (2, 0));
}
