//! What caseworkers type, and whom they expect.

use super::super::why::Pair;
use super::*;

fn id(number: u8) -> Id {
    [number; 16]
}

fn segment(lines: &[Line<'_>]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Vec::new();
    lines.iter().for_each(|line| line.append(&mut bytes));
    Zeroizing::new(bytes)
}

fn person(number: u8, group: u8, name: &'static str) -> Line<'static> {
    Line { id: id(number), kind: 2, link: Some(id(group)), name, ..Line::default() }
}

fn office() -> Index {
    let mut index = Index::default();
    index.add_segment(
        0,
        segment(&[
            Line {
                id: id(100),
                kind: 1,
                link: Some(id(1)),
                name: "KX7M42P2",
                also: "meteti",
                ..Line::default()
            },
            Line {
                phone: "50761234567", born: "1991", sex: "F", ..person(1, 100, "Amina Núñez De la Peña")
            },
            Line { also: "Pepe", ..person(2, 100, "José María González Pérez") },
            person(3, 100, "Ma. Fernanda Peres"),
            Line { id: id(60), kind: 3, link: Some(id(1)), name: "e812345", ..Line::default() },
        ]),
    );
    index.add_segment(1, segment(&[person(4, 101, "Yhonny Bázquez"), person(5, 101, "محمد احمد")]));
    index
}

/// An office that knows some short forms.
fn office_with_forms() -> Index {
    let mut index = office();
    index.set_short_forms(Rc::new(ShortForms::of([
        ("Pepe", "José"),
        ("Ma", "María"),
        ("Jhonny", "Johnny"),
        ("Yhonny", "Johnny"),
    ])));
    index
}

fn found(index: &mut Index, text: &str) -> Vec<(u8, Vec<Why>)> {
    index.search(text, 20).into_iter().map(|hit| (hit.record.0[0], hit.why)).collect()
}

fn ids(index: &mut Index, text: &str) -> Vec<u8> {
    index.search(text, 20).iter().map(|hit| hit.record.0[0]).collect()
}

fn pair(typed: &str, name: &str) -> Pair {
    Pair { typed: typed.to_owned(), name: name.to_owned() }
}

#[test]
fn people_are_found_however_they_are_typed() {
    let mut index = office_with_forms();
    let part = || Why::Phone { same: false };
    let reference = || vec![Why::Reference];
    for (text, wanted) in [
        ("amina", vec![(1, vec![Why::Name])]),
        ("AMI", vec![(1, vec![Why::Prefix])]),
        ("núñez amina", vec![(1, vec![Why::Name])]),
        ("pena", vec![(1, vec![Why::Sound(pair("pena", "Peña"))])]),
        ("perez", vec![(2, vec![Why::Name]), (3, vec![Why::Sound(pair("perez", "Peres"))])]),
        ("perez gonzales", vec![(2, vec![Why::Sound(pair("gonzales", "González"))])]),
        ("gonzlaez", vec![(2, vec![Why::Near(pair("gonzlaez", "González"))])]),
        ("pepe", vec![(2, vec![Why::Used("Pepe".into())]), (3, vec![Why::Near(pair("pepe", "Peres"))])]),
        ("pepe gonzalez", vec![(2, vec![Why::Used("Pepe".into())])]),
        ("maria", vec![(2, vec![Why::Name]), (3, vec![Why::Short(pair("maria", "Ma."))])]),
        (
            "jhonny vasques",
            vec![(4, vec![Why::Short(pair("jhonny", "Yhonny")), Why::Sound(pair("vasques", "Bázquez"))])],
        ),
        ("احمد", vec![(5, vec![Why::Name])]),
        ("6123-4567", vec![(1, vec![Why::Phone { same: true }])]),
        ("3-4567", vec![(1, vec![part()])]),
        ("+507 6123-4567", vec![(1, vec![Why::Phone { same: true }])]),
        ("+507 6123", vec![(1, vec![part()])]),
        ("E-8-12345", vec![(1, vec![Why::Document { same: true }])]),
        ("812", vec![(1, vec![Why::Document { same: false }])]),
        ("amina 6123", vec![(1, vec![part(), Why::Name])]),
        ("perez 6123", vec![]),
        ("amina 6123 812", vec![(1, vec![part(), Why::Name])]),
        ("amina 6123 999", vec![]),
        ("kx7m-42p2", vec![(1, reference()), (2, reference()), (3, reference())]),
        ("kx7m", vec![(1, reference()), (2, reference()), (3, reference())]),
        ("ramirez", vec![]),
        ("", vec![]),
        ("  -", vec![]),
    ] {
        assert_eq!(found(&mut index, text), wanted, "{text}");
    }
}

#[test]
fn without_the_table_nobody_is_found_by_a_short_form() {
    assert_eq!(ids(&mut office(), "maria"), [2]);
    assert_eq!(ids(&mut office_with_forms(), "maria"), [2, 3]);
}

#[test]
fn a_year_of_birth_is_looked_for() {
    let mut index = Index::default();
    let born = |number, name, born| Line { born, ..person(number, 100, name) };
    index.add_segment(
        0,
        segment(&[
            born(1, "Ana Pérez", "1991-03-14"),
            born(2, "Ana Pérez", "1992"),
            born(3, "Ana Pérez", "1960"),
            born(4, "Ana Peres", "1991-07-01 age"),
            born(5, "Luis Soto", "1991"),
            Line { phone: "199155", ..person(6, 100, "Rosa Ríos") },
        ]),
    );
    let year = || Why::Born(1991);
    // The year puts first, and what was typed of the name still counts.
    assert_eq!(ids(&mut index, "ana perez 1991"), [1, 2, 4, 3]);
    assert_eq!(ids(&mut index, "1991 ana perez"), [1, 2, 4, 3]);
    assert_eq!(found(&mut index, "ana perez 1991")[0], (1, vec![Why::Name, year()]));
    assert_eq!(found(&mut index, "ana perez 1991")[1], (2, vec![Why::Name]));
    // Alone: whose number begins so, then everybody of that year, the latest first.
    assert_eq!(
        found(&mut index, "1991"),
        [(6, vec![Why::Phone { same: false }]), (5, vec![year()]), (4, vec![year()]), (1, vec![year()]),]
    );
    assert_eq!(found(&mut index, "rosa 1991"), [(6, vec![Why::Phone { same: false }, Why::Name])]);
    // Still being typed: nobody goes away. No year at all.
    assert_eq!(ids(&mut index, "ana perez 19"), [3, 2, 1, 4]);
    assert_eq!(ids(&mut index, "ana perez 199"), [3, 2, 1, 4]);
    assert!(ids(&mut index, "ana perez 1850").is_empty());
    assert!(ids(&mut index, "1850").is_empty());
}

#[test]
fn of_many_words_one_may_be_another() {
    let mut index = Index::default();
    index.add_segment(0, segment(&[person(1, 100, "Doris Rojas Pineda"), person(2, 100, "Ana Rojas Soto")]));
    let without = |text: &str| Why::Without(text.to_owned());
    assert_eq!(found(&mut index, "Doris Rojas de Apodaca"), [(1, vec![Why::Name, without("Apodaca")])]);
    assert!(ids(&mut index, "doris apodaca").is_empty());
    assert_eq!(ids(&mut index, "doris rojas pineda"), [1]);
    assert_eq!(ids(&mut index, "doris maria rojas pineda"), [1]);
    assert!(ids(&mut index, "ana maria rojas pineda").is_empty());
}

#[test]
fn a_number_in_progres_is_looked_for() {
    let mut index = Index::default();
    index.add_segment(
        0,
        segment(&[
            Line { file: "pan00012345", ..person(1, 100, "Ana Pérez") },
            Line { id: id(100), kind: 1, name: "KX7M42P2", file: "90123456", ..Line::default() },
        ]),
    );
    assert_eq!(found(&mut index, "PAN-00012345"), [(1, vec![Why::File])]);
    assert_eq!(found(&mut index, "901-23456"), [(1, vec![Why::Reference])]);
}

#[test]
fn a_whole_page_pasted_is_cut() {
    let mut index = office();
    let long = "amina ".repeat(200_000);
    assert_eq!(ids(&mut index, &long), [1]);
    assert!(ids(&mut index, &"ñ".repeat(1_000_000)).is_empty());
    assert!(ids(&mut index, &"\u{301}".repeat(1_000_000)).is_empty());
    let begun = std::time::Instant::now();
    index.search(&"1 ".repeat(500_000), 20);
    index.search(&"a b c d e f g h ".repeat(100_000), 20);
    assert!(begun.elapsed() < std::time::Duration::from_secs(2));
}

#[test]
fn a_hit_shows_what_a_row_needs() {
    let hit = office().search("amina", 1).remove(0);
    assert_eq!(
        (hit.name.as_str(), hit.born.as_str(), hit.sex.as_str()),
        ("Amina Núñez De la Peña", "1991", "F")
    );
    assert_eq!((hit.site.as_str(), hit.group_ref.as_str()), ("meteti", "KX7M42P2"));
    assert_eq!(hit.group, Some(RecordId(id(100))));
}

#[test]
fn newer_lines_take_the_place_of_older_ones() {
    let mut index = office();
    assert_eq!(index.counts(), Counts { people: 5, groups: 1 });
    let mut line = Vec::new();
    person(1, 101, "Amira Núñez").append(&mut line);
    index.set_fresh(RecordId(id(1)), line);
    let mut line = Vec::new();
    person(9, 101, "Nueva Persona").append(&mut line);
    index.set_fresh(RecordId(id(9)), line);
    assert_eq!(ids(&mut index, "amira"), [1]);
    assert!(ids(&mut index, "peña").is_empty());
    assert!(ids(&mut index, "6123").is_empty());
    assert_eq!(index.counts(), Counts { people: 6, groups: 1 });
    let of = |index: &mut Index, group| {
        let members = index.linked(RecordId(id(group)), Kind::INDIVIDUAL);
        members.into_iter().map(|member| member.0[0]).collect::<Vec<_>>()
    };
    assert_eq!((of(&mut index, 100), of(&mut index, 101)), (vec![2, 3], vec![1, 4, 5, 9]));

    // Packed into a segment, they are found as before.
    index.add_segment(2, segment(&[person(1, 101, "Amira Núñez"), person(9, 101, "Nueva Persona")]));
    index.forget_fresh([RecordId(id(1)), RecordId(id(9))]);
    assert_eq!(ids(&mut index, "amira"), [1]);
    assert_eq!(index.segment_of(RecordId(id(1))), Some(2));
    assert_eq!(index.counts(), Counts { people: 6, groups: 1 });
    assert_eq!((of(&mut index, 100), of(&mut index, 101)), (vec![2, 3], vec![1, 4, 5, 9]));
}

#[test]
fn segments_may_come_in_any_order() {
    let mut index = Index::default();
    index.add_segment(7, segment(&[person(1, 100, "Newer Name")]));
    index.add_segment(3, segment(&[person(1, 100, "Older Name")]));
    assert_eq!(ids(&mut index, "newer"), [1]);
    assert!(ids(&mut index, "older").is_empty());
}

#[test]
fn a_damaged_segment_gives_what_is_readable_of_it() {
    let mut bytes = segment(&[person(1, 100, "Amina"), person(2, 100, "Carlos")]);
    let cut = bytes.len() - 3;
    bytes.truncate(cut);
    let mut index = Index::default();
    index.add_segment(0, bytes);
    assert_eq!(ids(&mut index, "amina"), [1]);
    assert!(ids(&mut index, "carlos").is_empty());
}

/// Somebody looking for people with one typing error in the surname; the first letter is right.
#[test]
fn a_typing_error_hides_few() {
    const GIVEN: [&str; 12] = [
        "Ana",
        "María",
        "José",
        "Luis",
        "Yuleisy",
        "Jhon",
        "Carmen",
        "Pierre",
        "Fatoumata",
        "Wilmer",
        "Rosa",
        "Ahmed",
    ];
    const BEGIN: [&str; 10] = ["Gon", "Már", "Ro", "Pe", "Vás", "Can", "Bel", "Sal", "Mon", "Qui"];
    const MIDDLE: [&str; 10] = ["za", "que", "drí", "ña", "te", "lle", "ci", "mo", "rre", "ba"];
    const END: [&str; 8] = ["lez", "guez", "ro", "das", "nte", "via", "rón", "sco"];
    let pick = |list: &[&'static str], at: usize| list[at % list.len()];
    let name = |number: usize| {
        let surname =
            |at: usize| format!("{}{}{}", pick(&BEGIN, at), pick(&MIDDLE, at / 10), pick(&END, at / 100));
        (pick(&GIVEN, number), surname(number * 7), surname(number * 13 + 5))
    };
    let mut lines = Vec::new();
    for number in 0..5_000 {
        let (given, first, second) = name(number);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let name = format!("{given} {first} {second}");
        Line { id, kind: 2, name: &name, ..Line::default() }.append(&mut lines);
    }
    let mut index = Index::default();
    index.add_segment(0, Zeroizing::new(lines));
    let (mut looked, mut first_twenty) = (0, 0);
    for number in (0..5_000).step_by(41) {
        let (given, first, second) = name(number);
        let mut letters: Vec<char> = first.chars().collect();
        let at = 1 + number % (letters.len() - 2);
        match number % 3 {
            0 => letters[at] = 'x',
            1 => letters.swap(at, at + 1),
            _ => drop(letters.remove(at)),
        }
        let typed = format!("{given} {} {second}", letters.into_iter().collect::<String>());
        looked += 1;
        let wanted = (number as u64).to_be_bytes();
        first_twenty += usize::from(index.search(&typed, 20).iter().any(|hit| hit.record.0[..8] == wanted));
    }
    assert!(first_twenty * 100 >= looked * 95, "{first_twenty} of {looked}");
}

#[test]
fn a_service_that_lies_in_several_places_counts_once() {
    let line = |number: u8, state: &str| {
        let brief = Brief { stated_at: 1_795_362_120_000, state: state.into(), ..Brief::default() };
        let (mut out, brief) = (Vec::new(), brief.to_bytes());
        Line { id: [number; 16], kind: Kind::NEED.0, brief: &brief, ..Line::default() }.append(&mut out);
        out
    };
    let states = |index: &mut Index| {
        let mut states: Vec<String> =
            index.services().iter().map(|it| format!("{}{}", it.record.0[0], it.state)).collect();
        states.sort();
        states.join(" ")
    };
    let twice = [line(1, "a"), line(2, "a"), line(1, "b"), line(3, "a")].concat();
    for asked_between in [false, true] {
        let mut index = Index::default();
        let ask = |index: &mut Index, wanted: &str| {
            if asked_between {
                assert_eq!(states(index), wanted);
            }
        };
        index.add_segment(5, twice.clone().into());
        ask(&mut index, "1b 2a 3a");
        // Taken in anew, in another order.
        let other = [line(3, "a"), line(1, "a"), line(2, "a"), line(1, "b")].concat();
        index.add_segment(5, other.into());
        ask(&mut index, "1b 2a 3a");
        index.add_segment(7, line(2, "c").into());
        index.add_segment(6, line(2, "d").into());
        ask(&mut index, "1b 2c 3a");
        index.set_fresh(RecordId([3; 16]), line(3, "e"));
        index.set_fresh(RecordId([4; 16]), line(4, "e"));
        ask(&mut index, "1b 2c 3e 4e");
        index.forget_fresh([RecordId([4; 16])]);
        ask(&mut index, "1b 2c 3e");
        index.forget_fresh([RecordId([3; 16])]);
        index.hide(&[RecordId([1; 16])].into());
        assert_eq!(states(&mut index), "2c 3a");
    }
}
