//! The documents, whose code is tested: `cargo test -p docs`.
//!
//! The library itself tests `README.md`, which is part of its package.

/// Makes the code of documents doctests.
macro_rules! documents {
    ($($name:ident: $path:literal;)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($path)]
            struct $name;
        )*
    };
}

documents! {
    Archives: "archives.md";
    ComingFromDjangoDownloadview: "coming-from-django-downloadview.md";
    Guide: "guide.md";
    Middleware: "middleware.md";
    Options: "options.md";
    Tables: "tables.md";
    Troubleshooting: "troubleshooting.md";
}
