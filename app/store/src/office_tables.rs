//! The office's own tables on the device: asked for now and then, believed only from the server that this device was
//! invited to, kept in the reference store. What each row ever meant is remembered.

use crate::announce::{Change, announce};
use crate::mailbox::Post;
use crate::round::{Line, Trouble};
use crate::{Mailbox, Reference, Store, StoreError};
use domain::overlay::{self, Sheet};
use seal::OfficeTables;
use std::collections::BTreeMap;

/// Beginning of the names under which the office's sheets lie in the reference store.
const OFFICE: &str = "office/";
/// Beginning of the names under which rows lie that are in no sheet any more.
const PAST: &str = "past/";
/// Name of the number of the office's changes.
const REVISION: &str = "office-revision";
/// Most bytes of one table.
const LIMIT: usize = 512 * 1024;

/// What the device holds of the office's tables, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The office's sheets, to be laid over the app's.
    pub office: BTreeMap<String, Sheet>,
    /// Rows that were once in the app's tables or the office's, all retired.
    pub past: BTreeMap<String, Sheet>,
}

/// What the device holds. Nothing before it has joined.
///
/// # Errors
/// When the browser does not answer.
pub async fn held(reference: &Reference) -> Result<Held, StoreError> {
    let sheets = |texts: BTreeMap<String, String>| {
        texts.into_iter().map(|(name, text)| (name, Sheet::read(&text))).collect()
    };
    Ok(Held { office: sheets(reference.texts(OFFICE).await?), past: sheets(reference.texts(PAST).await?) })
}

/// When the office last changed a table that this device knows of, milliseconds since 1970 by its clock; `None` where it
/// has changed none.
///
/// # Errors
/// When the browser does not answer.
pub async fn revision(reference: &Reference) -> Result<Option<u64>, StoreError> {
    Ok(reference.get_text(REVISION).await?.and_then(|text| text.parse().ok()).filter(|at| *at > 0))
}

/// Remembers the rows that one of the app's tables had before an update, and lacks now.
///
/// # Errors
/// [`StoreError::Full`], or when the browser does not answer.
pub async fn remember(
    reference: &Reference,
    table: &str,
    older: &str,
    newer: &str,
) -> Result<(), StoreError> {
    match remembered(reference, table, older, newer).await? {
        Some((name, text)) => reference.put_text(&name, &text).await,
        None => Ok(()),
    }
}

