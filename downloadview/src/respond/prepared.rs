//! Builds the parts of a response that are the same for every request to a view.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use bytes::Bytes;

use super::{
    head,
    options::{Prepared, Whole},
};
use crate::{
    http::{
        decimal::{self, DIGITS},
        entity_tag::{self, QUOTED},
    },
    metadata::Metadata,
};

impl Prepared {
    pub(crate) fn new(metadata: Metadata) -> Self {
        Self {
            content_type: head::content_type(&metadata).map(shared),
            disposition: head::disposition(&metadata).map(shared),
            whole: Whole::new(&metadata),
            metadata,
        }
    }
}

impl Whole {
    /// Returns `None` if a request needs more work: a size to check, a date to compare with the time, or bytes to count.
    fn new(metadata: &Metadata) -> Option<Self> {
        // There is no `..`, so that a new option must be considered here.
        let Metadata {
            size: None,
            last_modified: None,
            error: None,
            on_finish,
            etag,
            basename: _,
            attachment: _,
            content_type: _,
            charset: _,
            cache_control: _,
            ranges: _,
            headers: _,
            stall_timeout: _,
            send_timeout: _,
        } = metadata
        else {
            return None;
        };
        on_finish.is_empty().then(|| Self {
            heads: [false, true].map(|is_text| all_shared(head::of_memory(metadata, is_text))),
            has_computed_tag: etag.is_none(),
        })
    }

    pub(crate) fn answer(&self, bytes: Bytes, is_text: bool) -> Response {
        let mut fields = self.heads[usize::from(is_text)].clone();
        // Both values share one allocation.
        let mut text = [0; QUOTED + DIGITS];
        if self.has_computed_tag {
            text[..QUOTED].copy_from_slice(&entity_tag::of_bytes(&bytes));
        }
        let digits = decimal::write_decimal(&mut text, bytes.len() as u64);
        let text = Bytes::from_owner(text);
        // A loop over all fields is faster than two lookups.
        for (name, field) in &mut fields {
            if *name == header::CONTENT_LENGTH {
                *field = value(text.slice(digits..));
            } else if *name == header::ETAG && self.has_computed_tag {
                *field = value(text.slice(..QUOTED));
            }
        }
        let mut response = Response::new(Body::from(bytes));
        *response.headers_mut() = fields;
        response
    }
}

fn all_shared(mut fields: HeaderMap) -> HeaderMap {
    for field in fields.values_mut() {
        *field = shared(field.clone());
    }
    fields
}

/// Returns a value whose clones share its memory. A value made from a vector allocates at its first clone.
fn shared(field: HeaderValue) -> HeaderValue {
    value(Bytes::from_owner(field))
}

fn value(bytes: Bytes) -> HeaderValue {
    HeaderValue::from_maybe_shared(bytes).expect("a tag, a number or an earlier field value")
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;
    use crate::{
        content::Content,
        request::DownloadRequest,
        respond::{options::Options, respond},
    };

    type Answer = (Vec<(String, HeaderValue)>, Bytes);

    async fn answer(options: Options, content: Content) -> Answer {
        let request = DownloadRequest::default();
        let response = respond("view", &request, options, content).await;
        let (parts, body) = response.into_parts();
        let fields = parts.headers.iter();
        let fields = fields.map(|(name, value)| (name.to_string(), value.clone()));
        let mut fields: Vec<_> = fields.collect();
        fields.sort();
        (fields, to_bytes(body, 100).await.unwrap())
    }

    async fn both(metadata: &Metadata, content: fn() -> Content) -> [Answer; 2] {
        let shared = Box::leak(Box::new(Prepared::new(metadata.clone())));
        [
            answer(metadata.clone().into(), content()).await,
            answer(Options::Shared(shared), content()).await,
        ]
    }

    #[tokio::test]
    async fn answer_that_was_prepared_is_the_one_that_would_be_made() {
        let named = Metadata::new().basename("noël.csv").attachment();
        for metadata in [
            Metadata::new(),
            Metadata::new().charset("iso-8859-1"),
            Metadata::new().content_type("text/html").etag("W/\"v1\""),
            named.clone().header("Vary", "A").header("Vary", "B"),
            named.clone().header("Content-Disposition", "inline"),
            named.clone().cache_control("no-cache").etag("v1"),
            named.clone().last_modified(std::time::UNIX_EPOCH),
            named.clone().size(5),
            named.clone().size(6),
            named.etag(""),
        ] {
            for content in [
                || Content::from_text("Hello"),
                || Content::from_text(""),
                || Content::from_bytes(vec![0, 1, 2]),
            ] {
                let [made, prepared] = both(&metadata, content).await;
                assert_eq!(prepared, made, "{metadata:?}");
            }
        }
    }
}
