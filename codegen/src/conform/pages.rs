//! Recognises the operations that return a list page by page, and how the next page is asked for.

use serde_json::{Map, Value};

use super::only_member;
use crate::document::references::referred;
use crate::document::{Pointer, walk};
use crate::plan::{NextPage, PagesPlan, Plan};
use crate::problem::Problem;

/// What an overlay says where the document does not follow a pattern.
const EXTENSION: &str = "x-pages";

/// The keys of [`EXTENSION`].
const KEYS: [&str; 8] = ["items", "url", "token", "parameter", "last-item", "page", "offset", "more"];

/// Properties that hold the items of a page, of several lists.
const ITEMS: [&str; 8] = ["data", "items", "results", "values", "value", "records", "entries", "objects"];

/// Where bodies have the URL of the next page.
const URLS: [&[&str]; 24] = [
    &["links", "next"],
    &["links", "next", "href"],
    &["_links", "next"],
    &["_links", "next", "href"],
    &["paging", "next"],
    &["pagination", "next"],
    &["pagination", "next_url"],
    &["pagination", "next_link"],
    &["meta", "next"],
    &["next"],
    &["next_url"],
    &["nextUrl"],
    &["next_page_url"],
    &["nextPageUrl"],
    &["next_page_uri"],
    &["nextLink"],
    &["next_link"],
    &["@odata.nextLink"],
    // A number is a token; a string such as `?page=2` is relative to the URL of the page.
    &["next_page"],
    &["nextPage"],
    &["meta", "next_page"],
    &["paging", "next_page"],
    &["pagination", "next_page"],
    &["pagination", "nextPage"],
];

/// Objects of a body that have what the body itself may have as well.
const ENVELOPES: [&[&str]; 11] = [
    &[],
    &["meta"],
    &["metadata"],
    &["paging"],
    &["pagination"],
    &["page_info"],
    &["pageInfo"],
    &["response_metadata"],
    &["cursors"],
    &["paging", "cursors"],
    &["meta", "pagination"],
];

/// Properties that hold a token for the next page, in lower case and without separators.
const TOKENS: [&str; 11] = [
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "continuationtoken",
    "nextpagecursor",
    "endcursor",
    "nextpage",
    "nextmarker",
    "after",
    "cursor",
    "next",
];

/// Query parameters that take such a token, likewise.
const CURSORS: [&str; 12] = [
    "cursor",
    "pagetoken",
    "nexttoken",
    "nextcursor",
    "continuationtoken",
    "after",
    "startcursor",
    "startingafter",
    "pagecursor",
    "pageafter",
    "marker",
    "nextpagetoken",
];

/// Query parameters that take the id of the last item.
const AFTER_ITEM: [&str; 4] = ["after", "startingafter", "sinceid", "afterid"];

/// Query parameters with the number of a page, and with the number of items to skip.
const NUMBERS: [&str; 5] = ["page", "pagenumber", "pageno", "pagenum", "pageindex"];
const OFFSETS: [&str; 4] = ["offset", "skip", "pageoffset", "startindex"];

/// Booleans that say whether there are more items.
const MORE: [&str; 4] = ["hasmore", "hasnextpage", "hasnext", "more"];

/// `GET /queues`, whose body has `data: […]` and `links: {next: …}`
/// ⇒ `PagesPlan { items: ["data"], next: Url(["links", "next"]), more: [] }`
///
/// An extension `x-pages` of the operation comes first; `x-pages: false` says that there are no pages.
pub(super) fn collect(document: &Value, plan: &mut Plan, problems: &mut Vec<Problem>) {
    for (at, operation) in walk::operations(document) {
        let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let Some(planned) = plan.operations.iter_mut().find(|planned| planned.method == method) else {
            continue;
        };
        let list = List::of(operation, document.pointer("/components/schemas").unwrap_or(&Value::Null));
        planned.pages = match operation.get(EXTENSION) {
            None if planned.verb == "GET" => list.and_then(|list| list.recognised()),
            None | Some(Value::Bool(false)) => None,
            Some(extension) => match stated(extension, list.as_ref()) {
                Ok(pages) => Some(pages),
                Err(message) => {
                    problems.push(Problem::error(&at.join(EXTENSION), message));
                    None
                }
            },
        };
    }
}

