//! `flood`: junk pre-registrations against a running server, with real families and staff among them. Part of the
//! measures (`cargo xtask bench -- --only flood`), built with the feature of this name alone.
//!
//! ```text
//! flood measure URL DATA LETTERS FAMILIES INVITATION...   measures, and lets the flood run as a program of its own
//! flood junk URL KEYS LETTERS SEED                         the flood
//! ```
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use api::ApiError;
use api::server::client::Device;
use api::server::intake::client::{Family, Phone, Posted};
use api::server::{now_ms, random};
use domain::application::{Act, Application, Reply};
use domain::{Change, Entry, EntryId, Field, Kind, Op, RecordId, Value};
use seal::letter::Fate;
use seal::{Invitation, ServerKeys};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Bits of work that each letter brings: what the server asks for at `AMPARO_WORK_BITS=8`, and what it adds to that.
const BITS: u8 = 11;
/// Blocks of addresses from which the flood comes.
const BLOCKS: usize = 300;
/// Letters of the flood under way at a time.
const AT_ONCE: usize = 32;
/// Requests of staff that are measured while it is quiet.
const QUIET: usize = 400;
/// Between two requests of staff.
const PAUSE: Duration = Duration::from_millis(40);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    let outcome = runtime.block_on(async {
        match words.as_slice() {
            ["measure", url, data, letters, families, invitations @ ..] => {
                measure(url, Path::new(data), number(letters)?, number(families)?, invitations).await
            }
            ["junk", url, keys, letters, seed] => junk(url, keys, number(letters)?, number(seed)?).await,
            _ => Err("see the head of flood.rs".to_owned()),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &str) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}

fn number(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| format!("{word} is no number"))
}

/// Bytes of everything in a folder.
fn size(folder: &Path) -> u64 {
    let Ok(files) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => size(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    files.flatten().map(of).sum()
}

/// A family of some people; its names are made up by number.
fn family(number: usize) -> Family {
    let mut it = Application::begin(RecordId::fresh(now_ms(), random()), now_ms(), "es");
    (it.site, it.organisation) = ("meteti".to_owned(), "HIAS".to_owned());
    for at in 0..1 + number % 5 {
        let nth = if at == 0 { Some(1) } else { it.add(Kind::INDIVIDUAL, 0) };
        let Some(nth) = nth else { break };
        it.put(nth, Field::GIVEN_NAMES, Value::Text(format!("Nombre {number} {at}")));
        it.put(nth, Field::SURNAME1, Value::Text(format!("Apellido {number}")));
        it.put(nth, Field::DATE_OF_BIRTH, Value::Text(format!("{}", 1950 + (number + at * 17) % 70)));
        it.put(nth, Field::NATIONALITY, Value::Codes(vec!["VEN".to_owned()]));
    }
    Family::of(it)
}

/// What one of the staff asks for: a family is delivered, then a page is collected. Milliseconds of each.
async fn of_staff(device: &Device, cursor: &[u8], number: usize) -> Result<[f64; 2], ApiError> {
    let (group, person) = (RecordId::fresh(now_ms(), random()), RecordId::fresh(now_ms(), random()));
    let op = |field, value| Op { field, value, replaces: Vec::new() };
    let changes = vec![
        Change { record: group, kind: Kind::GROUP, ops: vec![op(Field::SITE, Value::text("meteti"))] },
        Change {
            record: person,
            kind: Kind::INDIVIDUAL,
            ops: vec![
                op(Field::GROUP, Value::Ref(group)),
                op(Field::GIVEN_NAMES, Value::Text(format!("Ana {number}"))),
            ],
        },
    ];
    let id = EntryId::fresh(now_ms(), random());
    let entry = Entry { id, author: device.user, enrolment: device.enrolment, at: now_ms(), changes };
    let envelope = device.seal(&entry)?;
    let began = Instant::now();
    device.deliver(vec![envelope]).await?;
    let delivered = began.elapsed();
    let began = Instant::now();
    device.client.collect(cursor, 64 * 1024).await?;
    Ok([delivered, began.elapsed()].map(|time| time.as_secs_f64() * 1_000.0))
}

/// Half, nineteen of twenty, and all but one of a hundred.
fn marks(times: &mut [f64]) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [50, 95, 99]
        .map(|part| times.get(times.len().saturating_sub(1) * part / 100).copied().unwrap_or_default())
}

