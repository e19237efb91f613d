//! Staff within reach: finding somebody, open invitations, and inviting somebody new.

use super::invitation::{Invitation, Ready};
use super::person_form::{Draft, PersonForm};
use super::room::Room;
use super::{Frame, confirm::Told, role_words, trouble_words, use_room};
use crate::components::{Draw, Icon, Status, Tone};
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use seal::staff::{Invited, Member, Pending};
use serde_bytes::ByteBuf;

/// The list.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let words = use_words();
    let head = move || {
        view! {
            <A href="/admin/people/new" attr:class="btn btn--primary">
                <Draw icon=Icon::Plus/>
                {move || words.get(Key::AdminInvitePerson)}
            </A>
        }
    };
    view! {
        <Frame title=Key::AdminPeople back=("/admin", Key::AdminTitle) head=head>
            <Invitations/>
            <People/>
        </Frame>
    }
}

#[component]
fn People() -> impl IntoView {
    let words = use_words();
    let room = use_room();
    // Names of colleagues too stay out of the address.
    let wanted = RwSignal::new(String::new());
    let found = move || {
        let wanted = wanted.get().to_lowercase();
        let fits = |member: &&Member| {
            wanted.is_empty()
                || member.name.to_lowercase().contains(&wanted)
                || member.staff_code.to_lowercase().contains(&wanted)
        };
        room.with(|room| room.people.iter().filter(fits).cloned().collect::<Vec<_>>()).unwrap_or_default()
    };
    let heads = [
        Key::AdminName,
        Key::AdminCode,
        Key::AdminRole,
        Key::Site,
        Key::SlipOffice,
        Key::AdminDevices,
        Key::AdminAccount,
    ];
    let heads = heads
        .into_iter()
        .map(|key| view! { <th scope="col" role="columnheader">{move || words.get(key)}</th> });
    view! {
        <div class="search">
            <Draw icon=Icon::Search/>
            <label class="unseen" for="staff-search">{move || words.get(Key::AdminSearch)}</label>
            <input class="input" id="staff-search" type="search" autocomplete="off" spellcheck="false"
                placeholder=move || words.get(Key::AdminSearch) prop:value=wanted
                on:input=move |event| wanted.set(event_target_value(&event))/>
        </div>
        <div class="card card--flush">
            <table class="grid" role="table" aria-label=move || words.get(Key::AdminPeople)>
                <thead role="rowgroup"><tr role="row">{heads.collect_view()}</tr></thead>
                <tbody role="rowgroup">
                    {move || found().into_iter().map(|member| view! { <Row member/> }).collect_view()}
                </tbody>
            </table>
            <Show when=move || found().is_empty()>
                <p class="card__part">{move || words.get(Key::AdminNobodyFound)}</p>
            </Show>
        </div>
    }
}

#[component]
fn Row(member: Member) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let room = use_room();
    let Member { user, name, staff_code, role, organisation, site, disabled, .. } = member;
    let devices =
        move || room.devices(|device| device.user == user && device.deed == seal::Deed::Nothing).len() as u64;
    let label = move |key: Key| move || words.get(key);
    let organised = organisation.clone();
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <A href=format!("/admin/people/{user}")><bdi>{name}</bdi></A>
            </th>
            <td role="cell" data-label=label(Key::AdminCode)><span class="code">{staff_code}</span></td>
            <td role="cell" data-label=label(Key::AdminRole)>{move || role_words(words, role)}</td>
            <td role="cell" data-label=label(Key::Site)>{move || tables.label(Table::Sites, &site)}</td>
            <td role="cell" data-label=label(Key::SlipOffice)>
                {move || if organised.is_empty() { "—".to_owned() } else { tables.label(Table::Institutions, &organised) }}
            </td>
            <td role="cell" data-label=label(Key::AdminDevices)>{move || words.number(devices())}</td>
            <td role="cell" data-label=label(Key::AdminAccount)><Account disabled/></td>
        </tr>
    }
}

/// Whether an account is in use.
#[component]
pub fn Account(disabled: bool) -> impl IntoView {
    let words = use_words();
    let (tone, key) = if disabled {
        (Tone::Offline, Key::AdminPersonDisabled)
    } else {
        (Tone::Sent, Key::AdminPersonActive)
    };
    view! { <Status tone>{move || words.get(key)}</Status> }
}

