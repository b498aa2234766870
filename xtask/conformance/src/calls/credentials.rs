//! Random credentials for a call, and where the unlowered document has them in a request, independently of the client.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::references;
use serde_json::{Map, Value, json};

use super::operation::Argument;
use super::wire::encoded;

/// What every credential contains, so that one that is shown is noticed.
pub(super) const SECRET: &str = "s3cret";

/// The security schemes of a document, and the requirements of an operation.
pub(super) struct Security {
    /// By their names: where a request has the credential, and its name there.
    schemes: Vec<(String, Scheme)>,
    /// The names of the schemes that are needed together.
    requirements: Vec<Vec<String>>,
}

/// A scheme: where a request has its credential, and the name of the HTTP scheme if that is the header `Authorization`.
#[derive(Clone, Debug, PartialEq)]
struct Scheme {
    /// The location of a parameter; empty for a certificate.
    location: &'static str,
    name: String,
    http: Option<String>,
}

impl Security {
    /// Reads the security of the operation at a location.
    pub(super) fn of(document: &Value, at: &Pointer) -> Self {
        let declared = document["components"]["securitySchemes"].as_object().into_iter().flatten();
        let mut schemes: Vec<(String, Scheme)> =
            declared.filter_map(|(name, of)| Some((name.clone(), scheme(resolved(of, document))?))).collect();
        let own = at.resolve(document).and_then(|operation| operation.get("security"));
        let Some(stated) = own.or(document.get("security")).and_then(Value::as_array) else {
            let each = schemes.iter().map(|(name, _)| vec![name.clone()]);
            let requirements = each.chain([Vec::new()]).collect();
            return Self { schemes, requirements };
        };
        let stated = stated.iter().filter_map(Value::as_object);
        // Besides a name, a key can be the URI of a component (OpenAPI 3.2 §4.30).
        let named = |key: &String| {
            let is_declared = schemes.iter().any(|(name, _)| name == key);
            let of_uri = key.split_once("#/components/securitySchemes/").filter(|_| !is_declared);
            of_uri.map_or_else(|| key.clone(), |(_, name)| name.to_owned())
        };
        let stated: Vec<Vec<String>> = stated.map(|one| one.keys().map(named).collect()).collect();
        for name in stated.iter().flatten() {
            if schemes.iter().all(|(other, _)| other != name) {
                // What is not declared says itself where it is sent.
                let bearer = Scheme {
                    location: "header",
                    name: "authorization".to_owned(),
                    http: Some("Bearer".to_owned()),
                };
                schemes.push((name.clone(), bearer));
            }
        }
        let mut security = Self { schemes, requirements: Vec::new() };
        security.requirements = stated.iter().flat_map(|one| security.ways(one)).collect();
        security
    }

    /// A requirement without two schemes that have the same place.
    fn ways(&self, names: &[String]) -> Vec<Vec<String>> {
        let mut ways = vec![Vec::new()];
        for name in names {
            let place = self.scheme(name).map(Scheme::place);
            let same: Vec<&String> = names
                .iter()
                .filter(|other| {
                    *other == name || place.is_some() && self.scheme(other).map(Scheme::place) == place
                })
                .collect();
            if same.first() != Some(&name) {
                continue;
            }
            ways = ways
                .iter()
                .flat_map(|way| same.iter().map(|one| way.iter().cloned().chain([(*one).clone()]).collect()))
                .take(16)
                .collect();
        }
        ways
    }

    fn scheme(&self, name: &str) -> Option<&Scheme> {
        self.schemes.iter().find(|(other, _)| other == name).map(|(_, scheme)| scheme)
    }

    /// Random credentials for the program, by the names of schemes: those of a random requirement, and some others.
    pub(super) fn random(&self, seed: u64) -> Map<String, Value> {
        let mut random = fastrand::Rng::with_seed(seed);
        let met = random.choice(self.requirements.iter()).cloned().unwrap_or_default();
        let given = self.schemes.iter().filter(|(name, _)| met.contains(name) || random.u8(..4) == 0);
        given.map(|(name, scheme)| (name.clone(), scheme.credential(seed))).collect()
    }

    /// Credentials that meet no requirement: each misses one. `None` if none are needed.
    pub(super) fn too_few(&self, seed: u64) -> Option<Map<String, Value>> {
        if self.requirements.is_empty() || self.requirements.iter().any(Vec::is_empty) {
            return None;
        }
        let mut random = fastrand::Rng::with_seed(seed);
        let missing: Vec<&String> =
            self.requirements.iter().filter_map(|one| random.choice(one.iter())).collect();
        let given = self.schemes.iter().filter(|(name, _)| !missing.contains(&name));
        Some(given.map(|(name, scheme)| (name.clone(), scheme.credential(seed))).collect())
    }

    /// What a request must have of these credentials, and nothing else: those of the first requirement that they meet.
    pub(super) fn expected(&self, given: &Map<String, Value>) -> Vec<Argument> {
        let is_met =
            |one: &&Vec<String>| !one.is_empty() && one.iter().all(|name| given.contains_key(name.as_str()));
        let met = self.requirements.iter().find(is_met).into_iter().flatten();
        met.filter_map(|name| self.scheme(name)?.argument(&given[name.as_str()])).collect()
    }
}

impl Scheme {
    fn place(&self) -> (&'static str, String) {
        (self.location, if self.location == "header" { self.name.to_lowercase() } else { self.name.clone() })
    }

