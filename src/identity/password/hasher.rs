//! argon2id over memory that is kept. To have 19 MiB from the system for each hash, page by page, takes half as long as
//! the hash itself; to leave it with the allocator keeps as much for each thread that ever made one.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, PasswordHasher, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Makes hashes, and so verifies them. Clones share the memory, of which there is as much as hashes were ever made at
/// once.
#[derive(Debug, Clone)]
pub(super) struct Hasher {
    params: Params,
    spare: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl Hasher {
    /// New hashes are made with `params`, old ones are verified with their own.
    pub(super) fn new(params: Params) -> Self {
        Self {
            params,
            spare: Arc::default(),
        }
    }

    /// Lends memory, whose content means nothing: a hash writes each block before it reads it.
    fn with_blocks<T>(&self, count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken behind the lock's end: the first time it is 19 MiB of zeros.
        let taken = spare().pop();
        let mut blocks = taken.unwrap_or_default();
        blocks.resize(count, Block::new());
        let done = work(&mut blocks);
        spare().push(blocks);
        done
    }
}

impl PasswordHasher<PasswordHash> for Hasher {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, self.params.clone())
    }
}

/// By which `PasswordVerifier` is there too.
impl CustomizedPasswordHasher<PasswordHash> for Hasher {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map_or(Ok(Algorithm::Argon2id), Algorithm::try_from)?;
        let version = version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let salt = Salt::new(salt)?;
        let bytes = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let shown = ParamsString::try_from(&params)?;
        let (count, argon2) = (params.block_count(), Argon2::new(algorithm, version, params));
        let mut buffer = [0; Output::MAX_LENGTH];
        let out = buffer.get_mut(..bytes).ok_or(Error::OutputSize)?;
        self.with_blocks(count, |blocks| {
            argon2.hash_password_into_with_memory(password, &salt, &mut *out, blocks)
        })?;
        let hash = Output::new(out)?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: shown,
            salt: Some(salt),
            hash: Some(hash),
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier;

    use super::*;

    fn hasher(kib: u32) -> Hasher {
        Hasher::new(Params::new(kib, 2, 1, None).unwrap())
    }

    #[test]
    fn what_is_made_over_used_memory_is_what_the_crate_makes() {
        let hasher = hasher(64);
        // More memory than before, less, and as much; each over what an earlier one left.
        for kib in [64, 256, 32, 256, 64] {
            let params = Params::new(kib, 2, 1, None).unwrap();
            let own = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
            let password = format!("correct horse {kib}");
            let wanted = own
                .hash_password_with_salt(password.as_bytes(), b"salt of 16 bytes")
                .unwrap();
            let made = hasher
                .hash_password_with_params(password.as_bytes(), b"salt of 16 bytes", params)
                .unwrap();
            assert_eq!(made.to_string(), wanted.to_string());
            assert!(hasher.verify_password(password.as_bytes(), &wanted).is_ok());
            assert!(hasher.verify_password(b"correct horsf", &wanted).is_err());
        }
        assert_eq!(hasher.spare.lock().unwrap().len(), 1, "one at a time needs it once");
    }

    #[test]
    fn another_algorithm_version_or_a_short_salt_is_an_error() {
        let hasher = hasher(64);
        let make = |salt: &[u8], algorithm, version| {
            hasher.hash_password_customized(b"x", salt, algorithm, version, hasher.params.clone())
        };
        assert!(make(b"salt of 16 bytes", Some("scrypt"), None).is_err());
        assert!(make(b"salt of 16 bytes", None, Some(7)).is_err());
        assert!(make(b"salt", None, None).is_err());
        assert!(make(b"salt of 16 bytes", Some("argon2i"), Some(16)).is_ok());
    }
}
