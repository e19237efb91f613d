//! One member of staff: what they are here for and where, their devices, another device, the account.

use super::confirm::{Confirm, Question, Told};
use super::devices::DeviceRows;
use super::invitation::{Invitation, Ready};
use super::people::Account;
use super::person_form::{Draft, PersonForm};
use super::room::Room;
use super::{Frame, fault_words, role_words, trouble_words, use_room};
use crate::components::{Draw, Icon, Notice};
use crate::tables::{Table, use_tables};
use crate::words::{Key, use_words};
use api::{ApiError, Outcome, StaffDetails};
use domain::UserId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use seal::staff::{Invited, Member};
use serde_bytes::ByteBuf;

/// The page.
#[component]
pub fn PersonPage() -> impl IntoView {
    let user = use_params_map().with_untracked(|params| params.get("user").and_then(|id| UserId::parse(&id)));
    view! {
        <Frame title=Key::AdminPerson back=("/admin/people", Key::AdminPeople)>
            <Found user/>
        </Frame>
    }
}

#[component]
fn Found(user: Option<UserId>) -> impl IntoView {
    let words = use_words();
    let room = use_room();
    let member = Memo::new(move |_| user.and_then(|user| room.member(user)));
    let there = Memo::new(move |_| member.with(Option::is_some));
    move || match (there.get(), user) {
        (true, Some(user)) => view! { <Shown room user member/> }.into_any(),
        _ => view! { <Notice icon=Icon::Info>{move || words.get(Key::AdminGone)}</Notice> }.into_any(),
    }
}

const DISABLE: Question = Question {
    title: Key::AdminDisableAsk,
    sentences: &[Key::AdminDisableLost, Key::AdminDisableKept, Key::AdminDisableDevices],
    deed: Key::AdminDisable,
    grave: true,
};
const ENABLE: Question = Question {
    title: Key::AdminEnableAsk,
    sentences: &[Key::AdminEnableText],
    deed: Key::AdminEnable,
    grave: false,
};
const RESET: Question = Question {
    title: Key::AdminResetAsk,
    sentences: &[Key::AdminResetText],
    deed: Key::AdminReset,
    grave: false,
};

#[component]
fn Shown(room: Room, user: UserId, member: Memo<Option<Member>>) -> impl IntoView {
    let words = use_words();
    let told = RwSignal::new(None);
    let ready = RwSignal::new(None::<Ready>);
    let name = move || member.with(|member| member.as_ref().map(|member| member.name.clone()));
    let code = move || member.with(|member| member.as_ref().map(|member| member.staff_code.clone()));
    let disabled =
        Memo::new(move |_| member.with(|member| member.as_ref().is_some_and(|member| member.disabled)));
    let mine = Memo::new(move |_| member.with(|member| member.as_ref().is_some_and(|member| member.mine)));
    let me = move || room.with(|room| room.me.user == user).unwrap_or_default();
    let asked = RwSignal::new(None::<Question>);
    let yes = move || {
        let disable = !disabled.get_untracked();
        leptos::task::spawn_local(async move {
            let done = room.change(|| api::disable_person(ByteBuf::from(user.0), disable)).await;
            told.try_set(Some(outcome_words(words, done)));
        });
    };
    let asked_reset = RwSignal::new(None::<Question>);
    let reset = move || {
        leptos::task::spawn_local(async move {
            let done = room.change(|| api::passkeys_reset(ByteBuf::from(user.0))).await;
            told.try_set(Some(match done {
                Ok(number) => (true, words.count(Key::AdminResetDone, number)),
                Err(error) => (false, words.get(trouble_words(&error))),
            }));
        });
    };
    let invite = move |_| {
        leptos::task::spawn_local(async move {
            let asked =
                room.ask::<Invited, _>(|nonce| api::invite_device(nonce, ByteBuf::from(user.0))).await;
            let Some(member) = member.get_untracked() else { return };
            match asked {
                Ok(invited) if invited.faults.is_empty() => {
                    let Member { name, staff_code, role, .. } = member;
                    let (text, expires_at) = (invited.text, invited.expires_at);
                    ready.try_set(Some(Ready { text, expires_at, name, staff_code, role }));
                    crate::components::parts::focus_later("invitation-ready".to_owned());
                    room.look();
                }
                Ok(invited) => {
                    let wrong = invited.faults.first().map(|fault| fault.wrong.clone()).unwrap_or_default();
                    told.try_set(Some((false, fault_words(words, &wrong))));
                }
                Err(error) => {
                    told.try_set(Some((false, words.get(trouble_words(&error)))));
                }
            }
        });
    };
    view! {
        <div class="line">
            <h2><bdi>{name}</bdi></h2>
            <span class="code">{code}</span>
            {move || view! { <Account disabled=disabled.get()/> }}
        </div>
        <Told told/>
        {move || ready.get().map(|ready| view! { <Invitation ready/> })}
        <Show when=move || !mine.get()>
            <Notice icon=Icon::Info>
                {move || words.get(if me() { Key::AdminOwn } else { Key::AdminNotYours })}
            </Notice>
        </Show>
        {move || match mine.get() {
            true => view! { <Change room user member told/> }.into_any(),
            false => view! { <Read member/> }.into_any(),
        }}
        <section class="card card--flush" aria-labelledby="person-devices">
            <div class="card__head">
                <h2 class="card__title" id="person-devices">{move || words.get(Key::AdminDevices)}</h2>
                <Show when=move || mine.get() && !disabled.get()>
                    <button class="btn push" type="button" on:click=invite>
                        <Draw icon=Icon::Qr/>
                        {move || words.get(Key::AdminInviteDevice)}
                    </button>
                </Show>
            </div>
            <DeviceRows devices=Signal::derive(move || room.devices(|device| device.user == user))/>
        </section>
        <Show when=move || mine.get()>
            <section class="card stack" aria-labelledby="person-account">
                <h2 class="card__title" id="person-account">{move || words.get(Key::AdminAccount)}</h2>
                <div class="line">
                    <button class="btn" type="button"
                        on:click=move |_| asked.set(Some(if disabled.get_untracked() { ENABLE } else { DISABLE }))>
                        {move || words.get(if disabled.get() { Key::AdminEnable } else { Key::AdminDisable })}
                    </button>
                    <button class="btn" type="button" on:click=move |_| asked_reset.set(Some(RESET))>
                        {move || words.get(Key::AdminReset)}
                    </button>
                </div>
            </section>
        </Show>
        <Confirm asked on_yes=yes/>
        <Confirm asked=asked_reset on_yes=reset/>
    }
}

