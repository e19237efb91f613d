//! The form of a help: its kind, how much, for whom, and what shows that it was received.

use super::give::{Begun, Receiver};
use super::proof::{Edit, Proof};
use super::{Before, KindOfHelp, entry_of, fault_words, helps, input_of};
use crate::components::fields::Choices;
use crate::components::{Back, Draw, ErrorSummary, Icon, Select, TextField};
use crate::components::{DateField, Label};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::pages::discard::Discard;
use crate::pages::keeper::{Keeper, Said};
use crate::pages::trouble::explain;
use crate::tables::{Item, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::service::Brief;
use domain::service::assistance::{self, GiftDraft, GiftFault, Help, Look};
use domain::service::doubles::given_before;
use domain::{Field, RecordId};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::collections::BTreeSet;
use store::Note;

/// The form.
#[component]
pub fn Form(
    /// What it begins with.
    begun: Begun,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let device = use_device();
    let vault = use_vault();
    let navigate = use_navigate();
    let Begun { giving, kept, people, reference, recent, given, collected, back } = begun;
    let (name, corrects) = (giving.name.clone(), giving.draft.amends.is_some());
    let draft_id = giving.id;
    let draft = RwSignal::new(giving.clone());
    let keeper = Keeper::new(draft, kept.then_some(giving), vault.clone(), device);
    let said = keeper.said;
    let discarded = StoredValue::new_local(keeper.clone());
    let gone = back.clone();
    let (busy, trouble, checks) = (RwSignal::new(false), RwSignal::new(None::<Key>), RwSignal::new(0_usize));
    let gift = Signal::derive(move || draft.with(|it| it.draft.clone()));
    let change = Callback::new(move |edit: Edit| draft.update(|it| edit(&mut it.draft)));
    let kinds = StoredValue::new(helps(tables));
    let help = Memo::new(move |_| {
        let code = draft.with(|it| it.draft.code.clone());
        kinds.with_value(|kinds| kinds.iter().find(|help| help.code == code).cloned())
    });
    let given = StoredValue::new_local(given);
    // Looked for when the kind, the day or the people change, not at every key.
    let asked = Memo::new(move |_| draft.with(|it| it.draft.brief(when::today())));
    // Gifts of this tablet that were saved since are told with the next opening.
    let found = Memo::new(move |_| {
        let asked = asked.get();
        given.with_value(|all| {
            forms.judge(|_, _, lists| {
                let found = given_before(all, &asked, lists);
                found.into_iter().cloned().collect::<Vec<Brief>>()
            })
        })
    });
    let again = Memo::new(move |_| !found.with(Vec::is_empty) && draft.with(|it| it.draft.amends.is_none()));
    let named = StoredValue::new(people.clone());
    let told = Signal::derive(move || {
        let several = draft.with(|it| it.draft.covers.len() > 1);
        let name = |brief: &Brief| {
            let of = |id: &RecordId| {
                named.with_value(|all| all.iter().find(|one| one.id == *id).map(|one| one.name.clone()))
            };
            brief.owner.filter(|_| several).and_then(|id| of(&id)).unwrap_or_default()
        };
        found
            .get()
            .into_iter()
            .map(|brief| {
                let name = name(&brief);
                (brief, name)
            })
            .collect::<Vec<_>>()
    });
    let reference = StoredValue::new(reference);
    let judge = move || {
        let help = help.get();
        let again = again.get();
        draft.with(|it| {
            reference.with_value(|reference| {
                it.draft.check(&Look { help: help.as_ref(), today: when::today(), reference, again })
            })
        })
    };
    // Nothing is said to be wrong before somebody wanted to save it.
    let wrong =
        Memo::new(move |_| if checks.get() == 0 { Vec::new() } else { judge().err().unwrap_or_default() });
    let sentence = move |fault: &GiftFault| fault_words(words, forms, fault);
    let fault_at = Callback::new(move |field: Field| {
        wrong.with(|wrong| wrong.iter().find(|it| it.field == field).map(|it| sentence(&it.fault)))
    });
    let fault = move |field| Signal::derive(move || fault_at.run(field));
    let faults = Signal::derive(move || {
        let line = |field: Field, fault: &GiftFault| {
            let blanks = [("field", forms.label(field)), ("fault", sentence(fault))];
            words.with(Key::GiveFaultAt, &blanks.each_ref().map(|(name, text)| (*name, text.as_str())))
        };
        wrong.with(|wrong| {
            wrong.iter().map(|it| (input_of(it).to_owned(), line(it.field, &it.fault))).collect::<Vec<_>>()
        })
    });
    let go = name.clone();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        let Ok(change) = untrack(judge) else { return };
        busy.set(true);
        let gift = draft.with_untracked(|it| it.draft.clone());
        let entry = entry_of(&vault, gift.entry, change);
        let note = Note { person: go.clone(), act: "gift_given".into(), record: gift.record };
        let (vault, keeper, navigate) = (vault.clone(), keeper.clone(), navigate.clone());
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            match vault.save(&entry, note, Some(draft_id)).await {
                Ok(_) => {
                    keeper.finished();
                    device.courier().saved(device);
                    let options = NavigateOptions { replace: true, ..Default::default() };
                    navigate(&format!("/assistance/{}", gift.record), options);
                }
                Err(error) => {
                    let _ = trouble.try_set(Some(explain(&error)));
                    keeper.go_on().await;
                }
            }
            let _ = busy.try_set(false);
        });
    };
    let text =
        move |of: fn(&GiftDraft) -> &String| Signal::derive(move || draft.with(|it| of(&it.draft).clone()));
    let label = move |field| Label::Text(Signal::derive(move || forms.label(field)));
    let choose_kind = move |code: String| {
        change.run(Box::new(move |it: &mut GiftDraft| {
            if it.code != code {
                // What was typed for another unit is not of this one.
                (it.code, it.quantity, it.amount) = (code, "1".to_owned(), String::new());
            }
        }));
    };
    // It is saved with a day that stands in what is closed.
    let day = move || {
        let day = draft.with(|it| it.draft.day(when::today()));
        day.map(|day| format!("{}: {}", forms.label(Field::ASSISTANCE_DATE), when::day(words, day)))
    };
    let is_money = move || help.with(|help| help.as_ref().is_some_and(Help::is_money));
    let asks_amount =
        move || help.with(|help| help.as_ref().is_some_and(|help| help.is_money() || help.needs_amount));
    let needs_proof = Memo::new(move |_| {
        let given = draft.with(|it| assistance::is_given(&it.draft.status));
        given && help.with(|help| help.as_ref().is_some_and(|help| help.needs_proof))
    });
    let unit = Signal::derive(move || {
        help.with(|help| help.as_ref().map(|help| forms.code_label("units", &help.unit))).unwrap_or_default()
    });
    view! {
        <main class="page page--narrow" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=Signal::derive(move || words.get(Key::GoBack))/>
                    <h1 tabindex="-1">{move || words.get(if corrects { Key::GiveCorrectTitle } else { Key::GiveTitle })}</h1>
                    <p class="line"><bdi>{name}</bdi></p>
                </div>
            </div>
            <ErrorSummary faults on_follow=|_| {} checks/>
            <form class="stack" novalidate on:submit=on_submit>
                <section class="card">
                    <div class="stack">
                        <KindOfHelp value=text(|it| &it.code) on_choose=choose_kind recent fault=fault(Field::ASSISTANCE_TYPE)/>
                        <Before found=told collected/>
                        <Show when=move || again.get()>
                            <TextField id="give-again" label=label(Field::ASSISTANCE_AGAIN) value=text(|it| &it.again)
                                fault=fault(Field::ASSISTANCE_AGAIN) wide=true
                                on_type=move |text: String| change.run(Box::new(move |it: &mut GiftDraft| it.again = text))/>
                        </Show>
                        <Show when=move || help.with(Option::is_some)>
                            <div class="fields">
                                <Show when=move || !is_money()>
                                    <TextField id="give-quantity" label=label(Field::ASSISTANCE_QUANTITY) hint=unit mode="numeric"
                                        value=text(|it| &it.quantity) fault=fault(Field::ASSISTANCE_QUANTITY)
                                        on_type=move |text: String| change.run(Box::new(move |it: &mut GiftDraft| it.quantity = text))/>
                                </Show>
                                <Show when=asks_amount>
                                    <TextField id="give-amount" label=label(Field::ASSISTANCE_AMOUNT) hint=Key::GiveAmountHint mode="decimal"
                                        value=text(|it| &it.amount) fault=fault(Field::ASSISTANCE_AMOUNT)
                                        on_type=move |text: String| change.run(Box::new(move |it: &mut GiftDraft| it.amount = text))/>
                                </Show>
                            </div>
                        </Show>
                    </div>
                </section>
                <Whom people gift change/>
                <section class="card"><div class="stack"><Proof draft=gift change needed=needs_proof fault_at/></div></section>
                <More gift change fault_at/>
                <div class="actions">
                    <p class="actions__said" role="status"><Said trouble kept=said at_first=Key::SavesItself/></p>
                    <p class="note" id="give-day">{day}</p>
                    <button class="btn btn--primary btn--big" type="submit" aria-busy=move || busy.get().to_string()>
                        <Draw icon=Icon::Save/>
                        {move || words.get(if again.get() { Key::GiveAnyway } else { Key::GiveSave })}
                    </button>
                </div>
            </form>
            <Discard draft keeper=discarded href=gone/>
        </main>
    }
}

