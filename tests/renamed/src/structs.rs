//! Struct views in a module without a prelude, in which the names that an expansion might use have another meaning.

use ::files::DownloadView;

hide!(modules: std core files downloadview; types: Result Option Box String Some Ok Err None Send Sync Into Clone Future Metadata Content View Kind Called Returned Setting Response str);

// This macro must stay unused. An expansion that uses it does not compile.
#[allow(unused_macros)]
macro_rules! format_args {
    ($($tokens:tt)*) => {
        ::std::compile_error!("the user's")
    };
}

/// A static with the same name as one in the expansion.
pub static VIEW: &::std::primitive::str = "v1";

/// A view whose fields have the same names as variables in the expansion.
#[derive(::std::fmt::Debug, DownloadView)]
#[download_view(
    crate = ::files,
    basename = "{view}-{options}-{the_view:02}.txt",
    etag = VIEW,
    header("X-Value", self.value),
    content = content_of,
)]
pub struct Extracted {
    /// A field with the same name as a variable of the expansion.
    pub view: u16,
    /// A field with the same name as a variable of the expansion.
    pub options: &'static ::std::primitive::str,
    /// A field with the same name as a variable of the expansion.
    pub the_view: u16,
    /// A field with the same name as a variable of the expansion.
    pub value: u16,
    /// The callback.
    #[download_view(on_finish)]
    pub called: fn(::files::Outcome),
}

impl Extracted {
    async fn content_of(&self) -> &'static [u8] {
        ::std::future::ready(()).await;
        b"content"
    }
}

/// A view that holds its content.
#[derive(::std::fmt::Debug, DownloadView)]
#[download_view(crate = ::files, attachment)]
pub struct Finished<T: ::files::IntoContent> {
    /// The file name.
    #[download_view(basename)]
    pub returned: ::std::option::Option<&'static ::std::primitive::str>,
    /// The content.
    #[download_view(content)]
    pub content: T,
}

/// Declares a struct view, like a macro of a framework. Some options come from the macro and others from the caller.
#[macro_export]
macro_rules! make_struct_view {
    ($name:ident { $($field:ident: $ty:ty),* }, $file:literal, $tag:expr, $method:ident => $content:expr) => {
        #[derive($crate::reexported::library::DownloadView)]
        #[download_view(crate = $crate::reexported::library, basename = $file, etag = $tag, content = $method)]
        struct $name { $($field: $ty),* }

        impl $name {
            fn $method(self) -> ::std::string::String {
                $(let $field = self.$field;)*
                $content
            }
        }
    };
}
