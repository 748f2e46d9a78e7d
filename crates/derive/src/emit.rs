//! What the derives write: complaints where the mistakes are, and the names of columns.

use autogen_model::{Model, Single};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, ItemEnum, ItemStruct, Visibility};

/// `Table`.
pub(crate) fn table(item: ItemStruct) -> TokenStream {
    let whose = Whose {
        ident: item.ident.clone(),
        visibility: item.vis.clone(),
        generics: item.generics.clone(),
    };
    let single = autogen_model::read_struct(item);
    let complaints = complaints(&single);
    let names = single.model.as_ref().map(|model| constants(&whose, model, single.partial));
    quote! { #complaints #names }
}

/// `Enum`.
pub(crate) fn enumeration(item: ItemEnum) -> TokenStream {
    complaints(&autogen_model::read_enum(item))
}

/// `View`.
pub(crate) fn view(item: ItemStruct) -> TokenStream {
    complaints(&autogen_model::read_view(item))
}

/// `Mixin`.
pub(crate) fn mixin(item: ItemStruct) -> TokenStream {
    complaints(&autogen_model::read_mixin(item))
}

/// One complaint about the whole item.
pub(crate) fn refuse(item: &impl ToTokens, message: &str) -> TokenStream {
    syn::Error::new_spanned(item, message).to_compile_error()
}

fn complaints(single: &Single) -> TokenStream {
    let each = single.problems.iter().map(|problem| {
        let here = Span::call_site();
        let ends = problem.labels.first().map(|label| single.ends(&label.place));
        let (first, last) = ends.unwrap_or((here, here));
        let mut message = problem.message.clone();
        for help in &problem.help {
            message.push_str(&format!("\n\nhelp: {help}"));
        }
        // The compiler underlines from the first token of the macro to the last.
        let mut call = quote_spanned! { first => ::core::compile_error! };
        call.extend(quote_spanned! { last => { #message } });
        call
    });
    each.collect()
}

/// The struct that gets the constants.
struct Whose {
    ident: Ident,
    visibility: Visibility,
    generics: Generics,
}

fn constants(whose: &Whose, model: &Model, partial: bool) -> TokenStream {
    let Whose { ident, visibility, generics } = whose;
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let chosen = model.keys.name.as_ref().map(|name| name.value.clone());
    let table = chosen.unwrap_or_else(|| autogen_model::table_name(&model.ident));
    let columns: Vec<&str> = model.fields.iter().map(|field| field.column.as_str()).collect();
    let all = (!partial).then(|| {
        quote! {
            /// The names of the columns, in order.
            #visibility const COLUMNS: &'static [&'static str] = &[#(#columns),*];
        }
    });
    let each = model.fields.iter().filter_map(|field| {
        let name = constant(&field.ident)?;
        let (column, doc) = (&field.column, format!("The column of `{}`.", field.ident));
        Some(quote! {
            #[doc = #doc]
            #visibility const #name: &'static str = #column;
        })
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #parameters #ident #arguments #conditions {
            /// The name of the table.
            #visibility const TABLE: &'static str = #table;
            #all
            #(#each)*
        }
    }
}

/// The constant of a field, unless its name is taken by those of the table.
fn constant(field: &str) -> Option<Ident> {
    let name = field.to_uppercase();
    let free = name != "TABLE" && name != "COLUMNS" && name != "_";
    free.then(|| Ident::new(&name, Span::call_site()))
}
