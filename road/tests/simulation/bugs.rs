//! Bugs that are planted to see whether the simulation finds them, each at the seam where a decision is carried out.

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// A planted bug.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug { $($(#[$doc])* $name),+ }

        impl Bug {
            pub const ALL: &'static [Bug] = &[$(Bug::$name),+];
        }
    };
}

bugs! {
    /// Server: says that an envelope is stored before the commit.
    AcknowledgedBeforeCommit,
    /// Server: says that it is stored, and commits only what it judged.
    JudgedWithoutStoring,
    /// Server: numbers are given before the commit, so that a smaller one becomes visible after a larger one.
    CursorSkipsLateCommit,
    /// Server: the same entry id with other content is taken for the same and dropped.
    NothingOnSameIdOtherBytes,
    /// Server: what comes twice is entered twice, under another id.
    DuplicateAppliedTwice,
    /// Server: what a revoked device sends is answered and dropped.
    RevokedWorkDropped,
    /// Server: what is out of its author's reach is answered and dropped.
    OutOfReachDropped,
    /// Server: nothing parked is judged again when rights change.
    ParkedNeverJudgedAgain,
    /// Server: what waited when it crashed is not judged at its next start, nor when it comes again.
    WaitingForgottenAtStart,
    /// Server: an older state of a draft takes the place of a newer one.
    OldDraftBeatsNew,
    /// Server: the last writer of a field wins; the others' values are thrown away.
    LastWriteWins,
    /// Server: which of two values stands is decided by the devices' clocks.
    ClockOrdersEdits,
    /// Server: a statement that arrives after its replacement stands again.
    ReplacedComesBack,
    /// Server: goes on in its epoch after a restore.
    RestoreKeepsEpoch,
    /// Server: hands out from the beginning when somebody's rights shrank, and tells nothing to be dropped.
    RightsShrinkDropsNothing,
    /// Server: does not tell what left somebody's reach.
    DeparturesNotTold,
    /// Server: the next cursor lies behind a record that had no room on the page.
    CursorSkipsCutPage,
    /// Server: two that judged the same records at once both write; the second undoes the first.
    LostUpdate,
    /// Server: believes an envelope's capsule to lie here without looking.
    CapsuleNotLookedFor,
    /// Device: an answer 401 empties the outbox.
    OutboxEmptiedOn401,
    /// Device: another epoch changes nothing.
    EpochIgnored,
    /// Device: sends again what waits in another epoch, and forgets the shelf.
    EpochForgetsShelf,
    /// Device: what was delivered is not kept on the shelf at all.
    NoShelf,
    /// Device: any answer 200 is an acknowledgement, as a captive portal gives.
    PortalAcknowledges,
    /// Device: a capsule once taken for held is never sent again.
    CapsuleNeverAskedAgain,
    /// Device: receipts are settled by their place in the answer, not by the digests that they name.
    ReceiptWithoutDigest,
    /// Device: a verdict that this version does not know is taken for an acknowledgement.
    UnknownVerdictAcknowledges,
    /// Device: wiping a vault empties the outbox.
    WipeEmptiesOutbox,
    /// Device: switching users empties the outbox of the former.
    SwitchEmptiesOutbox,
    /// Device: saves are committed relaxed.
    RelaxedSaves,
    /// Device: what the storage did not take for want of room is shown as saved.
    FullIgnored,
    /// Device: record and envelope are saved in two transactions.
    SavedInTwoTransactions,
    /// Device: pages are taken in without moving the cursor with them, the cursor first.
    CursorBeforePage,
    /// Device: what is to be dropped is not dropped.
    EvictionIgnored,
    /// Device: what is to be dropped goes even where something in it was not sent, with its envelope.
    EvictionTakesUnsent,
    /// Device: an attempt that failed is made again under another id.
    RetryWithNewIds,
    /// Device: the shelf ages by the device's clock.
    ShelfAgesByDeviceClock,
    /// Device: what was parked keeps its place at the head of the queue.
    ParkedBlocksQueue,
    /// Device: waits twice as long after each failure, without bound.
    BackOffNeverEnds,
    /// Device: "until when" is believed after the clock was put back.
    ClockPutBackStopsQueue,
    /// Device: after the loss of its database it begins with an empty one, without looking into the journal.
    JournalNotLookedAt,
    /// Device: the receipt of a draft's former state takes away the next one.
    DraftReceiptTakesNext,
    /// Device: an update of the app empties the outbox of the former version.
    UpdateEmptiesOutbox,
}
