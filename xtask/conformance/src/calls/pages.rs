//! Reads lists of random pages: three pages, a list without an end, and a next page at another origin.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Request, Response, header};
use relay_rest_codegen::document::media_type::Form;
use relay_rest_codegen::{NextPage, PagesPlan};
use serde_json::{Value, json};

use super::operation::TestedOperation;
use super::server::{Expected, faults, serve};
use crate::instances::Instances;

/// How often a random body is tried, until it has items and a place for what tells the next page.
const TRIES: usize = 400;

/// A URL at another origin than the server's. Nobody listens there.
const ELSEWHERE: &str = "http://localhost:9/next";

/// What the last page of a list says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// That it is the last.
    Last,
    /// That the page before it follows.
    Loop,
    /// That a page at another origin follows.
    Elsewhere,
}

/// One list, read page by page or item by item.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub(super) method: String,
    /// `pages` or `items`.
    pub(super) mode: &'static str,
    end: End,
    plan: PagesPlan,
    /// The request for the first page.
    expected: Expected,
    /// The bodies, with a header `Link` where that tells the next page.
    pages: Vec<(Value, Option<String>)>,
}

impl Walk {
    /// The walks of an operation, with the same arguments; an error if no body is found that can be a page.
    pub(super) fn all(
        number: usize,
        method: &str,
        plan: &PagesPlan,
        expected: &Expected,
        operation: &TestedOperation<'_>,
        instances: &mut Instances<'_>,
    ) -> Result<Vec<Self>, String> {
        let mut expected = expected.clone();
        // They would begin somewhere else than at the first page.
        let counts = parameter(plan);
        expected.arguments.retain(|argument| counts != Some(argument.name.as_str()));
        let ends =
            [(End::Last, "pages"), (End::Last, "items"), (End::Loop, "pages"), (End::Elsewhere, "pages")];
        let by_url = matches!(plan.next, NextPage::Url(_) | NextPage::Link);
        let ends = ends.into_iter().filter(|(end, _)| *end != End::Elsewhere || by_url);
        ends.enumerate()
            .map(|(index, (end, mode))| {
                let mut pages = Vec::new();
                for page in 0..3 {
                    let says = if page < 2 { None } else { Some(end) };
                    let next = format!("/{}/next/{}?page=a%20b", number + index, page + 1);
                    pages.push(body(plan, operation, &expected, instances, says, &next, &pages)?);
                }
                Ok(Self {
                    method: method.to_owned(),
                    mode,
                    end,
                    plan: plan.clone(),
                    expected: expected.clone(),
                    pages,
                })
            })
            .collect()
    }

    /// The request for the first page.
    pub(super) fn expected(&self) -> &Expected {
        &self.expected
    }

    /// What is wrong with the requests that the server saw, and with what was read.
    pub(super) fn failure(&self, seen: &Seen, result: &Value) -> Option<String> {
        let failed = |what: String| {
            Some(format!("{} with a list that ends {:?}, its {}: {what}", self.method, self.end, self.mode))
        };
        if let Some(fault) = seen.faults.first() {
            return failed(format!("the first request: {fault}"));
        }
        if result[0] != "walked" {
            return failed(result.to_string());
        }
        let reason = result[2].as_str().unwrap_or_default();
        let is_expected = match self.end {
            End::Last => result[2].is_null(),
            End::Loop => reason.contains("was read before"),
            End::Elsewhere => reason.contains("another origin"),
        };
        if !is_expected {
            return failed(format!("ended with {}", result[2]));
        }
        let found = result[1].as_array().map_or(0, Vec::len);
        let wanted = match self.mode {
            "items" => self.pages.iter().map(|(body, _)| items(body, &self.plan).map_or(0, Vec::len)).sum(),
            _ => self.pages.len() + usize::from(self.ends_with_nothing()) + self.repeated(),
        };
        if found != wanted {
            return failed(format!("{found} were read instead of {wanted}"));
        }
        self.requests(seen).and_then(failed)
    }

    /// Whether a page without items ends the list.
    fn ends_with_nothing(&self) -> bool {
        self.end == End::Last && self.is_counted() && self.plan.more.is_empty()
    }

    /// How many pages come twice before a list without an end is noticed: where pages are counted, only the body tells.
    fn repeated(&self) -> usize {
        usize::from(self.end == End::Loop && self.is_counted())
    }

    fn is_counted(&self) -> bool {
        matches!(self.plan.next, NextPage::Number(..) | NextPage::Offset(_))
    }

