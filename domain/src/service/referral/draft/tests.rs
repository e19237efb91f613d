use super::*;
use crate::entry::Change;
use crate::entry::Entry;
use crate::id::UserId;
use crate::service::referral::{Backing, Basis, GateFault, OF_GROUP, Parties, gate, judge_step, lacking};
use crate::service::referral::{Rests, Sending, StepSaid, ending, step, withdraw};
use proptest::prelude::*;
use time::macros::date;

const PERSON: RecordId = RecordId([1; 16]);
const GROUP: RecordId = RecordId([2; 16]);
const OTHER: RecordId = RecordId([3; 16]);
const PAPER: RecordId = RecordId([4; 16]);
const NEED: RecordId = RecordId([5; 16]);
const SENDING: Sending<'_> =
    Sending { from: "ONPAR", from_desk: "onpar_panama", now: "2026-11-22T10:42", hours: 72 };

fn fresh(number: u8) -> Fresh {
    Fresh {
        record: RecordId([number; 16]),
        entry: EntryId([number; 16]),
        consent: RecordId([number + 1; 16]),
        number: [number; 8],
        code: [number + 2; 8],
    }
}

fn record(id: RecordId, kind: Kind, says: &[(Field, Value)]) -> Record {
    let mut record = Record::new(id, kind);
    let changes = record.change(says.iter().cloned()).into_iter().collect();
    apply(&mut record, changes, 7);
    record
}

