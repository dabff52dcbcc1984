//! Checks the return type of a function, as far as its name allows.

use syn::{
    GenericArgument, Ident, PathArguments, ReturnType, Signature, Type, TypeImplTrait,
    TypeParamBound, TypePath, TypeTraitObject, parse_quote,
};

use crate::errors::Errors;

/// The number of layers that an expansion unwraps.
const MOST_LAYERS: usize = 3;

const ADD_OUTPUT: &str = "return the content of the download, as in `-> String`";

/// Reports types that cannot be content.
pub(crate) fn check(signature: &Signature, errors: &Errors) {
    let name = &signature.ident;
    let ReturnType::Type(_, ty) = &signature.output else {
        return errors.at(name, format!("this view returns nothing; {ADD_OUTPUT}"));
    };
    let (value, error) = value_and_error(ty);
    if let Some(problem) = no_content(value, name) {
        errors.at(value, problem);
    }
    if let Some(Type::TraitObject(error)) = error {
        let advice = "return an error type, or `Box<dyn Error + Send + Sync>`";
        errors.at(error, unsized_value("`dyn Error`", advice));
    }
    let layers = std::iter::successors(Some(&**ty), |ty| layer(ty).map(|(inner, _)| inner));
    if layers.count() > MOST_LAYERS + 1 {
        let message =
            format!("a view can return at most {MOST_LAYERS} nested `Result`s and `Option`s");
        errors.at(ty, message);
    }
}

/// Returns the error about a field that makes the struct unsized.
pub(crate) fn unsized_field(ty: &Type) -> Option<String> {
    match ty {
        Type::Slice(_) => Some(unsized_value("a slice", "use `Vec<u8>` or `&'static [u8]`")),
        Type::Path(path) if path.path.is_ident("str") => {
            Some(unsized_value("`str`", "use `String` or `&'static str`"))
        }
        Type::TraitObject(object) => {
            let name = trait_of(object)?;
            Some(unsized_value(
                &format!("`dyn {name}`"),
                &format!("use `Box<dyn {name} + Send>`"),
            ))
        }
        _ => None,
    }
}

/// Returns the reason why a type cannot be content, if its name is enough to know.
fn no_content(value: &Type, view: &Ident) -> Option<String> {
    match value {
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            Some(format!("this view returns nothing; {ADD_OUTPUT}"))
        }
        Type::Never(_) => Some(format!("this view never returns; {ADD_OUTPUT}")),
        Type::ImplTrait(future) if is_future(future) => Some(format!(
            "this view returns a future; write `async fn {view}`, and return the output of the future"
        )),
        Type::Slice(_) => Some(unsized_value(
            "a slice",
            "return `Vec<u8>` or `&'static [u8]`",
        )),
        Type::Path(path) if path.path.is_ident("str") => {
            Some(unsized_value("`str`", "return `String` or `&'static str`"))
        }
        Type::TraitObject(object) => Some(unsized_object(object)),
        Type::Path(path) if is_boxed_future(path) => Some(format!(
            "this view returns a future; write `async fn {view}`, and return the output of the future"
        )),
        Type::Path(_) => boxed_object(value).and_then(no_object),
        _ => None,
    }
}

fn unsized_value(what: &str, advice: &str) -> String {
    format!("the size of {what} is not known at compile time; {advice}")
}

fn unsized_object(object: &TypeTraitObject) -> String {
    let name = trait_of(object).map_or("…".to_owned(), Ident::to_string);
    let advice = format!("return `impl {name}` or `Box<dyn {name} + Send>`");
    unsized_value(&format!("`dyn {name}`"), &advice)
}

/// Returns the trait object in a `Box<dyn …>`.
fn boxed_object(ty: &Type) -> Option<&TypeTraitObject> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Box")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(Type::TraitObject(object)) => Some(object),
        _ => None,
    }
}

/// Returns the message about traits that are not dyn-compatible.
fn no_object(object: &TypeTraitObject) -> Option<String> {
    let name = trait_of(object)?;
    let advice = match name.to_string().as_str() {
        "DownloadView" => "the view itself, or `impl DownloadView`",
        "IntoContent" => "the content itself, or `impl IntoContent`",
        "IntoResponse" => "a `Response`, as in `value.into_response()`",
        _ => return None,
    };
    Some(format!(
        "the trait `{name}` is not dyn compatible; return {advice}"
    ))
}

/// Returns the name of the first trait.
fn trait_of(object: &TypeTraitObject) -> Option<&Ident> {
    object.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(&bound.path.segments.last()?.ident),
        _ => None,
    })
}

fn is_future(ty: &TypeImplTrait) -> bool {
    ty.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| last.ident == "Future")
        }
        _ => false,
    })
}

/// Recognizes boxed futures by their names in `futures`.
fn is_boxed_future(ty: &TypePath) -> bool {
    let last = ty.path.segments.last();
    last.is_some_and(|last| last.ident == "BoxFuture" || last.ident == "LocalBoxFuture")
}

/// Returns the type inside of all `Result`s and `Option`s, and the error of the outermost `Result`.
pub(crate) fn value_and_error(ty: &Type) -> (&Type, Option<&Type>) {
    let (mut value, mut error) = (ty, None);
    while let Some((inner, beside)) = layer(value) {
        (value, error) = (inner, error.or(beside));
    }
    (value, error)
}

/// Returns the trait in `__private::needs` that reports a type of another library, which is known by its name only.
pub(crate) fn need_of_value(ty: &Type) -> Option<&'static str> {
    let Type::Path(path) = ty else {
        return None;
    };
    match path.path.segments.last()?.ident.to_string().as_str() {
        "Json" => Some("JsonContent"),
        "Response" => Some("ResponseContent"),
        _ => None,
    }
}

/// Returns the trait in `__private::needs` that reports an error of this type, if it is not `ViewError`.
pub(crate) fn need_of_error(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => Some("EmptyViewError"),
        ty => boxed_object(ty).map(|_| "BoxedViewError"),
    }
}

/// Replaces unsized types by `_` and boxes unsized errors. Returns true if there were any.
pub(crate) fn leave_out_the_unsized(ty: &mut Type) -> bool {
    if is_unsized(ty) {
        *ty = parse_quote!(_);
        return true;
    }
    if layer(ty).is_none() {
        return false;
    }
    let mut types = arguments_of(ty).into_iter();
    let value = types.next().is_some_and(leave_out_the_unsized);
    let error = types.next().filter(|error| is_unsized(error));
    let found = value || error.is_some();
    if let Some(error) = error {
        *error = parse_quote!(::std::boxed::Box<#error>);
    }
    found
}

fn is_unsized(ty: &Type) -> bool {
    match ty {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => {
            path.path.is_ident("str") || boxed_object(ty).and_then(no_object).is_some()
        }
        _ => false,
    }
}

/// Returns the types between the `<` and the `>` of a type.
fn arguments_of(ty: &mut Type) -> Vec<&mut Type> {
    let last = match ty {
        Type::Path(path) => path.path.segments.last_mut(),
        _ => None,
    };
    let Some(PathArguments::AngleBracketed(arguments)) = last.map(|last| &mut last.arguments)
    else {
        return Vec::new();
    };
    let types = arguments
        .args
        .iter_mut()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        });
    types.collect()
}

fn layer(ty: &Type) -> Option<(&Type, Option<&Type>)> {
    let last = match ty {
        Type::Path(path) => path.path.segments.last()?,
        Type::Group(group) => return layer(&group.elem),
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let is_layer = last.ident == "Result" || last.ident == "Option";
    is_layer
        .then(|| Some((types.next()?, types.next())))
        .flatten()
}
