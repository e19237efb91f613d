//! The ledger in PostgreSQL where it differs from a file: several processes write at once, and the database may go away.
//! Told only where `AMPARO_TEST_DATABASE` says that there is one.

mod office;

use api::ApiError;
use api::server::client::Device;
use api::server::keyring::StorageSource;
use api::server::ledger::*;
use api::server::rows::SqlLedger;
use api::server::sql::{Connection, Source};
use api::server::{Office, Site, random};
use domain::{EnrolmentId, EntryId, Kind, RecordId, Role, UserId};
use office::*;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Address of a new database, where one is wanted.
fn fresh() -> Option<Source> {
    let is_wanted = postgres::is_wanted();
    if !is_wanted {
        eprintln!("not told: AMPARO_TEST_DATABASE names no PostgreSQL");
    }
    is_wanted.then(|| Source::read(&postgres::fresh()).unwrap())
}

fn open(source: &Source) -> SqlLedger {
    SqlLedger::open(source.clone(), Identity { server: random(), epoch: random() }).unwrap()
}

/// Somebody whose entries may stand in the ledger.
fn enrol(ledger: &dyn Ledger) -> EnrolmentId {
    let (user, code) = (UserId(random()), random());
    let row = UserRow {
        id: user,
        sealed: vec![1],
        role: 1,
        site: "meteti".into(),
        organisation: String::new(),
        team: String::new(),
        disabled: false,
    };
    ledger.invite(row, InvitationRow { code, user, expires_at: 100 }).unwrap();
    let enrolment = EnrolmentRow {
        id: EnrolmentId(random()),
        user,
        verifying: random(),
        inbox: random(),
        token: random(),
        enrolled_at: 50,
        revoked: false,
    };
    let session = SessionRow { cookie: random(), enrolment: enrolment.id, created_at: 50 };
    let Invited::Enrolled(member) = ledger.enrol(code, enrolment, session).unwrap() else { panic!() };
    member.enrolment.id
}

fn entry_row(enrolment: EnrolmentId) -> EntryRow {
    EntryRow { id: EntryId(random()), digest: random(), enrolment, received_at: 60, sealed: vec![7; 200] }
}

fn record_row(id: RecordId, revision: u64) -> RecordRow {
    RecordRow {
        id,
        kind: Kind::GROUP,
        parent: None,
        home: Home { scope: "PA".into(), group: Some(id), ..Home::default() },
        made_by: Some(UserId([1; 16])),
        revision,
        seq: 0,
        sealed: vec![3; 100],
    }
}

fn whole_chain(ledger: &dyn Ledger) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    loop {
        let page = ledger.chain(links.last().map_or(0, |link| link.seq), 500).unwrap();
        if page.is_empty() {
            return links;
        }
        links.extend(page);
    }
}

fn assert_unbroken(links: &[Link]) {
    let mut before = [0; 32];
    for (link, seq) in links.iter().zip(1..) {
        assert_eq!((link.seq, link.chain), (seq, chained(&before, &link.entry)));
        before = link.chain;
    }
}

#[test]
fn two_programs_that_begin_at_once_make_one_ledger_of_an_empty_database() {
    let Some(source) = fresh() else { return };
    let identities: Vec<Identity> = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..6).map(|_| scope.spawn(|| open(&source).identity())).collect();
        opening.into_iter().map(|opening| opening.join().unwrap()).collect()
    });
    assert!(identities.iter().all(|identity| *identity == identities[0]), "one of them began it");
}