fn told(times: &[[f64; 2]]) -> String {
    let mut kinds =
        [0, 1].map(|kind| times.iter().filter_map(|both| both.get(kind).copied()).collect::<Vec<_>>());
    let [deliver, collect] = kinds.each_mut().map(|times| marks(times));
    format!("{{\"requests\":{},\"deliver\":{deliver:?},\"collect\":{collect:?}}}", 2 * times.len())
}

async fn measure(
    url: &str,
    data: &Path,
    letters: usize,
    families: usize,
    invitations: &[&str],
) -> Result<(), String> {
    let words = |error: &dyn core::fmt::Display| error.to_string();
    let mut staff = Vec::new();
    for link in invitations {
        let code = link.rsplit('#').next().unwrap_or_default();
        Invitation::parse(code).map_err(|error| words(&error))?;
        staff.push(Device::enrol(url, code).await.map_err(|error| words(&error))?);
    }
    let worker = staff.first().ok_or("nobody was invited")?;
    // A page in the middle: the same work each time.
    let mut desks = Vec::new();
    for device in &staff {
        let first = device.client.collect(&[], 64 * 1024).await.map_err(|error| words(&error))?;
        desks.push((device, first.cursor.into_vec()));
    }
    // In turn: each has limits of its own.
    let turn = async |number: usize| {
        let (device, cursor) = desks.get(number % desks.len().max(1)).ok_or("nobody was invited")?;
        of_staff(device, cursor, number).await.map_err(|error| format!("staff: {error}"))
    };
    for number in 0..QUIET / 8 {
        turn(number).await?;
    }
    let mut idle = Vec::new();
    for number in 0..QUIET {
        idle.push(turn(number).await?);
        tokio::time::sleep(PAUSE).await;
    }
    let before = size(data);
    let keys = data.join("flood.keys");
    std::fs::write(&keys, worker.server.to_bytes()).map_err(|error| words(&error))?;
    // The flood's own work is not the server's: it gets what is left of the machine.
    let mut flood = start_flood(url, &keys, letters).map_err(|error| words(&error))?;
    // It has made its letters when it says so.
    wait_for_line(&mut flood).await?;
    let began = Instant::now();
    let sending = Arc::new(AtomicUsize::new(0));
    let phones = real_families(url, &worker.server, families, Arc::clone(&sending));
    let mut busy = Vec::new();
    let status = loop {
        busy.push(turn(busy.len()).await?);
        if let Some(status) = flood.try_wait().map_err(|error| words(&error))? {
            break status;
        }
        tokio::time::sleep(PAUSE).await;
    };
    if !status.success() {
        return Err(format!("the flood ended with {status}"));
    }
    let seconds = began.elapsed().as_secs_f64();
    let mut sent = Vec::new();
    for phone in phones {
        sent.push(phone.await.map_err(|error| words(&error))?);
    }
    let after = size(data);
    let taken = sent.iter().filter(|(_, taken, _)| *taken).count();
    let again: usize = sent.iter().map(|(_, _, tries)| tries.saturating_sub(1)).sum();
    let (mut known, mut found) = (0, 0);
    let proxy = Phone::new(url, worker.server.clone(), None);
    for (number, (family, _, _)) in sent.iter().enumerate() {
        let phone = proxy.beside(&address(1_000 + number));
        let told = phone.hand_in(&family.ask(Act::Status)).await.map_err(|error| words(&error))?.1;
        known += usize::from(matches!(told, Some(Reply::Standing(_))));
        // Somebody types its reference.
        let Some(device) = staff.get(number * staff.len() / sent.len().max(1)) else { continue };
        let answer = device.find_application(family.reference().as_str()).await;
        found += usize::from(answer.map_err(|error| words(&error))?.here);
    }
    let report = std::fs::read_to_string(data.join("flood.json")).map_err(|error| words(&error))?;
    println!(
        "{{\"letters\":{letters},\"seconds\":{seconds:.1},\"idle\":{},\"busy\":{},\"flood\":{report},\"families\":{families},\
         \"taken\":{taken},\"again\":{again},\"known\":{known},\"found\":{found},\"grown\":{}}}",
        told(&idle),
        told(&busy),
        after.saturating_sub(before),
    );
    Ok(())
}

fn start_flood(url: &str, keys: &Path, letters: usize) -> std::io::Result<Child> {
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(std::env::current_exe()?).arg("junk").arg(url).arg(keys);
    command.arg(letters.to_string()).arg("1").stdout(Stdio::piped()).spawn()
}

