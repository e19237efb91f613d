//! The program itself, killed in mid-parcel over its SQLite file: what was receipted is there after the next start, once.
#![cfg(unix)]

mod killing;
mod office;
mod process;

use killing::{Dice, Figures, KILLS_A_DATABASE, Victim, free_port, killed, seed, times};
use process::{Process, amparo, clear, folder, invite};
use std::path::PathBuf;
use std::time::Instant;

/// One server over one file.
struct OneServer {
    data: PathBuf,
    port: String,
    server: Option<Process>,
}

impl OneServer {
    fn start() -> Self {
        let mut one = Self { data: folder(), port: free_port().to_string(), server: None };
        one.begin();
        one
    }

    fn begin(&mut self) {
        self.server = Some(Process::start_with(&self.data, &["--port", &self.port, "--no-limits"], &[]));
    }
}

impl Victim for OneServer {
    fn addresses(&self) -> Vec<String> {
        vec![format!("http://127.0.0.1:{}", self.port)]
    }

    fn invite(&self) -> String {
        invite(&self.data, "Somebody")
    }

    fn kill(&mut self, _: &mut Dice) -> &'static str {
        self.server.take().unwrap().kill();
        self.begin();
        "the server"
    }

    fn verify(&self) -> usize {
        let said = amparo(&["verify", "--data", self.data.to_str().unwrap()]).unwrap();
        assert!(said.contains("Everything is as it was written."), "{said}");
        said.split(' ').nth(2).and_then(|number| number.parse().ok()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_mid_parcel_nothing_that_was_receipted_is_lost_and_nothing_is_there_twice() {
    let (seed, kills, began) = (seed(), times("AMPARO_SERVER_KILLS", 5), Instant::now());
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let mut figures = Figures::default();
    while figures.kills < kills {
        let mut victim = OneServer::start();
        let turn = KILLS_A_DATABASE.min(kills - figures.kills);
        figures.add(killed(&mut victim, turn, &mut dice).await);
        drop(victim.server.take());
        clear(&victim.data);
    }
    figures.tell("server killed in mid-parcel, SQLite", seed, began);
}
