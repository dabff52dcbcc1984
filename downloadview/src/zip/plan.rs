//! Plans an archive: everything that is known before an entry is opened.

use std::{
    borrow::Cow,
    fs::{self, Metadata},
    io,
    path::Path,
    time::SystemTime,
};

use axum::BoxError;
use bytes::Bytes;
use tokio::task::{spawn_blocking, yield_now};
use xxhash_rust::xxh3::Xxh3;

use super::{
    checksums,
    entry::{Checksum, Entry, Supply, Validator, nanoseconds},
    error::{EntryError, EntryFault},
    layout::{Layout, TooLong},
    names::Names,
    record::Record,
};
use crate::{
    content::{Stamp, file_is_generated, is_settled},
    error::Fault,
    http::{date::is_date, entity_tag::EntityTag},
};

/// Up to this size, the content in memory of an archive is hashed at once. More of it takes longer than a task should.
const AT_ONCE: u64 = 256 << 10;

/// Up to this number of entries, an archive is laid out at once.
const FEW: usize = 4096;

/// The version of the layout and of what is hashed. Archives of another version have other entity tags.
const FORMAT: u64 = 1;

/// An archive of which all is known but the content of its entries.
pub(super) struct Plan {
    pub(super) members: Vec<Member>,
    /// The place of everything, if all sizes are known.
    pub(super) layout: Option<Layout>,
    pub(super) validators: Stamp,
}

/// An entry with its path: the one that was asked for, and once it is planned the one that it has in the archive.
pub(super) struct Member {
    pub(super) name: Box<str>,
    pub(super) entry: Entry,
}

impl Member {
    pub(super) fn record(&self) -> Record<'_> {
        self.entry.record(&self.name)
    }

    pub(super) fn error(&self, cause: impl Into<BoxError>) -> BoxError {
        EntryError::boxed(&self.name, cause)
    }
}

impl Plan {
    pub(super) async fn of(members: Vec<Member>) -> Result<Self, BoxError> {
        let is_at_once = is_quick(&members);
        let mut members = run(is_at_once, || prepare(members)).await?;
        for (i, member) in members.iter_mut().enumerate() {
            if let Supply::Content(_) = member.entry.supply {
                survey(member).await?;
                if i % 256 == 255 {
                    // Other tasks run in between.
                    yield_now().await;
                }
            }
        }
        let is_at_once = members.len() <= FEW;
        run(is_at_once, || Self::finish(members)).await
    }

    /// Does what is left when all content was asked: the layout and the entity tag.
    fn finish(mut members: Vec<Member>) -> Result<Self, BoxError> {
        for member in &mut members {
            member.entry.settle_validator();
            deflate_unknown(&mut member.entry);
        }
        let layout = match Layout::new(members.iter().map(Member::record)) {
            Ok(layout) => layout,
            Err(TooLong) => return Err(EntryFault::TooLong.into()),
        };
        Ok(Self {
            validators: Stamp {
                etag: tag(&members, layout.is_some()),
                last_modified: None,
            },
            members,
            layout,
        })
    }
}

/// Runs a job at once, or on the blocking pool.
async fn run<T: Send + 'static>(
    is_at_once: bool,
    job: impl FnOnce() -> Result<T, BoxError> + Send + 'static,
) -> Result<T, BoxError> {
    if is_at_once {
        job()
    } else {
        spawn_blocking(job).await?
    }
}

/// Returns true if planning needs no file system and little time.
fn is_quick(members: &[Member]) -> bool {
    let cost = |member: &Member| match &member.entry.supply {
        Supply::Tree(_) | Supply::File { .. } => u64::MAX,
        Supply::Memory(bytes) if member.entry.checksum == Checksum::Unknown => bytes.len() as u64,
        _ => 0,
    };
    // To make a byte of a path safe takes about as long as to hash 32 bytes.
    let path_cost = |member: &Member| 64 + 32 * member.name.len() as u64;
    let costs = members
        .iter()
        .map(|member| cost(member).saturating_add(path_cost(member)));
    costs.fold(0, u64::saturating_add) <= AT_ONCE
}

/// Does all that blocks or takes time: walks trees, gives names, looks at files, hashes what is in memory.
fn prepare(members: Vec<Member>) -> Result<Vec<Member>, BoxError> {
    let mut members = expand(members)?;
    name(&mut members);
    let now = SystemTime::now();
    for member in &mut members {
        let looked_at = match &member.entry.supply {
            Supply::File {
                path,
                follows_links,
                ..
            } => inspect(path, *follows_links)
                .and_then(|status| add_status(&mut member.entry, &status, now)),
            Supply::Memory(bytes) => {
                let bytes = Bytes::clone(bytes);
                add_bytes(&mut member.entry, &bytes)
            }
            Supply::Failed(error) => Err(error.as_ref().clone().into()),
            _ => Ok(()),
        };
        looked_at.map_err(|error| member.error(error))?;
    }
    members.shrink_to_fit();
    Ok(members)
}

/// Puts the files of trees in their place.
fn expand(members: Vec<Member>) -> Result<Vec<Member>, BoxError> {
    let is_tree = |member: &Member| matches!(member.entry.supply, Supply::Tree(_));
    if !members.iter().any(is_tree) {
        return Ok(members);
    }
    let mut expanded = Vec::with_capacity(members.len());
    for member in members {
        if let Supply::Tree(root) = &member.entry.supply {
            walk(&member.name, root, &mut expanded)
                .map_err(|(path, error)| EntryError::boxed(&path, error))?;
        } else {
            expanded.push(member);
        }
    }
    Ok(expanded)
}

