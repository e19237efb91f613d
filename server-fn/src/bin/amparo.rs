//! `amparo`: the server, and the few things done beside it.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "amparo/backup.rs"]
mod backup;
#[path = "amparo/keys.rs"]
mod keys;
#[path = "amparo/passkeys.rs"]
mod passkeys;
#[path = "amparo/sealed.rs"]
mod sealed;
#[path = "amparo/verify.rs"]
mod verify;

use api::server::audit::{AuditEvent, What};
use api::server::http::{Settings, serve, told_to_stop};
use api::server::keyring::StorageSource;
use api::server::peer::{Proxies, ProxyLine};
use api::server::several::Seat;
use api::server::tables::{self, Cabinet, NotPut, Put};
use api::server::{
    NewUser, Office, Site, appointments, database, demo, intake, keyring, log, now_ms, random, several,
};
use domain::overlay::{self, RETIRED, SCOPE, Sheet};
use domain::{Role, UserId};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const USAGE: &str = "\
amparo serve --data DIR [--port N] [--host ADDRESS] [--site DIR] [--public-url URL] [--demo] [--quiet-log]
             [--trust-proxy ADDRESS,...] [--proxy-line x-forwarded-for|forwarded]
    Serves the app and the devices. Port 0 takes a free one. --demo invites made-up staff and loads a made-up
    caseload; --public-url is the address that people see where a proxy with TLS stands before the server.
    Then the proxy's X-Forwarded-For (or Forwarded) says who asks, if its address is among --trust-proxy (else: this
    machine's own). The proxy must write that line itself, or all offices count as one.
    Wishes of families for appointments are drawn together every ten minutes (AMPARO_DRAW_SECONDS). Reminders go as
    POST {\"to\", \"text\"} to AMPARO_SMS_URL (http://, a gateway of the office's network or a proxy before one), with the
    token in AMPARO_SMS_TOKEN_FILE if it wants one; without an address none are sent. They go to numbers of the
    operation's country, or to those that begin as AMPARO_SMS_PREFIXES says (+507,+57).
    The ledger is a file in the data folder, or lies in PostgreSQL: --database postgres://USER:PASSWORD@HOST/DATABASE
    (or AMPARO_DATABASE, where others cannot read it). The folder keeps the address, so whatever else is run on it finds
    the same ledger without being told. With ?sslmode=verify-full the way there is TLS (&sslrootcert=FILE says whom to
    believe); to another machine either that or ?sslmode=disable is to be said.
amparo invite --data DIR --role ROLE --site CODE --name NAME --code STAFF-CODE [--organisation CODE] [--team CODE]
              [--base-url URL] [--hours N]
    Invites one person on one device and prints the link, good for 72 hours. Works beside a running server.
    Roles: caseworker, counsellor, supervisor, verifier, administrator, auditor. The first administrator is made so.
amparo restored --data DIR
    To be said once before the server starts on a database restored from a backup: devices then send again by
    themselves what the backup lacks.
amparo tables list --data DIR
amparo tables show NAME --data DIR [--shipped]
amparo tables check NAME FILE.csv --data DIR
amparo tables put NAME FILE.csv --data DIR
amparo tables retire NAME CODE... --data DIR
    What this office asks and offers otherwise than the app ships it: lists, fields, rules. `show` prints what the
    office has put (with --shipped what the app ships), to be changed and put back; `check` changes nothing; `retire`
    takes one code out of what is offered (in table lists: its list, then its code). Works beside a running server;
    devices take it over within the hour, or when somebody presses \"Send now\".
amparo load --url URL[,URL...] --data DIR
    Loads the made-up caseload into a running server, or into several over one ledger, over its own road.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let command = arguments.next().unwrap_or_default();
    let mut words = Vec::new();
    while let Some(word) = arguments.next_if(|word| takes_words(&command) && !word.starts_with("--")) {
        words.push(word);
    }
    let outcome = Options::read(arguments).and_then(|options| match command.as_str() {
        "backup" => backup::backup(&options),
        "restore" => backup::restore(&words, &options),
        "rebuild" => backup::rebuild(&options),
        "serve" => run_serve(&options),
        "invite" => run_invite(&options),
        "restored" => run_restored(&options),
        "keys" => keys::run(&words, &options),
        "load" => run_load(&options),
        "passkeys" => passkeys::run(&words, &options),
        "sealed" => sealed::run(&words, &options),
        "verify" => verify::run(&options),
        "tables" => run_tables(&words, &options),
        "--help" | "help" => {
            let more = [backup::USAGE, keys::USAGE, passkeys::USAGE, sealed::USAGE, verify::USAGE];
            print!("{USAGE}{}", more.concat());
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

/// Whether other words than options follow a command.
fn takes_words(command: &str) -> bool {
    ["tables", "keys", "passkeys", "sealed", "restore"].contains(&command)
}

/// What was said on the command line: `--name value`, or `--flag` alone.
struct Options(HashMap<String, String>);

impl Options {
    const FLAGS: [&str; 6] = ["no-limits", "demo", "quiet-log", "shipped", "replace", "even-so"];
    const VALUES: [&str; 26] = [
        "to",
        "user",
        "for",
        "checkpoints",
        "proxy-line",
        "trust-proxy",
        "days",
        "fingerprint",
        "out",
        "request",
        "root",
        "storage-key-command",
        "database",
        "data",
        "port",
        "host",
        "site",
        "public-url",
        "role",
        "name",
        "code",
        "base-url",
        "url",
        "hours",
        "organisation",
        "team",
    ];

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

    /// The proxies whose word on who asks is taken: this machine's unless others are said.
    fn proxies(&self) -> Result<Proxies, String> {
        let trusted = match self.get("trust-proxy") {
            None => Proxies::here().trusted,
            Some(said) => {
                let addresses = said.split(',').map(|address| address.trim().parse());
                addresses
                    .collect::<Result<_, _>>()
                    .map_err(|_| "--trust-proxy takes addresses such as 10.0.0.5")?
            }
        };
        let line = match self.get("proxy-line") {
            None | Some("x-forwarded-for") => ProxyLine::XForwardedFor,
            Some("forwarded") => ProxyLine::Forwarded,
            Some(_) => return Err("--proxy-line is x-forwarded-for or forwarded".to_owned()),
        };
        Ok(Proxies { trusted, line })
    }

    fn office(&self) -> Result<Office, String> {
        Office::open_at(Path::new(self.need("data")?), self.database().as_deref(), self.storage())
    }

    /// The address of the database, where one is said.
    fn database(&self) -> Option<String> {
        let said = self.get("database").map(str::to_owned);
        said.or_else(|| std::env::var("AMPARO_DATABASE").ok())
    }

    /// Where the keys that seal rows come from.
    fn storage(&self) -> StorageSource {
        let command =
            self.get("storage-key-command").map(|command| StorageSource::Command(command.to_owned()));
        command.unwrap_or_else(StorageSource::from_environment)
    }
}

fn run_serve(options: &Options) -> Result<(), String> {
    if options.has("quiet-log") {
        log::be_quiet();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(serve_until_stopped(options))
}

/// For scanners that are to get behind the limits: `--no-limits`, which a build for people does not know.
fn without_limits(office: Office) -> Result<Office, String> {
    #[cfg(debug_assertions)]
    return Ok(office.with_limits(api::server::limits::Limits::none()));
    #[cfg(not(debug_assertions))]
    {
        let _ = office;
        Err("limits are only ever off in builds for testing".to_owned())
    }
}

async fn serve_until_stopped(options: &Options) -> Result<(), String> {
    let pace = appointments::Pace::from_environment()?;
    // Before it is opened: nobody restores it from here on.
    let seat = Seat::to_serve(Path::new(options.need("data")?)).map_err(|error| error.to_string())?;
    let office =
        if options.has("no-limits") { without_limits(options.office()?)? } else { options.office()? };
    // Nobody floods a demo, and whoever shows it should not have to wait.
    let office = if options.has("demo") { office.with_intake(intake::Settings::gentle()) } else { office };
    let office = Arc::new(office);
    let serving = Arc::clone(&office);
    let begun = tokio::task::spawn_blocking(move || serving.begin_serving(seat)).await;
    begun.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
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
    // By name: browsers make no passkeys for a number, and administration asks for one.
    let named = if address.ip().is_loopback() {
        format!("http://localhost:{}", address.port())
    } else {
        local.clone()
    };
    let base = public_url.clone().unwrap_or(named);

    let stop = told_to_stop().map_err(|error| error.to_string())?;
    println!("Listening on {local}");
    if options.has("demo") {
        for (key, invitation) in demo::invite_staff(&office).map_err(|error| error.to_string())? {
            println!("Invitation {key}: {base}/enrol#{}", invitation.to_text());
        }
        let data = PathBuf::from(options.need("data")?);
        demo::put_offices(&Cabinet::of(&data)).map_err(|error| error.to_string())?;
        println!("Applicants' door: {base}/apply");
        let (loading, to) = (Arc::clone(&office), local.clone());
        tokio::spawn(async move {
            demo::load_once(Arc::clone(&loading), to.clone(), data).await;
            demo::send_applications(Arc::clone(&loading), to.clone()).await;
            demo::publish_days(loading, to).await;
        });
    }
    tokio::spawn(keyring::keep_up(Arc::clone(&office), keyring::Pace::default()));
    tokio::spawn(several::keep_up(Arc::clone(&office)));
    tokio::spawn(intake::keep_up(Arc::clone(&office)));
    tokio::spawn(appointments::keep_up(Arc::clone(&office), pace));
    log::event("start", &[("port", u64::from(address.port())), ("judged", judged)]);

    let site = options.get("site").map_or_else(Site::embedded, |folder| Site::Folder(PathBuf::from(folder)));
    let proxies = if public_url.is_some() { options.proxies()? } else { Proxies::default() };
    let settings = Settings { site, public_url, proxies };
    serve(listener, Arc::clone(&office), settings, stop).await.map_err(|error| error.to_string())?;
    office.end_serving();
    office.ledger().settle().map_err(|error| error.to_string())?;
    log::event("stop", &[]);
    Ok(())
}

fn run_invite(options: &Options) -> Result<(), String> {
    let role = options.need("role")?;
    // Nobody is a slip: the server states what a desk without accounts says on its page.
    let mut roles = Role::ALL.into_iter().filter(|known| !known.is_voice());
    let role = roles.find(|known| known.key() == role).ok_or("no such role")?;
    let user = NewUser {
        id: UserId::fresh(now_ms(), random()),
        name: options.need("name")?.to_owned(),
        staff_code: options.need("code")?.to_owned(),
        role,
        site: options.need("site")?.to_owned(),
        organisation: options.get("organisation").unwrap_or_default().to_owned(),
        team: options.get("team").unwrap_or_default().to_owned(),
    };
    let hours: u64 = options.get("hours").unwrap_or("72").parse().map_err(|_| "the hours are no number")?;
    let office = options.office()?;
    let invited = office.invite_for(&user, hours.saturating_mul(60 * 60 * 1000));
    let invitation = invited.map_err(|error| error.to_string())?;
    let event = AuditEvent::of(What::InvitationMade).about(&user.id.0).because(role.key());
    office.note(event).map_err(|error| error.to_string())?;
    let base = options.get("base-url").unwrap_or("http://localhost:8480").trim_end_matches('/');
    println!("{base}/enrol#{}", invitation.to_text());
    Ok(())
}

fn run_restored(options: &Options) -> Result<(), String> {
    let office = options.office()?;
    office.restored().map_err(|error| error.to_string())?;
    println!("The next start begins a new epoch.");
    keys::after_restoring(options, &office)?;
    Ok(())
}

fn run_tables(words: &[String], options: &Options) -> Result<(), String> {
    let cabinet = Cabinet::of(Path::new(options.need("data")?));
    let (deed, words) = words.split_first().ok_or(USAGE)?;
    match (deed.as_str(), words) {
        ("list", []) => list_tables(&cabinet),
        ("show", [name]) => show_table(&cabinet, name, options.has("shipped")),
        ("check", [name, file]) => {
            let sheet = cabinet.check(name, &read_table(file)?).map_err(|error| not_put(file, &error))?;
            println!("{name}: {} rows, all in order. Nothing was changed.", sheet.rows.len());
            Ok(())
        }
        ("put", [name, file]) => {
            let put = cabinet.put(name, &read_table(file)?).map_err(|error| not_put(file, &error))?;
            said(name, put);
            noted(name, options)
        }
        ("retire", [name, key @ ..]) if key.len() == overlay::key_columns(name).len() => {
            said(name, cabinet.retire(name, key).map_err(|error| not_put(name, &error))?);
            noted(name, options)
        }
        _ => Err(USAGE.to_owned()),
    }
}

/// Writes into the log of deeds that a table was changed, where there is a database yet.
fn noted(name: &str, options: &Options) -> Result<(), String> {
    if !database::is_begun_at(Path::new(options.need("data")?), options.database().as_deref())? {
        return Ok(());
    }
    let event = AuditEvent::of(What::TablesChanged).because(name);
    options.office()?.note(event).map_err(|error| error.to_string())
}

fn said(name: &str, put: Put) {
    let Put { rows, kept } = put;
    let kept = if kept > 0 {
        format!(", {kept} of them retired because the file lacks them")
    } else {
        String::new()
    };
    println!("{name}: the office holds {rows} rows{kept}.");
}

fn read_table(file: &str) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    String::from_utf8(bytes).map_err(|_| format!("{file}: this is no UTF-8; save it as \"CSV UTF-8\""))
}

fn not_put(file: &str, error: &NotPut) -> String {
    let faults = error.to_string();
    let faults: Vec<String> = faults.lines().map(|fault| format!("{file}: {fault}")).collect();
    format!("{}\nNothing was changed.", faults.join("\n"))
}

fn list_tables(cabinet: &Cabinet) -> Result<(), String> {
    let held = cabinet.sheets().map_err(|error| error.to_string())?;
    for (name, shipped) in tables::shipped() {
        let own = held.get(&name).map_or(&[][..], |sheet| &sheet.rows);
        let retired = own.iter().filter(|row| overlay::is_retired(row)).count();
        let own = if own.is_empty() {
            String::new()
        } else {
            format!(", {} of the office, {retired} retired", own.len())
        };
        println!("{name}: {} rows{own}", shipped.rows.len());
    }
    Ok(())
}

fn show_table(cabinet: &Cabinet, name: &str, shipped: bool) -> Result<(), String> {
    let of_app = tables::shipped().remove(name).ok_or_else(|| format!("there is no table {name:?}"))?;
    let held = cabinet.sheets().map_err(|error| error.to_string())?.remove(name);
    let own = held.unwrap_or_else(|| {
        let more = [SCOPE, RETIRED].map(str::to_owned);
        Sheet { columns: of_app.columns.iter().cloned().chain(more).collect(), rows: Vec::new() }
    });
    print!("{}", if shipped { of_app.to_text() } else { own.to_text() });
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
