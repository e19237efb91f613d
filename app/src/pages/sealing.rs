//! Sealing a person of a group: who alone knows of them from then on. On the page of a person, for who knows of them.

use super::notes::{Colleagues, by_name};
use super::reading::Case;
use crate::components::{Draw, Icon, Notice};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::sealed_member::{self, CannotSeal};
use domain::{Change, Entry, EntryId, Individual, Record, Role, UserId};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::{Colleague, Note};

/// That a person is sealed, and for whom; and, where that is possible, sealing and unsealing them.
#[component]
pub fn Sealing(
    /// The person.
    person: Record,
    /// Their group with all of it that is held here.
    case: Case,
) -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    let me = vault.identity();
    let may_seal =
        Role::from_code(me.role).is_some_and(|role| sealed_member::may_seal(role, me.user, &person));
    let device = use_device();
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { vault.colleagues().await.map(by_name).map_err(|error| explain(&error)) }
    });
    let known = Memo::new(move |_| loaded.get());
    move || {
        // Nobody is chosen from a list that could not be read; that somebody is sealed is said all the same.
        let (colleagues, unread) = match known.get()? {
            Ok(colleagues) => (colleagues, None),
            Err(key) => (Vec::new(), Some(key)),
        };
        let may = may_seal && unread.is_none();
        Some(view! {
            {unread.filter(|_| may_seal).map(|key| view! {
                <p class="field__error" role="alert">{move || words.get(key)}</p>
            })}
            <Seal person=person.clone() case=case.clone() colleagues may/>
        })
    }
}

/// What the page is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Shown,
    Choosing,
    Unsealing,
}

#[component]
fn Seal(person: Record, case: Case, colleagues: Vec<Colleague>, may: bool) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let me = vault.with_value(|vault| vault.identity().user);
    let known = sealed_member::known_to(&person);
    let sealed = !known.is_empty();
    let chosen =
        RwSignal::new(known.iter().copied().filter(|user| *user != me).collect::<BTreeSet<UserId>>());
    let step = RwSignal::new(Step::Shown);
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let entry = EntryId::fresh(when::now(), store::random());
    let name = Individual::from_record(&person).display_name();
    let held = StoredValue::new_local((person, case));
    let state = move |changes: Result<Vec<Change>, CannotSeal>| {
        if busy.get_untracked() {
            return;
        }
        let changes = match changes {
            Ok(changes) => changes,
            Err(CannotSeal::Nothing) => return step.set(Step::Shown),
            Err(why) => return trouble.set(Some(refusal(why))),
        };
        busy.set(true);
        let vault = vault.get_value();
        let identity = vault.identity();
        let record = held.with_value(|(person, _)| person.id);
        let about = Note { person: name.clone(), act: "member_sealed".into(), record };
        let entry = Entry {
            id: entry,
            author: identity.user,
            enrolment: identity.enrolment,
            at: when::now(),
            changes,
        };
        leptos::task::spawn_local(async move {
            match vault.save(&entry, about, None).await {
                Ok(_) => device.courier().saved(device),
                Err(error) => trouble.set(Some(explain(&error))),
            }
            let _ = busy.try_set(false);
        });
    };
    let (seal_now, unseal_now) = (state.clone(), state);
    let seal = move |_| {
        let mut users = chosen.get_untracked();
        users.insert(me);
        let changes = held.with_value(|(person, case)| {
            let members: Vec<Record> = case.people().into_iter().cloned().collect();
            sealed_member::seal(me, person, case.group(), &members, &users, when::today())
        });
        seal_now(changes);
    };
    let unseal = move |_| {
        unseal_now(
            held.with_value(|(person, case)| sealed_member::unseal(me, person, case.group(), when::today())),
        );
    };
    let shown: Vec<Colleague> = colleagues.iter().filter(|one| one.user != me).cloned().collect();
    let names = {
        let (colleagues, known) = (colleagues, known);
        move || {
            let other = |user| vault.with_value(|vault| vault.author_name(user));
            super::notes::names(words, &known, me, &colleagues, other)
        }
    };
    let on_toggle = move |user, is| {
        chosen.update(|chosen| {
            if is {
                chosen.insert(user)
            } else {
                chosen.remove(&user)
            };
        });
    };
    let ask = move || {
        view! {
            <div class="line">
                <button class="btn" type="button" on:click=move |_| { trouble.set(None); step.set(Step::Choosing); }>
                    <Draw icon=Icon::Lock/>
                    {move || words.get(if sealed { Key::SealChange } else { Key::SealMember })}
                </button>
                {sealed.then(|| view! {
                    <button class="btn btn--quiet" type="button" on:click=move |_| { trouble.set(None); step.set(Step::Unsealing); }>
                        <Draw icon=Icon::Unlock/>
                        {move || words.get(Key::Unseal)}
                    </button>
                })}
            </div>
        }
    };
    view! {
        {sealed.then(|| view! {
            <Notice class="notice--attention" icon=Icon::Lock>
                {let names = names.clone(); move || words.with(Key::SealedFor, &[("who", &names())])}
            </Notice>
        })}
        <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
        {may.then(|| view! {
            <Show when=move || step.get() == Step::Shown>{ask()}</Show>
            <Show when=move || step.get() == Step::Choosing>
                <section class="card" aria-labelledby="sealing">
                    <div class="card__head">
                        <h2 class="card__title" id="sealing">{move || words.get(if sealed { Key::SealChange } else { Key::SealMember })}</h2>
                    </div>
                    <div class="stack">
                        <p>{move || words.get(Key::SealWarning)}</p>
                        <Colleagues id="seal-for" legend=Key::SealWho all=shown.clone() chosen on_toggle/>
                        <p class="note">{move || words.get(Key::SealSelf)}</p>
                        <div class="line">
                            <button class="btn btn--primary" type="button" on:click=seal.clone() aria-busy=move || busy.get().to_string()>
                                <Draw icon=Icon::Lock/>
                                {move || words.get(Key::SealYes)}
                            </button>
                            <button class="btn" type="button" on:click=move |_| step.set(Step::Shown)>{move || words.get(Key::Cancel)}</button>
                        </div>
                    </div>
                </section>
            </Show>
            <Show when=move || step.get() == Step::Unsealing>
                <section class="card" aria-labelledby="unsealing">
                    <div class="card__head"><h2 class="card__title" id="unsealing">{move || words.get(Key::Unseal)}</h2></div>
                    <div class="stack">
                        <p>{move || words.get(Key::UnsealWarning)}</p>
                        <div class="line">
                            <button class="btn btn--primary" type="button" on:click=unseal.clone() aria-busy=move || busy.get().to_string()>
                                {move || words.get(Key::UnsealYes)}
                            </button>
                            <button class="btn" type="button" on:click=move |_| step.set(Step::Shown)>{move || words.get(Key::Cancel)}</button>
                        </div>
                    </div>
                </section>
            </Show>
        })}
    }
}

/// Why somebody is not sealed, as a sentence.
fn refusal(why: CannotSeal) -> Key {
    match why {
        CannotSeal::SpeaksForTheGroup => Key::SealFaultFocal,
        CannotSeal::TheOnlyOne => Key::SealFaultAlone,
        CannotSeal::TooMany => Key::FaultTooMany,
        CannotSeal::NotAPerson | CannotSeal::NotOneself | CannotSeal::Nothing => Key::SealFaultOther,
    }
}
