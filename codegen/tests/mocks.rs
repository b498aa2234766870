//! The source of mocks: what a document's operations send and receive is what their mocks expect and respond with.

use relay_rest_codegen::{Generated, ItemKind, Settings, generate, mocks, outline};

const OVERLAY: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";

const DOCUMENT: &str = r#"
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://example.com/base'}]
paths:
  /things/{thing-id}/parts/{type}.json:
    put:
      operationId: change-part
      parameters:
        - {name: thing-id, in: path, required: true, schema: {type: integer}}
        - {name: type, in: path, required: true, schema: {type: string}}
        - {name: pageSize, in: query, schema: {type: integer}}
        - {name: body, in: query, required: true, schema: {type: string}}
        - {name: X-Reason, in: header, schema: {type: string}}
        - {name: X-Key, in: header, required: true, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Part'}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Part'}}}}
        4XX: {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Wrong'}}}}
        '404': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}
        default: {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Wrong'}}}}
  /files:
    post:
      operationId: add-file
      requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {'201': {description: d}, '204': {description: d}}
    trace:
      operationId: trace-file
      responses: {2XX: {description: d, content: {text/plain: {schema: {type: string}}}}}
  /forms:
    post:
      operationId: add-form
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Part'}}}}
      responses: {'200': {description: d}}
  /photos:
    post:
      operationId: add-photo
      requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {photo: {type: string, format: binary}}}, encoding: {photo: {contentType: image/png}}}}}
      responses: {'200': {description: d}}
  /lines:
    post:
      operationId: add-lines
      requestBody: {content: {application/json-seq: {schema: {$ref: '#/components/schemas/Part'}}}}
      responses: {'200': {description: d}}
components:
  schemas:
    Part: {type: object, properties: {name: {type: string}}}
    Wrong: {type: object, properties: {reason: {type: string}}}
    Gone: {type: object, properties: {since: {type: string}}}
"#;

fn generated() -> Generated {
    generated_from(DOCUMENT)
}

fn generated_from(document: &str) -> Generated {
    let settings = Settings::of_module("relay_rest::codegen_support");
    generate(document, OVERLAY, &settings).expect("the document generates")
}

#[test]
fn a_mock_expects_what_its_operation_sends() {
    let source = mocks(&generated()).expect("mocks");
    let words = source.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        r#"ChangePart(self.mock::<crate::builder::ChangePart>())"#,
        "`PUT /things/{thing-id}/parts/{type}.json`",
        r#"fn with_thing_id<V>"#,
        r#"self.0.expect_in_path("thing-id", &value.to_string())"#,
        // The generator has `type_` for a keyword, and so has the client.
        r#"fn with_type_<V>"#,
        r#"self.0.expect_in_path("type", &value.to_string())"#,
        r#"expect_in_query( "pageSize", super::in_query(super::Style::Form, true, "pageSize", &value), )"#,
        // A parameter that is called `body` has a stand-in for a method, and its own name on the wire.
        r#"fn with_body_parameter<V>"#,
        r#"super::in_query(super::Style::Form, true, "body", &value)"#,
        r#"self.0.expect_header("X-Reason", &value.to_string())"#,
        r#"self.0.expect_header("X-Key", &value.to_string())"#,
        "self.0.expect_json(&body)",
        r#"AddFile(self.mock::<crate::builder::AddFile>())"#,
        "self.0.expect_bytes(body.into())",
        r#"TraceFile(self.mock::<crate::builder::TraceFile>())"#,
        "self.0.expect_form(&body, &[])",
        "self.0.expect_lines(&body, super::Framing::Sequence)",
        r#"self.0 .expect_multipart( &body, &[ super::Part { content_types: &["image/png"], ..super::Part::named("photo") }, ], )"#,
    ] {
        assert!(words.contains(expected), "`{expected}` is missing:\n{source}");
    }
}

#[test]
fn a_mock_responds_what_its_operation_documents() {
    let outline = outline(&mocks(&generated()).expect("mocks")).expect("mocks parse");
    let responses_of = |builder: &str| -> Vec<String> {
        let methods = outline.members(ItemKind::Method, builder);
        let responses = methods.filter(|method| method.name.starts_with("responds_"));
        responses.map(|method| method.signature.clone()).collect()
    };
    let typed = |name: &str, of: &str| {
        let error = "Error: ::std::fmt::Display";
        format!("fn responds_{name} -> Self where V: ::std::convert::TryInto<types::{of}, {error}>")
    };
    assert_eq!(
        responses_of("ChangePart"),
        [
            typed("200<V>(self, body: V)", "Part"),
            typed("404<V>(self, body: V)", "Gone"),
            typed("4xx<V>(self, status: u16, body: V)", "Wrong"),
            typed("default<V>(self, status: u16, body: V)", "Wrong"),
        ]
    );
    assert_eq!(responses_of("AddFile"), ["fn responds_201(self) -> Self", "fn responds_204(self) -> Self"]);
    assert_eq!(
        responses_of("TraceFile"),
        ["fn responds_2xx(self, status: u16, body: impl::std::convert::Into<::bytes::Bytes>) -> Self"]
    );
}

#[test]
fn an_operation_whose_types_are_not_in_the_source_is_named() {
    let mut generated = generated();
    generated.source = generated.source.replacen("fn thing_id<", "fn other_id<", 1);
    let problems = mocks(&generated).expect_err("there is no setter of the parameter");
    let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "#/paths/~1things~1{thing-id}~1parts~1{type}.json/put: no mock of `change_part`: its types are not in the generated source"
        ]
    );
}

#[test]
fn no_name_of_a_document_takes_that_of_something_else() {
    let document = r#"
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    post:
      # Its mock is the type `Fn`.
      operationId: fn
      parameters:
        - {name: body_that, in: query, schema: {type: string}}
        - {name: 1st, in: query, schema: {type: string}}
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Bytes'}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Bytes'}}}}}
components:
  schemas:
    Bytes: {type: object, properties: {name: {type: string}}}
"#;
    let source = mocks(&generated_from(document)).expect("mocks");
    assert!(source.contains("impl ::std::ops::Fn(&types::Bytes) -> bool"), "{source}");
    let outline = outline(&source).expect("mocks parse");
    let methods: Vec<&str> =
        outline.members(ItemKind::Method, "Fn").map(|method| method.name.as_str()).collect();
    let expected = [
        "bodies",
        "responds",
        "responds_200",
        "with_1st",
        "with_body",
        "with_body_that",
        "with_body_that_parameter",
    ];
    assert_eq!(methods, expected);
    let responds = outline.members(ItemKind::Method, "Fn").find(|method| method.name == "responds_200");
    let taken = responds.and_then(|method| method.parameters.first()?.into.as_ref());
    assert_eq!(taken.map(ToString::to_string).as_deref(), Some("types::Bytes"));
}
