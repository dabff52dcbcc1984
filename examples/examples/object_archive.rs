//! Sends all objects under a prefix of a store as one archive. A range fetches only the parts of the objects that it needs.
//!
//! Run it: `cargo run --example object_archive`
//! Get it: `curl -o reports.zip http://127.0.0.1:8000/archives/reports`
//! After Ctrl-C, get the rest: `curl -C - -o reports.zip http://127.0.0.1:8000/archives/reports`

use std::{io, ops::Range, sync::Arc};

use axum::{Router, body::Bytes, extract, routing::get};
use downloadview::{Entry, Zip, download_view};
use futures::{TryStreamExt, stream::BoxStream};
use object_store::{
    Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, memory::InMemory, path::Path,
};

type Store = Arc<dyn ObjectStore>;

#[download_view(basename = "{prefix}.zip", attachment, cache_control = "no-cache")]
pub(crate) async fn archive(
    extract::State(store): extract::State<Store>,
    extract::Path(prefix): extract::Path<String>,
) -> Result<Zip, Error> {
    let objects = store.list(Some(&prefix.into()));
    let mut objects: Vec<ObjectMeta> = objects.try_collect().await?;
    // The order must be the same for each request, or the archive would change.
    objects.sort_by(|a, b| a.location.cmp(&b.location));
    let entry = |object: ObjectMeta| (object.location.to_string(), entry(&store, object));
    Ok(objects.into_iter().map(entry).collect())
}

/// The size, the date and the tag are known from the list. The object itself is fetched when its bytes are needed.
fn entry(store: &Store, object: ObjectMeta) -> Entry {
    let (store, path, tag) = (Arc::clone(store), object.location, object.e_tag.clone());
    let open = move |range| fetch(Arc::clone(&store), path.clone(), tag.clone(), range);
    let entry = Entry::open_range(object.size, open).last_modified(object.last_modified);
    match object.e_tag {
        Some(tag) => entry.etag(tag),
        None => entry,
    }
}

/// Fetches a range of an object. If another object has taken its place since the list was made, this fails.
async fn fetch(
    store: Store,
    path: Path,
    tag: Option<String>,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
    let options = GetOptions::new().with_range(Some(range)).with_if_match(tag);
    Ok(store.get_opts(&path, options).await?.into_stream())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    // Or `LocalFileSystem::new_with_prefix("/srv")?`, or a store in the cloud.
    let store: Store = Arc::new(InMemory::new());
    for year in 2024..=2026 {
        let path = format!("reports/{year}.csv").into();
        store.put(&path, "id,name\n1,Ada\n2,Zoë\n".into()).await?;
    }
    let app = Router::new()
        .route("/archives/{prefix}", get(archive))
        .with_state(store);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