#[test]
fn a_cursor_never_skips_what_was_begun_earlier_and_is_committed_later() {
    let Some(source) = fresh() else { return };
    let (one, other) = (open(&source), open(&source));
    let enrolment = enrol(&one);
    // A process that has its numbers and is slow to commit: by hand, as the ledger does it.
    let slow = source.writer().unwrap();
    let transaction = slow.write().unwrap();
    let seq: i64 =
        slow.query_row("SELECT COALESCE(MAX(seq), 0) + 1 FROM records", [], |row| row.get(0)).unwrap();
    let late = RecordId(random());
    let insert = "INSERT INTO records (id, kind, scope, revision, seq, sealed, from_before) \
                  VALUES ($1, 1, 'PA', 1, $2, $3, 0)";
    assert_eq!(slow.execute(insert, (late.0, seq, vec![1_u8])).unwrap(), 1);

    let (told, hears) = channel();
    let early = RecordId(random());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let batch = Batch {
                entries: vec![entry_row(enrolment)],
                records: vec![record_row(early, 1)],
                ..Batch::default()
            };
            other.enter(batch).unwrap();
            told.send(()).unwrap();
        });
        // Whoever reads meanwhile sees neither, and takes no number for read that another may still get.
        assert!(hears.recv_timeout(Duration::from_millis(300)).is_err(), "it waits for the one before");
        assert_eq!(one.newest().unwrap(), 0);
        transaction.commit().unwrap();
        hears.recv_timeout(Duration::from_secs(20)).unwrap();
    });
    let rows = one.records(&[late, early]).unwrap();
    let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
    assert_eq!(seqs, [1, 2], "numbers in the order of the commits");
}

#[test]
fn a_reader_that_follows_many_writers_sees_every_number_once_and_in_order() {
    let Some(source) = fresh() else { return };
    let ledgers: Vec<SqlLedger> = (0..3).map(|_| open(&source)).collect();
    let enrolment = enrol(&ledgers[0]);
    let ends = AtomicBool::new(false);
    let followed: Vec<RecordId> = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let ledger = open(&source);
            let share = Share { home: Some(("PA".into(), String::new())), ..Share::default() };
            let (mut after, mut seen) = (0, Vec::new());
            loop {
                let is_last = ends.load(Ordering::SeqCst);
                let changed = ledger.changed(&share, after, 50, 1 << 20).unwrap();
                if let Some(last) = changed.records.last() {
                    after = last.seq;
                } else if is_last {
                    return seen;
                }
                seen.extend(changed.records.into_iter().map(|row| row.id));
            }
        });
        let writers: Vec<_> = ledgers
            .iter()
            .flat_map(|ledger| [ledger, ledger])
            .map(|ledger| {
                scope.spawn(move || {
                    for _ in 0..20 {
                        let batch = Batch {
                            entries: vec![entry_row(enrolment)],
                            records: vec![record_row(RecordId(random()), 1)],
                            ..Batch::default()
                        };
                        ledger.enter(batch).unwrap();
                    }
                })
            })
            .collect();
        let over = Over(&ends);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        drop(over);
        reader.join().unwrap()
    });
    let distinct: std::collections::BTreeSet<RecordId> = followed.iter().copied().collect();
    assert_eq!((followed.len(), distinct.len()), (120, 120), "none skipped, none twice");
    let links = whole_chain(&ledgers[1]);
    assert_eq!(links.len(), 120);
    assert_unbroken(&links);
}

