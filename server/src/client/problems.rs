//! What a message could not give, in words.

use shared::mime::Problem;

/// One sentence for the reader of a message.
pub(super) fn words(problem: &Problem) -> String {
    match problem {
        Problem::NoHeader => "it has no header; all of it is shown as text".into(),
        Problem::NoHeaderEnd => "no empty line ends the header; the text may be mixed up with it".into(),
        Problem::LongHeader => "the header is too long; fields far behind in it are not shown".into(),
        Problem::RepeatedField(name) => format!("the field {name} stands there twice; the first is shown"),
        Problem::UnknownCharset(name) => format!("the charset {name} is not known; some characters are wrong"),
        Problem::UnknownEncoding(name) => format!("the encoding {name} is not known; a part is shown as it came"),
        Problem::BrokenEncoding => "the encoding of a part is broken; some of it is missing or wrong".into(),
        Problem::NoBoundary => "its parts cannot be told apart; they are shown as text".into(),
        Problem::Truncated => "it was cut off; what came after is missing".into(),
        Problem::TooManyParts => "it has too many parts; the last are not shown".into(),
        Problem::TooDeep => "its parts are nested too deep; the innermost are not shown".into(),
        _ => "it has a fault that this program does not know".into(),
    }
}
