//! The documents, whose code is tested: `cargo test -p docs`.
//!
//! `README.md` and `coming-from-django-downloadview.md` are tested by the library itself.

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
    Guide: "guide.md";
    Middleware: "middleware.md";
    Options: "options.md";
    Troubleshooting: "troubleshooting.md";
}
