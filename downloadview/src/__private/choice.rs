//! The way that was chosen to serve a value.

use std::{convert::Infallible, marker::PhantomData};

use super::refusals::Fine;
use crate::content::Content;

/// Declares [`Choice`], which has a parameter for each trait in [`refusals`](super::refusals).
macro_rules! choice {
    ($($refused:ident)*) => {
        /// The way to serve a `T`, and the types that have to meet a requirement.
        ///
        /// A parameter keeps its default unless it is at fault.
        #[derive(Debug)]
        pub struct Choice<T, Whole = Content, Item = String, Error = Infallible, Sent = (), Named = (), $($refused = Fine),*> {
            serve: fn(T) -> Content,
            lend: fn(&T) -> &Sent,
            asked: PhantomData<fn(Whole, Item, Error, Named)>,
            refused: PhantomData<fn($($refused),*)>,
        }

        impl<T, Whole, Item, Error, Sent, Named, $($refused),*> Choice<T, Whole, Item, Error, Sent, Named, $($refused),*> {
            /// Returns the choice itself, which does not depend on items. [`Items`](super::items::Items) has another
            /// method of this name.
            pub fn settle(self) -> Self {
                self
            }

            /// Refuses a table under a name with another extension. The function belongs to the extension.
            pub fn named(self, _: fn(PhantomData<Named>)) -> Self {
                self
            }

            /// Converts the value. The functions are only named, for the errors that they cause.
            #[allow(clippy::too_many_arguments, reason = "there is one for each trait")]
            pub fn content(
                self,
                value: T,
                _: fn(Whole) -> Content,
                _: fn(PhantomData<Item>),
                _: fn(PhantomData<Error>),
                $(_: fn(PhantomData<$refused>)),*
            ) -> Content {
                (self.serve)(value)
            }

            /// Returns what an expansion converts to a `&dyn Send`, so that the compiler reports a value that is not `Send`.
            pub fn sent<'a>(&self, value: &'a T) -> &'a Sent {
                (self.lend)(value)
            }

            pub(super) fn new(serve: fn(T) -> Content, lend: fn(&T) -> &Sent) -> Self {
                Self {
                    serve,
                    lend,
                    asked: PhantomData,
                    refused: PhantomData,
                }
            }

            /// Returns the choice of an expansion that does not compile.
            pub(super) fn refused(lend: fn(&T) -> &Sent) -> Self {
                Self::new(|_| Content::from_text(""), lend)
            }
        }

        refusals!([] $($refused)*);
    };
}

/// Declares an alias for each refusal: the [`Choice`] whose parameter of this name is the refused type.
macro_rules! refusals {
    ([$($before:ty),*]) => {};
    ([$($before:ty),*] $refused:ident $($after:ident)*) => {
        pub(super) type $refused<T> = Choice<T, Content, String, Infallible, (), (), $($before,)* T>;
        refusals!([$($before,)* Fine] $($after)*);
    };
}

choice! {
    IsNothing
    IsPrintable
    IsLocation
    IsCollection
    IsCollectionOfValues
    IsClosure
    IsAsyncClosure
    IsCommand
    IsFuture
    IsBoxed
    IsShared
    IsChannel
}

impl<T> Choice<T> {
    pub(super) fn served(serve: fn(T) -> Content) -> Self {
        Self::new(serve, |_| &())
    }
}
