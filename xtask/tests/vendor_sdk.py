"""Repeats recorded calls with SignalWire's Python SDK, and compares the requests; see vendor_sdk.sh.

Reads the lines of `record` from standard input. Exits with 1 if a request differs in a way that is not in `REVIEWED`, if an
operation is neither in `SDK` nor in `LACKING`, or if an entry of a table is stale.
"""

import inspect
import json
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from signalwire.rest import RestClient

# Each operation of the document, and the method of `RestClient` that makes its request. Parameters of the path are positional, in
# the order of the path; parameters of the query and properties of the body are keywords.
SDK = {
    "list_addresses": "addresses.list",
    "create_address": "addresses.create",
    "get_address": "addresses.get",
    "delete_address": "addresses.delete",
    "create_imported_phone_number": "imported_numbers.create",
    "lookup_phone_number": "lookup.phone_number",
    "request_mfa_sms": "mfa.sms",
    "request_mfa_call": "mfa.call",
    "verify_mfa_token": "mfa.verify",
    "list_number_groups": "number_groups.list",
    "create_number_group": "number_groups.create",
    "retrieve_number_group": "number_groups.get",
    "update_number_group": "number_groups.update",
    "delete_number_group": "number_groups.delete",
    "list_number_group_memberships": "number_groups.list_memberships",
    "create_number_group_membership": "number_groups.add_membership",
    "retrieve_number_group_membership": "number_groups.get_membership",
    "delete_number_group_membership": "number_groups.delete_membership",
    "list_phone_numbers": "phone_numbers.list",
    "purchase_phone_number": "phone_numbers.create",
    "search_available_phone_numbers": "phone_numbers.search",
    "retrieve_phone_number": "phone_numbers.get",
    "update_phone_number": "phone_numbers.update",
    "release_phone_number": "phone_numbers.delete",
    "list_queues": "queues.list",
    "create_queue": "queues.create",
    "get_queue": "queues.get",
    "update_queue": "queues.update",
    "delete_queue": "queues.delete",
    "list_queue_members": "queues.list_members",
    "retrieve_next_queue_member": "queues.get_next_member",
    "retrieve_queue_member": "queues.get_member",
    "list_recordings": "recordings.list",
    "get_recording": "recordings.get",
    "delete_recording": "recordings.delete",
    "list_brands": "registry.brands.list",
    "create_brand": "registry.brands.create",
    "retrieve_brand": "registry.brands.get",
    "list_campaigns": "registry.brands.list_campaigns",
    "create_campaign": "registry.brands.create_campaign",
    "retrieve_campaign": "registry.campaigns.get",
    "update_campaign": "registry.campaigns.update",
    "list_number_assignments": "registry.campaigns.list_numbers",
    "list_orders": "registry.campaigns.list_orders",
    "create_order": "registry.campaigns.create_order",
    "delete_number_assignment": "registry.numbers.delete",
    "retrieve_order": "registry.orders.get",
    "list_short_codes": "short_codes.list",
    "retrieve_short_code": "short_codes.get",
    "update_short_code": "short_codes.update",
    "retrieve_sip_profile": "sip_profile.get",
    "update_sip_profile": "sip_profile.update",
    "list_verified_caller_ids": "verified_callers.list",
    "create_verified_caller_id": "verified_callers.create",
    "retrieve_verified_caller_id": "verified_callers.get",
    "update_verified_caller_id": "verified_callers.update",
    "delete_verified_caller_id": "verified_callers.delete",
    "redial_verification_call": "verified_callers.redial_verification",
    "validate_verification_code": "verified_callers.submit_verification",
}

# What the SDK has no method for: its `fabric.sip_endpoints` is another API, and it only assigns domain applications.
LACKING = {
    f"{verb}_{name}"
    for verb, name in [
        ("list", "domain_applications"),
        ("create", "domain_application"),
        ("retrieve", "domain_application"),
        ("update", "domain_application"),
        ("delete", "domain_application"),
        ("list", "sip_endpoints"),
        ("create", "sip_endpoint"),
        ("retrieve", "sip_endpoint"),
        ("update", "sip_endpoint"),
        ("delete", "sip_endpoint"),
    ]
}

# The differences that are known, and why they are right.
REVIEWED = {
    "content-type without a body": "the SDK sends it with every request; it describes a body (RFC 9110 section 8.3)",
    "slash in the path": "the SDK does not encode a slash in a parameter, which makes it another path (RFC 3986 section 2.2)",
}