/// Adds the files under a directory, in the order of their names, or the directory itself if there are none.
fn walk(prefix: &str, root: &Path, found: &mut Vec<Member>) -> Result<(), (String, io::Error)> {
    let failed = |error| (prefix.to_owned(), error);
    let children = fs::read_dir(root).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut children = children.map_err(failed)?;
    if children.is_empty() {
        found.push(Member {
            name: prefix.into(),
            entry: Entry::directory(),
        });
    }
    children.sort_by_key(fs::DirEntry::file_name);
    for child in children {
        let path = format!("{prefix}/{}", child.file_name().to_string_lossy());
        let kind = child.file_type().map_err(failed)?;
        if kind.is_dir() {
            walk(&path, &child.path(), found)?;
        } else if kind.is_file() {
            found.push(Member {
                name: path.into(),
                entry: Entry::of(Supply::File {
                    path: child.path().into(),
                    modified: 0,
                    follows_links: false,
                }),
            });
        }
    }
    Ok(())
}

/// Gives each entry its path in the archive, and drops directories that are there already.
fn name(members: &mut Vec<Member>) {
    let mut names = Names::with_capacity(members.len());
    members.retain_mut(|member| {
        let name = match member.entry.supply {
            Supply::Directory => names.directory(&member.name).map(Cow::Owned),
            _ => Some(names.file(&member.name)),
        };
        match name {
            Some(Cow::Owned(name)) => member.name = name.into_boxed_str(),
            Some(Cow::Borrowed(_)) => {}
            None => return false,
        }
        true
    });
}

fn inspect(path: &Path, follows_links: bool) -> Result<Metadata, BoxError> {
    let status = if follows_links {
        fs::metadata(path)?
    } else {
        fs::symlink_metadata(path)?
    };
    if status.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if !status.is_file() {
        return Err(EntryFault::NotAFile.into());
    }
    Ok(status)
}

/// Adds what the file system says of a file.
fn add_status(entry: &mut Entry, status: &Metadata, now: SystemTime) -> Result<(), BoxError> {
    let Supply::File { path, modified, .. } = &mut entry.supply else {
        return Ok(());
    };
    let time = status.modified().ok();
    *modified = time.map_or(0, nanoseconds);
    if file_is_generated(path, status) {
        return Ok(());
    }
    check_size(entry.size, status.len())?;
    entry.size = Some(status.len());
    let date = time.filter(is_date);
    if entry.validator == Validator::NONE {
        entry.validator = match date {
            Some(time) if is_settled(time, now) => {
                let evidence = [status.len(), nanoseconds(time)].map(u64::to_le_bytes);
                Validator::strong(evidence.as_flattened())
            }
            _ => Validator::WEAK,
        };
    }
    entry.modified = entry.modified.or(date);
    if entry.checksum == Checksum::Unknown {
        let key = checksums::Key::of(status, now);
        if let Some(crc32) = key.as_ref().and_then(checksums::recall) {
            entry.checksum = Checksum::Found(crc32);
        }
    }
    Ok(())
}

/// Computes the CRC of content in memory, which makes it a declared one, and a validator.
fn add_bytes(entry: &mut Entry, bytes: &[u8]) -> Result<(), BoxError> {
    check_size(entry.size, bytes.len() as u64)?;
    if entry.checksum == Checksum::Unknown {
        entry.checksum = Checksum::Declared(crc32fast::hash(bytes));
        if entry.validator == Validator::NONE {
            entry.validator = Validator::strong(bytes);
        }
    }
    Ok(())
}

/// Asks content what it says of itself.
async fn survey(member: &mut Member) -> Result<(), BoxError> {
    let Supply::Content(content) = &mut member.entry.supply else {
        return Ok(());
    };
    match content.survey(&member.name).await {
        Ok(survey) => {
            member.entry.size = member.entry.size.or(survey.size);
            member.entry.add_stamp(&survey.validators);
            Ok(())
        }
        Err(error) => Err(member.error(error)),
    }
}

/// Compresses content of unknown size, because the archive has no length in any case.
fn deflate_unknown(entry: &mut Entry) {
    if cfg!(feature = "deflate") && entry.size.is_none() {
        entry.is_deflated = true;
    }
}

pub(super) fn check_size(expected: Option<u64>, got: u64) -> Result<(), Fault> {
    match expected {
        Some(size) if got < size => Err(Fault::Short { size, got }),
        Some(size) if got > size => Err(Fault::Long { size }),
        _ => Ok(()),
    }
}

/// Computes the entity tag from all that the bytes of the archive depend on. Returns `None` if the content of an entry may change
/// without a trace, and a weak tag if the bytes may differ although the content is the same.
fn tag(members: &[Member], is_laid_out: bool) -> Option<EntityTag> {
    let mut hasher = Xxh3::new();
    hasher.update(&FORMAT.to_le_bytes());
    for member in members {
        let record = member.record();
        let declared = record.crc32.map(|crc32| u64::from(crc32) + 1);
        let evidence = member.entry.validator.evidence().or(declared)?;
        let numbers = [
            record.name.len() as u64,
            member.entry.size.unwrap_or(u64::MAX),
            record.modified.map_or(u64::MAX, nanoseconds),
            u64::from(record.mode()) << 1 | u64::from(record.is_deflated),
            declared.unwrap_or(0),
            evidence,
        ];
        hasher.update(record.name.as_bytes());
        hasher.update(numbers.map(u64::to_le_bytes).as_flattened());
    }
    Some(EntityTag::of_hash(hasher.digest128(), is_laid_out))
}
