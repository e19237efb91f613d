//! What a family can count on, told as stories over a database in memory.

use super::letters::LetterRow;
use super::*;
use crate::testing::now;
use domain::application::{Application, Phase, Reply, StatusTold};
use domain::{DateText, Field, RecordId, Typed, Value};
use seal::ServerSecrets;
use seal::letter::{self, Fate};
use std::collections::BTreeSet;

const PIN: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];

fn phone() -> (Families, Database) {
    let database = now(Database::open(Home::Applicant, WhenMissing::Create)).unwrap();
    (Families::over(database.clone()), database)
}

fn draft(name: &str) -> Draft {
    let mut application = Application::begin(RecordId([5; 16]), 1_800_000_000_000, "ht");
    application.put(1, Field::GIVEN_NAMES, Value::text(name));
    let mut draft = Draft::begin(application, [9; 16], Zeroizing::new([4; 32]));
    let half = DateText { day: "1".into(), ..DateText::default() };
    draft.typed.insert((1, Field::DATE_OF_BIRTH), Typed::Date(half));
    draft.step = "step/born-1".into();
    draft
}

fn begun(families: &Families, name: &str) -> Family {
    now(families.begin(&PIN, Kdf::FLOOR, [1; 16], &draft(name))).unwrap()
}

/// Posts letters with the draft as it is.
async fn post(family: &Family, letters: Vec<Outgoing>, draft: &mut Draft) -> Result<Posted, StoreError> {
    let sealed = draft.application.clone();
    family.post(letters, &sealed, draft).await
}

/// A server as a letter meets it.
struct Server {
    secrets: ServerSecrets,
    key: [u8; 32],
}

impl Server {
    fn new() -> Server {
        let secrets = ServerSecrets::generate(&mut clock::rng());
        let key = secrets.signing.public();
        Server { secrets, key }
    }

    fn letter(&self, plain: &[u8], purpose: Purpose) -> Outgoing {
        let sealing = &self.secrets.sealing_public;
        let (letter, key) = letter::seal(&mut clock::rng(), sealing, plain).unwrap();
        Outgoing {
            posted: letter::posted([0; 8], &letter),
            key,
            purpose,
            said: Zeroizing::new(plain.to_vec()),
        }
    }

    fn answers(&self, posted: &[u8], fate: Fate, told: Option<&Reply>) -> Vec<u8> {
        let letter = &posted[8..];
        let opened = letter::open(&self.secrets.sealing, letter).unwrap();
        let told = told.map(|told| minicbor::to_vec(told).unwrap());
        let told = told.as_deref().map(|told| (&opened.1, told));
        letter::answer(&mut clock::rng(), &self.secrets.signing, letter::id(letter), fate, told).unwrap()
    }
}

fn standing(revision: u32) -> Reply {
    Reply::Standing(StatusTold {
        phase: Phase::Received,
        revision,
        received_at: 5,
        site: "PTY".into(),
        appointment: None,
        until: "2027-05-22".into(),
    })
}

/// What the worker's script does, with offsets of its own: the answer goes where nothing lay.
fn worker_writes(database: &Database, key: &LetterKey, answer: &[u8]) {
    let rows = now(database.read(&[Query::Get(Table::Letters, key.0.clone())])).unwrap();
    let row = rows[0][0].1.clone();
    let length = |at: usize| u32::from_be_bytes(row[at + 1..at + 5].try_into().unwrap()) as usize;
    assert_eq!((row[0], row[1]), (0x84, 0x5a));
    let at = 1 + 5 + length(1);
    assert_eq!((row[at], row[at + 1]), (0xf6, 0x1b));
    let size = u32::try_from(answer.len()).unwrap().to_be_bytes();
    let written =
        [&row[..at], &[0x5a], &size, answer, &[0x1b], &99u64.to_be_bytes(), &row[at + 10..]].concat();
    let mut batch = Batch::default();
    batch.put(Table::Letters, key.0.clone(), written);
    now(database.commit(batch)).unwrap();
}

