//! Whether a referral may be sent, and on what it rests.

use super::*;

#[test]
fn a_referral_is_sent_on_a_consent_for_its_receiver_and_on_no_other() {
    let told = |consent: Option<&Record>, role| {
        gate(role, &with(ready(), &[]), &Backing { consent, group: Some(FAMILY), parent: None })
    };
    let yes = |owner, purpose, organisation| consent(owner, purpose, organisation, "yes");
    for (consent, wanted) in [
        (yes(PERSON, "referral", "INAMU"), Ok(Basis::Recorded)),
        (yes(FAMILY, "share_partner", "INAMU"), Ok(Basis::Recorded)),
        (yes(PERSON, "referral", "HIAS"), Err(GateFault::NoConsent)),
        (yes(PERSON, "referral", ""), Err(GateFault::NoConsent)),
        (yes(PERSON, "register", "INAMU"), Err(GateFault::NoConsent)),
        (yes(PERSON, "share_unhcr", "INAMU"), Err(GateFault::NoConsent)),
        // Somebody else's.
        (yes(RecordId([7; 16]), "referral", "INAMU"), Err(GateFault::NoConsent)),
        (consent(PERSON, "referral", "INAMU", "no"), Err(GateFault::NoConsent)),
        (consent(PERSON, "referral", "INAMU", "not_asked"), Err(GateFault::NoConsent)),
        (consent(PERSON, "referral", "INAMU", "withdrawn"), Err(GateFault::Withdrawn)),
    ] {
        for role in [Role::Caseworker, Role::Counsellor, Role::Supervisor] {
            assert_eq!(told(Some(&consent), role), wanted, "{role:?} {consent:?}");
        }
    }
    assert_eq!(told(None, Role::Counsellor), Err(GateFault::NoConsent));
    // Of two decisions side by side the one against it counts.
    for (against, wanted) in [("no", GateFault::NoConsent), ("withdrawn", GateFault::Withdrawn)] {
        let mut torn = yes(PERSON, "referral", "INAMU");
        state(&mut torn, 80, 2, Field::CONSENT_DECISION, text(against), &[]);
        assert_eq!(told(Some(&torn), Role::Counsellor), Err(wanted));
        assert!(refuses(&torn, "INAMU") && !refuses(&torn, "HIAS"));
    }
    assert!(!refuses(&yes(PERSON, "referral", "INAMU"), "INAMU"));
    // It may have been for this very receiver that somebody said no.
    let mut torn = consent(PERSON, "referral", "HIAS", "no");
    assert!(!refuses(&torn, "INAMU"));
    state(&mut torn, 80, 2, Field::CONSENT_ORGANISATION, text("INAMU"), &[]);
    assert!(refuses(&torn, "INAMU") && refuses(&torn, "HIAS") && !consents_to(&torn, "HIAS"));
    let to_onpar =
        with(ready(), &[(Field::REFERRAL_TO, text("ONPAR")), (Field::REFERRAL_FROM, text("HIAS"))]);
    let backing = Backing { consent: Some(&consent(PERSON, "share_onpar", "", "yes")), ..Backing::default() };
    assert_eq!(gate(Role::Caseworker, &to_onpar, &backing), Ok(Basis::Recorded));
}

#[test]
fn without_consent_only_some_send_and_say_why() {
    let ground = (Field::REFERRAL_OVERRIDE, text("life_at_risk"));
    let note = (Field::REFERRAL_OVERRIDE_NOTE, text("unconscious"));
    let lacks = Err(GateFault::Lacks(Field::REFERRAL_OVERRIDE_NOTE));
    for role in Role::ALL {
        let told = |others: &[(Field, Value)]| gate(role, &with(ready(), others), &Backing::default());
        let may = matches!(role, Role::Counsellor | Role::Supervisor);
        let wanted = if may { Ok(Basis::Override) } else { Err(GateFault::MayNotOverride) };
        assert_eq!(told(&[ground.clone(), note.clone()]), wanted, "{role:?}");
        let alone = if may { lacks } else { Err(GateFault::MayNotOverride) };
        assert_eq!(told(std::slice::from_ref(&ground)), alone, "{role:?}");
        assert_eq!(told(&[ground.clone(), (Field::REFERRAL_OVERRIDE_NOTE, text(" \n"))]), alone, "{role:?}");
        assert_eq!(told(&[]), Err(GateFault::NoConsent), "{role:?}");
    }
    // What was taken back is taken back, whoever finds it urgent.
    let withdrawn = consent(PERSON, "referral", "INAMU", "withdrawn");
    let backing = Backing { consent: Some(&withdrawn), ..Backing::default() };
    let told = gate(Role::Supervisor, &with(ready(), &[ground, note]), &backing);
    assert_eq!(told, Err(GateFault::Withdrawn));
}

