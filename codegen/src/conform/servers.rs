//! Plans the servers of the document and of operations, with names that depend on the server alone. Must not know schemas.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::Value;
use unicode_ident::is_xid_start;

use super::names::{escaped, pascal_case, snake_case};
use crate::document::{Pointer, walk};
use crate::plan::{OperationPlan, OwnServers, Plan, ServerPlan, ServerVariable, Servers};
use crate::problem::Problem;
use crate::settings::Settings;

/// Methods of the types that have the values of variables, and of every type.
const RESERVED: [&str; 12] = [
    "borrow",
    "borrow_mut",
    "clone",
    "clone_from",
    "clone_into",
    "default",
    "from",
    "into",
    "new",
    "to_owned",
    "try_into",
    "url",
];

/// A longer description is a sentence, and no name.
const LONGEST_NAME: usize = 40;

/// `servers: [{url: 'https://eu.example.com', description: EU}]` of an operation `upload` ⇒ an enum `UploadServer` with the variant `Eu`
///
/// The servers of the document are `Server`: all, or all but the first if the module makes the URL of that one itself.
pub(super) fn plan(document: &Value, plan: &mut Plan, settings: &Settings, problems: &mut Vec<Problem>) {
    report(document, problems);
    let mut taken = Names::default();
    let mut all = servers(document);
    if settings.fills_server_url {
        let first = Pointer::of(["servers", "0", "url"]).resolve(document);
        all.drain(..usize::from(first.is_some_and(Value::is_string)));
    } else if matches!(&all[..], [only] if only.variables.is_empty()) {
        all.clear();
    }
    plan.servers = named("Server".to_owned(), all, &mut taken);
    let paths = Pointer::of(["paths"]);
    let first = plan.server_url.trim_end_matches('/');
    let is_first = |url: &str| url.trim_end_matches('/') == first;
    let mut operations: BTreeMap<Pointer, &mut OperationPlan> =
        plan.operations.iter_mut().map(|planned| (planned.at.clone(), planned)).collect();
    for (at, operation) in walk::operations(document) {
        let Some(planned) = operations.get_mut(&at) else { continue };
        // The servers of an operation, else those of its path (OpenAPI 3.1.1 §4.8.9.1).
        let mut own = servers(operation);
        if own.is_empty()
            && let [_, path, _] = *at.tokens()
        {
            own = paths.join(path).resolve(document).map(servers).unwrap_or_default();
        }
        let has_base_url = own.iter().any(|server| is_first(&server.url));
        if own.iter().all(|server| is_first(&server.url)) {
            continue;
        }
        let name = format!("{}Server", planned.method.to_pascal_case());
        let servers = named(name, own, &mut taken);
        planned.own_servers = Some(OwnServers { servers, has_base_url, setter: String::new() });
    }
}

/// Reads the `servers` of a document, a path or an operation, without names in Rust.
fn servers(of: &Value) -> Vec<ServerPlan> {
    let all = of.get("servers").and_then(Value::as_array).into_iter().flatten();
    let server = |server: &Value| {
        let url = server.get("url")?.as_str()?.to_owned();
        let text = |key: &str| server.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let mut seen = BTreeSet::new();
        let variables = variables_of(&url).0.into_iter().filter(|name| seen.insert(*name));
        let variables = variables.map(|name| variable(name, &server["variables"][name])).collect();
        let (name, description) = (text("name"), text("description"));
        Some(ServerPlan {
            name: called(&name, &description, &url),
            url,
            description,
            variables,
            ..ServerPlan::default()
        })
    };
    all.filter_map(server).collect()
}

/// The names of the variables in the URL of a server, and whether it has other braces.
///
/// Neither a name nor the text around variables has a brace (the grammar of the Server Variable Object in OpenAPI 3.1.1 and
/// 3.2.0), so that `{{a}}` is text.
fn variables_of(url: &str) -> (Vec<&str>, bool) {
    let (mut names, mut has_others, mut rest) = (Vec::new(), false, url);
    while let Some((before, from)) = rest.split_once('{') {
        has_others |= before.contains('}');
        let Some((name, after)) = from.split_once('}') else {
            has_others = true;
            rest = "";
            break;
        };
        if name.contains('{') || name.is_empty() {
            has_others = true;
        } else {
            names.push(name);
        }
        rest = after;
    }
    (names, has_others || rest.contains('}'))
}

