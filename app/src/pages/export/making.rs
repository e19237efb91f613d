//! What an export does once it was asked for: rows by right, a line for the log, and only then a file.

use crate::forms::Forms;
use crate::tables::Tables;
use crate::words::{Key, Words};
use crate::{files, spreadsheet, when};
use domain::service::Brief;
use domain::service::export::{self, Choice, Export, Face, Looks};
use domain::{Kind, RecordId, Role};
use leptos::prelude::Owner;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use store::{Hit, Identity, Leaving, StoreError, Vault};

/// The kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text.
    #[default]
    Csv,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// From its word in the form.
    pub fn of(word: &str) -> Format {
        if word == Format::Xlsx.ending() { Format::Xlsx } else { Format::Csv }
    }

    /// The ending of its files; also its word in the form.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv;charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What, of when, and whether with names.
    pub choice: Choice,
    /// As what.
    pub format: Format,
    /// Why.
    pub reason: String,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was nothing: no line, no file. So many records are reserved.
    Nothing(u32),
    /// A file with so many rows, without so many reserved records.
    Done(u32, u32),
    /// No line could be kept for the log: no file was made.
    NotNoted,
    /// The line is kept, and the file could not be made.
    NotMade,
}

/// Does it. `owner` is the page's: labels follow the language that stands above it.
pub async fn make(vault: &Vault, asked: &Asked, pieces: Pieces, owner: &Owner) -> Outcome {
    let Ok(held) = held(vault, &asked.choice).await else { return Outcome::NotMade };
    let words = pieces.words;
    let export = owner.with(|| rows(&held, &asked.choice, pieces));
    let (rows, reserved) = (u32::try_from(export.sheet.rows.len()).unwrap_or(u32::MAX), export.reserved);
    if rows == 0 {
        return Outcome::Nothing(reserved);
    }
    let kinds = asked.choice.kinds.iter().map(|kind| kind.0).collect();
    let (named, reason) = (asked.choice.named, asked.reason.clone());
    // Before there is a file: what leaves without a line is what nobody ever finds out.
    if vault.exported(&Leaving { kinds, rows, reserved, named, reason }).await.is_err() {
        return Outcome::NotNoted;
    }
    let bytes = match asked.format {
        Format::Csv => Some(export.sheet.to_csv()),
        Format::Xlsx => spreadsheet::xlsx(&export.sheet).await,
    };
    let today = when::today();
    let (word, ending) = (words.get(Key::ExportFile), asked.format.ending());
    let (year, month, day) = (today.year(), u8::from(today.month()), today.day());
    let name = format!("amparo-{word}-{year:04}-{month:02}-{day:02}.{ending}");
    match bytes.and_then(|bytes| files::save(&name, asked.format.media_type(), &bytes)) {
        Some(()) => Outcome::Done(rows, reserved),
        None => Outcome::NotMade,
    }
}

/// What pages hold of words and tables.
#[derive(Clone, Copy)]
pub struct Pieces {
    /// The words.
    pub words: Words,
    /// The tables.
    pub tables: Tables,
    /// The lists that say what is for whom.
    pub forms: Forms,
}

/// What lies on the device, and who looks.
struct Held {
    briefs: Rc<Vec<Brief>>,
    faces: BTreeMap<RecordId, Face>,
    identity: Rc<Identity>,
}

async fn held(vault: &Vault, choice: &Choice) -> Result<Held, StoreError> {
    let briefs = vault.services().await?;
    let people: Vec<RecordId> = export::people_in(&briefs, choice).into_iter().collect();
    let mut faces: BTreeMap<RecordId, Face> =
        vault.faces(&people).into_iter().map(|(id, hit)| (id, face(hit))).collect();
    if choice.named {
        // Who is sealed is named in no file, whoever asks.
        for id in sealed(vault, faces.keys().copied().collect()).await? {
            faces.entry(id).and_modify(|face| face.name.clear());
        }
    }
    Ok(Held { briefs, faces, identity: vault.identity() })
}

fn rows(held: &Held, choice: &Choice, pieces: Pieces) -> Export {
    let Pieces { words, tables, forms } = pieces;
    let Some(role) = Role::from_code(held.identity.role) else { return Export::default() };
    let (bands, types, tags) =
        (tables.rows("age_bands"), tables.rows("assistance_types"), tables.rows("hxl_tags"));
    let cell = |row: &domain::catalogue::Row, column: &str| row.get(column).cloned().unwrap_or_default();
    let tag = |key: &str| {
        let is_it =
            |row: &&domain::catalogue::Row| cell(row, "export") == "services" && cell(row, "column") == key;
        tags.iter().find(is_it).map(|row| cell(row, "tag")).unwrap_or_default()
    };
    let header = |key: &str| words.named(&format!("export_col_{key}")).unwrap_or_else(|| key.to_owned());
    let label = |table: &str, code: &str| match table.split_once(':') {
        _ if code.is_empty() => String::new(),
        Some((_, list)) => tables.list_label(list, code),
        None if table == "kind" => kind_word(words, code),
        None => tables.label_in_file(table, code),
    };
    forms.judge(|_, _, lists| {
        let looks = Looks {
            role,
            me: held.identity.user,
            lists,
            bands: &bands,
            types: &types,
            header: &header,
            tag: &tag,
            label: &label,
        };
        export::export(&held.briefs, &held.faces, choice, &looks)
    })
}

/// The word for a kind of record.
pub fn kind_word(words: Words, key: &str) -> String {
    words.named(&format!("export_kind_{key}")).unwrap_or_else(|| key.to_owned())
}

fn face(hit: Hit) -> Face {
    let Hit { name, born, sex, nationality, site, .. } = hit;
    Face { name, born, sex, nationality, site }
}

/// Those of whom only named people may know.
async fn sealed(vault: &Vault, ids: Vec<RecordId>) -> Result<BTreeSet<RecordId>, StoreError> {
    let records = vault.records(&ids).await?;
    let people = records.iter().filter(|record| record.kind == Kind::INDIVIDUAL);
    Ok(people.filter(|record| domain::sealed_member::is_sealed(record)).map(|record| record.id).collect())
}