fn apply(record: &mut Record, changes: Vec<Change>, number: u8) {
    let (id, author, enrolment) = (EntryId([number; 16]), UserId([9; 16]), EnrolmentId([8; 16]));
    record.apply(&Entry { id, author, enrolment, at: u64::from(number), changes });
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn person() -> Record {
    record(
        PERSON,
        Kind::INDIVIDUAL,
        &[
            (Field::GIVEN_NAMES, text("Yesenia")),
            (Field::SURNAME1, text("Márquez")),
            (Field::PHONE, text("+584145550147")),
        ],
    )
}

fn written() -> ReferralDraft {
    let mut draft = ReferralDraft::new(Some(PERSON), fresh(40));
    for (to, text) in [
        (&mut draft.sector, "gbv"),
        (&mut draft.to, "INAMU"),
        (&mut draft.desk, "inamu_panama"),
        (&mut draft.reason, "Necesita un albergue."),
    ] {
        text.clone_into(to);
    }
    draft.fields = [Field::GIVEN_NAMES, Field::PHONE].into();
    draft
}

fn sent(draft: &ReferralDraft, shared: &Shared, rests: &Rests) -> (Record, Option<Record>) {
    let changes = draft.changes(None, shared, rests, &SENDING);
    let mut referral = Record::new(draft.record, Kind::REFERRAL);
    let consent = changes.iter().any(|change| change.kind == Kind::CONSENT).then(|| {
        let mut consent = Record::new(draft.consent, Kind::CONSENT);
        apply(&mut consent, changes.clone(), 20);
        consent
    });
    apply(&mut referral, changes, 20);
    (referral, consent)
}

#[test]
fn nothing_is_shared_that_was_not_chosen() {
    let other =
        record(OTHER, Kind::INDIVIDUAL, &[(Field::GIVEN_NAMES, text("Luis")), (Field::SEX, text("M"))]);
    let rows = [
        record(
            PAPER,
            Kind::DOCUMENT,
            &[(Field::DOCUMENT_TYPE, text("PASSPORT")), (Field::DOCUMENT_NUMBER, text("V1"))],
        ),
        record(NEED, Kind::NEED, &[(Field::NEED_CODE, text("SM-CC"))]),
    ];
    let group =
        record(GROUP, Kind::GROUP, &[(Field::ADDRESS, text("Casa azul")), (Field::SIZE, Value::Int(2))]);
    let mut draft = ReferralDraft::new(Some(PERSON), fresh(40));
    let shared = |draft: &ReferralDraft| {
        let shared = draft.shared_of(&person(), core::slice::from_ref(&other), &rows, Some(&group));
        shared.items.iter().map(|item| (item.person, item.field)).collect::<Vec<_>>()
    };
    assert_eq!(shared(&draft), []);
    assert!(draft.is_empty());
    draft.fields = [Field::GIVEN_NAMES, Field::ADDRESS].into();
    assert_eq!(shared(&draft), [(0, Field::GIVEN_NAMES), (OF_GROUP, Field::ADDRESS)]);
    draft.rows = [NEED].into();
    draft.members = [OTHER].into();
    let all =
        [(0, Field::GIVEN_NAMES), (1, Field::GIVEN_NAMES), (0, Field::NEED_CODE), (OF_GROUP, Field::ADDRESS)];
    assert_eq!(shared(&draft), all);
    draft.rows = [PAPER].into();
    assert!(shared(&draft).contains(&(0, Field::DOCUMENT_NUMBER)));
}

#[test]
fn everything_that_stands_in_the_way_is_said_at_once() {
    use ReferralFault as F;
    let empty = ReferralDraft::new(Some(PERSON), fresh(40));
    let all = [F::NoSector, F::NoDesk, F::NoReason, F::NothingShared, F::NoSender];
    assert_eq!(empty.faults(Role::Counsellor, &Shared::default(), ""), all);
    let of_border = [F::NoSector, F::NoDesk, F::NothingShared];
    assert_eq!(empty.faults(Role::BorderOfficer, &Shared::default(), "SENAFRONT"), of_border);
    let mut draft = written();
    let shared = draft.shared_of(&person(), &[], &[], None);
    assert_eq!(draft.faults(Role::Counsellor, &shared, "ONPAR"), []);
    draft.reason = "é".repeat(REASON_LIMIT);
    assert_eq!(draft.faults(Role::Counsellor, &shared, "ONPAR"), []);
    draft.reason.push('e');
    assert_eq!(draft.faults(Role::Counsellor, &shared, "ONPAR"), [F::ReasonTooLong]);
}

#[test]
fn a_desk_that_was_chosen_before_brings_its_sector_and_what_was_agreed_holds_for_its_institution_alone() {
    let desk = |institution: &str, sectors: &[&str]| Desk {
        code: format!("{}_panama", institution.to_lowercase()),
        institution: institution.to_owned(),
        sectors: sectors.iter().map(|sector| (*sector).to_owned()).collect(),
        ..Desk::default()
    };
    let mut draft = ReferralDraft::new(Some(PERSON), fresh(40));
    for (sectors, before, after) in [
        (&["gbv"][..], "", "gbv"),
        (&["gbv"], "legal", "gbv"),
        (&["gbv", "legal"], "", ""),
        (&["gbv", "legal"], "legal", "legal"),
        (&["gbv", "legal"], "shelter", ""),
    ] {
        before.clone_into(&mut draft.sector);
        draft.begin_at(&desk("INAMU", sectors));
        let told = (draft.sector.as_str(), draft.to.as_str(), draft.desk.as_str());
        assert_eq!(told, (after, "INAMU", "inamu_panama"), "{sectors:?} {before}");
    }
    draft.agreement.form = "spoken".into();
    draft.send_to("INAMU", "inamu_david");
    assert_eq!(draft.agreement.form, "spoken");
    draft.send_to("HIAS", "hias_panama");
    assert_eq!(draft.agreement, Agreement::default());
}

#[test]
fn a_consent_needs_who_saw_it_where_nobody_signed() {
    let mut draft = written();
    let strokes = "v1;10,10 5,5";
    for (form, witness, signature, faults) in [
        ("", "", "", vec![AgreementFault::NoForm]),
        ("spoken", " ", "", vec![AgreementFault::NoWitness]),
        ("spoken", "Omaira", "", vec![]),
        ("thumb", "", "", vec![AgreementFault::NoWitness]),
        ("signature", "", "", vec![AgreementFault::NoSignature]),
        ("signature", "", strokes, vec![]),
        ("guardian", "", "", vec![]),
    ] {
        let (form, witness, signature) = (form.to_owned(), witness.to_owned(), signature.to_owned());
        draft.agreement = Agreement { form, witness, signature, ..Agreement::default() };
        assert_eq!(draft.agreement_faults(false), faults, "{:?}", draft.agreement);
    }
    assert_eq!(draft.agreement_faults(true), [AgreementFault::NobodyDecided]);
}

/// What the form makes is what the gate lets through, and nothing else.
#[test]
fn what_is_sent_passes_the_gate_by_what_it_rests_on() {
    let mut draft = written();
    let shared = draft.shared_of(&person(), &[], &[], None);
    draft.agreement = Agreement { form: "spoken".into(), witness: "Omaira".into(), ..Agreement::default() };
    let consent = record(
        OTHER,
        Kind::CONSENT,
        &[
            (Field::OWNER, Value::Ref(GROUP)),
            (Field::CONSENT_PURPOSE, text("share_partner")),
            (Field::CONSENT_ORGANISATION, text("INAMU")),
            (Field::CONSENT_DECISION, text("yes")),
        ],
    );
    let judged = |draft: &ReferralDraft, role, rests: &Rests, consent: Option<&Record>| {
        let (referral, made) = sent(draft, &shared, rests);
        let consent = made.as_ref().or(consent);
        gate(role, &referral, &Backing { parent: None, consent, group: Some(GROUP) })
    };
    let rests = Rests::OnConsent(OTHER, "spoken".into());
    assert_eq!(judged(&draft, Role::Caseworker, &rests, Some(&consent)), Ok(Basis::Recorded));
    assert_eq!(judged(&draft, Role::Caseworker, &rests, None), Err(GateFault::NoConsent));
    assert_eq!(judged(&draft, Role::Caseworker, &Rests::OnAgreement, None), Ok(Basis::Recorded));
    assert_eq!(judged(&draft, Role::Caseworker, &Rests::OnSlip, None), Err(GateFault::NoConsent));
    draft.ground = "life_at_risk".into();
    let lacks = Err(GateFault::Lacks(Field::REFERRAL_OVERRIDE_NOTE));
    assert_eq!(judged(&draft, Role::Counsellor, &Rests::OnGround, None), lacks);
    draft.explanation = "Está inconsciente.".into();
    assert_eq!(judged(&draft, Role::Counsellor, &Rests::OnGround, None), Ok(Basis::Override));
    assert_eq!(judged(&draft, Role::Caseworker, &Rests::OnGround, None), Err(GateFault::MayNotOverride));
    draft.owner = None;
    for role in [Role::BorderOfficer, Role::ReferralFocalPoint] {
        assert_eq!(judged(&draft, role, &Rests::OnSlip, None), Ok(Basis::OnTheSlip));
    }
}

#[test]
fn what_is_sent_is_due_after_its_hours_and_what_is_kept_tells_nobody_anything() {
    let draft = written();
    let shared = draft.shared_of(&person(), &[], &[], None);
    let rests = Rests::OnConsent(OTHER, "spoken".into());
    let (referral, _) = sent(&draft, &shared, &rests);
    let referral = Referral::of(&referral).unwrap();
    assert_eq!(referral.text(Field::REFERRAL_DUE), "2026-11-25T10:42");
    assert_eq!((referral.status(), referral.shared()), (Status::Sent, Some(shared.clone())));
    let (kept, _) = sent(&draft, &shared, &Rests::OnNothing);
    let kept_one = Referral::of(&kept).unwrap();
    assert_eq!((kept_one.status(), kept_one.shared()), (Status::Draft, None));
    assert_eq!(crate::service::referral::receiver_part(&kept, false), None);

    // What was kept is gone on with, and replaces what it said.
    let mut again = ReferralDraft::over(&kept, fresh(60)).unwrap();
    let chosen = again.fields.clone();
    assert_eq!((again.record, &again.number, chosen), (draft.record, &draft.number, draft.fields.clone()));
    again.reason = "Otra cosa.".into();
    let mut both = kept.clone();
    apply(&mut both, again.changes(Some(&kept), &shared, &rests, &SENDING), 30);
    assert_eq!(both.conflicts(), []);
    assert_eq!(Referral::of(&both).unwrap().status(), Status::Sent);
    assert_eq!(ReferralDraft::over(&both, fresh(60)), None, "what was sent is no draft");
}

#[test]
fn what_an_older_draft_says_of_an_answer_or_says_twice_is_settled_when_it_is_sent() {
    let answered = [
        (Field::REFERRAL_ANSWER, text("Fue atendida.")),
        (Field::REFERRAL_NEXT, text("Vuelve el lunes.")),
        (Field::REFERRAL_OUTCOME, text("served")),
        (Field::REFERRAL_REJECT_REASON, text("no_capacity")),
        (Field::REFERRAL_CONSENT, Value::Ref(NEED)),
        (Field::REFERRAL_OVERRIDE, text("legal_duty")),
        (Field::REFERRAL_OVERRIDE_NOTE, text("porque sí")),
        (Field::REFERRAL_STATUS, text("draft")),
    ];
    let mut old = record(RecordId([50; 16]), Kind::REFERRAL, &answered);
    // Two who wrote at once, on two devices.
    let twice = [
        (Field::OWNER, Value::Ref(PERSON)),
        (Field::REFERRAL_TO, text("INAMU")),
        (Field::REFERRAL_SECTOR, text("gbv")),
        (Field::REFERRAL_FROM, text("ONPAR")),
        (Field::REFERRAL_REASON, text("Una cosa.")),
        (Field::REFERRAL_URGENCY, text("normal")),
    ];
    for (number, mark) in [(21, ""), (22, " X")] {
        let said = twice.iter().map(|(field, value)| match value.as_text() {
            Some(said) => (*field, text(&format!("{said}{mark}"))),
            None => (*field, value.clone()),
        });
        let before = Record::new(old.id, old.kind);
        apply(&mut old, before.change(said).into_iter().collect(), number);
    }
    assert_eq!(old.values(Field::REFERRAL_REASON).len(), 2);
    let mut draft = ReferralDraft::over(&old, fresh(60)).unwrap();
    let typed = written();
    draft.fields = typed.fields;
    (draft.sector, draft.to, draft.desk) = (typed.sector, typed.to, typed.desk);
    let shared = draft.shared_of(&person(), &[], &[], None);
    draft.ground = "life_at_risk".into();
    draft.explanation = "Está inconsciente.".into();
    for rests in [Rests::OnConsent(OTHER, "spoken".into()), Rests::OnGround, Rests::OnSlip, Rests::OnParent] {
        let mut sent = old.clone();
        apply(&mut sent, draft.changes(Some(&old), &shared, &rests, &SENDING), 30);
        let two: Vec<Field> = sent.fields().filter(|field| sent.values(*field).len() > 1).collect();
        assert_eq!(two, [], "{rests:?}");
        let referral = Referral::of(&sent).unwrap();
        let says = |field| sent.shown(field).is_some_and(|value| *value != Value::Nothing);
        for (field, _) in answered.iter().take(4) {
            assert!(!says(*field), "{rests:?} {field:?}");
        }
        let on_ground = rests == Rests::OnGround;
        assert_eq!(referral.text(Field::REFERRAL_OVERRIDE), if on_ground { "life_at_risk" } else { "" });
        assert_eq!(says(Field::REFERRAL_OVERRIDE_NOTE), on_ground);
        assert_eq!(says(Field::REFERRAL_CONSENT), matches!(rests, Rests::OnConsent(..)));
        assert_eq!(referral.status(), Status::Sent);
    }
    // What is only kept keeps what it says.
    let mut kept = old.clone();
    apply(&mut kept, draft.changes(Some(&old), &shared, &Rests::OnNothing, &SENDING), 30);
    assert_eq!(Referral::of(&kept).unwrap().text(Field::REFERRAL_ANSWER), "Fue atendida.");
}

#[test]
fn a_consent_taken_back_takes_every_open_referral_with_it_and_no_other() {
    let consent = record(OTHER, Kind::CONSENT, &[(Field::CONSENT_DECISION, text("yes"))]);
    let referral = |number: u8, status: &str, rests: RecordId| {
        let says = [(Field::REFERRAL_STATUS, text(status)), (Field::REFERRAL_CONSENT, Value::Ref(rests))];
        record(RecordId([number; 16]), Kind::REFERRAL, &says)
    };
    let known = [
        referral(50, "sent", OTHER),
        referral(51, "in_progress", OTHER),
        referral(52, "closed", OTHER),
        referral(53, "draft", OTHER),
        referral(54, "accepted", NEED),
        referral(55, "counter", OTHER),
    ];
    let changes = withdraw(Some(&consent), OTHER, &known, SENDING.now);
    let touched: Vec<u8> = changes.iter().map(|change| change.record.0[0]).collect();
    assert_eq!(touched, [3, 50, 51, 55]);
    let mut after = known[1].clone();
    apply(&mut after, changes, 30);
    assert!(Referral::of(&after).unwrap().is_withdrawn());
    assert!(withdraw(None, OTHER, &[after], SENDING.now).is_empty(), "said once");
}

#[test]
fn each_end_says_how_it_ended() {
    let open = record(RecordId([50; 16]), Kind::REFERRAL, &[(Field::REFERRAL_STATUS, text("in_progress"))]);
    let both = Parties { sender: false, receiver: true };
    for (outcome, status) in [
        ("served", Status::Closed),
        ("partly", Status::Closed),
        ("not_reached", Status::ClosedNoService),
        ("declined", Status::ClosedNoService),
        ("re_referred", Status::Counter),
    ] {
        assert_eq!(ending(outcome), Some(status));
        let said =
            StepSaid { outcome: outcome.into(), next: " Vuelve el lunes. ".into(), ..StepSaid::default() };
        let change = step(&open, status, &said).unwrap().unwrap();
        let mut after = open.clone();
        apply(&mut after, vec![change], 30);
        assert_eq!(lacking(&after, status), None);
        assert_eq!(after.shown(Field::REFERRAL_NEXT), Some(&text("Vuelve el lunes.")));
        assert_eq!(judge_step(Status::InProgress, status, both, Role::ReferralFocalPoint), Ok(()));
    }
    assert_eq!(ending("horse"), None);
    let nothing = StepSaid::default();
    assert_eq!(step(&open, Status::Closed, &nothing), Err(Field::REFERRAL_OUTCOME));
    let wrong = StepSaid { outcome: "served".into(), ..StepSaid::default() };
    assert_eq!(step(&open, Status::ClosedNoService, &wrong), Err(Field::REFERRAL_OUTCOME));
    assert_eq!(step(&open, Status::Rejected, &nothing), Err(Field::REFERRAL_REJECT_REASON));
    assert_eq!(step(&open, Status::InProgress, &nothing), Ok(None), "it stands so already");
}

#[test]
fn what_is_told_at_the_border_is_read_and_shown_again() {
    let today = date!(2026 - 11 - 22);
    let told = Told {
        given: " Rahmatullah ".into(),
        sex: "M".into(),
        born: "34".into(),
        nationality: "AFG".into(),
        language: "prs".into(),
        phone: "6555-0142".into(),
        people: "4".into(),
        children: "2".into(),
        needs: ["SM".to_owned(), "SC-UC".to_owned()].into(),
        site: "meteti".into(),
        place: "Puesto de Bajo Chiquito".into(),
        ..Told::default()
    };
    let shared = told.shared(today).unwrap();
    assert_eq!(shared.check(), Ok(()));
    let again = Told::of(&shared);
    assert_eq!((again.given.as_str(), again.born.as_str()), ("Rahmatullah", "1992"));
    assert_eq!((again.phone.as_str(), &again.needs), ("+50765550142", &told.needs));
    assert_eq!(again.shared(today).unwrap().fields(), shared.fields());
    for (wrong, fault) in [
        (Told { given: String::new(), ..told.clone() }, ReferralFault::NoName),
        (Told { born: "mucho".into(), ..told.clone() }, ReferralFault::Born),
        (Told { born: "1890".into(), ..told.clone() }, ReferralFault::Born),
        (Told { born: "2030".into(), ..told.clone() }, ReferralFault::Born),
        (Told { people: "0".into(), ..told.clone() }, ReferralFault::People),
        (Told { children: "5".into(), ..told.clone() }, ReferralFault::People),
        (Told { people: "-1".into(), ..told.clone() }, ReferralFault::People),
    ] {
        assert_eq!(wrong.shared(today), Err(vec![fault]));
    }
}

/// Never edited: what was kept is read for ever.
#[test]
fn drafts_of_the_first_form_stay_readable() {
    let mut draft = written();
    draft.told.given = "Ana".into();
    draft.rows = [NEED].into();
    draft.items = [1, 2].into();
    assert_eq!(crate::id::hex(&draft.to_bytes()), KEPT);
    assert_eq!(ReferralDraft::from_bytes(&draft.to_bytes()), Some(draft));
}

const KEPT: &str = concat!(
    "b30050282828282828282828282828282828280150282828282828282828282828282828280250292929292929292929292929292929",
    "290350010101010101010101010101010101010568385a39424b41574d066858384e383659385907636762760865494e414d55096c69",
    "6e616d755f70616e616d610a666e6f726d616c0b754e6563657369746120756e20616c6265726775652e0c82182a18340d8150050505",
    "050505050505050505050505050e800f82010210a60060016002600460056006601160126013ac0063416e6101600260036004600560",
    "06600760086009800a600b60",
);

proptest! {
    #[test]
    fn no_answer_makes_the_form_fail(
        given in "\\PC{0,20}", born in "\\PC{0,6}", phone in "\\PC{0,12}", people in "\\PC{0,5}", children in "\\PC{0,5}",
    ) {
        let told = Told { given, born, phone, people, children, ..Told::default() };
        if let Ok(shared) = told.shared(date!(2026 - 11 - 22)) {
            prop_assert_eq!(shared.check(), Ok(()));
            prop_assert_eq!(Shared::from_text(&shared.to_text()), Ok(shared));
        }
    }
}

#[test]
fn one_that_was_refused_is_written_on_with_everything_that_was_typed_and_chosen() {
    let other = record(OTHER, Kind::INDIVIDUAL, &[(Field::GIVEN_NAMES, text("Luis"))]);
    let paper = record(PAPER, Kind::DOCUMENT, &[(Field::DOCUMENT_NUMBER, text("V1"))]);
    let rows = [paper, record(NEED, Kind::NEED, &[(Field::NEED_CODE, text("SM-CC"))])];
    let mut draft = written();
    draft.rows = [PAPER].into();
    draft.members = [OTHER].into();
    (draft.ground, draft.explanation) = ("life_at_risk".into(), "Está inconsciente.".into());
    let shared = draft.shared_of(&person(), core::slice::from_ref(&other), &rows, None);
    let (refused, _) = sent(&draft, &shared, &Rests::OnGround);
    let others = [other];
    let from = WrittenFrom { others: &others, rows: &rows, parent: None };
    let again = ReferralDraft::again(&refused, fresh(60), &from).unwrap();
    let wanted = ReferralDraft { entry: fresh(60).entry, consent: fresh(60).consent, ..draft.clone() };
    assert_eq!(again, wanted);
    // The server has nothing of it: what is sent then says it all.
    let (anew, _) = sent(&again, &shared, &Rests::OnGround);
    assert_eq!(Referral::of(&anew).unwrap().shared(), Some(shared.clone()));
    assert_eq!(Referral::of(&anew).unwrap().text(Field::REFERRAL_CODE), draft.code);

    // One that went on from another.
    let mut on = ReferralDraft::new(None, fresh(70));
    on.parent = Some(refused.id);
    on.items = [1, 2].into();
    let (on_refused, _) = sent(&on, &on.shared_again(&shared), &Rests::OnSlip);
    let from = WrittenFrom { parent: Some(&refused), ..WrittenFrom::default() };
    let again = ReferralDraft::again(&on_refused, fresh(60), &from).unwrap();
    assert_eq!((again.items, again.parent, again.number), (on.items, on.parent, on.number));
}

#[test]
fn to_go_back_and_to_go_on_are_written_apart() {
    let mine = EnrolmentId([8; 16]);
    assert_ne!(ReferralDraft::id_over(Some(OTHER), mine), ReferralDraft::id_back(OTHER, mine));
    assert_ne!(ReferralDraft::id_back(PERSON, mine), ReferralDraft::id_back(OTHER, mine));
}
