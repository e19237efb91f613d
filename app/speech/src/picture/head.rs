//! What the first bytes of a file say: whether it is a picture at all, and how large. Read before anything is
//! decoded, because a small file can unfold into gigabytes.

/// How many bytes from the beginning are enough: a JPEG carries up to a few hundred KB before its size.
pub const ENOUGH: u32 = 1024 * 1024;

/// The beginning of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its format.
    pub format: Format,
    /// Width and height as stored, before any turning; `None` where the beginning does not say.
    pub size: Option<(u32, u32)>,
}

/// Formats that some browser decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
    Bmp,
    /// HEIC and AVIF: few browsers know the first one.
    Heif,
}

/// Most pixels of a picture that is shown as it came: more than a page of this app's has.
const SHOWN_PIXELS: u64 = 4_000_000;

/// The media type to show a picture as that another device made, whatever was said of it; `None` for what this app
/// never makes: another format, or one that unfolds into more than a tablet has room for.
#[must_use]
pub fn shown_as(bytes: &[u8]) -> Option<&'static str> {
    let head = read(bytes)?;
    let (width, height) = head.size?;
    let pixels = u64::from(width) * u64::from(height);
    match head.format {
        _ if !(1..=SHOWN_PIXELS).contains(&pixels) => None,
        Format::Jpeg => Some("image/jpeg"),
        Format::Png => Some("image/png"),
        Format::WebP => Some("image/webp"),
        Format::Gif | Format::Bmp | Format::Heif => None,
    }
}

/// Reads the beginning of a file; `None` when it is no picture.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Head> {
    let (format, size) = if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        (Format::Jpeg, jpeg(bytes))
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        (Format::Png, Some((big(bytes, 16)?, big(bytes, 20)?)))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        (Format::Gif, Some((little(bytes, 6, 2)?, little(bytes, 8, 2)?)))
    } else if bytes.starts_with(b"RIFF") && at(bytes, 8, 4)? == b"WEBP" {
        (Format::WebP, webp(bytes))
    } else if bytes.starts_with(b"BM") && bytes.len() > 26 {
        // Rows that run from top to bottom have a negative height.
        let height = little(bytes, 22, 4)? as i32;
        (Format::Bmp, Some((little(bytes, 18, 4)?, height.unsigned_abs())))
    } else if at(bytes, 4, 4)? == b"ftyp" && is_heif(bytes) {
        (Format::Heif, heif(bytes))
    } else {
        return None;
    };
    Some(Head { format, size })
}

