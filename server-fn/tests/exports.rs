//! Exports: what is taken out on a device stands in the log with how much, of what and why.

mod office;

use api::server::now_ms;
use domain::{Kind, Role};
use office::*;
use seal::{AuditLine, AuditQuery, Exported, Verdict};

const REASON: &str = "Informe de octubre para la dirección";

#[tokio::test]
async fn an_auditor_reads_what_was_exported_when_on_which_device_and_why() {
    let server = Server::start().await;
    let auditor = server.device(Role::Auditor, "panama").await;
    let rosa = server.device(Role::Supervisor, "meteti").await;
    let luis = server.device(Role::Caseworker, "meteti").await;
    let yesterday = now_ms() - 24 * 3_600_000;
    let exported = Exported {
        id: [7; 16],
        enrolment: rosa.enrolment,
        at: yesterday,
        kinds: vec![Kind::SESSION.0, Kind::REFERRAL.0],
        rows: 120,
        reserved: 3,
        named: false,
        reason: REASON.to_owned(),
    };
    let named = Exported { id: [8; 16], named: true, kinds: vec![Kind::ASSISTANCE.0], ..exported.clone() };
    // The same one in two envelopes is one line. Whoever had no right to it stands in the log like anybody else.
    let theirs = Exported { enrolment: luis.enrolment, ..exported.clone() };
    let mut verdicts = Vec::new();
    for (device, sealed) in [
        (&rosa, rosa.seal_exported(&exported)),
        (&rosa, rosa.seal_exported(&exported)),
        (&rosa, rosa.seal_exported(&named)),
        (&luis, luis.seal_exported(&theirs)),
        // One that names another device is nobody's.
        (&luis, luis.seal_exported(&exported)),
    ] {
        let receipts = device.deliver(vec![sealed.unwrap()]).await.unwrap();
        verdicts.push((receipts.items[0].verdict, receipts.items[0].reason.clone()));
    }
    let fine = || (Verdict::Accepted, String::new());
    let parked = (Verdict::Parked, "other_author".to_owned());
    assert_eq!(verdicts, [fine(), fine(), fine(), fine(), parked]);

    let page = auditor.audit(&AuditQuery::default(), None, 100).await.unwrap();
    let lines: Vec<&AuditLine> = page.lines.iter().filter(|line| line.key == "exported").collect();
    let said: Vec<_> = lines.iter().map(|line| (line.user, line.reason.as_str())).collect();
    let expected = [
        (Some(luis.user), "plain_session_referral"),
        (Some(rosa.user), "named_assistance"),
        (Some(rosa.user), "plain_session_referral"),
    ];
    assert_eq!(said, expected);
    for line in lines {
        assert_eq!((line.figure, line.words.as_str(), line.at, line.sound), (120, REASON, yesterday, true));
        assert!(line.received_at > yesterday && line.subject.is_none());
    }
    assert_eq!((page.chain.verified, page.chain.broken_at), (page.chain.rows, None));
}
