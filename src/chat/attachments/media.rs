//! What a file is, by its own bytes. What a caller or a name says of it counts for nothing.

use super::picture::Format;

/// As much of the beginning as the judgement looks at, in bytes.
pub const HEAD_BYTES: u64 = 8_192;
/// What is said of content that nobody shall open by itself.
pub const OPAQUE: &str = "application/octet-stream";

/// The picture that begins like this, if it is one that is made anew here.
#[must_use]
pub fn picture(head: &[u8]) -> Option<Format> {
    match infer::get(head)?.mime_type() {
        "image/jpeg" => Some(Format::Jpeg),
        "image/png" => Some(Format::Png),
        "image/gif" => Some(Format::Gif),
        "image/webp" => Some(Format::WebP),
        _ => None,
    }
}

/// The media type of a voice message that begins like this, if it is one that browsers play.
#[must_use]
pub fn voice(head: &[u8]) -> Option<&'static str> {
    if infer::audio::is_ogg_opus(head) {
        return Some("audio/ogg");
    }
    if infer::audio::is_wav(head) {
        return Some("audio/wav");
    }
    if infer::video::is_webm(head) {
        // The codecs of the tracks stand by name at the beginning: Opus, and nothing to be seen.
        let is_named = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
        let is_sound = is_named(b"A_OPUS") && !is_named(b"V_VP") && !is_named(b"V_AV1") && !is_named(b"V_MPEG");
        return is_sound.then_some("audio/webm");
    }
    if is_mp4_sound(head) {
        return Some("audio/mp4");
    }
    infer::audio::is_mp3(head).then_some("audio/mpeg")
}

/// MP4 as recorders write it: Apple's own brand, or a general one, and no track to be seen. The table of tracks may stand
/// at the end, beyond what is looked at; an element for sound plays the sound alone then.
fn is_mp4_sound(head: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 8] = [b"M4A ", b"isom", b"iso2", b"iso5", b"iso6", b"mp41", b"mp42", b"dash"];
    let is_seen = head.windows(4).any(|window| window == b"vide");
    !is_seen
        && head.get(4..8) == Some(b"ftyp")
        && head.get(8..12).is_some_and(|brand| BRANDS.iter().any(|b| *b == brand))
}

/// What a file is called on the wire. Whatever a browser would run or draw by itself is opaque.
#[must_use]
pub fn file(head: &[u8]) -> &'static str {
    use infer::MatcherType;
    let Some(found) = infer::get(head) else {
        return OPAQUE;
    };
    match found.matcher_type() {
        MatcherType::Text | MatcherType::App | MatcherType::Custom => OPAQUE,
        _ => found.mime_type(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a WebM with these words among its tracks.
    fn webm(words: &[&str]) -> Vec<u8> {
        let mut bytes = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm".to_vec();
        bytes.resize(300, 0);
        for word in words {
            bytes.extend_from_slice(word.as_bytes());
        }
        bytes
    }

    fn ogg(codec: &str) -> Vec<u8> {
        let mut bytes = b"OggS".to_vec();
        bytes.resize(28, 0);
        bytes.extend_from_slice(codec.as_bytes());
        bytes
    }

    #[test]
    fn a_voice_message_is_known_by_its_content() {
        assert_eq!(voice(&ogg("OpusHead")), Some("audio/ogg"));
        assert_eq!(voice(&ogg("\x01vorbis.")), None);
        assert_eq!(voice(&webm(&["A_OPUS"])), Some("audio/webm"));
        assert_eq!(voice(&webm(&["V_VP8", "A_OPUS"])), None);
        assert_eq!(voice(b"RIFF\x24\0\0\0WAVEfmt "), Some("audio/wav"));
        assert_eq!(voice(b"\0\0\0\x20ftypM4A \0\0\0\0"), Some("audio/mp4"));
        assert_eq!(voice(b"\0\0\0\x20ftypisom\0\0\0\0 hdlr vide"), None);
        assert_eq!(voice(b"\0\0\0\x20ftypheic\0\0\0\0"), None);
        assert_eq!(voice(b"ID3\x04\0\0\0\0\0\0"), Some("audio/mpeg"));
        for other in [&b"<html>"[..], b"%PDF-1.7", b"", b"RIFF\x24\0\0\0WEBPVP8 "] {
            assert_eq!(voice(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_a_browser_would_run_is_opaque() {
        for text in [
            "<!DOCTYPE html><script>alert(1)</script>",
            "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            "#!/bin/sh\nrm",
            "\x7fELF\x02\x01\x01 and more of it, so that it is long enough to be looked at as a program",
            "hello",
            "",
        ] {
            assert_eq!(file(text.as_bytes()), OPAQUE, "{text}");
            assert_eq!(picture(text.as_bytes()), None, "{text}");
        }
        assert_eq!(file(b"%PDF-1.7\n"), "application/pdf");
    }

    #[test]
    fn a_picture_is_known_by_its_content() {
        assert_eq!(picture(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(Format::Jpeg));
        assert_eq!(picture(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), Some(Format::Png));
        assert_eq!(picture(b"GIF89a\x01\0\x01\0"), Some(Format::Gif));
        assert_eq!(picture(b"RIFF\x24\0\0\0WEBPVP8 "), Some(Format::WebP));
        assert_eq!(picture(b"BM\x36\0\0\0\0\0\0\0"), None);
    }
}
