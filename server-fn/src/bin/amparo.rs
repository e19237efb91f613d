//! `amparo`: the server, and the few things done beside it.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use api::server::http::{Settings, serve, told_to_stop};
use api::server::{NewUser, Office, Site, demo, keyring, log, now_ms, random};
use domain::{Role, UserId};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const USAGE: &str = "\
amparo serve --data DIR [--port N] [--host ADDRESS] [--site DIR] [--public-url URL] [--demo] [--quiet-log]
    Serves the app and the devices. Port 0 takes a free one. --demo invites made-up staff and loads a made-up
    caseload; --public-url is the address that people see where a proxy with TLS stands before the server.
amparo invite --data DIR --role ROLE --site CODE --name NAME --code STAFF-CODE [--base-url URL] [--hours N]
    Invites one person on one device and prints the link, good for 72 hours. Works beside a running server.
    Roles: caseworker, counsellor, supervisor, verifier.
amparo restored --data DIR
    To be said once before the server starts on a database restored from a backup: devices then send again by
    themselves what the backup lacks.
amparo keys --data DIR
    Prints the fingerprint of the root key, to be compared with what a device shows.
amparo load --url URL --data DIR
    Loads the made-up caseload into a running server, over its own road.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let outcome = Options::read(arguments).and_then(|options| match command.as_str() {
        "serve" => run_serve(&options),
        "invite" => run_invite(&options),
        "restored" => run_restored(&options),
        "keys" => run_keys(&options),
        "load" => run_load(&options),
        "--help" | "help" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.trim_end());
            ExitCode::FAILURE
        }
    }
}

/// What was said on the command line: `--name value`, or `--flag` alone.
struct Options(HashMap<String, String>);

impl Options {
    const FLAGS: [&str; 2] = ["demo", "quiet-log"];
    const VALUES: [&str; 11] =
        ["data", "port", "host", "site", "public-url", "role", "name", "code", "base-url", "url", "hours"];

    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = HashMap::new();
        while let Some(argument) = arguments.next() {
            let name = argument.strip_prefix("--").unwrap_or_default();
            let (name, value) = name.split_once('=').map_or((name, None), |(n, v)| (n, Some(v.to_owned())));
            let value = if Self::FLAGS.contains(&name) {
                String::new()
            } else if Self::VALUES.contains(&name) {
                value
                    .or_else(|| arguments.next())
                    .ok_or_else(|| format!("--{name} needs a value\n\n{USAGE}"))?
            } else {
                return Err(format!("what is {argument:?}?\n\n{USAGE}"));
            };
            options.insert(name.to_owned(), value);
        }
        Ok(Self(options))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn need(&self, name: &str) -> Result<&str, String> {
        self.get(name).ok_or_else(|| format!("--{name} is missing\n\n{USAGE}"))
    }

    fn office(&self) -> Result<Office, String> {
        Office::open(Path::new(self.need("data")?))
    }
}

fn run_serve(options: &Options) -> Result<(), String> {
    if options.has("quiet-log") {
        log::be_quiet();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(serve_until_stopped(options))
}

async fn serve_until_stopped(options: &Options) -> Result<(), String> {
    let office = Arc::new(options.office()?);
    let judging = Arc::clone(&office);
    let judged = tokio::task::spawn_blocking(move || judging.judge_at_start()).await;
    // Whatever is wrong with what came before: those who come now are served.
    let judged = judged.map_err(|error| error.to_string());
    let judged = judged.and_then(|judged| judged.map_err(|error| error.to_string()));
    let judged = judged.unwrap_or_else(|error| {
        log::trouble("judge_at_start", &error);
        0
    });
    let host = options.get("host").unwrap_or("127.0.0.1");
    let port: u16 = options.get("port").unwrap_or("8480").parse().map_err(|_| "the port is no number")?;
    let listener = tokio::net::TcpListener::bind((host, port)).await;
    let listener = listener.map_err(|error| format!("cannot listen on {host}:{port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let local = format!("http://{address}");
    let public_url = options.get("public-url").map(|url| url.trim_end_matches('/').to_owned());
    let base = public_url.clone().unwrap_or_else(|| local.clone());

    let stop = told_to_stop().map_err(|error| error.to_string())?;
    println!("Listening on {local}");
    if options.has("demo") {
        for (key, invitation) in demo::invite_staff(&office).map_err(|error| error.to_string())? {
            println!("Invitation {key}: {base}/enrol#{}", invitation.to_text());
        }
        let data = PathBuf::from(options.need("data")?);
        tokio::spawn(demo::load_once(Arc::clone(&office), local, data));
    }
    log::event("start", &[("port", u64::from(address.port())), ("judged", judged)]);

    let site = options.get("site").map_or_else(Site::embedded, |folder| Site::Folder(PathBuf::from(folder)));
    let settings = Settings { site, public_url };
    serve(listener, Arc::clone(&office), settings, stop).await.map_err(|error| error.to_string())?;
    office.ledger().settle().map_err(|error| error.to_string())?;
    log::event("stop", &[]);
    Ok(())
}

fn run_invite(options: &Options) -> Result<(), String> {
    let role = options.need("role")?;
    let role = Role::ALL.into_iter().find(|known| known.key() == role).ok_or("no such role")?;
    let user = NewUser {
        id: UserId::fresh(now_ms(), random()),
        name: options.need("name")?.to_owned(),
        staff_code: options.need("code")?.to_owned(),
        role,
        site: options.need("site")?.to_owned(),
    };
    let hours: u64 = options.get("hours").unwrap_or("72").parse().map_err(|_| "the hours are no number")?;
    let invited = options.office()?.invite_for(&user, hours.saturating_mul(60 * 60 * 1000));
    let invitation = invited.map_err(|error| error.to_string())?;
    let base = options.get("base-url").unwrap_or("http://127.0.0.1:8480").trim_end_matches('/');
    println!("{base}/enrol#{}", invitation.to_text());
    Ok(())
}

fn run_restored(options: &Options) -> Result<(), String> {
    let office = options.office()?;
    office.ledger().set_epoch(random()).map_err(|error| error.to_string())?;
    println!("The next start begins a new epoch.");
    Ok(())
}

fn run_keys(options: &Options) -> Result<(), String> {
    println!("{}", keyring::printed(&options.office()?.keyring().fingerprint));
    Ok(())
}

fn run_load(options: &Options) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let office = Arc::new(options.office()?);
    let loaded =
        runtime.block_on(demo::load(&office, options.need("url")?, Path::new(options.need("data")?)));
    println!("{}", loaded?);
    Ok(())
}
