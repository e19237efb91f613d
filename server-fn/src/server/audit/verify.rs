//! Verifies a whole database: both chains, what every row holds, who signed it, and every checkpoint there is.
//!
//! Who can write the database but has neither the storage key nor the server's can change no row unnoticed, and can
//! drop rows from the end only together with every checkpoint kept here: what devices hand back, and what was kept
//! elsewhere, tells even that. Who has all of the server's keys is found out by those alone.

use super::What;
use super::epoch::{Began, Present, Said};
use crate::server::ledger::{AuditLink, Digest, LedgerError, Link, Member, audit_chained, chained};
use crate::server::{Office, Table};
use domain::{EnrolmentId, Entry};
use road::server::Weighed;
use seal::Signed;
use seal::envelope::PLAIN_LIMIT;
use seal::signed::ENTRY;
use std::collections::HashMap;
use std::fmt;

/// Rows read at a time.
const STEP: u32 = 500;

/// Which chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Entries, as authors signed them.
    Entries,
    /// The log of deeds and readings.
    Audit,
}

/// Who kept a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// This database.
    Server,
    /// A device, which handed it back.
    Device(EnrolmentId),
    /// A file that was given.
    File,
    /// The file of promises beside the database.
    Beside,
}

/// Something that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Numbers are missing: rows were deleted.
    Deleted(Chain, u64, u64),
    /// A row stands where the row after it knows of none: it was inserted.
    Inserted(Chain, u64),
    /// A row does not follow from the one before it: it was stamped anew, or rows before it were taken out.
    Restamped(Chain, u64),
    /// What a row holds is not what its digest says, or does not open, or differs from what stands beside it.
    Edited(Chain, u64),
    /// The author's signature is not that of the enrolment that the row names.
    Signature(u64),
    /// A checkpoint tells of more rows than there are: the end was cut off.
    Truncated(Chain, u64, Keeper),
    /// A checkpoint tells of another row at its number: the history was written anew.
    Rewritten(Chain, u64, Keeper),
    /// A checkpoint that the server did not sign.
    FalseCheckpoint(Keeper, u64),
    /// Checkpoints are missing between two.
    CheckpointsMissing(u64, u64),
    /// A checkpoint is of another epoch, and the log tells of no restoration with which the present one began: somebody
    /// wrote it into the database, so that what was kept elsewhere should count for nothing.
    FalseEpoch(Keeper),
    /// With this row of the log another epoch began by itself, although the chains were not those that had been promised:
    /// not only rows at the end were missing. Until an epoch begins by command, since somebody has looked into it.
    BeganOver(u64),
}

impl Fault {
    /// Its name, for tables and tests.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Fault::Deleted(..) => "deleted",
            Fault::Inserted(..) => "inserted",
            Fault::Restamped(..) => "restamped",
            Fault::Edited(..) => "edited",
            Fault::Signature(..) => "signature",
            Fault::Truncated(..) => "truncated",
            Fault::Rewritten(..) => "rewritten",
            Fault::FalseCheckpoint(..) => "false_checkpoint",
            Fault::CheckpointsMissing(..) => "checkpoints_missing",
            Fault::FalseEpoch(..) => "false_epoch",
            Fault::BeganOver(..) => "began_over",
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Chain::Entries { "entry" } else { "log row" })
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keeper::Server => f.write_str("a checkpoint kept here"),
            Keeper::Device(id) => write!(f, "a checkpoint that device {id} handed back"),
            Keeper::File => f.write_str("a checkpoint from a file"),
            Keeper::Beside => f.write_str("the file of promises beside the database"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name())?;
        match self {
            Fault::Deleted(chain, from, to) if from == to => write!(f, "{chain} {from} is missing"),
            Fault::Deleted(chain, from, to) => write!(f, "{chain} {from} to {to} are missing"),
            Fault::Inserted(chain, seq) => {
                write!(f, "{chain} {seq} was put in between two that follow each other")
            }
            Fault::Restamped(chain, seq) => write!(
                f,
                "{chain} {seq} does not follow from the one before it: its time or number was changed, or others were taken out"
            ),
            Fault::Edited(chain, seq) => write!(f, "{chain} {seq} does not hold what was written there"),
            Fault::Signature(seq) => write!(f, "entry {seq} is not signed by the device it names"),
            Fault::Truncated(chain, seq, keeper) => {
                write!(f, "{chain} {seq} is gone from the end, as {keeper} tells")
            }
            Fault::Rewritten(chain, seq, keeper) => {
                write!(f, "{chain} {seq} is not the one of then, as {keeper} tells")
            }
            Fault::FalseCheckpoint(keeper, serial) => {
                write!(f, "{keeper} (number {serial}) is not signed by this server")
            }
            Fault::CheckpointsMissing(from, to) => write!(f, "checkpoint {from} to {to} are missing"),
            Fault::FalseEpoch(keeper) => {
                write!(f, "{keeper} is of another epoch, and the log tells of no restoration since")
            }
            Fault::BeganOver(seq) => write!(
                f,
                "with log row {seq} another epoch began by itself over rows that were not those that had been promised; \
                 `amparo restored` says that somebody has looked into it"
            ),
        }
    }
}

