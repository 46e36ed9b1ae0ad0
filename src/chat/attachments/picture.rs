//! Pictures made anew: decoded within limits, turned the way they are to be seen, and written again without anything
//! that is not to be seen. A camera writes the place and the time into its pictures, and people do not know it.

use std::io::{Cursor, Write};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::AttachmentError;

/// The longest side of the small size, in pixels.
const SMALL_SIDE: u32 = 320;
/// The longest side of the medium size, in pixels.
const MEDIUM_SIDE: u32 = 1_280;
/// Of the full picture, 1 to 100.
const FULL_QUALITY: u8 = 90;
/// Of the smaller sizes, 1 to 100.
const PREVIEW_QUALITY: u8 = 80;
/// Memory of a pixel with 8 bits in each of four channels.
const PIXEL_BYTES: u64 = 4;
/// What a decoder may take beside the picture itself, in bytes: a row, what is said of colours.
const SPARE_BYTES: u64 = 16 << 20;

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Photographs.
    Jpeg,
    /// Screenshots.
    Png,
    /// Its first picture is kept, and stands still.
    Gif,
    /// Either.
    WebP,
}

impl Format {
    const fn format(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::Gif => ImageFormat::Gif,
            Self::WebP => ImageFormat::WebP,
        }
    }
}

/// What bounds a picture.
#[derive(Debug, Clone, Copy)]
pub struct PictureLimits {
    /// Width times height at most.
    pub pixels: u64,
    /// Bytes of the full picture as it is written again, at most.
    pub bytes: u64,
}

/// A picture in one size, written.
#[derive(Debug)]
pub struct Encoded {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What they are.
    pub media_type: &'static str,
}

/// A picture made anew.
#[derive(Debug)]
pub struct Picture {
    /// In pixels, as it is to be seen.
    pub width: u32,
    /// In pixels, as it is to be seen.
    pub height: u32,
    /// In its own size.
    pub full: Encoded,
    /// Small.
    pub small: Encoded,
    /// In between, of the same media type as the small one.
    pub medium: Encoded,
}

impl Encoded {
    /// The endings of its name.
    #[must_use]
    pub fn endings(&self) -> &'static [&'static str] {
        if self.media_type == PNG {
            &["png"]
        } else {
            &["jpg", "jpeg"]
        }
    }
}

const PNG: &str = "image/png";
const JPEG: &str = "image/jpeg";

/// Makes a picture anew. Takes a core for as long as it lasts, and about eight bytes of memory a pixel.
///
/// # Errors
/// [`AttachmentError::TooLarge`] over the limits, which is known before anything is decoded;
/// [`AttachmentError::Content`] when it cannot be read.
pub fn remake(bytes: &[u8], format: Format, limits: PictureLimits) -> Result<Picture, AttachmentError> {
    let picture = decode(bytes, format, limits)?;
    let (width, height) = (picture.width(), picture.height());
    let full = match format {
        Format::Jpeg => jpeg(&picture, FULL_QUALITY)?,
        Format::WebP if !picture.color().has_alpha() => jpeg(&picture, FULL_QUALITY)?,
        Format::Png | Format::Gif | Format::WebP => lossless(&picture, limits.bytes)?,
    };
    // The small one is made of the medium one: a quarter of the work, and smoother.
    let medium = within(picture, MEDIUM_SIDE);
    let small = within(medium.clone(), SMALL_SIDE);
    Ok(Picture {
        width,
        height,
        full,
        small: preview(&small, limits)?,
        medium: preview(&medium, limits)?,
    })
}

fn decode(bytes: &[u8], format: Format, limits: PictureLimits) -> Result<DynamicImage, AttachmentError> {
    let too_large = AttachmentError::TooLarge {
        setting: "attachments.max_pixels",
        most: limits.pixels,
    };
    let of_bytes = |bytes| {
        let mut bounds = Limits::default();
        bounds.max_alloc = Some(bytes);
        bounds
    };
    // So far only what is said of the picture is read.
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.format());
    reader.limits(of_bytes(SPARE_BYTES));
    let unread = |error: ImageError| match error {
        ImageError::Limits(_) => too_large.clone(),
        _ => AttachmentError::Content("this picture cannot be read"),
    };
    let mut decoder = reader.into_decoder().map_err(unread)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // A channel of 16 bits counts twice: what counts is memory.
    if pixels > limits.pixels || decoder.total_bytes() > limits.pixels.saturating_mul(PIXEL_BYTES) {
        return Err(too_large);
    }
    if pixels == 0 {
        return Err(AttachmentError::Content("there is nothing to be seen"));
    }
    // Twice: a GIF's picture is laid into its frame.
    let room = decoder.total_bytes().saturating_mul(2).saturating_add(SPARE_BYTES);
    decoder.set_limits(of_bytes(room)).map_err(unread)?;
    // A camera that was held upright says so instead of turning the picture. What it says badly counts for nothing.
    let orientation = decoder.orientation();
    let mut picture = narrowed(DynamicImage::from_decoder(decoder).map_err(unread)?);
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

/// With 8 bits a channel, and without a channel for transparency that says nothing.
fn narrowed(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => picture,
        DynamicImage::ImageRgba8(pixels) => {
            if pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
                DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8())
            } else {
                DynamicImage::ImageRgba8(pixels)
            }
        }
        other if other.color().has_alpha() => narrowed(DynamicImage::ImageRgba8(other.into_rgba8())),
        other if other.color().has_color() => DynamicImage::ImageRgb8(other.into_rgb8()),
        other => DynamicImage::ImageLuma8(other.into_luma8()),
    }
}

fn within(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side {
        return picture;
    }
    picture.thumbnail(side, side)
}

fn preview(picture: &DynamicImage, limits: PictureLimits) -> Result<Encoded, AttachmentError> {
    if picture.color().has_alpha() {
        lossless(picture, limits.bytes)
    } else {
        jpeg(picture, PREVIEW_QUALITY)
    }
}

/// PNG, unless that became larger than anything that may be uploaded: then what can be seen through is refused, and
/// anything else is written as a photograph.
fn lossless(picture: &DynamicImage, most: u64) -> Result<Encoded, AttachmentError> {
    let mut bytes = Bounded {
        bytes: Vec::new(),
        most: usize::try_from(most).unwrap_or(usize::MAX),
    };
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
    match picture.write_with_encoder(encoder) {
        Ok(()) => Ok(Encoded {
            bytes: bytes.bytes,
            media_type: PNG,
        }),
        Err(_) if !picture.color().has_alpha() => jpeg(picture, FULL_QUALITY),
        Err(_) => Err(AttachmentError::TooLarge {
            setting: "attachments.max_bytes",
            most,
        }),
    }
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Encoded, AttachmentError> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    let written = match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => picture.write_with_encoder(encoder),
        other => other.to_rgb8().write_with_encoder(encoder),
    };
    // Its sides are 16 bits long in this format.
    written.map_err(|_| AttachmentError::Content("this picture cannot be written again"))?;
    Ok(Encoded {
        bytes,
        media_type: JPEG,
    })
}

/// Bytes up to a bound.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, some: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len().saturating_add(some.len()) > self.most {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(some);
        Ok(some.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
