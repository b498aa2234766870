use reqwest::Method;

use super::*;

const SCHEMES: &[SecurityScheme] = &[
    SecurityScheme { name: "login", kind: SecurityKind::Basic },
    SecurityScheme { name: "token", kind: SecurityKind::Bearer },
    SecurityScheme { name: "oauth", kind: SecurityKind::OAuth2 },
    SecurityScheme { name: "oidc", kind: SecurityKind::OpenIdConnect },
    SecurityScheme { name: "digest", kind: SecurityKind::Http("Digest") },
    SecurityScheme { name: "header", kind: SecurityKind::ApiKey(ApiKeyLocation::Header, "X-Key") },
    SecurityScheme { name: "query", kind: SecurityKind::ApiKey(ApiKeyLocation::Query, "api key") },
    SecurityScheme { name: "cookie", kind: SecurityKind::ApiKey(ApiKeyLocation::Cookie, "sid") },
    SecurityScheme { name: "cookies", kind: SecurityKind::ApiKey(ApiKeyLocation::Header, "Cookie") },
    SecurityScheme { name: "mtls", kind: SecurityKind::MutualTls },
    SecurityScheme { name: "undeclared", kind: SecurityKind::Undeclared },
];

const BASE: &str = "https://api.example.com/v1";

fn request(url: &str) -> Request {
    Request::new(Method::GET, url.parse().expect("a URL"))
}

/// Adds credentials to a request for the base URL.
fn added(credentials: &Credentials, requirements: &[SecurityRequirement]) -> Result<Request, SecurityError> {
    let mut request = request("https://api.example.com/v1/a?b=c%20d");
    credentials.add_to(&mut request, SCHEMES, requirements, &[BASE]).map(|()| request)
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).map(|value| value.to_str().expect("a string").to_owned())
}

#[test]
fn each_scheme_has_its_place() {
    let of = |scheme: &'static str, credential: Credential| {
        let requirement: SecurityRequirement = Box::leak(Box::new([(scheme, &[][..])]));
        added(&Credentials::new().with(scheme, credential), &[requirement]).expect("it fits")
    };
    for (scheme, credential, expected) in [
        ("login", Credential::basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("token", Credential::bearer("a.b-c"), "Bearer a.b-c"),
        ("oauth", Credential::bearer("a"), "Bearer a"),
        ("oidc", Credential::bearer("a"), "Bearer a"),
        ("digest", Credential::http("username=\"a\""), "Digest username=\"a\""),
    ] {
        let request = of(scheme, credential);
        assert_eq!(header(&request, "authorization").as_deref(), Some(expected));
        assert_eq!(request.url().query(), Some("b=c%20d"));
    }
    assert_eq!(header(&of("header", Credential::api_key("k")), "x-key").as_deref(), Some("k"));
    let query = of("query", Credential::api_key("a&b=+ü"));
    assert_eq!(query.url().query(), Some("b=c%20d&api%20key=a%26b%3D%2B%C3%BC"));
    assert!(query.headers().is_empty());
    assert_eq!(header(&of("cookie", Credential::api_key("k=1")), "cookie").as_deref(), Some("sid=k=1"));
    let certified = of("mtls", Credential::client_certificate());
    assert!(certified.headers().is_empty() && certified.url().query() == Some("b=c%20d"));
}

#[test]
fn the_first_requirement_of_which_everything_is_set_is_met() {
    let requirements: [SecurityRequirement; 4] =
        [&[], &[("login", &[])], &[("header", &[]), ("query", &[])], &[("token", &["read"])]];
    let credentials = Credentials::new()
        .with("token", Credential::bearer("t"))
        .with("header", Credential::api_key("h"))
        .with("query", Credential::api_key("q"));
    let request = added(&credentials, &requirements).expect("the second fits");
    assert_eq!(header(&request, "x-key").as_deref(), Some("h"));
    assert_eq!(request.url().query(), Some("b=c%20d&api%20key=q"));
    assert_eq!(header(&request, "authorization"), None, "one requirement is enough");

    let half =
        Credentials::new().with("token", Credential::bearer("t")).with("query", Credential::api_key("q"));
    let request = added(&half, &requirements).expect("the last fits");
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer t"));
    assert_eq!(request.url().query(), Some("b=c%20d"));
}

