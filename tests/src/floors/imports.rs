//! Which paths of its own package a source file names, found among its tokens.

use std::str::FromStr;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// A path that begins in this package, from the crate's root on.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
    /// The name that it gets in the module: the last of the path, or the one after `as`. None for `*`.
    pub(super) name: Option<String>,
    /// Is it a `pub use`?
    pub(super) public: bool,
}

/// All imports of a file that holds this module. Comments and strings are not looked at.
pub(super) fn read(text: &str, module: &[String]) -> Result<Vec<Import>, String> {
    let tokens = TokenStream::from_str(text).map_err(|error| error.to_string())?;
    let mut reader = Reader { module: module.to_vec(), children: Vec::new(), found: Vec::new(), public: false };
    reader.walk(tokens);
    Ok(reader.found)
}

struct Reader {
    module: Vec<String>,
    children: Vec<String>,
    found: Vec<Import>,
    public: bool,
}

impl Reader {
    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let outer = std::mem::replace(&mut self.children, declared_modules(&tokens));
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(word) if word == "mod" => {
                    if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                        (tokens.get(at + 1), tokens.get(at + 2))
                    {
                        self.module.push(name.to_string());
                        self.walk(body.stream());
                        self.module.pop();
                        at += 2;
                    }
                }
                TokenTree::Ident(word) if word == "use" => {
                    self.public = at > 0 && is_public(&tokens[..at]);
                    at = self.tree(&tokens, at + 1, None, true);
                    self.public = false;
                    continue;
                }
                TokenTree::Ident(word) if is_root(word) && is_separator(&tokens, at + 1) => {
                    at = self.tree(&tokens, at, None, false);
                    continue;
                }
                TokenTree::Group(group) => self.walk(group.stream()),
                _ => {}
            }
            at += 1;
        }
        self.children = outer;
    }

    /// Reads one path or tree of paths from `at` on, below `prefix`; answers where it ends. Outside `use` a brace after a path
    /// is a body or a value, and no tree.
    fn tree(&mut self, tokens: &[TokenTree], mut at: usize, prefix: Option<Vec<String>>, in_use: bool) -> usize {
        let line = tokens.get(at).map_or(0, |token| token.span().start().line);
        let mut path = prefix;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) => {
                    path = match path {
                        Some(path) => Some(below(path, word)),
                        None => self.root(word),
                    };
                    if path.is_none() {
                        // A path of another crate: over it.
                        return skip_path(tokens, at);
                    }
                    at += 1;
                }
                Some(TokenTree::Group(group)) if in_use && group.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    let mut inside = 0;
                    while inside < inner.len() {
                        inside = self.tree(&inner, inside, path.clone(), true) + 1;
                    }
                    return at + 1;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    self.push(path, line, None);
                    return at + 1;
                }
                _ => break,
            }
            if !is_separator(tokens, at) {
                break;
            }
            at += 2;
        }
        let mut name = path.as_ref().and_then(|path| path.last().cloned());
        if let (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(other))) = (tokens.get(at), tokens.get(at + 1))
            && word == "as"
        {
            name = Some(other.to_string());
            at += 2;
        }
        self.push(path, line, name);
        at
    }

    fn push(&mut self, path: Option<Vec<String>>, line: usize, name: Option<String>) {
        self.found.extend(path.map(|path| Import { path, line, name, public: self.public }));
    }

    /// Where the first word of a path leads; none if out of the package.
    fn root(&self, word: &Ident) -> Option<Vec<String>> {
        match word.to_string().as_str() {
            "crate" => Some(Vec::new()),
            "self" => Some(self.module.clone()),
            "super" => Some(below(self.module.clone(), word)),
            child if self.children.iter().any(|known| known == child) => Some(below(self.module.clone(), word)),
            _ => None,
        }
    }
}

fn below(mut path: Vec<String>, word: &Ident) -> Vec<String> {
    if word == "super" {
        path.pop();
    } else if word != "self" {
        path.push(word.to_string());
    }
    path
}

fn is_root(word: &Ident) -> bool {
    word == "crate" || word == "self" || word == "super"
}

/// Do two colons stand here?
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// Behind a path of another crate, up to the comma or semicolon that ends it.
fn skip_path(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';'));
    tokens[from..].iter().position(ends).map_or(tokens.len(), |length| from + length)
}

/// Does the item that begins behind these tokens begin with `pub`, with or without a group?
fn is_public(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(word)] => word == "pub",
        [.., TokenTree::Ident(word), TokenTree::Group(_)] => word == "pub",
        _ => false,
    }
}

fn declared_modules(tokens: &[TokenTree]) -> Vec<String> {
    let declared = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "mod" => Some(name.to_string()),
        _ => None,
    });
    declared.collect()
}