    /// Compares the requests after the first with what the pages said.
    fn requests(&self, seen: &Seen) -> Option<String> {
        let pairs = |query: &str| {
            let mut pairs: Vec<(String, String)> =
                url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            pairs.sort();
            pairs
        };
        let (first_path, first_query) = seen.requests.first()?;
        let mut skipped = 0;
        for (index, (path, query)) in seen.requests.iter().enumerate().skip(1) {
            let (body, link) = self.pages.get(index - 1).or(self.pages.last())?;
            skipped += items(body, &self.plan).map_or(0, Vec::len);
            let token = |path: &[String], from: &Value| {
                let token = at(from, path).cloned().unwrap_or_default();
                token.as_str().map_or_else(|| token.to_string(), str::to_owned)
            };
            let (parameter, value) = match &self.plan.next {
                NextPage::Url(_) | NextPage::Link => {
                    let next = match &self.plan.next {
                        NextPage::Url(path) => token(path, body),
                        _ => link.clone().unwrap_or_default(),
                    };
                    // Credentials are added to whatever the query is.
                    let credentials = self.expected.credentials.iter().filter(|one| one.location == "query");
                    let credentials = credentials.flat_map(|one| &one.pairs);
                    let next = credentials.fold(next, |next, (name, value)| format!("{next}&{name}={value}"));
                    let found = format!("{path}?{query}");
                    if found != next {
                        return Some(format!("the request {index} is for {found} instead of {next}"));
                    }
                    continue;
                }
                NextPage::Token { path, parameter } => (parameter, token(path, body)),
                NextPage::LastItem { path, parameter } => {
                    (parameter, token(path, items(body, &self.plan)?.last()?))
                }
                NextPage::Number(parameter, first) => (parameter, (first + index as i64).to_string()),
                NextPage::Offset(parameter) => (parameter, skipped.to_string()),
                _ => return None,
            };
            let mut wanted = pairs(first_query);
            wanted.retain(|(name, _)| name != parameter);
            wanted.push((parameter.clone(), value));
            wanted.sort();
            if path != first_path || pairs(query) != wanted {
                return Some(format!("the request {index} is for {path}?{query} instead of {wanted:?}"));
            }
        }
        None
    }
}

/// The parameter that tells the page.
fn parameter(plan: &PagesPlan) -> Option<&str> {
    match &plan.next {
        NextPage::Token { parameter, .. }
        | NextPage::LastItem { parameter, .. }
        | NextPage::Number(parameter, _)
        | NextPage::Offset(parameter) => Some(parameter),
        _ => None,
    }
}

/// A random body that is a page: it has items, and says that `next` follows, or what the last page says.
fn body(
    plan: &PagesPlan,
    operation: &TestedOperation<'_>,
    expected: &Expected,
    instances: &mut Instances<'_>,
    end: Option<End>,
    next: &str,
    before: &[(Value, Option<String>)],
) -> Result<(Value, Option<String>), String> {
    let documented =
        operation.responses().into_iter().find(|documented| documented.status == expected.status);
    let documented = documented.and_then(|documented| documented.body).ok_or("no success with a body")?;
    let looped = |path: &[String]| before.last().and_then(|(body, _)| at(body, path).cloned());
    for _ in 0..TRIES {
        let mut body = operation.body_instance(&documented, instances)?;
        if items(&body, plan).is_none_or(Vec::is_empty) {
            continue;
        }
        if !plan.more.is_empty() && !set(&mut body, &plan.more, Some((end != Some(End::Last)).into())) {
            continue;
        }
        let mut link = None;
        let url = match end {
            None => Some(next.to_owned()),
            Some(End::Last) => None,
            Some(End::Loop) => match &plan.next {
                NextPage::Url(path) => looped(path).and_then(|url| url.as_str().map(str::to_owned)),
                _ => before.last().and_then(|(_, link)| link.clone()),
            },
            Some(End::Elsewhere) => Some(ELSEWHERE.to_owned()),
        };
        let is_set = match &plan.next {
            NextPage::Url(path) => set(&mut body, path, url.map(Value::from)),
            NextPage::Link => {
                link = url;
                true
            }
            NextPage::Token { path, .. } => {
                let token = match (end, at(&body, path)) {
                    (None, Some(Value::Number(_))) => Some(json!(before.len() + 2)),
                    (None, Some(Value::String(_))) => Some(json!(format!("token & {}", before.len()))),
                    (None, _) => continue,
                    (Some(End::Last), _) => None,
                    (Some(_), _) => looped(path),
                };
                set(&mut body, path, token)
            }
            NextPage::LastItem { path, .. } => {
                let last = items(&body, plan).and_then(|items| items.last());
                let id = last.and_then(|last| at(last, path)).cloned();
                let looped =
                    before.last().and_then(|(body, _)| at(items(body, plan)?.last()?, path).cloned());
                let is_known = |id: &Value| {
                    before.iter().any(|(body, _)| {
                        items(body, plan)
                            .and_then(|items| at(items.last()?, path))
                            .is_some_and(|own| own == id)
                    })
                };
                match (end, id) {
                    (Some(End::Loop), Some(_)) => {
                        let items = items_mut(&mut body, plan);
                        items.and_then(|items| items.last_mut()).is_some_and(|last| set(last, path, looped))
                    }
                    (_, Some(id)) => !is_known(&id) && id != "",
                    _ => false,
                }
            }
            // A loop is the same page twice.
            _ => true,
        };
        if is_set {
            return Ok((body, link));
        }
    }
    Err("no random body has items, and a place for what tells the next page".to_owned())
}

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

