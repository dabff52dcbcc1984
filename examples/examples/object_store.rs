//! Serves objects of a store, such as S3, a directory or memory. Only the ranges that the client asks for are read.
//!
//! Run it: `cargo run --example object_store`
//! Get it: `curl -OJ http://127.0.0.1:8000/reports/2026.csv`, or its end: `curl -r -20 http://127.0.0.1:8000/reports/2026.csv`

use std::{io, sync::Arc};

use axum::{Router, extract, routing::get};
use downloadview::{Download, download_view};
use object_store::{Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, memory::InMemory};

type Store = Arc<dyn ObjectStore>;

#[download_view(attachment, cache_control = "no-cache")]
pub(crate) async fn object(
    extract::State(store): extract::State<Store>,
    extract::Path(path): extract::Path<String>,
) -> Result<Option<Download>, Error> {
    match store.head(&path.into()).await {
        Err(Error::NotFound { .. }) => Ok(None),
        object => object.map(|object| Some(download(store, object))),
    }
}

fn download(store: Store, object: ObjectMeta) -> Download {
    let path = object.location.clone();
    let open = move |range| {
        let (store, path) = (Arc::clone(&store), path.clone());
        async move {
            let options = GetOptions::new().with_range(Some(range));
            let result = store.get_opts(&path, options).await?;
            Ok::<_, Error>(result.into_stream())
        }
    };
    let name = object.location.filename().unwrap_or_default().to_owned();
    let download = Download::from_ranges(object.size, open)
        .basename(name)
        .last_modified(object.last_modified);
    match object.e_tag {
        Some(tag) => download.etag(tag),
        None => download,
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    // Or `LocalFileSystem::new_with_prefix("/srv")?`, or a store in the cloud.
    let store: Store = Arc::new(InMemory::new());
    let csv = "id,name\n1,Ada\n2,Zoë\n";
    store.put(&"reports/2026.csv".into(), csv.into()).await?;
    let app = Router::new()
        .route("/{*path}", get(object))
        .with_state(store);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
