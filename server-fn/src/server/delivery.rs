//! Delivery: a parcel is stored as it came, then judged, then answered with signed receipts.

use super::judge::{Judged, UNREADABLE_LIMIT, judge_carried};
use super::ledger::{Arrival, KeptRow, State, Stored};
use super::limits::{Kind, Who};
use super::request::blocking;
use super::{Office, log, now_ms};
use crate::ApiError;
use domain::EnrolmentId;
use road::server::{again, before};
use seal::{CapsuleId, Envelope, Parcel, Receipt, Receipts, SealError, Verdict, short_digest};
use serde_bytes::ByteBuf;
use std::collections::{BTreeMap, HashSet};

/// Largest parcel.
pub const PARCEL_LIMIT: usize = 1024 * 1024;
/// Largest envelope.
pub const ENVELOPE_LIMIT: usize = 512 * 1024;
/// An X-Wing encapsulation.
const CAPSULE: usize = 1120;

/// Body of `api::deliver`.
///
/// # Errors
/// As there.
pub async fn deliver(token: ByteBuf, parcel: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let office = &*current.office;
        let taken = take(office, &token, &parcel)?;
        taken.judge(office).map(ByteBuf::from)
    })
    .await
}

/// A parcel that lies durably in the ledger and has not been judged. Dropping it loses nothing: what waits is
/// judged when it is sent again, or at the next start.
pub struct Taken<'a> {
    parcel: &'a [u8],
    /// Whose token it came with.
    carrier: EnrolmentId,
    /// The epoch in which it came.
    epoch: [u8; 16],
    began: u64,
    digests: Vec<[u8; 16]>,
    answers: Vec<Option<Judged>>,
    /// Items of the parcel that are no envelopes.
    unreadable: usize,
    /// Waiting envelopes by their number in the ledger, with their places in the parcel.
    waiting: BTreeMap<u64, (KeptRow, Vec<usize>)>,
}

/// Checks the token and stores the parcel's envelopes as they came.
///
/// # Errors
/// [`ApiError::DepositRefused`], [`ApiError::TooLarge`], [`ApiError::Malformed`] or
/// [`ApiError::Unavailable`]; nothing was stored then.
pub fn take<'a>(office: &Office, token: &[u8], parcel: &'a [u8]) -> Result<Taken<'a>, ApiError> {
    if parcel.len() > PARCEL_LIMIT {
        return Err(ApiError::TooLarge);
    }
    let carrier = office.ledger.holder_of_token(seal::digest(token))?.ok_or(ApiError::DepositRefused)?;
    office.limits.take(Kind::Delivery, Who::Enrolment(carrier))?;
    // Before anything is stored: what lies in a database of before must not count for one that is put in its place
    // meanwhile.
    let epoch = office.ledger.look()?.epoch;
    let Parcel { mut capsules, envelopes } = Parcel::from_bytes(parcel).map_err(|_| ApiError::Malformed)?;
    let now = now_ms();
    let mut taken = Taken {
        parcel,
        carrier,
        epoch,
        began: now,
        digests: envelopes.iter().map(|bytes| short_digest(bytes)).collect(),
        answers: vec![None; envelopes.len()],
        unreadable: 0,
        waiting: BTreeMap::new(),
    };
    let (places, arrivals) = taken.sift(office, envelopes)?;
    let needed: HashSet<CapsuleId> = arrivals.iter().map(|arrival| arrival.header.capsule).collect();
    capsules.retain(|capsule| capsule.len() == CAPSULE && needed.contains(&CapsuleId::of(capsule)));
    if arrivals.is_empty() {
        return Ok(taken);
    }
    let raws: Vec<Vec<u8>> = arrivals.iter().map(|arrival| arrival.raw.clone()).collect();
    let stored = office.ledger.store(capsules, arrivals, now)?;
    for ((place, raw), stored) in places.into_iter().zip(raws).zip(stored) {
        match stored {
            Stored::Waiting(seq) => {
                let row =
                    KeptRow { seq, state: State::Waiting, reason: String::new(), received_at: now, raw };
                taken.waiting.entry(seq).or_insert((row, Vec::new())).1.push(place);
            }
            Stored::Before(state, reason) => taken.answer(place, before(state, &reason)),
            Stored::CapsuleMissing => taken.answer(place, Judged::new(Verdict::CapsuleMissing, "")),
        }
    }
    Ok(taken)
}

