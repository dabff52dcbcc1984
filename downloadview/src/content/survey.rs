//! Content without a head: what it says of itself, and the source of its bytes. The entries of archives are made of it.

use std::{error, fmt, mem};

use axum::{
    BoxError,
    http::{StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use http_body::Body as _;
use tracing::Span;

use super::{Content, Kind, Stamp};
use crate::{
    body::{self, Source},
    http::fields,
    metadata::Metadata,
};

/// The size and the validators of content, once it was asked for them.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) size: Option<u64>,
    pub(crate) validators: Stamp,
}

/// Content that is ready to be read.
pub(crate) struct Opened {
    pub(crate) source: Source,
    /// True if the source goes to a range by itself, any number of times.
    pub(crate) can_seek: bool,
    pub(crate) size: Option<u64>,
}

impl Content {
    /// Asks content for its size and its validators, without producing any of it.
    ///
    /// `path` takes the place of a basename that is set. Content that cannot be produced fails here, such as a response that
    /// reports an error. Content in memory and streams have no validators but those that are set.
    pub(crate) async fn survey(&mut self, path: &str) -> Result<Survey, BoxError> {
        let mut settings = self.settings.take().map_or_else(Metadata::new, |own| *own);
        if let Some(brought) = self.metadata.take() {
            settings = settings.or(*brought);
        }
        if let Kind::View(view) = &mut self.kind {
            let own = view.get_mut().metadata().await;
            settings = settings.or(own.map_err(Refused::boxed)?);
        }
        let settings = settings.basename(path.to_owned());
        let brought = self.resolve(&settings).await?;
        let own = settings.validators();
        Ok(Survey {
            size: settings.size.or(brought.size),
            validators: Stamp {
                etag: own.etag.cloned().or(brought.validators.etag),
                last_modified: own.last_modified.or(brought.validators.last_modified),
            },
        })
    }

    /// Makes a source of content that has none yet, unless it is a view. Returns what the content says of itself by its kind.
    ///
    /// Content that exists in several formats chooses one here, by the basename in `settings`.
    async fn resolve(&mut self, settings: &Metadata) -> Result<Survey, BoxError> {
        if let Some(error) = &settings.error {
            return Err(error.clone().into());
        }
        let kind = mem::replace(&mut self.kind, Kind::Memory(Bytes::new()));
        let mut validators = Stamp::default();
        self.kind = match kind {
            Kind::AsyncFile(file) => Self::from_file(file.into_std().await).kind,
            Kind::Response(response) => {
                let (content, own) = of_response(*response)?;
                validators = own;
                content.kind
            }
            #[cfg(feature = "rows")]
            Kind::Rows(rows) => {
                let basename = settings.basename.as_deref();
                let content_type = settings.content_type.as_ref();
                let content_type = content_type.and_then(|value| value.to_str().ok());
                Kind::Forward(rows.into_table(basename, content_type)?.source, None)
            }
            #[cfg(feature = "zip")]
            Kind::Archive(zip) => zip.plan().await?.into_kind(),
            Kind::Failed(error) => return Err(error),
            kind => kind,
        };
        let size = match &mut self.kind {
            Kind::Memory(bytes) => Some(bytes.len() as u64),
            Kind::Seekable(source, stamp) => {
                validators = stamp.take().map_or(validators, |stamp| *stamp);
                Some(body::size(source, None, &Span::current()).await?)
            }
            Kind::Forward(_, size) => *size,
            _ => None,
        };
        Ok(Survey { size, validators })
    }

    /// Opens content that was surveyed. A view is asked for its content now.
    pub(crate) async fn open(
        mut self,
        path: &str,
        mut size: Option<u64>,
    ) -> Result<Opened, BoxError> {
        loop {
            let (source, can_seek) = match self.kind {
                Kind::View(view) => {
                    let content = view.into_inner().content().await;
                    self = content.map_err(Refused::boxed)?;
                    let inner = self.survey(path).await?;
                    size = size.or(inner.size);
                    continue;
                }
                Kind::Memory(bytes) => (Source::memory(bytes), true),
                Kind::Seekable(source, _) => (source, true),
                Kind::Forward(source, _) | Kind::Generated(source) => (source, false),
                Kind::AsyncFile(_) | Kind::Response(_) | Kind::Failed(_) => {
                    unreachable!("a survey leaves none of these")
                }
                #[cfg(feature = "rows")]
                Kind::Rows(_) => unreachable!("a survey leaves no rows without a source"),
                #[cfg(feature = "zip")]
                Kind::Archive(_) => unreachable!("a survey leaves no archive without a source"),
            };
            return Ok(Opened {
                source,
                can_seek,
                size,
            });
        }
    }
}

/// Returns the body of a response and its validators.
fn of_response(response: Response) -> Result<(Content, Stamp), BoxError> {
    if response.status() != StatusCode::OK {
        return Err(Refused::boxed(response));
    }
    let (parts, body) = response.into_parts();
    let mut fields = parts.headers;
    if let Some(coding) = fields.get(header::CONTENT_ENCODING) {
        let coding = String::from_utf8_lossy(coding.as_bytes()).into_owned();
        return Err(Encoded(coding).into());
    }
    let size = fields::take_length(&mut fields).or_else(|| body.size_hint().exact());
    let own = Metadata::of_response(fields);
    let validators = Stamp {
        etag: own.etag,
        last_modified: own.last_modified,
    };
    Ok((Content::from_body(body, size), validators))
}

/// Error of a response that has another status than 200, in place of content.
#[derive(Debug)]
pub(crate) struct Refused(StatusCode);

impl Refused {
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the answer is of no further use"
    )]
    fn boxed(response: Response) -> BoxError {
        Self(response.status()).into()
    }

    /// Returns true if the content does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        self.0 == StatusCode::NOT_FOUND || self.0 == StatusCode::GONE
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its content is a response with the status {}", self.0)
    }
}

impl error::Error for Refused {}

/// Error of a response whose body is an encoding of the content.
#[derive(Debug)]
struct Encoded(String);

impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "its content is a response with the content encoding {:?}",
            self.0
        )
    }
}

impl error::Error for Encoded {}
