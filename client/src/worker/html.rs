//! HTML of mail, made harmless: a whole document for a sandboxed frame.
//!
//! Four walls, each enough by itself: ammonia leaves only elements and attributes of a closed list; styles pass [`css`]; the
//! document's own policy forbids every fetch and script; the page shows it in a frame whose sandbox allows no scripts.
//!
//! Invariants: the document fetches nothing: images are either part of it or left out and counted; it has no form, no script,
//! no frame; links open a new page that knows nothing of this one, and those that say another address than where they go open
//! nothing by themselves: they carry no address, only the place of theirs among the [`Doubtful`]. No attribute holds a `<`, so every
//! `<style>` in the sanitised text is an element; none is called `name`, so nothing in it takes the place of a property of the document.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use ammonia::{Builder, UrlRelative};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::links::percent_decoded;
use super::protocol::reading::{Colours, Doubtful};
use super::redraw::redraw;
use super::{colours, css};

/// Longest HTML that is shown, octets; the rest is left out. Real letters stay below a tenth of it.
const HTML_BYTES: usize = 4 * 1024 * 1024;
/// Most tags that are looked at; the rest is left out. Elements nested in each other take time that grows with the square of
/// their number: this many take a few seconds at the worst, and the longest newsletters have a tenth of them.
const TAGS: usize = 50_000;
/// Largest image that becomes part of the document, octets.
const IMAGE_BYTES: usize = 10 * 1024 * 1024;
/// Most octets of all images in one document.
const IMAGES_BYTES: usize = 30 * 1024 * 1024;

/// The images that a document may show.
const IMAGE_TYPES: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"];

/// Elements whose content means nothing to a reader without what they are for.
const DROPPED: [&str; 17] = [
    "script", "title", "iframe", "frameset", "object", "embed", "applet", "noscript", "noembed", "noframes",
    "template", "svg", "math", "select", "textarea", "audio", "video",
];

/// Elements that are shown beside those of ammonia's list.
const ADDED: [&str; 4] = ["style", "font", "big", "address"];

/// Attributes that any element may have.
const ATTRIBUTES: [&str; 19] = [
    "align",
    "alt",
    "background",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "class",
    "color",
    "dir",
    "face",
    "height",
    "hspace",
    "id",
    "size",
    "style",
    "valign",
    "vspace",
    "width",
];

/// What the document begins with.
const DOCTYPE: &str = "<!doctype html><html";
/// What the root element says of a letter without colours of its own, for the page's and the document's styles.
const PLAIN: &str = " data-plain";
/// What the document says about itself. The policy is the frame's own wall, beside its sandbox.
const HEAD: &str = concat!(
    "><head><meta charset=\"utf-8\">",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
    "<meta name=\"referrer\" content=\"no-referrer\"><base target=\"_blank\"><style>",
    include_str!("letter.css"),
    "</style></head><body>"
);

/// An image that came with the message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Image<'a> {
    /// Its Content-ID, without angle brackets.
    pub(super) content_id: &'a str,
    /// Its media type.
    pub(super) media_type: &'a str,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
}

/// Harmless HTML.
#[derive(Debug, Default)]
pub(super) struct Harmless {
    /// The document.
    pub(super) document: String,
    /// How many images of other hosts it would have fetched.
    pub(super) blocked_images: u32,
    /// What colours it has of its own.
    pub(super) colours: Colours,
    /// The links that say another address than where they go.
    pub(super) doubtful: Vec<Doubtful>,
    /// The Content-IDs of the images that it shows.
    pub(super) shown: BTreeSet<String>,
    /// It was too long: its end is missing.
    pub(super) cut: bool,
}

