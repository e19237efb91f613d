use crate::testing::*;
use crate::{Budget, ItemState, Vault, round};
use domain::service::referral::{Fresh, ReferralDraft, Rests, Sending};
use domain::{Change, Entry, EntryId, Field, Kind, Op, Record, RecordId, Value};
use seal::Verdict;

const STATUS: Field = Field::REFERRAL_STATUS;

fn refuse(office: &Office, reason: &'static str) {
    office.verdict.set(Some(Verdict::Parked));
    office.reason.set(reason);
}

fn held(vault: &Vault, id: RecordId) -> Record {
    now(vault.record(id)).unwrap().unwrap()
}

/// Entry numbers of two devices must differ.
fn answers(vault: &Vault, entry: u8, record: &Record, status: &str) -> Entry {
    states(vault, entry, record, &[(STATUS, status)])
}

#[test]
fn who_answered_second_sees_what_is_so_and_is_told_why() {
    let sent = referral(30);
    let (first_office, (first_store, _)) = (Office::new(), device());
    let (first, first_inbox) = first_office.enrol(&first_store, 1);
    let (office, (store, _)) = (Office::new(), device());
    let (second, inbox) = office.enrol(&store, 2);
    first_office.lay_out(&first, &first_inbox, vec![sent.clone()]);
    office.lay_out(&second, &inbox, vec![sent.clone()]);
    collect(&first_office, &first_store, &first);
    collect(&office, &store, &second);
    // Both answer without a line.
    let accepts = answers(&first, 1, &held(&first, sent.id), "accepted");
    let rejects = answers(&second, 2, &held(&second, sent.id), "rejected");
    now(first.save(&accepts, note("HIAS"), None)).unwrap();
    now(second.save(&rejects, note("HIAS"), None)).unwrap();
    assert_eq!(now(second.unsent_records()).unwrap().len(), 1);

    collect(&first_office, &first_store, &first);
    assert_eq!(shown(&held(&first, sent.id), STATUS), "accepted");
    refuse(&office, "step_taken");
    collect(&office, &store, &second);
    assert_eq!(held(&second, sent.id), sent, "as if it had never been said");
    assert_eq!(now(second.services()).unwrap()[0].state, "sent");
    let item = now(second.outbox()).unwrap().remove(0);
    assert_eq!((item.state, item.reason.as_str()), (ItemState::Parked, "step_taken"));
    assert!(now(second.unsent_records()).unwrap().is_empty());

    // What the server hands out is what stands there.
    let mut at_server = sent.clone();
    at_server.apply(&accepts);
    office.lay_out(&second, &inbox, vec![at_server.clone()]);
    collect(&office, &store, &second);
    for look in [second.clone(), unlocked(&store, &second)] {
        assert_eq!(held(&look, sent.id), at_server);
        assert!(at_server.conflicts().is_empty());
    }
    // Still said, until it is put away.
    now(second.dismiss(item.key)).unwrap();
    assert!(now(second.outbox()).unwrap().is_empty());
    assert_eq!(held(&second, sent.id), at_server);
    // Entered after all, it is there again.
    at_server.apply(&rejects);
    office.lay_out(&second, &inbox, vec![at_server.clone()]);
    collect(&office, &store, &second);
    assert_eq!(held(&second, sent.id), at_server);
}

#[test]
fn a_verdict_that_comes_while_the_vault_is_locked_is_acted_on_when_it_opens() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let sent = referral(30);
    office.lay_out(&vault, &inbox, vec![sent.clone()]);
    collect(&office, &store, &vault);
    now(vault.save(&answers(&vault, 1, &sent, "accepted"), note("HIAS"), None)).unwrap();
    vault.lock();
    refuse(&office, "step_not_allowed");
    now(round::run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    let vault = unlocked(&store, &vault);
    assert_eq!(held(&vault, sent.id), sent);
    assert_eq!(now(vault.forget_refused()), Ok(0), "once");
}

#[test]
fn what_was_parked_for_another_reason_stays_as_it_was_said() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    refuse(&office, "malformed_entry");
    collect(&office, &store, &vault);
    assert_eq!(given_name(&held(&vault, id(1))), "Amina");
}

