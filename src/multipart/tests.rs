//! Forms over a socket, as a server receives them.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use serde_json::{Map, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// A stream of these chunks.
struct Chunks(std::vec::IntoIter<Result<&'static str, &'static str>>);

impl Stream for Chunks {
    type Item = Result<Bytes, &'static str>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(|chunk| chunk.map(Bytes::from)))
    }
}

fn stream(chunks: &[Result<&'static str, &'static str>]) -> File {
    File::stream(Chunks(Vec::from(chunks).into_iter()))
}

fn http() -> reqwest::Client {
    crate::tls::choose_cryptography();
    crate::tls::http().no_proxy().build().expect("a client")
}

/// The head of a request and its body, as one server receives it; the body ends with the connection.
async fn sent(body: &impl Serialize, table: &[Part]) -> Result<(String, String), String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let received = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut received = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        let is_whole = |received: &[u8]| received.ends_with(b"--\r\n") || received.ends_with(b"0\r\n\r\n");
        while !is_whole(&received) {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) => received.extend_from_slice(&buffer[..count]),
            }
        }
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
        String::from_utf8_lossy(&received).into_owned()
    });
    let client = http();
    let request = multipart(client.post(&url), "multipart/form-data", body, table);
    let request = request.map_err(|error| format!("not built: {error}"))?;
    if let Err(error) = request.send().await {
        let mut reason: &dyn std::error::Error = &error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        return Err(reason.to_string());
    }
    let received = received.await.expect("a request");
    let (head, body) = received.split_once("\r\n\r\n").expect("a head");
    let boundary = head.split_once("boundary=").expect("a boundary").1.lines().next().expect("a line");
    assert_eq!(boundary.len(), 32, "{boundary}");
    Ok((head.to_ascii_lowercase(), body.replace(boundary, "B").replace("\r\n", "\n")))
}