#[test]
fn who_judged_by_what_another_program_has_changed_meanwhile_is_told_so_and_writes_nothing() {
    let Some(source) = fresh() else { return };
    let (one, other) = (open(&source), open(&source));
    let enrolment = enrol(&one);
    let id = RecordId(random());
    one.enter(Batch { records: vec![record_row(id, 1)], ..Batch::default() }).unwrap();
    // Both read revision 1 and write revision 2; and the same entry handed to both.
    let entry = entry_row(enrolment);
    let outcomes: Vec<Result<()>> = std::thread::scope(|scope| {
        let writing: Vec<_> = [&one, &other]
            .into_iter()
            .map(|ledger| {
                let batch = Batch {
                    entries: vec![entry.clone()],
                    records: vec![record_row(id, 2)],
                    ..Batch::default()
                };
                scope.spawn(move || ledger.enter(batch))
            })
            .collect();
        writing.into_iter().map(|writing| writing.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.contains(&Err(LedgerError::Moved)));
    assert_eq!(one.counts().unwrap().entries, 1);
    assert_eq!(one.records(&[id]).unwrap()[0].revision, 2);
    assert_unbroken(&whole_chain(&other));
}

/// Tells the others that it is over, also when it ends with a fault.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// How often the connections are cut in the middle of writing.
const CUTS: usize = 12;

/// Ends every other connection to a database, as its administrator may.
fn cut_all(beside: &Connection) -> i64 {
    let cut = "SELECT COUNT(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    beside.query_row(cut, [], |row| row.get(0)).unwrap()
}

#[test]
fn connections_that_were_cut_are_made_anew_and_nothing_of_what_was_confirmed_is_lost() {
    let Some(source) = fresh() else { return };
    let ledger = open(&source);
    let enrolment = enrol(&ledger);
    let beside = source.writer().unwrap();
    let (tell, confirmations) = channel();
    let ends = AtomicBool::new(false);
    let (confirmed, refused) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut confirmed, mut refused) = (Vec::new(), 0);
            while !ends.load(Ordering::SeqCst) {
                let entry = entry_row(enrolment);
                let id = entry.id;
                match ledger.enter(Batch { entries: vec![entry], ..Batch::default() }) {
                    Ok(()) => {
                        confirmed.push(id);
                        tell.send(()).unwrap();
                    }
                    Err(LedgerError::Unable(_)) => refused += 1,
                    Err(error) => panic!("{error}"),
                }
                assert!(ledger.counts().is_ok(), "a reader goes on, with another connection");
            }
            (confirmed, refused)
        });
        let over = Over(&ends);
        for _ in 0..CUTS {
            while confirmations.try_recv().is_ok() {}
            // The second was begun after the last time, with another connection: nobody loses two in a row.
            for _ in 0..2 {
                confirmations.recv_timeout(Duration::from_secs(60)).unwrap();
            }
            assert!(cut_all(&beside) > 0);
        }
        drop(over);
        writer.join().unwrap()
    });
    assert!(confirmed.len() >= CUTS);
    let links = whole_chain(&ledger);
    assert_unbroken(&links);
    let there: std::collections::BTreeSet<EntryId> = links.iter().map(|link| link.entry.id).collect();
    assert!(confirmed.iter().all(|id| there.contains(id)), "what was confirmed is there");
    assert!(there.len() <= confirmed.len() + refused, "and nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_answers_with_a_fault_and_is_found_again_by_itself() {
    if !postgres::is_wanted() {
        return;
    }
    // A cluster of its own, for it is to be stopped.
    let mut cluster = Some(postgres::cluster::Cluster::start("").unwrap());
    let url = cluster.as_ref().unwrap().tcp_url("postgres");
    let data = std::env::temp_dir().join(format!("amparo-test-{}", domain::id::hex(&random::<8>())));
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("database.url"), format!("{url}?statement_timeout=5000&connect_timeout=2"))
        .unwrap();
    let server = Server::over(data.clone(), None, Site::Absent).await;
    let device: Device = server.device(Role::Caseworker, "meteti").await;
    let first = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    device.deliver(vec![first]).await.unwrap();
    // In the middle of a parcel.
    let second = device.seal(&family(&device, "meteti", &["Omar"])).unwrap();
    let beside = beside(&data);
    let lock = beside.write().unwrap();
    beside.execute_batch("").unwrap();
    let delivering = device.deliver(vec![second.clone()]);
    let cutting = async {
        let other = office::beside(&data);
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        while !other.prepare_cached(waiting).unwrap().exists([]).unwrap() {
            tokio::task::yield_now().await;
        }
        cut_all(&other);
    };
    let (delivered, ()) = tokio::join!(delivering, cutting);
    // Cut before its commit it was tried again; whatever was answered, delivering again enters it once.
    drop(lock);
    drop(beside);
    assert!(matches!(&delivered, Ok(_) | Err(ApiError::Unavailable)), "{delivered:?}");
    let again = device.deliver(vec![second.clone()]).await.unwrap();
    let verdict = again.items[0].verdict;
    assert!(matches!(verdict, seal::Verdict::Accepted | seal::Verdict::AlreadyHere), "{verdict:?}");
    assert_eq!(names(&all_records(&device).await), ["Amina", "Omar"]);

    let third = device.seal(&family(&device, "meteti", &["Zahra"])).unwrap();
    drop(cluster.take());
    let began = Instant::now();
    assert_eq!(device.deliver(vec![third]).await.err(), Some(ApiError::Unavailable));
    assert!(began.elapsed() < Duration::from_secs(15), "answered, and not left waiting");
}

