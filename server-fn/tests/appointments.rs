//! Appointments, told with the real ledger and a real gateway: wishes are drawn together, nobody has two slots, an offer
//! runs out, a closed day gives other times, and messages go out once and only where they are safe.

mod gateway;
mod office;

use api::server::appointments::{self, Gateway, Prefixes};
use api::server::client::Device;
use api::server::intake::{self, minutes_here, record_of};
use api::server::{Office, Site as Files, demo, now_ms};
use axum::http::StatusCode;
use domain::application::{Application, State, Summary};
use domain::appointment::{
    Booking, CLOSED, DAY_MINUTES, Day, DayPart, OFFER_STANDS, Occupancy, SlotName, Wish, day_list, day_text,
    holds,
};
use domain::{Field, Kind, Record, RecordId, Role, Value};
use gateway::{Silent, Sms, reachable};
use office::*;
use seal::Verdict;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const HOUR: u64 = 60 * 60 * 1000;

/// An office of an organisation with a supervisor and a caseworker.
struct Site {
    server: Server,
    boss: Device,
    worker: Device,
}

impl Site {
    async fn open() -> Self {
        let server = Server::start().await;
        let boss = server.device_of(Role::Supervisor, "meteti", "HIAS").await;
        let worker = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
        Self { server, boss, worker }
    }

    fn office(&self) -> &Office {
        &self.server.office
    }

    /// Publishes a day so many days from today, from eight on: so many slots of half an hour.
    async fn publish(&self, in_days: i64, slots: i64, (places, priority): (i64, i64)) -> Day {
        let today = minutes_here(self.office(), "meteti", now_ms()).div_euclid(DAY_MINUTES);
        let day = Day {
            record: record_id(),
            site: "meteti".into(),
            day: today + in_days,
            from: 8 * 60,
            until: 8 * 60 + 30 * slots,
            minutes: 30,
            places,
            priority,
            open: true,
            place: "Carpa 2".into(),
        };
        state(&self.boss, change(day.record, Kind::AGENDA, &day.facts())).await;
        day
    }

    /// A family that came over a slip.
    async fn family(&self, marks: &[&str]) -> RecordId {
        self.family_of(marks, |_| {}).await
    }

    async fn family_of(&self, marks: &[&str], fill: impl FnOnce(&mut Application)) -> RecordId {
        let mut said = Application::begin(record_id(), now_ms(), "es");
        said.site = "meteti".into();
        said.put(1, Field::GIVEN_NAMES, text("Rosa"));
        fill(&mut said);
        let marks = marks.iter().map(|mark| (*mark).to_owned()).collect();
        let values = [
            (Field::APPLICATION_REF, text(said.reference().as_str())),
            (Field::APPLICATION_SAID, Value::Text(said.to_text())),
            (Field::APPLICATION_SITE, text("meteti")),
            (Field::APPLICATION_MARKS, Value::Codes(marks)),
            (Field::APPLICATION_STATE, text("received")),
            (Field::APPLICATION_BY, text("slip")),
        ];
        state(&self.worker, change(said.id, Kind::APPLICATION, &values)).await;
        said.id
    }

    async fn ask(&self, family: RecordId, wish: &Wish) {
        let office = Arc::clone(&self.server.office);
        let wish = wish.clone();
        blocking(move || appointments::asked(&office, family, &wish, now_ms()).unwrap()).await;
    }

    async fn turn(&self, now: u64, seed: Option<u64>) -> u64 {
        let office = Arc::clone(&self.server.office);
        blocking(move || appointments::turn(&office, now, seed).unwrap()).await
    }

    /// Somebody at the office goes on with an application.
    async fn is_now(&self, family: RecordId, now: State) {
        let change = self.record(family).change([(Field::APPLICATION_STATE, text(now.code()))]).unwrap();
        state(&self.worker, change).await;
    }

    fn record(&self, id: RecordId) -> Record {
        record_of(self.office(), id).unwrap().unwrap().1
    }

    fn line(&self, id: RecordId) -> Summary {
        Summary::of(&self.record(id)).unwrap()
    }

