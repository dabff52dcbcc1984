//! Views in a crate of an older edition that renames the library to `files` and disables the prelude.
#![no_implicit_prelude]

/// Declares unused modules and types that shadow the names which an expansion might use.
macro_rules! hide {
    (modules: $($module:ident)*; types: $($name:ident)*) => {
        $(
            #[allow(dead_code)]
            mod $module {}
        )*
        $(
            #[allow(dead_code)]
            #[allow(non_camel_case_types)]
            struct $name;
        )*
    };
}

pub mod structs;

/// A module in which the names that an expansion might use have another meaning.
pub mod shadowed {
    use ::axum::extract::Path;
    use ::files::download_view;

    hide!(modules: std core axum files downloadview; types: Result Option Box String Some Ok Err None Send Sync Into Metadata Options View Kind Returned Setting Response str);

    // These macros must stay unused. An expansion that uses them does not compile.
    #[allow(unused_macros)]
    macro_rules! format_args {
        ($($tokens:tt)*) => {
            ::std::compile_error!("the user's")
        };
    }
    #[allow(unused_macros)]
    macro_rules! concat {
        ($($tokens:tt)*) => {
            ::std::compile_error!("the user's")
        };
    }

    /// A view whose arguments have the same names as variables in the expansion.
    #[download_view(
        crate = ::files,
        basename = "{request}-{view}-{options}.txt",
        attachment = *call,
        etag = returned,
        header("X-Content", content),
        header("X-Value", value),
        on_finish = |outcome| ::std::mem::drop(outcome.end),
    )]
    pub async fn answer(
        Path((request, view, options)): Path<(u16, u16, u16)>,
        Path((call, _, _)): Path<(bool, u16, u16)>,
        Path((returned, content, value)): Path<(::std::string::String, u16, u16)>,
    ) -> &'static [u8] {
        let _ = (request, view, options, call, returned, content, value);
        b"content"
    }

    #[download_view(crate = files, blocking, basename = "a.txt")]
    #[cfg(any())]
    pub fn gone() {}
}

/// A module that re-exports the library under another path.
pub mod reexported {
    /// The re-exported library.
    pub use ::files as library;

    /// A view that names the library by that path.
    #[library::download_view(crate = self::library, blocking, basename = "a.txt")]
    pub fn view() -> ::std::option::Option<::std::result::Result<&'static str, ::std::io::Error>> {
        let content = ::std::option::Option::Some("content");
        content.map(::std::result::Result::Ok)
    }
}

/// A view in an edition in which a returned `impl Trait` captures only the lifetimes that it names.
pub mod older {
    use ::axum::extract::State;
    use ::files::download_view;
    use ::std::{clone::Clone, fmt::Debug, primitive::str};

    /// A state that may contain borrowed text.
    #[derive(Clone, Debug)]
    pub struct Text<'a>(pub &'a str);

    /// A view with an anonymous lifetime.
    #[download_view(crate = ::files)]
    pub async fn lent(State(text): State<Text<'_>>) -> ::std::string::String {
        ::std::convert::Into::into(text.0)
    }
}

/// Declares a view, like a macro of a framework.
#[macro_export]
macro_rules! make_view {
    ($name:ident, $file:literal, $argument:ident: $ty:ty => $content:expr) => {
        #[$crate::reexported::library::download_view(crate = $crate::reexported::library, basename = $file, header("X-Arg", $argument))]
        async fn $name(::axum::extract::Path($argument): ::axum::extract::Path<$ty>) -> ::std::string::String {
            let request = $content;
            request
        }
    };
}