/// Asks for what changed, and keeps it. Gives the names of the tables that are others now.
///
/// # Errors
/// Only when the store itself does not answer; trouble with the line is the answer within.
pub async fn ask(store: &Store, line: &impl Line) -> Result<Result<Vec<String>, Trouble>, StoreError> {
    let (mailbox, reference) = (store.mailbox(), store.reference());
    if mailbox.posts().await?.is_empty() {
        // Nobody has joined: there is no key yet by which an office could be known.
        return Ok(Ok(Vec::new()));
    }
    let held = reference.texts(OFFICE).await?;
    let revision = revision(reference).await?.unwrap_or(0);
    let known = held.iter().map(|(name, text)| (name.clone(), OfficeTables::digest(text))).collect();
    let answer = match line.office_tables(known).await {
        Ok(answer) => answer,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let news = match believed(&mailbox, line, &answer).await? {
        Ok(news) => news,
        Err(trouble) => return Ok(Err(trouble)),
    };
    if news.revision < revision {
        // An answer of former days, played again; or a server restored from a backup, which will be told anew.
        return Ok(Ok(Vec::new()));
    }
    let (mut changed, mut texts) = (Vec::new(), Vec::new());
    for table in news.changed {
        let older = held.get(&table.name).map(String::as_str).unwrap_or_default();
        if !is_name(&table.name) || table.text.len() > LIMIT || older == table.text {
            continue;
        }
        texts.extend(remembered(reference, &table.name, older, &table.text).await?);
        texts.push((format!("{OFFICE}{}", table.name), table.text));
        changed.push(table.name);
    }
    if news.revision > revision {
        texts.push((REVISION.to_owned(), news.revision.to_string()));
    }
    if !texts.is_empty() {
        reference.put_texts(&texts).await?;
    }
    if !changed.is_empty() {
        announce(Change::Tables);
    }
    Ok(Ok(changed))
}

/// Reads an answer with the keys that this device believes; with newer ones, where its root vouches for them.
async fn believed(
    mailbox: &Mailbox,
    line: &impl Line,
    answer: &[u8],
) -> Result<Result<OfficeTables, Trouble>, StoreError> {
    if let Some(news) = read(&mailbox.posts().await?, answer) {
        return Ok(Ok(news));
    }
    if let Ok(keys) = line.server_keys().await
        && mailbox.take_keys(&keys).await?
        && let Some(news) = read(&mailbox.posts().await?, answer)
    {
        return Ok(Ok(news));
    }
    Ok(Err(Trouble::WrongSignature))
}

fn read(posts: &[Post], answer: &[u8]) -> Option<OfficeTables> {
    Post::of_office(posts)
        .filter_map(Post::server)
        .find_map(|key| OfficeTables::from_bytes(answer, &key).ok())
}

/// The row of what is remembered of a table, where there is more to remember.
async fn remembered(
    reference: &Reference,
    table: &str,
    older: &str,
    newer: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let (older, newer) = (Sheet::read(older), Sheet::read(newer));
    if overlay::lacking(table, &older, &newer).rows.is_empty() {
        return Ok(None);
    }
    let name = format!("{PAST}{table}");
    let past = Sheet::read(&reference.get_text(&name).await?.unwrap_or_default());
    Ok(Some((name, overlay::remember(table, &past, &older, &newer).to_text())))
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=64).contains(&name.len()) && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Office, device, now};
    use seal::{OfficeTable, RootKey, ServerSecrets};
    use std::cell::{Cell, RefCell};

    /// A line to an office that has put something.
    struct Tables<'a> {
        office: &'a Office,
        /// Who signs.
        secrets: RefCell<ServerSecrets>,
        news: RefCell<OfficeTables>,
        asked: RefCell<Vec<(String, [u8; 16])>>,
        portal: Cell<bool>,
    }

    impl<'a> Tables<'a> {
        fn of(office: &'a Office) -> Self {
            let secrets = ServerSecrets::from_bytes(&office.secrets.to_bytes()).unwrap();
            Self {
                office,
                secrets: secrets.into(),
                news: Default::default(),
                asked: Default::default(),
                portal: Cell::new(false),
            }
        }

        fn put(&self, revision: u64, text: &str) {
            let changed = vec![OfficeTable { name: "lists".to_owned(), text: text.to_owned() }];
            self.news.replace(OfficeTables { revision, changed });
        }
    }

    impl Line for Tables<'_> {
        async fn deliver(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Trouble> {
            Err(Trouble::NoAnswer)
        }
        async fn collect(&self, _: &[u8], _: u32) -> Result<api::Collected, Trouble> {
            Err(Trouble::NoAnswer)
        }
        async fn server_keys(&self) -> Result<Vec<u8>, Trouble> {
            Ok(self.office.root.vouch(&self.secrets.borrow(), 0, u64::MAX).to_bytes())
        }
        async fn office_tables(&self, known: Vec<(String, [u8; 16])>) -> Result<Vec<u8>, Trouble> {
            self.asked.replace(known);
            if self.portal.get() {
                return Ok(b"<html>Sign in to the hotel</html>".to_vec());
            }
            Ok(self.news.borrow().sign(&self.secrets.borrow().signing).unwrap())
        }
    }

    const FIRST: &str = "list,code,label_es\nsex,X,Otro\nsex,Y,Nuevo\n";
    const SECOND: &str = "list,code,label_es\nsex,X,Otra persona\n";

    #[test]
    fn what_the_office_put_is_kept_and_not_asked_for_again() {
        let (store, _) = device();
        let office = Office::new();
        let line = Tables::of(&office);
        line.put(1, FIRST);
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec![]), "nobody has joined yet");
        assert_eq!(now(held(store.reference())).unwrap(), Held::default());

        office.enrol(&store, 1);
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec!["lists".to_owned()]));
        assert_eq!(now(held(store.reference())).unwrap().office["lists"], Sheet::read(FIRST));
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec![]));
        assert_eq!(*line.asked.borrow(), [("lists".to_owned(), OfficeTables::digest(FIRST))]);

        line.put(2, SECOND);
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec!["lists".to_owned()]));
        let now_held = now(held(store.reference())).unwrap();
        assert_eq!(now_held.office["lists"], Sheet::read(SECOND));
        let past = now_held.past["lists"].to_text();
        assert_eq!(past, "list,code,label_es,retired\nsex,Y,Nuevo,1\n", "what a code meant is not forgotten");
        // An answer of former days.
        line.put(1, FIRST);
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec![]));
        assert_eq!(now(held(store.reference())).unwrap(), now_held);
    }

    #[test]
    fn nobody_else_is_believed() {
        let (store, _) = device();
        let office = Office::new();
        office.enrol(&store, 1);
        let line = Tables::of(&office);
        line.put(1, FIRST);
        line.portal.set(true);
        assert_eq!(now(ask(&store, &line)).unwrap(), Err(Trouble::WrongSignature));
        line.portal.set(false);
        // Another office, with a root of its own.
        let mut other = Office::new();
        other.root = RootKey::generate(&mut crate::clock::rng());
        let stranger = Tables::of(&other);
        stranger.put(1, FIRST);
        assert_eq!(now(ask(&store, &stranger)).unwrap(), Err(Trouble::WrongSignature));
        assert_eq!(now(held(store.reference())).unwrap(), Held::default());
        // The same office with a new key: its root vouches for it.
        line.secrets.replace(ServerSecrets::generate(&mut crate::clock::rng()));
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec!["lists".to_owned()]));
    }

    #[test]
    fn the_office_of_who_joined_first_says_what_the_tables_are() {
        let ((store, database), (elsewhere, there)) = (device(), device());
        let (office, mut other) = (Office::new(), Office::new());
        other.root = RootKey::generate(&mut crate::clock::rng());
        office.enrol(&store, 1);
        let before = crate::clock::now_ms();
        while crate::clock::now_ms() == before {}
        other.enrol(&elsewhere, 2);
        // A device of former days on which both had joined.
        let mut batch = crate::transaction::Batch::default();
        let posts =
            there.every_value().into_iter().filter(|(table, ..)| *table == crate::tables::Table::Posts);
        posts.for_each(|(table, key, value)| batch.put(table, key, value));
        now(database.commit(batch)).unwrap();
        let (line, stranger) = (Tables::of(&office), Tables::of(&other));
        line.put(1, FIRST);
        stranger.put(2, SECOND);
        assert_eq!(now(ask(&store, &stranger)).unwrap(), Err(Trouble::WrongSignature));
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec!["lists".to_owned()]));
    }

    #[test]
    fn tables_of_no_name_or_of_too_many_bytes_are_left() {
        let (store, _) = device();
        let office = Office::new();
        office.enrol(&store, 1);
        let line = Tables::of(&office);
        let odd = |name: &str, text: String| OfficeTable { name: name.to_owned(), text };
        let changed = vec![odd("../lists", FIRST.to_owned()), odd("sites", "x".repeat(LIMIT + 1))];
        line.news.replace(OfficeTables { revision: 1, changed });
        assert_eq!(now(ask(&store, &line)).unwrap(), Ok(vec![]));
        assert_eq!(now(held(store.reference())).unwrap(), Held::default());
    }

    #[test]
    fn what_an_update_of_the_app_takes_out_stays_readable() {
        let (store, _) = device();
        let reference = store.reference();
        now(remember(reference, "lists", FIRST, SECOND)).unwrap();
        now(remember(reference, "lists", SECOND, "list,code,label_es\nsex,Z,Zeta\n")).unwrap();
        let past = &now(held(reference)).unwrap().past["lists"];
        assert_eq!(past.to_text(), "list,code,label_es,retired\nsex,Y,Nuevo,1\nsex,X,Otra persona,1\n");
    }
}