/// Makes HTML harmless.
pub(super) fn harmless(html: &str, images: &[Image<'_>]) -> Harmless {
    let shortened = beginning(html);
    let found = Arc::new(Mutex::new(Found::default()));
    let clean = builder(Arc::new(data_uris(images)), Arc::clone(&found)).clean(shortened).to_string();
    let mut found = std::mem::take(&mut *lock(&found));
    let mut body = String::with_capacity(clean.len());
    let doubtful = redraw(&mut body, &clean, &mut found.css);
    let plain = if found.css.colours == Colours::None { PLAIN } else { "" };
    Harmless {
        document: [DOCTYPE, plain, HEAD, &body, "</body></html>"].concat(),
        blocked_images: found.css.blocked,
        colours: found.css.colours,
        doubtful,
        shown: found.shown,
        cut: shortened.len() < html.len(),
    }
}

/// What is found while sanitising.
#[derive(Default)]
struct Found {
    css: css::Found,
    shown: BTreeSet<String>,
}

/// Nothing panics while it holds this lock; if something did, its counts would still be counts.
fn lock(found: &Mutex<Found>) -> std::sync::MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn beginning(html: &str) -> &str {
    let tags_end = html.match_indices('<').nth(TAGS).map_or(html.len(), |(at, _)| at);
    let most = HTML_BYTES.min(tags_end);
    let end = (0..=most).rev().find(|&at| html.is_char_boundary(at)).unwrap_or(0);
    html.get(..end).unwrap_or_default()
}

fn data_uris(images: &[Image<'_>]) -> BTreeMap<String, String> {
    let mut left = IMAGES_BYTES;
    let mut uris = BTreeMap::new();
    for image in images {
        let known = IMAGE_TYPES.iter().find(|known| **known == image.media_type);
        let Some((known, rest)) = known.zip(left.checked_sub(image.bytes.len())) else { continue };
        if image.bytes.len() <= IMAGE_BYTES {
            left = rest;
            uris.insert(image.content_id.to_owned(), format!("data:{known};base64,{}", STANDARD.encode(image.bytes)));
        }
    }
    uris
}

fn builder(images: Arc<BTreeMap<String, String>>, found: Arc<Mutex<Found>>) -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .rm_clean_content_tags(["style"])
        .add_clean_content_tags(DROPPED)
        .add_tags(ADDED)
        .add_generic_attributes(ATTRIBUTES)
        .url_schemes(["http", "https", "mailto", "tel", "cid", "data"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .set_tag_attribute_value("area", "target", "_blank")
        .set_tag_attribute_value("area", "rel", "noopener noreferrer")
        .attribute_filter(move |element, attribute, value| {
            let kept = match (element, attribute) {
                ("img", "src") => image(value, &images, &found),
                (_, "background") => {
                    lock(&found).css.blocked += u32::from(is_remote(value));
                    None
                }
                (_, "style") => Some(css::attribute(value, &mut lock(&found).css)),
                // A link says where it goes, not what its author wants.
                ("a" | "area", "title") => None,
                (_, "bgcolor" | "color") => {
                    let seen = if attribute == "color" {
                        colours::of_ink(&hashed(value))
                    } else {
                        colours::of_paper(&hashed(value))
                    };
                    lock(&found).css.see(seen);
                    Some(value.replace('<', ""))
                }
                (_, "href" | "cite") => is_link(value).then(|| value.replace('<', "%3C")),
                (_, _) if value.contains('<') => Some(value.replace('<', "\u{2039}")),
                _ => return Some(value.into()),
            };
            kept.map(Into::into)
        });
    builder
}

/// A colour as attributes write it (HTML §2.3.6), as styles do: the sign before the digits is often missing.
fn hashed(colour: &str) -> String {
    let is_bare = matches!(colour.len(), 3 | 6) && colour.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_bare { format!("#{colour}") } else { colour.to_owned() }
}

/// What an image's address becomes.
fn image(address: &str, images: &BTreeMap<String, String>, found: &Mutex<Found>) -> Option<String> {
    let address = address.trim();
    if let Some(id) = strip_scheme(address, "cid:") {
        let id = percent_decoded(id);
        let uri = images.get(&id)?;
        lock(found).shown.insert(id);
        return Some(uri.clone());
    }
    if let Some(data) = strip_scheme(address, "data:") {
        let (kind, content) = data.split_once(";base64,")?;
        let known = IMAGE_TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known));
        let plain = content.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/= \r\n".contains(&byte));
        return (known && plain).then(|| address.to_owned());
    }
    lock(found).css.blocked += u32::from(is_remote(address));
    None
}

fn strip_scheme<'a>(address: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = address.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn is_remote(address: &str) -> bool {
    let address = address.trim();
    address.starts_with("//") || strip_scheme(address, "http:").or_else(|| strip_scheme(address, "https:")).is_some()
}

