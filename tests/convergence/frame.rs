//! WebSocket frames as they travel: found in a stream of bytes, looked into, passed on as they are.

/// A whole frame, its header included.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Its bytes, masked if they were.
    pub(crate) bytes: Vec<u8>,
    payload: usize,
    mask: Option<[u8; 4]>,
}

/// Text, in one frame.
const WHOLE_TEXT: u8 = 0x81;

impl Frame {
    /// Takes the first frame out of what was read, once it is whole.
    pub(crate) fn take(read: &mut Vec<u8>) -> Option<Self> {
        let short = usize::from(*read.get(1)? & 0x7f);
        let (length, mut header) = match short {
            126 => (usize::from(u16::from_be_bytes(array(read, 2)?)), 4),
            127 => (usize::try_from(u64::from_be_bytes(array(read, 2)?)).unwrap(), 10),
            short => (short, 2),
        };
        let mask = if read[1] & 0x80 == 0 {
            None
        } else {
            header += 4;
            Some(array(read, header - 4)?)
        };
        let end = header + length;
        if read.len() < end {
            return None;
        }
        let rest = read.split_off(end);
        let bytes = std::mem::replace(read, rest);
        Some(Self {
            bytes,
            payload: header,
            mask,
        })
    }

    /// A frame of the server's with this text.
    pub(crate) fn of_server(text: &str) -> Self {
        let mut bytes = vec![WHOLE_TEXT];
        match u16::try_from(text.len()).unwrap() {
            short @ 0..126 => bytes.push(u8::try_from(short).unwrap()),
            long => {
                bytes.push(126);
                bytes.extend(long.to_be_bytes());
            }
        }
        let payload = bytes.len();
        bytes.extend(text.as_bytes());
        Self {
            bytes,
            payload,
            mask: None,
        }
    }

    /// What it says, if it is text.
    pub(crate) fn text(&self) -> Option<String> {
        if self.bytes[0] != WHOLE_TEXT {
            return None;
        }
        let mut payload = self.bytes[self.payload..].to_vec();
        if let Some(mask) = self.mask {
            for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
                *byte ^= key;
            }
        }
        String::from_utf8(payload).ok()
    }
}

fn array<const N: usize>(read: &[u8], at: usize) -> Option<[u8; N]> {
    read.get(at..at + N)?.try_into().ok()
}
