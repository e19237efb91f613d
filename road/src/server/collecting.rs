//! How far a device has collected when a page was handed out, and what it is told to drop beside it.
//!
//! All changes have numbers in one order, given under the lock of the one transaction that writes: so when a number is
//! seen, every smaller one is. A cursor says up to which of them everything was handed out.

/// What was read of the changes after a cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The cursor.
    pub after: u64,
    /// Number of the last record that was read; `None` when there was none.
    pub newest: Option<u64>,
    /// Number of the last of these that was looked at; a page has room for so much.
    pub looked_at: u64,
    /// Number of the last that is on the page, where it was cut.
    pub cut: Option<u64>,
    /// There are other records after those that were read.
    pub more: bool,
    /// Number of the last departure that was read.
    pub departed: Option<u64>,
}

/// How far a page reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Everything up to here is on the page, or is not for whoever asks.
    pub last: u64,
    /// There is more to be handed out.
    pub more: bool,
    /// The next cursor.
    pub after: u64,
}

/// Decides how far a page reaches. Never beyond a record that was read and is not on it, nor beyond a departure that is
/// not told with it: those are told as far as the last record where there are more.
#[must_use]
pub fn reached(changes: Changes) -> Reached {
    let Changes { after, newest, looked_at, cut, more, departed } = changes;
    let is_behind = |number: u64| newest.is_some_and(|newest| number < newest);
    let all = if is_behind(looked_at) { looked_at } else { newest.unwrap_or(after) };
    let last = cut.unwrap_or(all);
    let more = is_behind(last) || more;
    Reached { last, more, after: if more { last } else { last.max(departed.unwrap_or(0)) } }
}

/// Whether a departure is told on a page: what left after the cursor, and after the device began at the beginning, for
/// what had left before that was never handed to it. What they began themselves (`is_own`) lies there all the same: it
/// was saved and delivered there, and may have left before the device collected for the first time.
#[must_use]
pub fn tells_departure(number: u64, is_own: bool, (after, began): (u64, u64), reached: Reached) -> bool {
    number > after && (is_own || number > began) && (!reached.more || number <= reached.last)
}

/// Whether a device may hold an earlier state of a record: it had another one before, and this one is of after the
/// device began at the beginning.
#[must_use]
pub fn may_lie_there(number: u64, revision: u64, began: u64) -> bool {
    number > began && revision > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reaches_as_far_as_everything_was_handed_out_and_no_further() {
        let read = Changes { after: 10, newest: Some(20), looked_at: 20, ..Changes::default() };
        let check = |changes, last, more, after| {
            assert_eq!(reached(changes), Reached { last, more, after }, "{changes:?}");
        };
        check(read, 20, false, 20);
        check(Changes { departed: Some(23), ..read }, 20, false, 23);
        check(Changes { departed: Some(13), ..read }, 20, false, 20);
        // What left after the last record is told with the next page.
        check(Changes { departed: Some(23), more: true, ..read }, 20, true, 20);
        check(Changes { looked_at: 15, departed: Some(23), ..read }, 15, true, 15);
        check(Changes { cut: Some(12), departed: Some(23), ..read }, 12, true, 12);
        check(Changes { cut: Some(20), ..read }, 20, false, 20);
        check(Changes { newest: None, looked_at: 0, departed: None, ..read }, 10, false, 10);
        check(Changes { newest: None, looked_at: 0, departed: Some(11), ..read }, 10, false, 11);
    }

    #[test]
    fn no_departure_is_passed_over_and_none_is_told_of_what_never_lay_there() {
        for (cut, more) in [(None, false), (Some(14), false), (Some(17), true), (None, true)] {
            let changes =
                Changes { after: 10, newest: Some(20), looked_at: 20, cut, more, departed: Some(22) };
            let first = reached(changes);
            let rest = Reached { last: 99, more: false, after: 99 };
            for number in 11..=22 {
                let now = tells_departure(number, false, (10, 0), first);
                let then = tells_departure(number, false, (first.after, 0), rest);
                assert!(now != then, "{number} is told once: {changes:?}");
            }
        }
        let all = reached(Changes { after: 10, newest: Some(20), looked_at: 20, ..Changes::default() });
        assert!(!tells_departure(10, false, (10, 0), all));
        assert!(!tells_departure(10, true, (10, 0), all));
        assert!(!tells_departure(15, false, (10, 15), all));
        assert!(tells_departure(15, true, (10, 15), all), "saved here, and gone before the first page came");
    }
}
