//! The road of a change, told over real HTTP: what a device delivers, its colleagues collect.

mod office;

use domain::Role;
use office::*;
use seal::{Receipts, Verdict};

fn verdicts(receipts: &Receipts) -> Vec<(Verdict, &str)> {
    receipts.items.iter().map(|item| (item.verdict, item.reason.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_registered_in_meteti_is_found_in_panama_city() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let panama = server.device(Role::Caseworker, "panama").await;
    let family = family(&meteti, "meteti", &["Amina", "Yusuf", "Leila", "Omar", "Sara"]);
    let receipts = meteti.deliver(vec![meteti.seal(&family).unwrap()]).await.unwrap();
    assert_eq!(verdicts(&receipts), [(Verdict::Accepted, "")]);

    let (pages, cursor) = panama.collect(Vec::new(), 64 * 1024).await.unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(names(&pages[0].records), ["Amina", "Leila", "Omar", "Sara", "Yusuf"]);
    assert_eq!((pages[0].records.len(), pages[0].total), (7, 7));
    assert_eq!(pages[0].authors.len(), 1);
    assert_eq!((pages[0].authors[0].user, pages[0].authors[0].name.as_str()), (meteti.user, "Staff of meteti"));

    let (nothing_new, same) = panama.collect(cursor.clone(), 64 * 1024).await.unwrap();
    assert!(nothing_new.is_empty());
    assert_eq!(same, cursor);
}
