use std::sync::Arc;
use axum::{Router, extract, routing::get};
use downloadview::{Download, download_view};
use object_store::{Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};

type Store = Arc<dyn ObjectStore>;

#[download_view(attachment)]
async fn object(store: extract::State<Store>, path: extract::Path<String>) -> Result<Option<Download>, Error> {
    match store.head(&path.as_str().into()).await {
        Err(Error::NotFound { .. }) => Ok(None),
        object => Ok(Some(download(store.0, object?))),
    }
}

fn download(store: Store, object: ObjectMeta) -> Download {
    let name = object.location.filename().unwrap_or_default().to_owned();
    let open = move |range| {
        let (store, location) = (Arc::clone(&store), object.location.clone());
        let options = GetOptions::new().with_range(Some(range));
        async move { Ok::<_, Error>(store.get_opts(&location, options).await?.into_stream()) }
    };
    let download = Download::from_ranges(object.size, open).basename(name);
    download.etag(object.e_tag.unwrap_or_default()).last_modified(object.last_modified)
}

pub fn app(store: Store) -> Router { Router::new().route("/{*path}", get(object)).with_state(store) }
