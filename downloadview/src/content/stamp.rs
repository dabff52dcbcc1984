//! The validators of a file.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use downloadview_grammar::entity_tag::WEAK;

use crate::http::{date::is_date, entity_tag::EntityTag};

/// The resolution of the clock for file times. A file that changes twice within it may keep its time.
const RESOLUTION: Duration = Duration::from_millis(20);

/// The resolution of file systems that store whole seconds, or only even ones.
const COARSE_RESOLUTION: Duration = Duration::from_secs(2);

/// The validators of a file, which apply unless options set others.
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

/// Computes a tag from the length and the time, which copies of a file share. The tag is weak if the file may change again without a
/// change of its time.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_strong(modified: SystemTime, now: SystemTime) -> bool {
        tag(10, modified, now).expect("a tag").is_strong()
    }

    #[test]
    fn tag_is_weak_within_the_resolution_of_the_time() {
        let whole = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let fraction = whole + Duration::from_nanos(1);
        for (millis, of_fraction, of_whole) in [
            (0, false, false),
            (20, false, false),
            (21, true, false),
            (1_999, true, false),
            (2_001, true, true),
        ] {
            let age = Duration::from_millis(millis);
            assert_eq!(is_strong(fraction, fraction + age), of_fraction, "{age:?}");
            assert_eq!(is_strong(whole, whole + age), of_whole, "{age:?}");
        }
    }

    #[test]
    fn tag_of_a_time_in_the_future_is_weak() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert!(!is_strong(now + Duration::from_secs(3600), now));
    }
}