/// A body, as a generated type would be.
#[derive(Default, Serialize)]
struct Values {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File>,
    files: Vec<File>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

fn of_file(file: File) -> Values {
    Values { file: Some(file), ..Values::default() }
}

#[tokio::test]
async fn each_value_is_a_part_in_the_order_of_the_table() {
    let others = json!({ "count": 5, "flags": [true, null, false], "z": null, "meta": { "a": [1] }, "items": [{ "b": 2 }], "raw": "é\r\n" });
    let body = Values {
        text: Some("a b".to_owned()),
        file: Some(File::bytes("content")),
        files: vec![
            File::bytes("1").name("one.txt").content_type("text/plain"),
            File::bytes("").without_name(),
        ],
        others: others.as_object().cloned().expect("an object"),
    };
    let table = [Part::named("text"), Part::named("meta"), Part::named("file")];
    let (head, body) = sent(&body, &table).await.expect("a response");
    let expected = [
        "Content-Disposition: form-data; name=\"text\"\n\na b\n",
        "Content-Disposition: form-data; name=\"meta\"\nContent-Type: application/json\n\n{\"a\":[1]}\n",
        "Content-Disposition: form-data; name=\"file\"; filename=\"file\"\nContent-Type: application/octet-stream\n\ncontent\n",
        "Content-Disposition: form-data; name=\"count\"\n\n5\n",
        "Content-Disposition: form-data; name=\"files\"; filename=\"one.txt\"\nContent-Type: text/plain\n\n1\n",
        "Content-Disposition: form-data; name=\"files\"\nContent-Type: application/octet-stream\n\n\n",
        "Content-Disposition: form-data; name=\"flags\"\n\ntrue\n",
        "Content-Disposition: form-data; name=\"flags\"\n\nfalse\n",
        "Content-Disposition: form-data; name=\"items\"\nContent-Type: application/json\n\n{\"b\":2}\n",
        "Content-Disposition: form-data; name=\"raw\"\n\né\n\n",
    ];
    assert_eq!(body, format!("--B\n{}--B--\n", expected.join("--B\n")));
    assert!(
        head.contains("content-length: ") && head.contains("content-type: multipart/form-data; boundary="),
        "{head}"
    );
}

#[tokio::test]
async fn a_part_is_written_as_its_encoding_says() {
    let body = json!({ "json": "a", "list": [1, null], "each": ["x", null], "commas": ["a,b", "c"], "deep": { "a b": { "c": 1 } }, "typed": 1.5 });
    let table = [
        Part { content: Content::Json, ..Part::named("json") },
        Part { content: Content::Json, content_types: &["application/vnd.a+json"], ..Part::named("list") },
        Part { content: Content::JsonItems, headers: &[("X-A", "b")], ..Part::named("each") },
        Part { style: Some((Style::PipeDelimited, false)), ..Part::named("commas") },
        Part { style: Some((Style::DeepObject, true)), ..Part::named("deep") },
        Part { content_types: &["text/plain; charset=utf-8", "text/x"], ..Part::named("typed") },
    ];
    let (_, body) = sent(&body, &table).await.expect("a response");
    let expected = [
        "Content-Disposition: form-data; name=\"json\"\nContent-Type: application/json\n\n\"a\"\n",
        "Content-Disposition: form-data; name=\"list\"\nContent-Type: application/vnd.a+json\n\n[1,null]\n",
        "Content-Disposition: form-data; name=\"each\"\nContent-Type: application/json\nX-A: b\n\n\"x\"\n",
        "Content-Disposition: form-data; name=\"each\"\nContent-Type: application/json\nX-A: b\n\nnull\n",
        "Content-Disposition: form-data; name=\"commas\"\n\na,b|c\n",
        "Content-Disposition: form-data; name=\"deep[a b][c]\"\n\n1\n",
        "Content-Disposition: form-data; name=\"typed\"\nContent-Type: text/plain; charset=utf-8\n\n1.5\n",
    ];
    assert_eq!(body, format!("--B\n{}--B--\n", expected.join("--B\n")));
}

#[tokio::test]
async fn names_cannot_leave_their_header() {
    let name = "a\"\r\nX-Evil: 1\r\n\r\n\\é\u{0}\u{7f}";
    let table: [Part; 0] = [];
    let files = json!({ name: "text" });
    let body = Values {
        file: Some(File::bytes("x").name(name)),
        others: files.as_object().cloned().expect("an object"),
        ..Values::default()
    };
    let (_, body) = sent(&body, &table).await.expect("a response");
    let escaped = "a%22%0D%0AX-Evil: 1%0D%0A%0D%0A\\é%00%7F";
    assert!(body.contains(&format!("name=\"{escaped}\"\n\ntext\n")), "{body}");
    assert!(body.contains(&format!("filename=\"{escaped}\"\n")), "{body}");
}

#[tokio::test]
async fn a_file_is_one_of_the_documented_media_types() {
    let of = |content_types: &'static [&'static str], file: File| async move {
        sent(&of_file(file), &[Part { content_types, ..Part::named("file") }]).await
    };
    let images = &["image/png", "image/jpeg"][..];
    let (_, body) = of(images, File::bytes("x")).await.expect("the first of them");
    assert!(body.contains("Content-Type: image/png\n"), "{body}");
    let (_, body) = of(images, File::bytes("x").content_type("Image/JPEG")).await.expect("another");
    assert!(body.contains("Content-Type: Image/JPEG\n"), "{body}");
    let (_, body) = of(&["image/*", "*/*"], File::bytes("x")).await.expect("any");
    assert!(body.contains("Content-Type: application/octet-stream\n"), "{body}");
    let (_, body) = of(&[], File::bytes("x").content_type("text/csv; header=present")).await.expect("any");
    assert!(body.contains("Content-Type: text/csv; header=present\n"), "{body}");
    for (content_types, file, expected) in [
        (
            images,
            File::bytes("x").content_type("image/gif"),
            "not built: `content_type of file` is not one of image/png, image/jpeg",
        ),
        (&["image/*"], File::bytes("x"), "not built: `content_type of file` is not set"),
        (
            &[],
            File::bytes("x").content_type("no type"),
            "not built: `content_type of file` is not one of */*",
        ),
        (
            &[],
            File::bytes("x").content_type("a/b\r\nX: y"),
            "not built: `content_type of file` is not one of */*",
        ),
    ] {
        assert_eq!(
            of(content_types, file).await.expect_err("the document does not have this media type"),
            expected
        );
    }
}

#[tokio::test]
async fn headers_of_a_file_are_sent_if_they_are_valid() {
    let constant = [Part { headers: &[("X-A", "b"), ("X-C", "d")], ..Part::named("file") }];
    let (_, body) =
        sent(&of_file(File::bytes("x").header("x-a", "own")), &constant).await.expect("a response");
    assert!(body.contains("\nX-C: d\nx-a: own\n\nx"), "{body}");
    for (name, value) in [("X A", "b"), ("X-A", "b\r\nc"), ("content-TYPE", "a/b"), ("", "b")] {
        let error = sent(&of_file(File::bytes("x").header(name, value)), &[]).await.expect_err("invalid");
        assert_eq!(error, "not built: `file`: a header of the file is invalid", "{name}");
    }
}

