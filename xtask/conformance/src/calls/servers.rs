//! Compares the URLs of typed servers with those that the unlowered document has.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use relay_rest_codegen::{ItemKind, Outline, Pointer};
use serde_json::Value;

use super::program::letters;
use super::wire::encoded;
use crate::Failure;

/// A value of a variable that no document has.
const VALUE: &str = "a b/c?@";

/// The enums of servers of a client: their names, and the expressions of their URLs.
#[derive(Default)]
pub(super) struct TypedServers(Vec<(String, Vec<String>)>);

impl TypedServers {
    /// Reads the enums in an outline. Each server has its URL twice: with the defaults of its variables, and with others.
    pub(super) fn of(outline: &Outline) -> Self {
        let enums = outline.types().filter(|item| item.kind == ItemKind::Enum && item.module == "servers");
        let of_enum = |path: &str| -> Option<Vec<String>> {
            // Those of the values of variables are no servers.
            outline.members(ItemKind::Method, path).find(|method| method.name == "url")?;
            let variants = outline.members(ItemKind::Variant, path).map(|variant| {
                let path = format!("{path}::{}", variant.name);
                match &variant.parameters[..] {
                    [held] => values(outline, &format!("servers::{}", held.ty))
                        .into_iter()
                        .map(|value| format!("String::from({path}({value}))"))
                        .collect(),
                    _ => vec![format!("{path}.url()")],
                }
            });
            Some(variants.flatten().collect())
        };
        let found = enums.filter_map(|item| Some((item.name.clone(), of_enum(&item.path())?)));
        Self(found.collect())
    }

    /// Returns the name of the enum with the servers of an operation, or of the document if `method` is empty. It is empty without such servers.
    pub(super) fn name(&self, method: &str) -> &str {
        let own = self.0.iter().find(|(name, _)| is_of(name, method));
        own.map_or("", |(name, _)| name.as_str())
    }

    /// A function that returns the URLs of an enum. It uses the setters of servers with values of their enums.
    pub(super) fn function(&self, setters: impl Iterator<Item = (String, String)>) -> String {
        let mut code =
            "#[allow(dead_code, deprecated)]\nfn urls(name: &str) -> Value {\nmatch name {\n".to_owned();
        for (name, urls) in &self.0 {
            let _ = writeln!(code, "\"{name}\" => json!([{}]),", urls.join(", "));
        }
        code.push_str(
            "_ => Value::Null,\n}\n}\n#[allow(dead_code, deprecated, unused_variables)]\nfn chosen(client: &Client) {\n",
        );
        for (method, setter) in setters {
            if let Some((name, _)) = self.0.iter().find(|(name, _)| is_of(name, &method)) {
                let _ = writeln!(
                    code,
                    "let choose = |server: servers::{name}| client.{method}().{setter}(server); let _ = choose;"
                );
            }
        }
        code + "}\n"
    }
}

/// Whether an enum is that of the servers of a method's operation.
fn is_of(name: &str, method: &str) -> bool {
    name.strip_suffix("Server").is_some_and(|name| letters(name) == letters(method))
}

/// Expressions of the variables of a server: with the defaults, and with each listed value of each variable while all others that are strings
/// are set.
fn values(outline: &Outline, of: &str) -> Vec<String> {
    let (mut default, mut strings, mut listed) = (String::new(), String::new(), Vec::new());
    for method in outline.members(ItemKind::Method, of) {
        match &method.parameters[..] {
            parameters if method.name == "new" => {
                let arguments = vec![format!("{VALUE:?}"); parameters.len()].join(", ");
                default = format!("{of}::new({arguments})");
            }
            [parameter] if parameter.into.is_some() => {
                let _ = write!(strings, ".{}({VALUE:?})", method.name);
            }
            [parameter] => {
                let of = format!("servers::{}", parameter.ty);
                let values = outline.members(ItemKind::Variant, &of);
                listed.extend(values.map(|value| format!(".{}({of}::{})", method.name, value.name)));
            }
            _ => {}
        }
    }
    if listed.is_empty() {
        listed.push(String::new());
    }
    let set: Vec<String> = listed.iter().map(|value| format!("{default}{strings}{value}")).collect();
    std::iter::once(default).chain(set).collect()
}

/// The servers that a client must have types for: the names of their operations, and the location of what has them.
pub(super) fn expected(document: &Value, operations: &[(String, Pointer)]) -> Vec<(String, Pointer)> {
    let of = |at: &Pointer| {
        at.resolve(document).and_then(|of| of["servers"].as_array()).filter(|all| !all.is_empty())
    };
    let mut found = Vec::new();
    let root = Pointer::root();
    let has_variables = |all: &Vec<Value>| {
        all.iter().any(|one| one["url"].as_str().is_some_and(|url| !names(url).is_empty()))
    };
    if of(&root).is_some_and(|all| all.len() > 1 || has_variables(all)) {
        found.push((String::new(), root));
    }
    let base = document["servers"][0]["url"].as_str().unwrap_or("/").trim_end_matches('/');
    for (method, at) in operations {
        let path = Pointer::of(at.tokens().into_iter().take(2));
        let own = [at, &path].into_iter().find_map(|at| Some((at, of(at)?)));
        let is_base = |one: &Value| one["url"].as_str().is_none_or(|url| url.trim_end_matches('/') == base);
        if let Some((at, _)) = own.filter(|(_, all)| !all.iter().all(is_base)) {
            found.push((method.clone(), at.clone()));
        }
    }
    found
}