/// Open invitations, with whom they are for.
#[component]
fn Invitations() -> impl IntoView {
    let words = use_words();
    let room = use_room();
    let told = RwSignal::new(None);
    let open = move || room.with(|room| room.invitations.clone()).unwrap_or_default();
    view! {
        <Told told/>
        <Show when=move || !open().is_empty()>
            <section class="card card--flush" aria-labelledby="open-invitations">
                <div class="card__head">
                    <h2 class="card__title" id="open-invitations">{move || words.get(Key::AdminInvitations)}</h2>
                </div>
                <ul class="rows">
                    <For each=open key=|pending| pending.id.clone() let:pending><Open room pending told/></For>
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Open(room: Room, pending: Pending, told: RwSignal<Option<(bool, String)>>) -> impl IntoView {
    let words = use_words();
    let Pending { id, user, expires_at } = pending;
    let member = room.member(user);
    let name = member.as_ref().map(|member| member.name.clone()).unwrap_or_default();
    let code = member.map(|member| member.staff_code).unwrap_or_default();
    let hidden = name.clone();
    let withdraw = move |_| {
        let id = id.clone();
        leptos::task::spawn_local(async move {
            let done = room.change(|| api::withdraw_invitation(ByteBuf::from(id.clone()))).await;
            told.try_set(Some(match done {
                Ok(()) => (true, words.get(Key::AdminWithdrawn)),
                Err(error) => (false, words.get(trouble_words(&error))),
            }));
        });
    };
    view! {
        <li><div class="row">
            <span class="row__main">
                <span class="row__title"><bdi>{name}</bdi></span>
                <span class="row__meta">
                    <span class="code">{code}</span>
                    <span>{move || words.with(Key::AdminInvitationUntil, &[("when", &when::moment(words, expires_at))])}</span>
                </span>
            </span>
            <span class="row__side">
                <button class="btn" type="button" on:click=withdraw>
                    {move || words.get(Key::AdminWithdraw)}<span class="unseen">" "{hidden}</span>
                </button>
            </span>
        </div></li>
    }
}

/// Inviting somebody new.
#[component]
pub fn InvitePage() -> impl IntoView {
    view! {
        <Frame title=Key::AdminInvitePerson back=("/admin/people", Key::AdminPeople)>
            <Invite/>
        </Frame>
    }
}

#[component]
fn Invite() -> impl IntoView {
    let words = use_words();
    let room = use_room();
    let draft = Draft::beside(room.with(|room| room.me.clone()));
    let (busy, told, ready) = (RwSignal::new(false), RwSignal::new(None), RwSignal::new(None::<Ready>));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let details = draft.details.get_untracked();
        leptos::task::spawn_local(async move {
            let asked = room.ask::<Invited, _>(|nonce| api::invite_person(nonce, details.clone())).await;
            busy.try_set(false);
            match asked {
                Ok(invited) if invited.faults.is_empty() => {
                    draft.refused(Vec::new());
                    told.try_set(None);
                    let (name, staff_code, role) = (details.name, details.staff_code, details.role);
                    let (text, expires_at) = (invited.text, invited.expires_at);
                    ready.try_set(Some(Ready { text, expires_at, name, staff_code, role }));
                    crate::components::parts::focus_later("invitation-ready".to_owned());
                    room.look();
                }
                Ok(invited) => {
                    draft.refused(
                        invited.faults.into_iter().map(|fault| (fault.field, fault.wrong)).collect(),
                    );
                }
                Err(error) => {
                    told.try_set(Some((false, words.get(trouble_words(&error)))));
                }
            }
        });
    };
    view! {
        <Told told/>
        {move || match ready.get() {
            Some(ready) => view! { <Invitation ready/> }.into_any(),
            None => view! {
                <form class="card stack" novalidate on:submit=send>
                    <PersonForm room draft/>
                    <div class="line">
                        <button class="btn btn--primary btn--big" type="submit" aria-busy=move || busy.get().to_string()>
                            {move || words.get(Key::AdminInviteMake)}
                        </button>
                    </div>
                    <p class="note">{move || words.get(Key::AdminInviteNote)}</p>
                </form>
            }.into_any(),
        }}
    }
}
