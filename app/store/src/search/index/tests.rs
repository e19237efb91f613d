//! What caseworkers type, and whom they expect.

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

fn found(index: &mut Index, text: &str) -> Vec<(u8, Why)> {
    index.search(text, 20).iter().map(|hit| (hit.record.0[0], hit.why)).collect()
}

#[test]
fn people_are_found_however_they_are_typed() {
    let mut index = office();
    for (text, wanted) in [
        ("amina", vec![(1, Why::Name)]),
        ("AMI", vec![(1, Why::Prefix)]),
        ("núñez amina", vec![(1, Why::Name)]),
        ("pena", vec![(1, Why::Near)]),
        ("perez", vec![(2, Why::Name), (3, Why::Near)]),
        ("perez gonzales", vec![(2, Why::Near)]),
        ("gonzlaez", vec![(2, Why::Near)]),
        ("pepe", vec![(2, Why::Name), (3, Why::Near)]),
        ("maria", vec![(2, Why::Name), (3, Why::Near)]),
        ("yony vasques", vec![(4, Why::Near)]),
        ("احمد", vec![(5, Why::Name)]),
        ("6123-4567", vec![(1, Why::Phone)]),
        ("+507 6123", vec![(1, Why::Phone)]),
        ("E-8-12345", vec![(1, Why::Document)]),
        ("812", vec![(1, Why::Document)]),
        ("amina 6123", vec![(1, Why::Name)]),
        ("perez 6123", vec![]),
        ("kx7m-42p2", vec![(1, Why::Reference), (2, Why::Reference), (3, Why::Reference)]),
        ("kx7m", vec![(1, Why::Reference), (2, Why::Reference), (3, Why::Reference)]),
        ("ramirez", vec![]),
        ("", vec![]),
        ("  -", vec![]),
    ] {
        assert_eq!(found(&mut index, text), wanted, "{text}");
    }
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
    assert_eq!(found(&mut index, "amira"), [(1, Why::Name)]);
    assert_eq!(found(&mut index, "peña"), []);
    assert_eq!(found(&mut index, "6123"), []);
    assert_eq!(index.counts(), Counts { people: 6, groups: 1 });
    let of = |index: &mut Index, group| {
        let members = index.linked(RecordId(id(group)), Kind::INDIVIDUAL);
        members.into_iter().map(|member| member.0[0]).collect::<Vec<_>>()
    };
    assert_eq!((of(&mut index, 100), of(&mut index, 101)), (vec![2, 3], vec![1, 4, 5, 9]));

    // Packed into a segment, they are found as before.
    index.add_segment(2, segment(&[person(1, 101, "Amira Núñez"), person(9, 101, "Nueva Persona")]));
    index.forget_fresh([RecordId(id(1)), RecordId(id(9))]);
    assert_eq!(found(&mut index, "amira"), [(1, Why::Name)]);
    assert_eq!(index.segment_of(RecordId(id(1))), Some(2));
    assert_eq!(index.counts(), Counts { people: 6, groups: 1 });
    assert_eq!((of(&mut index, 100), of(&mut index, 101)), (vec![2, 3], vec![1, 4, 5, 9]));
}

#[test]
fn segments_may_come_in_any_order() {
    let mut index = Index::default();
    index.add_segment(7, segment(&[person(1, 100, "Newer Name")]));
    index.add_segment(3, segment(&[person(1, 100, "Older Name")]));
    assert_eq!(found(&mut index, "newer"), [(1, Why::Name)]);
    assert_eq!(found(&mut index, "older"), []);
}

#[test]
fn a_damaged_segment_gives_what_is_readable_of_it() {
    let mut bytes = segment(&[person(1, 100, "Amina"), person(2, 100, "Carlos")]);
    let cut = bytes.len() - 3;
    bytes.truncate(cut);
    let mut index = Index::default();
    index.add_segment(0, bytes);
    assert_eq!(found(&mut index, "amina"), [(1, Why::Name)]);
    assert_eq!(found(&mut index, "carlos"), []);
}
