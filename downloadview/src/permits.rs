//! A limit that can be changed at any time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// A limit on the number of jobs that run at once.
#[derive(Debug)]
pub(crate) struct Permits {
    semaphore: Semaphore,
    limit: Mutex<Limit>,
}

#[derive(Debug)]
struct Limit {
    jobs: usize,
    /// The number of permits in use above a lowered limit. They are not reused.
    surplus: usize,
}

impl Permits {
    pub(crate) const fn new(jobs: usize) -> Self {
        Self {
            semaphore: Semaphore::const_new(jobs),
            limit: Mutex::new(Limit { jobs, surplus: 0 }),
        }
    }

    /// Changes the limit. Running jobs above a lower limit finish.
    pub(crate) fn set_limit(&self, jobs: usize) {
        let jobs = jobs.clamp(1, Semaphore::MAX_PERMITS);
        let mut limit = self.lock();
        if jobs >= limit.jobs {
            let more = jobs - limit.jobs;
            let kept = more.min(limit.surplus);
            limit.surplus -= kept;
            self.semaphore.add_permits(more - kept);
        } else {
            let less = limit.jobs - jobs;
            limit.surplus += less - self.semaphore.forget_permits(less);
        }
        limit.jobs = jobs;
    }

    /// Waits until a job may run.
    pub(super) async fn acquire(&'static self) -> Permit {
        loop {
            let permit = self.semaphore.acquire().await;
            let permit = permit.expect("the semaphore is never closed");
            if let Some(permit) = self.unless_surplus(permit) {
                return Permit {
                    permit: Some(permit),
                    permits: self,
                };
            }
        }
    }

    /// Removes a permit if there are more than the limit.
    fn unless_surplus<'a>(&self, permit: SemaphorePermit<'a>) -> Option<SemaphorePermit<'a>> {
        let mut limit = self.lock();
        if limit.surplus == 0 {
            return Some(permit);
        }
        limit.surplus -= 1;
        permit.forget();
        None
    }

    fn lock(&self) -> MutexGuard<'_, Limit> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run a job, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    /// `None` once it has been dropped.
    permit: Option<SemaphorePermit<'static>>,
    permits: &'static Permits,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let permit = self.permit.take();
        drop(permit.and_then(|permit| self.permits.unless_surplus(permit)));
    }
}
