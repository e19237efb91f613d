//! The questions about a group: where it is, when and where it arrived.

use super::member_form::{boxes, sentence, set_box};
use crate::components::{DateField, Select, TextField};
use crate::tables::{Table, use_tables};
use crate::words::{Key, use_words};
use domain::Field;
use domain::problem::{At, Problems};
use domain::registration_group::FamilyDraft;
use leptos::prelude::*;

/// Place and arrival, the same for the whole family.
#[component]
pub fn PlaceForm(
    /// The family being typed.
    draft: RwSignal<FamilyDraft>,
    /// What the last check found.
    problems: RwSignal<Problems>,
) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let text = move |of: fn(&FamilyDraft) -> &String| Signal::derive(move || draft.with(|it| of(it).clone()));
    let fault = move |field: Field| {
        Signal::derive(move || problems.with(|problems| sentence(words, problems, At::group(field))))
    };
    let id = |field: Field| At::group(field).id();
    let sites = Signal::derive(move || tables.all(Table::Sites));
    let provinces = Signal::derive(move || tables.of(Table::Places, ""));
    let districts = Signal::derive(move || {
        let within = tables.of(Table::Places, &draft.with(|it| it.province.clone()));
        within.into_iter().filter(|item| item.kind == "district").collect::<Vec<_>>()
    });
    let entry_points = Signal::derive(move || tables.all(Table::EntryPoints));
    view! {
        <div class="section">
            <div class="fields">
                <Select id=id(Field::SITE) label=Key::Site value=text(|it| &it.site) items=sites
                    on_choose=move |code| draft.update(|it| it.site = code) fault=fault(Field::SITE)/>
                <Select id=id(Field::PROVINCE) label=Key::Province value=text(|it| &it.province) items=provinces
                    on_choose=move |code| draft.update(|it| {
                        it.province = code;
                        it.district.clear();
                    })
                    fault=fault(Field::PROVINCE) maybe=true/>
                <Show when=move || draft.with(|it| !it.province.is_empty())>
                    <Select id=id(Field::DISTRICT) label=Key::District value=text(|it| &it.district) items=districts
                        on_choose=move |code| draft.update(|it| it.district = code)
                        fault=fault(Field::DISTRICT) maybe=true/>
                </Show>
                <TextField id=id(Field::ADDRESS) label=Key::Address value=text(|it| &it.address)
                    on_type=move |text| draft.update(|it| it.address = text)
                    fault=fault(Field::ADDRESS) maybe=true wide=true capitals="sentences"/>
                <DateField id=id(Field::ARRIVAL_DATE) label=Key::ArrivalDate
                    value=Signal::derive(move || draft.with(|it| boxes(&it.arrival)))
                    on_type=move |at, text| draft.update(|it| set_box(&mut it.arrival, at, text))
                    fault=fault(Field::ARRIVAL_DATE)/>
                <Select id=id(Field::ENTRY_POINT) label=Key::EntryPoint value=text(|it| &it.entry_point)
                    items=entry_points on_choose=move |code| draft.update(|it| it.entry_point = code)
                    fault=fault(Field::ENTRY_POINT) maybe=true/>
            </div>
        </div>
    }
}
