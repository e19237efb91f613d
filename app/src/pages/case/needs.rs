//! Specific needs in the form: which codes a role is offered, and noting one.

use super::work::Work;
use crate::tables::Item;
use domain::case::Typed;
use domain::{Class, Field, Kind, RecordId, permission};
use leptos::prelude::*;

/// What anybody may note of a need whose code is not theirs to record: «need reported, pending».
pub const REPORTED: &str = "X-PE";

/// The codes that whoever works here may record: those of the closest class only with the right to assess (NEE01).
/// Codes that only come with older data are not offered.
pub(super) fn offered(work: Work, items: Vec<Item>) -> Vec<Item> {
    let assesses = permission::may_assess(work.role());
    let of_code = |code: &str| work.forms.need_row(code);
    let offered = items.into_iter().filter(|item| {
        let row = of_code(&item.code);
        let status = row.get("status").map(String::as_str).unwrap_or_default();
        let class = row.get("sensitivity").map_or(Class::NeedToKnow, |class| Class::from_code(class));
        status != "import_only" && (assesses || class < Class::NeedToKnow || item.code == REPORTED)
    });
    offered.collect()
}

/// Notes a need of somebody: as confirmed by those who assess, else as pending. Noted already, it stays as it is.
pub(super) fn add(work: Work, owner: RecordId, code: &str) {
    let assesses = permission::may_assess(work.role());
    let code = if assesses || work.forms.need_class(code) < Class::NeedToKnow { code } else { REPORTED };
    let noted = work
        .file
        .with_untracked(|file| file.rows_of(owner, Kind::NEED).any(|need| need.says(Field::NEED_CODE, code)));
    if noted {
        return;
    }
    let record = RecordId::fresh(crate::when::now(), store::random());
    let code = code.to_owned();
    no_longer_none(work, owner);
    work.change(move |draft, _| {
        draft.add_row(record, Kind::NEED, owner);
        let put = |draft: &mut domain::CaseDraft, field, text: &str| {
            draft.put(domain::Spot::new(record, field), Typed::Text(text.to_owned()), None);
        };
        put(draft, Field::NEED_CODE, &code);
        put(draft, Field::NEED_STATE, "pending");
    });
}

/// «None pointed out» no longer holds once a need is written down.
pub(super) fn no_longer_none(work: Work, owner: RecordId) {
    let Some(spec) = work.forms.spec(Field::NEEDS_NONE) else { return };
    if work.typed(&spec, owner) == Typed::Flag(Some(true)) {
        work.put(&spec, owner, Typed::Flag(None));
    }
}
