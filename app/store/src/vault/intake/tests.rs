use super::*;
use crate::testing::*;
use domain::application::{Door, OfficeNotice};
use domain::{Field, Kind, RecordId, Value};
use seal::door::IntakeKey;

fn family() -> Application {
    let mut family = Application::begin(RecordId([0x31; 16]), 1_782_000_000_000, "es");
    family.site = "metj".into();
    family.put(1, Field::GIVEN_NAMES, Value::text("Rosa"));
    family.put(1, Field::SURNAME1, Value::text("Quintero"));
    let child = family.add(Kind::INDIVIDUAL, 0).unwrap();
    family.put(child, Field::GIVEN_NAMES, Value::text("Ana"));
    family
}

fn key(until: u64) -> IntakeKey {
    let secret = (*IntakeSecret::generate(&mut clock::rng()).0).into();
    IntakeKey { secret, site: "metj".into(), from: 0, until }
}

fn told(keys: &[&IntakeKey]) -> IntakeKeys {
    IntakeKeys { keys: keys.iter().map(|key| (*key).clone()).collect() }
}

fn slip(key: &IntakeKey) -> Vec<u8> {
    let public = key.secret().public().unwrap();
    intake::seal(&mut clock::rng(), &public, &family().to_bytes()).unwrap()
}

#[test]
fn a_slip_opens_with_the_keys_of_the_office_and_with_no_others() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let now_ms = clock::now_ms();
    let (ours, other) = (key(now_ms), key(now_ms));
    assert_eq!(now(vault.open_slip(&slip(&ours))), Err(SlipFault::NoKeys));
    now(vault.keep_intake_keys(&told(&[&ours]))).unwrap();
    assert_eq!(now(vault.open_slip(&slip(&ours))), Ok(family()));
    assert_eq!(now(vault.open_slip(&slip(&other))), Err(SlipFault::OtherOffice { site: None }));
    let whole = slip(&ours);
    assert_eq!(now(vault.open_slip(&whole[..whole.len() - 1])), Err(SlipFault::Torn));
    assert_eq!(now(vault.open_slip(&[&[9], &whole[1..]].concat())), Err(SlipFault::Newer));
    // A later unlocking has them too, and nothing of them lies readable on the disk.
    let again = unlocked(&store, &vault);
    assert_eq!(now(again.open_slip(&slip(&ours))), Ok(family()));
    let rows = now(database.read(&[crate::transaction::Query::all(Table::Counters)])).unwrap();
    let secret = ours.secret.as_slice();
    assert!(!rows.into_iter().flatten().any(|(_, row)| row.windows(8).any(|part| part == &secret[..8])));
    // Whom another one is for is known from the server's notice, and from no other.
    let id = intake::key_id(&other.secret().public().unwrap());
    let notice = OfficeNotice { site: "chir".into(), key_id: id, ..OfficeNotice::default() };
    let door = Door { made_at: 1, work_bits: 18, offices: vec![notice] };
    let forged = seal::door::sign(&door, &Office::new().secrets.signing).unwrap();
    now(vault.keep_offices(&forged)).unwrap();
    assert_eq!(now(vault.open_slip(&slip(&other))), Err(SlipFault::OtherOffice { site: None }));
    now(vault.keep_offices(&seal::door::sign(&door, &office.secrets.signing).unwrap())).unwrap();
    let there = SlipFault::OtherOffice { site: Some("chir".into()) };
    assert_eq!(now(vault.open_slip(&slip(&other))), Err(there));
    assert_eq!(now(vault.open_slip(&whole)), Ok(family()));
    vault.lock();
    assert_eq!(now(vault.open_slip(&whole)), Err(SlipFault::Store(StoreError::Locked)));
}

#[test]
fn a_key_opens_slips_for_twelve_months_and_is_then_destroyed() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let old = key(clock::now_ms() - OPENS_FOR + 60_000);
    let gone = key(clock::now_ms() - OPENS_FOR - 60_000);
    now(vault.keep_intake_keys(&told(&[&old, &gone]))).unwrap();
    assert_eq!(now(vault.open_slip(&slip(&old))), Ok(family()));
    assert_eq!(now(vault.open_slip(&slip(&gone))), Err(SlipFault::TooOld));
    // What the server tells later puts nothing back, and takes away what is over.
    now(vault.keep_intake_keys_at(&told(&[&key(clock::now_ms())]), clock::now_ms() + 120_000)).unwrap();
    assert_eq!(now(vault.open_slip(&slip(&old))), Err(SlipFault::TooOld));
}

/// Kept sample: the sealed row as this version writes it. Never edited.
#[test]
fn the_row_of_keys_stays_readable() {
    let kept = KeysRow {
        keys: vec![KeyRow {
            id: [1, 2, 3, 4].into(),
            secret: Some([5; 32].into()),
            site: "metj".into(),
            until: 9,
        }],
        offices: Vec::new(),
    };
    let bytes = [
        &[0xa2, 0, 0x81, 0xa4, 0, 0x44, 1, 2, 3, 4, 1, 0x58, 32][..],
        &[5; 32],
        b"\x02\x64metj\x03\x09\x01\x80",
    ]
    .concat();
    assert_eq!(rows::write(&kept), bytes);
    assert!(rows::read::<KeysRow>(Table::Counters, &bytes).unwrap() == kept);
}
