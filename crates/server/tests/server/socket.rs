//! A real socket: the stream, and an end that waits for nobody.

use tidegate_server::serve;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{GATE, Server};

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_tells_what_happens_and_ends_with_the_server() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let run = server.run_of("gate").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shutdown, asked) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(serve(listener, server.app.clone(), async move {
        let _ = asked.await;
    }));
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    let request = format!("GET /v1/stream?run={run} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut lines = stream.lines();
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "HTTP/1.1 200 OK");
    while !lines.next_line().await.unwrap().unwrap().is_empty() {}
    // What is not about the run is not told.
    let other = server.run_of("gate").await;
    server.json("POST", &format!("/v1/runs/{other}/cancel"), "").await.expect(200);
    server.go("1", "1").await;
    let data = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(data) = line.strip_prefix("data: ") {
            break data.to_owned();
        }
    };
    let step: serde_json::Value = serde_json::from_str(&data).unwrap();
    let facts = step["facts"].as_array().unwrap();
    assert!(facts.iter().all(|fact| fact["run"] == run.as_str()), "{step}");
    assert_eq!(facts[0]["disposition"], "fired", "{step}");
    shutdown.send(()).unwrap();
    let mut rest = String::new();
    lines.into_inner().read_to_string(&mut rest).await.unwrap();
    served.await.unwrap().unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_much_before_it_listens_gets_an_answer() {
    let server = Server::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(serve(listener, server.app.clone(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let size: usize = 100 << 20;
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/cloudevents+json\r\ncontent-length: {size}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b' '; 1 << 20];
    for _ in 0..size / piece.len() {
        stream.write_all(&piece).await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    served.abort();
    server.stop().await;
}