impl Taken<'_> {
    /// Puts aside what is no envelope; gives the rest with its places.
    fn sift(
        &mut self,
        office: &Office,
        envelopes: Vec<Vec<u8>>,
    ) -> Result<(Vec<usize>, Vec<Arrival>), ApiError> {
        let (mut places, mut arrivals, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        let digests = self.digests.clone();
        for ((place, raw), digest) in envelopes.into_iter().enumerate().zip(digests) {
            if raw.len() > ENVELOPE_LIMIT {
                self.answer(place, Judged::new(Verdict::TooLarge, ""));
                continue;
            }
            match Envelope::read(&raw) {
                Ok(envelope) => {
                    places.push(place);
                    arrivals.push(Arrival { digest, header: envelope.header, raw });
                }
                Err(SealError::UnknownVersion) => {
                    self.answer(place, Judged::new(Verdict::UnknownVersion, ""));
                }
                Err(_) => {
                    self.answer(place, Judged::new(Verdict::Unreadable, "not_an_envelope"));
                    self.unreadable += 1;
                    if self.unreadable <= UNREADABLE_LIMIT {
                        unreadable.push(raw);
                    }
                }
            }
        }
        if !unreadable.is_empty() {
            office.ledger.keep_unreadable(self.carrier, unreadable, self.began)?;
        }
        Ok((places, arrivals))
    }

    fn answer(&mut self, place: usize, judged: Judged) {
        if let Some(answer) = self.answers.get_mut(place) {
            *answer = Some(judged);
        }
    }

    /// Judges what waits and gives the signed receipts.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`]; the envelopes stay stored.
    pub fn judge(mut self, office: &Office) -> Result<Vec<u8>, ApiError> {
        let (rows, places): (Vec<KeptRow>, Vec<Vec<usize>>) =
            std::mem::take(&mut self.waiting).into_values().unzip();
        if !rows.is_empty() {
            let judged = judge_carried(office, &rows, self.carrier, self.unreadable)?;
            for (judged, places) in judged.into_iter().zip(places) {
                let mut places = places.into_iter();
                let first = places.next();
                for place in places {
                    self.answer(place, again(&judged));
                }
                if let Some(place) = first {
                    self.answer(place, judged);
                }
            }
        }
        self.log();
        let items = self.digests.iter().zip(&self.answers).map(|(digest, answer)| {
            let Judged { verdict, reason } =
                answer.clone().unwrap_or_else(|| Judged::new(Verdict::Unreadable, ""));
            Receipt { envelope: *digest, verdict, reason }
        });
        // Without one a receipt is worth no less: the next answer brings one.
        let checkpoint = office.checkpoint().map_err(|error| log::trouble("checkpoint", &error)).ok();
        let receipts = Receipts { epoch: self.epoch, items: items.collect(), checkpoint };
        Ok(receipts.to_bytes(&office.keyring.secrets.signing, self.parcel))
    }

    fn log(&self) {
        let count = |wanted: Verdict| {
            self.answers.iter().flatten().filter(|judged| judged.verdict == wanted).count() as u64
        };
        let accepted = count(Verdict::Accepted);
        let (before, parked) = (count(Verdict::AlreadyHere), count(Verdict::Parked));
        let all = self.answers.len() as u64;
        let figures = [
            ("bytes", self.parcel.len() as u64),
            ("envelopes", all),
            ("accepted", accepted),
            ("already_here", before),
            ("parked", parked),
            ("other", all - accepted - before - parked),
            ("ms", now_ms().saturating_sub(self.began)),
        ];
        log::event("deliver", &figures);
    }
}
