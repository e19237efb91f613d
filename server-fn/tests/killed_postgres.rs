//! The program itself over PostgreSQL, one process of it and three on one database: killed in mid-parcel, and PostgreSQL
//! killed under it. What was receipted is there afterwards, once.
#![cfg(target_os = "linux")]

mod killing;
mod office;
#[path = "killing/postmaster.rs"]
mod postmaster;
mod process;

use killing::{Dice, Figures, KILLS_A_DATABASE, Victim, free_port, killed, seed, times};
use office::postgres::cluster;
use postmaster::Postmaster;
use process::{Process, amparo, clear, folder, invite};
use std::path::PathBuf;
use std::time::Instant;

/// Server processes over one database.
struct Servers<'p> {
    data: PathBuf,
    postmaster: &'p mut Postmaster,
    ports: Vec<String>,
    servers: Vec<Option<Process>>,
}

impl<'p> Servers<'p> {
    fn start(postmaster: &'p mut Postmaster, how_many: usize) -> Self {
        let data = folder();
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("database.url"), postmaster.fresh()).unwrap();
        let ports = (0..how_many).map(|_| free_port().to_string()).collect();
        let mut servers = Self { data, postmaster, ports, servers: Vec::new() };
        servers.servers.resize_with(how_many, || None);
        (0..how_many).for_each(|at| servers.begin(at));
        servers
    }

    fn begin(&mut self, at: usize) {
        let arguments = ["--port", &self.ports[at], "--no-limits"];
        self.servers[at] = Some(Process::start_with(&self.data, &arguments, &[]));
    }

    fn end(&mut self) {
        self.servers.clear();
        clear(&self.data);
    }
}

impl Victim for Servers<'_> {
    fn addresses(&self) -> Vec<String> {
        self.ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
    }

    fn invite(&self) -> String {
        invite(&self.data, "Somebody")
    }

    fn kill(&mut self, dice: &mut Dice) -> &'static str {
        match dice.below(10) {
            0 => self.postmaster.kill("KILL"),
            1 => self.postmaster.kill("QUIT"),
            2 => self.postmaster.kill_worker(),
            _ => {
                let at = dice.below(self.servers.len());
                self.servers[at].take().unwrap().kill();
                self.begin(at);
                return "a server";
            }
        }
        "PostgreSQL"
    }

    fn verify(&self) -> usize {
        let said = amparo(&["verify", "--data", self.data.to_str().unwrap()]).unwrap();
        assert!(said.contains("Everything is as it was written."), "{said}");
        said.split(' ').nth(2).and_then(|number| number.parse().ok()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_postgres_killed_with_it_or_beside_it_nothing_receipted_is_lost_and_nothing_is_there_twice() {
    if cluster::programs().is_none() {
        println!("skipped: there is no PostgreSQL on this machine");
        return;
    }
    let (seed, kills, began) = (seed(), times("AMPARO_SERVER_KILLS", 6), Instant::now());
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let mut postmaster = Postmaster::start();
    for (how_many, what) in [(1, "one process"), (3, "three processes")] {
        let (mut figures, began_so) = (Figures::default(), Instant::now());
        while figures.kills < kills.div_ceil(2) {
            let mut victim = Servers::start(&mut postmaster, how_many);
            let turn = KILLS_A_DATABASE.min(kills.div_ceil(2) - figures.kills);
            figures.add(killed(&mut victim, turn, &mut dice).await);
            victim.end();
        }
        figures.tell(&format!("server or database killed in mid-parcel, PostgreSQL, {what}"), seed, began_so);
    }
    println!("{} s in all", began.elapsed().as_secs());
}
