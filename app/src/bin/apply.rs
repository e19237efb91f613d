//! The applicants' door. Its first words are plain HTML (`public/apply/index.html`); the form itself is not
//! built yet, and so nothing is asked here.

fn main() {}
