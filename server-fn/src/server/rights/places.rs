//! Where a record belongs, as its content and its maker say; and the one pass that finds it out for what is here already.

use super::Rules;
use crate::server::judge::parent_of;
use crate::server::ledger::{Home, LedgerError, UserRow};
use crate::server::{Office, log, now_ms};
use domain::{Event, Field, Kind, Record, UserId, Value, sealed_member};
use std::collections::HashMap;

/// Where it is marked that everything was placed.
const MARK: &str = "places 1";
/// Records placed in one step.
const STEP: u32 = 500;

/// Who began a record, as far as it says. Whoever counted as that before does so as long as they may have: what comes
/// later does not make anybody the first.
#[must_use]
pub fn maker(record: &Record, before: Option<UserId>) -> Option<UserId> {
    let history: Vec<Event> = record.history();
    let made = || history.iter().filter(|event| event.made);
    let stays = before.filter(|user| made().any(|event| event.author == *user));
    // Of what says of nothing that it began there, that is whoever was so before: a colleague's clock may be slow.
    let first = || made().next().map(|event| event.author);
    stays.or_else(first).or(before).or_else(|| history.first().map(|event| event.author))
}

/// Where a record belongs that stands at the top of others, or hangs on nothing that is here: where it says, else where
/// it was, else where its maker is.
#[must_use]
pub fn place_of(
    office: &Office,
    rules: &Rules,
    record: &Record,
    before: Option<&Home>,
    maker: &UserRow,
) -> Home {
    let site = record.shown(Field::SITE).and_then(Value::as_text);
    let said = site.and_then(|site| Some((site.to_owned(), office.sites.operation(site)?.to_owned())));
    let was = || before.map(|home| (home.site.clone(), home.scope.clone()));
    let (site, scope) =
        said.or_else(was).unwrap_or_else(|| (maker.site.clone(), office.operation(&maker.site).to_owned()));
    let holder = before.map_or(&maker.organisation, |home| &home.organisation);
    let organisation = record.shown(Field::OWNER_ORG).and_then(Value::as_text);
    let organisation = organisation.filter(|code| rules.is_organisation(code)).unwrap_or(holder).to_owned();
    let team = before.map_or(&maker.team, |home| &home.team).clone();
    let group = (record.kind == Kind::GROUP).then_some(record.id);
    let (sealed_for, addressed) =
        (sealed_member::known_to(record), before.and_then(|home| home.addressed.clone()));
    Home { scope, organisation, site, team, group, sealed_for, addressed }
}

impl Office {
    /// Places what is here from before there were places, once. Cut off anywhere, it goes on at the next start.
    pub(in crate::server) fn place_all(&self) -> Result<(), LedgerError> {
        if !self.ledger.is_marked(MARK)? {
            let (mut after, mut staff, mut placed) = (0, HashMap::<UserId, UserRow>::new(), 0);
            loop {
                let rows = self.ledger.unplaced(after, STEP)?;
                let Some(last) = rows.last() else { break };
                after = last.seq;
                let mut homes = Vec::with_capacity(rows.len());
                for row in rows {
                    // One that does not open stays where it is, and is told to nobody before it does.
                    let Some((record, _)) = self.record(&row) else { continue };
                    let Some(made_by) = maker(&record, None) else { continue };
                    if !staff.contains_key(&made_by) {
                        staff.extend(self.ledger.users(&[made_by])?.into_iter().map(|user| (user.id, user)));
                    }
                    let Some(user) = staff.get(&made_by) else { continue };
                    let rules = Rules::shipped();
                    let mut home = place_of(self, &rules, &record, None, user);
                    home.scope = row.home.scope.clone();
                    if parent_of(&record).is_some() && record.kind != Kind::INDIVIDUAL {
                        home.sealed_for.clear();
                    }
                    homes.push((row.id, home, made_by));
                }
                placed += homes.len();
                self.ledger.place(homes)?;
            }
            if placed > 0 {
                log::event("places", &[("records", placed as u64)]);
            }
            // Whoever collected before there were places begins anew: nothing need be told to have moved.
            self.ledger.settle_places(true)?;
            self.ledger.mark(MARK, now_ms())?;
        }
        Ok(())
    }

    /// When everything was placed: at the first start of a server that knows places.
    pub(in crate::server) fn placed_at(&self) -> Result<Option<u64>, LedgerError> {
        self.ledger.marked_at(MARK)
    }

    /// Gives groups that no organisation held yet that of who began them: to be said when an office has named its
    /// organisations, or given one to somebody who had none.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn settle_places(&self) -> Result<bool, LedgerError> {
        self.ledger.settle_places(false)
    }
}
