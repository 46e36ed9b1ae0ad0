//! What an attachment is.

use crate::clock::Micros;
use crate::ids::{AttachmentId, UserId};

use super::AttachmentError;
use super::name::FileName;

/// The longest voice message, in milliseconds: an hour.
const LONGEST_VOICE_MS: i64 = 60 * 60 * 1_000;

/// What sort of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A picture that the server has made anew.
    Image,
    /// Any file: shown by its name, never by its content.
    File,
    /// A voice message.
    Voice,
}

impl AttachmentKind {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Image => 0,
            Self::File => 1,
            Self::Voice => 2,
        }
    }

    /// Reads the number; an unknown one is of a later version and is a file.
    #[must_use]
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Image,
            2 => Self::Voice,
            _ => Self::File,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::File => "file",
            Self::Voice => "voice",
        }
    }
}

/// The sizes in which a picture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As it was uploaded.
    Full,
    /// At most 320 pixels wide and high.
    Small,
    /// At most 1,280 pixels wide and high.
    Medium,
}

impl Size {
    /// Reads the word on the wire; without one the full size is meant.
    #[must_use]
    pub fn parse(word: Option<&str>) -> Option<Self> {
        match word {
            None => Some(Self::Full),
            Some("small") => Some(Self::Small),
            Some("medium") => Some(Self::Medium),
            Some(_) => None,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Small => "small",
            Self::Medium => "medium",
        }
    }
}

/// What a picture is beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFacts {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The media type of the smaller sizes.
    pub preview_type: String,
    /// Bytes of the small size.
    pub small_bytes: u64,
    /// Bytes of the medium size.
    pub medium_bytes: u64,
}

/// Something that a person attached, or is uploading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The id.
    pub id: AttachmentId,
    /// Who uploads or uploaded it.
    pub owner: UserId,
    /// Whether it has come whole, was checked and can be sent.
    pub ready: bool,
    /// What it is; while it is uploaded, what it was announced as.
    pub kind: AttachmentKind,
    /// Its name.
    pub name: FileName,
    /// What it is, by its content.
    pub media_type: String,
    /// How large it is; while it is uploaded, how large it was announced.
    pub bytes: u64,
    /// How much of it has come.
    pub received: u64,
    /// In how many parts.
    pub parts: u64,
    /// Of a picture that is ready.
    pub picture: Option<PictureFacts>,
    /// Of a voice message, as its sender said.
    pub duration_ms: Option<i64>,
    /// SHA-256 of what is served, once it is ready.
    pub sha256: Option<Vec<u8>>,
    /// What it takes of its owner's quota.
    pub stored: u64,
    /// When the upload began.
    pub created_at: Micros,
}

impl Attachment {
    /// Bytes of one of its sizes. What is no picture has the full one alone.
    #[must_use]
    pub fn bytes_of(&self, size: Size) -> Option<u64> {
        match (size, &self.picture) {
            (Size::Full, _) => Some(self.bytes),
            (Size::Small, Some(picture)) => Some(picture.small_bytes),
            (Size::Medium, Some(picture)) => Some(picture.medium_bytes),
            (_, None) => None,
        }
    }
}

/// What a person wants to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Its name.
    pub name: FileName,
    /// How large it will be.
    pub bytes: u64,
    /// How long it lasts, if it is a voice message.
    pub voice: Option<Voice>,
}

/// What is said of a voice message before it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voice {
    /// How long it lasts, if that was said.
    pub duration_ms: Option<i64>,
}

impl Announced {
    /// Checks what somebody says of what they are about to upload. `kind` is `voice` or nothing: whether something else
    /// is a picture or a file shows in its content.
    ///
    /// # Errors
    /// [`AttachmentError::Field`] or [`AttachmentError::TooLarge`].
    pub fn parse(
        name: &str,
        bytes: u64,
        kind: Option<&str>,
        duration_ms: Option<i64>,
        most_bytes: u64,
    ) -> Result<Self, AttachmentError> {
        let voice = match (kind, duration_ms) {
            (None, None) => None,
            (Some("voice"), None) => Some(Voice { duration_ms: None }),
            (Some("voice"), Some(ms)) if (1..=LONGEST_VOICE_MS).contains(&ms) => Some(Voice { duration_ms }),
            (Some("voice") | None, Some(_)) => {
                return Err(AttachmentError::field(
                    "duration_ms",
                    "it is of a voice message, 1 to 3600000",
                ));
            }
            (Some(_), _) => return Err(AttachmentError::field("kind", "it is voice or absent")),
        };
        if bytes == 0 {
            return Err(AttachmentError::field("bytes", "there is nothing in it"));
        }
        if bytes > most_bytes {
            return Err(AttachmentError::TooLarge {
                setting: "attachments.max_bytes",
                most: most_bytes,
            });
        }
        Ok(Self {
            name: FileName::of(name),
            bytes,
            voice,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: u64, kind: Option<&str>, duration_ms: Option<i64>) -> Result<Announced, AttachmentError> {
        Announced::parse("a.txt", bytes, kind, duration_ms, 100)
    }

    #[test]
    fn what_is_announced_is_bounded() {
        assert!(parse(100, None, None).is_ok_and(|announced| announced.voice.is_none()));
        assert!(matches!(
            parse(101, None, None),
            Err(AttachmentError::TooLarge { most: 100, .. })
        ));
        assert!(matches!(
            parse(0, None, None),
            Err(AttachmentError::Field { param: "bytes", .. })
        ));
        let voice = parse(1, Some("voice"), Some(3_600_000)).unwrap().voice;
        assert_eq!(voice.unwrap().duration_ms, Some(3_600_000));
        for (kind, duration) in [
            (Some("voice"), Some(0)),
            (Some("voice"), Some(-1)),
            (Some("voice"), Some(3_600_001)),
            (None, Some(1)),
        ] {
            let refused = parse(1, kind, duration);
            assert!(
                matches!(
                    refused,
                    Err(AttachmentError::Field {
                        param: "duration_ms",
                        ..
                    })
                ),
                "{duration:?}"
            );
        }
        assert!(matches!(
            parse(1, Some("image"), None),
            Err(AttachmentError::Field { param: "kind", .. })
        ));
    }

    #[test]
    fn a_size_is_one_of_three() {
        assert_eq!(Size::parse(None), Some(Size::Full));
        assert_eq!(Size::parse(Some("small")), Some(Size::Small));
        assert_eq!(Size::parse(Some("full")), None);
        assert_eq!(Size::parse(Some("../x")), None);
    }
}