#[test]
fn a_half_filled_form_comes_back_after_the_pin_and_with_no_other() {
    let (families, _) = phone();
    let family = begun(&families, "Amina");
    let mut later = draft("Amina");
    later.application.put(1, Field::SURNAME1, Value::text("Pierre"));
    assert!(now(family.save(&later)).is_ok());
    // The browser is killed: nothing of memory is left.
    drop(family);
    let listed = now(families.list()).unwrap();
    assert_eq!((listed.len(), listed[0].number, listed[0].handed_in), (1, 1, HandedIn::No));
    assert_eq!((listed[0].kdf, listed[0].salt), (Kdf::FLOOR, [1; 16]));
    let wrong = now(families.unlock(listed[0].id, &OTHER)).err();
    assert_eq!(wrong, Some(NotOpened::WrongPin { until: 0 }));
    let (family, draft) = now(families.unlock(listed[0].id, &PIN)).unwrap();
    assert_eq!(draft, later);
    assert_eq!(now(family.reload()), Ok(None));
}

#[test]
fn wrong_pins_have_to_wait_longer_and_longer_and_wipe_nothing() {
    let (families, _) = phone();
    let id = begun(&families, "Amina").id();
    for expected_wait in [false, false, true] {
        match now(families.unlock(id, &OTHER)).err() {
            Some(NotOpened::WrongPin { until }) => assert_eq!(until > clock::now_ms(), expected_wait),
            other => panic!("{other:?}"),
        }
    }
    // The right one has to wait too, and waiting counts as no try.
    assert!(matches!(now(families.unlock(id, &PIN)).err(), Some(NotOpened::TooSoon { .. })));
    assert!(now(families.list()).unwrap()[0].wait_until > clock::now_ms());
    let pauses: Vec<u64> = (0..9).map(pause_after).collect();
    assert!(pauses.is_sorted() && pauses[2] == 0 && pauses[8] == 3_600_000);
    now(families.change(id, |row| row.tried_at -= pause_after(row.tries))).unwrap();
    assert!(now(families.unlock(id, &PIN)).is_ok());
    assert_eq!(now(families.list()).unwrap()[0].wait_until, 0);
}

#[test]
fn a_clock_that_was_wrong_does_not_shut_the_phone_for_years() {
    let (families, _) = phone();
    let id = begun(&families, "Amina").id();
    now(families.change(id, |row| (row.tries, row.tried_at) = (9, clock::now_ms() + 100_000_000_000)))
        .unwrap();
    assert!(now(families.unlock(id, &PIN)).is_ok());
}

#[test]
fn two_families_on_one_phone_do_not_open_each_other() {
    let (families, _) = phone();
    let first = begun(&families, "Amina");
    let second = now(families.begin(&OTHER, Kdf::FLOOR, [2; 16], &draft("Rosa"))).unwrap();
    let listed = now(families.list()).unwrap();
    assert_eq!(listed.iter().map(|info| info.number).collect::<Vec<_>>(), [1, 2]);
    assert!(now(families.unlock(first.id(), &OTHER)).is_err());
    let (_, draft) = now(families.unlock(second.id(), &OTHER)).unwrap();
    assert_eq!(draft.application.spoken_for_by(), "Rosa");
    assert_eq!(now(families.wipe(first.id(), false)), Ok(()));
    assert_eq!(now(families.list()).unwrap().len(), 1);
    assert!(now(families.unlock(second.id(), &OTHER)).is_ok());
}

#[test]
fn nothing_readable_lies_in_any_row() {
    let (families, database) = phone();
    let (family, server) = (begun(&families, "MARKERNAME"), Server::new());
    let mut draft = draft("MARKERNAME");
    let letter = server.letter(b"MARKERNAME", Purpose::Application(1));
    now(post(&family, vec![letter], &mut draft)).unwrap();
    for (table, _, value) in database.every_value() {
        let readable = value.windows(10).any(|window| window == b"MARKERNAME");
        // The test build seals no rows, so that the test in the browser can show that it would find them.
        assert!(
            !readable || (cfg!(feature = "plain") && [Table::Families, Table::Letters].contains(&table)),
            "{table:?}"
        );
    }
}