/// Reports braces that are kept as they are, and variables of which a document says nothing.
fn report(document: &Value, problems: &mut Vec<Problem>) {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let holders = paths.map(|(path, item)| (Pointer::of(["paths", path]), item));
    let holders = [(Pointer::root(), document)].into_iter().chain(holders).chain(walk::operations(document));
    for (at, holder) in holders {
        let servers = holder.get("servers").and_then(Value::as_array).into_iter().flatten();
        for (index, server) in servers.enumerate() {
            let Some(url) = server.get("url").and_then(Value::as_str) else { continue };
            let at = at.join("servers").join(&index.to_string()).join("url");
            let (names, has_others) = variables_of(url);
            if has_others {
                let message = "a brace that is not around the name of a variable is kept as it is";
                problems.push(Problem::relaxed(&at, message));
            }
            for name in names.iter().collect::<BTreeSet<_>>() {
                if server["variables"].get(name).is_none() {
                    let message = format!("`variables` has no `{name}`; the caller gives any string");
                    problems.push(Problem::relaxed(&at, message));
                }
            }
        }
    }
}

/// Reads a Server Variable Object.
fn variable(name: &str, variable: &Value) -> ServerVariable {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let default = text(&variable["default"]);
    let listed = variable["enum"].as_array().into_iter().flatten().filter_map(text);
    let (mut values, mut seen, mut names) = (Vec::new(), BTreeSet::new(), Names::default());
    // A default that is not listed is invalid, and is what servers of the document are called with nevertheless.
    let is_listed = variable["enum"].as_array().is_some_and(|all| !all.is_empty());
    for value in listed.chain(default.clone().filter(|_| is_listed)) {
        if seen.insert(value.clone()) {
            let name = names.free(variant_name(&value, "Empty"), "");
            values.push((value, name));
        }
    }
    ServerVariable {
        name: name.to_owned(),
        ident: String::new(),
        description: variable["description"].as_str().unwrap_or_default().trim().to_owned(),
        default: default.or_else(|| values.first().map(|(value, _): &(String, String)| value.clone())),
        values: (!values.is_empty()).then(|| (String::new(), values)),
    }
}

/// The name of a server: its own (OpenAPI 3.2), a short description, or its host and path.
///
/// `EU production server` ⇒ `EuProduction`; `https://api.example.com/v2` ⇒ `ApiExampleComV2`
fn called(name: &str, description: &str, url: &str) -> String {
    let is_short = description.len() <= LONGEST_NAME && !description.contains("://");
    let words = [name, if is_short { description } else { "" }].into_iter().map(pascal_case);
    let words = words.map(|words| match words.strip_suffix("Server") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => words,
    });
    let from_url = || pascal_case(url.split_once("://").map_or(url, |(_, rest)| rest));
    let mut named = words.filter(|words| !words.is_empty());
    variant_name(&named.next().unwrap_or_else(from_url), "Root")
}

/// A name that a variant can have; `empty` is that of an empty value.
fn variant_name(value: &str, empty: &str) -> String {
    let name = pascal_case(value);
    match name.chars().next() {
        None => empty.to_owned(),
        Some(_) if name == "Self" => "SelfServer".to_owned(),
        Some(first) if is_xid_start(first) => name,
        Some(_) => format!("X{name}"),
    }
}

/// Names that are taken, with the number that is tried next for each: a document may have one name any number of times.
#[derive(Default)]
struct Names(BTreeMap<String, u64>);

impl Names {
    /// `Pet` ⇒ `Pet`, or `Pet2`, `Pet3`, … where it is taken
    fn free(&mut self, name: String, separator: &str) -> String {
        let mut free = name.clone();
        while self.0.contains_key(&free) {
            let number = self.0.entry(name.clone()).or_insert(1);
            *number += 1;
            free = format!("{name}{separator}{number}");
        }
        self.0.insert(free.clone(), 1);
        free
    }
}

/// Gives names to the types, variants and setters of servers; `taken` are those of all types.
fn named(name: String, all: Vec<ServerPlan>, taken: &mut Names) -> Servers {
    let mut free = |name: String| taken.free(name, "");
    if all.is_empty() {
        return Servers::default();
    }
    let mut servers = Servers { name: free(name), all: Vec::new() };
    let mut variants = Names::default();
    for mut server in all {
        server.name = variants.free(server.name, "");
        if !server.variables.is_empty() {
            server.of_variables = free(format!("{}{}", servers.name, server.name));
        }
        let mut setters = Names::default();
        for variable in &mut server.variables {
            let mut ident = escaped(snake_case(&variable.name));
            if RESERVED.contains(&ident.as_str()) {
                ident = format!("{ident}_variable");
            }
            variable.ident = setters.free(ident, "_");
            if let Some((of, _)) = &mut variable.values {
                *of = free(format!("{}{}", server.of_variables, pascal_case(&variable.name)));
            }
        }
        servers.all.push(server);
    }
    servers
}
