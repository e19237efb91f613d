//! Icons of the questions, beside those that all pages share.
//!
//! Lucide 1.62.0 (ISC, © Lucide Contributors; parts © 2013–2022 Cole Bemis, MIT).

use crate::pieces::Icon;

/// A date of birth: a cake.
pub const BIRTH: Icon = Icon::drawn(
    "M20 21v-8a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8M4 16s.5-1 2-1 2.5 2 4 2 2.5-2 4-2 2.5 2 4 2 2-1 2-1M2 21h20M7 8v3M12 8v3M17 8v3M7 4h.01M12 4h.01M17 4h.01",
);
/// A nationality: the globe.
pub const GLOBE: Icon = Icon::drawn(
    "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0zM12 2a14.5 14.5 0 0 0 0 20 14.5 14.5 0 0 0 0-20M2 12h20",
);
/// A place on a map.
pub const PLACE: Icon = Icon::drawn(
    "M20 10c0 4.993-5.539 10.193-7.399 11.799a1 1 0 0 1-1.202 0C9.539 20.193 4 14.993 4 10a8 8 0 0 1 16 0M9 10a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
);
/// An office: a building.
pub const OFFICE: Icon = Icon::drawn(
    "M10 12h4M10 8h4M14 21v-3a2 2 0 0 0-4 0v3M6 10H4a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V9a2 2 0 0 0-2-2h-2M6 21V5a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v16",
);
/// A paper.
pub const PAPER: Icon = Icon::drawn(
    "M15 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V7zM14 2v4a2 2 0 0 0 2 2h4M10 9H8M16 13H8M16 17H8",
);
/// A talk: two speech bubbles.
pub const TALK: Icon = Icon::drawn(
    "M14 9a2 2 0 0 1-2 2H6l-4 4V4a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2zM18 9h2a2 2 0 0 1 2 2v11l-4-4h-6a2 2 0 0 1-2-2v-1",
);
/// Health: a heart.
pub const HEALTH: Icon = Icon::drawn(
    "M2 9.5a5.5 5.5 0 0 1 9.591-3.676.56.56 0 0 0 .818 0A5.49 5.49 0 0 1 22 9.5c0 2.29-1.5 4-3 5.5l-5.492 5.313a2 2 0 0 1-3 .019L5 15c-1.5-1.5-3-3.2-3-5.5",
);
/// A telephone.
pub const PHONE: Icon =
    Icon::drawn("M7 2h10a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zM12 18h.01");
/// A list that is gone through.
pub const LIST: Icon = Icon::drawn("M11 18h10M11 12h10M11 6h10M3 17l2 2 4-4M3 5l2 2 4-4M3 12h4");
/// What people are to one another.
pub const RELATION: Icon = Icon::drawn("M9 17H7A5 5 0 0 1 7 7h2M15 7h2a5 5 0 1 1 0 10h-2M8 12h8");
/// Coming in.
pub const ARRIVE: Icon = Icon::drawn("M10 17l5-5-5-5M15 12H3M15 3h4a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2h-4");
