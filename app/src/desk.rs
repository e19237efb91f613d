//! The staff door: what is shown when, and where each page lies.

use crate::components::shell::{Gate, Shell};
use crate::device::{Device, State};
use crate::pages;
use crate::pages::elsewhere::not_lent;
use crate::practice;
use crate::tables::Tables;
use crate::words::{Key, Language, Words};
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// Opens the store, loads words and tables, and shows the app.
pub fn start() {
    // Where developers look. Left out of what people download: a console is no place for what a panic may quote.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    // Work begins before anything is mounted, and mounting is what starts Leptos's tasks otherwise.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    leptos::task::spawn_local(async {
        let store = practice::open_store().await;
        let language = match &store {
            Ok(store) => store.reference().preference("language").await.ok().flatten(),
            Err(_) => None,
        };
        let words = Words::load(Language::from_code(language.as_deref().unwrap_or("es"))).await;
        match store {
            Ok(store) => {
                pages::settings::apply_looks(&store).await;
                let tables = Tables::load(&store).await;
                let device = match Device::start(store).await {
                    Ok(device) => device,
                    Err(error) => {
                        return mount_to_body(move || view! { <pages::trouble::Trouble words error/> });
                    }
                };
                device.courier().watch(device);
                device.courier().go(device);
                leptos::task::spawn_local(store::worker::register());
                mount_to_body(move || view! { <App words tables device/> });
            }
            Err(error) => mount_to_body(move || view! { <pages::trouble::Trouble words error/> }),
        }
    });
}

