//! What somebody who works here is called, what they are here for and where: for inviting and for changing.

use super::room::Room;
use super::{fault_words, role_words};
use crate::components::{ErrorSummary, Select, TextField};
use crate::tables::{Item, Table, use_tables};
use crate::words::{Key, use_words};
use api::StaffDetails;
use domain::Role;
use domain::permission::{OfficeAct, Place, Reach, Standing, may_appoint, office_reach};
use leptos::prelude::*;

/// What is typed and chosen, and what is wrong with it.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The six inputs.
    pub details: RwSignal<StaffDetails>,
    /// Input and short code of what is wrong.
    pub faults: RwSignal<Vec<(String, String)>>,
    /// Grows with each check.
    pub checks: RwSignal<usize>,
}

impl Draft {
    /// Begins with what is known.
    #[must_use]
    pub fn of(details: StaffDetails) -> Draft {
        Draft { details: RwSignal::new(details), faults: RwSignal::default(), checks: RwSignal::new(0) }
    }

    /// Begins with the place of whoever invites.
    #[must_use]
    pub fn beside(me: Option<Standing>) -> Draft {
        let place = me.map(|me| me.place).unwrap_or_default();
        let Place { organisation, site, .. } = place;
        Draft::of(StaffDetails { organisation, site, ..StaffDetails::default() })
    }

    /// Shows what is wrong.
    pub fn refused(self, faults: Vec<(String, String)>) {
        self.faults.set(faults);
        self.checks.update(|checks| *checks += 1);
    }
}

/// The inputs, each by the name that faults have for it.
const FIELDS: [(&str, &str); 6] = [
    ("name", "staff-name"),
    ("staff_code", "staff-code"),
    ("role", "staff-role"),
    ("site", "staff-site"),
    ("organisation", "staff-organisation"),
    ("team", "staff-team"),
];

/// The inputs. What can be chosen is what whoever asks may give; the server judges it again.
#[component]
pub fn PersonForm(room: Room, draft: Draft) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let Draft { details, faults, checks } = draft;
    let fault_of = move |field: &'static str| {
        Signal::derive(move || {
            let found = faults.with(|faults| faults.iter().find(|(of, _)| of == field).cloned());
            found.map(|(_, wrong)| fault_words(words, &wrong))
        })
    };
    let value = move |read: fn(&StaffDetails) -> &String| {
        Signal::derive(move || details.with(|details| read(details).clone()))
    };
    let me = move || room.with(|room| room.me.clone());
    let reach = move || me().and_then(|me| office_reach(me.role, OfficeAct::People));
    let sites = Signal::derive(move || {
        let Some(me) = me() else { return Vec::new() };
        let mut sites = tables.offered("sites", &me.place.operation);
        if reach() != Some(Reach::All) {
            sites.retain(|site| site.code == me.place.site);
        }
        sites
    });
    let organisations = Signal::derive(move || {
        let Some(me) = me() else { return Vec::new() };
        let mut organisations = tables.offered("institutions", "");
        if reach() != Some(Reach::All) {
            organisations.retain(|organisation| organisation.code == me.place.organisation);
        }
        organisations
    });
    let teams = Signal::derive(move || {
        let (site, organisation) =
            details.with(|details| (details.site.clone(), details.organisation.clone()));
        let fits = |row: &domain::catalogue::Row| {
            let of = row.get("organisation").map(String::as_str).unwrap_or_default();
            of.is_empty() || of == organisation
        };
        let rows = tables.rows(Table::Teams.name());
        let codes: Vec<&String> =
            rows.iter().filter(|row| fits(row)).filter_map(|row| row.get("code")).collect();
        let mut teams = if site.is_empty() { Vec::new() } else { tables.offered("teams", &site) };
        teams.retain(|team| codes.contains(&&team.code));
        teams
    });
    let roles = Signal::derive(move || {
        let Some(me) = me() else { return Vec::new() };
        // Judged for their own place: which place is chosen is judged beside that input.
        let may = |role: &Role| may_appoint(&me, *role, &me.place);
        let item = |role: Role| Item::new(role.key(), &role_words(words, role.code()));
        Role::ALL.into_iter().filter(may).map(item).collect::<Vec<_>>()
    });
    let role = Signal::derive(move || {
        let role = details.with(|details| Role::from_code(details.role));
        role.map(Role::key).unwrap_or_default().to_owned()
    });
    let choose_role = move |key: String| {
        let role = Role::ALL.into_iter().find(|role| role.key() == key);
        details.update(|details| details.role = role.map(Role::code).unwrap_or_default());
    };
    let summary = Signal::derive(move || {
        let told = |(field, wrong): (String, String)| {
            let (_, id) = FIELDS.into_iter().find(|(name, _)| *name == field)?;
            Some((id.to_owned(), fault_words(words, &wrong)))
        };
        faults.get().into_iter().filter_map(told).collect::<Vec<_>>()
    });
    view! {
        <ErrorSummary faults=summary on_follow=|_| {} checks/>
        <div class="fields">
            <TextField
                id="staff-name" label=Key::AdminName value=value(|details| &details.name) capitals="words"
                on_type=move |text| details.update(|details| details.name = text) fault=fault_of("name")
            />
            <TextField
                id="staff-code" label=Key::AdminCode hint=Key::AdminCodeHint value=value(|details| &details.staff_code)
                capitals="characters"
                on_type=move |text| details.update(|details| details.staff_code = text) fault=fault_of("staff_code")
            />
            <Select
                id="staff-role" label=Key::AdminRole value=role on_choose=choose_role items=roles fault=fault_of("role")
            />
            <Select
                id="staff-organisation" label=Key::SlipOffice value=value(|details| &details.organisation)
                on_choose=move |code| details.update(|details| details.organisation = code)
                items=organisations fault=fault_of("organisation") maybe=true
            />
            <Select
                id="staff-site" label=Key::Site value=value(|details| &details.site)
                on_choose=move |code| details.update(|details| {
                    if details.site != code {
                        details.team.clear();
                    }
                    details.site = code;
                })
                items=sites fault=fault_of("site")
            />
            <Select
                id="staff-team" label=Key::AdminTeam value=value(|details| &details.team)
                on_choose=move |code| details.update(|details| details.team = code)
                items=teams fault=fault_of("team") maybe=true
            />
        </div>
    }
}