fn items<'a>(body: &'a Value, plan: &PagesPlan) -> Option<&'a Vec<Value>> {
    at(body, &plan.items)?.as_array()
}

fn items_mut<'a>(body: &'a mut Value, plan: &PagesPlan) -> Option<&'a mut Vec<Value>> {
    plan.items.iter().try_fold(body, |value, name| value.get_mut(name))?.as_array_mut()
}

/// Sets a property, or removes it. A required one is set to an empty string instead. Returns whether there is a place for it.
fn set(value: &mut Value, path: &[String], new: Option<Value>) -> bool {
    let Some((name, parents)) = path.split_last() else { return false };
    let parent = parents.iter().try_fold(value, |value, name| value.get_mut(name));
    let Some(parent) = parent.and_then(Value::as_object_mut) else { return new.is_none() };
    match new {
        Some(new) => _ = parent.insert(name.clone(), new),
        None if parent.get(name).is_some_and(Value::is_string) => _ = parent.insert(name.clone(), "".into()),
        None => _ = parent.shift_remove(name),
    }
    true
}

/// The requests of a walk: paths and queries, and what is wrong with the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    requests: Vec<(String, String)>,
    faults: Vec<String>,
}

/// A server for walks that are numbered by the first segment of their path.
#[derive(Clone)]
pub(super) struct Server(Arc<Shared>);

struct Shared {
    walks: Vec<Walk>,
    seen: Mutex<BTreeMap<usize, Seen>>,
}

impl Server {
    pub(super) fn new(walks: Vec<Walk>) -> Self {
        Self(Arc::new(Shared { walks, seen: Mutex::default() }))
    }

    /// Serves on a free loopback port for as long as `runtime` lives. Returns the origin to call.
    pub(super) fn start(&self, runtime: &tokio::runtime::Runtime) -> std::io::Result<String> {
        serve(runtime, Router::new().fallback(handle).with_state(self.clone()))
    }

    /// What is wrong with each walk, by the results of the client.
    pub(super) fn failures(&self, results: &[Value]) -> Vec<String> {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let none = Seen::default();
        let walks = self.0.walks.iter().zip(results).enumerate();
        walks
            .filter_map(|(number, (walk, result))| walk.failure(seen.get(&number).unwrap_or(&none), result))
            .collect()
    }
}

async fn handle(State(server): State<Server>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 16 << 20).await.unwrap_or_default();
    let full = parts.uri.path().to_owned();
    let (number, path) = full.trim_start_matches('/').split_once('/').unwrap_or((&full, ""));
    let walk = number.parse().ok().and_then(|number: usize| Some((number, server.0.walks.get(number)?)));
    let Some((number, walk)) = walk else {
        return Response::builder().status(404).body(Body::empty()).unwrap_or_default();
    };
    let index = {
        let mut seen = server.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.entry(number).or_default();
        if seen.requests.is_empty() {
            seen.faults = faults(&walk.expected, &parts, &format!("/{path}"), &body);
        }
        seen.requests.push((full.clone(), parts.uri.query().unwrap_or_default().to_owned()));
        seen.requests.len() - 1
    };
    let empty = || {
        let mut page = walk.pages.first().map(|(body, _)| body.clone()).unwrap_or_default();
        if let Some(items) = items_mut(&mut page, &walk.plan) {
            items.clear();
        }
        (page, None)
    };
    let (page, link) = match walk.pages.get(index) {
        Some(page) => page.clone(),
        None if walk.end == End::Loop => walk.pages.last().cloned().unwrap_or_default(),
        None => empty(),
    };
    let mut response = Response::new(Body::from(page.to_string()));
    *response.status_mut() = walk.expected.status.try_into().unwrap_or_default();
    let media_type = walk.expected.response.as_ref().map(|(media_type, _)| media_type.as_str());
    let media_type =
        media_type.filter(|media_type| Form::of(media_type) == Form::Json).unwrap_or("application/json");
    response
        .headers_mut()
        .extend(HeaderValue::from_str(media_type).map(|value| (header::CONTENT_TYPE, value)));
    if let Some(link) = link {
        let link = format!("<{full}>; rel=\"first\", <{link}>; title=\"a, b\"; rel=\"last next\"");
        response.headers_mut().extend(HeaderValue::from_str(&link).map(|value| (header::LINK, value)));
    }
    response
}
