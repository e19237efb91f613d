//! The form with which a supervisor publishes days: a week or several at once, all alike.

use super::plan::Published;
use super::{day_now, save};
use crate::components::{Draw, ErrorSummary, Icon, Label, TextField};
use crate::device::{use_device, use_vault_handle};
use crate::when;
use crate::words::{Key, use_words};
use domain::appointment::{Day, DayFault, WEEKS, clock, day_number, day_text, families, weeks_of};
use domain::{Change, Kind, Record, RecordId};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::Note;

/// What is typed.
#[derive(Clone, PartialEq)]
struct Typed {
    first: String,
    weeks: String,
    days: [bool; 7],
    from: String,
    until: String,
    minutes: String,
    places: String,
    priority: String,
    place: String,
}

impl Typed {
    /// Tomorrow on, from Monday to Friday, mornings.
    fn new() -> Self {
        Self {
            first: day_text(day_now() + 1),
            weeks: "1".into(),
            days: [true, true, true, true, true, false, false],
            from: "08:00".into(),
            until: "12:00".into(),
            minutes: "30".into(),
            places: "2".into(),
            priority: "1".into(),
            place: String::new(),
        }
    }

    /// The days that it comes to; else what is wrong, with the input that it is wrong with.
    fn days(&self, site: &str, held: &[Published]) -> Result<Vec<Day>, Vec<(&'static str, Key)>> {
        let mut faults = Vec::new();
        let number = |text: &str| text.trim().parse::<i64>().ok();
        let first = day_number(&self.first).filter(|day| *day >= day_now());
        let weeks = number(&self.weeks).filter(|weeks| WEEKS.contains(weeks));
        let mut fault = |at: &'static str, key: Key, wrong: bool| {
            if wrong {
                faults.push((at, key));
            }
        };
        fault("plan-first", Key::AppointmentsFaultDay, first.is_none());
        fault("plan-weeks", Key::AppointmentsFaultWeeks, weeks.is_none());
        let days = weeks_of(first.unwrap_or(0), weeks.unwrap_or(0), self.days);
        fault(
            "plan-days",
            Key::AppointmentsFaultWeekdays,
            days.is_empty() && first.is_some() && weeks.is_some(),
        );
        fault("plan-from", Key::AppointmentsFaultTime, clock(&self.from).is_none());
        fault("plan-until", Key::AppointmentsFaultTime, clock(&self.until).is_none());
        let one = Day {
            record: RecordId::default(),
            site: site.to_owned(),
            day: 0,
            from: clock(&self.from).unwrap_or(0),
            until: clock(&self.until).unwrap_or(0),
            minutes: number(&self.minutes).unwrap_or(0),
            places: number(&self.places).unwrap_or(0),
            priority: number(if self.priority.trim().is_empty() { "0" } else { &self.priority })
                .unwrap_or(-1),
            open: true,
            place: domain::name::keep(&self.place),
        };
        let timed = clock(&self.from).is_some() && clock(&self.until).is_some();
        if let Some((at, key)) = one.check().err().filter(|_| timed).map(at_input) {
            fault(at, key, true);
        }
        let there: BTreeSet<i64> = held.iter().filter(|it| it.day.open).map(|it| it.day.day).collect();
        fault("plan-first", Key::AppointmentsPlanThere, days.iter().any(|day| there.contains(day)));
        if faults.is_empty() {
            Ok(days.into_iter().map(|day| Day { day, ..one.clone() }).collect())
        } else {
            Err(faults)
        }
    }
}

fn at_input(fault: DayFault) -> (&'static str, Key) {
    match fault {
        DayFault::NoSite => ("plan-site", Key::GiveFaultMissing),
        DayFault::NoTime => ("plan-from", Key::AppointmentsFaultTime),
        DayFault::UntilBeforeFrom => ("plan-until", Key::AppointmentsFaultOrder),
        DayFault::Minutes => ("plan-minutes", Key::AppointmentsFaultMinutes),
        DayFault::NoSlot => ("plan-minutes", Key::AppointmentsFaultNoSlot),
        DayFault::Places => ("plan-places", Key::AppointmentsFaultPlaces),
        DayFault::Priority => ("plan-priority", Key::AppointmentsFaultPriority),
    }
}