/// The whole app.
#[component]
fn App(words: Words, tables: Tables, device: Device) -> impl IntoView {
    provide_context(words);
    provide_context(tables);
    tables.follow(device);
    crate::forms::provide_forms(tables);
    pages::search::know_short_forms(tables, device);
    provide_context(device);
    let fallback = move || view! { <pages::missing::Missing/> };
    view! {
        <practice::Frame/>
        <Router>
            <Routes fallback=fallback>
                <Route path=path!("/enrol") view=practice::Join/>
                <Route path=path!("/deliver") view=|| view! { <pages::outbox::DeliverPage/> }/>
                <Route path=path!("/") view=|| view! { <Unlocked page=|| view! { <pages::home::Home/> }.into_any()/> }/>
                <Route path=path!("/search") view=|| view! { <Unlocked page=|| view! { <pages::search::Search/> }.into_any()/> }/>
                <Route path=path!("/register") view=|| view! { <Unlocked page=|| view! { <pages::case::Begin/> }.into_any()/> }/>
                <Route path=path!("/register/:draft") view=|| view! { <Unlocked page=|| view! { <pages::case::Register/> }.into_any()/> }/>
                <Route path=path!("/saved/:group") view=|| view! { <Unlocked page=|| view! { <pages::saved::Saved/> }.into_any()/> }/>
                <Route path=path!("/groups/:group") view=|| view! { <Unlocked page=|| view! { <pages::group::Group/> }.into_any()/> }/>
                <Route path=path!("/groups/:group/regroup") view=|| view! { <Unlocked page=|| not_lent(|| view! { <pages::regroup::Regroup/> }.into_any())/> }/>
                <Route path=path!("/groups/:group/slip") view=|| view! { <Unlocked page=|| not_lent(|| view! { <pages::slip::SlipPage/> }.into_any())/> }/>
                <Route path=path!("/groups/:group/consents") view=|| view! { <Unlocked page=|| not_lent(|| view! { <pages::consents::ConsentsPage/> }.into_any())/> }/>
                <Route path=path!("/people/:person") view=|| view! { <Unlocked page=|| view! { <pages::individual::Person/> }.into_any()/> }/>
                <Route path=path!("/groups/:group/edit") view=|| view! { <Unlocked page=|| view! { <pages::case::Edit/> }.into_any()/> }/>
                <Route path=path!("/requests") view=|| view! { <Unlocked page=|| view! { <pages::elsewhere::Requests/> }.into_any()/> }/>
                <Route path=path!("/audit") view=|| view! { <Unlocked page=|| view! { <pages::audit::Audit/> }.into_any()/> }/>
                <Route path=path!("/notes/:owner") view=|| view! { <Unlocked page=|| view! { <pages::notes::Write/> }.into_any()/> }/>
                <Route path=path!("/conflicts") view=|| view! { <Unlocked page=|| view! { <pages::conflicts::Conflicts/> }.into_any()/> }/>
                <Route path=path!("/conflicts/:record") view=|| view! { <Unlocked page=|| view! { <pages::conflicts::Decide/> }.into_any()/> }/>
                <Route path=path!("/work") view=|| view! { <Unlocked page=|| view! { <pages::work::Work/> }.into_any()/> }/>
                <Route path=path!("/team") view=|| view! { <Unlocked page=|| view! { <pages::team::Team/> }.into_any()/> }/>
                <Route path=path!("/people/:person/session") view=|| view! { <Unlocked page=|| view! { <pages::sessions::LogPage/> }.into_any()/> }/>
                <Route path=path!("/sessions") view=|| view! { <Unlocked page=|| view! { <pages::sessions::Sessions/> }.into_any()/> }/>
                <Route path=path!("/sessions/new") view=|| view! { <Unlocked page=|| view! { <pages::sessions::Choose/> }.into_any()/> }/>
                <Route path=path!("/sessions/:session") view=|| view! { <Unlocked page=|| view! { <pages::sessions::SessionPage/> }.into_any()/> }/>
                <Route path=path!("/sessions/:session/amend") view=|| view! { <Unlocked page=|| view! { <pages::sessions::AmendPage/> }.into_any()/> }/>
                <Route path=path!("/people/:person/refer") view=|| view! { <Unlocked page=|| view! { <pages::referrals::Refer/> }.into_any()/> }/>
                <Route path=path!("/refer") view=|| view! { <Unlocked page=|| view! { <pages::referrals::ReferHere/> }.into_any()/> }/>
                <Route path=path!("/referrals") view=|| view! { <Unlocked page=|| view! { <pages::referrals::Referrals/> }.into_any()/> }/>
                <Route path=path!("/referrals/:id") view=|| view! { <Unlocked page=|| view! { <pages::referrals::ReferralPage/> }.into_any()/> }/>
                <Route path=path!("/referrals/:id/slip") view=|| view! { <Unlocked page=|| view! { <pages::referrals::ReferralSlip/> }.into_any()/> }/>
                <Route path=path!("/people/:person/give") view=|| view! { <Unlocked page=|| view! { <pages::assistance::Give/> }.into_any()/> }/>
                <Route path=path!("/groups/:group/give") view=|| view! { <Unlocked page=|| view! { <pages::assistance::GiveToFamily/> }.into_any()/> }/>
                <Route path=path!("/assistance/:id") view=|| view! { <Unlocked page=|| view! { <pages::assistance::OneGift/> }.into_any()/> }/>
                <Route path=path!("/distributions") view=|| view! { <Unlocked page=|| view! { <pages::distributions::Distributions/> }.into_any()/> }/>
                <Route path=path!("/distributions/new") view=|| view! { <Unlocked page=|| view! { <pages::distributions::NewDistribution/> }.into_any()/> }/>
                <Route path=path!("/distributions/:id") view=|| view! { <Unlocked page=|| view! { <pages::distributions::OneDistribution/> }.into_any()/> }/>
                <Route path=path!("/applications") view=|| view! { <Unlocked page=|| view! { <pages::applications::Applications/> }.into_any()/> }/>
                <Route path=path!("/applications/scan") view=|| view! { <Unlocked page=|| view! { <pages::applications::ScanPage/> }.into_any()/> }/>
                <Route path=path!("/applications/:id") view=|| view! { <Unlocked page=|| view! { <pages::applications::ApplicationPage/> }.into_any()/> }/>
                <Route path=path!("/appointments") view=|| view! { <Unlocked page=|| view! { <pages::appointments::Appointments/> }.into_any()/> }/>
                <Route path=path!("/appointments/plan") view=|| view! { <Unlocked page=|| view! { <pages::appointments::PlanPage/> }.into_any()/> }/>
                <Route path=path!("/outbox") view=|| view! { <Unlocked page=|| view! { <pages::outbox::Outbox/> }.into_any()/> }/>
                <Route path=path!("/admin") view=|| view! { <Unlocked page=|| view! { <pages::admin::Overview/> }.into_any()/> }/>
                <Route path=path!("/admin/people") view=|| view! { <Unlocked page=|| view! { <pages::admin::PeoplePage/> }.into_any()/> }/>
                <Route path=path!("/admin/people/new") view=|| view! { <Unlocked page=|| view! { <pages::admin::InvitePage/> }.into_any()/> }/>
                <Route path=path!("/admin/people/:user") view=|| view! { <Unlocked page=|| view! { <pages::admin::PersonPage/> }.into_any()/> }/>
                <Route path=path!("/admin/devices") view=|| view! { <Unlocked page=|| view! { <pages::admin::DevicesPage/> }.into_any()/> }/>
                <Route path=path!("/admin/devices/:enrolment") view=|| view! { <Unlocked page=|| view! { <pages::admin::DevicePage/> }.into_any()/> }/>
                <Route path=path!("/admin/places") view=|| view! { <Unlocked page=|| view! { <pages::admin::PlacesPage/> }.into_any()/> }/>
                <Route path=path!("/directory") view=|| view! { <Unlocked page=|| view! { <pages::directory::Directory/> }.into_any()/> }/>
                <Route path=path!("/export") view=|| view! { <Unlocked page=|| view! { <pages::export::ExportPage/> }.into_any()/> }/>
                <Route path=path!("/gallery") view=gallery/>
                <Route path=path!("/settings") view=|| view! { <Unlocked page=|| view! { <pages::settings::Settings/> }.into_any()/> }/>
            </Routes>
        </Router>
    }
}

