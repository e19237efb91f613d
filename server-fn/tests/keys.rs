//! The server's keys over months: exchanged beside a running server, kept offline, given by a service.
#![cfg(unix)]

mod office;
mod process;

use api::server::client::Device;
use office::*;
use process::*;
use seal::{Locker, Parcel, Receipts, RootKey, ServerKeys, ServerSecrets, Verdict};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the server says its keys are, if the root that the device pinned vouches for them.
async fn keys_now(device: &Device) -> ServerKeys {
    let root = seal::digest(&device.server.root);
    ServerKeys::from_bytes(&device.client.server_keys().await.unwrap(), &root).unwrap()
}

/// Delivers what was sealed at any time and reads the answer as a device does that has just heard of the keys.
async fn deliver(device: &Device, envelopes: Vec<Vec<u8>>) -> Vec<Verdict> {
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes }.to_bytes();
    let keys = keys_now(device).await;
    let answer = device.client.deliver(&device.enrolled.deposit_token, &parcel).await.unwrap();
    let receipts = Receipts::from_bytes(&answer, &keys.signing, &parcel).unwrap();
    receipts.items.iter().map(|item| item.verdict).collect()
}

fn sealed(device: &Device, name: &str) -> Vec<u8> {
    device.seal(&family(device, "meteti", &[name])).unwrap()
}

fn keys(data: &Path, words: &[&str]) -> Result<String, String> {
    amparo(&[&["keys"][..], words, &["--data", data.to_str().unwrap()]].concat())
}

