//! Which files there are, and what is in them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use claim_files::{Hashing, Kind, Scan, scan};
use rcm_programs::Result;
use x12_claims::{Reader, Transaction};

use crate::Import;
use crate::summary::{FileSummary, Summary};

/// A file that holds claims or remittances.
pub struct Found {
    pub path: PathBuf,
    pub scan: Scan,
    /// Its place in the summary.
    pub summary: usize,
}

/// Reads each file once: what isn't X12, or nothing for us, is told and left.
pub fn find(import: &Import, paths: &[PathBuf], summary: &mut Summary) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in paths {
        let files = match files_of(path) {
            Ok(files) => files,
            Err(error) => {
                let file = summary.add(path);
                file.unread(&error.to_string());
                import.say(&file.line())?;
                continue;
            }
        };
        for path in files {
            if path.is_dir() {
                let file = summary.add(&path);
                file.leave_out("a directory in a directory is left out; name it, too");
                import.say(&file.line())?;
                continue;
            }
            if import.is_stopped() {
                return Ok(found);
            }
            let file = &mut summary.add(&path);
            match open(&path).and_then(scan) {
                Err(error) => file.unread(&error.to_string()),
                Ok(scan) if scan.is_not_x12() => file.unread("not X12"),
                Ok(scan) if scan.is_empty() => file.unread("no transaction in it"),
                Ok(scan) => {
                    for (set, number) in &scan.others {
                        file.skip(set, *number);
                    }
                    file.tell_problems(&scan);
                    if scan.submissions + scan.remittances > 0 {
                        let summary = summary.files.len() - 1;
                        found.push(Found { path, scan, summary });
                        continue;
                    }
                }
            }
            let line = file.line();
            import.say(&line)?;
        }
    }
    Ok(found)
}

/// A file: of a pipe nobody knows when it ends, and it couldn't be read twice.
fn open(path: &Path) -> io::Result<File> {
    if path.metadata()?.is_file() { File::open(path) } else { Err(io::Error::other("not a file")) }
}

/// The file, or what is in a directory by name; hidden ones are left out.
fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    let is_hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    paths.retain(|path| !is_hidden(path));
    paths.sort();
    if paths.is_empty() { Err(io::Error::other("no files in it")) } else { Ok(paths) }
}

/// By the day on which claims were sent or payments made, a file of both kinds twice; what has no day comes first.
pub fn in_order(found: &[Found]) -> Vec<(Kind, &Found)> {
    let claims = found.iter().filter(|file| file.scan.submissions > 0).map(|file| (Kind::Claims, file));
    let remittances = found.iter().filter(|file| file.scan.remittances > 0).map(|file| (Kind::Remittance, file));
    let mut files: Vec<(Kind, &Found)> = claims.chain(remittances).collect();
    files.sort_by_key(|(kind, file)| match kind {
        Kind::Claims => (file.scan.sent_from, *kind),
        Kind::Remittance => (file.scan.paid_from, *kind),
    });
    files
}

/// The transactions of a file, read again.
pub struct Transactions {
    reader: Reader<Hashing<File>>,
    sha256: [u8; 32],
}

impl Transactions {
    /// Opens it.
    pub fn open(found: &Found) -> io::Result<Self> {
        Ok(Self { reader: Reader::new(Hashing::new(File::open(&found.path)?)), sha256: found.scan.sha256 })
    }

    /// Tells where the file isn't what it was any more.
    pub fn finish(self, file: &mut FileSummary) {
        match self.reader.into_source().finish() {
            Ok((sha256, _)) if sha256 == self.sha256 => {}
            Ok(_) => file.unread("it changed while it was read; import it again"),
            Err(error) => file.unread(&error.to_string()),
        }
    }
}

impl Iterator for Transactions {
    type Item = io::Result<Transaction>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next()
    }
}
