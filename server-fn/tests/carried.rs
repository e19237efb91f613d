//! Work that another device carries here: whoever hands it in, it is entered once, and the receipts say so to whoever
//! sealed it.

mod office;

use api::server::client::Device;
use domain::Role;
use office::*;
use seal::carried::{File, Kind};
use seal::{Deed, Parcel, Purpose, Receipts, Signed, Verdict, digest, short_digest};

/// As the carrier's device hands it in: so many envelopes to a parcel, each with the capsule.
fn parcels(author: &Device, envelopes: &[Vec<u8>], size: usize) -> Vec<Vec<u8>> {
    let parcel = |some: &[Vec<u8>]| Parcel { capsules: vec![author.capsule().1], envelopes: some.to_vec() };
    envelopes.chunks(size).map(|some| parcel(some).to_bytes()).collect()
}

fn families(author: &Device, number: usize) -> Vec<Vec<u8>> {
    (0..number)
        .map(|nth| author.seal(&family(author, "meteti", &[&format!("Amina {nth}")])).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_with_a_colleagues_two_hundred_families_is_not_refused() {
    let server = Server::start().await;
    let author = server.device(Role::Caseworker, "meteti").await;
    let carrier = server.device(Role::Verifier, "panama").await;
    let room = server.office.ledger().lasting_room(carrier.enrolment).unwrap();
    let envelopes = families(&author, 200);
    // Through a file, as it is carried.
    let parts = parcels(&author, &envelopes, 8);
    let file = File { kind: Kind::Work, office: [1; 16], parts, whole: true }.to_bytes();
    for parcel in File::from_bytes(&file).unwrap().parts {
        let receipts = carrier.deliver_parcel(&parcel).await.unwrap();
        assert!(receipts.items.iter().all(|item| item.verdict == Verdict::Accepted));
    }
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.waiting, counts.parked), (200, 0, 0));
    // It is the author's work: nothing of it takes up what the carrier may leave here for good.
    assert_eq!(server.office.ledger().lasting_room(carrier.enrolment).unwrap(), room);
    // The author's own device, weeks later, and the same file once more: it is there.
    for (from, parcel) in
        [(&author, &parcels(&author, &envelopes, 100)[0]), (&carrier, &parcels(&author, &envelopes, 8)[3])]
    {
        let receipts = from.deliver_parcel(parcel).await.unwrap();
        assert!(receipts.items.iter().all(|item| item.verdict == Verdict::AlreadyHere));
    }
    assert_eq!(server.office.ledger().counts().unwrap().entries, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipts_of_a_carrier_are_proof_for_the_author_who_never_saw_the_parcel() {
    let server = Server::start().await;
    let author = server.device(Role::Caseworker, "meteti").await;
    let carrier = server.device(Role::Caseworker, "panama").await;
    let mine = families(&author, 2);
    let own = carrier.seal(&family(&carrier, "panama", &["Omar"])).unwrap();
    // The carrier's own work goes in the same parcel.
    let parcel = Parcel {
        capsules: vec![author.capsule().1, carrier.capsule().1],
        envelopes: vec![own, mine[0].clone(), mine[1].clone()],
    }
    .to_bytes();
    let token = &carrier.enrolled.deposit_token;
    let answer = carrier.client.deliver(token, &parcel).await.unwrap();
    let keys = &author.server;
    let read = Receipts::of_parcel(&answer, &keys.signing, &digest(&parcel)).unwrap();
    assert_eq!(read.epoch.to_vec(), author.enrolled.epoch);
    for envelope in &mine {
        let named = read.items.iter().find(|item| item.envelope == short_digest(envelope)).unwrap();
        assert_eq!(named.verdict, Verdict::Accepted);
    }
    // For no other parcel, and from no other server.
    assert!(Receipts::of_parcel(&answer, &keys.signing, &digest(b"another")).is_err());
    assert!(Receipts::of_parcel(&answer, &[7; 32], &digest(&parcel)).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_a_revoked_device_and_of_a_stranger_is_kept_apart_and_the_rest_of_the_file_is_entered() {
    let server = Server::start().await;
    let author = server.device(Role::Caseworker, "meteti").await;
    let revoked = server.device(Role::Caseworker, "meteti").await;
    let carrier = server.device(Role::Caseworker, "panama").await;
    let lost = families(&revoked, 3);
    server.office.order(revoked.enrolment, Deed::Revoke).unwrap();
    // Made up by somebody who has the author's enrolment id and none of its keys.
    let entry = family(&author, "meteti", &["Nobody"]);
    let made_up = Signed { body: entry.to_bytes(), signature: [3; 64] };
    let made_up = author.seal_signed(Purpose::Entry, &made_up).unwrap();
    let mut envelopes = families(&author, 2);
    envelopes.push(made_up);
    envelopes.extend(lost);
    let capsules = vec![author.capsule().1, revoked.capsule().1];
    let parcel = Parcel { capsules, envelopes }.to_bytes();
    let receipts = carrier.deliver_parcel(&parcel).await.unwrap();
    let verdicts: Vec<Verdict> = receipts.items.iter().map(|item| item.verdict).collect();
    assert_eq!(verdicts[..2], [Verdict::Accepted; 2]);
    assert_ne!(verdicts[2], Verdict::Accepted);
    assert!(verdicts[3..].iter().all(|it| *it == Verdict::Quarantined), "{verdicts:?}");
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.quarantined), (2, 3));
}
