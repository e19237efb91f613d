//! The log of deeds and readings: who may read it, and what goes into it.

mod office;
#[path = "audit/tampering.rs"]
mod tampering;

use api::ApiError;
use api::server::audit::{AuditEvent, What};
use api::server::client::Device;
use api::server::ledger::AuditRow;
use api::server::{now_ms, random};
use domain::{RecordId, Role};
use minicbor::bytes::ByteArray;
use office::*;
use seal::{AuditQuery, Checkpoint, Purpose, Reading, Reads, Verdict, Why};

fn reading(record: RecordId, why: Why) -> Reading {
    Reading { record, at: now_ms(), why }
}

async fn delivered(device: &Device, envelopes: Vec<Vec<u8>>) -> Vec<(Verdict, String)> {
    let receipts = device.deliver(envelopes).await.unwrap();
    receipts.items.into_iter().map(|item| (item.verdict, item.reason)).collect()
}

fn opened_rows(server: &Server) -> Vec<AuditRow> {
    let chain = server.office.ledger().audit_chain(0, 10_000).unwrap();
    chain.into_iter().map(|link| link.row).filter(|row| row.what == What::Opened.code()).collect()
}

#[tokio::test]
async fn readings_are_written_once_however_often_they_come_and_in_whatever_envelope() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let (record, batch) = (record_id(), [7; 16]);
    let items = vec![reading(record, Why::Person), reading(record_id(), Why::Slip)];
    let (first, second) =
        (device.seal_reads(batch, items.clone()).unwrap(), device.seal_reads(batch, items).unwrap());
    assert_eq!(delivered(&device, vec![first.clone()]).await, [(Verdict::Accepted, String::new())]);
    assert_eq!(delivered(&device, vec![first.clone(), first]).await[1].0, Verdict::AlreadyHere);
    assert_eq!(delivered(&device, vec![second]).await[0].0, Verdict::Accepted);
    let rows = opened_rows(&server);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].enrolment, rows[0].subject), (Some(device.enrolment), Some(record.0)));
}

#[tokio::test]
async fn readings_that_another_signed_or_that_name_another_device_are_parked() {
    let server = Server::start().await;
    let (rosa, luis) =
        (server.device(Role::Caseworker, "meteti").await, server.device(Role::Caseworker, "meteti").await);
    let reads =
        Reads { batch: [1; 16], enrolment: luis.enrolment, items: vec![reading(record_id(), Why::Note)] };
    let forged = rosa.seal_signed(Purpose::Reads, &reads.sign(&rosa.keys)).unwrap();
    let stolen = rosa.seal_signed(Purpose::Reads, &reads.sign(&luis.keys)).unwrap();
    let verdicts = delivered(&rosa, vec![forged, stolen]).await;
    let parked = |reason: &str| (Verdict::Parked, reason.to_owned());
    assert_eq!(verdicts, [parked("other_author"), parked("wrong_signature")]);
    assert!(opened_rows(&server).is_empty());
}

#[tokio::test]
async fn what_a_revoked_device_read_is_written_all_the_same() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    server.office.set_revoked(device.enrolment, true).unwrap();
    let reads = device.seal_reads([2; 16], vec![reading(record_id(), Why::Group)]).unwrap();
    delivered(&device, vec![reads]).await;
    assert_eq!(opened_rows(&server).len(), 1);
}

#[tokio::test]
async fn an_auditor_sees_who_opened_what_when_and_on_which_device_and_no_name_of_anybody_registered() {
    let server = Server::start().await;
    let (auditor, rosa, luis) = (
        server.device(Role::Auditor, "meteti").await,
        server.device(Role::Caseworker, "meteti").await,
        server.device(Role::Caseworker, "meteti").await,
    );
    let entry = family(&rosa, "meteti", &["Yusmery"]);
    let person = entry.changes[1].record;
    delivered(&rosa, vec![rosa.seal(&entry).unwrap()]).await;
    let day = 24 * 3_600_000;
    let yesterday = Reading { record: person, at: now_ms() - day, why: Why::Person };
    delivered(&rosa, vec![rosa.seal_reads([1; 16], vec![yesterday, reading(person, Why::History)]).unwrap()])
        .await;
    delivered(&luis, vec![luis.seal_reads([1; 16], vec![reading(record_id(), Why::Group)]).unwrap()]).await;

    let about = AuditQuery { subject: Some(ByteArray::from(person.0)), ..AuditQuery::default() };
    let page = auditor.audit(&about, None, 50).await.unwrap();
    // The auditor's own look comes first: it is about that record too.
    let lines: Vec<_> = page.lines.iter().filter(|line| line.key == "opened").collect();
    assert_eq!(page.lines[0].key, "audit_read");
    assert_eq!(lines.iter().map(|line| line.reason.as_str()).collect::<Vec<_>>(), ["history", "person"]);
    for line in &lines {
        assert_eq!((line.user, line.enrolment, line.sound), (Some(rosa.user), Some(rosa.enrolment), true));
    }
    assert_eq!(lines[1].at, yesterday.at);
    assert_eq!(page.people.iter().find(|it| it.user == rosa.user).unwrap().name, "Staff of meteti");
    let told = minicbor::to_vec(&page).unwrap();
    assert!(!told.windows(7).any(|part| part == b"Yusmery"));
    assert_eq!(
        (page.chain.verified, page.chain.broken_at, page.chain.contradicted),
        (page.chain.rows, None, 0)
    );
    assert!(page.chain.checkpoint > 0 && page.chain.checkpoint_at > 0);

    let by = AuditQuery { user: Some(luis.user), ..AuditQuery::default() };
    let page = auditor.audit(&by, None, 50).await.unwrap();
    assert!(page.lines.iter().all(|line| line.user == Some(luis.user)));
    assert_eq!(page.lines.iter().filter(|line| line.key == "opened").count(), 1);
    let then = AuditQuery { until: Some(now_ms() - day / 2), ..AuditQuery::default() };
    assert_eq!(auditor.audit(&then, None, 50).await.unwrap().lines.len(), 1);
}