/// What came of a change, as a sentence.
pub fn outcome_words(words: crate::words::Words, done: Result<Outcome, ApiError>) -> (bool, String) {
    match done {
        Ok(Outcome { faults, entered }) => match faults.first() {
            Some((_, wrong)) => (false, fault_words(words, wrong)),
            None if entered > 0 => (true, words.count(Key::AdminDoneEntered, entered)),
            None => (true, words.get(Key::AdminDone)),
        },
        Err(error) => (false, words.get(trouble_words(&error))),
    }
}

#[component]
fn Change(
    room: Room,
    user: UserId,
    member: Memo<Option<Member>>,
    told: RwSignal<Option<(bool, String)>>,
) -> impl IntoView {
    let words = use_words();
    let details = member.get_untracked().map(|member| {
        let Member { name, staff_code, role, site, organisation, team, .. } = member;
        StaffDetails { name, staff_code, role, site, organisation, team }
    });
    let draft = Draft::of(details.unwrap_or_default());
    let busy = RwSignal::new(false);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let details = draft.details.get_untracked();
        leptos::task::spawn_local(async move {
            let done = room.change(|| api::change_person(ByteBuf::from(user.0), details.clone())).await;
            busy.try_set(false);
            match done {
                Ok(Outcome { faults, .. }) if faults.iter().any(|(field, _)| field != "user") => {
                    told.try_set(None);
                    draft.refused(faults);
                }
                done => {
                    draft.refused(Vec::new());
                    told.try_set(Some(outcome_words(words, done)));
                }
            }
        });
    };
    view! {
        <form class="card stack" novalidate on:submit=send aria-label=move || words.get(Key::AdminDetails)>
            <h2 class="card__title">{move || words.get(Key::AdminDetails)}</h2>
            <PersonForm room draft/>
            <div class="line">
                <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || words.get(Key::AdminSave)}
                </button>
            </div>
            <p class="note">{move || words.get(Key::AdminChangeNote)}</p>
        </form>
    }
}

/// The same, for reading alone.
#[component]
fn Read(member: Memo<Option<Member>>) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let rows = move || {
        let Some(Member { role, site, organisation, team, .. }) = member.get() else { return Vec::new() };
        let rows = [
            (Key::AdminRole, role_words(words, role)),
            (Key::Site, tables.label(Table::Sites, &site)),
            (
                Key::SlipOffice,
                if organisation.is_empty() {
                    String::new()
                } else {
                    tables.label(Table::Institutions, &organisation)
                },
            ),
            (Key::AdminTeam, if team.is_empty() { String::new() } else { tables.label(Table::Teams, &team) }),
        ];
        let filled = rows.into_iter().filter(|(_, text)| !text.is_empty());
        filled.map(|(key, text)| view! { <div><dt>{words.get(key)}</dt><dd>{text}</dd></div> }).collect()
    };
    view! { <section class="card stack"><dl class="facts">{rows}</dl></section> }
}