#[test]
fn what_needs_no_credentials_gets_none() {
    let credentials = Credentials::new().with("token", Credential::bearer("t"));
    let public: &[SecurityRequirement] = &[&[]];
    let optional: &[SecurityRequirement] = &[&[("token", &[])], &[]];
    for (credentials, requirements) in
        [(&credentials, &[][..]), (&credentials, public), (&Credentials::new(), optional)]
    {
        let request = added(credentials, requirements).expect("nothing is needed");
        assert!(request.headers().is_empty());
    }
}

#[test]
fn an_error_says_what_is_needed() {
    let requirements: [SecurityRequirement; 2] =
        [&[("oauth", &["read", "write"])], &[("header", &[]), ("cookie", &[])]];
    let error =
        |credentials: Credentials| added(&credentials, &requirements).expect_err("it is not set").to_string();
    assert_eq!(
        error(Credentials::new()),
        "the operation needs credentials for `oauth` (read, write) or `header` with `cookie`; none is set"
    );
    assert_eq!(
        error(Credentials::new().with("header", Credential::api_key("secret"))),
        "the operation needs credentials for `oauth` (read, write) or `header` with `cookie`; only `header` is set"
    );
    let twice: [SecurityRequirement; 1] = [&[("login", &[]), ("token", &[])]];
    let both =
        Credentials::new().with("login", Credential::basic("a", "b")).with("token", Credential::bearer("c"));
    let error = added(&both, &twice).expect_err("there is one header").to_string();
    assert_eq!(error, "`login` and `token` would be sent in the same place of a request");
}