/// The body of an operation's success, and what else tells how its pages are asked for.
struct List<'a> {
    body: &'a Value,
    schemas: &'a Value,
    /// The parameters of the query, with their schemas.
    query: Vec<(&'a str, &'a Value)>,
    has_link_header: bool,
}

impl<'a> List<'a> {
    /// `None` for an operation whose successes have no body, no JSON, or several bodies.
    fn of(operation: &'a Value, schemas: &'a Value) -> Option<Self> {
        let responses = operation.get("responses")?.as_object()?;
        let mut successes = responses.iter().filter(|(status, _)| status.starts_with('2'));
        let (_, success) = successes.next()?;
        if successes.next().is_some() {
            return None;
        }
        let body = success.get("content")?.get("application/json")?.get("schema")?;
        let headers = success.get("headers").and_then(Value::as_object);
        let has_link_header =
            headers.is_some_and(|headers| headers.keys().any(|name| name.eq_ignore_ascii_case("link")));
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let query = parameters.filter(|parameter| parameter["in"] == "query");
        let query = query
            .filter_map(|parameter| {
                Some((parameter.get("name")?.as_str()?, parameter.get("schema").unwrap_or(&Value::Null)))
            })
            .collect();
        Some(Self { body, schemas, query, has_link_header })
    }

    fn recognised(&self) -> Option<PagesPlan> {
        let items = self.items()?;
        let more = self.within(&MORE, |schema| schema["type"] == "boolean").unwrap_or_default();
        let next = self
            .url()
            .or_else(|| self.token())
            .or_else(|| self.has_link_header.then_some(NextPage::Link))
            .or_else(|| self.after_last_item(&items, &more))
            .or_else(|| self.counted(&NUMBERS, NextPage::Number))
            .or_else(|| self.counted(&OFFSETS, |parameter, _| NextPage::Offset(parameter)))?;
        Some(PagesPlan { items, next, more, is_stated: false })
    }

    /// Where the items are: nowhere deeper if the body is a list, else in one of the usual properties, or in the only list of objects.
    fn items(&self) -> Option<Vec<String>> {
        let is_list = |schema: &Value| schema["type"] == "array";
        let body = self.resolved(self.body)?;
        if is_list(body) {
            return Some(Vec::new());
        }
        let properties = body.get("properties")?.as_object()?;
        let is_list_of =
            |name: &str| properties.get(name).and_then(|of| self.resolved(of)).is_some_and(is_list);
        if let Some(name) = ITEMS.iter().find(|name| is_list_of(name)) {
            return Some(vec![(*name).to_owned()]);
        }
        let is_of_objects = |of: &Value| {
            let list = self.resolved(of).filter(|of| is_list(of));
            list.and_then(|list| self.resolved(list.get("items")?)).is_some_and(is_object)
        };
        let mut lists = properties.iter().filter(|(_, of)| is_of_objects(of));
        let (name, _) = lists.next()?;
        lists.next().is_none().then(|| vec![name.clone()])
    }

    fn url(&self) -> Option<NextPage> {
        let is_url = |path: &&&[&str]| {
            let is_called_url = path.iter().any(|name| {
                let name = letters(name);
                ["links", "link", "url", "uri", "href"].iter().any(|word| name.ends_with(word))
            });
            self.at(path).is_some_and(|schema| {
                schema["type"] == "string" && (is_called_url || is_described_as_url(schema))
            })
        };
        URLS.iter().find(is_url).map(|path| NextPage::Url(owned(path)))
    }

