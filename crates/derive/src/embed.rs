//! `embed!`: the files of revisions, as texts in the program.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{LitStr, Token};

/// What stands between the parentheses: the folders.
pub(crate) type Folders = Punctuated<LitStr, Token![,]>;

const FILE: &str = "autogen.toml";
const FOLDER: &str = "migrations";

/// Writes the set, or what is wrong.
pub(crate) fn embed(folders: &Folders) -> TokenStream {
    match read(folders) {
        Ok(set) => set.tokens(),
        Err(fault) => fault.to_compile_error(),
    }
}

/// What is embedded.
struct Set {
    /// The configuration that named the folders, so that a change of it is seen.
    config: Option<String>,
    /// Folder and path as messages show them, and where the file is.
    revisions: Vec<(String, String, String)>,
    /// The name of a file in `bind`, and where it is.
    files: Vec<(String, String)>,
}

impl Set {
    fn tokens(&self) -> TokenStream {
        let config = self.config.as_ref().map(|path| {
            quote! { const _: &::core::primitive::str = ::core::include_str!(#path); }
        });
        let revisions = self.revisions.iter().map(|(folder, path, file)| {
            quote! { (#folder, #path, ::core::include_str!(#file)) }
        });
        let files = self.files.iter().map(|(name, file)| {
            quote! { (#name, ::core::include_str!(#file)) }
        });
        quote! {{
            #config
            ::autogen::Embedded::new(&[#(#revisions),*], &[#(#files),*])
        }}
    }
}

fn read(folders: &Folders) -> syn::Result<Set> {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let here = Span::call_site();
    let (root, config, named) = match folders.is_empty() {
        true => configured(&manifest)?,
        false => {
            let named = folders.iter().map(|it| (it.value(), it.span())).collect();
            (manifest, None, named)
        }
    };
    let mut set = Set {
        config: config.map(|it| text(&it)).transpose()?,
        revisions: Vec::new(),
        files: Vec::new(),
    };
    for (folder, span) in named {
        let mut paths = Vec::new();
        collect(&root.join(&folder), &mut paths).map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let message = format!(
                    "the folder `{folder}` is not there\n\nhelp: its name starts from the folder \
                     of {}",
                    if folders.is_empty() { FILE } else { "Cargo.toml" }
                );
                syn::Error::new(span, message)
            }
            _ => syn::Error::new(span, format!("the folder `{folder}` cannot be read: {error}")),
        })?;
        for path in paths {
            bound(&root, &path, span, &mut set.files)?;
            let rest = path.strip_prefix(root.join(&folder)).unwrap_or(&path);
            let parts = rest.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>();
            let shown = format!("{}/{}", folder.trim_end_matches('/'), parts.join("/"));
            set.revisions.push((folder.clone(), shown, text(&path)?));
        }
    }
    if set.revisions.is_empty() {
        return Err(syn::Error::new(here, "there is no revision to embed"));
    }
    set.revisions.sort();
    set.files.sort();
    set.files.dedup();
    Ok(set)
}

fn text(path: &Path) -> syn::Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        let message = format!("the path {} is not UTF-8", path.display());
        syn::Error::new(Span::call_site(), message)
    })
}

type Configured = (PathBuf, Option<PathBuf>, Vec<(String, Span)>);

/// The folders that the nearest configuration names, upwards from the package.
fn configured(manifest: &Path) -> syn::Result<Configured> {
    let here = Span::call_site();
    for folder in manifest.ancestors() {
        let own = folder.join(FILE);
        let Ok(config) = fs::read_to_string(&own) else { continue };
        let table: toml::Table = config.parse().map_err(|error| {
            syn::Error::new(here, format!("{} cannot be read: {error}", own.display()))
        })?;
        let named = match table.get("revisions") {
            None => vec![FOLDER.to_owned()],
            Some(toml::Value::Array(list)) => {
                list.iter().filter_map(|it| it.as_str()).map(str::to_owned).collect()
            }
            Some(one) => one.as_str().map(str::to_owned).into_iter().collect(),
        };
        let named = named.into_iter().map(|it| (it, here)).collect();
        return Ok((folder.to_owned(), Some(own), named));
    }
    let message = format!(
        "no {FILE} is in the folder of Cargo.toml or above it\n\nhelp: name the folder of \
         revisions: `embed!(\"{FOLDER}\")`"
    );
    Err(syn::Error::new(here, message))
}

/// The revision files under a folder: the same that the command line finds there.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sql = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"));
        if path.is_dir() && !name.starts_with('.') {
            collect(&path, found)?;
        } else if path.is_file() && sql && !name.starts_with(['.', '#', '~']) {
            found.push(path);
        }
    }
    Ok(())
}

/// The files that `bind NAME = file("..")` names in a revision.
fn bound(
    root: &Path,
    revision: &Path,
    span: Span,
    files: &mut Vec<(String, String)>,
) -> syn::Result<()> {
    // What is no UTF-8 is refused where it is included.
    let Ok(sql) = fs::read_to_string(revision) else { return Ok(()) };
    for name in sql.lines().filter_map(named_file) {
        let path = root.join(&name);
        if !path.is_file() {
            let message = format!(
                "{} binds the file `{name}`, which is not there",
                revision.file_name().unwrap_or_default().to_string_lossy()
            );
            return Err(syn::Error::new(span, message));
        }
        files.push((name, text(&path)?));
    }
    Ok(())
}

/// The file of a line `-- autogen: bind NAME = file("..")`.
fn named_file(line: &str) -> Option<String> {
    let rest = after(line.trim_start().strip_prefix("--")?, "autogen")?;
    let rest = after(rest.trim_start().strip_prefix(':')?, "bind")?;
    let (_, source) = rest.split_once('=')?;
    let call = after(source, "file")?;
    let quoted = call.trim().strip_prefix('(')?.trim_start().strip_prefix('"')?;
    let end = quoted.rfind('"')?;
    Some(quoted[..end].replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// What follows a word, however its letters are written.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let text = text.trim_start();
    let first = text.get(..word.len())?;
    first.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

#[cfg(test)]
mod tests {
    use super::named_file;

    #[test]
    fn files_that_revisions_bind_are_found() {
        for (line, expected) in [
            ("-- autogen: bind rows = file(\"data/rows.json\")", Some("data/rows.json")),
            ("  --AUTOGEN : Bind rows = FILE ( \"a b.json\" )", Some("a b.json")),
            ("-- autogen: bind rows = file(\"a\\\"b\")", Some("a\"b")),
            ("-- autogen: bind rows = env(\"ROWS\")", None),
            ("-- autogen: step", None),
            ("-- see file(\"x\")", None),
            ("SELECT 1", None),
        ] {
            assert_eq!(named_file(line).as_deref(), expected, "{line}");
        }
    }
}