/// Who receives it, and for whom it is.
#[component]
fn Whom(people: Vec<Receiver>, gift: Signal<GiftDraft>, change: Callback<Edit>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    if people.len() < 2 {
        return ().into_any();
    }
    let all: BTreeSet<RecordId> = people.iter().map(|one| one.id).collect();
    let size = all.len() as u64;
    let called = move |name: &str| if name.is_empty() { words.get(Key::NoNameYet) } else { name.to_owned() };
    let items: Vec<Item> =
        people.iter().map(|one| Item::new(&one.id.to_string(), &called(&one.name))).collect();
    let value = Signal::derive(move || gift.with(|it| it.recipient.to_string()));
    let choose = move |code: String| {
        if let Some(id) = RecordId::parse(&code) {
            change.run(Box::new(move |it: &mut GiftDraft| {
                if it.covers.len() == 1 {
                    it.covers.clear();
                }
                it.recipient = id;
                it.covers.insert(id);
            }));
        }
    };
    let options = vec![
        Item::new("one", &words.get(Key::GiveOnlyOne)),
        Item::new("all", &words.count(Key::GiveWholeFamily, size)),
    ];
    let covers =
        Signal::derive(move || if gift.with(|it| it.covers.len() > 1) { "all" } else { "one" }.to_owned());
    let cover = move |code: String| {
        let all = all.clone();
        change.run(Box::new(move |it: &mut GiftDraft| {
            it.covers = if code == "all" { all } else { BTreeSet::new() };
            it.covers.insert(it.recipient);
        }));
    };
    view! {
        <section class="card">
            <div class="stack">
                <fieldset class="field wide">
                    <legend>{move || words.get(Key::GiveWho)}</legend>
                    <Choices id="give-covers" value=covers on_choose=cover items=options fault=crate::components::fields::Fault::stored(None)/>
                </fieldset>
                <Select id="give-recipient" label=Label::Text(Signal::derive(move || forms.label(Field::ASSISTANCE_RECIPIENT)))
                    value items=Signal::stored(items) fault=crate::components::fields::Fault::stored(None) on_choose=choose/>
            </div>
        </section>
    }
    .into_any()
}

