use super::*;
use crate::entry::{Entry, Op};
use crate::field::Field;
use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
use crate::permission::Place;
use crate::record::Record;
use crate::rules::trial::lists;
use crate::service::doubles::given_before;
use crate::value::Value;
use proptest::prelude::*;
use std::collections::BTreeSet;

const ME: UserId = UserId([1; 16]);
const COLLEAGUE: UserId = UserId([2; 16]);
/// Sunday 22 November 2026, 10:42.
const NOW: i64 = 20_779 * DAY + 10 * 60 + 42;

fn id(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn at(days: i64) -> i64 {
    NOW + days * DAY
}

fn standing(role: Role) -> Standing {
    let place = Place {
        operation: "PA".into(),
        organisation: "ONPAR".into(),
        site: "panama".into(),
        team: String::new(),
    };
    Standing { user: ME, role, place }
}

fn desks() -> BTreeMap<String, String> {
    [("onpar_panama", "panama"), ("onpar_meteti", "meteti"), ("inamu_panama", "panama"), ("onpar", "")]
        .map(|(code, site)| (code.to_owned(), site.to_owned()))
        .into()
}

fn look<T>(role: Role, look: impl FnOnce(&View<'_>) -> T) -> T {
    let (standing, desks) = (standing(role), desks());
    look(&View { standing: &standing, now: NOW, offset: -300, lists: lists(), desks: &desks })
}

fn my_work(briefs: &[Brief]) -> MyWork {
    look(Role::Counsellor, |view| mine(briefs, view))
}

fn board(briefs: &[Brief]) -> TeamBoard {
    look(Role::Supervisor, |view| team(briefs, view))
}

/// A line of mine that happened so many days from now.
fn line(kind: Kind, number: u8, days: i64, state: &str) -> Brief {
    Brief {
        record: id(number),
        kind: kind.0,
        owner: Some(id(200)),
        by: Some(ME),
        stated_at: u64::try_from((at(days) + 300) * 60_000).unwrap(),
        when: at(days),
        state: state.into(),
        ..Brief::default()
    }
}

fn session(number: u8, days: i64) -> Brief {
    Brief { code: "reception".into(), ..line(Kind::SESSION, number, days, "individual") }
}

/// One with a follow-up on a day.
fn followed_up_on(number: u8, due: i64) -> Brief {
    Brief { due: (NOW.div_euclid(DAY) + due) * DAY, ..session(number, -5) }
}

fn gift(number: u8, days: i64, person: u8) -> Brief {
    Brief {
        code: "hygiene_kit".into(),
        owner: Some(id(person)),
        ..line(Kind::ASSISTANCE, number, days, "delivered")
    }
}

/// One of ours to the women's institute, due so many hours from now.
fn sent(number: u8, hours: i64, state: &str) -> Brief {
    Brief {
        code: "gbv".into(),
        from: "ONPAR".into(),
        to: "INAMU".into(),
        desk: "inamu_panama".into(),
        due: NOW + hours * 60,
        ..line(Kind::REFERRAL, number, -3, state)
    }
}

/// One of theirs to our desk.
fn received(number: u8, hours: i64, state: &str, desk: &str) -> Brief {
    Brief {
        from: "INAMU".into(),
        to: "ONPAR".into(),
        desk: desk.into(),
        by: Some(COLLEAGUE),
        owner: None,
        ..sent(number, hours, state)
    }
}

#[test]
fn a_follow_up_is_due_on_its_day_until_a_session_follows() {
    for (due, listed, coming) in [(-9, 1, 0), (-1, 1, 0), (0, 1, 0), (1, 0, 1), (7, 0, 1), (8, 0, 0)] {
        let work = my_work(&[followed_up_on(1, due)]);
        assert_eq!((work.follow_ups.len(), work.coming.len()), (listed, coming), "in {due} days");
    }
    let first = followed_up_on(1, -1);
    let next = Brief { follows: Some(first.record), ..session(2, 0) };
    assert!(my_work(&[next.clone(), first.clone()]).follow_ups.is_empty());
    // A correction of the session takes its place, and what followed the former follows it too.
    let corrected = Brief { amends: Some(first.record), by: Some(COLLEAGUE), ..followed_up_on(3, 0) };
    assert_eq!(my_work(&[first.clone(), corrected.clone()]).follow_ups, [1], "still mine, and once");
    assert!(my_work(&[first.clone(), corrected.clone(), next.clone()]).follow_ups.is_empty());
    let withdrawn = Brief { due: 0, ..corrected };
    assert!(my_work(&[first.clone(), withdrawn]).follow_ups.is_empty());
    // One that was to follow and was amended to follow nothing settles nothing.
    let unfollowed = Brief { amends: Some(next.record), ..session(4, 0) };
    assert_eq!(my_work(&[first.clone(), next, unfollowed]).follow_ups, [0]);
    let others = Brief { by: Some(COLLEAGUE), ..first };
    assert!(my_work(&[others]).follow_ups.is_empty());
}

#[test]
fn every_state_of_a_referral_is_in_the_list_where_somebody_waits_for_it() {
    let lists = |brief: Brief| {
        let work = my_work(&[brief]);
        let lists = [
            ("late", work.late.len()),
            ("waiting", work.waiting.len()),
            ("answered", work.answered.len()),
            ("unacknowledged", work.unacknowledged.len()),
            ("to_answer", work.to_answer.len()),
            ("in_hand", work.in_hand.len()),
            ("to_acknowledge", work.to_acknowledge.len()),
        ];
        lists.into_iter().filter(|(_, length)| *length == 1).map(|(name, _)| name).collect::<Vec<_>>()
    };
    for (state, hours, mine, theirs) in [
        ("draft", 5, "", ""),
        ("queued", 5, "waiting", "to_answer"),
        ("sent", 5, "waiting", "to_answer"),
        ("sent", -5, "late", "to_answer"),
        ("received", -5, "late", "to_answer"),
        ("accepted", -5, "answered", "in_hand"),
        ("in_progress", 5, "answered", "in_hand"),
        ("counter", 5, "answered", "in_hand"),
        ("rejected", 5, "answered", ""),
        ("closed", 5, "answered", ""),
        ("closed_no_service", 5, "answered", ""),
    ] {
        let wanted = |name: &'static str| if name.is_empty() { vec![] } else { vec![name] };
        assert_eq!(lists(sent(1, hours, state)), wanted(mine), "sent, {state} {hours}");
        assert_eq!(
            lists(received(1, hours, state, "onpar_panama")),
            wanted(theirs),
            "received, {state} {hours}"
        );
    }
    let withdrawn = |marks, brief: Brief| Brief { marks, state: "cancelled".into(), ..brief };
    assert_eq!(lists(withdrawn(1, sent(1, 5, ""))), ["unacknowledged"]);
    assert_eq!(lists(withdrawn(3, sent(1, 5, ""))), Vec::<&str>::new());
    assert_eq!(lists(withdrawn(1, received(1, 5, "", "onpar"))), ["to_acknowledge"]);
    // The server alone knew of it: nothing of the person is told any more, whatever the state says.
    for state in ["sent", "received", "accepted", "in_progress", "counter"] {
        let emptied = |marks, brief: Brief| Brief { marks, code: "".into(), owner: None, ..brief };
        assert_eq!(lists(emptied(4, received(1, -5, state, "onpar"))), ["to_acknowledge"], "{state}");
        assert_eq!(lists(emptied(6, received(1, -5, state, "onpar"))), Vec::<&str>::new(), "{state}");
        assert_eq!(lists(emptied(4, sent(1, -5, state))), ["unacknowledged"], "{state}");
        // To a supervisor it may be one of which they are not told what it says.
        let board = board(&[emptied(4, received(1, -5, state, "onpar"))]);
        assert!(board.unacknowledged.is_empty(), "{state}");
        // A consent that was taken back elsewhere is said beside the state.
        assert_eq!(
            lists(Brief { marks: 1, ..received(1, 5, state, "onpar") }),
            ["to_acknowledge"],
            "{state}"
        );
        assert_eq!(
            lists(Brief { marks: 3, ..received(1, 5, state, "onpar") }),
            Vec::<&str>::new(),
            "{state}"
        );
    }
    let never_sent = Brief { due: 0, ..withdrawn(1, sent(1, 5, "")) };
    assert_eq!(lists(never_sent), Vec::<&str>::new());
    // What a colleague sent waits for them, and what goes to another of our desks for those there.
    assert_eq!(lists(Brief { by: Some(COLLEAGUE), ..sent(1, 5, "sent") }), Vec::<&str>::new());
    assert_eq!(lists(received(1, 5, "sent", "onpar_meteti")), Vec::<&str>::new());
    assert_eq!(lists(received(1, 5, "sent", "onpar")), ["to_answer"]);
}

#[test]
fn planned_help_and_pending_needs_of_mine_are_listed_until_they_are_done() {
    let need = |number, state: &str| line(Kind::NEED, number, -20, state);
    for (brief, planned, needs) in [
        (line(Kind::ASSISTANCE, 1, 0, "approved"), 1, 0),
        (line(Kind::ASSISTANCE, 1, 0, "requested"), 0, 0),
        (line(Kind::ASSISTANCE, 1, 0, "delivered"), 0, 0),
        (Brief { by: Some(COLLEAGUE), ..line(Kind::ASSISTANCE, 1, 0, "approved") }, 0, 0),
        (need(1, "reported"), 0, 1),
        (need(1, "pending"), 0, 1),
        (need(1, "confirmed"), 0, 0),
        (need(1, ""), 0, 0),
        (Brief { owner: None, ..need(1, "pending") }, 0, 0),
    ] {
        let work = my_work(std::slice::from_ref(&brief));
        assert_eq!((work.planned.len(), work.needs.len()), (planned, needs), "{brief:?}");
    }
    let planned = line(Kind::ASSISTANCE, 1, 0, "approved");
    let given = Brief { amends: Some(planned.record), ..line(Kind::ASSISTANCE, 2, 0, "delivered") };
    assert!(my_work(&[planned, given]).planned.is_empty());
}

#[test]
fn what_stands_in_two_states_at_once_stays_in_the_lists_until_somebody_decides() {
    let entry = |number: u8, seen: &Record, values: &[(Field, &str)]| Entry {
        id: EntryId([number; 16]),
        author: ME,
        enrolment: EnrolmentId([0; 16]),
        at: u64::try_from((at(-20) + 300) * 60_000).unwrap() + u64::from(number),
        changes: seen
            .change(values.iter().map(|(field, text)| (*field, Value::text(text))))
            .into_iter()
            .collect(),
    };
    // Begun by me, and then said in two ways by people who had not seen each other's.
    let torn = |number, kind, begun: &[(Field, &str)], sides: [&[(Field, &str)]; 2]| {
        let mut record = Record::new(id(number), kind);
        let mut first = entry(1, &record, begun);
        let owner = Op { field: Field::OWNER, value: Value::Ref(id(200)), replaces: vec![] };
        first.changes[0].ops.push(owner);
        record.apply(&first);
        let seen = record.clone();
        for (place, side) in (2..).zip(sides) {
            record.apply(&entry(place, &seen, side));
        }
        Brief::of(&record).unwrap()
    };
    let need = torn(
        1,
        Kind::NEED,
        &[(Field::NEED_CODE, "CR"), (Field::NEED_STATE, "pending")],
        [&[(Field::NEED_STATE, "confirmed")], &[(Field::NEED_STATE, "reported")]],
    );
    let help = |first: &[(Field, &str)], second: &[(Field, &str)]| {
        let begun = [(Field::ASSISTANCE_TYPE, "hygiene_kit"), (Field::ASSISTANCE_STATUS, "requested")];
        torn(2, Kind::ASSISTANCE, &begun, [first, second])
    };
    let status = |status| [(Field::ASSISTANCE_STATUS, status)];
    let help_torn = help(&status("approved"), &status("refused"));
    let help_noted = help(&[(Field::ASSISTANCE_SITE, "a")], &[(Field::ASSISTANCE_SITE, "b")]);
    assert_eq!(
        (need.state.as_str(), help_torn.state.as_str(), help_noted.state.as_str()),
        ("", "", "requested")
    );
    let work = my_work(&[need.clone(), help_torn.clone()]);
    assert_eq!(
        (work.needs, work.planned, board(std::slice::from_ref(&need)).needs),
        (vec![0], vec![1], vec![0])
    );
    // What is settled is where it stands, whatever else of it is in conflict.
    assert!(my_work(&[help_noted]).planned.is_empty());
    let confirmed = Brief { state: "confirmed".into(), ..need };
    assert!(my_work(&[confirmed]).needs.is_empty());
    // Nothing of it is given, and it is there though what it is was said in two ways, too.
    let nothing = Brief { code: "".into(), ..help_torn };
    assert!(is_there(&nothing) && board(std::slice::from_ref(&nothing)).today == Tally::default());
    assert_eq!(my_work(&[nothing]).planned, [0]);
}

#[test]
fn the_board_says_who_waits_for_whom_and_how_late() {
    let briefs = [
        sent(1, -30, "sent"),
        sent(2, 5, "received"),
        Brief { when: at(-9), by: Some(COLLEAGUE), ..sent(3, -60, "sent") },
        sent(4, -5, "accepted"),
        received(5, -1, "sent", "onpar_meteti"),
        Brief { to: "MINSA".into(), desk: "".into(), due: 0, ..sent(6, 0, "sent") },
        Brief { from: "SNM".into(), to: "INAMU".into(), ..sent(7, -5, "sent") },
    ];
    let board = board(&briefs);
    let told: Vec<_> = board
        .waiting
        .iter()
        .map(|it| (it.side, it.institution.as_str(), it.desk.as_str(), it.referrals.clone(), it.late))
        .collect();
    assert_eq!(
        told,
        [
            (Side::WeWait, "INAMU", "inamu_panama", vec![2, 0, 1], 2),
            (Side::TheyWait, "INAMU", "onpar_meteti", vec![4], 1),
            (Side::WeWait, "MINSA", "", vec![5], 0),
        ]
    );
    assert_eq!((board.waiting[0].oldest, board.waiting[0].due), (at(-9), NOW - 3600));
    assert_eq!((board.unanswered(Side::WeWait), board.unanswered(Side::TheyWait)), ((4, 2), (1, 1)));
    assert_eq!(board.states[&Status::Sent], [3, 1]);
    assert_eq!(board.states[&Status::Accepted], [1, 0]);
    // A supervisor answers for all desks; somebody of one desk for that one.
    assert_eq!(my_work(&briefs).to_answer.len(), 0);
}

#[test]
fn a_desk_knows_what_it_is_asked_for_and_nobody_else_what_is_for_few() {
    let knows = |role, brief: &Brief| look(role, |view| view.may_know(brief));
    let asked = received(1, 5, "sent", "onpar_panama");
    let others = Brief { by: Some(COLLEAGUE), ..sent(1, 5, "sent") };
    for (role, of_others) in [
        (Role::ReferralFocalPoint, false),
        (Role::Caseworker, false),
        (Role::Supervisor, false),
        (Role::Counsellor, true),
    ] {
        assert!(knows(role, &asked), "{role:?}");
        assert_eq!(knows(role, &others), of_others, "{role:?}");
        assert!(knows(role, &sent(1, 5, "sent")), "{role:?} of their own");
    }
}

#[test]
fn what_is_only_told_to_be_there_is_counted_as_reserved() {
    let stub = |number, kind| Brief { by: Some(COLLEAGUE), ..line(kind, number, -1, "") };
    let briefs =
        [stub(1, Kind::REFERRAL), stub(2, Kind::NEED), stub(3, Kind::ASSISTANCE), sent(4, 5, "sent")];
    assert_eq!(board(&briefs).reserved, 2);
    assert_eq!(board(&briefs).states, BTreeMap::from([(Status::Sent, [1, 0])]));
}

#[test]
fn withdrawals_wait_on_both_sides_until_they_are_acknowledged() {
    let taken_back = |brief: Brief| Brief { marks: 1, state: "cancelled".into(), ..brief };
    let briefs = [
        taken_back(sent(1, 5, "")),
        taken_back(received(2, 5, "", "onpar_panama")),
        Brief { marks: 3, ..taken_back(sent(3, 5, "")) },
        Brief { due: 0, ..taken_back(sent(4, 5, "")) },
    ];
    let board = board(&briefs);
    assert_eq!(board.unacknowledged, [(Side::WeWait, 0), (Side::TheyWait, 1)]);
    assert_eq!(board.waiting, []);
}

#[test]
fn follow_ups_are_told_by_colleague_and_needs_after_a_fortnight() {
    let by = |by, brief: Brief| Brief { by: Some(by), ..brief };
    let need = |number, days| line(Kind::NEED, number, days, "pending");
    let briefs = [
        by(ME, followed_up_on(1, -2)),
        by(COLLEAGUE, followed_up_on(2, 0)),
        by(COLLEAGUE, followed_up_on(3, -3)),
        by(COLLEAGUE, followed_up_on(4, 1)),
        need(5, -15),
        need(6, -14),
        need(7, -40),
        Brief { state: "confirmed".into(), ..need(8, -40) },
    ];
    let board = board(&briefs);
    let told: Vec<_> = board.follow_ups.iter().map(|it| (it.user, it.follow_ups.clone())).collect();
    assert_eq!(told, [(Some(COLLEAGUE), vec![2, 1]), (Some(ME), vec![0])]);
    assert_eq!(board.follow_ups_due(), 3);
    assert_eq!(board.needs, [6, 4]);
}

#[test]
fn a_day_and_a_week_are_counted_with_a_group_session_as_one() {
    // It is Sunday: the week began six days ago.
    let group = Brief {
        owner: None,
        state: "group".into(),
        people: vec![id(201), id(202)],
        heads: 7,
        ..session(1, 0)
    };
    let family = Brief { people: vec![id(200), id(201)], ..session(2, -6) };
    let before = session(3, -7);
    let tomorrow = session(4, 1);
    let returned = Brief { state: "returned".into(), ..gift(5, 0, 200) };
    let covered = Brief { people: vec![id(200), id(203)], ..gift(6, 0, 200) };
    let wrong = gift(7, 0, 204);
    let corrected = Brief { amends: Some(wrong.record), state: "part".into(), ..gift(8, 0, 205) };
    let lost = Brief { code: "".into(), state: "".into(), ..gift(9, 0, 206) };
    let briefs =
        [group, family, before, tomorrow, returned, covered, wrong, corrected, lost, sent(10, 5, "sent")];
    let board = board(&briefs);
    assert_eq!(board.today, Tally { sessions: 1, attended: 9, gifts: 2, referrals: 0, people: 12 });
    assert_eq!(board.week, Tally { sessions: 2, attended: 11, gifts: 2, referrals: 1, people: 12 });
}

#[test]
fn who_did_not_come_was_not_reached() {
    let group =
        Brief { owner: None, state: "group".into(), people: vec![id(201)], heads: 7, ..session(1, 0) };
    let nobody_came = Brief { more: "no_show".into(), ..group.clone() };
    let counted = |brief: Brief| {
        let Tally { sessions, attended, people, .. } = board(&[brief]).today;
        (sessions, attended, people)
    };
    assert_eq!(counted(group), (1, 8, 8));
    assert_eq!(counted(nobody_came), (1, 0, 0));
}

#[test]
fn an_answer_is_looked_for_in_what_was_sent_long_ago_too() {
    let days_ago = |days: i64| Brief { when: at(-days), ..sent(1, 5, "closed") };
    for (days, listed) in [(0, 1), (61, 1), (366, 1), (367, 0)] {
        assert_eq!(my_work(&[days_ago(days)]).answered.len(), listed, "{days}");
    }
}

#[test]
fn of_several_amendments_the_newest_counts_and_one_of_an_amendment_comes_after_it() {
    let first = gift(1, -3, 200);
    let amend = |number, days, what: u8| Brief { amends: Some(id(what)), ..gift(number, days, 200) };
    for (briefs, wanted) in [
        (vec![first.clone()], vec![1]),
        (vec![amend(2, -2, 1), first.clone()], vec![2]),
        (vec![first.clone(), amend(2, -2, 1), amend(3, -1, 2)], vec![3]),
        (vec![first.clone(), amend(2, -2, 1), amend(3, -1, 1)], vec![3]),
        (vec![first.clone(), amend(2, -1, 1), amend(3, -2, 2)], vec![3]),
        (vec![first, amend(2, -2, 1), amend(3, -1, 2), amend(4, 0, 1)], vec![4]),
        // The first one does not lie here.
        (vec![amend(2, -2, 9), amend(3, -1, 9)], vec![3]),
        (vec![amend(2, -2, 2)], vec![2]),
    ] {
        let chains = Chains::of(&briefs);
        let counting: Vec<u8> =
            briefs.iter().filter(|brief| chains.counts(brief)).map(|brief| brief.record.0[0]).collect();
        assert_eq!(counting, wanted);
    }
}

#[test]
fn help_given_twice_is_a_pair_and_a_family_is_one_pair() {
    let with =
        |brief: Brief, people: &[u8]| Brief { people: people.iter().map(|it| id(*it)).collect(), ..brief };
    let briefs = [
        with(gift(1, -20, 201), &[202, 203]),
        with(gift(2, -1, 202), &[203]),
        gift(3, -40, 204),
        gift(4, -5, 204),
        gift(5, -200, 205),
        gift(6, -199, 205),
    ];
    let found = board(&briefs).doubled;
    assert_eq!(found, [Doubled { person: id(202), first: 0, second: 1, days: 19 }]);
}

prop_compose! {
    fn any_line()(kind in 0usize..4, days in -40i64..40, person in 1u8..5, covers in prop::collection::vec(1u8..5, 0..3),
                  state in 0usize..4, code in 0usize..3, due in -3i64..9, amends in prop::option::weighted(0.2, 100u8..112),
                  follows in prop::option::weighted(0.2, 100u8..112), mine in any::<bool>(), marks in 0u8..8) -> Brief {
        let kind = [Kind::SESSION, Kind::ASSISTANCE, Kind::REFERRAL, Kind::NEED][kind];
        let states: [&str; 4] = match kind {
            Kind::SESSION => ["individual", "family", "group", ""],
            Kind::ASSISTANCE => ["delivered", "part", "approved", "returned"],
            Kind::REFERRAL => ["sent", "accepted", "cancelled", "draft"],
            _ => ["pending", "reported", "confirmed", ""],
        };
        let event = matches!(kind, Kind::SESSION | Kind::ASSISTANCE);
        Brief {
            owner: Some(id(person)),
            code: if kind == Kind::ASSISTANCE { ["hygiene_kit", "food_kit", "doc_help"][code].into() } else { "x".into() },
            people: covers.into_iter().map(id).collect(),
            by: Some(if mine { ME } else { COLLEAGUE }),
            due: if due == 0 { 0 } else { at(due) },
            amends: amends.filter(|_| event).map(id),
            follows: follows.filter(|_| kind == Kind::SESSION).map(id),
            from: if mine { "ONPAR".into() } else { "INAMU".into() },
            to: if mine { "INAMU".into() } else { "ONPAR".into() },
            marks,
            ..line(kind, 0, days, states[state])
        }
    }
}

fn numbered(briefs: Vec<Brief>) -> Vec<Brief> {
    (100u8..).zip(briefs).map(|(number, brief)| Brief { record: id(number), ..brief }).collect()
}

proptest! {
    #[test]
    fn in_whatever_order_the_lines_come_the_board_says_the_same(
        briefs in prop::collection::vec(any_line(), 0..12), turn in 0usize..12
    ) {
        let briefs = numbered(briefs);
        let mut turned = briefs.clone();
        turned.rotate_left(turn.min(briefs.len()));
        turned.reverse();
        let (one, other) = (board(&briefs), board(&turned));
        prop_assert_eq!((one.today, one.week, one.states), (other.today, other.week, other.states));
        let named = |briefs: &[Brief], places: &[usize]| places.iter().map(|it| briefs[*it].record).collect::<Vec<_>>();
        prop_assert_eq!(named(&briefs, &one.needs), named(&turned, &other.needs));
        let (one, other) = (my_work(&briefs), my_work(&turned));
        for (one, other) in [(one.follow_ups, other.follow_ups), (one.late, other.late), (one.planned, other.planned)] {
            prop_assert_eq!(named(&briefs, &one), named(&turned, &other));
        }
    }

    #[test]
    fn a_gift_is_in_a_pair_where_the_question_before_giving_would_have_found_another(
        briefs in prop::collection::vec(any_line(), 0..12)
    ) {
        // Amended is what was there before.
        let briefs: Vec<Brief> = numbered(briefs).into_iter()
            .map(|brief| Brief { amends: brief.amends.filter(|it| *it < brief.record), ..brief })
            .collect();
        let chains = Chains::of(&briefs);
        let found = board(&briefs).doubled;
        let paired: BTreeSet<RecordId> =
            found.iter().flat_map(|it| [briefs[it.first].record, briefs[it.second].record]).collect();
        for gift in briefs.iter().filter(|it| it.kind() == Kind::ASSISTANCE && lists().is_delivered(&it.state)) {
            if chains.counts(gift) {
                let others = given_before(&briefs, gift, lists());
                prop_assert_eq!(paired.contains(&gift.record), !others.is_empty(), "{:?}", gift);
            }
        }
    }

    #[test]
    fn nothing_is_in_two_lists_that_exclude_each_other(briefs in prop::collection::vec(any_line(), 0..12)) {
        let work = my_work(&numbered(briefs));
        let lists = [&work.late, &work.waiting, &work.answered, &work.unacknowledged, &work.follow_ups, &work.coming];
        let all: Vec<usize> = lists.into_iter().flatten().copied().collect();
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
