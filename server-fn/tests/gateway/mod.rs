//! A gateway for messages, on a port of this machine; and families who may be written to.
#![allow(dead_code)] // Each test uses a part of it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use domain::application::Application;
use domain::{Field, Kind, Value};
use std::sync::{Arc, Mutex};

/// What came in at a gateway: the key, who asks, and the body.
pub type Came = (String, String, String);

/// What came, and the answers to come, the next one last.
type Shared = (Arc<Mutex<Vec<Came>>>, Arc<Mutex<Vec<StatusCode>>>);

/// A gateway on a port of this machine, which answers in turn as it is told, the last answer for ever.
pub struct Sms {
    came: Arc<Mutex<Vec<Came>>>,
    /// Where it takes them.
    pub address: String,
    running: tokio::task::JoinHandle<()>,
}

impl Sms {
    pub async fn answering(answers: &[StatusCode]) -> Self {
        let came = Arc::new(Mutex::new(Vec::new()));
        let mut answers = answers.to_vec();
        answers.reverse();
        let shared = (Arc::clone(&came), Arc::new(Mutex::new(answers)));
        let router = axum::Router::new().route("/sms", post(Self::take)).with_state(shared);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/sms", listener.local_addr().unwrap());
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { came, address, running }
    }

    async fn take(State((came, answers)): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let body = String::from_utf8(body.to_vec()).unwrap();
        came.lock().unwrap().push((header("idempotency-key"), header("authorization"), body));
        let mut answers = answers.lock().unwrap();
        if answers.len() > 1 { answers.pop().unwrap() } else { answers[0] }
    }

    /// All that came.
    pub fn raw(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    /// To whom, and what.
    pub fn came(&self) -> Vec<(String, String)> {
        let came = self.came.lock().unwrap();
        let read = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap();
        let text = |body: &serde_json::Value, key: &str| body[key].as_str().unwrap().to_owned();
        came.iter().map(|(.., body)| (text(&read(body), "to"), text(&read(body), "text"))).collect()
    }
}

impl Drop for Sms {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// A gateway that takes every connection and never answers.
pub struct Silent {
    came: Arc<std::sync::atomic::AtomicUsize>,
    /// Where it is.
    pub address: String,
    running: tokio::task::JoinHandle<()>,
}

impl Silent {
    pub async fn listening() -> Self {
        let came = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/sms", listener.local_addr().unwrap());
        let counted = Arc::clone(&came);
        let running = tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                held.push(listener.accept().await.unwrap());
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        });
        Self { came, address, running }
    }

    /// How many connections came.
    pub fn came(&self) -> usize {
        self.came.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Says how a family may be reached, and whether it agreed to that.
pub fn reachable(said: &mut Application, phone: &str, channel: &str, consent: &str) {
    said.put(1, Field::PHONE, Value::text(phone));
    said.put(1, Field::CONTACT_CHANNEL, Value::text(channel));
    let part = said.add(Kind::CONSENT, 1).unwrap();
    said.put(part, Field::CONSENT_PURPOSE, Value::text("contact"));
    said.put(part, Field::CONSENT_DECISION, Value::text(consent));
}