/// The form.
#[component]
pub fn Publish(
    /// For which office.
    site: RwSignal<String>,
    /// What is published there.
    days: Signal<Vec<Published>>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let typed = RwSignal::new(Typed::new());
    let (busy, trouble, checks) = (RwSignal::new(false), RwSignal::new(None::<Key>), RwSignal::new(0_usize));
    let published = RwSignal::new(None::<u64>);
    let judged = move || days.with(|held| typed.with(|typed| site.with(|site| typed.days(site, held))));
    // What was checked stays said until it is right; a form that was just published begins anew.
    let wrong = Memo::new(move |_| match checks.get() {
        0 => Vec::new(),
        _ => judged().err().unwrap_or_default(),
    });
    let fault = move |id: &'static str| {
        Signal::derive(move || {
            wrong.with(|wrong| wrong.iter().find(|(at, _)| *at == id).map(|(_, key)| words.get(*key)))
        })
    };
    let faults = Signal::derive(move || {
        wrong.with(|wrong| {
            wrong.iter().map(|(at, key)| ((*at).to_owned(), words.get(*key))).collect::<Vec<_>>()
        })
    });
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        published.set(None);
        let (Ok(planned), Some(vault)) = (untrack(judged), vault.try_get_value()) else { return };
        busy.set(true);
        trouble.set(None);
        leptos::task::spawn_local(async move {
            let changes: Vec<Change> = planned
                .iter()
                .filter_map(|day| {
                    let id = RecordId::fresh(when::now(), store::random());
                    Record::new(id, Kind::AGENDA).change(day.facts())
                })
                .collect();
            let (count, first) = (changes.len() as u64, changes.first().map(|change| change.record));
            let record = first.unwrap_or_default();
            let note = Note { person: String::new(), act: "agenda".into(), record };
            match save(&vault, device, changes, note).await {
                Ok(()) => {
                    checks.try_set(0);
                    published.try_set(Some(count));
                }
                Err(key) => drop(trouble.try_set(Some(key))),
            }
            busy.try_set(false);
        });
    };
    let text = move |of: fn(&Typed) -> &String| Signal::derive(move || typed.with(|it| of(it).clone()));
    let label = |key: Key| Label::Key(key);
    let weekdays = move || words.get(Key::AppointmentsPlanWeekdays);
    let checks_of_days = (0..7_usize).map(|nth| {
        let name = move || weekdays().split(' ').nth(nth).unwrap_or_default().to_owned();
        let id = if nth == 0 { "plan-days".to_owned() } else { format!("plan-day-{nth}") };
        view! {
            <label class="check">
                <input type="checkbox" id=id
                    prop:checked=move || typed.with(|it| it.days.get(nth).copied().unwrap_or(false))
                    on:change=move |event| {
                        let checked = event_target_checked(&event);
                        typed.update(|it| if let Some(day) = it.days.get_mut(nth) { *day = checked });
                    }/>
                <span>{name}</span>
            </label>
        }
    });
    let preview = move || {
        let days = judged().ok()?;
        let one = days.first()?;
        let all = u64::try_from(families(days.len(), one.slots(), one.places)).unwrap_or(0);
        let (count, slots) = (words.number(days.len() as u64), words.number(u64::from(one.slots())));
        let blanks = [("days", count.as_str()), ("slots", slots.as_str()), ("places", &words.number(all))];
        Some(words.with(Key::AppointmentsPlanPreview, &blanks))
    };
    view! {
        <ErrorSummary faults on_follow=|_| {} checks/>
        <form class="card stack" novalidate on:submit=on_submit aria-labelledby="plan-new">
            <h2 class="card__title" id="plan-new">{move || words.get(Key::AppointmentsPlan)}</h2>
            <div class="fields">
                <TextField id="plan-first" label=label(Key::AppointmentsPlanFrom) kind="date" value=text(|it| &it.first)
                    fault=fault("plan-first") on_type=move |text| typed.update(|it| it.first = text)/>
                <TextField id="plan-weeks" label=label(Key::AppointmentsPlanWeeks) mode="numeric" value=text(|it| &it.weeks)
                    fault=fault("plan-weeks") on_type=move |text| typed.update(|it| it.weeks = text)/>
            </div>
            <fieldset class="field wide appt__weekdays">
                <legend class="field__label">{move || words.get(Key::AppointmentsPlanDays)}</legend>
                <p class="field__error">{fault("plan-days")}</p>
                <div class="line">{checks_of_days.collect_view()}</div>
            </fieldset>
            <div class="fields">
                <TextField id="plan-from" label=label(Key::AppointmentsPlanOpens) kind="time" value=text(|it| &it.from)
                    fault=fault("plan-from") on_type=move |text| typed.update(|it| it.from = text)/>
                <TextField id="plan-until" label=label(Key::AppointmentsPlanCloses) kind="time" value=text(|it| &it.until)
                    fault=fault("plan-until") on_type=move |text| typed.update(|it| it.until = text)/>
                <TextField id="plan-minutes" label=label(Key::AppointmentsPlanMinutes) mode="numeric" value=text(|it| &it.minutes)
                    fault=fault("plan-minutes") on_type=move |text| typed.update(|it| it.minutes = text)/>
                <TextField id="plan-places" label=label(Key::AppointmentsPlanPlaces) mode="numeric" value=text(|it| &it.places)
                    fault=fault("plan-places") on_type=move |text| typed.update(|it| it.places = text)/>
                <TextField id="plan-priority" label=label(Key::AppointmentsPlanPriority) mode="numeric" value=text(|it| &it.priority)
                    fault=fault("plan-priority") on_type=move |text| typed.update(|it| it.priority = text)/>
                <TextField id="plan-place" label=label(Key::AppointmentsPlanPlace) maybe=true value=text(|it| &it.place)
                    fault=fault("plan-place") on_type=move |text| typed.update(|it| it.place = text)/>
            </div>
            <p class="note">{preview}</p>
            <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
            <div class="line">
                <button class="btn btn--primary btn--big" type="submit" aria-busy=move || busy.get().to_string()>
                    <Draw icon=Icon::Calendar/>
                    {move || words.get(Key::AppointmentsPlanPublish)}
                </button>
                <span role="status">{move || published.get().map(|days| words.count(Key::AppointmentsPlanPublished, days))}</span>
            </div>
        </form>
    }
}
