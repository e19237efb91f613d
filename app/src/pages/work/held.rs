//! What the lists are made from: everything on this device that was done for people, and who looks at it.

use crate::components::{Draw, Icon};
use crate::forms::Forms;
use crate::pages::referrals::without_consent;
use crate::tables::Tables;
use crate::when;
use crate::words::{Key, use_words};
use domain::permission::{Place, Standing};
use domain::service::board::View;
use domain::service::brief::{WITHDRAWN, minutes_of};
use domain::service::{Brief, Status};
use domain::{Kind, RecordId, Role};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use store::{StoreError, Vault};

/// Everything on this device that was done for people, as it was read.
pub struct Held {
    /// A line of each.
    pub briefs: Rc<Vec<Brief>>,
    /// Who looks.
    pub standing: Standing,
    /// When this device last heard everything new, milliseconds since 1970; `None` for never.
    pub collected_at: Option<u64>,
    now: i64,
    offset: i64,
    desks: BTreeMap<String, String>,
}

impl Held {
    /// Reads everything.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(vault: &Vault, tables: Tables) -> Result<Held, StoreError> {
        Held::of(vault, tables, vault.services().await?).await
    }

    /// Counts those as withdrawn that whoever looks sent and of which the consent was taken back where nobody knew of
    /// them: opening one tells its receiver.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn with_consents(mut self, vault: &Vault) -> Result<Held, StoreError> {
        let is_open = |one: &&Brief| {
            let is_open = Status::from_code(&one.state).is_some_and(Status::is_open);
            one.kind() == Kind::REFERRAL && one.by == Some(self.standing.user) && is_open
        };
        let open: Vec<RecordId> = self.briefs.iter().filter(is_open).map(|one| one.record).collect();
        let lost = without_consent(vault, &open).await?;
        if !lost.is_empty() {
            let mut briefs = Vec::clone(&self.briefs);
            let told = briefs.iter_mut().filter(|one| lost.contains(&one.record));
            told.for_each(|one| one.marks |= WITHDRAWN);
            self.briefs = Rc::new(briefs);
        }
        Ok(self)
    }

    /// Reads what goes with these lines.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn of(vault: &Vault, tables: Tables, briefs: Rc<Vec<Brief>>) -> Result<Held, StoreError> {
        let standing = standing(vault).await;
        let collected_at = vault.collected_at().await?;
        let desks = tables.desks().into_iter().map(|desk| (desk.code, desk.site)).collect();
        let (now, offset) = clock();
        Ok(Held { briefs, standing, collected_at, now, offset, desks })
    }

    /// A moment by the clock on the wall here, in minutes since 1970.
    #[must_use]
    pub fn local(&self, at: u64) -> i64 {
        i64::try_from(at / 60_000).unwrap_or(0) + self.offset
    }

    /// Looks at it as whoever has unlocked, now.
    pub fn look<T>(&self, forms: Forms, look: impl FnOnce(&View<'_>) -> T) -> T {
        let Held { standing, now, offset, desks, .. } = self;
        forms.judge(|_, _, lists| look(&View { standing, now: *now, offset: *offset, lists, desks }))
    }
}

/// Who has unlocked and where they work, as the directory of colleagues last told. Whose organisation it does not know
/// is on neither side of a referral that names one.
async fn standing(vault: &Vault) -> Standing {
    let me = vault.identity();
    let colleagues = vault.colleagues().await.unwrap_or_default();
    let told = colleagues.into_iter().find(|colleague| colleague.user == me.user).unwrap_or_else(|| {
        store::Colleague {
            user: me.user,
            name: String::new(),
            role: me.role,
            site: me.site.clone(),
            organisation: String::new(),
            team: String::new(),
            devices: Vec::new(),
        }
    });
    let place =
        Place { organisation: told.organisation, site: me.site.clone(), team: told.team, ..Place::default() };
    Standing { user: me.user, role: Role::from_code(me.role).unwrap_or(Role::Verifier), place }
}

/// This minute by the clock on the wall, counted from 1970, and by how many it is ahead of universal time.
fn clock() -> (i64, i64) {
    let universal = i64::try_from(when::now() / 60_000).unwrap_or(0);
    let here = minutes_of(&when::local_minute()).unwrap_or(universal);
    // Clocks of the world lie whole quarters of an hour apart; the minute may have passed between two looks.
    let offset = (here - universal + 7).div_euclid(15) * 15;
    (here, offset)
}

/// Up to when what is shown is complete.
#[component]
pub fn AsOf(
    /// Milliseconds since 1970; `None` where nothing was ever heard.
    at: Option<u64>,
) -> impl IntoView {
    let words = use_words();
    let text = move || match at {
        Some(at) => words.with(Key::WorkAsOf, &[("when", &when::moment(words, at))]),
        None => words.get(Key::WorkAsOfNever),
    };
    view! { <p class="note line as-of"><Draw icon=Icon::Clock/>{text}</p> }
}
