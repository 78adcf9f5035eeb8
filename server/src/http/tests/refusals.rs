//! Whatever is asked, what is not done is an `ApiError`.

use super::*;

/// Every door of the API, its parameters as they stand in the path.
const DOORS: [&str; 32] = [
    paths::REGISTER_START,
    paths::REGISTER_FINISH,
    paths::INVITATION,
    paths::INVITATION_ADDRESS,
    paths::LOGIN_START,
    paths::LOGIN_FINISH,
    paths::RECOVER_START,
    paths::RECOVER_FINISH,
    paths::SESSION,
    paths::ACCOUNT,
    paths::CONFIRM,
    paths::PASSPHRASE_START,
    paths::PASSPHRASE,
    paths::RECOVERY_CODE,
    paths::OWN_KEYS,
    paths::OWN_KEY_NEWS,
    paths::EVENTS,
    paths::MAILBOXES,
    paths::MAILBOX,
    paths::MAILBOX_MESSAGES,
    paths::MESSAGE,
    paths::MESSAGE_SUMMARY,
    paths::MESSAGE_DELIVERIES,
    paths::FLAGS,
    paths::MOVE,
    paths::DELETE,
    paths::SUBMIT,
    paths::SUBMISSION,
    paths::CERTIFICATES_LOOKUP,
    paths::CERTIFICATES_KEPT,
    paths::PEOPLE,
    paths::DEVICES,
];
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// A door with these words in the place of its parameters.
fn filled(door: &str, word: &str) -> String {
    let parts: Vec<_> = door.split('/').map(|part| if part.starts_with('{') { word } else { part }).collect();
    parts.join("/")
}

#[tokio::test]
async fn a_method_that_a_door_does_not_have_is_refused_with_those_that_it_has() {
    let home = Home::new();
    let mut browser = Browser::new(&home);
    for door in DOORS {
        let path = filled(door, "1");
        let mut refused = 0;
        for method in METHODS {
            let request = browser.request(method.clone(), &path, Body::from("{"));
            let response = browser.send(request).await;
            let (status, allow) = (response.status(), response.headers().get(header::ALLOW).cloned());
            if method == Method::HEAD || status.is_success() {
                continue;
            }
            let is_refused = code(response).await == ErrorCode::MethodNotAllowed;
            assert_eq!(is_refused, status == StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(is_refused, allow.is_some(), "{method} {path}");
            refused += usize::from(is_refused);
        }
        assert!((3..=5).contains(&refused), "{path} refuses {refused} methods");
    }
}

#[tokio::test]
async fn paths_that_are_none_are_told_apart_from_what_is_not_there() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    for path in ["/api/", "/api/nothing", "/api/messages", "/api/messages/1/nothing", "/api/%FF", "/api/session/"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let request = browser.request(method, path, Body::empty());
            assert_eq!(code(browser.send(request).await).await, ErrorCode::NotFound, "{path}");
        }
    }
    browser.register(&mut home, "correct horse battery").await;
    let doors = [
        (Method::PATCH, paths::MAILBOX),
        (Method::DELETE, paths::MAILBOX),
        (Method::GET, paths::MAILBOX_MESSAGES),
        (Method::POST, paths::MAILBOX_MESSAGES),
        (Method::GET, paths::MESSAGE),
        (Method::PUT, paths::MESSAGE_SUMMARY),
        (Method::GET, paths::MESSAGE_DELIVERIES),
        (Method::DELETE, paths::SUBMISSION),
        (Method::DELETE, paths::DEVICE),
    ];
    for (method, door) in doors {
        for word in ["x", "1.5", "%FF", "99999999999999999999"] {
            let request = browser.request(method.clone(), &filled(door, word), Body::from("{}"));
            assert_eq!(code(browser.send(request).await).await, ErrorCode::BadRequest, "{method} {door} {word}");
        }
    }
    for query in ["limit=many", "limit=-1", "before=yesterday", "before=1.2", "limit=1&limit=2", "before=%FF"] {
        let path = format!("{}?{query}", filled(paths::MAILBOX_MESSAGES, "1"));
        assert_eq!(code(browser.get(&path).await).await, ErrorCode::BadRequest, "{query}");
    }
    assert_eq!(code(browser.get(&filled(paths::MESSAGE, "4711")).await).await, ErrorCode::NotFound);
}

#[tokio::test]
async fn what_the_guard_stops_is_an_api_error_too() {
    let home = Home::new();
    let mut browser = Browser::new(&home);
    for path in [paths::LOGIN_START, paths::LOGOUT, "/api/nothing"] {
        let mut request = browser.request(Method::POST, path, Body::from("{}"));
        request.headers_mut().remove(paths::CSRF_HEADER);
        let response = browser.send(request).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(code(response).await, ErrorCode::Forbidden);
    }
}