/// A failure if the URLs of an enum are not those of the document, in any order.
pub(super) fn failure(document: &Value, name: &str, at: &Pointer, result: &Value) -> Option<Failure> {
    let servers = at.resolve(document)?["servers"].as_array()?;
    let mut wanted: Vec<String> = servers.iter().flat_map(urls).collect();
    let mut found: Vec<String> =
        result.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    wanted.sort();
    found.sort();
    (found != wanted).then(|| {
        Failure::new("the wrong servers", format!("`{name}`, #{at}: {found:?} instead of {wanted:?}"))
    })
}

/// The URLs of a server: as those of [`values`].
fn urls(server: &Value) -> Vec<String> {
    let Some(url) = server["url"].as_str() else { return Vec::new() };
    let names = names(url);
    if names.is_empty() {
        return vec![url.to_owned()];
    }
    let text = |of: &Value| of.as_str().map_or_else(|| of.to_string(), str::to_owned);
    let listed = |name: &str| -> BTreeSet<String> {
        let variable = &server["variables"][name];
        let listed: BTreeSet<String> = variable["enum"].as_array().into_iter().flatten().map(text).collect();
        let default = variable.get("default").map(text).filter(|_| !listed.is_empty());
        listed.into_iter().chain(default).collect()
    };
    // With the value of one variable, and strings set.
    let filled = |is_set: bool, (one, value): (&str, &str)| {
        let (mut filled, mut rest) = (String::new(), url);
        while let Some((before, name, after)) = placeholder(rest) {
            filled.push_str(before);
            let variable = &server["variables"][name];
            match variable.get("default").map(text) {
                _ if !is_variable(name) => filled.push_str(&format!("{{{name}}}")),
                _ if name == one => filled.push_str(value),
                Some(default) if !is_set || !listed(name).is_empty() => filled.push_str(&default),
                _ => filled
                    .push_str(&variable["enum"][0].as_str().map_or_else(|| encoded(VALUE), str::to_owned)),
            }
            rest = after;
        }
        filled + rest
    };
    let mut set: Vec<String> = Vec::new();
    for name in names {
        set.extend(listed(name).iter().map(|value| filled(true, (name, value))));
    }
    if set.is_empty() {
        set.push(filled(true, ("", "")));
    }
    std::iter::once(filled(false, ("", ""))).chain(set).collect()
}

/// The variables of a URL.
fn names(url: &str) -> BTreeSet<&str> {
    let (mut names, mut rest) = (BTreeSet::new(), url);
    while let Some((_, name, after)) = placeholder(rest) {
        names.extend(is_variable(name).then_some(name));
        rest = after;
    }
    names
}

/// What is before, inside and after the first pair of braces.
fn placeholder(url: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = url.split_once('{')?;
    let (name, after) = from.split_once('}')?;
    Some((before, name, after))
}

/// The name of a variable has a character, and no brace (OpenAPI 3.2.0, the grammar of the Server Variable Object): `{{a}}` is text.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains('{')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_brace_without_a_name_is_text() {
        for url in ["https://x/{{a}}", "https://x/{}", "https://x/{a", "https://x/a}"] {
            assert_eq!(urls(&json!({ "url": url })), [url]);
        }
    }

    #[test]
    fn a_server_has_the_urls_of_all_listed_values() {
        let server = json!({ "url": "https://{a}.x/{b}/{c}", "variables": {
            "a": { "enum": ["p", "q"], "default": "q" }, "b": { "default": "v1" },
        } });
        let set = "a%20b%2Fc%3F%40";
        assert_eq!(
            urls(&server),
            [
                format!("https://q.x/v1/{set}"),
                format!("https://p.x/{set}/{set}"),
                format!("https://q.x/{set}/{set}"),
            ]
        );
        let document = json!({
            "servers": [{ "url": "https://x" }],
            "paths": { "/a": {
                "servers": [{ "url": "https://y" }],
                "get": {}, "put": { "servers": [{ "url": "https://x/" }] }, "post": { "servers": [server] },
            } },
        });
        let operations =
            ["get", "put", "post"].map(|method| (method.to_owned(), Pointer::of(["paths", "/a", method])));
        let found: Vec<String> =
            expected(&document, &operations).iter().map(|(name, at)| format!("{name} {at}")).collect();
        assert_eq!(found, ["get /paths/~1a", "post /paths/~1a/post"]);
        let urls = json!(["https://y"]);
        assert!(failure(&document, "A", &Pointer::of(["paths", "/a"]), &urls).is_none());
        assert!(failure(&document, "A", &Pointer::of(["paths", "/a"]), &json!(null)).is_some());
    }
}
