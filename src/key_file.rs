//! A key of 32 bytes in a file of its own: 64 hexadecimal digits that nobody but its owner reads.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The bytes of a key. Gone from memory with the value.
pub type KeyBytes = Zeroizing<[u8; 32]>;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or made.
    #[error("key file {0} cannot be used: {1}")]
    File(PathBuf, std::io::Error),
    /// Not 32 bytes in hexadecimal.
    #[error("key is not 64 hexadecimal digits")]
    NotAKey,
    /// Somebody else could read it.
    #[error("key file {0} can be read by others: chmod 600 it, and replace the key if it was seen")]
    Readable(PathBuf),
}

/// The key of 64 hexadecimal digits.
///
/// # Errors
/// [`KeyFileError::NotAKey`].
pub fn from_hex(text: &str) -> Result<KeyBytes, KeyFileError> {
    let mut key = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(text.trim(), key.as_mut_slice()).map_err(|_| KeyFileError::NotAKey)?;
    Ok(key)
}

/// A new random key, in a file of its own for its owner alone. An existing file is left as it is.
///
/// # Errors
/// [`KeyFileError::File`], also when the file is there.
pub fn make(file: &Path) -> Result<KeyBytes, KeyFileError> {
    let fail = |error| KeyFileError::File(file.to_owned(), error);
    let key = Zeroizing::new(rand::random::<[u8; 32]>());
    let text = Zeroizing::new(hex::encode(key.as_slice()));
    let mut made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(fail)?;
    made.write_all(text.as_bytes())
        .and_then(|()| made.sync_all())
        .map_err(fail)?;
    // The name must survive a power cut too: what a key that is gone had sealed can never be opened or continued.
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(fail)?;
    }
    Ok(key)
}

/// The key in a file, which is made with a random one, for its owner alone, when it is not there.
///
/// # Errors
/// [`KeyFileError`].
pub fn find_or_make(file: &Path) -> Result<KeyBytes, KeyFileError> {
    let fail = |error| KeyFileError::File(file.to_owned(), error);
    match std::fs::read_to_string(file).map(Zeroizing::new) {
        Ok(text) => {
            let mode = std::fs::metadata(file).map_err(fail)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(KeyFileError::Readable(file.to_owned()));
            }
            from_hex(&text)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make(file),
        Err(error) => Err(fail(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("some.key");
        let made = find_or_make(&file).expect("made");
        let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(made, find_or_make(&file).expect("found"));
        assert!(matches!(make(&file), Err(KeyFileError::File(..))), "it is there");
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("some.key");
        make(&file).expect("made");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("chmod");
        assert!(matches!(find_or_make(&file), Err(KeyFileError::Readable(_))));
        for text in ["", "00", &"g".repeat(64), &"0".repeat(66)] {
            assert!(matches!(from_hex(text), Err(KeyFileError::NotAKey)), "{text}");
        }
    }
}
