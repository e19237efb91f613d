use super::*;
use seal::frames::{self, Sequence};

/// A code as the app draws it, `scale` pixels a module, at this place of a frame.
fn painted(
    text: &str,
    scale: usize,
    (width, height): (usize, usize),
    (left, top): (usize, usize),
) -> Vec<u8> {
    let (size, path) = speech::qr::drawn(text).unwrap();
    let mut light = vec![90; width * height];
    let mut fill = |x: usize, y: usize, length: usize, tone: u8| {
        for row in y * scale..(y + 1) * scale {
            let from = (top + row) * width + left + x * scale;
            light[from..from + length * scale].fill(tone);
        }
    };
    (0..size).for_each(|y| fill(0, y, size, 230));
    for run in path.split('M').skip(1) {
        let (place, rest) = run.split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let length = rest.split_once('v').unwrap().0;
        fill(x.parse().unwrap(), y.parse().unwrap(), length.parse().unwrap(), 25);
    }
    light
}

fn slip(length: u32) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn still_codes_frames_and_slips_of_paper_are_read_at_a_glance_wherever_they_stand() {
    let still = frames::still(&slip(800)).unwrap();
    let frame = Sequence::new(&slip(5000)).unwrap().frame(77);
    for (text, scale, place) in
        [(&*still, 3, (20, 40)), (&frame, 4, (300, 100)), ("9RY3-4TU9", 6, (400, 7)), ("Ñandú", 6, (0, 0))]
    {
        let light = painted(text, scale, (640, 480), place);
        let frame = Grey::new(640, 480, light).unwrap();
        assert_eq!(glance(&frame, 0).as_deref(), Some(text));
        assert_eq!(study(&frame).as_deref(), Some(text));
    }
}

#[test]
fn a_code_light_on_dark_is_read_from_a_picture_and_every_fourth_frame() {
    let text = frames::still(&slip(200)).unwrap();
    let mut light = painted(&text, 8, (1280, 960), (200, 100));
    light.iter_mut().for_each(|tone| *tone = 255 - *tone);
    let frame = Grey::new(1280, 960, light).unwrap();
    assert_eq!(study(&frame).as_deref(), Some(&*text));
    assert!((0..4).any(|turn| glance(&frame, turn).as_deref() == Some(&*text)));
}

#[test]
fn pictures_with_no_code_in_them_say_nothing() {
    let mut draw = 1_u32;
    let mut noise = |count: usize| -> Vec<u8> {
        let next = || {
            draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (draw >> 24) as u8
        };
        std::iter::repeat_with(next).take(count).collect()
    };
    for (width, height) in [(40, 40), (41, 333), (640, 480), (701, 699)] {
        for light in [vec![0; width * height], vec![255; width * height], noise(width * height)] {
            let picture = Grey::new(width, height, light).unwrap();
            assert_eq!(study(&picture), None);
            assert!((0..4).all(|turn| glance(&picture, turn).is_none()));
        }
    }
}

#[test]
fn what_is_no_picture_is_none() {
    assert!(Grey::new(39, 100, vec![0; 3900]).is_none());
    assert!(Grey::new(100, 100, vec![0; 9999]).is_none());
    assert!(Grey::new(usize::MAX, 2, vec![]).is_none());
    assert!(Grey::from_rgba(50, 50, &[0; 50 * 50 * 4 - 1]).is_none());
    let grey = Grey::from_rgba(50, 50, &[200, 100, 40, 255].repeat(2500)).unwrap();
    assert_eq!(grey.light, [110; 2500]);
}

#[test]
fn a_pixel_is_dark_when_it_is_darker_than_the_mean_of_those_around_it() {
    let (width, height, around) = (47, 43, 5);
    let light: Vec<u8> = slip(47 * 43);
    let matrix = Grey::new(width, height, light.clone()).unwrap().by_surroundings(around).unwrap();
    for y in 0..height {
        for x in 0..width {
            let rows = y.saturating_sub(around)..(y + around + 1).min(height);
            let columns = x.saturating_sub(around)..(x + around + 1).min(width);
            let near: Vec<u32> = rows
                .flat_map(|row| columns.clone().map(move |column| row * width + column))
                .map(|at| u32::from(light[at]))
                .collect();
            let dark = (u32::from(light[y * width + x]) + DARKER) * (near.len() as u32) < near.iter().sum();
            assert_eq!(matrix.get(x as u32, y as u32), dark, "{x}, {y}");
        }
    }
}

#[test]
fn a_picture_twice_and_half_as_large_keeps_its_edges_and_its_evenness() {
    let even = Grey::new(60, 44, vec![77; 60 * 44]).unwrap();
    assert_eq!(even.doubled().light, [77; 120 * 88]);
    assert_eq!(even.halved().map(|half| half.light.len()), None, "too small a side");
    let large = Grey::new(120, 100, vec![77; 120 * 100]).unwrap();
    assert_eq!(large.halved().unwrap().light, [77; 60 * 50]);
    let mut light = vec![0; 100 * 100];
    light[50 * 100..].fill(255);
    let parted = Grey::new(100, 100, light).unwrap();
    let doubled = parted.doubled();
    assert_eq!((doubled.width, doubled.height, doubled.light.len()), (200, 200, 40_000));
    assert!(doubled.light[..99 * 200].iter().all(|tone| *tone == 0));
    assert!(doubled.light[101 * 200..].iter().all(|tone| *tone == 255));
    assert_eq!(doubled.light[99 * 200], 64);
    assert_eq!(doubled.light[100 * 200], 191);
    let middle = parted.middle().unwrap();
    assert_eq!((middle.width, middle.light[0], middle.light[49 * 50]), (50, 0, 255));
}
