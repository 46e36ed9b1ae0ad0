//! Pictures that are what they seem, and others.

use image::{ImageBuffer, Luma, Rgb, Rgba};

use super::*;

const LIMITS: PictureLimits = PictureLimits {
    pixels: 4_000_000,
    bytes: 1 << 20,
};

/// Red on the left, blue on the right.
fn two_colours(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    }))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(encoded: &Encoded) -> DynamicImage {
    image::load_from_memory(&encoded.bytes).unwrap()
}

/// A JPEG that says how it is to be turned, and where it was taken.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
    // Two entries: the orientation, and a place as text.
    exif.extend_from_slice(b"\0\x02");
    exif.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend_from_slice(&[0x01, 0x0e, 0, 2, 0, 0, 0, 12, 0, 0, 0, 38]);
    exif.extend_from_slice(&[0, 0, 0, 0]);
    exif.extend_from_slice(b"GPS 52.5N 13");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photograph_is_turned_and_loses_what_the_camera_wrote() {
    let plain = encoded(&two_colours(64, 32), ImageFormat::Jpeg);
    // 6: to be seen, it is turned by a quarter clockwise.
    let taken = with_exif(&plain, 6);
    assert!(holds(&taken, b"GPS"));
    let made = remake(&taken, Format::Jpeg, LIMITS).unwrap();
    assert_eq!((made.width, made.height, made.full.media_type), (32, 64, JPEG));
    for size in [&made.full, &made.small, &made.medium] {
        assert!(!holds(&size.bytes, b"GPS") && !holds(&size.bytes, b"Exif"));
        let seen = read(size).into_rgb8();
        let (top, bottom) = (seen.get_pixel(16, 4), seen.get_pixel(16, 60));
        assert!(top.0[0] > 200 && top.0[2] < 60, "red is on top: {top:?}");
        assert!(bottom.0[2] > 200 && bottom.0[0] < 60, "blue is below: {bottom:?}");
    }
}

#[test]
fn a_picture_comes_in_three_sizes() {
    let png = encoded(&two_colours(1_600, 800), ImageFormat::Png);
    let made = remake(&png, Format::Png, LIMITS).unwrap();
    assert_eq!((made.width, made.height, made.full.media_type), (1_600, 800, PNG));
    let sides = |encoded| (read(encoded).width(), read(encoded).height());
    assert_eq!(sides(&made.full), (1_600, 800));
    assert_eq!((sides(&made.medium), made.medium.media_type), ((1_280, 640), JPEG));
    assert_eq!((sides(&made.small), made.small.media_type), ((320, 160), JPEG));
    let tiny = remake(&encoded(&two_colours(2, 2), ImageFormat::Png), Format::Png, LIMITS).unwrap();
    assert_eq!((sides(&tiny.small), sides(&tiny.medium)), ((2, 2), (2, 2)));
}

#[test]
fn every_format_is_read_and_what_can_be_seen_through_stays_so() {
    let glass = DynamicImage::ImageRgba8(ImageBuffer::from_pixel(40, 20, Rgba([9, 200, 9, 100])));
    let solid = DynamicImage::ImageRgba8(ImageBuffer::from_pixel(40, 20, Rgba([9, 200, 9, 255])));
    for (picture, stored, format, written) in [
        (&glass, ImageFormat::Png, Format::Png, PNG),
        (&glass, ImageFormat::WebP, Format::WebP, PNG),
        (&glass, ImageFormat::Gif, Format::Gif, PNG),
        (&solid, ImageFormat::WebP, Format::WebP, JPEG),
        (&solid, ImageFormat::Png, Format::Png, PNG),
    ] {
        let made = remake(&encoded(picture, stored), format, LIMITS).unwrap();
        assert_eq!(
            (made.width, made.height, made.full.media_type),
            (40, 20, written),
            "{stored:?}"
        );
    }
    let deep = DynamicImage::ImageLuma16(ImageBuffer::from_pixel(8, 8, Luma([40_000])));
    assert!(remake(&encoded(&deep, ImageFormat::Png), Format::Png, LIMITS).is_ok());
}

#[test]
fn a_large_picture_of_every_format_has_room() {
    for (stored, format) in [
        (ImageFormat::Png, Format::Png),
        (ImageFormat::Jpeg, Format::Jpeg),
        (ImageFormat::Gif, Format::Gif),
        (ImageFormat::WebP, Format::WebP),
    ] {
        let limits = PictureLimits {
            pixels: 9_000_000,
            bytes: 25 << 20,
        };
        let made = remake(&encoded(&two_colours(3_000, 3_000), stored), format, limits);
        assert!(made.is_ok_and(|made| made.width == 3_000), "{stored:?}");
    }
}

#[test]
fn too_many_pixels_are_refused_before_anything_is_decoded() {
    let refused = |bytes: &[u8], format, pixels| {
        let limits = PictureLimits { pixels, ..LIMITS };
        matches!(
            remake(bytes, format, limits),
            Err(AttachmentError::TooLarge { setting: "attachments.max_pixels", most }) if most == pixels
        )
    };
    for (stored, format) in [
        (ImageFormat::Png, Format::Png),
        (ImageFormat::Jpeg, Format::Jpeg),
        (ImageFormat::Gif, Format::Gif),
        (ImageFormat::WebP, Format::WebP),
    ] {
        let bytes = encoded(&two_colours(100, 100), stored);
        assert!(refused(&bytes, format, 9_999), "{stored:?}");
        assert!(!refused(&bytes, format, 10_000), "{stored:?}");
    }
    // 16 bits a channel take twice the memory.
    let deep = DynamicImage::ImageRgba16(ImageBuffer::from_pixel(100, 100, Rgba([1, 2, 3, 4])));
    assert!(refused(&encoded(&deep, ImageFormat::Png), Format::Png, 19_999));
}

#[test]
fn what_only_begins_like_a_picture_is_refused() {
    for (bytes, format) in [
        (&b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"[..], Format::Png),
        (b"\xff\xd8\xff\xe0 nothing follows", Format::Jpeg),
        (b"GIF89a\x01\0", Format::Gif),
        (b"RIFF\x04\0\0\0WEBP", Format::WebP),
        (b"", Format::Png),
    ] {
        assert!(
            matches!(remake(bytes, format, LIMITS), Err(AttachmentError::Content(_))),
            "{format:?}"
        );
    }
}

#[test]
fn noise_that_would_grow_is_written_as_a_photograph_or_refused() {
    let mut state = 7_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let solid = DynamicImage::ImageRgb8(ImageBuffer::from_fn(200, 200, |_, _| Rgb([noise(), noise(), noise()])));
    let limits = PictureLimits {
        bytes: 100_000,
        ..LIMITS
    };
    let made = remake(&encoded(&solid, ImageFormat::Png), Format::Png, limits).unwrap();
    assert_eq!(made.full.media_type, JPEG);
    let glass = DynamicImage::ImageRgba8(ImageBuffer::from_fn(200, 200, |_, _| {
        Rgba([noise(), noise(), noise(), noise()])
    }));
    let refused = remake(&encoded(&glass, ImageFormat::Png), Format::Png, limits);
    assert!(matches!(refused, Err(AttachmentError::TooLarge { .. })));
}