    /// State of the appointment, and the slot.
    fn stands(&self, id: RecordId) -> (String, Option<SlotName>) {
        let line = self.line(id);
        (line.slot_state, SlotName::from_text(&line.slot))
    }

    /// A member of staff books something, as a tablet does: over the record as that tablet knows it.
    async fn book(&self, record: &Record, booking: &Booking) {
        state(&self.worker, record.change(booking.values()).unwrap()).await;
    }

    fn lines(&self, ids: &[RecordId]) -> Vec<Summary> {
        ids.iter().map(|id| self.line(*id)).collect()
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn state(device: &Device, change: domain::Change) {
    let entry = entry(device, vec![change]);
    let receipts = device.deliver(vec![device.seal(&entry).unwrap()]).await.unwrap();
    let verdicts: Vec<_> = receipts.items.iter().map(|item| (item.verdict, item.reason.as_str())).collect();
    assert_eq!(verdicts, [(Verdict::Accepted, "")]);
}

fn on(day: &Day, part: DayPart) -> Wish {
    Wish { site: String::new(), from: day.day_text(), until: day.day_text(), part }
}

fn slot(day: &Day, nth: u16) -> SlotName {
    SlotName { agenda: day.record, nth }
}

fn kept(day: &Day, nth: u16) -> (String, Option<SlotName>) {
    ("kept".into(), Some(slot(day, nth)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wishes_of_a_window_are_drawn_together_and_no_slot_is_overfull() {
    let site = Site::open().await;
    let day = site.publish(3, 2, (2, 1)).await;
    let mut families = Vec::new();
    for _ in 0..5 {
        families.push(site.family(&[]).await);
    }
    // The last one to ask is the one with a mark of urgency.
    families.push(site.family(&["newborn"]).await);
    for family in &families {
        site.ask(*family, &on(&day, DayPart::Any)).await;
        site.ask(*family, &on(&day, DayPart::Any)).await;
    }
    assert_eq!(site.turn(now_ms(), None).await, 0, "until the window ends nobody has anything");
    assert_eq!(site.stands(families[0]), ("asked".into(), None));
    assert_eq!(site.turn(now_ms(), Some(7)).await, 3);
    let lines = site.lines(&families);
    let held: Vec<SlotName> = lines.iter().filter_map(holds).collect();
    assert_eq!(held.len(), 3, "one place of each slot is left for urgent needs: {held:?}");
    assert_eq!(site.stands(families[5]), kept(&day, 0));
    let occupancy = Occupancy::of(&lines);
    assert!(day.times().all(|(slot, _)| occupancy.taken(slot).ordinary <= 1));
    // Who waits is drawn again; nothing is left for them, and nothing is stated.
    assert_eq!(site.turn(now_ms(), Some(8)).await, 0);
    let told = appointments::standing(site.office(), &site.record(families[5])).unwrap().unwrap();
    assert_eq!((told.state.as_str(), told.site.as_str(), told.place.as_str()), ("kept", "meteti", "Carpa 2"));
    assert_eq!(told.at, format!("{}T08:00", day.day_text()));
    let open = appointments::open_days(site.office(), "HIAS", "meteti", now_ms()).unwrap();
    assert_eq!(open.iter().map(|day| (day.day.clone(), day.free)).collect::<Vec<_>>(), [(day.day_text(), 0)]);
    // It reaches tablets like everything else, and in the name of nobody of the staff.
    let records = all_records(&site.worker).await;
    let collected: Vec<&Record> = records.iter().filter(|record| record.kind == Kind::APPLICATION).collect();
    assert_eq!(collected.len(), 6);
    let staff = [site.worker.user, site.boss.user];
    let stated = collected.iter().flat_map(|record| record.stated(Field::APPLICATION_SLOT_STATE));
    assert!(stated.into_iter().all(|it| !staff.contains(&it.author)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moves_keeps_the_old_slot_until_another_is_drawn_and_who_cancels_frees_it_at_once() {
    let site = Site::open().await;
    let (first, second) = (site.publish(3, 1, (1, 0)).await, site.publish(4, 1, (1, 0)).await);
    let (moving, waiting) = (site.family(&[]).await, site.family(&[]).await);
    site.ask(moving, &on(&first, DayPart::Any)).await;
    site.turn(now_ms(), Some(1)).await;
    assert_eq!(site.stands(moving), kept(&first, 0));
    site.ask(moving, &on(&second, DayPart::Any)).await;
    assert_eq!(site.stands(moving), ("asked".into(), Some(slot(&first, 0))));
    let told = appointments::standing(site.office(), &site.record(moving)).unwrap().unwrap();
    assert_eq!((told.state.as_str(), told.at), ("asked", format!("{}T08:00", first.day_text())));
    site.turn(now_ms(), Some(2)).await;
    assert_eq!(site.stands(moving), kept(&second, 0));
    // The only other slot is taken: whoever has one keeps it.
    site.ask(waiting, &on(&first, DayPart::Any)).await;
    site.ask(moving, &on(&first, DayPart::Afternoon)).await;
    site.turn(now_ms(), Some(3)).await;
    assert_eq!((site.stands(waiting), site.stands(moving)), (kept(&first, 0), kept(&second, 0)));
    let office = Arc::clone(&site.server.office);
    blocking(move || appointments::cancel(&office, moving, now_ms()).unwrap()).await;
    assert_eq!(site.stands(moving), ("cancelled".into(), None));
    let free = appointments::open_days(site.office(), "HIAS", "meteti", now_ms()).unwrap();
    assert_eq!(free.iter().map(|day| day.free).collect::<Vec<_>>(), [0, 1]);
    assert!(site.record(moving).conflicts().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_time_is_held_for_two_days_and_then_given_to_others() {
    let site = Site::open().await;
    let day = site.publish(9, 1, (1, 0)).await;
    let (first, second) = (site.family(&[]).await, site.family(&[]).await);
    site.ask(first, &on(&day, DayPart::Afternoon)).await;
    site.turn(now_ms(), Some(1)).await;
    let offered = ("offered".to_owned(), Some(slot(&day, 0)));
    assert_eq!(site.stands(first), offered);
    site.ask(second, &on(&day, DayPart::Any)).await;
    assert_eq!(site.turn(now_ms() + OFFER_STANDS - HOUR, Some(2)).await, 0, "it is held");
    assert_eq!(site.turn(now_ms() + OFFER_STANDS + HOUR, Some(3)).await, 2);
    assert_eq!((site.stands(first), site.stands(second)), (("cancelled".into(), None), kept(&day, 0)));
    // In time it is theirs.
    let other = site.publish(10, 1, (1, 0)).await;
    site.ask(first, &on(&other, DayPart::Afternoon)).await;
    site.turn(now_ms(), Some(4)).await;
    let office = Arc::clone(&site.server.office);
    blocking(move || appointments::accept(&office, first, now_ms()).unwrap()).await;
    assert_eq!(site.stands(first), kept(&other, 0));
    assert_eq!(site.turn(now_ms() + OFFER_STANDS + HOUR, Some(5)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_families_of_a_day_that_is_closed_are_given_another_time() {
    let site = Site::open().await;
    let (first, second) = (site.publish(3, 2, (1, 0)).await, site.publish(5, 2, (1, 0)).await);
    let (one, other, done) = (site.family(&[]).await, site.family(&[]).await, site.family(&[]).await);
    for family in [one, other] {
        site.ask(family, &on(&first, DayPart::Any)).await;
    }
    site.turn(now_ms(), Some(1)).await;
    site.book(&site.record(done), &Booking::Came(first.at(0).unwrap())).await;
    let closing = Record::new(first.record, Kind::AGENDA);
    let mut agenda = closing.clone();
    for record in all_records(&site.boss).await.into_iter().filter(|record| record.id == first.record) {
        agenda = record;
    }
    state(&site.boss, agenda.change([(Field::AGENDA_STATE, text(CLOSED))]).unwrap()).await;
    assert_eq!(site.turn(now_ms(), None).await, 2, "they wait for another time at once");
    assert_eq!((site.stands(one), site.stands(other)), (("asked".into(), None), ("asked".into(), None)));
    site.turn(now_ms(), Some(2)).await;
    let slots: BTreeSet<_> = [one, other].iter().filter_map(|id| holds(&site.line(*id))).collect();
    assert_eq!(slots, BTreeSet::from([slot(&second, 0), slot(&second, 1)]));
    assert_eq!(site.stands(done).0, "came");
    let open = appointments::open_days(site.office(), "HIAS", "meteti", now_ms()).unwrap();
    assert_eq!(open.iter().map(|day| day.day.clone()).collect::<Vec<_>>(), [second.day_text()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tablets_without_a_line_may_fill_one_slot_and_people_decide() {
    let site = Site::open().await;
    let day = site.publish(3, 2, (1, 0)).await;
    let families = [site.family(&[]).await, site.family(&[]).await, site.family(&[]).await];
    let at = day.at(0).unwrap();
    for family in &families[..2] {
        site.book(&site.record(*family), &Booking::Kept(slot(&day, 0), at)).await;
    }
    let list = |lines: &[Summary]| day_list(lines, std::slice::from_ref(&day), "meteti", day.day);
    let lines = site.lines(&families);
    let overfull: Vec<bool> = list(&lines).slots.iter().map(|slot| slot.overfull).collect();
    assert_eq!((overfull, list(&lines).slots[0].families.len()), (vec![true, false], 2));
    // The drawing takes nobody's slot away, and adds nobody to it.
    site.ask(families[2], &on(&day, DayPart::Any)).await;
    site.turn(now_ms(), Some(1)).await;
    assert_eq!(site.stands(families[2]), kept(&day, 1));
    assert_eq!([site.stands(families[0]), site.stands(families[1])], [kept(&day, 0), kept(&day, 0)]);
    // Two tablets gave one family two slots: both statements stand for people to see, and it holds one place.
    let known = site.record(families[2]);
    site.book(&known, &Booking::Came(at)).await;
    site.book(&known, &Booking::Cancelled).await;
    assert!(!site.record(families[2]).conflicts().is_empty());
    assert_eq!(site.turn(now_ms(), Some(2)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_gives_no_places_of_another_organisation_and_none_to_who_withdrew() {
    let site = Site::open().await;
    let neighbour = site.server.device_of(Role::Supervisor, "meteti", "NRC").await;
    let today = minutes_here(site.office(), "meteti", now_ms()).div_euclid(DAY_MINUTES);
    let theirs = Day {
        record: record_id(),
        site: "meteti".into(),
        day: today + 3,
        from: 480,
        until: 600,
        minutes: 30,
        places: 5,
        priority: 0,
        open: true,
        place: String::new(),
    };
    state(&neighbour, change(theirs.record, Kind::AGENDA, &theirs.facts())).await;
    let family = site.family(&[]).await;
    site.ask(family, &Wish::default()).await;
    assert_eq!(site.turn(now_ms(), Some(1)).await, 0);
    assert_eq!(site.stands(family), ("asked".into(), None));
    site.publish(3, 1, (1, 0)).await;
    let closed = [(Field::APPLICATION_STATE, text("closed"))];
    state(&site.worker, site.record(family).change(closed).unwrap()).await;
    site.ask(family, &Wish { from: day_text(today + 3), ..Wish::default() }).await;
    assert_eq!(site.turn(now_ms(), Some(2)).await, 0);
    // What is no wish, or of no application, changes nothing.
    let open = site.family(&[]).await;
    site.ask(open, &Wish { from: "mañana".into(), ..Wish::default() }).await;
    site.ask(record_id(), &Wish::default()).await;
    assert_eq!(site.stands(open), (String::new(), None));
    assert_eq!(appointments::standing(site.office(), &site.record(open)).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_offices_of_the_demo_have_days_at_which_its_families_get_a_time() {
    let data =
        std::env::temp_dir().join(format!("amparo-days-{}", domain::id::hex(&api::server::random::<8>())));
    let office = crate::office::open(&data).unwrap().with_intake(intake::Settings::gentle());
    demo::invite_staff(&office).unwrap();
    let server = Server::running(Arc::new(office), data, None, Files::Absent).await;
    demo::send_families(&server.office, &server.url).await.unwrap().unwrap();
    assert_eq!(demo::publish_demo_days(&server.office, &server.url).await, Ok(20));
    assert_eq!(demo::publish_demo_days(&server.office, &server.url).await, Ok(0));
    let device = server.device_of(Role::Caseworker, "panama", "HIAS").await;
    let records = all_records(&device).await;
    let lines: Vec<Summary> = records.iter().filter_map(Summary::of).collect();
    assert_eq!(lines.iter().filter(|line| line.slot_state == "kept").count(), 13, "every other one wished");
    assert_eq!(records.iter().filter_map(Day::of).count(), 20);
}

/// The next moment at which the clock of the office shows an hour, so many days before a day.
fn at_hour(site: &Site, day: &Day, days_before: i64, hour: i64) -> u64 {
    let ahead = minutes_here(site.office(), "meteti", 0);
    let minutes = (day.day - days_before) * DAY_MINUTES + hour * 60 - ahead;
    u64::try_from(minutes * 60_000).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_out_once_and_only_to_numbers_that_are_safe_with_consent() {
    let site = Site::open().await;
    let day = site.publish(6, 6, (4, 0)).await;
    let safe = site.family_of(&[], |said| reachable(said, "+50761234567", "sms", "yes")).await;
    let others = [
        site.family_of(&[], |said| reachable(said, "+50761111111", "none", "yes")).await,
        site.family_of(&[], |said| reachable(said, "+50762222222", "email", "yes")).await,
        site.family_of(&[], |said| reachable(said, "+50763333333", "sms", "no")).await,
        site.family_of(&[], |said| reachable(said, "6 llame a mi vecina", "sms", "yes")).await,
        site.family_of(&[], |said| said.put(1, Field::PHONE, text("+50764444444"))).await,
    ];
    for family in others.into_iter().chain([safe]) {
        site.ask(family, &on(&day, DayPart::Any)).await;
    }
    site.turn(now_ms(), Some(1)).await;
    let sms = Sms::answering(&[StatusCode::SERVICE_UNAVAILABLE, StatusCode::ACCEPTED]).await;
    let gateway = Gateway::new(&sms.address, Some("secreto")).unwrap();
    let office = &site.server.office;
    // The first try fails; it is tried again a minute later, and then never more.
    let now = now_ms();
    assert_eq!(appointments::remind(office, &gateway, now).await, 0, "{:?}", sms.came());
    assert_eq!(appointments::remind(office, &gateway, now + 30_000).await, 0, "{:?}", sms.came());
    assert_eq!(appointments::remind(office, &gateway, now + 61_000).await, 1);
    assert_eq!(appointments::remind(office, &gateway, now + HOUR).await, 0);
    let line = site.line(safe);
    let time = domain::service::brief::time_text(line.at);
    let time = time.split_once('T').unwrap().1.trim_start_matches('0').to_owned();
    let reference =
        site.record(safe).shown(Field::APPLICATION_REF).and_then(Value::as_text).unwrap().to_owned();
    let reference = format!("{}-{}", &reference[..4], &reference[4..]);
    let came = sms.came();
    assert_eq!(came.len(), 2, "{came:?}");
    assert_eq!(came[0], came[1]);
    assert_eq!(came[1].0, "+50761234567");
    assert!(came[1].1.ends_with(&format!("a las {time}. Ref {reference}")), "{came:?}");
    assert!(!came[1].1.contains("Rosa") && !came[1].1.contains("Carpa"), "{came:?}");
    {
        let came = sms.raw();
        assert!(came.iter().all(|(key, who, _)| *key == came[0].0 && who == "Bearer secreto"));
    }
    // The day before, at nine and not earlier; once.
    for (days_before, hour, wanted) in [(1, 8, 0), (1, 9, 1), (1, 10, 0), (0, 7, 0)] {
        let now = at_hour(&site, &day, days_before, hour);
        assert_eq!(appointments::remind(office, &gateway, now).await, wanted, "{days_before} {hour}");
    }
    let last = sms.came().pop().unwrap().1;
    assert_eq!(last, format!("Recuerde su cita mañana a las {time}. Ref {reference}"));
    // A server that starts anew has forgotten nothing: nor does it keep a number that anybody could read.
    let data = site.server.stop().await;
    let again = Arc::new(crate::office::open(&data).unwrap());
    let nine = u64::try_from(((day.day - 1) * DAY_MINUTES + 570 + 300) * 60_000).unwrap();
    assert_eq!(appointments::remind(&again, &gateway, nine).await, 0);
    again.ledger().settle().unwrap();
    for file in ["amparo.db", "amparo.db-wal"] {
        let bytes = std::fs::read(data.join(file)).unwrap_or_default();
        assert!(!bytes.windows(8).any(|window| window == b"61234567"), "{file}");
    }
    drop(again);
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_day_an_offer_and_a_change_are_told_and_who_took_back_the_consent_is_not() {
    let site = Site::open().await;
    let day = site.publish(6, 1, (3, 0)).await;
    let family = site.family_of(&[], |said| reachable(said, "+50761234567", "phone", "yes")).await;
    let gone = site.family_of(&[], |said| reachable(said, "+50767654321", "sms", "yes")).await;
    let torn = site.family_of(&[], |said| reachable(said, "+50767654322", "sms", "yes")).await;
    // These were registered since, and want to hear nothing any more: of one, two people said otherwise what it was that
    // they took back.
    for (family, also) in [(gone, None), (torn, Some("photo"))] {
        let registered = office::family(&site.worker, "meteti", &["Rosa"]);
        let (group, person) = (registered.changes[0].record, registered.changes[1].record);
        for change in registered.changes {
            state(&site.worker, change).await;
        }
        let no = [
            (Field::OWNER, Value::Ref(person)),
            (Field::CONSENT_PURPOSE, text("contact")),
            (Field::CONSENT_DECISION, text("withdrawn")),
        ];
        let consent = record_id();
        state(&site.worker, change(consent, Kind::CONSENT, &no)).await;
        if let Some(also) = also {
            let beside = [(Field::CONSENT_PURPOSE, text(also))];
            state(&site.worker, change(consent, Kind::CONSENT, &beside)).await;
        }
        let became = [(Field::APPLICATION_GROUP, Value::Ref(group))];
        state(&site.worker, site.record(family).change(became).unwrap()).await;
    }
    let sms = Sms::answering(&[StatusCode::OK]).await;
    let gateway = Gateway::new(&sms.address, Some("t")).unwrap();
    for id in [family, gone, torn] {
        site.ask(id, &on(&day, DayPart::Afternoon)).await;
        site.is_now(id, State::Seen).await;
    }
    site.turn(now_ms(), Some(1)).await;
    assert_eq!(appointments::remind(&site.server.office, &gateway, now_ms()).await, 1);
    assert!(sms.came()[0].1.starts_with("Puede venir el "), "{:?}", sms.came());
    let agenda = all_records(&site.boss).await.into_iter().find(|record| record.id == day.record).unwrap();
    state(&site.boss, agenda.change([(Field::AGENDA_STATE, text(CLOSED))]).unwrap()).await;
    site.turn(now_ms(), None).await;
    assert_eq!(appointments::remind(&site.server.office, &gateway, now_ms()).await, 1);
    assert!(sms.came()[1].1.starts_with("Su cita cambia."), "{:?}", sms.came());
    // A gateway that is not there loses nothing.
    site.publish(8, 1, (3, 0)).await;
    site.turn(now_ms(), Some(2)).await;
    let away = Gateway::new("http://127.0.0.1:9/sms", None).unwrap();
    let now = now_ms();
    assert_eq!(appointments::remind(&site.server.office, &away, now).await, 0);
    assert_eq!(appointments::remind(&site.server.office, &gateway, now + 61_000).await, 1);
    let came = sms.came();
    assert!(came[2].1.starts_with("Su cita es el "), "{came:?}");
    assert!(came.iter().all(|(to, _)| to == "+50761234567"), "{came:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_draws_and_reminds_by_itself() {
    let site = Site::open().await;
    let day = site.publish(3, 1, (1, 0)).await;
    let family = site.family_of(&[], |said| reachable(said, "+50761234567", "sms", "yes")).await;
    site.ask(family, &on(&day, DayPart::Any)).await;
    let sms = Sms::answering(&[StatusCode::OK]).await;
    let pace = appointments::Pace {
        window: std::time::Duration::from_millis(50),
        look: std::time::Duration::from_millis(10),
        gateway: Some(Arc::new(Gateway::new(&sms.address, Some("t")).unwrap())),
    };
    let running = tokio::spawn(appointments::keep_up(Arc::clone(&site.server.office), pace));
    let told = async {
        while sms.came().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), told).await.unwrap();
    running.abort();
    assert_eq!(site.stands(family), kept(&day, 0));
    assert!(sms.came()[0].1.starts_with("Su cita es el "));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_a_slot_and_wishes_again_is_given_one_to_come() {
    let site = Site::open().await;
    let (past, next) = (site.publish(-1, 1, (1, 0)).await, site.publish(3, 1, (1, 0)).await);
    let family = site.family(&[]).await;
    site.book(&site.record(family), &Booking::Kept(slot(&past, 0), past.at(0).unwrap())).await;
    site.book(&site.record(family), &Booking::Missed).await;
    site.ask(family, &Wish::default()).await;
    let told = appointments::standing(site.office(), &site.record(family)).unwrap().unwrap();
    assert_eq!((told.state.as_str(), told.at.as_str()), ("asked", ""), "nothing to come to by now");
    site.turn(now_ms(), Some(1)).await;
    assert_eq!(site.stands(family), kept(&next, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_to_a_registered_family_runs_out_too_and_is_cancelled_or_taken() {
    let site = Site::open().await;
    let day = site.publish(9, 3, (1, 0)).await;
    let families = [site.family(&[]).await, site.family(&[]).await, site.family(&[]).await];
    for family in families {
        site.ask(family, &on(&day, DayPart::Afternoon)).await;
    }
    site.turn(now_ms(), Some(1)).await;
    for family in families {
        assert_eq!(site.stands(family).0, "offered");
        site.is_now(family, State::Registered).await;
    }
    let office = Arc::clone(&site.server.office);
    blocking(move || {
        appointments::accept(&office, families[1], now_ms()).unwrap();
        appointments::cancel(&office, families[2], now_ms()).unwrap();
    })
    .await;
    assert_eq!(site.turn(now_ms() + OFFER_STANDS + HOUR, None).await, 1);
    assert_eq!(families.map(|family| site.stands(family).0), ["cancelled", "kept", "cancelled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticked_box_wins_no_place_until_somebody_has_seen_it() {
    let site = Site::open().await;
    let day = site.publish(3, 1, (1, 1)).await;
    let ticked = site.family(&["pregnant", "private_talk"]).await;
    site.ask(ticked, &on(&day, DayPart::Any)).await;
    assert_eq!(site.turn(now_ms(), Some(1)).await, 0);
    site.is_now(ticked, State::Seen).await;
    assert_eq!(site.turn(now_ms(), Some(2)).await, 1);
    assert_eq!(site.stands(ticked), kept(&day, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_for_an_office_where_its_organisation_is_not_is_a_wish_for_its_own() {
    let site = Site::open().await;
    let _other = site.server.device_of(Role::Caseworker, "panama", "NRC").await;
    let day = site.publish(3, 3, (1, 0)).await;
    let mut families = Vec::new();
    for wished in ["panama", "nowhere", "meteti"] {
        let family = site.family(&[]).await;
        site.ask(family, &Wish { site: wished.into(), ..Wish::default() }).await;
        families.push(family);
    }
    assert_eq!(site.turn(now_ms(), Some(1)).await, 3);
    assert!(
        families.iter().all(|family| holds(&site.line(*family)).is_some_and(|it| it.agenda == day.record))
    );
    // Where it has an office, that one.
    let _own = site.server.device_of(Role::Caseworker, "panama", "HIAS").await;
    site.ask(families[0], &Wish { site: "panama".into(), ..Wish::default() }).await;
    let wish =
        site.record(families[0]).shown(Field::APPLICATION_WISH).and_then(Value::as_text).map(str::to_owned);
    assert!(wish.is_some_and(|wish| wish.starts_with("panama ")));
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_strangers_are_not_written_to_by_whoever_says_them() {
    let site = Site::open().await;
    let day = site.publish(9, 1, (9, 0)).await;
    let far = site.family_of(&[], |said| reachable(said, "+573001234567", "sms", "yes")).await;
    let unseen = site.family_of(&[], |said| reachable(said, "+50761111111", "sms", "yes")).await;
    site.ask(far, &on(&day, DayPart::Any)).await;
    // Nobody has seen it, and it has only an offer.
    site.ask(unseen, &on(&day, DayPart::Afternoon)).await;
    for _ in 0..5 {
        let family = site.family_of(&[], |said| reachable(said, "+50761234567", "sms", "yes")).await;
        site.ask(family, &on(&day, DayPart::Any)).await;
    }
    assert_eq!(site.turn(now_ms(), Some(1)).await, 7);
    let sms = Sms::answering(&[StatusCode::OK]).await;
    let gateway = Gateway::new(&sms.address, None).unwrap();
    let office = &site.server.office;
    assert_eq!(appointments::remind(office, &gateway, now_ms()).await, 3, "at most three a day");
    assert!(sms.came().iter().all(|(to, _)| to == "+50761234567"), "{:?}", sms.came());
    site.is_now(unseen, State::Seen).await;
    let later = site.family_of(&[], |said| reachable(said, "+573007654321", "sms", "yes")).await;
    site.ask(later, &on(&day, DayPart::Any)).await;
    site.turn(now_ms(), Some(2)).await;
    let gateway = gateway.reaching(Prefixes::parse("+507,+57").unwrap());
    assert_eq!(appointments::remind(office, &gateway, now_ms()).await, 2);
    let to: BTreeSet<String> = sms.came().into_iter().skip(3).map(|(to, _)| to).collect();
    assert_eq!(to, BTreeSet::from(["+50761111111".to_owned(), "+573007654321".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_hangs_is_left_alone_for_a_round_and_stops_no_drawing() {
    let site = Site::open().await;
    let day = site.publish(3, 3, (1, 0)).await;
    let mut families = Vec::new();
    for number in ["+50761234567", "+50767654321", "+50762222222"] {
        families.push(site.family_of(&[], |said| reachable(said, number, "sms", "yes")).await);
    }
    for family in &families[..2] {
        site.ask(*family, &on(&day, DayPart::Any)).await;
    }
    site.turn(now_ms(), Some(1)).await;
    let silent = Silent::listening().await;
    let gateway = Gateway::new(&silent.address, None).unwrap();
    let brief = gateway.patient_for(Duration::from_millis(200));
    assert_eq!(appointments::remind(&site.server.office, &brief, now_ms()).await, 0);
    assert_eq!(silent.came(), 1, "the second one waits for the next round");
    let pace = appointments::Pace {
        window: Duration::from_millis(50),
        look: Duration::from_millis(10),
        gateway: Some(Arc::new(brief.patient_for(Duration::from_secs(3600)))),
    };
    let running = tokio::spawn(appointments::keep_up(Arc::clone(&site.server.office), pace));
    let until = |done: Box<dyn Fn() -> bool>| async move {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    let hangs = {
        let silent = &silent;
        async move {
            while silent.came() < 2 {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), hangs).await.unwrap();
    site.ask(families[2], &on(&day, DayPart::Any)).await;
    let office = Arc::clone(&site.server.office);
    let third = families[2];
    let drawn =
        move || Summary::of(&record_of(&office, third).unwrap().unwrap().1).unwrap().slot_state == "kept";
    tokio::time::timeout(Duration::from_secs(30), until(Box::new(drawn))).await.unwrap();
    running.abort();
}
