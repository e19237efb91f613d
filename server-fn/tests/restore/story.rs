//! Tablets with an office whose database goes back, or is damaged.

use super::tablets::{Luck, Office, Tablet};
use api::server::audit::Began;
use api::server::audit::verify::verify;
use api::server::backup::{self, Leave, Place};
use api::server::keyring::StorageSource;
use api::server::{database, random};
use domain::{Field, Role};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

pub fn place(data: &Path) -> Place<'_> {
    Place { data, said: None, storage: StorageSource::Files }
}

pub fn restore(data: &Path, file: &Path) -> backup::Restored {
    backup::restore(file, &place(data), Leave { replace: true, even_so: false }).unwrap()
}

pub fn save(data: &Path, to: &Path) -> backup::Saved {
    backup::save(&database::of(data, None).unwrap(), to).unwrap()
}

pub fn elsewhere(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("amparo-{name}-{}", domain::id::hex(&random::<8>())))
}

/// Tablets with an office.
pub struct Story {
    pub office: Office,
    pub tablets: Vec<Tablet>,
    pub luck: Luck,
}

impl Story {
    pub async fn begin(seed: u64, tablets: usize) -> Self {
        let mut story = Self { office: Office::start().await, tablets: Vec::new(), luck: Luck::of(seed) };
        for _ in 0..tablets {
            story.enrols().await;
        }
        story
    }

    pub async fn enrols(&mut self) {
        let invitation = self.office.invite(Role::Caseworker, "meteti");
        self.tablets.push(Tablet::enrol(&self.office.url, &invitation).await);
    }

    /// So much work, here and there delivered.
    pub async fn work(&mut self, pieces: u64) {
        for _ in 0..pieces {
            let at = self.luck.below(self.tablets.len() as u64) as usize;
            let tablet = &mut self.tablets[at];
            match self.luck.below(3) {
                0 => tablet.renames(&mut self.luck).await,
                _ => tablet.registers(&mut self.luck).await,
            }
            if self.luck.below(2) == 0 {
                tablet.round(&mut self.luck, false).await;
            }
        }
        self.office.running().promise().unwrap();
    }

    /// Every tablet's next rounds.
    pub async fn rounds(&mut self, many: usize) {
        for _ in 0..many {
            for tablet in &mut self.tablets {
                tablet.round(&mut self.luck, false).await;
                tablet.folds().await;
            }
        }
    }

    pub fn saved(&self) -> usize {
        self.tablets.iter().map(|tablet| tablet.saved.len()).sum()
    }

    /// All that was ever saved is in the ledger once, and every tablet holds it.
    pub async fn check(&self, when: &str) {
        let office = self.office.running();
        let counts = office.ledger().counts().unwrap();
        let found = (counts.entries, counts.waiting, counts.parked, counts.quarantined);
        assert_eq!(found, (self.saved() as u64, 0, 0, 0), "{when}: each exactly once");
        let faults = verify(office, &[]).unwrap().faults;
        assert_eq!(faults, [], "{when}");
        for tablet in &self.tablets {
            let waiting = tablet.vault.waiting().await.unwrap();
            assert_eq!((waiting.unsent, waiting.attention), (0, 0), "{when}: nothing is stuck");
        }
        let records: BTreeSet<_> =
            self.tablets.iter().flat_map(|tablet| &tablet.saved).map(|saved| saved.record).collect();
        for record in records {
            let first = self.tablets[0].vault.record(record).await.unwrap().unwrap();
            for tablet in &self.tablets {
                let other = tablet.vault.record(record).await.unwrap();
                assert_eq!(other.as_ref(), Some(&first), "{when}: the tablets agree");
                for saved in tablet.saved.iter().filter(|saved| saved.record == record) {
                    let mut known = first.known(Field::GIVEN_NAMES);
                    assert!(known.any(|it| it.entry == saved.entry), "{when}: {} is reachable", saved.name);
                }
            }
        }
    }

    /// Why epochs began, as the log tells.
    pub fn began(&self) -> Vec<Option<Began>> {
        verify(self.office.running(), &[]).unwrap().epochs.iter().map(|epoch| epoch.why).collect()
    }

    pub async fn end(self) {
        self.office.stop().await;
    }
}

/// An old copy of the database file, as somebody makes one who knows no commands, and puts it back.
pub fn put_back(data: &Path, copy: &Path) {
    for what in ["amparo.db-wal", "amparo.db-shm"] {
        let _ = fs::remove_file(data.join(what));
    }
    fs::copy(copy, data.join("amparo.db")).unwrap();
}

pub fn copied(from: &Path, to: &Path) -> bool {
    std::process::Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success()
}