async fn wait_for_line(child: &mut Child) -> Result<(), String> {
    use std::io::BufRead as _;
    let out = child.stdout.take().ok_or("the flood says nothing")?;
    let read = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        std::io::BufReader::new(out).read_line(&mut line).map(|_| line)
    });
    let line = read.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    if line.trim() == "ready" { Ok(()) } else { Err("the flood ended at once".to_owned()) }
}

/// An address in a block of its own.
fn address(block: usize) -> String {
    format!("10.{}.{}.{}", block / 256 % 256, block % 256, 1 + block % 250)
}

type Sent = tokio::task::JoinHandle<(Family, bool, usize)>;

/// Families that hand in while the flood runs, five from each of their networks, one after the other; each tries again as a
/// phone does.
fn real_families(url: &str, server: &ServerKeys, families: usize, sending: Arc<AtomicUsize>) -> Vec<Sent> {
    let proxy = Phone::new(url, server.clone(), None);
    let send = |number: usize| {
        let phone = proxy.beside(&address(5_000 + number / 5));
        let (family, sending) = (family(number), Arc::clone(&sending));
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(100 * number as u64)).await;
            for tries in 1..=60 {
                if let Ok((Fate::Taken, _)) = phone.hand_in(&family.letter()).await {
                    sending.fetch_add(1, Ordering::Relaxed);
                    return (family, true, tries);
                }
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            (family, false, 60)
        })
    };
    (0..families).map(send).collect()
}

/// Half of it is nothing that opens, half well-formed families that nobody knows.
async fn junk(url: &str, keys: &str, letters: usize, _seed: usize) -> Result<(), String> {
    let words = |error: &dyn core::fmt::Display| error.to_string();
    let keys_file = PathBuf::from(keys);
    let bytes = std::fs::read(&keys_file).map_err(|error| words(&error))?;
    let root = ServerKeys::claimed_root(&bytes).map_err(|error| words(&error))?;
    let server = ServerKeys::from_bytes(&bytes, &root).map_err(|error| words(&error))?;
    let maker = Phone::new(url, server.clone(), None);
    let mut made = Vec::with_capacity(letters);
    for number in 0..letters {
        let mut posted = maker.post(&family(number).letter(), 0).map_err(|error| words(&error))?;
        if number % 2 == 1 {
            // What is sealed is random; the key that it names is the right one.
            let random: [u8; 256] = random();
            for (byte, noise) in posted.bytes.iter_mut().skip(8 + 17 + 1120).zip(random.iter().cycle()) {
                *byte = *noise;
            }
        }
        made.push(paid(posted));
    }
    println!("ready");
    let made = Arc::new(made);
    let next = Arc::new(AtomicUsize::new(0));
    let workers = (0..AT_ONCE).map(|_| {
        let (made, next, url, server) =
            (Arc::clone(&made), Arc::clone(&next), url.to_owned(), server.clone());
        tokio::spawn(async move {
            let mut fates: BTreeMap<String, usize> = BTreeMap::new();
            let proxy = Phone::new(&url, server, None);
            let phones: Vec<Phone> = (0..BLOCKS).map(|block| proxy.beside(&address(block))).collect();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let (Some(letter), Some(phone)) = (made.get(number), phones.get(number % BLOCKS)) else {
                    break;
                };
                let fate = match phone.hand_in_posted(letter).await {
                    Ok((fate, _)) => format!("{fate:?}"),
                    Err(error) => format!("{error:?}"),
                };
                let fate = fate.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
                *fates.entry(fate).or_default() += 1;
            }
            fates
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut fates: BTreeMap<String, usize> = BTreeMap::new();
    for worker in workers {
        for (fate, count) in worker.await.map_err(|error| words(&error))? {
            *fates.entry(fate).or_default() += count;
        }
    }
    let said: Vec<String> = fates.iter().map(|(fate, count)| format!("\"{fate}\":{count}")).collect();
    let report = keys_file.with_file_name("flood.json");
    std::fs::write(report, format!("{{{}}}", said.join(","))).map_err(|error| words(&error))
}

/// The letter with its work done.
fn paid(mut posted: Posted) -> Posted {
    let sealed = posted.bytes.split_off(8);
    posted.id = seal::letter::id(&sealed);
    let mut from = 0;
    let nonce = loop {
        match seal::letter::work(posted.id, BITS, from, 1 << 20) {
            Ok(nonce) => break nonce,
            Err(next) => from = next,
        }
    };
    Posted { bytes: seal::letter::posted(nonce, &sealed), ..posted }
}
