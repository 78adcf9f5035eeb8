//! What stands in place of an image that is not shown: its alternative text, in a quiet field as large as the image.
//!
//! Images that only tell the sender of being read leave nothing.

use super::css;
use super::tags::{Tag, escaped, unescaped};

/// The class of the field.
pub(super) const CLASS: &str = "own-out";
/// An image of at most this width or height is there to be fetched, not to be seen; CSS pixels.
const TRACKER: f32 = 3.0;
/// The field of a narrower image than this grows with its text, which would not fit in it; CSS pixels.
const NARROW: f32 = 80.0;
/// No field is larger, CSS pixels.
const LARGEST: f32 = 2_000.0;

/// What is shown in place of an image; `None` for nothing.
pub(super) fn placeholder(tag: &Tag<'_>) -> Option<String> {
    let alt = tag.attribute("alt").unwrap_or_default().trim();
    let style = unescaped(tag.attribute("style").unwrap_or_default());
    let style = css::declarations(&style);
    let length = |name: &str| declared(&style, name).or_else(|| Length::parse(tag.attribute(name)?));
    let (width, height) = (length("width"), length("height"));
    let is_tracker = [width, height].iter().any(|length| matches!(length, Some(Length::Pixels(px)) if *px <= TRACKER));
    if is_tracker || is_hidden(&style) || (alt.is_empty() && (width.is_none() || height.is_none())) {
        return None;
    }
    let is_narrow = !alt.is_empty() && matches!(width, Some(Length::Pixels(px)) if px < NARROW);
    let sizes: String = [("width", width), ("height", height)]
        .into_iter()
        .filter_map(|(name, length)| Some((name, length?)))
        .map(|(name, length)| format!("{}{name}:{};", if is_narrow { "min-" } else { "" }, length.css()))
        .collect();
    let aloud =
        if alt.is_empty() { " aria-hidden=\"true\"".to_owned() } else { format!(" role=\"img\" aria-label=\"{alt}\"") };
    let class = tag.attribute("class").unwrap_or_default();
    // What the style says of the size stands in `sizes` already, bounded.
    let looks: String = style
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "width" | "height" | "min-height" | "min-width"))
        .map(|(name, value)| format!("{name}:{value};"))
        .collect();
    // Cleaned as a whole once more: what was put together may mean something else than what was taken apart.
    let style = escaped(&css::attribute(&format!("{sizes}{looks}"), &mut css::Found::default()));
    Some(format!("<span class=\"{CLASS} {class}\"{aloud} style=\"{style}\">{alt}</span>"))
}

/// The text that is read in place of an image, where there is some.
pub(super) fn text(tag: &Tag<'_>) -> Option<String> {
    placeholder(tag).map(|_| unescaped(tag.attribute("alt").unwrap_or_default()))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    Pixels(f32),
    Percent(f32),
}

impl Length {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = |text: &str| text.trim().parse::<f32>().ok().filter(|number| *number >= 0.0);
        match text.strip_suffix('%') {
            Some(percent) => Some(Self::Percent(number(percent)?.min(100.0))),
            None => Some(Self::Pixels(number(text.strip_suffix("px").unwrap_or(text))?.min(LARGEST))),
        }
    }

    fn css(self) -> String {
        match self {
            Self::Pixels(px) => format!("{px}px"),
            Self::Percent(percent) => format!("{percent}%"),
        }
    }
}

/// A length as the style says it. Only what is plain is understood; what is not is no size either.
fn declared(style: &[(String, &str)], name: &str) -> Option<Length> {
    let (_, value) = style.iter().rfind(|(known, _)| known == name)?;
    Length::parse(value.trim_end_matches("!important"))
}

fn is_hidden(style: &[(String, &str)]) -> bool {
    style.iter().any(|(name, value)| {
        let value = value.to_ascii_lowercase();
        match name.as_str() {
            "display" => value.starts_with("none"),
            "visibility" => value.starts_with("hidden"),
            "opacity" => value == "0",
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(attributes: &str) -> Option<String> {
        placeholder(&Tag { name: "img", attributes })
    }

    #[test]
    fn the_text_stands_in_a_field_of_the_same_size() {
        assert_eq!(
            shown(" src=\"\" alt=\"Our &amp; shop\" width=\"600\" height=\"80\" class=\"logo\"").unwrap(),
            "<span class=\"own-out logo\" role=\"img\" aria-label=\"Our &amp; shop\" style=\"width:600px;height:80px;\">\
             Our &amp; shop</span>"
        );
        let styled = shown(" alt=\"A\" width=\"9\" style=\"width:100%; height: 9999px; border:0\"").unwrap();
        assert!(styled.contains("style=\"width:100%;height:2000px;border:0;\""), "{styled}");
        let narrow = shown(" alt=\"Letters\" width=\"24\" height=\"24\"").unwrap();
        assert!(narrow.contains("min-width:24px;min-height:24px;"), "{narrow}");
        let silent = shown(" alt=\"\" width=\"20\" height=\"90\"").unwrap();
        assert!(silent.contains("aria-hidden") && silent.contains("style=\"width:20px;height:90px;\""), "{silent}");
        assert!(shown(" alt=\"A\"").is_some());
    }

    #[test]
    fn a_style_means_in_the_field_what_it_meant_in_the_image() {
        let hidden = "width:'a;position:fixed;inset:0;background:url(//t.test/x);b'";
        let field = shown(&format!(" alt=\"X\" style=\"{hidden}; color:red\"")).unwrap();
        assert!(field.contains("style=\"color:red;\""), "{field}");
        let named = shown(" alt=\"X\" style=\"font-family:&quot;A; B&quot;,serif;color:red\"").unwrap();
        assert!(named.contains("font-family:&quot;A; B&quot;,serif;color:red;"), "{named}");
    }

    #[test]
    fn what_only_tells_of_being_read_leaves_nothing() {
        for attributes in [
            "",
            " alt=\"\"",
            " alt=\"\" width=\"600\"",
            " alt=\"x\" width=\"1\" height=\"1\"",
            " width=\"0\"",
            " alt=\"x\" style=\"height:1px\"",
            " alt=\"x\" width=\"50\" style=\"width:1px !important\"",
            " alt=\"x\" style=\"DISPLAY: none\"",
            " alt=\"x\" style=\"opacity:0\"",
        ] {
            assert_eq!(shown(attributes), None, "{attributes}");
        }
    }
}
