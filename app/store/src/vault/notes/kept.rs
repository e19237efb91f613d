//! The kept sample of a sealed note's draft, never edited.

use super::*;
use crate::rows::kept::is_kept;

#[test]
fn the_draft_of_a_note_stays_readable() {
    is_kept(
        &OwnDraft { sealed: "c2VhbGVk".into(), wraps: "d3JhcHM".into() },
        "a20068633256686247566b016764334a6863484d",
    );
}