/// What is seldom other than it is: closed until somebody opens it.
#[component]
fn More(
    gift: Signal<GiftDraft>,
    change: Callback<Edit>,
    fault_at: Callback<Field, Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let label = move |field| Label::Text(Signal::derive(move || forms.label(field)));
    let date = Signal::derive(move || {
        gift.with(|it| [it.date.day.clone(), it.date.month.clone(), it.date.year.clone()])
    });
    let typed = move |at: usize, text: String| {
        change.run(Box::new(move |it: &mut GiftDraft| {
            it.day_typed = Some(true);
            match at {
                0 => it.date.day = text,
                1 => it.date.month = text,
                _ => it.date.year = text,
            }
        }));
    };
    let status = |code: &&str| Item::new(code, &forms.code_label("assistance_status", code));
    let statuses: Vec<Item> = assistance::allowed("").iter().map(status).collect();
    let fault = move |field| Signal::derive(move || fault_at.run(field));
    let opened = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or_default()
            || fault_at.run(Field::ASSISTANCE_DATE).is_some()
            || gift.with_untracked(|it| it.status != assistance::DELIVERED)
    });
    view! {
        <details class="card" prop:open=move || opened.get()>
            <summary>{move || words.get(Key::GiveMore)}<Draw icon=Icon::ChevronDown/></summary>
            <div class="fields">
                <DateField id="give-date" label=label(Field::ASSISTANCE_DATE) value=date on_type=typed fault=fault(Field::ASSISTANCE_DATE)/>
                <Select id="give-status" label=label(Field::ASSISTANCE_STATUS) items=Signal::stored(statuses)
                    value=Signal::derive(move || gift.with(|it| it.status.clone())) fault=fault(Field::ASSISTANCE_STATUS)
                    on_choose=move |code: String| change.run(Box::new(move |it: &mut GiftDraft| it.status = code))/>
                <Select id="give-programme" label=label(Field::ASSISTANCE_PROGRAMME) items=Signal::stored(forms.list("programme"))
                    value=Signal::derive(move || gift.with(|it| it.programme.clone())) fault=crate::components::fields::Fault::stored(None) maybe=true
                    on_choose=move |code: String| change.run(Box::new(move |it: &mut GiftDraft| it.programme = code))/>
            </div>
        </details>
    }
}
