use super::*;
use crate::testing::*;
use domain::*;
use std::time::Instant;

#[test]
#[ignore]
fn measure() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let n: u64 = 10_000;
    let firsts =
        ["María", "José", "Ana", "Luis", "Carmen", "Pedro", "Yolanda", "Wilmer", "Katherine", "Jhon"];
    let lasts = [
        "González",
        "Pérez",
        "Rodríguez",
        "Martínez",
        "Bázquez",
        "Quispe",
        "De la Cruz",
        "Hernández",
        "Núñez",
        "Ramírez",
    ];
    let mut records = Vec::new();
    for i in 0..n {
        let h = |k: u64| {
            let x = (i * 2654435761 + k * 40503).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (x >> 33) as usize
        };
        let rid = |k: u8| {
            let mut r = [k; 10];
            r[2..].copy_from_slice(
                &((h(k as u64) as u64) << 20 ^ i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes(),
            );
            RecordId::fresh(1_780_000_000_000 + i, r)
        };
        let t = |f, v: String| Op { field: f, value: Value::Text(v), replaces: vec![] };
        let (g, p, d1, d2) = (rid(1), rid(2), rid(3), rid(4));
        let eid = EntryId::fresh(1_780_000_000_000 + i, {
            let mut r = [5; 10];
            r[2..].copy_from_slice(&i.wrapping_mul(0xff51_afd7_ed55_8ccd).to_be_bytes());
            r
        });
        let changes = vec![
            Change {
                record: g,
                kind: Kind::GROUP,
                ops: vec![
                    t(Field::GROUP_REF, format!("{:08X}", h(9) as u32)),
                    Op { field: Field::FOCAL_POINT, value: Value::Ref(p), replaces: vec![] },
                    t(Field::SITE, "meteti".into()),
                    t(
                        Field::ADDRESS,
                        format!("Camp {} block {} shelter {}", h(10) % 20, h(11) % 50, h(12) % 900),
                    ),
                    t(Field::ARRIVAL_DATE, "2026-03-02".into()),
                ],
            },
            Change {
                record: p,
                kind: Kind::INDIVIDUAL,
                ops: vec![
                    t(Field::GIVEN_NAMES, format!("{} {}", firsts[h(13) % 10], firsts[h(14) % 10])),
                    t(Field::SURNAME1, format!("{}{}", lasts[h(15) % 10], h(16) % 300)),
                    t(Field::SURNAME2, lasts[h(17) % 10].into()),
                    t(
                        Field::DATE_OF_BIRTH,
                        format!("19{:02}-{:02}-{:02}", h(18) % 100, 1 + h(19) % 12, 1 + h(20) % 28),
                    ),
                    t(Field::SEX, "F".into()),
                    Op {
                        field: Field::NATIONALITY,
                        value: Value::Codes(vec!["VEN".into()]),
                        replaces: vec![],
                    },
                    t(Field::PHONE, format!("+5076{:07}", h(21) % 10_000_000)),
                    Op { field: Field::GROUP, value: Value::Ref(g), replaces: vec![] },
                    t(Field::MOTHER_NAME, format!("{} {}", firsts[h(22) % 10], lasts[h(23) % 10])),
                    t(
                        Field(60_001),
                        format!("note about what happened on the way {} and {} then {}", h(24), h(25), h(26)),
                    ),
                ],
            },
            Change {
                record: d1,
                kind: Kind::DOCUMENT,
                ops: vec![
                    t(Field::DOCUMENT_TYPE, "passport".into()),
                    t(Field::DOCUMENT_NUMBER, format!("V{:09}", h(27) % 1_000_000_000)),
                    Op { field: Field::HOLDER, value: Value::Ref(p), replaces: vec![] },
                ],
            },
            Change {
                record: d2,
                kind: Kind::DOCUMENT,
                ops: vec![
                    t(Field::DOCUMENT_TYPE, "id".into()),
                    t(Field::DOCUMENT_NUMBER, format!("E{:09}", h(28) % 1_000_000_000)),
                    Op { field: Field::HOLDER, value: Value::Ref(p), replaces: vec![] },
                ],
            },
        ];
        let entry = Entry {
            id: eid,
            author: UserId([55; 16]),
            enrolment: EnrolmentId([56; 16]),
            at: 1_780_000_000_000 + i,
            changes,
        };
        for change in &entry.changes {
            let mut r = Record::new(change.record, change.kind);
            r.apply(&entry);
            records.push(r);
        }
    }
    for part in records.chunks(600) {
        office.lay_out(&vault, &inbox, part.to_vec());
    }
    let page: usize = office.pages.borrow().iter().map(Vec::len).sum();
    let t = Instant::now();
    now(crate::round::run(&store.mailbox(), &office, crate::Budget::PAGE)).unwrap();
    println!("collect {:?}, pages {} bytes {}", t.elapsed(), office.pages.borrow().len(), page);
    let t = Instant::now();
    let raw: Vec<Vec<u8>> = office.pages.borrow().clone();
    let session = vault.session().unwrap();
    let mut k = 0;
    for p in &raw {
        k += seal::page::Page::open(p, &session.keys, vault.identity().enrolment, &session.server.signing)
            .unwrap()
            .records
            .len();
    }
    println!("open pages {:?} {k}", t.elapsed());
    let t = Instant::now();
    let enc: Vec<Vec<u8>> = records
        .chunks(512)
        .map(|c| {
            let mut b = Vec::new();
            for r in c {
                minicbor::encode(r, &mut b).unwrap();
            }
            b
        })
        .collect();
    println!("encode {:?} {}", t.elapsed(), enc.iter().map(Vec::len).sum::<usize>());
    for level in [1, 2, 3, 4, 6] {
        let t = Instant::now();
        let out: usize = enc.iter().map(|b| miniz_oxide::deflate::compress_to_vec(b, level).len()).sum();
        println!("deflate {level} {:?} {out}", t.elapsed());
    }
    let t = Instant::now();
    let lines: Vec<Vec<u8>> = records
        .chunks(512)
        .map(|c| {
            let mut b = Vec::new();
            for r in c {
                crate::search::append_line(r, &mut b);
            }
            b
        })
        .collect();
    println!("lines {:?} {}", t.elapsed(), lines.iter().map(Vec::len).sum::<usize>());
    for level in [1, 2, 3, 4, 6] {
        let t = Instant::now();
        let packed: Vec<Vec<u8>> =
            lines.iter().map(|b| miniz_oxide::deflate::compress_to_vec(b, level)).collect();
        let d = t.elapsed();
        let t = Instant::now();
        for p in &packed {
            miniz_oxide::inflate::decompress_to_vec(p).unwrap();
        }
        println!(
            "lines deflate {level} {d:?} {} inflate {:?}",
            packed.iter().map(Vec::len).sum::<usize>(),
            t.elapsed()
        );
    }
    let t = Instant::now();
    while now(vault.fold_inbox(4)).unwrap().left > 0 {}
    println!("fold {:?}, size {}", t.elapsed(), database.size());
    let info = now(store.vaults()).unwrap().remove(0);
    let t = Instant::now();
    let again = now(store.unlock(&info, &STRETCHED)).unwrap();
    println!("unlock {:?}", t.elapsed());
    let t = Instant::now();
    again.search("ma", 20);
    println!("first search {:?}", t.elapsed());
    for q in ["m", "maria", "maria gonz", "perz jose", "jose maria bazq", "6123", "V0012"] {
        let t = Instant::now();
        let n = again.search(q, 20).len();
        println!("{q} {:?} {n}", t.elapsed());
    }
    let mut per = Vec::new();
    for i in 0..200u8 {
        let mut e = registers(&vault, i, i, "Amina");
        e.changes[0].record.0[1] = 0xee;
        e.changes[1].record.0[1] = 0xee;
        let t = Instant::now();
        now(vault.save(&e, note("x"), None)).unwrap();
        per.push(t.elapsed());
    }
    per.sort();
    println!("save p50 {:?}", per[100]);
}