/// A certificate of its own for this machine's number, and the server told to take only a password under TLS from one user.
fn with_tls_and_a_password(cluster: &postgres::cluster::Cluster) -> std::path::PathBuf {
    let data = cluster.folder().join("data");
    let (key, certificate) = (data.join("server.key"), data.join("server.crt"));
    let run = |program: &str, arguments: &[&str]| {
        let told = Command::new(program).args(arguments).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    };
    let (key_path, certificate_path) = (key.to_str().unwrap(), certificate.to_str().unwrap());
    let made =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let of = ["-subj", "/CN=office", "-addext", "subjectAltName=IP:127.0.0.1"];
    let to = ["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key_path, "-out"];
    run("openssl", &[&made[..], &of, &to, &[certificate_path]].concat());
    let server = Source::read(&cluster.url("postgres")).unwrap().writer().unwrap();
    run("chmod", &["600", key_path]);
    let owner = format!("--reference={}", data.display());
    run("chown", &[&owner, key_path, certificate_path]);
    let rules = "local all all trust\nhostssl all desk 127.0.0.1/32 scram-sha-256\n";
    std::fs::write(data.join("pg_hba.conf"), rules).unwrap();
    server.execute_batch("CREATE ROLE desk LOGIN PASSWORD 'palabra'").unwrap();
    server.execute_batch("CREATE DATABASE desk OWNER desk").unwrap();
    server.execute_batch("ALTER SYSTEM SET ssl = on").unwrap();
    server.execute_batch("SELECT pg_reload_conf()").unwrap();
    let on = "SELECT 1 FROM pg_settings WHERE name = 'ssl' AND setting = 'on'";
    let began = Instant::now();
    while Source::read(&cluster.url("postgres"))
        .unwrap()
        .reader()
        .unwrap()
        .query_row(on, [], |_| Ok(()))
        .is_err()
    {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", cluster.log());
    }
    let kept = std::env::temp_dir().join(format!("amparo-root-{}.pem", domain::id::hex(&random::<8>())));
    std::fs::copy(certificate, &kept).unwrap();
    kept
}

#[test]
fn a_database_elsewhere_is_reached_under_tls_with_a_password_and_only_if_its_certificate_is_vouched_for() {
    if !postgres::is_wanted() {
        return;
    }
    let cluster = postgres::cluster::Cluster::start("").unwrap();
    let root = with_tls_and_a_password(&cluster);
    let place = cluster.tcp_url("desk");
    let (_, place) = place.split_once('@').unwrap();
    let at = |who: &str, options: &str| Source::read(&format!("postgres://{who}@{place}{options}")).unwrap();
    let why = |source: Source| source.writer().err().unwrap().to_string();
    let vouched = format!("?sslmode=verify-full&sslrootcert={}", root.display());

    let source = at("desk:palabra", &vouched);
    assert_eq!(open(&source).identity(), open(&source).identity());
    let is_tls = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let is_tls: bool = source.reader().unwrap().query_row(is_tls, [], |row| row.get(0)).unwrap();
    assert!(is_tls);

    assert!(why(at("desk:otra", &vouched)).contains("28P01"), "another password");
    assert!(why(at("desk", &vouched)).contains("password"));
    assert!(why(at("desk:palabra", "")).contains("28000"), "in the clear");
    assert!(why(at("desk:palabra", "?sslmode=require")).contains("certificate"), "vouched for by nobody");
    let elsewhere = place.replace("127.0.0.1", "localhost");
    let other = Source::read(&format!("postgres://desk:palabra@{elsewhere}{vouched}")).unwrap();
    assert!(why(other).contains("certificate"), "it names another machine");
    std::fs::remove_file(root).unwrap();
}

#[test]
fn md5_without_tls_is_refused_where_the_way_leads_over_a_network() {
    if !postgres::is_wanted() {
        return;
    }
    let cluster = postgres::cluster::Cluster::start("").unwrap();
    let server = Source::read(&cluster.url("postgres")).unwrap().writer().unwrap();
    server
        .execute_batch("SET password_encryption = 'md5'; CREATE ROLE desk LOGIN PASSWORD 'palabra'")
        .unwrap();
    let rules = "local all desk md5\nlocal all all trust\nhost all all 127.0.0.1/32 md5\n";
    std::fs::write(cluster.folder().join("data/pg_hba.conf"), rules).unwrap();
    server.execute_batch("SELECT pg_reload_conf()").unwrap();
    let as_desk = |url: String| Source::read(&url.replace("amparo@", "desk:palabra@")).unwrap();
    let why = || as_desk(cluster.tcp_url("postgres")).writer().err().map(|error| error.to_string());
    // Until the server has read its rules anew, everybody is let in.
    let began = Instant::now();
    while why().is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", cluster.log());
    }
    assert!(why().unwrap().contains("MD5"), "{:?}", why());
    assert!(as_desk(cluster.url("postgres")).writer().is_ok(), "a socket has nobody in between");
}

