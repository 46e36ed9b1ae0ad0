//! What of a payment method is sealed: the provider's token and the name of its holder.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::ids::{MethodId, UserId};

/// See the module.
#[derive(Debug)]
pub(super) struct Secret {
    /// What names it at the provider.
    pub(super) token: SecretString,
    /// Whose it is.
    pub(super) holder: SecretString,
}

impl Secret {
    /// As the bytes that are sealed: the length of the token, the token, the holder.
    pub(super) fn written(&self) -> Zeroizing<Vec<u8>> {
        let token = self.token.expose_secret().as_bytes();
        let length = u32::try_from(token.len()).unwrap_or(u32::MAX).to_be_bytes();
        Zeroizing::new([length.as_slice(), token, self.holder.expose_secret().as_bytes()].concat())
    }

    /// Reads them; none when they were written by something else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (token, holder) = rest.split_at_checked(length)?;
        Some(Self {
            token: std::str::from_utf8(token).ok()?.to_owned().into(),
            holder: std::str::from_utf8(holder).ok()?.to_owned().into(),
        })
    }
}

/// What sealed bytes belong to: they open nowhere else.
pub(super) fn bound_to(id: MethodId, owner: UserId) -> Vec<u8> {
    [b"quipu.method.v1".as_slice(), &id.bytes(), &owner.bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_not_shown() {
        let secret = Secret {
            token: "tok".to_owned().into(),
            holder: "Ana Díaz".to_owned().into(),
        };
        let written = secret.written();
        let read = Secret::read(&written).unwrap();
        assert_eq!(
            (read.token.expose_secret(), read.holder.expose_secret()),
            ("tok", "Ana Díaz")
        );
        assert!(Secret::read(&written[..5]).is_none() && Secret::read(&[0, 0]).is_none());
        let shown = format!("{secret:?}");
        assert!(!shown.contains("tok\"") && !shown.contains("Ana"));
    }
}