/// Pieces alone, where the app is developed; elsewhere there is no such page.
fn gallery() -> AnyView {
    #[cfg(debug_assertions)]
    let page = view! { <Unlocked page=|| view! { <pages::gallery::Gallery/> }.into_any()/> }.into_any();
    #[cfg(not(debug_assertions))]
    let page = view! { <pages::missing::Missing/> }.into_any();
    page
}

/// A page behind the lock: the page when the device is open, else the way to open it, at the same address.
#[component]
fn Unlocked(page: fn() -> AnyView) -> impl IntoView {
    let device = crate::device::use_device();
    // That another vault can be opened, or the same one with a passkey, is for the page that asks: it stays as it is.
    let turn = Memo::new(move |turn: Option<&(u32, bool)>| {
        let locked = device.locked().is_some();
        match turn {
            Some((turn, was)) if *was && locked => (*turn, true),
            Some((turn, _)) => (turn.wrapping_add(1), locked),
            None => (0, locked),
        }
    });
    move || {
        match turn.with(|_| untrack(|| device.state())) {
        State::Fresh if device.practises() => view! { <Gate><practice::Preparing/></Gate> }.into_any(),
        State::Fresh => view! { <Gate><pages::recovery::RecoveredNotice/><pages::withdrawn::WithdrawnNotice/><pages::enrol::Uninvited/><pages::recovery::Evicted/><pages::outbox::LeftHere/></Gate> }.into_any(),
        State::Locked(vaults) => view! { <Gate><pages::recovery::RecoveredNotice/><pages::withdrawn::WithdrawnNotice/><pages::unlock::Unlock at_first=vaults/><pages::outbox::LeftHere/></Gate> }.into_any(),
        State::Open(vault) => {
            provide_context(StoredValue::new_local(vault));
            view! { <Shell>{page()}</Shell> }.into_any()
        }
    }
    }
}

/// Names the page for the browser: never with a name of a person.
pub fn title(words: Words, key: Key) {
    Effect::new(move |_| {
        document().set_title(&format!("{}{} · Amparo", practice::before_title(words), words.get(key)))
    });
}