BASE = "/api/relay/rest"


class Recorder(BaseHTTPRequestHandler):
    """Keeps the last request, and responds with an empty object."""

    protocol_version = "HTTP/1.1"
    # Otherwise each response takes 40 ms.
    disable_nagle_algorithm = True
    last = None

    def record(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        path, _, query = self.path.partition("?")
        request = {"method": self.command, "path": path, "query": query}
        request["headers"] = {name.lower(): value for name, value in self.headers.items()}
        if body:
            request["body"] = json.loads(body)
        Recorder.last = request
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = record

    def log_message(self, *_):
        pass


def call(client, name, recorded):
    """Makes the call with the SDK, and returns its request."""
    method = client
    for part in name.split("."):
        method = getattr(method, part)
    parameters = inspect.signature(method).parameters
    keywords = dict(recorded["query"])
    body = recorded.get("body")
    if "body" in parameters:
        keywords["body"] = body
    elif isinstance(body, dict):
        # `None` is not sent but as one of the `extras`.
        extras = {key: value for key, value in body.items() if value is None}
        for key in body.keys() - extras.keys():
            # A name that is a keyword of Python has an underscore.
            keywords[f"{key}_" if f"{key}_" in parameters else key] = body[key]
        if extras:
            keywords["extras"] = extras
    Recorder.last = None
    method(*recorded["path"].values(), **keywords)
    return Recorder.last


def is_same(one, other):
    """Compares JSON values; Python says that `True == 1`."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other


def differences(ours, theirs):
    """Names each difference by what it is about, and yields it with both sides."""

    def pair(about, of):
        if of(ours) != of(theirs):
            yield about, of(ours), of(theirs)

    yield from pair("method", lambda request: request["method"])
    path = theirs["path"]
    theirs["path"] = path.removeprefix(BASE)
    if theirs["path"] == path:
        yield "base path", BASE, path
    is_slash = ours["path"].replace("%2F", "/") == theirs["path"]
    yield from pair("slash in the path" if is_slash else "path", lambda request: request["path"])
    # A blank is `%20` or `+` in a query.
    yield from pair("query", lambda request: sorted(parse_qsl(request["query"], keep_blank_values=True)))
    bodies = [request.get("body", "none") for request in (ours, theirs)]
    if not is_same(*bodies):
        yield "body", *bodies
    for name in ("accept", "content-type"):
        about = f"{name} with a body" if "body" in ours else f"{name} without a body"
        yield from pair(about, lambda request: request["headers"].get(name))
    # Compared above; of the connection and of the libraries underneath; or of the layer that the recorded client has not:
    # `tests/it/wire.rs` has the credentials and the user agent of relay-rest.
    known = {"accept", "content-type", "content-length", "host", "connection", "accept-encoding"}
    known |= {"authorization", "user-agent"}
    for name in (ours["headers"].keys() ^ theirs["headers"].keys()) - known:
        yield f"header {name}", ours["headers"].get(name), theirs["headers"].get(name)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = RestClient(project="project", token="PT-token", host=f"127.0.0.1:{server.server_port}")
    is_well = True
    seen, met, made = set(), Counter(), Counter()

    def fail(message):
        nonlocal is_well
        is_well = False
        print(message)

    for recorded in map(json.loads, sys.stdin):
        operation = recorded["operation"]
        is_new = operation not in seen
        seen.add(operation)
        if operation not in SDK:
            if is_new and operation not in LACKING:
                fail(f"{operation}: neither in SDK nor in LACKING")
            continue
        theirs = call(client, SDK[operation], recorded)
        made[operation] += 1
        if theirs is None:
            fail(f"{operation}: the SDK sent no request")
            continue
        for about, our, their in differences(recorded["request"], theirs):
            met[about] += 1
            if about not in REVIEWED:
                fail(f"{operation}: {about}: {our!r}, and {their!r} of the SDK")
    stale = [f"{name} is not in the document" for name in sorted((SDK.keys() | LACKING) - seen)]
    stale += [f"{about} is reviewed, and does not differ" for about in REVIEWED.keys() - met.keys()]
    for message in stale:
        fail(f"stale: {message}")
    for about, reason in REVIEWED.items():
        print(f"{met[about]:5} times {about}: {reason}")
    print(f"{made.total()} calls of {len(made)} operations; the SDK lacks {len(seen & LACKING)}")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
