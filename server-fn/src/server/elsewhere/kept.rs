//! The kept samples of what is sealed of a request and of a member of staff, never edited.

use super::Why;
use crate::server::office::Profile;
use domain::id::hex;
use seal::elsewhere::Ground;

#[test]
fn the_sealed_part_of_a_request_stays_readable() {
    let why = Why { ground: Some(Ground::Life), reason: "vino sola".into(), answer: "sí".into() };
    let kept = "a30001016976696e6f20736f6c61026373c3ad";
    let bytes = minicbor::to_vec(&why).unwrap();
    assert_eq!(hex(&bytes), kept);
    assert_eq!(minicbor::decode::<Why>(&bytes).unwrap(), why);
}

#[test]
fn the_sealed_part_of_a_member_of_staff_stays_readable() {
    let profile = Profile { name: "Ana Ríos".into(), staff_code: "MET-01".into() };
    let kept = "a20069416e612052c3ad6f7301664d45542d3031";
    let bytes = minicbor::to_vec(&profile).unwrap();
    assert_eq!(hex(&bytes), kept);
    let read: Profile = minicbor::decode(&bytes).unwrap();
    assert_eq!((read.name, read.staff_code), (profile.name, profile.staff_code));
}
