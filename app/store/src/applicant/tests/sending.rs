//! What leaves the phone while people go on typing, and what becomes of each letter.

use super::*;
use domain::RecordId;

fn typed(draft: &mut Draft, name: &str) {
    draft.application.put(1, Field::SURNAME1, Value::text(name));
}

#[test]
fn what_is_typed_while_a_letter_is_sealed_does_not_count_as_sent() {
    let (families, _) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    let sealed = draft.application.clone();
    let letter = server.letter(b"letter", Purpose::Application(1));
    typed(&mut draft, "Pierre");
    let posted = now(family.post(vec![letter], &sealed, &mut draft)).unwrap();
    assert!(draft.posted == 1 && draft.says_more_than_posted());
    let waiting = now(families.letters_waiting(&server.key)).unwrap().remove(0);
    assert_eq!(posted.keys, std::slice::from_ref(&waiting.key));
    let taken = server.answers(&waiting.posted, Fate::Taken, Some(&standing(1)));
    now(families.answered(&waiting.key, &taken, &server.key)).unwrap();
    assert_eq!(now(families.list()).unwrap()[0].handed_in, HandedIn::Changed);
    now(family.settle(&server.key, &mut draft)).unwrap();
    assert!(draft.sent == 1 && !draft.is_sent());
    assert_eq!(now(families.list()).unwrap()[0].handed_in, HandedIn::Changed);
}

#[test]
fn a_changed_draft_leaves_under_a_higher_revision_as_a_code_and_as_a_letter() {
    let mut draft = draft("Amina");
    draft.is_shown(7);
    assert_eq!((draft.application.revision, draft.shown, draft.revision()), (1, 1, 1));
    // Shown again as it is, nothing changes.
    draft.is_shown(8);
    assert_eq!((draft.application.revision, draft.application.said_at), (1, 7));
    draft.was_posted(1, &draft.application.clone());
    assert!(!draft.must_be_raised());
    typed(&mut draft, "Pierre");
    assert!(draft.must_be_raised());
    draft.is_shown(9);
    assert_eq!((draft.application.revision, draft.application.said_at, draft.revision()), (2, 9, 2));
    assert!(draft.says_more_than_posted());
    // What it said first is said anew, and so is the latest again.
    draft.application.parts[1].facts.remove(&Field::SURNAME1);
    assert!(draft.says_more_than_posted());
    assert_eq!(draft.revision(), 3);
    assert_eq!(Draft::from_bytes(&draft.to_bytes()), Ok(draft));
}

#[test]
fn a_letter_that_the_server_has_no_key_for_still_says_what_it_said() {
    let (families, _) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    let letters = vec![server.letter(b"cancel", Purpose::Ask), server.letter(b"withdraw", Purpose::Ask)];
    now(post(&family, letters, &mut draft)).unwrap();
    let said = now(family.letters_said()).unwrap();
    assert_eq!(said.iter().map(|(_, said)| &said[..]).collect::<Vec<_>>(), [&b"cancel"[..], b"withdraw"]);
    for waiting in now(families.letters_waiting(&server.key)).unwrap() {
        let other = server.answers(&waiting.posted, Fate::OtherKey, None);
        now(families.answered(&waiting.key, &other, &server.key)).unwrap();
    }
    let answers = now(family.settle(&server.key, &mut draft)).unwrap();
    assert_eq!(answers.iter().map(|it| &it.said[..]).collect::<Vec<_>>(), [&b"cancel"[..], b"withdraw"]);
    // They cannot go on their way alone: nothing is taken off the phone that was to be sent.
    assert_eq!(now(families.wipe(family.id(), true)), Err(StoreError::Locked));
    assert_eq!(now(families.list()).unwrap().len(), 1);
    assert_eq!(now(families.wipe(family.id(), false)), Ok(()));
}

#[test]
fn an_answer_that_waited_for_the_pin_is_read_when_the_server_signs_with_another_key_by_now() {
    let (families, _) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    now(post(&family, vec![server.letter(b"letter", Purpose::Application(1))], &mut draft)).unwrap();
    let waiting = now(families.letters_waiting(&server.key)).unwrap().remove(0);
    let taken = server.answers(&waiting.posted, Fate::Taken, Some(&standing(1)));
    now(families.answered(&waiting.key, &taken, &server.key)).unwrap();
    let answers = now(family.settle(&Server::new().key, &mut draft)).unwrap();
    assert_eq!((answers[0].fate, draft.sent, draft.is_sent()), (Fate::Taken, 1, true));
}

#[test]
fn of_each_piece_of_a_picture_it_is_known_whether_the_server_has_it() {
    let (families, _) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    let letters = [1, 2, 3].map(|n| server.letter(&[n; 32], Purpose::Piece));
    for n in [1, 2, 3] {
        now(family.keep_piece(&[n; 32], &[n])).unwrap();
    }
    now(post(&family, letters.into(), &mut draft)).unwrap();
    let waiting = now(families.letters_waiting(&server.key)).unwrap();
    for (waiting, fate) in waiting.iter().zip([Fate::Taken, Fate::Refused]) {
        let answer = server.answers(&waiting.posted, fate, None);
        now(families.answered(&waiting.key, &answer, &server.key)).unwrap();
    }
    now(family.settle(&server.key, &mut draft)).unwrap();
    assert_eq!(draft.pieces_taken, BTreeSet::from([[1; 32]]));
    assert_eq!(draft.pieces_refused, BTreeSet::from([[2; 32]]));
    now(family.drop_pieces(&draft.pieces_taken)).unwrap();
    assert_eq!(now(family.piece(&[1; 32])), Ok(None));
    assert_eq!(now(family.piece(&[3; 32])), Ok(Some(vec![3])));
    assert_eq!(now(families.unlock(family.id(), &PIN)).unwrap().1, draft);
    assert_eq!(draft.application.id, RecordId([5; 16]));
}
