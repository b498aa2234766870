//! The server: collections in memory, whose lists have pages of two.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Response, StatusCode, Uri, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};

use crate::judge::Judge;

const BASE: &str = "/api/relay/rest";
const PAGE: usize = 2;

/// A server of a part of the API, and what it has seen.
pub struct Server {
    judge: Judge,
    state: Mutex<Stored>,
}

#[derive(Default)]
struct Stored {
    /// The resources by the path of their list.
    resources: BTreeMap<String, Vec<Value>>,
    created: usize,
    requests: Vec<String>,
    faults: Vec<String>,
    /// How many requests fail before others succeed.
    failures: usize,
}

impl Server {
    pub(crate) async fn start() -> Result<(Arc<Self>, String), Box<dyn std::error::Error>> {
        let server = Arc::new(Self { judge: Judge::new()?, state: Mutex::default() });
        for index in 0..5 {
            server.create("/recordings", "PstnRecording", &json!({ "duration_in_seconds": 10 * index }));
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}{BASE}", listener.local_addr()?);
        let router = Router::new().fallback(handle).with_state(Arc::clone(&server));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((server, url))
    }

    /// The requests so far: methods, paths and queries.
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// What the document forbids of the requests and responses so far.
    pub fn faults(&self) -> Vec<String> {
        self.state().faults.clone()
    }

    /// Lets the next requests fail with 503.
    pub fn fail(&self, requests: usize) {
        self.state().failures = requests;
    }

    /// Puts a caller into a queue, as a call would.
    pub fn call(&self, queue: &str) {
        let list = format!("/queues/{queue}/members");
        let position = self.state().resources.get(&list).map_or(0, Vec::len) + 1;
        self.create(&list, "QueueMember", &json!({ "queue_id": queue, "position": position }));
    }

    fn state(&self) -> MutexGuard<'_, Stored> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an example of a component with some properties, and an id of its own.
    fn create(&self, list: &str, component: &str, properties: &Value) -> Value {
        let mut made = self.judge.example(component);
        let mut state = self.state();
        state.created += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", state.created);
        set(&mut made, properties);
        let key = if component == "QueueMember" { "call_id" } else { "id" };
        made[key] = id.into();
        state.resources.entry(list.to_owned()).or_default().push(made.clone());
        made
    }

    fn respond(&self, method: &Method, path: &str, query: &str, body: &Value) -> (u16, Value) {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method.as_str(), &segments[..]) {
            ("GET", ["phone_numbers", "search"]) => {
                (200, json!({ "data": [self.judge.example("AvailablePhoneNumber")] }))
            }
            ("GET", ["queues", id, "members", "next"]) => {
                let members = self.state().resources.get(&format!("/queues/{id}/members")).cloned();
                members
                    .and_then(|members| members.first().cloned())
                    .map_or((404, not_found()), |next| (200, next))
            }
            ("GET", [.., _, "members" | "number_group_memberships"] | [_]) => (200, self.page(path, query)),
            ("POST", ["queues"]) => {
                let properties =
                    json!({ "friendly_name": body["name"], "max_size": body["max_size"], "current_size": 0 });
                (201, self.create(path, "QueueResponse", &properties))
            }
            ("POST", ["phone_numbers"]) => (200, self.create(path, "PhoneNumberResponse", body)),
            ("POST", ["number_groups"]) => {
                let properties = json!({ "name": body["name"], "phone_number_count": 0 });
                (200, self.create(path, "NumberGroupResponse", &properties))
            }
            ("POST", ["number_groups", id, "number_group_memberships"]) => {
                (200, self.create(path, "NumberGroupMembershipResponse", &json!({ "number_group_id": id })))
            }
            (_, [collection, id]) => self.one(method, collection, id, body),
            _ => (404, not_found()),
        }
    }

    fn one(&self, method: &Method, collection: &str, id: &str, body: &Value) -> (u16, Value) {
        let mut state = self.state();
        let list = state.resources.entry(format!("/{collection}")).or_default();
        let Some(index) = list.iter().position(|resource| resource["id"] == id) else {
            return (404, not_found());
        };
        match *method {
            Method::GET => (200, list[index].clone()),
            Method::PUT => {
                set(&mut list[index], body);
                // A queue has another name for its name.
                if collection == "queues" && body["name"].is_string() {
                    list[index]["friendly_name"] = body["name"].clone();
                }
                (200, list[index].clone())
            }
            Method::DELETE => {
                list.remove(index);
                (204, Value::Null)
            }
            _ => (404, not_found()),
        }
    }

    fn page(&self, path: &str, query: &str) -> Value {
        let start: usize =
            query.strip_prefix("page_token=PA").and_then(|token| token.parse().ok()).unwrap_or(0);
        let state = self.state();
        let all = state.resources.get(path).map_or(&[][..], Vec::as_slice);
        let end = all.len().min(start + PAGE);
        let url = |start: usize| format!("{BASE}{path}?page_token=PA{start}");
        let mut links = json!({ "self": url(start), "first": url(0) });
        if end < all.len() {
            links["next"] = url(end).into();
        }
        json!({ "links": links, "data": all[start.min(end)..end] })
    }
}

async fn handle(State(server): State<Arc<Server>>, method: Method, uri: Uri, body: Bytes) -> Response<Body> {
    let path = uri.path().strip_prefix(BASE).unwrap_or_default().to_owned();
    let query = uri.query().unwrap_or_default();
    let template = template(&path);
    let at = |rest: &str| {
        let path = template.replace('~', "~0").replace('/', "~1");
        format!("/paths/{path}/{}{rest}/content/application~1json/schema", method.as_str().to_lowercase())
    };
    {
        let mut state = server.state();
        state.requests.push(format!("{method} {path}{}{query}", if query.is_empty() { "" } else { "?" }));
        if state.failures > 0 {
            state.failures -= 1;
            return response(503, &Value::Null);
        }
    }
    let sent = serde_json::from_slice(&body).unwrap_or_default();
    let mut faults =
        if body.is_empty() { Vec::new() } else { server.judge.faults(&at("/requestBody"), &sent) };
    let (status, value) = server.respond(&method, &path, query, &sent);
    if status < 300 && !value.is_null() {
        faults.extend(server.judge.faults(&at(&format!("/responses/{status}")), &value));
    }
    server.state().faults.extend(faults);
    response(status, &value)
}

/// `/queues/00000000-…` ⇒ `/queues/{id}`, as the document spells it
fn template(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').collect();
    match &segments[..] {
        ["", "number_groups", _, "number_group_memberships"] => {
            "/number_groups/{NumberGroupId}/number_group_memberships".to_owned()
        }
        ["", "queues", _, "members", ..] => path.replacen(segments[2], "{queue_id}", 1),
        ["", "phone_numbers", "search"] => path.to_owned(),
        ["", collection, _] => format!("/{collection}/{{id}}"),
        _ => path.to_owned(),
    }
}

fn response(status: u16, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    if !body.is_null() {
        *response.body_mut() = Body::from(body.to_string());
        response.headers_mut().extend("application/json".parse().map(|value| (CONTENT_TYPE, value)));
    }
    response
}

fn not_found() -> Value {
    json!({ "error": "Not Found" })
}

/// Sets the properties that are not null.
fn set(resource: &mut Value, properties: &Value) {
    let properties: Map<String, Value> = properties.as_object().cloned().unwrap_or_default();
    for (name, value) in properties.into_iter().filter(|(_, value)| !value.is_null()) {
        resource[name] = value;
    }
}
