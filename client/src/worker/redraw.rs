//! What sanitised HTML is changed into before it is shown: its styles cleaned, its links telling where they go, and something quiet
//! in place of images that are not shown.

use std::collections::BTreeMap;

use super::protocol::reading::Doubtful;
use super::tags::{Piece, Tag, escaped, pieces, unescaped};
use super::{css, links, pictures};

/// Copies sanitised HTML. The text of each style element passes [`css::sheet`], its attributes are left out; links say where they
/// go; images without an address become what stands in their place.
pub(super) fn redraw(out: &mut String, html: &str, found: &mut css::Found) -> Vec<Doubtful> {
    let pieces = pieces(html);
    let mut doubts = doubts(&pieces);
    let mut doubtful = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Style(sheet) => out.push_str(&css::sheet(sheet, found)),
            Piece::Closing(name) => out.extend(["</", name, ">"]),
            Piece::Opening(Tag { name: "style", .. }) => out.push_str("<style>"),
            Piece::Opening(tag) if is_left_out(tag) => out.push_str(&pictures::placeholder(tag).unwrap_or_default()),
            Piece::Opening(tag) => {
                out.extend(["<", tag.name]);
                if let Some(doubt) = doubts.remove(&place) {
                    let says = format!(" title=\"{}\" data-ask=\"{}\"", escaped(&doubt.host), doubtful.len());
                    out.extend([&tag.without("href"), &says, " role=\"link\" tabindex=\"0\">"]);
                    doubtful.push(doubt);
                    continue;
                }
                out.push_str(tag.attributes);
                let target = href(tag).and_then(|address| links::target(&address));
                if let Some(target) = target {
                    out.extend([" title=\"", &escaped(&target), "\""]);
                }
                out.push('>');
            }
        }
    }
    doubtful
}

/// The links that say another address than where they go, by their place among the pieces.
fn doubts(pieces: &[Piece<'_>]) -> BTreeMap<usize, Doubtful> {
    let mut doubts = BTreeMap::new();
    // Links stand in each other only in tables; what is pressed is the inner one.
    let mut open: Vec<(usize, Option<String>, links::Said)> = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Opening(tag) if tag.name == "a" => open.push((place, href(tag), links::Said::default())),
            Piece::Closing("a") => {
                let Some((place, address, said)) = open.pop() else { continue };
                let doubt = address.and_then(|address| links::doubt(said.all(), &address));
                doubts.extend(doubt.map(|doubt| (place, doubt)));
            }
            Piece::Opening(tag) => {
                let Some((.., said)) = open.last_mut() else { continue };
                said.element(tag.name);
                if is_left_out(tag) {
                    said.text(&pictures::text(tag).unwrap_or_default());
                }
            }
            Piece::Closing(name) => {
                if let Some((.., said)) = open.last_mut() {
                    said.element(name);
                }
            }
            Piece::Text(text) => {
                if let Some((.., said)) = open.last_mut() {
                    said.text(&unescaped(text));
                }
            }
            Piece::Style(_) => {}
        }
    }
    doubts
}

/// Where a link goes.
fn href(tag: &Tag<'_>) -> Option<String> {
    let address = matches!(tag.name, "a" | "area").then(|| tag.attribute("href"))?;
    address.map(unescaped)
}

/// Whether an image has no address that may be shown.
fn is_left_out(tag: &Tag<'_>) -> bool {
    tag.name == "img" && tag.attribute("src").is_none()
}
