//! The derive macro where names have another meaning: without a prelude, in a crate that renames the library, and in
//! `macro_rules!`.

use downloadview::{
    DownloadRequest, DownloadView, serve,
    testing::{Downloaded, assert_download},
};
use renamed::structs::{Extracted, Finished};

async fn serve_view(view: impl DownloadView) -> Downloaded {
    assert_download(serve(DownloadRequest::default(), view).await).await
}

#[tokio::test]
async fn the_derive_works_without_a_prelude_in_a_crate_that_renames_the_library() {
    let extracted = Extracted {
        view: 1,
        options: "o",
        the_view: 2,
        value: 3,
        called: drop,
    };
    serve_view(extracted)
        .await
        .basename("1-o-02.txt")
        .etag("v1")
        .header("X-Value", "3")
        .body("content");
    let finished = Finished {
        returned: Some("a.txt"),
        content: "content",
    };
    serve_view(finished)
        .await
        .attachment()
        .basename("a.txt")
        .body("content");
}

renamed::make_struct_view!(Made { id: u32, name: String }, "{id}-{name}.txt", self.name.to_lowercase(), text => format!("{id}{name}"));

#[tokio::test]
async fn the_derive_works_in_a_macro_of_another_crate() {
    let made = Made {
        id: 7,
        name: "A".to_owned(),
    };
    serve_view(made)
        .await
        .basename("7-A.txt")
        .etag("a")
        .body("7A");
}

/// Declares struct views. One `self` comes from the macro and the other from the caller.
macro_rules! structs {
    ($($name:ident { $field:ident: $ty:ty }, $file:tt;)*) => {$(
        #[derive(DownloadView)]
        #[download_view(basename = $file, etag = format!("r{}", self.$field), cache_control = "no-store")]
        struct $name {
            #[download_view(content)]
            text: &'static str,
            $field: $ty,
        }
    )*};
}

structs! {
    First { id: u8 }, "first-{id:03}.txt";
    Second { name: String }, { self.name.clone() };
}

#[tokio::test]
async fn the_derive_works_in_macro_rules() {
    let second = Second {
        text: "second",
        name: "a".to_owned(),
    };
    serve_view(second)
        .await
        .basename("a")
        .etag("ra")
        .body("second");
    serve_view(First {
        text: "first",
        id: 5,
    })
    .await
    .basename("first-005.txt")
    .etag("r5")
    .body("first");
}

#[tokio::test]
async fn a_field_and_a_struct_may_have_the_name_of_the_library() {
    #[allow(non_camel_case_types)]
    #[derive(DownloadView)]
    #[download_view(basename = "{downloadview}.txt")]
    struct downloadview {
        downloadview: u8,
        #[download_view(content)]
        content: &'static str,
    }

    let view = downloadview {
        downloadview: 1,
        content: "content",
    };
    serve_view(view).await.basename("1.txt").body("content");
}

/// Views that must compile without warnings, even about a field that only options use.
#[forbid(unused, clippy::all, clippy::pedantic)]
#[deny(warnings)]
mod no_warnings {
    use axum::extract::{FromRequestParts, Path, State};
    use downloadview::{DownloadView, IntoContent};

    #[derive(Clone)]
    pub(super) struct Db;

    impl Db {
        async fn tag(&self, id: u8) -> String {
            std::future::ready(format!("v{id}")).await
        }
    }

    #[derive(Clone, FromRequestParts, DownloadView)]
    #[from_request(state(Db))]
    #[download_view(
        basename = "{id}.txt",
        etag = self.db.tag(self.id).await,
        attachment = self.id > 1,
        on_finish = |outcome| drop(outcome.end),
        content = text,
    )]
    pub(super) struct Extracted {
        #[from_request(via(Path))]
        id: u8,
        #[from_request(via(State))]
        db: Db,
    }

    impl Extracted {
        async fn text(self) -> Result<&'static str, std::io::Error> {
            std::future::ready(Ok("content")).await
        }
    }

    #[derive(DownloadView)]
    #[download_view(attachment, cache_control = "no-store")]
    pub(super) struct Finished<'a, T: IntoContent>(
        #[download_view(basename, header("X-Name"))] pub(super) &'a str,
        #[download_view(content)] pub(super) T,
    );

    #[derive(DownloadView)]
    #[download_view(content = made, blocking, size = 4)]
    pub(super) struct Made {
        pub(super) text: String,
    }

    impl Made {
        fn made(&self) -> String {
            self.text.clone()
        }
    }
}

#[tokio::test]
async fn no_view_causes_a_warning() {
    use no_warnings::{Db, Extracted, Finished, Made};

    let router = axum::Router::new().route("/{id}", axum::routing::get(serve::<Extracted>));
    drop(router.with_state::<()>(Db));
    serve_view(Finished("a.txt", "content"))
        .await
        .attachment()
        .basename("a.txt")
        .body("content");
    serve_view(Made {
        text: "text".to_owned(),
    })
    .await
    .size(4)
    .body("text");
}