fn is_link(address: &str) -> bool {
    let address = address.trim();
    ["http:", "https:", "mailto:", "tel:"].iter().any(|scheme| strip_scheme(address, scheme).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(html: &str) -> String {
        let document = harmless(html, &[]).document;
        let (_, body) = document.split_once(HEAD).unwrap();
        body.strip_suffix("</body></html>").unwrap().to_owned()
    }

    #[test]
    fn what_runs_or_asks_is_left_out() {
        for html in [
            "<script>alert(1)</script>",
            "<SCRIPT SRC=//t.test/x.js></SCRIPT>",
            "<svg><script>alert(1)</script></svg>",
            "<iframe src=http://t.test></iframe>",
            "<object data=http://t.test><embed src=http://t.test></object>",
            "<meta http-equiv=refresh content='0;url=http://t.test'>",
            "<link rel=stylesheet href=http://t.test><base href=http://t.test>",
            "<video poster=http://t.test autoplay></video>",
            "<title>Title</title><!-- comment --><noscript><img src=http://t.test></noscript>",
            "<form action=http://t.test><input name=password></form>",
        ] {
            assert_eq!(body(html), "", "{html}");
        }
        assert_eq!(body("<p onclick=alert(1) onmouseover=x>a</p>"), "<p>a</p>");
        assert_eq!(body("<form action=http://t.test>Your <button formaction=x>name</button></form>"), "Your name");
    }

    #[test]
    fn no_trick_of_the_parser_brings_a_script_back() {
        for html in [
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
            "<p title=\"<style>\">a</p><p title=\"</style><img src=x onerror=alert(1)>\">b</p>",
            "<style><img title=\"</style><img src=x onerror=alert(1)>\"></style>",
            "<style title=\"a>b\">p{color:red}</style>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        ] {
            let clean = body(html);
            // Read once more, as a browser does, there is nothing left to take out.
            let again = Builder::default().add_generic_attributes(["onerror", "title"]).clean(&clean).to_string();
            assert!(
                !again.contains("<img src=\"x\" onerror") && !again.contains("<img src=\"1\" onerror"),
                "{html} → {clean}"
            );
        }
    }

    #[test]
    fn links_open_apart_and_lead_to_the_network_or_a_letter_only() {
        assert_eq!(
            body("<a href=https://t.test/a?b=1&amp;c target=_top rel=opener>x</a>"),
            "<a href=\"https://t.test/a?b=1&amp;c\" target=\"_blank\" rel=\"noopener noreferrer\" title=\"t.test\">x</a>"
        );
        for href in [
            "javascript:alert(1)",
            " jAvascript:x",
            "java\nscript:x",
            "data:text/html,x",
            "cid:a",
            "//t.test",
            "/api",
            "#a",
        ] {
            let clean = body(&format!("<a href=\"{href}\">x</a>"));
            assert!(clean.contains("target=\"_blank\"") && clean.contains("rel=\"noopener noreferrer\""), "{clean}");
            assert!(!clean.contains("href"), "{clean}");
        }
        assert!(body("<a href=\"mailto:bob@home.test\">x</a>").contains("mailto:bob@home.test"));
    }

    #[test]
    fn images_of_other_hosts_are_left_out_and_counted() {
        let html = "<img src=http://t.test/1.gif alt=One><img src=//t.test/2><table background=https://t.test/3></table>\
                    <p style='background:url(https://t.test/4)'>x</p><style>p{background:url(https://t.test/5)}</style>\
                    <img src=local.png><img srcset='http://t.test/6 2x'>";
        let clean = harmless(html, &[]);
        assert_eq!(clean.blocked_images, 5);
        assert!(!clean.document.contains("t.test"), "{}", clean.document);
        assert!(clean.document.contains("One</span>"));
    }

    #[test]
    fn images_of_the_message_become_part_of_the_document() {
        let image = Image { content_id: "a 1@home.test", media_type: "image/png", bytes: b"png" };
        let program = Image { content_id: "b", media_type: "image/svg+xml", bytes: b"<svg/>" };
        let clean = harmless("<img src=\"CID:a%201@home.test\"><img src=cid:b><img src=cid:c>", &[image, program]);
        assert!(clean.document.contains("<img src=\"data:image/png;base64,cG5n\"></body>"), "{}", clean.document);
        assert_eq!(clean.shown.into_iter().collect::<Vec<_>>(), ["a 1@home.test"]);
        assert_eq!(body("<img src='data:image/gif;base64,R0lG'>"), "<img src=\"data:image/gif;base64,R0lG\">");
        assert_eq!(body("<img src='data:image/svg+xml;base64,R0lG'><img src='data:text/html,<b>'>"), "");
    }

    #[test]
    fn looks_stay() {
        let html = "<style>p{color:red}</style><table bgcolor=\"#eee\" width=\"600\"><tbody><tr><td align=\"left\" \
                    style=\"color: red\" class=\"x\"><font color=\"red\" face=\"Arial\">é</font></td></tr></tbody></table>";
        let clean = body(html);
        for part in [
            "<style>p{color:red}</style>",
            "bgcolor=\"#eee\"",
            "style=\"color: red\"",
            "<font color",
            "face=\"Arial\"",
            "é",
        ] {
            assert!(clean.contains(part), "{part} in {clean}");
        }
    }

    #[test]
    fn a_document_says_that_nothing_may_be_fetched() {
        let document = harmless("<html><head><meta charset=x></head><body>a</body></html>", &[]).document;
        assert!(document.starts_with(
            "<!doctype html><html data-plain><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
            content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        ));
        assert_eq!(document.matches("<head>").count(), 1);
    }

    #[test]
    fn a_link_that_says_another_address_opens_nothing_by_itself() {
        let html = "<p><a href='https://evil.example/?a=1&amp;b' class=x title=bank.example>https://<b>bank</b>.example</a> \
                    <a href=https://evil.example>bank<br>.example</a><a href=https://evil.example><img alt=www.bank.example></a>\
                    <a href=https://evil.example data-ask=0 tabindex=5>x</a></p>";
        let clean = harmless(html, &[]);
        let [one, two] = &clean.doubtful[..] else { panic!("{:?}", clean.doubtful) };
        assert_eq!((one.says.as_str(), one.host.as_str()), ("https://bank.example", "evil.example"));
        assert_eq!(one.address, "https://evil.example/?a=1&b");
        assert_eq!(two.says, "www.bank.example");
        let body = body(html);
        assert_eq!(body.matches("href").count(), 2, "{body}");
        assert_eq!(body.matches("data-ask").count(), 2, "{body}");
        assert!(
            body.contains("title=\"evil.example\" data-ask=\"0\" role=\"link\" tabindex=\"0\">https://<b>"),
            "{body}"
        );
        assert!(!body.contains("title=\"bank.example\""), "{body}");
    }

    #[test]
    fn nothing_is_called_as_a_property_of_the_document_is() {
        assert_eq!(body("<img name=body src=cid:x alt=a><a name=forms id=x>b</a>").matches("name=").count(), 0);
    }

    #[test]
    fn what_colours_a_letter_has_is_told() {
        let told = |html: &str| {
            let clean = harmless(html, &[]);
            assert_eq!(clean.document.starts_with("<!doctype html><html data-plain>"), clean.colours == Colours::None);
            clean.colours
        };
        assert_eq!(told("<p style='color:#222'>a<font color=888888>b</font></p><td bgcolor=FFFFFF>"), Colours::None);
        assert_eq!(told("<table bgcolor=white><tr><td>a</table>"), Colours::None);
        assert_eq!(told("<font color=red>a</font>"), Colours::Text);
        assert_eq!(told("<style>a:link{color:#0563C1}</style><a href=https://t.test>a</a>"), Colours::Text);
        assert_eq!(told("<table bgcolor=003366><tr><td>a</table>"), Colours::Layout);
        assert_eq!(told("<p style='background:#eef'>a</p>"), Colours::Layout);
    }

    #[test]
    fn endless_and_deep_html_ends() {
        let long = harmless(&"é".repeat(HTML_BYTES), &[]);
        assert!(long.cut && long.document.len() < HTML_BYTES + 2000);
        assert!(!harmless(&"<div>".repeat(5_000), &[]).cut);
        assert!(harmless(&"<br>".repeat(TAGS + 1), &[]).cut);
        harmless(&"<table><a>".repeat(2_000), &[]);
    }
}
