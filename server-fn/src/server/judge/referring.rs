//! Referrals, judged where they are entered: their steps, what they rest on, and to whom they are then told.

use super::OpenedEntry;
use super::fold::{Fold, Held, parent_of};
use crate::server::ledger::{Addressed, LedgerError};
use crate::server::rights::{Stood, Weighing};
use domain::service::referral::{Backing, Basis, consents_to, gate};
use domain::service::{Referral, Status};
use domain::{Change, Entry, Field, GroupRef, Kind, Record, RecordId, Role, Value};

/// Milliseconds of a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

impl Fold<'_> {
    /// Reads what the referrals of an entry rest on: their consent, the referral that they answer, and of whom they are.
    pub(super) fn load_backing(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let mut wanted = Vec::new();
        for change in of_kind(entry, Kind::REFERRAL) {
            let stated = change.ops.iter().filter_map(|op| op.value.as_ref());
            wanted.extend(stated);
            if let Some(record) = self.record(change.record) {
                let held = [Field::REFERRAL_CONSENT, Field::REFERRAL_PARENT, Field::OWNER];
                wanted.extend(held.into_iter().filter_map(|field| reference(record, field)));
            }
        }
        self.load(wanted)
    }

    /// Reads all consents of those of whom an entry sends something, as it is folded in.
    pub(super) fn load_consents(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let sends = of_kind(entry, Kind::REFERRAL).filter(|change| states_sent(change));
        let groups = sends.filter_map(|change| self.held.get(&change.record)?.home.group);
        for group in groups.collect::<Vec<_>>() {
            let consents = self.office.ledger.consents_of(group)?;
            self.load(consents)?;
        }
        Ok(())
    }

    /// Whether the consent on which a referral rests was taken back by another record of the same people for the same
    /// institution, after it was given.
    fn is_taken_back_since(&self, referral: Referral<'_>, consent: &Record, group: Option<RecordId>) -> bool {
        let given = decisions(consent, "yes").max().unwrap_or(0);
        let to = referral.text(Field::REFERRAL_TO);
        let others = self.held.values().filter_map(|held| held.record.as_ref());
        others.filter(|other| other.kind == Kind::CONSENT && consents_to(other, to)).any(|other| {
            let owner = parent_of(other);
            let is_theirs = owner.is_some() && (owner == referral.owner() || owner == group);
            is_theirs && decisions(other, "withdrawn").any(|at| at >= given)
        })
    }

    /// Why an entry that is folded in may not bring its referrals to where they stand then.
    pub(super) fn refuses_steps(
        &self,
        weighing: &Weighing,
        opened: &OpenedEntry,
        before: &[(RecordId, Option<Held>)],
    ) -> Result<Option<&'static str>, LedgerError> {
        let OpenedEntry { entry, received_at, .. } = opened;
        let day = i64::try_from(received_at / DAY).unwrap_or(i64::MAX);
        for change in of_kind(entry, Kind::REFERRAL) {
            let was = before.iter().find(|(id, _)| *id == change.record).and_then(|(_, held)| held.as_ref());
            let Some(held) = self.held.get(&change.record) else { continue };
            let Some(after) = held.record.as_ref() else { continue };
            let Some(referral) = Referral::of(after) else { continue };
            let backing = self.backing(after);
            let withdrawn =
                backing.consent.is_some_and(|it| self.is_taken_back_since(referral, it, backing.group));
            let desk = referral.text(Field::REFERRAL_DESK);
            let site = weighing.rules.desk_site(desk).unwrap_or_default();
            let is_here = site.is_empty() || self.office.operation(site) == held.home.scope;
            let reaches_desk = is_here && weighing.rules.takes(desk, day);
            let stood = Stood {
                before: was.and_then(|held| Some((&held.home, held.record.as_ref()?))),
                after,
                backing,
                withdraws: self.withdraws(entry, referral, held),
                withdrawn,
                parent_withdrawn: self.is_parent_withdrawn(after),
                reaches_desk,
                is_number_taken: states_sent(change) && self.is_number_taken(referral)?,
                is_of_others: self.is_of_others(was, referral),
            };
            let made_by = was.and_then(|held| held.made_by);
            if let Some(reason) = weighing.refuses_step(change, made_by, &stood) {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Whether an entry takes back the consent on which a referral rests, or another one of the same people for the same
    /// institution.
    fn withdraws(&self, entry: &Entry, referral: Referral<'_>, held: &Held) -> bool {
        let of_sending = held.home.addressed.as_ref().and_then(|addressed| addressed.consent);
        let rests = reference(referral.record(), Field::REFERRAL_CONSENT).or(of_sending);
        let to = referral.text(Field::REFERRAL_TO);
        of_kind(entry, Kind::CONSENT).filter(|change| decides(change, &["withdrawn"])).any(|change| {
            rests == Some(change.record)
                || self.record(change.record).is_some_and(|consent| {
                    let owner = parent_of(consent);
                    let is_theirs =
                        owner.is_some() && (owner == referral.owner() || owner == held.home.group);
                    is_theirs && consents_to(consent, to)
                })
        })
    }

    /// Whether a referral that was sent hangs on somebody else than before, and not because their group went into
    /// another one.
    fn is_of_others(&self, was: Option<&Held>, referral: Referral<'_>) -> bool {
        let before = was.filter(|held| held.home.addressed.is_some()).and_then(|held| held.record.as_ref());
        let Some(before) = before.and_then(Referral::of) else { return false };
        if before.owner() == referral.owner() {
            return false;
        }
        let (Some(old), Some(new)) = (before.owner(), referral.owner()) else { return true };
        // Also when that is undone.
        let went = |from: RecordId, into: RecordId| {
            let mut known = self.record(from).into_iter().flat_map(|it| it.known(Field::MERGED_INTO));
            known.any(|stated| stated.value.as_ref() == Some(into))
        };
        !went(old, new) && !went(new, old)
    }

    /// Whether the number of a slip is that of another referral already: each is typed where nothing else tells which.
    fn is_number_taken(&self, referral: Referral<'_>) -> Result<bool, LedgerError> {
        let id = referral.record().id;
        let Ok(number) = GroupRef::parse(referral.text(Field::REFERRAL_REF)) else { return Ok(false) };
        // What was sent in the same parcel is noted nowhere yet.
        let sent = self.held.values().filter(|held| held.home.addressed.is_some());
        let mut others =
            sent.filter_map(|held| Referral::of(held.record.as_ref()?)).filter(|it| it.record().id != id);
        if others.any(|it| GroupRef::parse(it.text(Field::REFERRAL_REF)).ok() == Some(number)) {
            return Ok(true);
        }
        let noted = self.office.ledger.slips(self.office.slip_number(number)?)?;
        Ok(noted.iter().any(|other| *other != id))
    }

    /// Whether the referral that one answers or goes on from was taken back, be it by its consent alone.
    fn is_parent_withdrawn(&self, referral: &Record) -> bool {
        let parent = reference(referral, Field::REFERRAL_PARENT).and_then(|id| self.held.get(&id));
        parent.and_then(|held| held.home.addressed.as_ref()).is_some_and(|addressed| addressed.withdrawn)
    }

    /// What a referral rests on, as far as it is here. A parent that was taken back backs nothing.
    fn backing(&self, referral: &Record) -> Backing<'_> {
        let named = |field| reference(referral, field).and_then(|id| self.record(id));
        let group = self.held.get(&referral.id).and_then(|held| held.home.group);
        let parent = named(Field::REFERRAL_PARENT).filter(|_| !self.is_parent_withdrawn(referral));
        Backing { parent, consent: named(Field::REFERRAL_CONSENT), group }
    }

    /// Referrals of an entry of which their receivers are told.
    pub(super) fn addressed_by(&self, entry: &Entry) -> impl Iterator<Item = &Record> {
        let held = of_kind(entry, Kind::REFERRAL).filter_map(|change| self.held.get(&change.record));
        held.filter(|held| held.home.addressed.is_some()).filter_map(|held| held.record.as_ref())
    }

    /// Referrals that an entry sends which was taken, and for which nobody agreed: each with the ground that was given.
    pub(super) fn sent_without_consent(&self, opened: &OpenedEntry) -> Vec<(RecordId, String)> {
        let Some(role) = Role::from_code(opened.member.user.role) else { return Vec::new() };
        let sent = of_kind(&opened.entry, Kind::REFERRAL).filter(|change| states_sent(change));
        let without = sent.filter_map(|change| {
            let record = self.record(change.record)?;
            let rests = gate(role, record, &self.backing(record));
            let ground = Referral::of(record)?.text(Field::REFERRAL_OVERRIDE);
            // Whatever else a device put there is no code, and might name somebody.
            let is_code =
                ground.len() <= 32 && ground.bytes().all(|it| it == b'_' || it.is_ascii_lowercase());
            let ground = if is_code { ground.to_owned() } else { String::new() };
            (rests == Ok(Basis::Override)).then_some((record.id, ground))
        });
        without.collect()
    }

    /// Tells those whom it concerns of an entry that is taken: the desk to which something was sent, and all desks to
    /// which something was sent that rests on a consent that it takes back.
    pub(super) fn address(&mut self, opened: &OpenedEntry) -> Result<(), LedgerError> {
        let entry = &opened.entry;
        for change in of_kind(entry, Kind::REFERRAL) {
            let returned = self.returned(change.record);
            let Some(held) = self.held.get_mut(&change.record) else { continue };
            let Some(referral) = held.record.as_ref().and_then(Referral::of) else { continue };
            if held.home.addressed.is_some() || !states_sent(change) || !referral.status().is_open() {
                continue;
            }
            let consent = reference(referral.record(), Field::REFERRAL_CONSENT).or(returned);
            let organisation = referral.text(Field::REFERRAL_TO).to_owned();
            held.home.addressed = Some(Addressed { organisation, withdrawn: false, consent });
            // Who takes the consent back at the same time is judged again.
            if let Some(consent) = consent {
                self.touch(consent);
            }
        }
        for change in of_kind(entry, Kind::CONSENT) {
            if decides(change, &["withdrawn", "no"]) {
                self.withdraw(change.record)?;
            }
        }
        Ok(())
    }

    /// A consent was taken back. What was sent and rests on it, or on another one of the same people for the same
    /// institution, is told to its receiver no longer.
    fn withdraw(&mut self, consent: RecordId) -> Result<(), LedgerError> {
        let Some(group) = self.held.get(&consent).map(|held| held.home.group) else { return Ok(()) };
        // Who sends something at the same time that rests on another one of theirs is judged again: these come first, for
        // what is sent after they were read changes one of them, and what was sent before is found below.
        if let Some(group) = group {
            let consents = self.office.ledger.consents_of(group)?;
            self.load(consents.clone())?;
            consents.into_iter().for_each(|id| self.touch(id));
        }
        let mut concerned = self.office.ledger.resting_on(consent)?;
        if let Some(group) = group {
            concerned.extend(self.office.ledger.addressed_of(group)?);
        }
        concerned.extend(self.held.keys());
        concerned.sort_unstable();
        concerned.dedup();
        self.load(concerned.clone())?;
        // When that was given on which they rest.
        let rested: Vec<RecordId> = concerned.iter().filter_map(|id| self.rested_on(*id)).collect();
        self.load(rested)?;
        let Some(record) = self.record(consent).cloned() else { return Ok(()) };
        let mut taken_back = Vec::new();
        for id in concerned {
            let given = self.rested_on(id).and_then(|consent| self.record(consent));
            let given = given.and_then(|consent| decisions(consent, "yes").max());
            let Some(held) = self.held.get_mut(&id) else { continue };
            let Some(referral) = held.record.as_ref().and_then(Referral::of) else { continue };
            let Some(addressed) = held.home.addressed.as_mut().filter(|addressed| !addressed.withdrawn)
            else {
                continue;
            };
            if takes_back(&record, group, referral, addressed, given) {
                addressed.withdrawn = true;
                taken_back.push(id);
                self.touch(id);
            }
        }
        self.withdraw_returned(taken_back)
    }

    /// What went back to where it came from falls with what it answers.
    fn withdraw_returned(&mut self, mut parents: Vec<RecordId>) -> Result<(), LedgerError> {
        while let Some(parent) = parents.pop() {
            let Some(consent) = self.rested_on(parent) else { continue };
            let mut below = self.office.ledger.resting_on(consent)?;
            self.load(below.clone())?;
            below.extend(self.held.keys());
            for id in below {
                let Some(record) = self.record(id).filter(|record| record.kind == Kind::REFERRAL) else {
                    continue;
                };
                let is_below = reference(record, Field::REFERRAL_PARENT) == Some(parent)
                    && reference(record, Field::REFERRAL_CONSENT).is_none()
                    && self.rested_on(id) == Some(consent);
                let addressed = self.held.get_mut(&id).and_then(|held| held.home.addressed.as_mut());
                let Some(addressed) = addressed.filter(|it| is_below && !it.withdrawn) else { continue };
                addressed.withdrawn = true;
                parents.push(id);
                self.touch(id);
            }
        }
        Ok(())
    }

    /// The consent on which something rests that was sent.
    fn rested_on(&self, id: RecordId) -> Option<RecordId> {
        self.held.get(&id)?.home.addressed.as_ref()?.consent
    }

    /// What goes back to where it came from rests on what that rested on, and is taken back with it.
    fn returned(&self, id: RecordId) -> Option<RecordId> {
        let referral = self.record(id).and_then(Referral::of)?;
        let parent = self.held.get(&referral.parent()?)?;
        let first = parent.record.as_ref().and_then(Referral::of)?;
        let goes_back = referral.text(Field::REFERRAL_TO) == first.text(Field::REFERRAL_FROM)
            && referral.text(Field::REFERRAL_FROM) == first.text(Field::REFERRAL_TO);
        parent.home.addressed.as_ref().filter(|_| goes_back)?.consent
    }

    fn record(&self, id: RecordId) -> Option<&Record> {
        self.held.get(&id)?.record.as_ref()
    }
}

