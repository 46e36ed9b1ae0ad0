//! Pictures are made anew; what is a bomb, or says that it is something else, does no harm.

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};
use serde_json::json;

use super::kit::{Desk, blobs};
use crate::harness::{Backend, Server, on_both_databases, run};

/// Memory that a picture which is refused, or is hardly larger than nothing, may take for a while.
const REFUSED_BYTES: u64 = 48 << 20;

/// Red on the left, blue on the right.
fn two_colours(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = ImageBuffer::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255_u8])
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG with what a camera writes: that it is to be turned by a quarter, and where it was taken.
fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    // The orientation, and the way to a directory of the place.
    exif.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
    exif.extend_from_slice(&[0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    exif.extend_from_slice(&[0, 0, 0, 0]);
    // One entry: the latitude's reference, north; then what makes it findable.
    exif.extend_from_slice(&[0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    exif.extend_from_slice(b"GPS 52.516 13.377");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let said = [kind, data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &said, &crc32(&said).to_be_bytes()].concat()
}

/// A PNG of RGB pixels that says it is so large, with these chunks.
fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &header));
    bytes.extend(chunks.iter().flatten());
    bytes.extend(chunk(b"IEND", b""));
    bytes
}

/// So many zeros, packed about a hundred and fifty times smaller, by the fixed codes of deflate.
fn packed_zeros(bytes: usize) -> Vec<u8> {
    let (mut packed, mut word, mut filled) = (vec![0x78, 0x01], 0_u32, 0);
    let mut push = |bits: u32, count: u32| {
        word |= bits << filled;
        filled += count;
        while filled >= 8 {
            packed.push(word.to_le_bytes()[0]);
            word >>= 8;
            filled -= 8;
        }
    };
    // The last block, fixed codes; the literal 0; then again and again 258 bytes from one byte back.
    push(0b011, 3);
    push(0b0000_1100, 8);
    for _ in 0..bytes / 258 {
        push(0b1010_0011, 8);
        push(0, 5);
    }
    push(0, 7);
    push(0, 7);
    packed
}

on_both_databases!(a_photograph_is_turned_and_says_no_more_where_it_was_taken, |server| {
    let ana = server.register("ana");
    let desk = Desk::of(&server, &ana);
    let taken = with_exif(&two_colours(1_600, 800, ImageFormat::Jpeg));
    assert!(holds(&taken, b"GPS") && holds(&taken, b"Exif"));
    let sent = desk.attach("IMG_1.jpeg", &taken);
    assert_eq!(sent["kind"], "image");
    assert_eq!((&sent["width"], &sent["height"]), (&json!(800), &json!(1_600)));
    assert_eq!(sent["sizes"], json!(["small", "medium"]));
    assert_eq!(
        (&sent["name"], &sent["media_type"]),
        (&json!("IMG_1.jpeg"), &json!("image/jpeg"))
    );
    let id = sent["id"].as_str().unwrap();
    for (query, width, height) in [
        ("", 800, 1_600),
        ("?size=medium", 640, 1_280),
        ("?size=small", 160, 320),
    ] {
        let got = desk.get(id, query).expect(200);
        assert_eq!(got.header("content-type"), "image/jpeg");
        assert!(got.header("content-disposition").starts_with("inline"));
        assert!(!holds(&got.bytes, b"GPS") && !holds(&got.bytes, b"Exif"), "{query}");
        let seen = image::load_from_memory(&got.bytes).unwrap().into_rgb8();
        assert_eq!((seen.width(), seen.height()), (width, height), "{query}");
        let (top, bottom) = (seen.get_pixel(width / 2, 4), seen.get_pixel(width / 2, height - 4));
        assert!(top.0[0] > 200 && bottom.0[2] > 200, "it is turned: {top:?} {bottom:?}");
    }
    assert_eq!(json!(desk.get(id, "").bytes.len()), sent["bytes"]);
    assert_eq!(blobs(&server).len(), 3);
});

#[test]
fn every_format_is_made_anew_and_named_for_what_it_is() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        for (format, name, kept_as, media_type) in [
            (ImageFormat::Png, "a.PNG", "a.PNG", "image/png"),
            (ImageFormat::Gif, "a.gif", "a.png", "image/png"),
            (ImageFormat::WebP, "a.webp", "a.jpg", "image/jpeg"),
            // What a name says counts for nothing.
            (ImageFormat::Png, "a.html", "a.png", "image/png"),
        ] {
            let bytes = two_colours(40, 20, format);
            let trailed = [&bytes[..], b"<script>alert(1)</script>"].concat();
            let sent = desk.attach(name, &trailed);
            assert_eq!(
                (&sent["name"], &sent["media_type"]),
                (&json!(kept_as), &json!(media_type))
            );
            let got = desk.get(sent["id"].as_str().unwrap(), "").expect(200);
            assert!(!holds(&got.bytes, b"script"), "{name}");
        }
    });
}