#[test]
fn a_locked_family_tells_and_keeps_nothing() {
    let (families, _) = phone();
    let family = begun(&families, "Amina");
    family.clone().lock();
    assert!(family.is_locked());
    assert_eq!(now(family.save(&draft("Rosa"))), Err(StoreError::Locked));
    assert_eq!(now(family.keep_piece(&[1; 32], b"x")), Err(StoreError::Locked));
    let (_, kept) = now(families.unlock(family.id(), &PIN)).unwrap();
    assert_eq!(kept.application.spoken_for_by(), "Amina");
}

#[test]
fn of_two_tabs_the_second_is_told_and_overwrites_nothing() {
    let (families, _) = phone();
    let one = begun(&families, "Amina");
    let (two, _) = now(families.unlock(one.id(), &PIN)).unwrap();
    assert!(now(two.save(&draft("Amina Rosa"))).is_ok());
    assert_eq!(now(one.save(&draft("Amine"))), Err(StoreError::SavedBefore));
    let there = now(one.reload()).unwrap().unwrap();
    assert_eq!(there.application.spoken_for_by(), "Amina Rosa");
    // From there it goes on.
    assert!(now(one.save(&draft("Amine"))).is_ok());
    assert_eq!(now(two.reload()).unwrap().unwrap().application.spoken_for_by(), "Amine");
    now(families.wipe(one.id(), false)).unwrap();
    assert_eq!(now(two.save(&draft("Amina"))), Err(StoreError::Lost));
}

#[test]
fn a_wrong_pin_tried_in_another_tab_does_not_keep_this_one_from_saving() {
    let (families, database) = phone();
    let family = begun(&families, "Amina");
    let (other, id) = (families.clone(), family.id());
    database.before_next_commit(move || assert!(now(other.unlock(id, &OTHER)).is_err()));
    assert!(now(family.save(&draft("Rosa"))).is_ok());
    assert_eq!(now(families.unlock(id, &PIN)).unwrap().1.application.spoken_for_by(), "Rosa");
}

#[test]
fn a_full_phone_saves_nothing_and_says_so() {
    let (families, database) = phone();
    let family = begun(&families, "Amina");
    database.limit_room(Some(database.size() + 10));
    assert_eq!(now(family.save(&draft(&"Rosa".repeat(40)))), Err(StoreError::Full));
    // What it holds can be read all the same.
    database.limit_room(Some(0));
    assert_eq!(now(families.unlock(family.id(), &PIN)).unwrap().1, draft("Amina"));
    database.limit_room(None);
    assert!(now(family.save(&draft("Rosa"))).is_ok());
}

#[test]
fn a_letter_leaves_once_its_server_says_so_and_not_before() {
    let (families, _) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    assert!(draft.says_more_than_posted());
    let letter = server.letter(b"letter", Purpose::Application(1));
    now(post(&family, vec![letter], &mut draft)).unwrap();
    assert!(!draft.says_more_than_posted() && !draft.is_sent());
    assert_eq!(now(families.list()).unwrap()[0].handed_in, HandedIn::Waiting);
    let waiting = now(families.letters_waiting(&server.key)).unwrap().remove(0);
    assert_eq!((waiting.family, waiting.fate, waiting.tried_at), (family.id(), None, 0));
    // A portal answers, another server does, the server says later.
    assert_eq!(now(families.answered(&waiting.key, b"<html>", &server.key)), Err(StoreError::Untrusted));
    let taken = server.answers(&waiting.posted, Fate::Taken, Some(&standing(1)));
    assert_eq!(now(families.answered(&waiting.key, &taken, &Server::new().key)), Err(StoreError::Untrusted));
    let later = server.answers(&waiting.posted, Fate::Later, None);
    assert_eq!(now(families.answered(&waiting.key, &later, &server.key)), Ok(Fate::Later));
    assert!(now(families.letters_waiting(&server.key)).unwrap()[0].tried_at > 0);
    // It is taken while the family is locked: the letter leaves, the answer waits.
    assert_eq!(now(families.answered(&waiting.key, &taken, &server.key)), Ok(Fate::Taken));
    assert_eq!(now(families.letters_waiting(&server.key)), Ok(vec![]));
    assert_eq!(now(families.list()).unwrap()[0].handed_in, HandedIn::Yes);
    let answers = now(family.settle(&server.key, &mut draft)).unwrap();
    assert_eq!((answers[0].fate, answers[0].told.clone()), (Fate::Taken, Some(standing(1))));
    assert_eq!((draft.sent, draft.is_sent(), draft.standing.is_some()), (1, true, true));
    assert_eq!(now(families.list()).unwrap()[0].handed_in, HandedIn::Yes);
    // What is said afterwards is here alone again, after the next start too.
    draft.application.put(1, Field::SURNAME1, Value::text("Pierre"));
    now(family.save(&draft)).unwrap();
    assert_eq!(now(families.list()).unwrap()[0].handed_in, HandedIn::Changed);
    // Also when a question was answered meanwhile.
    now(post(&family, vec![server.letter(b"ask", Purpose::Ask)], &mut draft)).unwrap();
    let asked = now(families.letters_waiting(&server.key)).unwrap().remove(0);
    let taken = server.answers(&asked.posted, Fate::Taken, Some(&standing(1)));
    now(families.answered(&asked.key, &taken, &server.key)).unwrap();
    assert_eq!(now(families.list()).unwrap()[0].handed_in, HandedIn::Changed);
    assert_eq!(now(families.unlock(family.id(), &PIN)).unwrap().1, draft);
}