#[test]
fn a_refused_referral_of_ones_own_is_gone_and_other_statements_stay() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let sent = referral(30);
    office.lay_out(&vault, &inbox, vec![sent.clone()]);
    collect(&office, &store, &vault);
    let identity = vault.identity();
    // One entry answers, and refers on; a later one says something more of the first.
    let mut entry = answers(&vault, 1, &sent, "re_referred");
    let ops = vec![Op { field: STATUS, value: Value::Text("sent".into()), replaces: vec![] }];
    entry.changes.push(Change { record: id(31), kind: Kind::REFERRAL, ops });
    now(vault.save(&entry, note("HIAS"), None)).unwrap();
    let more = states(&vault, 2, &held(&vault, sent.id), &[(Field::REFERRAL_OUTCOME, "served")]);
    assert_eq!(more.author, identity.user);
    now(vault.save(&more, note("HIAS"), None)).unwrap();
    assert_eq!(now(vault.unsent_records()).unwrap(), [id(30), id(31)].into());
    assert_eq!(now(vault.services()).unwrap().len(), 2);

    refuse(&office, "no_consent");
    collect(&office, &store, &vault);
    let mut wanted = sent.clone();
    wanted.apply(&more);
    for look in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(held(&look, sent.id), wanted);
        assert_eq!(now(look.record(id(31))), Ok(None));
        assert_eq!((look.holds(id(31)), now(look.services()).unwrap().len()), (false, 1));
    }
    assert!(office.entries.borrow().contains_key(&more.id));
}

/// An entry that makes so many needs.
fn many(vault: &Vault, entry: u8, needs: u64) -> Entry {
    let need = |number: u64| {
        let record = RecordId::fresh(1_781_000_000_000 + number, [entry; 10]);
        let ops = vec![Op { field: Field::NEED_CODE, value: Value::Text("food".into()), replaces: vec![] }];
        Change { record, kind: Kind::NEED, ops }
    };
    Entry {
        id: EntryId([entry; 16]),
        author: vault.identity().user,
        enrolment: vault.identity().enrolment,
        at: 1_790_000_300_000,
        changes: (0..needs).map(need).collect(),
    }
}

#[test]
fn it_is_taken_out_of_blocks_too_and_other_pages_of_the_device_hear_of_it() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let sent = referral(30);
    office.lay_out(&vault, &inbox, vec![sent.clone()]);
    collect(&office, &store, &vault);
    now(vault.save(&answers(&vault, 1, &sent, "accepted"), note("HIAS"), None)).unwrap();
    now(vault.save(&many(&vault, 2, 300), note("Amina"), None)).unwrap();
    // Folding packs what has become many, sent or not.
    now(vault.fold_inbox(9)).unwrap();
    let other = unlocked(&store, &vault);
    assert_eq!(shown(&held(&other, sent.id), STATUS), "accepted");
    refuse(&office, "step_lacks");
    collect(&office, &store, &vault);
    now(other.refresh()).unwrap();
    for look in [vault.clone(), other, unlocked(&store, &vault)] {
        assert_eq!(held(&look, sent.id), sent);
        let briefs = now(look.services()).unwrap();
        assert_eq!(briefs.len(), 301);
        assert!(briefs.iter().any(|brief| brief.record == sent.id && brief.state == "sent"));
    }
}

/// A record of a kind, begun with one value.
fn begins(record: u8, kind: Kind, field: Field, text: &str) -> Change {
    let op = Op { field, value: Value::Text(text.into()), replaces: vec![] };
    Change { record: id(record), kind, ops: vec![op] }
}

#[test]
fn a_registration_that_was_refused_for_a_referral_in_it_stays_told_whole() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let sent = referral(30);
    office.lay_out(&vault, &inbox, vec![sent.clone()]);
    collect(&office, &store, &vault);
    // A family is registered, with a need and a change to a referral that had gone already.
    let mut entry = registers(&vault, 1, 1, "Amina");
    entry.changes.push(begins(40, Kind::NEED, Field::NEED_CODE, "medical"));
    entry.changes.extend(answers(&vault, 9, &sent, "draft").changes);
    now(vault.save(&entry, note("Amina"), None)).unwrap();
    let said: Vec<Record> = entry.records().map(|record| held(&vault, record)).collect();
    for reason in super::OF_STEPS {
        refuse(&office, reason);
        collect(&office, &store, &vault);
        assert_eq!(now(vault.forget_refused()), Ok(0), "{reason}");
        for look in [vault.clone(), unlocked(&store, &vault)] {
            let told: Vec<Record> = entry.records().map(|record| held(&look, record)).collect();
            assert_eq!(told, said, "{reason}");
        }
    }
    let item = now(vault.outbox()).unwrap().remove(0);
    assert_eq!(item.state, ItemState::Parked, "it stays in the list of what needs attention");
}

