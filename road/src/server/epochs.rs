//! What a checkpoint says that a device hands back: whether the database is behind what it once promised.
//!
//! A database that was put back without anybody saying so goes on in its epoch, and devices that hold receipts of it take
//! for held what it lacks. They keep the newest checkpoint that it signed, and hand it back: one that is of the present
//! epoch, and tells of more than there is, was made by a database of which this one is an earlier state. Then another
//! epoch begins by itself, and devices send again what is missing.

/// What a handed-back checkpoint says. Its signature was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The epoch in which it was made.
    pub epoch: [u8; 16],
    /// When, by the server's clock, milliseconds since 1970.
    pub at: u64,
    /// Number of the last entry then.
    pub entries_seq: u64,
    /// Number of the last row of the log of deeds then.
    pub audit_seq: u64,
}

/// How the database stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ours {
    /// The present epoch.
    pub epoch: [u8; 16],
    /// When it began with a restoration that the log tells of, milliseconds since 1970; `None` for the first one.
    pub began: Option<u64>,
    /// Number of the last entry.
    pub entries_seq: u64,
    /// Number of the last row of the log of deeds.
    pub audit_seq: u64,
}

/// What a handed-back checkpoint means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighed {
    /// Of the present epoch, and no further than the chains reach: they must hold exactly what it says at these numbers.
    Compare,
    /// Of the present epoch, and further than the chains reach: this database is an earlier state of the one that made
    /// it. Another epoch begins.
    Behind,
    /// From before the database was restored: it may well tell of what a backup lacks.
    Former,
    /// Of an epoch that began after the present one: somebody went back behind a restoration. Another epoch begins.
    Later,
    /// Of another epoch, while the log tells of no restoration with which the present one began.
    Unexplained,
}

impl Weighed {
    /// Whether the database lacks something that it once acknowledged, so that another epoch has to begin.
    #[must_use]
    pub fn is_behind(self) -> bool {
        matches!(self, Weighed::Behind | Weighed::Later)
    }
}

/// Weighs a checkpoint that a device handed back.
#[must_use]
pub fn weigh(handed: &Handed, ours: &Ours) -> Weighed {
    if handed.epoch == ours.epoch {
        let is_behind = handed.entries_seq > ours.entries_seq || handed.audit_seq > ours.audit_seq;
        return if is_behind { Weighed::Behind } else { Weighed::Compare };
    }
    match ours.began {
        Some(began) if handed.at <= began => Weighed::Former,
        Some(_) => Weighed::Later,
        None => Weighed::Unexplained,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_was_put_back_quietly_is_told_so_by_the_first_device_that_knows_more() {
        let ours = Ours { epoch: [1; 16], began: Some(500), entries_seq: 10, audit_seq: 20 };
        let handed = Handed { epoch: [1; 16], at: 600, entries_seq: 10, audit_seq: 20 };
        let check = |handed: Handed, ours: Ours, wanted: Weighed| {
            assert_eq!(weigh(&handed, &ours), wanted, "{handed:?} {ours:?}");
        };
        check(handed, ours, Weighed::Compare);
        check(Handed { entries_seq: 3, audit_seq: 4, ..handed }, ours, Weighed::Compare);
        check(Handed { entries_seq: 11, ..handed }, ours, Weighed::Behind);
        check(Handed { audit_seq: 21, ..handed }, ours, Weighed::Behind);
        let former = Handed { epoch: [2; 16], at: 400, entries_seq: 99, ..handed };
        check(former, ours, Weighed::Former);
        check(Handed { at: 501, ..former }, ours, Weighed::Later);
        check(former, Ours { began: None, ..ours }, Weighed::Unexplained);
        assert!(Weighed::Behind.is_behind() && Weighed::Later.is_behind());
        assert!(!Weighed::Former.is_behind() && !Weighed::Unexplained.is_behind());
    }
}