#[test]
fn what_a_request_has_already_is_replaced_or_kept() {
    let credentials = Credentials::new()
        .with("cookie", Credential::api_key("own"))
        .with("query", Credential::api_key("own"))
        .with("header", Credential::api_key("own"));
    let mut request = request("https://api.example.com/?api+key=old&b=c%20d&api%20key=old");
    for cookies in ["a=1; sid=old", "sidecar=2"] {
        request.headers_mut().append(COOKIE, HeaderValue::from_static(cookies));
    }
    request.headers_mut().append("x-key", HeaderValue::from_static("old"));
    let requirements: [SecurityRequirement; 1] = [&[("cookie", &[]), ("query", &[]), ("header", &[])]];
    // As each page of a list, which has the query of the page before.
    for _ in 0..2 {
        credentials.add_to(&mut request, SCHEMES, &requirements, &[BASE]).expect("all are set");
        assert_eq!(request.url().query(), Some("b=c%20d&api%20key=own"));
        let cookies: Vec<_> = request.headers().get_all(COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; sidecar=2; sid=own"]);
        let keys: Vec<_> = request.headers().get_all("x-key").iter().collect();
        assert_eq!(keys, ["own"]);
    }
}

#[test]
fn a_key_in_the_header_of_cookies_leaves_other_cookies_there() {
    let credentials = Credentials::new()
        .with("cookie", Credential::api_key("own"))
        .with("cookies", Credential::api_key("a=2; b=3"));
    let orders: [(SecurityRequirement, &str); 2] = [
        (&[("cookie", &[]), ("cookies", &[])], "page=1; sid=own; a=2; b=3"),
        (&[("cookies", &[]), ("cookie", &[])], "page=1; a=2; b=3; sid=own"),
    ];
    for (requirement, expected) in orders {
        let mut request = request(BASE);
        request.headers_mut().append(COOKIE, HeaderValue::from_static("a=1; page=1"));
        for _ in 0..2 {
            credentials.add_to(&mut request, SCHEMES, &[requirement], &[BASE]).expect("both are set");
            let cookies: Vec<_> = request.headers().get_all(COOKIE).iter().collect();
            assert_eq!(cookies, [expected]);
            assert!(cookies[0].is_sensitive());
        }
    }
}

#[test]
fn credentials_go_to_no_origin_that_the_caller_has_not_named() {
    let credentials = Credentials::new().with("header", Credential::api_key("secret"));
    let requirements: [SecurityRequirement; 1] = [&[("header", &[])]];
    for (url, is_trusted) in [
        ("https://api.example.com/other", true),
        ("https://api.example.com:443/", true),
        ("https://upload.example.com/", true),
        ("http://api.example.com/", false),
        ("https://api.example.com:8443/", false),
        ("https://api.example.com.evil.org/", false),
        ("https://evil.org/api.example.com", false),
    ] {
        let mut request = request(url);
        let trusted = [BASE, "https://upload.example.com/x"];
        let outcome = credentials.add_to(&mut request, SCHEMES, &requirements, &trusted);
        assert_eq!(outcome.is_ok(), is_trusted, "{url}");
        assert_eq!(request.headers().contains_key("x-key"), is_trusted, "{url}");
        // What needs no credentials goes anywhere.
        credentials.add_to(&mut request, SCHEMES, &[], &trusted).expect(url);
    }
}

#[test]
fn no_debug_and_no_error_shows_a_secret() {
    let all = [
        ("login", Credential::basic("secret", "secret")),
        ("token", Credential::bearer("secret")),
        ("digest", Credential::http("secret")),
        ("header", Credential::api_key("secret")),
    ];
    let mut credentials = Credentials::new();
    for (scheme, credential) in &all {
        assert!(!format!("{credential:?}").contains("secret"));
        credentials = credentials.with(*scheme, credential.clone());
        for other in SCHEMES {
            if let Err(error) = credential.placed(other.name, other.kind) {
                assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
            }
        }
    }
    assert_eq!(
        format!("{credentials:?}"),
        r#"{"digest": Credential::http(..), "header": Credential::api_key(..), "login": Credential::basic(..), "token": Credential::bearer(..)}"#
    );
    for requirement in [[("login", &[][..])], [("token", &[])], [("digest", &[])], [("header", &[])]] {
        let requirement: SecurityRequirement = Box::leak(Box::new(requirement));
        let request = added(&credentials, &[requirement]).expect("it is set");
        assert!(request.headers().values().all(HeaderValue::is_sensitive));
        assert!(!format!("{request:?}").contains("secret"));
    }
    let cookie: SecurityRequirement = &[("cookie", &[])];
    let request = added(&Credentials::new().with("cookie", Credential::api_key("secret")), &[cookie]);
    assert!(!format!("{request:?}").contains("secret"));
}

#[test]
fn credentials_are_checked_before_they_are_used() {
    let check = |scheme: &str, credential: Credential| {
        let checked = Credentials::new().with(scheme, credential).check(SCHEMES);
        checked.map_err(|error| error.to_string())
    };
    assert_eq!(check("login", Credential::basic("a", "b:c")), Ok(()));
    assert_eq!(check("mtls", Credential::client_certificate()), Ok(()));
    for (scheme, credential, expected) in [
        (
            "login",
            Credential::bearer("a"),
            "the credential for `login` is `bearer`; the scheme takes `basic`",
        ),
        (
            "mtls",
            Credential::api_key("a"),
            "the credential for `mtls` is `api_key`; the scheme takes `client_certificate`",
        ),
        ("login", Credential::basic("a:b", "c"), "the credential for `login` has a user with a `:`"),
        ("login", Credential::basic("a", "c\n"), "the credential for `login` has a control character"),
        (
            "token",
            Credential::bearer("c\n"),
            "the credential for `token` has a character that no header can have, perhaps a line break at its end",
        ),
        ("token", Credential::bearer(""), "the credential for `token` is empty"),
        ("header", Credential::api_key(""), "the credential for `header` is empty"),
        (
            "cookie",
            Credential::api_key("a; b"),
            "the credential for `cookie` has a character that no cookie can have",
        ),
    ] {
        assert_eq!(check(scheme, credential), Err(expected.to_owned()));
    }
    let error = check("tokn", Credential::bearer("a")).expect_err("a typing error");
    assert!(
        error.starts_with("there is no security scheme `tokn`; the document has `login`, `token`"),
        "{error}"
    );
}

#[test]
fn a_scheme_that_the_document_does_not_declare_is_known_by_its_credential() {
    let requirements: [SecurityRequirement; 1] = [&[("undeclared", &[])]];
    let with =
        |credential: Credential| added(&Credentials::new().with("undeclared", credential), &requirements);
    let request = with(Credential::bearer("t")).expect("a header");
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer t"));
    let error = with(Credential::api_key("k")).expect_err("nobody knows where").to_string();
    assert_eq!(
        error,
        "the credential for `undeclared` is `api_key`; the scheme takes `basic`, `bearer` or `client_certificate`"
    );
}