    fn token(&self) -> Option<NextPage> {
        let is_token = |schema: &Value| schema["type"] == "string" || schema["type"] == "integer";
        for name in TOKENS {
            let Some(path) = self.within(&[name], is_token) else { continue };
            let is_number = |path: &[String]| {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                self.at(&path).is_some_and(|schema| schema["type"] == "integer")
            };
            if name == "nextpage" && !is_number(&path) {
                continue;
            }
            // That of the same name, or of this name without `next`, before any that takes tokens.
            let same = [name, name.strip_prefix("next").unwrap_or_default()];
            if let Some(parameter) = self.parameter(&same).or_else(|| self.parameter(&CURSORS)) {
                return Some(NextPage::Token { path, parameter });
            }
        }
        None
    }

    /// The id of the last item, where a boolean says whether there are more.
    fn after_last_item(&self, items: &[String], more: &[String]) -> Option<NextPage> {
        let parameter = self.parameter(&AFTER_ITEM).filter(|_| !more.is_empty())?;
        let path: Vec<&str> = items.iter().map(String::as_str).collect();
        let item = self.resolved(self.at(&path)?.get("items")?)?;
        let id = self.resolved(item.get("properties")?.get("id")?)?;
        let is_id = id["type"] == "string" || id["type"] == "integer";
        is_id.then(|| NextPage::LastItem { path: vec!["id".to_owned()], parameter })
    }

    /// A parameter that counts, with the number that it has for the first page.
    fn counted(&self, names: &[&str], next: fn(String, i64) -> NextPage) -> Option<NextPage> {
        let name = self.parameter(names)?;
        let (_, schema) = self.query.iter().find(|(own, _)| *own == name)?;
        let schema = self.resolved(schema)?;
        let number = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
        let first = number("default").or_else(|| number("minimum")).unwrap_or(1);
        (schema["type"] == "integer").then(|| next(name, first))
    }

    /// The query parameter with one of the names, in their order.
    fn parameter(&self, names: &[&str]) -> Option<String> {
        let find =
            |name: &&str| self.query.iter().find(|(own, _)| !name.is_empty() && letters(own) == **name);
        names.iter().find_map(find).map(|(name, _)| (*name).to_owned())
    }

    /// The path of a property with one of the names, of the body or of an object that it usually has for this.
    fn within(&self, names: &[&str], fits: impl Fn(&Value) -> bool) -> Option<Vec<String>> {
        for name in names {
            for envelope in ENVELOPES {
                let properties = self.at(envelope).and_then(|of| of.get("properties")?.as_object());
                let mut found = properties.into_iter().flatten().filter(|(own, _)| letters(own) == *name);
                if let Some((own, _)) = found.find(|(_, of)| self.resolved(of).is_some_and(&fits)) {
                    return Some(envelope.iter().copied().chain([own.as_str()]).map(str::to_owned).collect());
                }
            }
        }
        None
    }

    /// The schema of a property of a property of the body.
    fn at(&self, path: &[&str]) -> Option<&'a Value> {
        let mut schema = self.resolved(self.body)?;
        for name in path {
            schema = self.resolved(schema.get("properties")?.get(*name)?)?;
        }
        Some(schema)
    }

    /// The schema that a reference, or a composition of one, stands for.
    fn resolved(&self, mut schema: &'a Value) -> Option<&'a Value> {
        // No chain that compiles is as long.
        for _ in 0..16 {
            schema = match (referred(schema), schema.as_object().and_then(only_member)) {
                (Some(name), _) => self.schemas.get(&*name)?,
                (None, Some(only)) => only,
                (None, None) => return Some(schema),
            };
        }
        None
    }
}

/// Whether a string that is called `next` or `next_page` is a URL: it could be a token as well.
fn is_described_as_url(schema: &Value) -> bool {
    let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str).unwrap_or_default();
    let description = text("description").to_lowercase();
    let mut words = description.split(|c: char| !c.is_alphanumeric());
    text("format").starts_with("uri")
        || words.any(|word| ["url", "uri", "link", "urls", "links"].contains(&word))
        || description.contains("query string")
        || ["http", "/", "?"].iter().any(|start| text("example").starts_with(start))
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema.get("properties").is_some()
}

