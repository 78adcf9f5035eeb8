//! The page's files as the page build left them in `dist/`; where they come from: `dist`.
//!
//! - A name that carries a hash of its content never changes and may be kept for ever; everything else is asked for again
//!   each time, which costs an empty 304 (RFC 9110 §13.1.2) while nothing has changed.
//! - The build laid compressed copies (`.br`, `.gz`) beside the files. Nothing is compressed here.
//! - The path of a link gives `reader.html`, the page for people without an account; any other path is a route of the page and gives
//!   `index.html`, whose router knows what it means.
//!
//! Invariants: no state, no session, no answer that depends on who asks; every answer carries the strict headers below, and
//! no inline script runs but those that `index.html` carries, named by their hashes.

use std::borrow::Cow;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use shared::api::paths;

use super::dist::{Dist, File};

/// What a missing page answers: a debug build without `dist/`, or a release build that was made without it.
const NOT_BUILT: &str = "The page was not built. In the source folder: make run\n";

/// The kinds of files that the page consists of. A path that ends like one of these and is not there is an error, not a route.
const TYPES: [(&str, &str); 13] = [
    ("css", "text/css; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
];

/// Paths below these belong to programs, on the box or in the browser: what is not there is not there, and is no page.
const NOT_PAGES: [&str; 3] = ["/api/", "/.well-known/", paths::LINK_SAVING];

/// Digits of a hash in a name, at the least. The page build writes 16.
const HASH_DIGITS: usize = 12;

/// What keeps search engines away, and how: from letters, whose links lead to a page as any path does.
pub(super) const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
pub(super) const NO_ROBOTS: &str = "noindex, nofollow, noarchive";

/// The same on every answer. Nothing on the page may reach any network but this box, be framed, or hand out where it is.
const STRICT_HEADERS: [(HeaderName, &str); 8] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), \
         geolocation=(), gyroscope=(), hid=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
         serial=(), usb=(), xr-spatial-tracking=(), clipboard-read=(self), clipboard-write=(self), fullscreen=(self), \
         publickey-credentials-create=(self), publickey-credentials-get=(self)",
    ),
];

/// The page for people without an account.
const READER: &str = "reader.html";

/// The content policy but for its `script-src`. Styles may stand in the document because mail brings its own; they can load
/// nothing. Mail is shown in a frame whose document the page writes itself, which counts as no source of frames.
const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
                      style-src 'self' 'unsafe-inline'; worker-src 'self'; manifest-src 'self'; media-src blob:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Answers every path that nothing else answers: the page's files, and `index.html` for its routes.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let dist = Dist::find();
    Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap| {
        let answer = answer(|name| dist.file(name), &method, uri.path(), &headers);
        std::future::ready(answer)
    })
}

fn answer(files: impl Fn(&str) -> Option<File>, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let head = match *method {
        Method::GET => false,
        Method::HEAD => true,
        _ => {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
    };
    let name = path.trim_start_matches('/');
    if is_public(name)
        && let Some(file) = files(name)
    {
        return found(&files, name, file, head, headers);
    }
    if content_type(name).is_some() || NOT_PAGES.iter().any(|start| path.starts_with(start)) {
        return plain(StatusCode::NOT_FOUND, "");
    }
    let is_link = path == paths::LINK_TYPING_PAGE || path.starts_with(paths::LINK_PAGE);
    let document = if is_link { READER } else { "index.html" };
    let mut response = match files(document) {
        Some(file) => found(&files, document, file, head, headers),
        None => plain(StatusCode::SERVICE_UNAVAILABLE, if head { "" } else { NOT_BUILT }),
    };
    if is_link {
        // No trace of a letter's address anywhere, and of its secret, where a gateway has moved it from behind `#` into the path.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().insert(ROBOTS, HeaderValue::from_static(NO_ROBOTS));
    }
    response
}

/// May a request name this file? Not the compressed copies, and nothing whose name begins with a dot.
fn is_public(name: &str) -> bool {
    content_type(name).is_some() && !name.split('/').any(|part| part.starts_with('.'))
}

fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, kind)| *kind)
}