#[test]
fn what_the_worker_wrote_is_believed_only_when_the_server_signed_it() {
    let (families, database) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    let letters = [Purpose::Application(1), Purpose::Piece].map(|purpose| server.letter(b"letter", purpose));
    now(post(&family, letters.into(), &mut draft)).unwrap();
    let waiting = now(families.letters_waiting(&server.key)).unwrap();
    worker_writes(&database, &waiting[0].key, &server.answers(&waiting[0].posted, Fate::Taken, None));
    // The answer to another letter is none to this one.
    worker_writes(&database, &waiting[1].key, &server.answers(&waiting[0].posted, Fate::Taken, None));
    assert_eq!(now(families.take_answers(&server.key)), Ok(true));
    let left = now(families.letters_waiting(&server.key)).unwrap();
    assert_eq!(left.iter().map(|it| &it.key).collect::<Vec<_>>(), [&waiting[1].key]);
    assert_eq!(now(families.take_answers(&server.key)), Ok(false));
    assert!(now(families.is_anything_waiting()).unwrap());
    now(family.settle(&server.key, &mut draft)).unwrap();
    assert_eq!((draft.sent, draft.standing.is_some()), (1, false));
}

#[test]
fn a_letter_that_must_change_stays_with_its_mark() {
    let (families, _) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    now(post(&family, vec![server.letter(b"letter", Purpose::Application(1))], &mut draft)).unwrap();
    let first = now(families.letters_waiting(&server.key)).unwrap().remove(0);
    let more = server.answers(&first.posted, Fate::MoreWork(3), None);
    now(families.answered(&first.key, &more, &server.key)).unwrap();
    assert_eq!(now(families.letters_waiting(&server.key)).unwrap()[0].fate, Some(Fate::MoreWork(3)));
    let worked = letter::posted([1; 8], &first.posted[8..]);
    now(families.reworked(&first.key, worked.clone())).unwrap();
    let again = now(families.letters_waiting(&server.key)).unwrap().remove(0);
    assert_eq!((&again.posted, again.fate), (&worked, None));
    // The server changed its key: the letter is sealed anew in its place.
    let old = server.answers(&again.posted, Fate::OtherKey, None);
    now(families.answered(&again.key, &old, &server.key)).unwrap();
    let answers = now(family.settle(&server.key, &mut draft)).unwrap();
    assert_eq!((answers[0].fate, draft.sent), (Fate::OtherKey, 0));
    now(family.resealed(&again.key, &server.letter(b"anew", Purpose::Application(1)))).unwrap();
    let anew = now(families.letters_waiting(&server.key)).unwrap().remove(0);
    assert_eq!((&anew.key, anew.fate), (&first.key, None));
    // What no server ever takes leaves and counts as never posted.
    let refused = server.answers(&anew.posted, Fate::Refused, None);
    now(families.answered(&anew.key, &refused, &server.key)).unwrap();
    now(family.settle(&server.key, &mut draft)).unwrap();
    assert!(!now(families.is_anything_waiting()).unwrap() && draft.says_more_than_posted());
}

