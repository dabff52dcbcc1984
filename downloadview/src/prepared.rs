//! What of a view's answers does not change from request to request: built once.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use bytes::Bytes;

use crate::{
    entity_tag::{self, QUOTED},
    head,
    metadata::Metadata,
};

/// Header values of metadata that are literals.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) disposition: Option<HeaderValue>,
    pub(crate) whole: Option<Whole>,
}

/// The answer that is the whole of some bytes in memory.
#[derive(Debug)]
pub(crate) struct Whole {
    /// The heads of bytes and of text: complete but for their length, and their tag where it is computed.
    heads: [HeaderMap; 2],
    /// Whether the tag is an option.
    has_tag: bool,
}

impl Prepared {
    pub(crate) fn new(metadata: &Metadata) -> Self {
        let whole = || Whole {
            heads: [false, true].map(|is_text| lasting(head::of_memory(metadata, is_text))),
            has_tag: metadata.etag.is_some(),
        };
        Self {
            content_type: head::content_type(metadata),
            disposition: head::disposition(metadata),
            whole: is_always_the_same(metadata).then(whole),
        }
    }
}

impl Whole {
    pub(crate) fn answer(&self, bytes: Bytes, is_text: bool) -> Response {
        let mut fields = self.heads[usize::from(is_text)].clone();
        // Both values in one allocation.
        let mut text = [0; QUOTED + head::DIGITS];
        if !self.has_tag {
            text[..QUOTED].copy_from_slice(&entity_tag::of_bytes(&bytes));
        }
        let digits = head::write_decimal(&mut text, bytes.len() as u64);
        let text = Bytes::from_owner(text);
        // Looking each up would cost more than looking through them all.
        for (name, field) in &mut fields {
            if *name == header::CONTENT_LENGTH {
                *field = value(text.slice(digits..));
            } else if *name == header::ETAG && !self.has_tag {
                *field = value(text.slice(..QUOTED));
            }
        }
        let mut response = Response::new(Body::from(bytes));
        *response.headers_mut() = fields;
        response
    }
}

/// Returns true if every answer to these settings has the same head.
///
/// A promised size would have to be checked, a date is compared with the time, and a listener needs the bytes counted.
fn is_always_the_same(metadata: &Metadata) -> bool {
    let Metadata {
        basename: _,
        attachment: _,
        content_type: _,
        charset: _,
        size,
        etag: _,
        last_modified,
        cache_control: _,
        headers: _,
        // It concerns sources, and content in memory has none.
        send_timeout: _,
        stall_timeout: _,
        on_finish,
        error,
        prepared: _,
    } = metadata;
    size.is_none() && last_modified.is_none() && on_finish.is_empty() && error.is_none()
}

/// Values that cost nothing to copy. What they take is never given back: views are `static`.
fn lasting(mut fields: HeaderMap) -> HeaderMap {
    for field in fields.values_mut() {
        *field = value(Bytes::from_static(field.as_bytes().to_vec().leak()));
    }
    fields
}

fn value(bytes: Bytes) -> HeaderValue {
    HeaderValue::from_maybe_shared(bytes).expect("a tag, a number or what was a value before")
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;
    use crate::{content::Content, metadata::Options, request::DownloadRequest, response::respond};

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
        let shared = Box::leak(Box::new(metadata.clone().prepare()));
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