fn found(files: impl Fn(&str) -> Option<File>, name: &str, plain: File, head: bool, headers: &HeaderMap) -> Response {
    let is_html = name.ends_with(".html");
    let mut policy = if is_html { policy(&inline_scripts(&plain.data)) } else { policy(&[]) };
    if name == READER {
        // A hidden frame has large files saved (`paths::LINK_SAVING`). What the box itself answers wants to be in no frame.
        policy.push_str("; frame-src 'self'");
    }

    let encodings = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(encoding, _)| accepts(headers, encoding));
    let packed =
        encodings.into_iter().find_map(|(encoding, suffix)| Some((encoding, files(&format!("{name}.{suffix}"))?)));
    // The tag names the page's file and the form it travels in: two forms of one file are two representations (RFC 9110 §8.8.3).
    let tag = hex(&plain.sha256);
    let (etag, encoding, data) = match packed {
        Some((encoding, file)) => (format!("\"{tag}-{encoding}\""), Some(encoding), file.data),
        None => (format!("\"{tag}\""), None, plain.data),
    };

    let unchanged = matches(headers, &etag);
    let length = data.len();
    let body = if head || unchanged {
        Body::empty()
    } else {
        Body::from(match data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        })
    };

    let mut response = Response::new(body);
    let out = response.headers_mut();
    insert_strict(out, &policy);
    out.insert(header::ETAG, HeaderValue::from_str(&etag).expect("hexadecimal digits are ASCII"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let kept = if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(name).unwrap_or("application/octet-stream")),
    );
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let out = response.headers_mut();
    insert_strict(out, &policy(&[]));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn insert_strict(out: &mut HeaderMap, policy: &str) {
    for (name, value) in STRICT_HEADERS {
        out.insert(name, HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_str(policy).expect("the policy and base64 are ASCII");
    out.insert(header::CONTENT_SECURITY_POLICY, policy);
}

fn policy(inline_scripts: &[String]) -> String {
    let mut policy = format!("{POLICY}; script-src 'self' 'wasm-unsafe-eval'");
    for hash in inline_scripts {
        policy.push_str(&format!(" 'sha256-{hash}'"));
    }
    policy
}

/// The hash of each script that stands in the document itself, as a content policy names it (CSP 3 §2.3.1). The page build
/// writes the document, in lower case and with nothing in it that only looks like a script.
fn inline_scripts(html: &[u8]) -> Vec<String> {
    let html = String::from_utf8_lossy(html);
    html.split("<script")
        .skip(1)
        .filter_map(|from_tag| {
            let (attributes, rest) = from_tag.split_once('>')?;
            let (script, _) = rest.split_once("</script>")?;
            let is_inline = !attributes.split_whitespace().any(|attribute| attribute.starts_with("src="));
            is_inline.then(|| STANDARD.encode(Sha256::digest(script)))
        })
        .collect()
}

/// Does the name carry a hash of the content, as in `app-0123456789abcdef_bg.wasm`?
fn is_hashed(name: &str) -> bool {
    name.split(['/', '-', '_', '.'])
        .any(|part| part.len() >= HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Does the browser take this encoding (RFC 9110 §12.5.3)? A weight of zero says no.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    values(headers, &header::ACCEPT_ENCODING).any(|value| {
        let (name, parameters) = value.split_once(';').unwrap_or((value, ""));
        let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight.unwrap_or(1.0) > 0.0
    })
}

/// Does the browser say that it has this (RFC 9110 §13.1.2)?
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    values(headers, &header::IF_NONE_MATCH)
        .any(|value| value == "*" || value.strip_prefix("W/").unwrap_or(value) == etag)
}

/// The members of a header that holds a list.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    const BOOT: &str = "\nimport init from '/app-0123456789abcdef.js';\n";

    fn page(name: &str) -> Option<File> {
        let text = match name {
            "index.html" => {
                format!("<!doctype html><script src=\"/early.js\"></script><script type=\"module\">{BOOT}</script>")
            }
            "reader.html" => "<!doctype html><title>reader".into(),
            "index.html.br" => "index in brotli".into(),
            "app-0123456789abcdef.js" => "app".into(),
            "app-0123456789abcdef.js.br" => "app in brotli".into(),
            "app-0123456789abcdef.js.gz" => "app in gzip".into(),
            "app-0123456789abcdef_bg.wasm" => "module".into(),
            "icon.svg" => "icon".into(),
            ".made-from" | ".hidden/app.js" => "hidden".into(),
            _ => return None,
        };
        let data = text.into_bytes();
        Some(File { sha256: Sha256::digest(&data).into(), data: Cow::Owned(data) })
    }

    fn ask(method: &Method, path: &str, headers: &[(HeaderName, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        answer(page, method, path, &headers)
    }

    fn get(path: &str) -> Response {
        ask(&Method::GET, path, &[])
    }

    fn header_of(response: &Response, name: HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    async fn body(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_hashed_name_is_kept_for_ever_and_index_is_asked_for_again() {
        let app = get("/app-0123456789abcdef.js");
        assert_eq!(header_of(&app, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(header_of(&app, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(body(app).await, "app");

        assert_eq!(header_of(&get("/"), header::CACHE_CONTROL), "no-cache");
        assert_eq!(header_of(&get("/icon.svg"), header::CACHE_CONTROL), "no-cache");
        let module = get("/app-0123456789abcdef_bg.wasm");
        assert_eq!(header_of(&module, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(header_of(&module, header::CONTENT_TYPE), "application/wasm");
    }

    #[tokio::test]
    async fn the_page_of_a_link_is_one_of_its_own_and_kept_nowhere() {
        for path in ["/l", "/l/", "/l/0123456789abcdef"] {
            assert!(body(get(path)).await.contains("reader"), "{path}");
        }
        assert!(!body(get("/list")).await.contains("<title>reader"));
        let page = get("/l/0123456789abcdef%23secret");
        assert_eq!(header_of(&page, header::CACHE_CONTROL), "no-store");
        assert_eq!(header_of(&page, ROBOTS), NO_ROBOTS);
        assert_eq!(header_of(&page, header::REFERRER_POLICY), "no-referrer");
        assert_eq!(header_of(&get("/"), ROBOTS), "");
    }

    #[tokio::test]
    async fn the_best_form_that_the_browser_takes_is_sent() {
        let with = |accept| ask(&Method::GET, "/app-0123456789abcdef.js", &[(header::ACCEPT_ENCODING, accept)]);
        for (accept, encoding, expected) in [
            ("gzip, deflate, br, zstd", "br", "app in brotli"),
            ("gzip", "gzip", "app in gzip"),
            ("br;q=0, GZIP;q=0.5", "gzip", "app in gzip"),
            ("identity", "", "app"),
        ] {
            let response = with(accept);
            assert_eq!(header_of(&response, header::CONTENT_ENCODING), encoding, "{accept}");
            assert_eq!(header_of(&response, header::VARY), "accept-encoding");
            assert_eq!(header_of(&response, header::CONTENT_LENGTH), expected.len().to_string());
            assert_eq!(body(response).await, expected);
        }
        // A file without compressed copies goes out as it is.
        let icon = ask(&Method::GET, "/icon.svg", &[(header::ACCEPT_ENCODING, "br, gzip")]);
        assert_eq!((header_of(&icon, header::CONTENT_ENCODING), icon.status()), ("", StatusCode::OK));
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        let tag = header_of(&get("/"), header::ETAG).to_owned();
        for has in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let again = ask(&Method::GET, "/", &[(header::IF_NONE_MATCH, &has)]);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{has}");
            assert_eq!(header_of(&again, header::ETAG), tag);
            assert_eq!(header_of(&again, header::CACHE_CONTROL), "no-cache");
            assert_eq!(body(again).await, "");
        }
        // Each form has a tag of its own.
        let other_form = ask(&Method::GET, "/", &[(header::IF_NONE_MATCH, &tag), (header::ACCEPT_ENCODING, "br")]);
        assert_eq!(other_form.status(), StatusCode::OK);
        assert_eq!(body(other_form).await, "index in brotli");
    }

    #[tokio::test]
    async fn routes_of_the_page_give_the_page_and_missing_files_do_not() {
        for route in ["/", "/mail/inbox", "/invitation", "/contact/alice@home.test", "/%2e%2e/x"] {
            let response = get(route);
            assert_eq!(response.status(), StatusCode::OK, "{route}");
            assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
        }
        let missing =
            ["/gone-0123456789abcdef.js", "/favicon.ico", "/.hidden/app.js", "/api/nothing", "/.well-known/x"];
        for path in missing {
            assert_eq!(get(path).status(), StatusCode::NOT_FOUND, "{path}");
        }
        // Neither the compressed copies nor the build's own notes can be asked for by name.
        for path in ["/app-0123456789abcdef.js.br", "/.made-from"] {
            assert!(body(get(path)).await.starts_with("<!doctype html>"), "{path}");
        }
    }

    #[tokio::test]
    async fn head_says_what_get_would_send_and_nothing_can_be_changed() {
        let head = ask(&Method::HEAD, "/icon.svg", &[]);
        assert_eq!(header_of(&head, header::CONTENT_LENGTH), "4");
        assert_eq!(body(head).await, "");
        let post = ask(&Method::POST, "/", &[]);
        assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header_of(&post, header::ALLOW), "GET, HEAD");
    }

    #[test]
    fn only_the_scripts_that_the_page_was_built_with_may_run() {
        let response = get("/");
        let policy = header_of(&response, header::CONTENT_SECURITY_POLICY);
        let boot = STANDARD.encode(Sha256::digest(BOOT));
        assert!(policy.ends_with(&format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{boot}'")), "{policy}");
        assert!(policy.starts_with("default-src 'none'; connect-src 'self'"), "{policy}");
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"));
        // A worker lives by the policy that its own script came with.
        let worker = get("/app-0123456789abcdef.js");
        assert!(header_of(&worker, header::CONTENT_SECURITY_POLICY).ends_with("script-src 'self' 'wasm-unsafe-eval'"));
    }

    #[test]
    fn frames_are_for_saving_files_of_letters_alone() {
        assert!(
            header_of(&get("/l/0123456789abcdef"), header::CONTENT_SECURITY_POLICY).ends_with("; frame-src 'self'")
        );
        assert!(!header_of(&get("/"), header::CONTENT_SECURITY_POLICY).contains("frame-src"));
        let saving = get("/l/save/0123456789abcdef0123456789abcdef");
        assert_eq!(saving.status(), StatusCode::NOT_FOUND);
        assert_eq!(header_of(&saving, header::X_FRAME_OPTIONS), "DENY");
    }

    #[test]
    fn every_answer_is_strict() {
        let unchanged = ask(&Method::GET, "/", &[(header::IF_NONE_MATCH, "*")]);
        for response in [get("/"), get("/icon.svg"), get("/gone.js"), ask(&Method::POST, "/", &[]), unchanged] {
            for (name, value) in STRICT_HEADERS {
                assert_eq!(header_of(&response, name), value);
            }
            assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        }
    }

    #[tokio::test]
    async fn a_page_that_was_not_built_says_so() {
        let response = answer(|_| None, &Method::GET, "/", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(header_of(&response, header::CACHE_CONTROL), "no-store");
        assert_eq!(body(response).await, NOT_BUILT);
    }
}