#[test]
fn letters_and_draft_are_saved_together_or_not_at_all() {
    let (families, database) = phone();
    let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
    database.limit_room(Some(database.size() + 500));
    let letter = server.letter(b"letter", Purpose::Application(1));
    assert_eq!(now(post(&family, vec![letter], &mut draft)), Err(StoreError::Full));
    assert!(draft.says_more_than_posted() && !now(families.is_anything_waiting()).unwrap());
}

#[test]
fn whoever_wipes_chooses_what_becomes_of_unsent_letters() {
    for keep in [true, false] {
        let (families, database) = phone();
        let (family, server, mut draft) = (begun(&families, "Amina"), Server::new(), draft("Amina"));
        now(family.keep_piece(&[1; 32], b"picture")).unwrap();
        let letters = [1, 2].map(|n| server.letter(&[n], Purpose::Application(n.into())));
        now(post(&family, letters.into(), &mut draft)).unwrap();
        let waiting = now(families.letters_waiting(&server.key)).unwrap();
        let taken = server.answers(&waiting[0].posted, Fate::Taken, None);
        now(families.answered(&waiting[0].key, &taken, &server.key)).unwrap();
        now(families.wipe(family.id(), keep)).unwrap();
        assert_eq!((now(families.list()), now(family.piece(&[1; 32]))), (Ok(vec![]), Ok(None)));
        // What anybody may read is not the family's.
        let left = || {
            let all = database.every_value().into_iter();
            all.filter(|(table, ..)| *table != Table::Prefs).collect::<Vec<_>>()
        };
        let (still, left) = (left, left());
        assert_eq!(left.len(), usize::from(keep));
        let Some((_, _, row)) = left.first() else { continue };
        // Only what the server alone can open.
        assert!(LetterRow::from_bytes(row).unwrap().sealed.is_empty());
        let taken = server.answers(&waiting[1].posted, Fate::Taken, None);
        assert_eq!(now(families.answered(&waiting[1].key, &taken, &server.key)), Ok(Fate::Taken));
        assert!(still().is_empty());
    }
}

#[test]
fn pictures_lie_beside_the_draft_and_go_when_nothing_needs_them() {
    let (families, _) = phone();
    let family = begun(&families, "Amina");
    for n in [1, 2] {
        now(family.keep_piece(&[n; 32], &[n])).unwrap();
    }
    now(family.drop_pieces_but(&BTreeSet::from([[2; 32]]))).unwrap();
    assert_eq!((now(family.piece(&[1; 32])), now(family.piece(&[2; 32]))), (Ok(None), Ok(Some(vec![2]))));
}

#[test]
fn what_anybody_may_read_is_kept_by_its_name() {
    let (families, _) = phone();
    assert_eq!(now(families.pref("root")), Ok(None));
    now(families.set_pref("root", b"one")).unwrap();
    now(families.set_pref("root", b"two")).unwrap();
    assert_eq!(now(families.pref("root")), Ok(Some(b"two".to_vec())));
}

#[test]
fn what_is_written_at_once_is_written_one_after_the_other() {
    use std::pin::pin;
    use std::task::{Context, Waker};
    let (families, _) = phone();
    let family = begun(&families, "Amina");
    let held = now(family.turn());
    let (first, second) = (draft("A"), draft("B"));
    let mut saves = [pin!(family.save(&first)), pin!(family.save(&second))];
    let mut poll = |at: usize| saves[at].as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
    assert!(!poll(0) && !poll(1));
    drop(held);
    assert!(poll(0) && poll(1));
    assert_eq!(now(families.unlock(family.id(), &PIN)).unwrap().1, second);
}

mod forms;
mod rows;
mod sending;
