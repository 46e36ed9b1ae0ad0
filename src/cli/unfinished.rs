//! A file that is written under another name beside its place and takes its place when it is whole and on the disk.

use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The file while it is written. Unless it is finished, it goes with the value.
#[derive(Debug)]
pub(super) struct Unfinished {
    place: PathBuf,
    part: PathBuf,
    placed: bool,
}

impl Unfinished {
    /// The name of the file while it is written.
    pub(super) fn part_of(place: &Path) -> PathBuf {
        let mut name = OsString::from(place);
        name.push(".part");
        name.into()
    }

    /// Makes the file, empty and for its owner alone. Two that are to take one place keep each other out by it.
    pub(super) fn begin(place: &Path) -> anyhow::Result<Self> {
        let place = std::path::absolute(place).with_context(|| place.display().to_string())?;
        refuse_existing(&place)?;
        let part = Self::part_of(&place);
        match File::options().write(true).create_new(true).mode(0o600).open(&part) {
            Ok(_) => Ok(Self {
                place,
                part,
                placed: false,
            }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
                "{} is there: it is being written by another quipu, or was left by one that was ended; remove it then",
                part.display()
            ),
            Err(error) => Err(error).with_context(|| part.display().to_string()),
        }
    }

    /// Where it is for now; absolute.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// Where it goes; absolute.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Puts it in its place, to stay there after a power cut too, and says how large it is.
    pub(super) fn finish(mut self) -> anyhow::Result<u64> {
        let file = File::open(&self.part).with_context(|| self.part.display().to_string())?;
        file.sync_all().with_context(|| self.part.display().to_string())?;
        let bytes = file.metadata()?.len();
        refuse_existing(&self.place)?;
        std::fs::rename(&self.part, &self.place).with_context(|| self.place.display().to_string())?;
        self.placed = true;
        let folder = self.place.parent().unwrap_or(Path::new("/"));
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.with_context(|| folder.display().to_string())?;
        Ok(bytes)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.placed {
            // What is left says by its name that it is not whole.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

fn refuse_existing(place: &Path) -> anyhow::Result<()> {
    if place.symlink_metadata().is_ok() {
        bail!("{} is there already; nothing was written over it", place.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_in_its_place_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("copy");
        let first = Unfinished::begin(&place).expect("begun");
        assert!(Unfinished::begin(&place).is_err(), "one at a time");
        std::fs::write(first.part(), "half").expect("written");
        drop(first);
        assert!(!place.exists() && !Unfinished::part_of(&place).exists());
        let second = Unfinished::begin(&place).expect("begun again");
        std::fs::write(second.part(), "whole").expect("written");
        assert_eq!(second.finish().expect("finished"), 5);
        let mode = std::fs::metadata(&place).expect("in its place").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(Unfinished::begin(&place).is_err(), "nothing is written over");
        assert_eq!(std::fs::read_to_string(&place).expect("the file"), "whole");
    }

    #[test]
    fn what_came_into_the_place_meanwhile_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("copy");
        let copy = Unfinished::begin(&place).expect("begun");
        std::fs::write(&place, "another's").expect("written");
        assert!(copy.finish().is_err());
        assert_eq!(std::fs::read_to_string(&place).expect("the file"), "another's");
    }
}
