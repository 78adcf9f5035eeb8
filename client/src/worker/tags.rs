//! Sanitised HTML, taken apart tag by tag.
//!
//! What ammonia writes is regular: each attribute stands once, in double quotes, with `&`, `"`, `<` and `>` escaped in it; only the
//! text of a style element is written as it is.

/// A piece of sanitised HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text, escaped.
    Text(&'a str),
    /// The text of a style element, as it is.
    Style(&'a str),
    /// The tag that begins an element.
    Opening(Tag<'a>),
    /// The tag that ends an element of this name.
    Closing(&'a str),
}

/// A tag that begins an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// The name of the element.
    pub(super) name: &'a str,
    /// Its attributes, each with a space before it.
    pub(super) attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The value of an attribute, escaped.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.around(name).map(|(_, value, _)| value)
    }

    /// All attributes but one.
    pub(super) fn without(&self, name: &str) -> String {
        match self.around(name) {
            Some((before, _, after)) => format!("{before}{after}"),
            None => self.attributes.to_owned(),
        }
    }

    fn around(&self, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
        // No value holds a quote, so this stands nowhere but at the beginning of the attribute.
        let (before, from_value) = self.attributes.split_once(&format!(" {name}=\""))?;
        let (value, after) = from_value.split_once('"')?;
        Some((before, value, after))
    }
}

/// Takes sanitised HTML apart.
pub(super) fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while let Some((text, from_tag)) = rest.split_once('<') {
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let (inside, after) = from_tag.split_at(end_of_tag(from_tag));
        rest = after.strip_prefix('>').unwrap_or(after);
        if let Some(name) = inside.strip_prefix('/') {
            pieces.push(Piece::Closing(name));
            continue;
        }
        let (name, attributes) = inside.split_at(inside.find(' ').unwrap_or(inside.len()));
        pieces.push(Piece::Opening(Tag { name, attributes }));
        if name == "style" {
            let (sheet, after) = rest.split_at(rest.find("</style>").unwrap_or(rest.len()));
            pieces.push(Piece::Style(sheet));
            rest = after;
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the `>` stands that ends a tag.
fn end_of_tag(tag: &str) -> usize {
    let mut in_quotes = false;
    let end = tag.bytes().position(|byte| {
        in_quotes ^= byte == b'"';
        byte == b'>' && !in_quotes
    });
    end.unwrap_or(tag.len())
}

/// Text or the value of an attribute, its escapes undone.
pub(super) fn unescaped(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", "\u{a0}");
    plain.replace("&amp;", "&")
}

/// Text, so that it can stand in an attribute or between tags.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_comes_apart_and_attributes_are_found() {
        let html = "a<p id=\"x\" title=\"1 > 2\">b</p><br><style>p>b{}<x</style>c";
        let tag = Tag { name: "p", attributes: " id=\"x\" title=\"1 > 2\"" };
        let plain = |name| Piece::Opening(Tag { name, attributes: "" });
        assert_eq!(
            pieces(html),
            [
                Piece::Text("a"),
                Piece::Opening(tag),
                Piece::Text("b"),
                Piece::Closing("p"),
                plain("br"),
                plain("style"),
                Piece::Style("p>b{}<x"),
                Piece::Closing("style"),
                Piece::Text("c"),
            ]
        );
        assert_eq!((tag.attribute("title"), tag.attribute("d")), (Some("1 > 2"), None));
        assert_eq!((tag.without("id").as_str(), tag.without("d").as_str()), (" title=\"1 > 2\"", tag.attributes));
    }

    #[test]
    fn broken_html_ends() {
        for html in ["<", "<p", "</", "<p a=\"", "<style>", "<style>a", "a>b", "<>"] {
            pieces(html);
        }
    }

    #[test]
    fn escapes_come_and_go() {
        for text in ["a & b < c > \"d\"", "&lt;", "&amp;nbsp;"] {
            assert_eq!(unescaped(&escaped(text)), text);
        }
        assert_eq!(unescaped("a&nbsp;b"), "a\u{a0}b");
    }
}