/// `next_page-Token` ⇒ `nextpagetoken`
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|name| (*name).to_owned()).collect()
}

/// `{items: /data, token: /meta/next, parameter: cursor}` ⇒ the plan
fn stated(extension: &Value, list: Option<&List<'_>>) -> Result<PagesPlan, String> {
    let list = list.ok_or("the operation has no success with a single body of JSON, so it has no pages")?;
    let stated = extension.as_object().ok_or("expected an object, or `false`")?;
    if let Some(key) = stated.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("`{key}` is not one of `{}`", KEYS.join("`, `")));
    }
    let path = |key: &str| path(stated, key, list);
    let parameter = |key: &str| parameter(stated, key, list);
    let items = match path("items")? {
        Some(items) => items,
        None => {
            list.items().ok_or("the body has no list that is known as that of the items: state `items`")?
        }
    };
    let mut next = Vec::new();
    if let Some(path) = path("url")? {
        next.push(NextPage::Url(path));
    }
    let of_token = |path| match parameter("parameter")? {
        Some(parameter) => Ok(NextPage::Token { path, parameter }),
        None => Err("`token` needs a `parameter`, which takes it".to_owned()),
    };
    next.extend(path("token")?.map(of_token).transpose()?);
    if let Some(text) = stated.get("last-item") {
        let path = pointer(text, "last-item")?;
        let Some(parameter) = parameter("parameter")? else {
            return Err("`last-item` needs a `parameter`, which takes it".to_owned());
        };
        next.push(NextPage::LastItem { path, parameter });
    }
    if let Some(parameter) = parameter("page")? {
        let first = list.counted(&[&letters(&parameter)], NextPage::Number);
        next.push(first.ok_or_else(|| format!("the query parameter `{parameter}` is not an integer"))?);
    }
    if let Some(parameter) = parameter("offset")? {
        let offset = list.counted(&[&letters(&parameter)], |parameter, _| NextPage::Offset(parameter));
        next.push(offset.ok_or_else(|| format!("the query parameter `{parameter}` is not an integer"))?);
    }
    let more = path("more")?.unwrap_or_default();
    match next.len() {
        1 => Ok(PagesPlan { items, next: next.remove(0), more, is_stated: true }),
        0 if list.has_link_header => Ok(PagesPlan { items, next: NextPage::Link, more, is_stated: true }),
        0 => Err("expected `url`, `token`, `last-item`, `page` or `offset`, or a response header `Link`"
            .to_owned()),
        _ => Err("expected only one of `url`, `token`, `last-item`, `page` and `offset`".to_owned()),
    }
}

/// The names in the JSON Pointer of a property of the body.
fn path(stated: &Map<String, Value>, key: &str, list: &List<'_>) -> Result<Option<Vec<String>>, String> {
    let Some(text) = stated.get(key) else { return Ok(None) };
    let path = pointer(text, key)?;
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match list.at(&names) {
        Some(_) => Ok(Some(path)),
        None => Err(format!("`{key}`: the body has no property {text}")),
    }
}

fn pointer(text: &Value, key: &str) -> Result<Vec<String>, String> {
    let path = text.as_str().and_then(Pointer::parse);
    let path =
        path.ok_or_else(|| format!("`{key}`: expected a JSON Pointer into the body, such as `/data`"))?;
    Ok(path.tokens().into_iter().map(str::to_owned).collect())
}

fn parameter(stated: &Map<String, Value>, key: &str, list: &List<'_>) -> Result<Option<String>, String> {
    let Some(name) = stated.get(key) else { return Ok(None) };
    let own = list.query.iter().find(|(own, _)| *name == **own);
    own.map(|(own, _)| Some((*own).to_owned()))
        .ok_or_else(|| format!("`{key}`: the operation has no query parameter {name}"))
}