/// Whether a consent as it stands takes back that on which a referral rests, which was `given` at a time. What was taken
/// back before that, by another record, arrives late and takes back nothing.
fn takes_back(
    consent: &Record,
    group: Option<RecordId>,
    referral: Referral<'_>,
    addressed: &Addressed,
    given: Option<u64>,
) -> bool {
    let is_named = addressed.consent == Some(consent.id);
    let owner = parent_of(consent);
    let is_theirs = owner.is_some() && (owner == referral.owner() || owner == group);
    let decided = |code: &str| {
        consent.values(Field::CONSENT_DECISION).iter().any(|value| value.as_text() == Some(code))
    };
    if decided("withdrawn") {
        let is_since = given.is_none_or(|given| decisions(consent, "withdrawn").any(|at| at >= given));
        return is_named || (is_theirs && is_since && consents_to(consent, &addressed.organisation));
    }
    // Found never to have been given. What was sent without, or back to where it came from, does not rest on it.
    let rests = [Field::REFERRAL_OVERRIDE, Field::REFERRAL_PARENT];
    let rests_elsewhere = rests.iter().any(|field| referral.record().shown(*field).is_some());
    is_named && decided("no") && !decided("yes") && !rests_elsewhere
}

/// When it was decided so, by the clocks of those who noted it, as far as that stands.
fn decisions<'r>(consent: &'r Record, code: &'r str) -> impl Iterator<Item = u64> + 'r {
    let stated = consent.stated(Field::CONSENT_DECISION);
    stated.filter(move |stated| stated.value.as_text() == Some(code)).map(|stated| stated.at)
}

fn decides(change: &Change, codes: &[&str]) -> bool {
    let stated = change.ops.iter().filter(|op| op.field == Field::CONSENT_DECISION);
    stated.filter_map(|op| op.value.as_text()).any(|code| codes.contains(&code))
}

fn states_sent(change: &Change) -> bool {
    let stated = change.ops.iter().filter(|op| op.field == Field::REFERRAL_STATUS);
    stated.filter_map(|op| op.value.as_text()).any(|code| Status::from_code(code) == Some(Status::Sent))
}

fn reference(record: &Record, field: Field) -> Option<RecordId> {
    record.shown(field).and_then(Value::as_ref)
}

fn of_kind(entry: &Entry, kind: Kind) -> impl Iterator<Item = &Change> {
    entry.changes.iter().filter(move |change| change.kind == kind)
}