#[test]
fn the_address_of_another_servers_database_is_not_kept() {
    if !postgres::is_wanted() {
        return;
    }
    let data = [(); 2]
        .map(|()| std::env::temp_dir().join(format!("amparo-test-{}", domain::id::hex(&random::<8>()))));
    let [own, others] = [(); 2].map(|()| postgres::fresh());
    let open = |data: &std::path::Path, url: &str| {
        Office::open_at(data, Some(url), StorageSource::Files).map(|office| {
            office.keep_roster().unwrap();
            office.ledger().identity().server
        })
    };
    let mine = open(&data[0], &own).unwrap();
    let theirs = open(&data[1], &others).unwrap();
    assert_ne!(mine, theirs);
    let kept = || std::fs::read_to_string(data[0].join("database.url")).unwrap();
    assert!(open(&data[0], &others).is_err(), "its rows do not open with these keys");
    assert_eq!(kept(), own);
    // Not even where the keys are the same.
    let same = std::env::temp_dir().join(format!("amparo-test-{}", domain::id::hex(&random::<8>())));
    std::fs::create_dir_all(&same).unwrap();
    let keys = [data[0].join("keys"), same.join("keys")];
    assert!(Command::new("cp").arg("-r").args(&keys).status().unwrap().success());
    let third = postgres::fresh();
    assert_ne!(open(&same, &third).unwrap(), mine);
    let refused = open(&data[0], &third).unwrap_err();
    assert!(refused.contains("another server"), "{refused}");
    assert_eq!((kept(), open(&data[0], "").unwrap()), (own.clone(), mine));
    for folder in data.iter().chain([&same]) {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_commit_whose_wait_for_a_standby_was_cancelled_is_not_answered_as_one_that_lasts() {
    if !postgres::is_wanted() {
        return;
    }
    let cluster = postgres::cluster::Cluster::start("").unwrap();
    let source = Source::read(&cluster.url("postgres")).unwrap();
    let ledger = open(&source);
    let enrolment = enrol(&ledger);
    let beside = source.writer().unwrap();
    let enter = || ledger.enter(Batch { entries: vec![entry_row(enrolment)], ..Batch::default() });
    let (ends, began) = (AtomicBool::new(false), Instant::now());
    let mut entered = 0;
    std::thread::scope(|scope| {
        beside.execute_batch("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").unwrap();
        beside.execute_batch("SELECT pg_reload_conf()").unwrap();
        let over = Over(&ends);
        scope.spawn(|| {
            let beside = source.writer().unwrap();
            let cancel =
                "SELECT COUNT(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
            while !ends.load(Ordering::SeqCst) {
                beside.query_row(cancel, [], |row| row.get::<_, i64>(0)).unwrap();
            }
        });
        // Until the server has read its settings anew, nobody is waited for.
        loop {
            entered += 1;
            if let Err(error) = enter() {
                assert!(error.to_string().contains("standby"), "{error}");
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{}", cluster.log());
        }
        drop(over);
        beside.execute_batch("ALTER SYSTEM RESET synchronous_standby_names").unwrap();
        beside.execute_batch("SELECT pg_reload_conf()").unwrap();
    });
    entered += 1;
    assert_eq!(enter(), Ok(()));
    assert_eq!(
        whole_chain(&ledger).len(),
        entered,
        "it is here all the same, and is told so to whoever asks again"
    );
    assert_unbroken(&whole_chain(&ledger));
}