#[test]
fn a_picture_that_would_be_huge_is_refused_and_costs_nothing() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        // Everything that is made once.
        desk.attach("a.png", &two_colours(40, 20, ImageFormat::Png));
        let before = server.resident_bytes();
        server.forget_peak();
        let idat = chunk(b"IDAT", &packed_zeros(1_000));
        let bomb = png(50_000, 50_000, std::slice::from_ref(&idat));
        assert!(bomb.len() < 200);
        let refused = desk.refused("a.png", &bomb, 413, "attachment_too_large");
        assert_eq!(
            (&refused["setting"], &refused["most"]),
            (&json!("attachments.max_pixels"), &json!(40_000_000))
        );
        // It says that it is small, and holds 256 MiB.
        let long = chunk(b"IDAT", &packed_zeros(256 << 20));
        let id = desk.begin("b.png", png(10, 10, std::slice::from_ref(&long)).len());
        let answer = desk.send(&id, &png(10, 10, &[long]));
        assert!([200, 415].contains(&answer.status), "{}", answer.status);
        // So does what is said of its colours.
        let profile = [&b"p\0\0"[..], &packed_zeros(256 << 20)].concat();
        let pixels = chunk(b"IDAT", &packed_zeros(310));
        let said = png(10, 10, &[chunk(b"iCCP", &profile), pixels]);
        let id = desk.begin("c.png", said.len());
        let answer = desk.send(&id, &said);
        assert!([200, 413, 415].contains(&answer.status), "{}", answer.status);
        let grown = server.peak_bytes().saturating_sub(before);
        assert!(grown < REFUSED_BYTES, "{} MiB", grown >> 20);
        desk.attach("a.png", &two_colours(40, 20, ImageFormat::Png));
    });
}

#[test]
fn many_large_pictures_at_once_take_turns() {
    run(async {
        /// Memory of a picture that is made anew, in bytes a pixel.
        const PIXEL_BYTES: u64 = 9;
        let server = Server::plan(Backend::Sqlite)
            .set("attachments.picture_concurrency", "1")
            .start()
            .await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        // Everything that is made once.
        desk.attach("a.png", &two_colours(40, 20, ImageFormat::Png));
        let taken = with_exif(&two_colours(3_000, 2_000, ImageFormat::Jpeg));
        let before = server.resident_bytes();
        server.forget_peak();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert_eq!(desk.attach("a.jpg", &taken)["height"], 3_000));
            }
        });
        let grown = server.peak_bytes().saturating_sub(before);
        assert!(grown < 6_000_000 * PIXEL_BYTES, "{} bytes a pixel", grown / 6_000_000);
    });
}

#[test]
fn what_only_begins_like_a_picture_is_refused_and_goes() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        let jpeg = two_colours(400, 400, ImageFormat::Jpeg);
        for bytes in [
            &b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"[..],
            b"GIF89a<script>",
            b"\xff\xd8\xff\xe0<html>",
            &jpeg[..200],
        ] {
            let refused = desk.refused("a.png", bytes, 415, "attachment_type");
            assert_eq!(refused["reason"], "this picture cannot be read");
        }
        assert_eq!(blobs(&server), [""; 0]);
    });
}

#[test]
fn a_voice_message_is_one_that_can_be_played_or_none() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        let begin = |bytes: &[u8]| {
            let said = json!({ "name": "v", "bytes": bytes.len(), "kind": "voice", "duration_ms": 1_500 });
            desk.announce(&said).expect(201).json()["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let mut ogg = b"OggS".to_vec();
        ogg.resize(28, 0);
        ogg.extend_from_slice(b"OpusHead and so on");
        let id = begin(&ogg);
        let sent = desk.send(&id, &ogg).expect(200).json();
        let wanted = json!({
            "id": id, "kind": "voice", "name": "v", "media_type": "audio/ogg", "bytes": ogg.len(), "duration_ms": 1_500,
        });
        assert_eq!(sent["attachment"], wanted);
        let got = desk.get(&id, "").expect(200);
        assert_eq!((got.header("content-type"), &got.bytes), ("audio/ogg", &ogg));
        assert!(got.header("content-disposition").starts_with("inline"));
        desk.get(&id, "?size=small").refused(404, "attachment_not_found");
        let png = two_colours(4, 4, ImageFormat::Png);
        for other in [&b"<html><audio>"[..], &png, b"%PDF-1.7"] {
            let id = begin(other);
            desk.send(&id, other).refused(415, "attachment_type");
        }
    });
}