/// An epoch that began, as the log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// When, milliseconds since 1970.
    pub at: u64,
    /// Why; `None` for a reason of a later version.
    pub why: Option<Began>,
    /// How many entries were known to be missing then.
    pub missing: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries looked at.
    pub entries: u64,
    /// Rows of the log looked at.
    pub audit: u64,
    /// Checkpoints compared: kept here, handed back, from files.
    pub checkpoints: u64,
    /// Checkpoints from before the database was restored, which say nothing about it.
    pub of_other_epochs: u64,
    /// Epochs that began since the first one: what was missing then was restored over, or cut off.
    pub epochs: Vec<Epoch>,
    /// What is wrong, in the order in which it was found.
    pub faults: Vec<Fault>,
}

/// Verifies everything. `files` holds checkpoints that were kept elsewhere.
///
/// # Errors
/// When the ledger is not able; what cannot be read at all is in no report.
pub fn verify(office: &Office, files: &[Vec<u8>]) -> Result<Report, LedgerError> {
    let mut report = Report::default();
    let present = office.present()?;
    entries(office, &mut report)?;
    audit(office, &mut report)?;
    let mut after = 0;
    loop {
        let kept = office.ledger.checkpoints(after, STEP)?;
        let Some((last, _)) = kept.last() else { break };
        let last = *last;
        for (serial, bytes) in kept {
            if serial > after + 1 {
                report.faults.push(Fault::CheckpointsMissing(after + 1, serial - 1));
            }
            after = serial;
            compare(office, &mut report, present, (Keeper::Server, serial), false, &bytes)?;
        }
        after = last;
    }
    for echo in office.ledger.echoes()? {
        // One that the chains said otherwise than: no epoch that began since takes that back.
        let keeper = (Keeper::Device(echo.enrolment), 0);
        compare(office, &mut report, present, keeper, echo.contradicted, &echo.bytes)?;
    }
    for (place, bytes) in (1..).zip(files) {
        compare(office, &mut report, present, (Keeper::File, place), false, bytes)?;
    }
    let promise = office.promised.read().ok().flatten();
    if let Some(promise) = promise.filter(|it| it.server == office.ledger.identity().server) {
        compare_ends(office, &mut report, present, Keeper::Beside, false, &Said::from(&promise))?;
    }
    Ok(report)
}

fn compare(
    office: &Office,
    report: &mut Report,
    present: Present,
    (keeper, place): (Keeper, u64),
    contradicted: bool,
    bytes: &[u8],
) -> Result<(), LedgerError> {
    report.checkpoints += 1;
    let Some(checkpoint) = office.read_checkpoint(bytes)? else {
        report.faults.push(Fault::FalseCheckpoint(keeper, place));
        return Ok(());
    };
    compare_ends(office, report, present, keeper, contradicted, &Said::from(&checkpoint))
}

