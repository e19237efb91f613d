//! The server's log: one line an event on standard error, with ids and counts only. Never a name, never content.

use std::sync::atomic::{AtomicBool, Ordering};

static QUIET: AtomicBool = AtomicBool::new(false);

/// Keeps everything but trouble out of the log.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Writes what happened, with figures.
pub fn event(what: &str, figures: &[(&str, u64)]) {
    if !QUIET.load(Ordering::Relaxed) {
        write(what, figures, None);
    }
}

/// Writes what went wrong. `why` comes from programs and systems, never from what somebody stated.
pub fn trouble(what: &str, why: &dyn core::fmt::Display) {
    write(what, &[], Some(why));
}

fn write(what: &str, figures: &[(&str, u64)], why: Option<&dyn core::fmt::Display>) {
    use core::fmt::Write as _;
    let mut line = format!("at={} event={what}", super::now_ms());
    for (name, figure) in figures {
        let _ = write!(line, " {name}={figure}");
    }
    if let Some(why) = why {
        let why = why.to_string().replace(['\n', '\r', '"'], " ");
        let _ = write!(line, " trouble=\"{why}\"");
    }
    eprintln!("{line}");
}
