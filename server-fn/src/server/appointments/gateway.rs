//! The gateway over which reminders go: whatever takes `POST {"to": "+507…", "text": "…"}`. Plain HTTP to this machine or
//! the office's own network; a gateway on the internet stands behind a proxy of the office that speaks TLS.

use super::numbers::Prefixes;
use axum::body::Body;
use axum::http::uri::{Scheme, Uri};
use axum::http::{Request, StatusCode, header};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use std::path::Path;
use std::time::Duration;

/// How long the gateway may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

/// Why no gateway can be used. For whoever started the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoGateway {
    /// Not an address of plain HTTP.
    #[error("AMPARO_SMS_URL must be http://…: the gateway, or a proxy of yours before it")]
    Address,
    /// The file of the token cannot be read, or holds no token.
    #[error("AMPARO_SMS_TOKEN_FILE cannot be used: {0}")]
    Token(String),
    /// Not the beginnings of international numbers.
    #[error("AMPARO_SMS_PREFIXES must be beginnings of numbers with commas between: +507,+57")]
    Prefixes,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The gateway has it, or may have it: it is not sent again.
    Taken,
    /// It did not answer in time. It may have the message, which is not sent again; others had better wait.
    Hangs,
    /// The gateway will never take it.
    Never,
    /// It is tried again.
    Later,
}

/// A configured gateway.
pub struct Gateway {
    address: Uri,
    /// The line that says who asks; empty for none.
    authorisation: String,
    /// Numbers that may be written to.
    pub(super) prefixes: Prefixes,
    patience: Duration,
    http: Client<HttpConnector, Body>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gateway({})", self.address)
    }
}

impl Gateway {
    /// A gateway at an address, with a token for whoever asks for one.
    ///
    /// # Errors
    /// [`NoGateway::Address`].
    pub fn new(address: &str, token: Option<&str>) -> Result<Gateway, NoGateway> {
        let address: Uri = address.parse().map_err(|_| NoGateway::Address)?;
        if address.scheme() != Some(&Scheme::HTTP) || address.host().is_none() {
            return Err(NoGateway::Address);
        }
        let authorisation = token.map(|token| format!("Bearer {token}")).unwrap_or_default();
        let http = Client::builder(TokioExecutor::new()).build_http();
        Ok(Gateway { address, authorisation, prefixes: Prefixes::default(), patience: ANSWERS_WITHIN, http })
    }

    /// The same for these numbers alone.
    #[must_use]
    pub fn reaching(self, prefixes: Prefixes) -> Gateway {
        Gateway { prefixes, ..self }
    }

    /// The same with another patience than twenty seconds.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Gateway {
        Gateway { patience, ..self }
    }

    /// The gateway that the environment names; `None` where it names none.
    ///
    /// # Errors
    /// As [`Gateway::new`], [`NoGateway::Token`] and [`NoGateway::Prefixes`].
    pub fn from_environment() -> Result<Option<Gateway>, NoGateway> {
        let Some(address) = std::env::var("AMPARO_SMS_URL").ok().filter(|address| !address.is_empty()) else {
            return Ok(None);
        };
        let token = std::env::var_os("AMPARO_SMS_TOKEN_FILE").map(|file| token(Path::new(&file)));
        let prefixes = std::env::var("AMPARO_SMS_PREFIXES").unwrap_or_default();
        let prefixes = Prefixes::parse(&prefixes).ok_or(NoGateway::Prefixes)?;
        Ok(Some(Gateway::new(&address, token.transpose()?.as_deref())?.reaching(prefixes)))
    }

    /// Hands a message over. `key` names it, for gateways that look out for what comes twice.
    pub(super) async fn send(&self, key: &str, to: &str, text: &str) -> Sent {
        let body = serde_json::json!({ "to": to, "text": text }).to_string();
        let mut request = Request::post(self.address.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        if !self.authorisation.is_empty() {
            request = request.header(header::AUTHORIZATION, &self.authorisation);
        }
        let Ok(request) = request.body(Body::from(body)) else { return Sent::Never };
        match tokio::time::timeout(self.patience, self.http.request(request)).await {
            Ok(Ok(answer)) => of_status(answer.status()),
            Ok(Err(error)) if error.is_connect() => Sent::Later,
            // It may have come through: a reminder that is lost does less harm than one that comes over and over.
            Ok(Err(_)) => Sent::Taken,
            Err(_) => Sent::Hangs,
        }
    }
}

fn of_status(status: StatusCode) -> Sent {
    match status {
        status if status.is_success() => Sent::Taken,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Sent::Later,
        // Somebody sets the token right, and then it goes out.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Sent::Later,
        status if status.is_server_error() => Sent::Later,
        _ => Sent::Never,
    }
}

fn token(file: &Path) -> Result<String, NoGateway> {
    let text = std::fs::read_to_string(file).map_err(|error| NoGateway::Token(error.to_string()))?;
    let token = text.trim();
    let fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(token.to_owned()) } else { Err(NoGateway::Token("it holds no token".to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_plain_http_are_gateways() {
        for (address, good) in [
            ("http://127.0.0.1:9000/sms", true),
            ("http://sms.office.lan", true),
            ("https://sms.example", false),
            ("sms.example", false),
            ("file:///etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(Gateway::new(address, None).is_ok(), good, "{address}");
        }
        let shown = format!("{:?}", Gateway::new("http://sms", Some("secret")));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
