//! Clocks that are wrong, and devices that nobody uses, miss nothing of a restore.

use super::*;
use crate::clock::set_clock;
use crate::mailbox::Post;
use crate::testing::*;
use crate::{Store, Vault};
use seal::{Checkpoint, Deed, Order};

const TEN_YEARS: u64 = 3_653 * 86_400_000;

fn save(vault: &Vault, number: u8) {
    now(vault.save(&registers(vault, number, number, "Amina"), note("Amina"), None)).unwrap();
}

fn go(store: &Store, line: &impl Line) -> RoundOutcome {
    now(run(&store.mailbox(), line, Budget::NOW)).unwrap()
}

fn checkpoint(office: &Office, at: u64, serial: u64) {
    let checkpoint = Checkpoint {
        epoch: office.epoch.get(),
        at,
        entries_seq: serial,
        entries_head: [1; 32],
        audit_seq: serial,
        audit_head: [1; 32],
        serial,
    };
    *office.checkpoint.borrow_mut() = Some(checkpoint.to_bytes(&office.secrets.signing));
}

#[test]
fn a_clock_ten_years_ahead_forgets_nothing_that_a_restored_server_may_lack() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let today = crate::now_ms();
    checkpoint(&office, today, 1);
    save(&vault, 1);
    go(&store, &office);
    set_clock(Some(today + TEN_YEARS));
    save(&vault, 2);
    go(&store, &office);
    set_clock(None);
    assert_eq!(now(vault.waiting()).unwrap().saved_here, 2);
    office.epoch.set([2; 16]);
    office.entries.borrow_mut().clear();
    go(&store, &office);
    go(&store, &office);
    assert_eq!(office.entries.borrow().len(), 2);
    // By the server's clock the days go by all the same.
    checkpoint(&office, today + 40 * 86_400_000, 2);
    save(&vault, 3);
    go(&store, &office);
    save(&vault, 4);
    go(&store, &office);
    assert_eq!(now(vault.waiting()).unwrap().saved_here, 2, "those of forty days ago are forgotten");
}

#[test]
fn who_signed_in_last_has_the_session_whatever_the_clock_said_before() {
    let (office, (store, _)) = (Office::new(), device());
    let ((first, _), (second, _)) = (office.enrol(&store, 1), office.enrol(&store, 2));
    let answer = || api::SignedIn {
        epoch: office.epoch.get().to_vec().into(),
        role: 1,
        site: "meteti".into(),
        server_keys: office.server_keys().into(),
    };
    set_clock(Some(crate::now_ms() + TEN_YEARS));
    now(first.signed_in(&answer())).unwrap();
    set_clock(None);
    now(second.signed_in(&answer())).unwrap();
    let posts: Vec<_> = now(store.mailbox().posts()).unwrap().iter().map(Post::plain).collect();
    let has_it = road::device::Post::signed_in(&posts).unwrap().vault;
    assert_eq!(has_it, second.identity().vault);
}

/// A line on which nobody is signed in.
struct SignedOut<'a>(&'a Office);

impl Line for SignedOut<'_> {
    async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble> {
        self.0.deliver(token, parcel).await
    }

    async fn collect(&self, _: &[u8], _: u32) -> Result<api::Collected, Trouble> {
        Err(Trouble::NotSignedIn)
    }

    async fn standing(&self, token: &[u8], report: Report) -> Result<Vec<u8>, Trouble> {
        self.0.standing(token, report).await
    }
}

#[test]
fn a_device_of_which_nothing_waits_hears_of_a_restore_by_the_order_that_stands_for_it() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    save(&vault, 1);
    assert_eq!(go(&store, &SignedOut(&office)).delivered, 1);
    office.epoch.set([2; 16]);
    office.entries.borrow_mut().clear();
    // Of somebody else's signature nothing follows.
    let enrolment = vault.identity().enrolment;
    let order = Order { enrolment, deed: Deed::Nothing, at: 0, epoch: [2; 16].into(), serial: 0 };
    let give = |signing: &seal::server_keys::SigningSecret| {
        office.orders.borrow_mut().insert(vec![1; 32], order.sign(signing).unwrap());
        go(&store, &SignedOut(&office)).delivered
    };
    assert_eq!(give(&seal::ServerSecrets::generate(&mut crate::clock::rng()).signing), 0);
    assert_eq!(give(&office.secrets.signing), 1);
    assert_eq!((office.entries.borrow().len(), go(&store, &SignedOut(&office)).delivered), (1, 0));
}
