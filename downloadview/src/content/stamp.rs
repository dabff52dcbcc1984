//! The validators of a file.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use downloadview_grammar::entity_tag::WEAK;

use crate::http::{date::is_date, entity_tag::EntityTag};

/// The resolution of the clock that stamps files: a file may change twice within it and keep its time.
const RESOLUTION: Duration = Duration::from_millis(20);

/// The resolution of file systems that keep whole seconds, or only the even ones.
const COARSE_RESOLUTION: Duration = Duration::from_secs(2);

/// The validators that a file brings, unless options give others.
#[derive(Debug)]
pub(crate) struct Stamp {
    pub(crate) etag: Option<EntityTag>,
    pub(crate) last_modified: Option<SystemTime>,
}

impl Stamp {
    /// `now` is a time before `status` was read.
    pub(super) fn of(status: &fs::Metadata, now: SystemTime) -> Self {
        let last_modified = status.modified().ok().filter(is_date);
        Self {
            etag: last_modified.and_then(|modified| tag(status.len(), modified, now)),
            last_modified,
        }
    }
}

/// Computes a tag from the length and the time, which copies of a file share. It is weak if the file may change within the same time.
fn tag(len: u64, modified: SystemTime, now: SystemTime) -> Option<EntityTag> {
    let since_epoch = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let nanos = since_epoch.subsec_nanos();
    let numbers = [len, since_epoch.as_secs(), nanos.into()].map(u64::to_le_bytes);
    let strong = EntityTag::of_bytes(numbers.as_flattened());
    let resolution = if nanos == 0 {
        COARSE_RESOLUTION
    } else {
        RESOLUTION
    };
    let is_over = |age: Duration| age > resolution;
    if now.duration_since(modified).is_ok_and(is_over) {
        return Some(strong);
    }
    EntityTag::parse(&[WEAK, strong.as_header_value().to_str().ok()?].concat())
}