#[tokio::test]
async fn pages_of_the_log_join_without_a_gap_and_without_a_line_twice() {
    let server = Server::start().await;
    let auditor = server.device(Role::Auditor, "meteti").await;
    for number in 0..23 {
        server.office.note(AuditEvent::of(What::TablesChanged).because("sites").figure(number)).unwrap();
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = auditor.audit(&AuditQuery::default(), before, 5).await.unwrap();
        seen.extend(page.lines.iter().map(|line| line.seq));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let all: Vec<u64> = (1..=seen[0]).rev().collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn nobody_but_an_auditor_reads_the_log_and_whoever_tries_stands_in_it() {
    let server = Server::start().await;
    for role in Role::ALL {
        let device = server.device(role, "meteti").await;
        let answer = device.audit(&AuditQuery::default(), None, 5).await;
        if role == Role::Auditor {
            assert!(answer.is_ok());
        } else {
            assert_eq!(answer.err(), Some(ApiError::Refused), "{role:?}");
            let last = server.office.ledger().audit_chain(0, 10_000).unwrap().pop().unwrap().row;
            assert_eq!((last.what, last.enrolment), (What::ForeignId.code(), Some(device.enrolment)));
        }
    }
    let device = server.device(Role::Auditor, "meteti").await;
    device.client.forget_cookie();
    assert_eq!(device.audit(&AuditQuery::default(), None, 5).await.err(), Some(ApiError::NotSignedIn));
}

#[tokio::test]
async fn receipts_carry_where_both_chains_end_and_a_checkpoint_is_made_only_when_one_has_grown() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let receipts =
        device.deliver(vec![device.seal(&family(&device, "meteti", &["Amina"])).unwrap()]).await.unwrap();
    let bytes = receipts.checkpoint.unwrap();
    let checkpoint = Checkpoint::from_bytes(&bytes, &device.server.signing).unwrap();
    let heads = server.office.ledger().heads().unwrap();
    assert_eq!((checkpoint.entries_seq, checkpoint.entries_head), (1, heads.entries_head));
    let again = device.client.echo(&device.enrolled.deposit_token, &bytes).await.unwrap();
    assert_eq!(again.as_slice(), bytes);
    assert!(server.office.ledger().echoes().unwrap().iter().all(|echo| !echo.contradicted));
    let mut forged = bytes;
    forged[70] ^= 1;
    let answer = device.client.echo(&device.enrolled.deposit_token, &forged).await;
    assert_eq!(answer.err(), Some(ApiError::Malformed));
    assert_eq!(device.client.echo(&[0; 32], &[]).await.err(), Some(ApiError::DepositRefused));
}

fn rows_of(server: &Server, what: What) -> Vec<AuditRow> {
    let chain = server.office.ledger().audit_chain(0, 10_000).unwrap();
    chain.into_iter().map(|link| link.row).filter(|row| row.what == what.code()).collect()
}

#[tokio::test]
async fn joining_signing_in_and_being_refused_stand_in_the_log_and_who_goes_on_trying_does_not_fill_it() {
    let server = Server::start().await;
    let (user, link) = server.invite(Role::Caseworker, "meteti");
    let device = Device::enrol(&server.url, &link).await.unwrap();
    assert!(Device::enrol(&server.url, &link).await.is_err());
    device.sign_in().await.unwrap();
    for _ in 0..5 {
        let challenge = device.client.challenge(&device.enrolment.0).await.unwrap();
        let answer = device.client.sign_in(&device.enrolment.0, &challenge, &[1; 64]).await;
        assert_eq!(answer.err(), Some(ApiError::NotSignedIn));
        let nobody = random::<16>();
        let challenge = device.client.challenge(&nobody).await.unwrap();
        assert!(device.client.sign_in(&nobody, &challenge, &[1; 64]).await.is_err());
    }
    let by = Some(device.enrolment);
    let enrolled = rows_of(&server, What::Enrolled);
    assert_eq!((enrolled.len(), enrolled[0].enrolment, enrolled[0].subject), (1, by, Some(user.0)));
    assert_eq!(rows_of(&server, What::EnrolmentRefused).len(), 1);
    assert_eq!(rows_of(&server, What::SignedIn).iter().map(|row| row.enrolment).collect::<Vec<_>>(), [by]);
    for _ in 0..100 {
        if !rows_of(&server, What::SignInRefused).is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let refused = rows_of(&server, What::SignInRefused);
    assert_eq!(refused.iter().map(|row| row.enrolment).collect::<Vec<_>>(), [by]);
}

#[tokio::test]
async fn what_a_revoked_device_hands_in_is_set_apart_and_that_stands_in_the_log_once() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    server.office.set_revoked(device.enrolment, true).unwrap();
    let entry = family(&device, "meteti", &["Amina"]);
    let envelope = device.seal(&entry).unwrap();
    for _ in 0..2 {
        delivered(&device, vec![envelope.clone()]).await;
        server.office.rejudge().unwrap();
    }
    let rows = rows_of(&server, What::Quarantined);
    assert_eq!(rows.iter().map(|row| row.subject).collect::<Vec<_>>(), [Some(entry.id.0)]);
}
