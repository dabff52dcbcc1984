//! Sends all objects under a prefix of a store as one archive. A range fetches only the parts of the objects that it needs.
//!
//! Run it: `cargo run --example object_archive`
//! Get it: `curl -OJ http://127.0.0.1:8000/archives/reports`, and after Ctrl-C the rest: `curl -C - -O http://127.0.0.1:8000/archives/reports`

use std::{io, sync::Arc};

use axum::{Router, extract, routing::get};
use downloadview::{Entry, Zip, download_view};
use futures::TryStreamExt;
use object_store::{Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, memory::InMemory};

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
    let (store, path) = (Arc::clone(store), object.location);
    let open = move |range| {
        let (store, path) = (Arc::clone(&store), path.clone());
        async move {
            let options = GetOptions::new().with_range(Some(range));
            let result = store.get_opts(&path, options).await?;
            Ok::<_, Error>(result.into_stream())
        }
    };
    let entry = Entry::open_range(object.size, open).last_modified(object.last_modified);
    match object.e_tag {
        Some(tag) => entry.etag(tag),
        None => entry,
    }
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