fn compare_ends(
    office: &Office,
    report: &mut Report,
    present: Present,
    keeper: Keeper,
    contradicted: bool,
    said: &Said,
) -> Result<(), LedgerError> {
    match office.weigh(said, &present)? {
        // What lies here came out of the same backup as the rows; what others keep may be of rows that a backup lacks.
        Weighed::Former if keeper != Keeper::Server && !contradicted => {
            report.of_other_epochs += 1;
            return Ok(());
        }
        Weighed::Unexplained if !report.faults.contains(&Fault::FalseEpoch(keeper)) => {
            report.faults.push(Fault::FalseEpoch(keeper));
        }
        _ => {}
    }
    let (entries, audit) = office.ledger.heads_at(said.entries.0, said.audit.0)?;
    let said = [
        (Chain::Entries, said.entries.0, said.entries.1, entries),
        (Chain::Audit, said.audit.0, said.audit.1, audit),
    ];
    for (chain, seq, head, held) in said {
        match held {
            None => report.faults.push(Fault::Truncated(chain, seq, keeper)),
            Some(held) if held != head => report.faults.push(Fault::Rewritten(chain, seq, keeper)),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The hash that a row has after another's.
type Follows<'a> = &'a dyn Fn(&Digest) -> Digest;

/// Walks along a chain: tells what does not follow.
struct Walk {
    chain: Chain,
    seq: u64,
    head: Digest,
}

impl Walk {
    fn new(chain: Chain) -> Self {
        Self { chain, seq: 0, head: [0; 32] }
    }

    /// One row with its number and hash; `follows` tells the hash of it after another, `next` that of the row after it
    /// and what it should be.
    fn step(
        &mut self,
        seq: u64,
        hash: Digest,
        follows: impl Fn(&Digest) -> Digest,
        next: Option<(Digest, Follows<'_>)>,
    ) -> Option<Fault> {
        let (gap, before) = (seq != self.seq + 1, self.seq);
        self.seq = seq;
        if gap {
            // What came before is not there: only that can be said.
            self.head = hash;
            return Some(Fault::Deleted(self.chain, before + 1, seq.saturating_sub(1)));
        }
        if follows(&self.head) == hash {
            self.head = hash;
            return None;
        }
        if next.is_some_and(|(hash, follows)| follows(&self.head) == hash) {
            return Some(Fault::Inserted(self.chain, seq));
        }
        self.head = hash;
        Some(Fault::Restamped(self.chain, seq))
    }
}

fn entries(office: &Office, report: &mut Report) -> Result<(), LedgerError> {
    let mut walk = Walk::new(Chain::Entries);
    let mut members: HashMap<EnrolmentId, Option<Member>> = HashMap::new();
    let mut links = office.ledger.chain(0, STEP)?;
    while !links.is_empty() {
        // One row of the next step stays at hand: whether a row was put in is told by the one after it.
        let last = links.last().map_or(0, |link| link.seq);
        let following = office.ledger.chain(last, STEP)?;
        for (place, link) in links.iter().enumerate() {
            let next = links.get(place + 1).or(following.first());
            let follows = |head: &Digest| next.map_or([0; 32], |next| chained(head, &next.entry));
            let next = next.map(|next| (next.chain, &follows as Follows<'_>));
            report.faults.extend(walk.step(link.seq, link.chain, |head| chained(head, &link.entry), next));
            report.faults.extend(entry_fault(office, link, &mut members)?);
            report.entries += 1;
        }
        links = following;
    }
    Ok(())
}

fn entry_fault(
    office: &Office,
    link: &Link,
    members: &mut HashMap<EnrolmentId, Option<Member>>,
) -> Result<Option<Fault>, LedgerError> {
    let row = &link.entry;
    let edited = Some(Fault::Edited(Chain::Entries, link.seq));
    let Ok((_, packed)) = office.unseal(Table::Entries, &row.id.0, &row.sealed) else { return Ok(edited) };
    let Ok(plain) = seal::unpack(&packed, PLAIN_LIMIT) else { return Ok(edited) };
    if seal::digest(&plain) != row.digest {
        return Ok(edited);
    }
    let member = match members.get(&row.enrolment) {
        Some(member) => member.clone(),
        None => {
            let member = office.ledger.member(row.enrolment)?;
            members.insert(row.enrolment, member.clone());
            member
        }
    };
    let entry = member.and_then(|member| {
        let signed = Signed::from_bytes(&plain).ok()?;
        let entry = Entry::from_bytes(signed.verify(&member.enrolment.verifying, ENTRY).ok()?).ok()?;
        let said = (entry.id, entry.enrolment, entry.author);
        (said == (row.id, row.enrolment, member.user.id)).then_some(())
    });
    Ok(if entry.is_some() { None } else { Some(Fault::Signature(link.seq)) })
}

fn audit(office: &Office, report: &mut Report) -> Result<(), LedgerError> {
    let mut walk = Walk::new(Chain::Audit);
    let (mut is_rewritten, mut began_over) = (false, Vec::new());
    let mut links = office.ledger.audit_chain(0, STEP)?;
    while !links.is_empty() {
        let last = links.last().map_or(0, |link| link.seq);
        let following = office.ledger.audit_chain(last, STEP)?;
        for (place, link) in links.iter().enumerate() {
            let next: Option<&AuditLink> = links.get(place + 1).or(following.first());
            let follows = |head: &Digest| next.map_or([0; 32], |next| audit_chained(head, &next.row));
            let next = next.map(|next| (next.chain, &follows as Follows<'_>));
            let own = |head: &Digest| audit_chained(head, &link.row);
            report.faults.extend(walk.step(link.seq, link.chain, own, next));
            match office.audit_detail(&link.row).filter(|(_, sound)| *sound) {
                None => report.faults.push(Fault::Edited(Chain::Audit, link.seq)),
                Some((detail, _)) if link.row.what == What::Restored.code() => {
                    let (at, why) = (link.row.received_at, Began::from_key(&detail.reason));
                    report.epochs.push(Epoch { at, why, missing: detail.figure });
                    match why {
                        Some(Began::Command | Began::Restored | Began::Rebuilt) => began_over.clear(),
                        _ if is_rewritten => began_over.push(Fault::BeganOver(link.seq)),
                        _ => {}
                    }
                    is_rewritten = false;
                }
                Some(_) if link.row.what == What::HistoryRewritten.code() => is_rewritten = true,
                Some(_) => {}
            }
            report.audit += 1;
        }
        links = following;
    }
    report.faults.extend(began_over);
    Ok(())
}