#[test]
fn who_holds_no_record_of_the_person_notes_the_consent_on_the_slip() {
    let agreed = [
        (Field::OWNER, Value::Nothing),
        (Field::REFERRAL_CONSENT, Value::Nothing),
        (Field::REFERRAL_REASON, Value::Nothing),
        (Field::REFERRAL_CONSENT_STATE, text("yes")),
        (Field::REFERRAL_CONSENT_FORM, text("spoken")),
    ];
    for role in Role::ALL {
        let told = gate(role, &with(ready(), &agreed), &Backing::default());
        let wanted = match role {
            // Two minutes, no story.
            Role::BorderOfficer => Ok(Basis::OnTheSlip),
            _ => Err(GateFault::Lacks(Field::REFERRAL_REASON)),
        };
        assert_eq!(told, wanted, "{role:?}");
        let mut reasoned = agreed.to_vec();
        reasoned.retain(|(field, _)| *field != Field::REFERRAL_REASON);
        let told = gate(role, &with(ready(), &reasoned), &Backing::default());
        let holds_none = matches!(role, Role::BorderOfficer | Role::ReferralFocalPoint);
        assert_eq!(told.is_ok(), holds_none, "{role:?}");
    }
    for lacking in [Field::REFERRAL_CONSENT_STATE, Field::REFERRAL_CONSENT_FORM] {
        let fields: Vec<_> = agreed.iter().filter(|(field, _)| *field != lacking).cloned().collect();
        let told = gate(Role::BorderOfficer, &with(ready(), &fields), &Backing::default());
        assert_eq!(told, Err(GateFault::NoConsent));
    }
    // Nobody notes it for somebody whose record they name.
    let mut named = agreed.to_vec();
    named.retain(|(field, _)| *field != Field::OWNER);
    assert_eq!(
        gate(Role::BorderOfficer, &with(ready(), &named), &Backing::default()),
        Err(GateFault::NoConsent)
    );
}

#[test]
fn whoever_received_a_referral_notes_the_consent_to_the_next_one_in_it_whatever_their_role() {
    let onward = |others: &[(Field, Value)]| {
        let mut fields = vec![
            (Field::OWNER, Value::Nothing),
            (Field::REFERRAL_CONSENT, Value::Nothing),
            (Field::REFERRAL_TO, text("HIAS")),
            (Field::REFERRAL_FROM, text("INAMU")),
            (Field::REFERRAL_PARENT, Value::Ref(REFERRAL)),
            (Field::REFERRAL_CONSENT_STATE, text("yes")),
            (Field::REFERRAL_CONSENT_FORM, text("spoken")),
        ];
        fields.retain(|(field, _)| others.iter().all(|(other, _)| other != field));
        fields.extend(others.iter().cloned());
        let mut record = with(ready(), &fields);
        record.id = BACK;
        record
    };
    let told = |role, record: &Record, parent: Option<&Record>| {
        gate(role, record, &Backing { parent, ..Backing::default() })
    };
    let first = with(ready(), &[]);
    let no = Err(GateFault::NoConsent);
    for role in Role::ALL {
        assert_eq!(told(role, &onward(&[]), Some(&first)), Ok(Basis::OnTheSlip), "{role:?}");
    }
    for role in [Role::Caseworker, Role::Counsellor, Role::Supervisor] {
        // Nobody agreed, or nobody says how.
        for lacks in [Field::REFERRAL_CONSENT_STATE, Field::REFERRAL_CONSENT_FORM] {
            assert_eq!(told(role, &onward(&[(lacks, Value::Nothing)]), Some(&first)), no, "{lacks:?}");
        }
        // Of whom they hold a record, the consent is recorded there.
        assert_eq!(told(role, &onward(&[(Field::OWNER, Value::Ref(PERSON))]), Some(&first)), no);
        // It was sent to others, or not at all, or is not the one that is named.
        assert_eq!(told(role, &onward(&[(Field::REFERRAL_FROM, text("NRC"))]), Some(&first)), no);
        assert_eq!(told(role, &onward(&[(Field::REFERRAL_PARENT, Value::Nothing)]), Some(&first)), no);
        assert_eq!(told(role, &onward(&[(Field::REFERRAL_PARENT, Value::Ref(PERSON))]), Some(&first)), no);
        assert_eq!(told(role, &onward(&[]), None), no);
        for status in Status::ALL {
            let first = with(ready(), &[(Field::REFERRAL_STATUS, text(status.code()))]);
            let is_theirs = status != Status::Draft && !status.ended_badly();
            assert_eq!(told(role, &onward(&[]), Some(&first)).is_ok(), is_theirs, "{role:?} {status:?}");
        }
        let taken_back = with(ready(), &[(Field::REFERRAL_CONSENT_STATE, text("withdrawn"))]);
        assert_eq!(told(role, &onward(&[]), Some(&taken_back)), no);
        // More than they were told they do not know of the person.
        let more = Shared::of(&[&amina()], &[], None, &[Field::GIVEN_NAMES, Field::SURNAME1].into());
        let more = onward(&[
            (Field::REFERRAL_SHARED, text(&more.to_text())),
            (Field::REFERRAL_FIELDS_SHARED, Value::Codes(vec!["given_names".into(), "surname1".into()])),
        ]);
        assert_eq!(told(role, &more, Some(&first)), no);
    }
    assert!(!was_received_by(&amina(), "INAMU") && !was_received_by(&first, ""));
}