#[test]
fn of_a_refused_referral_the_consent_that_was_given_with_it_stays() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let identity = vault.identity();
    let entry = Entry {
        id: EntryId([1; 16]),
        author: identity.user,
        enrolment: identity.enrolment,
        at: 1_790_000_200_000,
        changes: vec![
            begins(41, Kind::CONSENT, Field::CONSENT_DECISION, "yes"),
            begins(42, Kind::REFERRAL, STATUS, "sent"),
        ],
    };
    now(vault.save(&entry, note("Amina"), None)).unwrap();
    let consent = held(&vault, id(41));
    refuse(&office, "step_lacks");
    collect(&office, &store, &vault);
    for look in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(now(look.record(id(42))), Ok(None));
        assert_eq!(held(&look, id(41)), consent);
    }
    assert_eq!(now(vault.forget_refused()), Ok(0), "once");
    // A consent alone is no step.
    let alone = states(&vault, 2, &consent, &[(Field::CONSENT_DECISION, "withdrawn")]);
    now(vault.save(&alone, note("Amina"), None)).unwrap();
    collect(&office, &store, &vault);
    assert_eq!(shown(&held(&vault, id(41)), Field::CONSENT_DECISION), "withdrawn");
}

/// A referral of somebody of whom no record is held, as a form writes it.
fn written() -> ReferralDraft {
    let fresh =
        Fresh { record: id(31), entry: EntryId([31; 16]), consent: id(32), number: [1; 8], code: [2; 8] };
    let mut draft = ReferralDraft::new(None, fresh);
    for (to, text) in [
        (&mut draft.sector, "legal"),
        (&mut draft.to, "ONPAR"),
        (&mut draft.desk, "onpar_panama"),
        (&mut draft.reason, "Pide refugio."),
        (&mut draft.told.given, "Yesenia"),
        (&mut draft.told.born, "1992"),
    ] {
        text.clone_into(to);
    }
    draft
}

fn sends(vault: &Vault, draft: &ReferralDraft) -> Entry {
    let sending = Sending { from: "SENAFRONT", from_desk: "", now: "2026-11-22T10:42", hours: 72 };
    let today = domain::PartialDate::from_text("2026-11-22").unwrap().earliest();
    let shared = draft.told.shared(today).unwrap();
    Entry {
        id: draft.entry,
        author: vault.identity().user,
        enrolment: vault.identity().enrolment,
        at: 1_790_000_400_000,
        changes: draft.changes(None, &shared, &Rests::OnSlip, &sending),
    }
}

#[test]
fn a_referral_that_was_refused_is_a_draft_again_and_can_be_sent_once_it_is_mended() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let draft = written();
    now(vault.save(&sends(&vault, &draft), note("Yesenia"), None)).unwrap();
    refuse(&office, "step_lacks");
    collect(&office, &store, &vault);
    assert_eq!(now(vault.record(id(31))), Ok(None), "the server has nothing of it");
    for look in [vault.clone(), unlocked(&store, &vault)] {
        let kept = now(look.drafts()).unwrap().remove(0);
        let page = format!("refer/refer?draft={}", id(31));
        assert_eq!((kept.note.title.as_str(), kept.note.form), ("Yesenia", page));
        assert_eq!(kept.id, ReferralDraft::id_over(Some(id(31)), look.identity().enrolment));
    }
    let at = ReferralDraft::id_over(Some(id(31)), vault.identity().enrolment);
    let (bytes, _) = now(vault.draft(at)).unwrap().unwrap();
    let mut again = ReferralDraft::from_bytes(&bytes).unwrap();
    assert_eq!((&again.reason, &again.told, &again.number), (&draft.reason, &draft.told, &draft.number));
    assert_ne!(again.entry, draft.entry, "the refused one is never sent again");

    again.desk = "onpar_darien".into();
    let mended = sends(&vault, &again);
    now(vault.save(&mended, note("Yesenia"), Some(at))).unwrap();
    collect(&office, &store, &vault);
    assert!(now(vault.drafts()).unwrap().is_empty());
    let mut whole = Record::new(id(31), Kind::REFERRAL);
    whole.apply(&mended);
    assert_eq!(held(&vault, id(31)), whole);
    assert_eq!(office.entries.borrow().get(&mended.id).unwrap().changes, mended.changes);
}

#[test]
fn nobody_is_told_that_they_were_late_to_open_a_referral() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let sent = referral(30);
    office.lay_out(&vault, &inbox, vec![sent.clone()]);
    collect(&office, &store, &vault);
    now(vault.save(&answers(&vault, 1, &sent, "received"), note("HIAS"), None)).unwrap();
    refuse(&office, "step_taken");
    collect(&office, &store, &vault);
    assert_eq!(held(&vault, sent.id), sent);
    assert!(now(vault.outbox()).unwrap().is_empty());
    assert_eq!(now(vault.waiting()).unwrap().attention, 0);
    // What is said with it is told.
    let more = [(STATUS, "received"), (Field::REFERRAL_ANSWER, "Llamamos mañana.")];
    now(vault.save(&states(&vault, 2, &sent, &more), note("HIAS"), None)).unwrap();
    refuse(&office, "step_taken");
    collect(&office, &store, &vault);
    assert_eq!(now(vault.outbox()).unwrap().len(), 1);
}