    /// A credential, as the program reads it: the constructor, and its arguments.
    fn credential(&self, seed: u64) -> Value {
        match (self.http.as_deref(), self.location) {
            (_, "") => json!(["client_certificate"]),
            (Some("Basic"), _) => json!(["basic", format!("{SECRET}-{seed}"), format!("{SECRET}:ü ")]),
            (Some("Bearer"), _) => json!(["bearer", format!("{SECRET}.{seed}~+/=")]),
            (Some(_), _) => json!(["http", format!("key={SECRET}, n=\"{seed}\"")]),
            // All of a header that other cookies are in as well.
            (None, "header") if self.is_of_cookies() => {
                json!(["api_key", format!("k1={SECRET}{seed}; k2=\"{seed}\"")])
            }
            (None, "cookie") => json!(["api_key", format!("{SECRET}%20={seed}")]),
            (None, "query") => json!(["api_key", format!("{SECRET}&a=b +%20ü#{seed}")]),
            (None, _) => json!(["api_key", format!("{SECRET} {seed};,")]),
        }
    }

    /// A credential on the wire.
    fn argument(&self, credential: &Value) -> Option<Argument> {
        let text = |index: usize| credential[index].as_str().unwrap_or_default();
        let value = match self.http.as_deref() {
            _ if self.location.is_empty() => return None,
            Some("Basic") => format!("Basic {}", STANDARD.encode(format!("{}:{}", text(1), text(2)))),
            Some(scheme) => format!("{scheme} {}", text(1)),
            None => text(1).to_owned(),
        };
        let (location, pairs) = match self.location {
            "query" => ("query", vec![(encoded(&self.name), encoded(&value))]),
            // Each cookie has to be in the one header that a request has for them (RFC 6265 §5.4).
            "header" if self.is_of_cookies() => {
                let cookies = value.split("; ").filter_map(|cookie| cookie.split_once('='));
                ("cookie", cookies.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
            }
            location => (location, vec![(self.name.clone(), value.clone())]),
        };
        Some(Argument { location: location.to_owned(), name: self.name.clone(), value: value.into(), pairs })
    }

    fn is_of_cookies(&self) -> bool {
        self.location == "header" && self.name.eq_ignore_ascii_case("cookie")
    }
}

/// Reads a Security Scheme Object; `None` if it is not one of OpenAPI's.
fn scheme(of: &Value) -> Option<Scheme> {
    let authorization = |http: &str| {
        Some(Scheme { location: "header", name: "authorization".to_owned(), http: Some(http.to_owned()) })
    };
    match of["type"].as_str()? {
        "http" => match of["scheme"].as_str()? {
            "" => None,
            name if name.eq_ignore_ascii_case("basic") => authorization("Basic"),
            name if name.eq_ignore_ascii_case("bearer") => authorization("Bearer"),
            name => authorization(name),
        },
        "oauth2" | "openIdConnect" => authorization("Bearer"),
        "mutualTLS" => Some(Scheme { location: "", name: String::new(), http: None }),
        "apiKey" => {
            let known = ["header", "query", "cookie"];
            let location = known.into_iter().find(|known| of["in"] == **known)?;
            let name = of["name"].as_str().filter(|name| !name.is_empty())?;
            Some(Scheme { location, name: name.to_owned(), http: None })
        }
        _ => None,
    }
}

fn resolved<'a>(mut of: &'a Value, document: &'a Value) -> &'a Value {
    for _ in 0..8 {
        match references::target(of).and_then(|target| target.resolve(document)) {
            Some(target) => of = target,
            None => break,
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_requirement_that_is_met_is_expected_and_no_other() {
        let document = json!({
            "security": [{ "token": [] }],
            "paths": { "/a": {
                "get": { "security": [{}, { "login": [] }, { "key": [], "session": [] }] },
                "put": {},
                "post": { "security": [] },
                "patch": { "security": [{ "login": [], "token": [], "key": [] }] },
            } },
            "components": { "securitySchemes": {
                "token": { "type": "oauth2" },
                "login": { "type": "http", "scheme": "BASIC" },
                "key": { "type": "apiKey", "in": "query", "name": "api key" },
                "session": { "$ref": "#/components/securitySchemes/cookie" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "sid" },
            } },
        });
        let of = |method: &str| Security::of(&document, &Pointer::of(["paths", "/a", method]));
        let given = |names: &[&str]| -> Map<String, Value> {
            let all = names.iter().map(|name| {
                let own = of("get").scheme(name).map(|scheme| scheme.credential(7));
                ((*name).to_owned(), own.unwrap_or_default())
            });
            all.collect()
        };
        let expected = |method: &str, names: &[&str]| -> Vec<String> {
            let arguments = of(method).expected(&given(names));
            arguments
                .iter()
                .map(|one| format!("{} {}={}", one.location, one.pairs[0].0, one.pairs[0].1))
                .collect()
        };
        assert_eq!(
            expected("get", &["login", "key", "session"]),
            [format!("header authorization=Basic {}", STANDARD.encode("s3cret-7:s3cret:ü "))]
        );
        assert_eq!(
            expected("get", &["key", "session"]),
            ["query api%20key=s3cret%26a%3Db%20%2B%2520%C3%BC%237", "cookie sid=s3cret%20=7"]
        );
        assert_eq!(expected("get", &["key", "token"]), [""; 0]);
        assert_eq!(expected("put", &["login", "token"]), ["header authorization=Bearer s3cret.7~+/="]);
        assert_eq!(expected("post", &["token"]), [""; 0]);
        assert_eq!(expected("patch", &["token", "key"]).len(), 2, "one of two in a header is enough");
        for (method, is_needed) in [("get", false), ("put", true), ("post", false), ("patch", true)] {
            let too_few = of(method).too_few(3);
            assert_eq!(too_few.is_some(), is_needed, "{method}");
            assert!(too_few.is_none_or(|given| of(method).expected(&given).is_empty()));
        }
    }
}