fn beside(data: &Path, name: &str) -> PathBuf {
    data.with_extension(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_kinds_of_keys_are_exchanged_beside_a_running_server_and_nothing_is_lost() {
    let data = folder();
    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    let asleep = Device::enrol(&server.url, &invite(&data, "Somebody else")).await.unwrap();
    assert_eq!(deliver(&device, vec![sealed(&device, "Amina")]).await, [Verdict::Accepted]);
    let dreamt = sealed(&asleep, "Luz");

    // Two pairs one after the other, and another storage key.
    for name in ["Omar", "Sara"] {
        let before = keys_now(&device).await;
        assert!(keys(&data, &["renew"]).unwrap().contains("The new keys are in use, valid for 44 days"));
        until("the server takes the pair up", async || keys_now(&device).await != before).await;
        let now = keys_now(&device).await;
        assert!(now.from > before.from && now.sealing != before.sealing && now.signing != before.signing);
        // Sealed to the key that the device was told when it enrolled.
        assert_eq!(deliver(&device, vec![sealed(&device, name)]).await, [Verdict::Accepted]);
    }
    assert!(keys(&data, &["retire-storage"]).unwrap_err().contains("no former storage key"));
    assert!(keys(&data, &["rotate-storage"]).unwrap().contains("number 2 seals from now on"));
    let early = keys(&data, &["retire-storage"]).unwrap_err();
    assert!(early.contains("Nothing was removed"), "{early}");
    assert!(data.join("keys/storage.key").exists());
    assert_eq!(deliver(&asleep, vec![dreamt.clone()]).await, [Verdict::Accepted], "sealed three pairs ago");
    assert_eq!(deliver(&asleep, vec![dreamt]).await, [Verdict::AlreadyHere]);

    until("all rows lie under the new key", async || rows(&data).0 == 0).await;
    until("the server says so", async || log_of(&data).contains("event=storage_key_may_go newest=2")).await;
    let out = beside(&data, "former");
    let retired = keys(&data, &["retire-storage", "--out", text(&out)]).unwrap();
    assert_eq!(retired.trim(), "Removed storage keys: 1");
    assert!(!data.join("keys/storage.key").exists());
    assert!(std::fs::read_to_string(&out).unwrap().starts_with("1:"));
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);

    let device = heard(&device, &server.url).await;
    device.sign_in().await.unwrap();
    assert_eq!(names(&all_records(&device).await), ["Amina", "Luz", "Omar", "Sara"]);
    assert_eq!(server.terminate(), Some(0));

    let server = Process::start(&data);
    let late = Device::enrol(&server.url, &invite(&data, "A third")).await.unwrap();
    assert_eq!(late.server, keys_now(&late).await);
    assert_eq!(deliver(&late, vec![sealed(&late, "Zoe")]).await, [Verdict::Accepted]);
    assert_eq!(all_records(&late).await.len(), 5 * 3);
    // Tokens given before the first key was given up are tokens still.
    let device = heard(&device, &server.url).await;
    assert_eq!(deliver(&device, vec![sealed(&device, "Iris")]).await, [Verdict::Accepted]);
    drop(server);
    std::fs::remove_file(out).unwrap();
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_is_kept_offline_and_only_what_it_signed_is_taken_up() {
    let data = folder();
    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    let [root, asked, signed] = ["root", "request", "signed"].map(|name| beside(&data, name));
    let shown = keys(&data, &["show"]).unwrap();
    let groups = seal::server_keys::groups(&seal::digest(&device.server.root)).join(" ");
    assert!(shown.contains(&format!("Root {groups}\n")), "what a device shows: {groups}; {shown}");
    assert!(shown.contains("Root key: in this folder"));
    assert_eq!(keys(&data, &[]), Ok(shown));

    assert!(keys(&data, &["root", "move", "--out", text(&root)]).unwrap().contains(&groups));
    assert_eq!(std::fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!data.join("keys/root.key").exists());
    assert!(keys(&data, &["renew"]).unwrap_err().contains("the root is not in this folder"));
    assert!(keys(&data, &["show"]).unwrap().contains("Root key: offline"));
    assert_eq!(deliver(&device, vec![sealed(&device, "Amina")]).await, [Verdict::Accepted]);

    // Asked for here, signed there, put in here.
    let said = keys(&data, &["request", "--out", text(&asked)]).unwrap();
    let there = ["keys", "sign", "--root", text(&root), "--request", text(&asked), "--out", text(&signed)];
    assert!(amparo(&there).unwrap().starts_with(&said), "both sides see the same request");
    let before = keys_now(&device).await;
    keys(&data, &["install", text(&signed)]).unwrap();
    until("the server takes the pair up", async || keys_now(&device).await != before).await;
    assert_eq!(deliver(&device, vec![sealed(&device, "Omar")]).await, [Verdict::Accepted]);
    keys(&data, &["install", text(&signed)]).unwrap();

    // Signed by another root.
    let [other, wrong, again] = ["other", "wrong", "again"].map(|name| beside(&data, name));
    amparo(&["keys", "root", "new", "--out", text(&other)]).unwrap();
    let there = ["keys", "sign", "--root", text(&other), "--request", text(&asked), "--out", text(&wrong)];
    amparo(&there).unwrap();
    assert!(keys(&data, &["install", text(&wrong)]).unwrap_err().contains("not signed by the root"));
    assert!(keys(&data, &["install", text(&asked)]).is_err(), "a request is no answer");
    // Changed on the way to the root.
    let mut changed = std::fs::read(&asked).unwrap();
    changed[200] ^= 1;
    std::fs::write(&wrong, changed).unwrap();
    let there = ["keys", "sign", "--root", text(&root), "--request", text(&wrong), "--out", text(&again)];
    assert!(amparo(&there).is_err() && !again.exists());
    // Of another server, run out, or older than what is in use.
    let root_key = RootKey::from_bytes(&std::fs::read(&root).unwrap().try_into().unwrap());
    let foreign = root_key.vouch(&ServerSecrets::generate(&mut api::server::rng()), 0, u64::MAX);
    std::fs::write(&wrong, foreign.to_bytes()).unwrap();
    assert!(keys(&data, &["install", text(&wrong)]).unwrap_err().contains("not asked for from this folder"));
    keys(&data, &["request", "--out", text(&again)]).unwrap();
    std::fs::remove_file(&wrong).unwrap();
    let there = ["keys", "sign", "--root", text(&root), "--request", text(&again), "--out", text(&wrong)];
    amparo(&[&there[..], &["--days", "0"]].concat()).unwrap();
    assert!(keys(&data, &["install", text(&wrong)]).unwrap_err().contains("run out"));
    std::fs::remove_file(&wrong).unwrap();
    amparo(&there).unwrap();
    keys(&data, &["install", text(&wrong)]).unwrap();
    assert!(keys(&data, &["install", text(&signed)]).unwrap_err().contains("older than those in use"));
    assert_eq!(server.terminate(), Some(0));
    for file in [root, asked, signed, other, wrong, again] {
        std::fs::remove_file(file).unwrap();
    }
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_begins_with_a_root_that_never_lay_in_its_folder() {
    let data = folder();
    let [root, asked, signed] = ["root", "request", "signed"].map(|name| beside(&data, name));
    let said = amparo(&["keys", "root", "new", "--out", text(&root)]).unwrap();
    let fingerprint = said.trim().strip_prefix("Root ").unwrap();
    assert!(amparo(&["keys", "root", "new", "--out", text(&root)]).is_err(), "nothing is written over");
    keys(&data, &["request", "--out", text(&asked)]).unwrap();
    let refusal = crate::office::open(&data).err().unwrap();
    assert!(refusal.contains("amparo keys install"), "{refusal}");
    amparo(&["keys", "sign", "--root", text(&root), "--request", text(&asked), "--out", text(&signed)])
        .unwrap();
    let refusal = keys(&data, &["install", text(&signed)]).unwrap_err();
    assert!(refusal.contains(fingerprint) && refusal.contains("--fingerprint"), "{refusal}");
    let wrong = keys(&data, &["install", text(&signed), "--fingerprint", "AAAA BBBB CCCC DDDD EEEE FFFF"]);
    assert!(wrong.unwrap_err().contains("nothing was changed"));
    keys(&data, &["install", text(&signed), "--fingerprint", fingerprint]).unwrap();

    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    assert_eq!(seal::server_keys::groups(&seal::digest(&device.server.root)).join(" "), fingerprint);
    assert_eq!(deliver(&device, vec![sealed(&device, "Amina")]).await, [Verdict::Accepted]);
    assert!(!data.join("keys/root.key").exists());
    drop(server);
    for file in [root, asked, signed] {
        std::fs::remove_file(file).unwrap();
    }
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_before_goes_on_and_gets_a_new_pair_when_its_devices_had_time_to_be_updated() {
    let data = folder();
    assert_eq!(Process::start(&data).terminate(), Some(0));
    // As it lies since before there were other pairs: four files, vouched for forty days ago.
    let file = |name: &str| std::fs::read(data.join("keys").join(name)).unwrap();
    let root = RootKey::from_bytes(&file("root.key").try_into().unwrap());
    let first = ServerSecrets::from_bytes(&file("server.key")).unwrap();
    let day = 24 * 60 * 60 * 1000;
    let now = api::server::now_ms();
    let vouched = root.vouch(&first, now - 40 * day, now + 50 * day);
    std::fs::write(data.join("keys/server.keys"), vouched.to_bytes()).unwrap();
    let office = crate::office::open(&data).unwrap();
    assert_eq!(office.keyring().public, vouched.to_bytes(), "taken as it is");
    drop(office);

    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    // The update of the server is a moment ago, and with it came none for those who are on the road.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(keys_now(&device).await.sealing, first.sealing_public);
    assert!(!log_of(&data).contains("event=keys_renewed"));
    assert_eq!(server.terminate(), Some(0));
    let database = crate::office::beside(&data);
    let update = "UPDATE marks SET made_at = $1 WHERE name = 'places 1'";
    assert_eq!(database.execute(update, [(now - 31 * day) as i64]).unwrap(), 1);
    drop(database);
    let server = Process::start(&data);
    let device = heard(&device, &server.url).await;
    let envelope = sealed(&device, "Amina");
    until("another pair takes over", async || keys_now(&device).await.sealing != first.sealing_public).await;
    assert_eq!(deliver(&device, vec![envelope]).await, [Verdict::Accepted]);
    until("the log says so", async || log_of(&data).contains("event=keys_renewed")).await;
    assert_eq!(server.terminate(), Some(0));
    // The root kept elsewhere, and nobody has carried anything to it.
    let (out, vouched) = (beside(&data, "root"), root.vouch(&first, now, now + 3 * day));
    keys(&data, &["root", "move", "--out", text(&out)]).unwrap();
    std::fs::write(data.join("keys/server.keys"), vouched.to_bytes()).unwrap();
    let server = Process::start(&data);
    until("the log warns", async || log_of(&data).contains("event=keys_run_out trouble=\"2 days left\""))
        .await;
    drop(server);
    std::fs::remove_file(out).unwrap();
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_keys_come_from_the_environment_or_from_a_command_and_not_from_the_disk() {
    let data = folder();
    let [first, second] = [(); 2].map(|()| domain::id::hex(&api::server::random::<32>()));
    let variable = "AMPARO_STORAGE_KEY";
    let server = Process::start_with(&data, &[], &[(variable, &first)]);
    assert!(!data.join("keys/storage.key").exists());
    let link = invite_as(&data, "Somebody", &["--role", "caseworker"], &[(variable, &first)]);
    let device = Device::enrol(&server.url, &link).await.unwrap();
    assert_eq!(deliver(&device, vec![sealed(&device, "Amina")]).await, [Verdict::Accepted]);
    assert_eq!(server.terminate(), Some(0));

    // Without it, with another one, and with something that is no key.
    let show = ["keys", "show", "--data", text(&data)];
    assert!(amparo(&show).unwrap_err().contains("storage.key is missing"));
    let refusal = amparo_with(&show, &[(variable, &second)]).unwrap_err();
    assert!(refusal.contains("is not the key of this database"), "{refusal}");
    assert!(!refusal.contains(&second));
    let refusal = amparo_with(&show, &[(variable, "secret")]).unwrap_err();
    assert!(
        refusal.contains("32 bytes in hexadecimal or base64") && !refusal.contains("secret"),
        "{refusal}"
    );
    let rotate = ["keys", "rotate-storage", "--data", text(&data)];
    assert!(amparo_with(&rotate, &[(variable, &first)]).unwrap_err().contains("start the server again"));

    // A key service: what it gives changes beside the running server.
    let service = beside(&data, "service");
    std::fs::write(&service, format!("1:{first}\n")).unwrap();
    let command = format!("cat {}", text(&service));
    let server = Process::start_with(&data, &["--storage-key-command", &command], &[]);
    let device = heard(&device, &server.url).await;
    std::fs::write(&service, format!("2:{second}\n1:{first}\n")).unwrap();
    let rotated = amparo(&[&rotate[..], &["--storage-key-command", &command]].concat()).unwrap();
    assert!(rotated.contains("number 2 seals"));
    until("all rows lie under the new key", async || rows(&data).0 == 0).await;
    assert_eq!(deliver(&device, vec![sealed(&device, "Omar")]).await, [Verdict::Accepted]);
    assert_eq!(rows(&data).0, 0);
    assert_eq!(server.terminate(), Some(0));
    for (failing, why) in [("exit 7", "failed"), ("true", "no key"), ("/no/such/service", "failed")] {
        let refusal = amparo(&[&show[..], &["--storage-key-command", failing]].concat()).unwrap_err();
        assert!(refusal.contains("the command for the storage key") && refusal.contains(why), "{refusal}");
    }
    let environment = [("AMPARO_STORAGE_KEY_COMMAND", command.as_str())];
    assert!(amparo_with(&show, &environment).unwrap().contains("Storage key 2: "));
    let files = std::fs::read_dir(data.join("keys")).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        for key in [&first, &second] {
            let raw: [u8; 32] = domain::id::from_hex(key).unwrap();
            assert!(!bytes.windows(32).any(|part| part == raw), "{}", file.display());
        }
    }
    std::fs::remove_file(service).unwrap();
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_sealing_anew_every_row_opens_and_in_the_end_all_lie_under_one_key() {
    let data = folder();
    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    let mut stated = Vec::new();
    for _ in 0..12 {
        let families: Vec<_> = (0..50).map(|_| family(&device, "meteti", &["Amina", "Omar"])).collect();
        let envelopes = families.iter().map(|entry| device.seal(entry).unwrap()).collect();
        assert!(deliver(&device, envelopes).await.iter().all(|verdict| *verdict == Verdict::Accepted));
        stated.extend(families);
    }
    let all = rows(&data).0;
    assert!(all > 3_000);
    keys(&data, &["rotate-storage"]).unwrap();
    until("sealing anew is half way", async || {
        let (former, newer) = rows(&data);
        former > all / 10 && newer > all / 5
    })
    .await;
    server.kill();
    let (former, newer) = rows(&data);
    assert!(former > 0 && newer > 0 && former + newer >= all, "{former} and {newer} of {all}");

    let server = Process::start(&data);
    let device = heard(&device, &server.url).await;
    device.sign_in().await.unwrap();
    assert_eq!(all_records(&device).await.len(), stated.len() * 4, "read while some lie under each");
    until("all rows lie under the new key", async || rows(&data).0 == 0).await;
    until("the server says so", async || log_of(&data).contains("event=storage_key_may_go newest=2")).await;
    assert!(!log_of(&data).contains("does_not_open") && !log_of(&data).contains("rows_not_resealed"));
    keys(&data, &["retire-storage"]).unwrap();
    assert_eq!(server.terminate(), Some(0));

    // The chains do not cover under which key a row lies.
    amparo(&["verify", "--data", text(&data)]).unwrap();
    // Every entry opens as it was signed, under the key that is left.
    let office = crate::office::open(&data).unwrap();
    let key = std::fs::read(data.join("keys/storage/2.key")).unwrap().try_into().unwrap();
    let locker = Locker::numbered(Zeroizing::new(key), office.ledger().identity().server, 2);
    let chain = office.ledger().chain(0, 10_000).unwrap();
    assert_eq!(chain.len(), stated.len());
    for link in chain {
        let place = seal::Place { table: 2, key: &link.entry.id.0 };
        let (_, packed) = locker.open(place, &link.entry.sealed).unwrap();
        assert_eq!(seal::digest(&seal::unpack(&packed, 1 << 20).unwrap()), link.entry.digest);
    }
    drop(office);
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_others_may_read_are_warned_about_and_another_key_of_the_same_number_is_refused() {
    let data = folder();
    let server = Process::start(&data);
    keys(&data, &["rotate-storage"]).unwrap();
    until("the server takes it up", async || log_of(&data).contains("event=keys_taken_up storage_keys=2"))
        .await;
    assert!(!log_of(&data).contains("keys_open_to_others"));
    assert_eq!(server.terminate(), Some(0));
    for file in ["keys/storage/2.key", "keys/server.keys"] {
        std::fs::set_permissions(data.join(file), std::fs::Permissions::from_mode(0o640)).unwrap();
    }
    let server = Process::start(&data);
    for file in ["keys/storage/2.key", "keys/server.keys"] {
        assert!(log_of(&data).contains(&format!("event=keys_open_to_others trouble=\"{file}\"")), "{file}");
    }
    assert_eq!(server.terminate(), Some(0));
    // Somebody puts another file in the place of one that has sealed already.
    std::fs::write(data.join("keys/storage/2.key"), [7; 32]).unwrap();
    let refusal = crate::office::open(&data).err().unwrap();
    assert!(refusal.contains("storage/2.key is not the key of this database"), "{refusal}");
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_servers_over_one_folder_at_once_tear_nothing() {
    let data = folder();
    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    let deeds = (0..12).map(|number| {
        let data = data.clone();
        std::thread::spawn(move || match number % 4 {
            0 => keys(&data, &["renew"]).map(|_| ()),
            1 => keys(&data, &["rotate-storage"]).map(|_| ()),
            2 => keys(&data, &["show"]).map(|_| ()),
            _ => {
                invite(&data, "Another");
                Ok(())
            }
        })
    });
    for deed in deeds.collect::<Vec<_>>() {
        deed.join().unwrap().unwrap();
    }
    let last = std::fs::read(data.join("keys/server.keys")).unwrap();
    until("the last pair is taken up", async || device.client.server_keys().await.unwrap()[..] == last).await;
    assert_eq!(deliver(&device, vec![sealed(&device, "Amina")]).await, [Verdict::Accepted]);
    assert_eq!(server.terminate(), Some(0));
    let office = crate::office::open(&data).unwrap();
    assert_eq!((office.storage_keys(), office.keyring().other_pairs().unwrap()), (vec![1, 2, 3, 4], 3));
    drop(office);
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_believe_a_server_again_whose_keys_were_restored_from_an_older_backup() {
    let data = folder();
    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    let backup = std::fs::read(data.join("keys/server.keys")).unwrap();
    keys(&data, &["renew"]).unwrap();
    until("the server takes the pair up", async || keys_now(&device).await != device.server).await;
    let lost = keys_now(&device).await;
    assert_eq!(server.terminate(), Some(0));
    std::fs::write(data.join("keys/server.keys"), backup).unwrap();
    std::fs::remove_dir_all(data.join("keys/server")).unwrap();
    amparo(&["restored", "--data", text(&data)]).unwrap();
    let server = Process::start(&data);
    let device = heard(&device, &server.url).await;
    assert!(device.server.from > lost.from, "later than what devices may have heard of");
    assert_eq!(deliver(&device, vec![sealed(&device, "Amina")]).await, [Verdict::Accepted]);
    drop(server);
    clear(&data);
}
