//! People registered elsewhere, told over real HTTP: what a neighbour learns of them and what not, who opens what to
//! whom, and how it ends.

mod neighbours;
mod office;

use api::ApiError;
use api::server::audit::What;
use api::server::ledger::{AuditFilter, GrantKind};
use api::server::{now_ms, random};
use domain::elsewhere::{Fault, Part, Sure};
use domain::{Field, Kind, RecordId, Role, Value};
use minicbor::bytes::ByteVec;
use neighbours::*;
use office::*;
use seal::elsewhere::{Found, Ground, Lacking, Question, Standing, Told};
use seal::{Reading, Verdict, Why};

const HOUR: u64 = 60 * 60 * 1000;
const DAY: u64 = 24 * HOUR;

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_is_told_where_somebody_like_this_is_registered_and_nothing_else() {
    let story = Story::begin().await;
    let told = story.found().await;
    let [somebody] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        (somebody.site.as_str(), somebody.organisation.as_str(), somebody.sure),
        ("meteti", "HIAS", Sure::NamesAndYear)
    );
    let bytes = minicbor::to_vec(Found { people: told.clone(), more: false }).unwrap();
    let says = |part: &[u8]| bytes.windows(part.len()).any(|at| at == part);
    assert!(says(b"HIAS"));
    for secret in [&story.family.group.0[..], &story.family.mother.0, b"Yuleisy", b"1991", b"KX7M", b"18.442"]
    {
        assert!(!says(secret));
    }
    // As it sounds, in any order, a year off; by the number of the passport; and not by anything else.
    for (names, year, number, sure) in [
        ("Vásquez Yuleisi", 1992, "", Some(Sure::Similar)),
        ("", 0, "V18442001", Some(Sure::Document)),
        ("", 0, "18442001", Some(Sure::Similar)),
        ("Deiver Bázquez", 2015, "", Some(Sure::NamesAndYear)),
        ("Yuleisy Bázquez", 1994, "", None),
        ("Yuleisy Morales", 1991, "", None),
        ("", 0, "V1844200", None),
    ] {
        let told = found(&story.nrc, wanted(names, year, number)).await;
        assert_eq!(told.people.first().map(|it| it.sure), sure, "{names} {year} {number}");
        assert!(told.people.len() <= 1 && !told.more);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_what_they_may_read_anyway_nor_what_is_in_another_country() {
    let story = Story::begin().await;
    let abroad = story.server.device_of(Role::Supervisor, "georgetown", "NRC").await;
    for device in [&story.hias, &story.supervisor, &abroad] {
        assert!(found(device, wanted("Yuleisy Bázquez", 1991, "")).await.people.is_empty());
    }
    for role in [Role::Verifier, Role::ReferralFocalPoint, Role::Administrator, Role::Auditor] {
        let device = story.server.device_of(role, "panama", "NRC").await;
        let question = Question::Exists(wanted("Yuleisy Bázquez", 1991, ""));
        assert_eq!(device.ask_elsewhere(&question).await, Err(ApiError::Refused), "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_member_and_a_closed_group_are_not_found() {
    let story = Story::begin().await;
    // Known to the index before it is sealed.
    assert_eq!(found(&story.nrc, wanted("Deiver Bázquez", 2015, "")).await.people.len(), 1);
    let handle = found(&story.nrc, wanted("Deiver Bázquez", 2015, "")).await.people.remove(0).handle;
    let known_to = Value::Codes(vec![story.hias.user.to_string()]);
    let seal = change(story.family.son, Kind::INDIVIDUAL, &[(Field::SEALED_FOR, known_to)]);
    deliver(&story.hias, &entry(&story.hias, vec![seal])).await;
    assert!(found(&story.nrc, wanted("Deiver Bázquez", 2015, "")).await.people.is_empty());
    let question = Question::AskToOpen { handle, reason: REASON.into() };
    assert_eq!(story.nrc.ask_elsewhere(&question).await, Err(ApiError::NotHere));
    // The others of the group are found, and what is opened is opened without the sealed one.
    assert_eq!(story.break_glass().await, Told::Done);
    let records = all_records(&story.nrc).await;
    assert!(records.iter().any(|record| record.id == story.family.mother));
    assert!(!records.iter().any(|record| record.id == story.family.son));

    let other = Story::begin().await;
    let close = [(Field::RECORD_STATUS, text("closed"))];
    let close = change(other.family.group, Kind::GROUP, &close);
    deliver(&other.hias, &entry(&other.hias, vec![close])).await;
    assert!(other.found().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leafs_through_people_is_told_what_is_lacking_and_nothing_else() {
    let story = Story::begin().await;
    use {Fault::*, Part::*};
    for (names, year, number, part, fault) in [
        ("Bázquez", 1991, "", Names, OneName),
        ("Y Bázquez", 1991, "", Names, OneName),
        ("Yul* Bázquez", 1991, "", Names, Pattern),
        ("Yuleisy Bázquez", 0, "", Born, NoYear),
        ("Yuleisy Bázquez", 1850, "", Born, NoSuchYear),
        ("", 0, "V-18", Number, NumberTooShort),
        ("", 0, "V1844200%", Number, Pattern),
        ("", 1991, "", Names, Nothing),
    ] {
        let question = Question::Exists(wanted(names, year, number));
        let told = story.nrc.ask_elsewhere(&question).await.unwrap();
        assert_eq!(told, Told::TooLittle(vec![Lacking { part, fault }]), "{names} {year} {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_good_for_who_got_it_and_for_a_day() {
    let story = Story::begin().await;
    let handle = story.handle().await;
    let colleague = story.server.device_of(Role::Caseworker, "panama", "NRC").await;
    let ask = |handle: &ByteVec| Question::AskToOpen { handle: handle.clone(), reason: REASON.into() };
    assert_eq!(colleague.ask_elsewhere(&ask(&handle)).await, Err(ApiError::NotHere));
    let made_up = ByteVec::from(random::<77>().to_vec());
    assert_eq!(story.nrc.ask_elsewhere(&ask(&made_up)).await, Err(ApiError::NotHere));
    assert_eq!(story.nrc.ask_elsewhere(&ask(&ByteVec::from(vec![]))).await, Err(ApiError::NotHere));
    let office = &story.server.office;
    let member = office.ledger().member(story.nrc.enrolment).unwrap().unwrap();
    let later = now_ms() + DAY;
    assert_eq!(office.ask_elsewhere(&member, ask(&handle), later), Err(ApiError::NotHere));
    assert_eq!(story.nrc.ask_elsewhere(&ask(&handle)).await, Ok(Told::Done));
    let lines = office.ledger().audit(&AuditFilter::default(), None, 100).unwrap();
    let foreign = lines.iter().filter(|link| link.row.what == What::ForeignId.code()).count();
    assert_eq!(foreign, 4, "each leaves a line in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_answer_is_it_has_one_length_and_no_word_of_the_question_stays() {
    let story = Story::begin().await;
    let mut lengths = Vec::new();
    for (names, year) in [("Yuleisy Bázquez", 1991), ("Zuleyka Marrero", 1991), ("Zuleyka", 1991)] {
        let question = story.nrc.seal_question(&Question::Exists(wanted(names, year, ""))).unwrap();
        assert!(!question.windows(7).any(|part| part == b"Zuleyka"));
        lengths.push((question.len(), story.nrc.client.elsewhere(&question, &[7; 16]).await.unwrap().len()));
        // Nobody else can ask it: it is this enrolment's.
        let other = story.supervisor.client.elsewhere(&question, &[7; 16]).await;
        assert_eq!(other.err(), Some(ApiError::Malformed));
    }
    assert!(lengths.windows(2).all(|two| two[0] == two[1]), "{lengths:?}");
    let question = Question::AskToOpen { handle: story.handle().await, reason: REASON.into() };
    assert_eq!(story.nrc.ask_elsewhere(&question).await, Ok(Told::Done));
    let ledger = story.server.office.ledger();
    let lines = ledger.audit(&AuditFilter::default(), None, 100).unwrap();
    let searched = lines.iter().filter(|link| link.row.what == What::SearchedElsewhere.code()).count();
    assert_eq!(searched, 3, "two that were looked for, and the one of the handle");
    let words: [&[u8]; 4] = [b"Zuleyka", b"zuleyka", b"Yuleisy", b"puesto y no"];
    let data = story.server.stop().await;
    for file in std::fs::read_dir(&data).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        for word in words {
            assert!(!bytes.windows(word.len()).any(|part| part == word), "{:?}", file.path());
        }
    }
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_granted_access_collects_the_group_reads_only_and_loses_it_when_it_ends() {
    let story = Story::begin().await;
    let (nrc, supervisor, family) = (&story.nrc, &story.supervisor, &story.family);
    let (_, cursor) = nrc.collect(Vec::new(), 64 * 1024).await.unwrap();
    let question = Question::AskToOpen { handle: story.handle().await, reason: REASON.into() };
    assert_eq!(nrc.ask_elsewhere(&question).await, Ok(Told::Done));
    assert_eq!(nrc.ask_elsewhere(&question).await, Ok(Told::Done), "asked twice is asked once");
    let asked = story.waiting().await;
    assert_eq!((asked.user, asked.organisation.as_str(), asked.site.as_str()), (nrc.user, "NRC", "panama"));
    assert_eq!((asked.group, asked.reason.as_str(), asked.ground), (Some(family.group), REASON, None));
    assert_eq!(story.hias.book().await.unwrap().waiting(), 1, "and so does who registered them");
    let mine = nrc.book().await.unwrap().mine;
    assert_eq!((mine[0].standing, mine[0].group), (Standing::Open, None), "the asker learns no id");
    assert_eq!((mine[0].organisation.as_str(), mine[0].site.as_str()), ("HIAS", "meteti"));
    assert!(all_records(nrc).await.is_empty());

    // Nobody else decides: not the asker, not their own supervisor, not a colleague of who registered them.
    let request = asked.request;
    let yes = Question::Answer { request, days: 7, reason: String::new() };
    let theirs = story.server.device_of(Role::Supervisor, "panama", "NRC").await;
    let colleague = story.server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    for device in [nrc, &theirs, &colleague] {
        assert_eq!(device.ask_elsewhere(&yes).await, Err(ApiError::NotHere));
        assert_eq!(device.book().await.unwrap().waiting(), 0);
    }
    let unknown = Question::Answer { request: [9; 16].into(), days: 7, reason: String::new() };
    assert_eq!(supervisor.ask_elsewhere(&unknown).await, Err(ApiError::NotHere));
    let too_long = Question::Answer { request, days: 31, reason: String::new() };
    assert_eq!(supervisor.ask_elsewhere(&too_long).await, Err(ApiError::Malformed));
    assert_eq!(supervisor.ask_elsewhere(&yes).await, Ok(Told::Done));

    let (pages, cursor) = nrc.collect(cursor, 64 * 1024).await.unwrap();
    let grants: Vec<_> = pages.iter().flat_map(|page| page.grants.clone().unwrap_or_default()).collect();
    assert_eq!(grants.len(), 1);
    assert_eq!((grants[0].group, grants[0].emergency), (family.group, false));
    assert!(grants[0].until.abs_diff(now_ms() + 7 * DAY) < HOUR);
    let mut records: Vec<_> = pages.into_iter().flat_map(|page| page.records).collect();
    records.sort_by_key(|record| record.id);
    records.dedup();
    assert_eq!(names(&records), ["Deiver", "Yuleisy"]);
    assert!(!records.iter().any(|record| record.kind == Kind::NEED), "what is for few stays so");
    assert!(story.found().await.is_empty(), "who reads it is not told of it again");
    assert_eq!(nrc.book().await.unwrap().mine[0].group, Some(family.group));

    // For reading: what they state about it waits.
    let values = [(Field::OCCUPATION, text("TEACHER"))];
    let edit = entry(nrc, vec![change(family.mother, Kind::INDIVIDUAL, &values)]);
    let receipts = nrc.deliver(vec![nrc.seal(&edit).unwrap()]).await.unwrap();
    let parked = (receipts.items[0].verdict, receipts.items[0].reason.as_str());
    assert_eq!(parked, (Verdict::Parked, "out_of_reach"));

    assert_eq!(supervisor.ask_elsewhere(&Question::End { request }).await, Ok(Told::Done));
    let (pages, _) = nrc.collect(cursor, 64 * 1024).await.unwrap();
    let evicted: Vec<RecordId> =
        pages.iter().flat_map(|page| page.evicted.clone().unwrap_or_default()).collect();
    for record in &records {
        assert!(evicted.contains(&record.id));
    }
    assert!(pages.iter().any(|page| page.grants.as_ref().is_some_and(Vec::is_empty)));
    assert!(all_records(nrc).await.is_empty());
    assert_eq!(nrc.book().await.unwrap().mine[0].standing, Standing::Ended);
    assert_eq!(story.noted(), [What::AccessAsked, What::AccessAnswered, What::AccessEnded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_opened_in_an_emergency_is_open_for_three_hours_and_its_owner_hears_of_it() {
    let story = Story::begin().await;
    let (nrc, family) = (&story.nrc, &story.family);
    let handle = story.handle().await;
    let short = Question::BreakGlass { handle, ground: Ground::Life, reason: "urgente".into() };
    assert_eq!(nrc.ask_elsewhere(&short).await, Ok(Told::ReasonTooShort));
    assert!(all_records(nrc).await.is_empty());
    assert_eq!(story.break_glass().await, Told::Done);
    let (pages, cursor) = nrc.collect(Vec::new(), 64 * 1024).await.unwrap();
    let grant = pages.iter().find_map(|page| page.grants.clone()).unwrap().remove(0);
    assert_eq!((grant.group, grant.emergency), (family.group, true));
    assert!(grant.until.abs_diff(now_ms() + 3 * HOUR) < 60_000);
    let records: Vec<_> = pages.into_iter().flat_map(|page| page.records).collect();
    assert_eq!(names(&records), ["Deiver", "Yuleisy"]);

    // What was opened there is told with the device's readings; what else it read is nobody's business here.
    let reading = |record| Reading { record, at: now_ms(), why: Why::Person };
    let items = vec![reading(family.mother), reading(record_id())];
    let envelope = nrc.seal_reads([5; 16], items).unwrap();
    nrc.deliver(vec![envelope]).await.unwrap();
    let asked = story.waiting().await;
    assert_eq!(
        (asked.user, asked.ground, asked.reason.as_str()),
        (nrc.user, Some(Ground::ChildAlone), REASON)
    );
    assert_eq!((asked.group, asked.standing, asked.seen), (Some(family.group), Standing::Granted, false));
    assert_eq!(asked.opened.iter().map(|it| it.record).collect::<Vec<_>>(), [family.mother]);
    let people = story.supervisor.book().await.unwrap().people;
    assert!(people.iter().any(|author| author.user == nrc.user && author.name == "Staff of panama"));

    // Taken note of; that does not end it.
    let seen = Question::Seen { request: asked.request };
    assert_eq!(story.supervisor.ask_elsewhere(&seen).await, Ok(Told::Done));
    let book = story.supervisor.book().await.unwrap();
    assert_eq!(
        (book.waiting(), book.others[0].seen, book.others[0].by),
        (0, true, Some(story.supervisor.user))
    );
    assert_eq!(nrc.collect(cursor.clone(), 64 * 1024).await.unwrap().0.len(), 0);

    story.later(3 * HOUR - 60_000);
    assert!(!all_records(nrc).await.is_empty());
    story.later(60_000);
    let (pages, _) = nrc.collect(cursor, 64 * 1024).await.unwrap();
    let evicted: Vec<RecordId> =
        pages.iter().flat_map(|page| page.evicted.clone().unwrap_or_default()).collect();
    for record in &records {
        assert!(evicted.contains(&record.id));
    }
    assert!(all_records(nrc).await.is_empty());
    let active = story.server.office.ledger().active(nrc.user, now_ms()).unwrap();
    assert!(active.is_empty());
    assert_eq!(nrc.book().await.unwrap().mine[0].standing, Standing::Ended);
    let noted = story.noted();
    assert_eq!(noted.iter().filter(|what| **what == What::BreakGlass).count(), 1);
    assert!(noted.contains(&What::AccessAnswered));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_into_the_log_is_neither_opened_nor_answered() {
    let story = Story::begin().await;
    let handle = story.handle().await;
    let asked = Question::AskToOpen { handle: handle.clone(), reason: REASON.into() };
    assert_eq!(story.nrc.ask_elsewhere(&asked).await, Ok(Told::Done));
    let request = story.waiting().await.request;
    refuse_lines(&story.server, true);
    let emergency = Question::BreakGlass { handle, ground: Ground::Life, reason: REASON.into() };
    assert_eq!(story.nrc.ask_elsewhere(&emergency).await, Err(ApiError::Unavailable));
    let granted = Question::Answer { request, days: 3, reason: REASON.into() };
    assert_eq!(story.supervisor.ask_elsewhere(&granted).await, Err(ApiError::Unavailable));
    refuse_lines(&story.server, false);
    assert!(story.server.office.ledger().active(story.nrc.user, now_ms()).unwrap().is_empty());
    assert_eq!(story.waiting().await.standing, Standing::Open);
    assert_eq!(story.noted(), [What::AccessAsked]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_and_opens_nothing() {
    let story = Story::begin().await;
    let question = Question::AskToOpen { handle: story.handle().await, reason: REASON.into() };
    story.nrc.ask_elsewhere(&question).await.unwrap();
    let request = story.waiting().await.request;
    let no = |reason: &str| Question::Answer { request, days: 0, reason: reason.into() };
    assert_eq!(story.supervisor.ask_elsewhere(&no("no")).await, Ok(Told::ReasonTooShort));
    // Whoever registered them may answer too.
    assert_eq!(story.hias.ask_elsewhere(&no("La familia no quiere que se sepa")).await, Ok(Told::Done));
    let yes = Question::Answer { request, days: 5, reason: String::new() };
    assert_eq!(story.supervisor.ask_elsewhere(&yes).await, Ok(Told::Done), "who comes first decides");
    let mine = story.nrc.book().await.unwrap();
    assert_eq!((mine.mine[0].standing, mine.mine[0].group), (Standing::Refused, None));
    assert_eq!(mine.mine[0].answer, "La familia no quiere que se sepa");
    assert_eq!(mine.mine[0].by, Some(story.hias.user));
    assert!(all_records(&story.nrc).await.is_empty());
    assert_eq!(story.noted(), [What::AccessAsked, What::AccessAnswered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_more_than_five_groups_a_day_in_an_emergency() {
    let story = Story::begin().await;
    let office = &story.server.office;
    let member = office.ledger().member(story.nrc.enrolment).unwrap().unwrap();
    let now = now_ms();
    let break_glass = |handle: ByteVec, at: u64| {
        let question = Question::BreakGlass { handle, ground: Ground::Other, reason: REASON.into() };
        office.ask_elsewhere(&member, question, at).unwrap()
    };
    let mut handles = vec![story.handle().await];
    for year in (1951..=1966).step_by(3) {
        let mut other = registered(&story.hias);
        let born = Value::Text(year.to_string());
        for op in other.entry.changes.iter_mut().flat_map(|change| &mut change.ops) {
            if op.field == Field::DATE_OF_BIRTH {
                op.value = born.clone();
            }
        }
        deliver(&story.hias, &other.entry).await;
        handles.extend(
            found(&story.nrc, wanted("Yuleisy Bázquez Uribe", year, ""))
                .await
                .people
                .into_iter()
                .map(|it| it.handle)
                .take(1),
        );
    }
    let distinct: std::collections::BTreeSet<_> = handles.iter().map(|handle| handle.to_vec()).collect();
    assert_eq!(distinct.len(), 7);
    let mut opened = std::collections::BTreeSet::new();
    let mut outcomes = Vec::new();
    for handle in handles.iter().cloned() {
        outcomes.push(break_glass(handle, now));
        let active = office.ledger().active(story.nrc.user, now).unwrap();
        opened.extend(active.iter().map(|grant| grant.group));
        assert!(active.iter().all(|grant| grant.kind == GrantKind::BreakGlass));
    }
    assert_eq!(opened.len(), 5);
    assert_eq!(outcomes.iter().filter(|told| **told == Told::EnoughForToday).count(), 2);
    // The same one once more is no other; and a day later there is room again.
    assert_eq!(break_glass(handles[0].clone(), now), Told::Done);
    let tomorrow = now + DAY;
    let handle = handles.pop().unwrap();
    assert_eq!(
        office.ask_elsewhere(
            &member,
            Question::BreakGlass { handle, ground: Ground::Other, reason: REASON.into() },
            tomorrow - 1
        ),
        Ok(Told::EnoughForToday)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_questions_in_a_row_are_enough() {
    let story = Story::begin().await;
    let question = Question::Exists(wanted("Zuleyka Marrero", 1991, ""));
    let asked: Vec<_> = (0..31).map(|_| story.nrc.ask_elsewhere(&question)).collect();
    let mut refused = 0;
    for asked in asked {
        match asked.await {
            Ok(Told::Found(_)) => {}
            Err(ApiError::TooMany { seconds }) => refused += usize::from(seconds > 0),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 1);
    assert!(!found(&story.supervisor, wanted("Ana Ruiz", 1990, "")).await.more, "others are not affected");
}