/// Goes from segment to segment to the one that starts the picture and so holds its size.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut place = 2;
    loop {
        if *bytes.get(place)? != 0xff {
            return None;
        }
        match *bytes.get(place + 1)? {
            0xff => place += 1,
            0x01 | 0xd0..=0xd7 => place += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let side = |from| Some(u32::from(u16::from_be_bytes(at(bytes, from, 2)?.try_into().ok()?)));
                return Some((side(place + 7)?, side(place + 5)?));
            }
            0xda | 0xd9 => return None,
            _ => {
                let length = u16::from_be_bytes(at(bytes, place + 2, 2)?.try_into().ok()?);
                place += 2 + usize::from(length.max(2));
            }
        }
    }
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match at(bytes, 12, 4)? {
        b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        b"VP8L" => {
            let packed = little(bytes, 21, 4)?;
            Some(((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff)),
        _ => None,
    }
}

fn is_heif(bytes: &[u8]) -> bool {
    let brands: [&[u8]; 10] =
        [b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"];
    at(bytes, 8, 4).is_some_and(|brand| brands.contains(&brand))
}

/// The largest of the sizes that are named: a picture may hold a small one of itself, or lie there in tiles.
fn heif(bytes: &[u8]) -> Option<(u32, u32)> {
    let named = bytes.windows(4).enumerate().filter(|(_, word)| *word == b"ispe");
    let sizes = named.filter_map(|(place, _)| Some((big(bytes, place + 8)?, big(bytes, place + 12)?)));
    sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

fn at(bytes: &[u8], from: usize, length: usize) -> Option<&[u8]> {
    bytes.get(from..from.checked_add(length)?)
}

fn big(bytes: &[u8], from: usize) -> Option<u32> {
    Some(u32::from_be_bytes(at(bytes, from, 4)?.try_into().ok()?))
}

fn little(bytes: &[u8], from: usize, length: usize) -> Option<u32> {
    Some(at(bytes, from, length)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], format: Format, size: Option<(u32, u32)>) {
        assert_eq!(read(bytes), Some(Head { format, size }));
    }

    #[test]
    fn each_format_says_its_size() {
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xff\xfe\x00\x03x\xff\xc2\x00\x11\x08\x0b\xd0\x0f\xc0\x03";
        check(jpeg, Format::Jpeg, Some((4032, 3024)));
        let png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x75\x30\x00\x00\x27\x10\x08";
        check(png, Format::Png, Some((30_000, 10_000)));
        check(b"GIF89a\x40\x01\xf0\x00\x80", Format::Gif, Some((320, 240)));
        let vp8x = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x7f\x02\x00\xdf\x01\x00";
        check(vp8x, Format::WebP, Some((640, 480)));
        let vp8l = b"RIFF\x00\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f\x7f\xc2\x77\x00";
        check(vp8l, Format::WebP, Some((640, 480)));
        let vp8 = b"RIFF\x00\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x80\x02\xe0\x01";
        check(vp8, Format::WebP, Some((640, 480)));
        let bmp = b"BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x80\x02\x00\x00\x20\xfe\xff\xff\x01";
        check(bmp, Format::Bmp, Some((640, 480)));
        let heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00\x00\x00\x00\x14ispe\x00\x00\x00\x00\x00\x00\x02\x80\x00\x00\x01\xe0";
        check(heic, Format::Heif, Some((640, 480)));
    }

    #[test]
    fn what_is_no_picture_is_none_and_what_is_cut_off_has_no_size() {
        for bytes in [
            &b""[..],
            b"%PDF-1.7 \x89PNG\r\n\x1a\n",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            b"hello, this is a text file",
            b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00",
            b"RIFF\x00\x00\x00\x00WAVEfmt ",
        ] {
            assert_eq!(read(bytes), None);
        }
        check(b"\xff\xd8\xff\xe1\xff\xffExif", Format::Jpeg, None);
        check(b"\xff\xd8\xff\xff\xff\xff", Format::Jpeg, None);
        check(b"\xff\xd8\xff\xda\x00\x02", Format::Jpeg, None);
    }

    #[test]
    fn only_what_this_app_could_have_made_is_shown() {
        let jpeg = |height: u16, width: u16| {
            let [h, w] = [height, width].map(u16::to_be_bytes);
            [&b"\xff\xd8\xff\xc2\x00\x11\x08"[..], &h, &w, b"\x03"].concat()
        };
        assert_eq!(shown_as(&jpeg(1600, 1200)), Some("image/jpeg"));
        assert_eq!(shown_as(&jpeg(2000, 2000)), Some("image/jpeg"));
        for (height, width) in [(2000, 2001), (65_535, 65_535), (0, 640), (640, 0)] {
            assert_eq!(shown_as(&jpeg(height, width)), None);
        }
        let webp = b"RIFF\x00\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f\x7f\xc2\x77\x00";
        assert_eq!(shown_as(webp), Some("image/webp"));
        assert_eq!(shown_as(b"GIF89a\x40\x01\xf0\x00\x80"), None);
        assert_eq!(shown_as(b"\xff\xd8\xff\xe1\xff\xffExif"), None, "it does not say how large it is");
        assert_eq!(shown_as(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), None);
    }

    #[test]
    fn no_beginning_makes_it_fail() {
        let seeds: [&[u8]; 6] = [
            b"\xff\xd8\xff\xe0\x00\x00\x00\x00\x00\x00",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"RIFF\x00\x00\x00\x00WEBPVP8X",
            b"BM",
            b"\x00\x00\x00\x18ftypheicispe",
        ];
        for seed in seeds {
            for length in 0..64 {
                for filling in [0, 0xff, 0xc0] {
                    let mut bytes = seed.to_vec();
                    bytes.resize(length, filling);
                    let _ = read(&bytes);
                }
            }
        }
    }
}