#[tokio::test]
async fn a_stream_of_known_length_has_a_content_length() {
    let (head, body) =
        sent(&of_file(stream(&[Ok("ab"), Ok(""), Ok("c")]).length(3)), &[]).await.expect("a response");
    let boundary = 32 - "B".len();
    assert!(
        head.contains(&format!("content-length: {}", body.replace('\n', "\r\n").len() + 2 * boundary)),
        "{head} {body}"
    );
    assert!(body.contains("\n\nabc\n--B--\n"), "{body}");
}

#[tokio::test]
async fn a_stream_without_a_length_is_sent_in_chunks() {
    let (head, body) = sent(&of_file(stream(&[Ok("ab"), Ok("c")])), &[]).await.expect("a response");
    assert!(head.contains("transfer-encoding: chunked") && !head.contains("content-length"), "{head}");
    assert!(body.contains("\n2\nab\n1\nc\n"), "{body}");
}

#[tokio::test]
async fn a_stream_that_fails_or_has_another_length_ends_the_request() {
    for (file, expected) in [
        (stream(&[Ok("a"), Err("the disk is gone")]), "the disk is gone"),
        (stream(&[Ok("abc")]).length(2), "there is more content than the length says"),
        (stream(&[Ok("a")]).length(3), "the content ended 2 bytes too early"),
    ] {
        assert_eq!(sent(&of_file(file), &[]).await.expect_err("an error"), expected);
    }
}

#[tokio::test]
async fn a_stream_is_sent_once() {
    let file = stream(&[Ok("a")]);
    sent(&of_file(file.clone()), &[]).await.expect("a response");
    let error = sent(&of_file(file), &[]).await.expect_err("it is read already");
    assert_eq!(error, "not built: `file`: the stream of the file was sent already");
}

#[tokio::test]
async fn a_file_on_disk_is_read_when_it_is_sent() {
    let folder = std::env::temp_dir().join(format!("relay-rest-{}", random()));
    std::fs::create_dir(&folder).expect("a folder");
    let path = folder.join("a \"b\".txt");
    std::fs::write(&path, "x".repeat(200_000)).expect("a file");
    let body = of_file(File::path(&path));
    let (head, received) = sent(&body, &[]).await.expect("a response");
    assert!(
        received.contains("filename=\"a %22b%22.txt\"\nContent-Type: application/octet-stream\n\nxxx"),
        "{head}"
    );
    assert_eq!(received.matches('x').count(), 200_000 + "b.txt".matches('x').count());
    assert!(head.contains("content-length: 200"), "{head}");

    let request = multipart(http().post("http://127.0.0.1:1"), "multipart/form-data", &body, &[]);
    let mut request = request.expect("a request").build().expect("a request");
    std::fs::write(&path, "short").expect("a file");
    let error = read(request.body_mut().take().expect("a body")).await.expect_err("it is shorter now");
    assert!(
        error.contains("the content ended 199995 bytes too early") && error.contains("b\\\".txt"),
        "{error}"
    );

    let error = sent(&of_file(File::path(&folder)), &[]).await.expect_err("a folder");
    assert_eq!(error, format!("not built: `file`: {} is a folder, and not a file", folder.display()));
    std::fs::remove_dir_all(&folder).expect("it is there");
    let error = sent(&body, &[]).await.expect_err("no file");
    assert!(
        error.starts_with("not built: `file`: the file ") && error.contains("cannot be read: "),
        "{error}"
    );
}

/// Reads a body to its end, or its error.
async fn read(mut body: Body) -> Result<(), String> {
    loop {
        let frame =
            std::future::poll_fn(|context| http_body::Body::poll_frame(Pin::new(&mut body), context)).await;
        match frame {
            None => return Ok(()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(format!("{error:?}")),
        }
    }
}

#[test]
fn a_form_in_memory_can_be_sent_again() {
    let post = || http().post("http://127.0.0.1:1");
    for (file, expected) in
        [(File::bytes("x"), true), (stream(&[Ok("x")]), false), (stream(&[]).length(0), false)]
    {
        let request = multipart(post(), "multipart/mixed", &of_file(file), &[]).expect("a request");
        let request = request.build().expect("a request");
        assert_eq!(request.try_clone().is_some(), expected);
        let value = request.headers()[CONTENT_TYPE].to_str().expect("text");
        assert!(value.starts_with("multipart/mixed; boundary="), "{value}");
    }
    let error = multipart(post(), "multipart/mixed", &[1], &[]).expect_err("no object");
    assert_eq!(error.to_string(), "`body` cannot be written in a form");
}