#[test]
fn a_counter_referral_goes_back_with_what_was_told_and_no_more() {
    let first = with(ready(), &[]);
    let back = |others: &[(Field, Value)]| {
        let mut fields = vec![
            (Field::OWNER, Value::Nothing),
            (Field::REFERRAL_CONSENT, Value::Nothing),
            (Field::REFERRAL_TO, text("ONPAR")),
            (Field::REFERRAL_FROM, text("INAMU")),
            (Field::REFERRAL_PARENT, Value::Ref(REFERRAL)),
        ];
        fields.retain(|(field, _)| others.iter().all(|(other, _)| other != field));
        fields.extend(others.iter().cloned());
        let mut record = with(ready(), &fields);
        record.id = BACK;
        record
    };
    let told = |record: &Record, parent: &Record| {
        gate(Role::ReferralFocalPoint, record, &Backing { parent: Some(parent), ..Backing::default() })
    };
    assert_eq!(told(&back(&[]), &first), Ok(Basis::Return));
    let elsewhere = back(&[(Field::REFERRAL_TO, text("HIAS"))]);
    assert_eq!(told(&elsewhere, &first), Err(GateFault::NoConsent));
    let unnamed = back(&[(Field::REFERRAL_PARENT, Value::Nothing)]);
    assert_eq!(told(&unnamed, &first), Err(GateFault::NoConsent));
    let more = Shared::of(&[&amina()], &[], None, &[Field::GIVEN_NAMES, Field::SURNAME1].into());
    let more = back(&[
        (Field::REFERRAL_SHARED, text(&more.to_text())),
        (Field::REFERRAL_FIELDS_SHARED, Value::Codes(vec!["given_names".into(), "surname1".into()])),
    ]);
    assert_eq!(told(&more, &first), Err(GateFault::NoConsent));
    let taken_back = with(ready(), &[(Field::REFERRAL_STATUS, text("cancelled"))]);
    assert_eq!(told(&back(&[]), &taken_back), Err(GateFault::NoConsent));
}

#[test]
fn nothing_is_sent_that_lacks_something_or_shares_what_was_not_chosen() {
    let agreed = consent(PERSON, "referral", "INAMU", "yes");
    let backing = Backing { consent: Some(&agreed), ..Backing::default() };
    let told = |others: &[(Field, Value)]| gate(Role::Counsellor, &with(ready(), others), &backing);
    for field in [
        Field::REFERRAL_TO,
        Field::REFERRAL_DESK,
        Field::REFERRAL_FROM,
        Field::REFERRAL_SECTOR,
        Field::REFERRAL_URGENCY,
        Field::REFERRAL_REASON,
        Field::REFERRAL_FIELDS_SHARED,
        Field::REFERRAL_SHARED,
        Field::REFERRAL_SENT_AT,
        Field::REFERRAL_DUE,
        Field::REFERRAL_REF,
        Field::REFERRAL_CODE,
    ] {
        assert_eq!(told(&[(field, Value::Nothing)]), Err(GateFault::Lacks(field)), "{field:?}");
    }
    let misread = told(&[(Field::REFERRAL_CODE, text("KX7M42P3"))]);
    assert_eq!(misread, Err(GateFault::Lacks(Field::REFERRAL_CODE)));
    let one = Value::Codes(vec!["given_names".into()]);
    assert_eq!(told(&[(Field::REFERRAL_FIELDS_SHARED, one)]), Err(GateFault::SharedOtherwise));
    let item = Item { person: 0, field: Field::RELIGION, value: text("secret") };
    let forbidden = Shared { items: vec![item] };
    let chosen = Value::Codes(vec!["religion".into()]);
    let forbidden = told(&[
        (Field::REFERRAL_SHARED, text(&forbidden.to_text())),
        (Field::REFERRAL_FIELDS_SHARED, chosen),
    ]);
    assert_eq!(forbidden, Err(GateFault::SharedOtherwise));
}
