//! What is asked of the page, and how it is answered.

use super::answers::Answer;
use super::desk::{Found, Slip};
use super::form;
use super::labels::{Labels, REASONS};
use super::page::{self, Faults, Filled, Notice, Opened, Typed, TypedFault};
use super::said;
use super::words::Words;
use crate::ApiError;
use crate::server::audit::What;
use crate::server::ledger::LedgerError;
use crate::server::limits::{Kind, Network, Who};
use crate::server::{Office, log};
use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, Response, StatusCode};
use domain::service::Referral;
use domain::{Field, GroupRef};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Addresses of the page and of what belongs to it.
pub const PATHS: [&str; 2] = ["/answer", "/answer.css"];
/// Most bytes of a form: 500 letters of any script, and what is around them.
pub const LIMIT: usize = 16 * 1024;
/// Most characters of what is shown again of a number or a code.
const TYPED: usize = 40;

const STYLE: &str = include_str!("answer.css");

type Form = BTreeMap<String, String>;

/// A page, with what is said before it.
struct Reply {
    status: StatusCode,
    html: String,
    /// Seconds to wait.
    retry: Option<u32>,
}

impl Reply {
    fn of(status: StatusCode, html: String) -> Self {
        Self { status, html, retry: None }
    }
}

/// Answers what is asked of one of [`PATHS`]. `body` is what a form sent, or why it did not come.
pub async fn answer(
    office: Arc<Office>,
    network: Network,
    asked: Parts,
    body: Result<Bytes, ApiError>,
) -> Response<Body> {
    let text = |name: HeaderName| asked.headers.get(name).and_then(|value| value.to_str().ok());
    let browsers = Words::asked(text(header::ACCEPT_LANGUAGE).unwrap_or_default());
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    if asked.uri.path() != "/answer" {
        return if is_read { style() } else { not_so("GET, HEAD") };
    }
    if is_read {
        let query = form::fields(asked.uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
        let words = query.get("lang").and_then(|code| Words::of(code)).unwrap_or(browsers);
        let typed = Typed { number: cut(query.get("n")), code: String::new() };
        return respond(words, Reply::of(StatusCode::OK, page::start(words, &typed, [None; 2], None)));
    }
    if asked.method != Method::POST {
        return not_so("GET, HEAD, POST");
    }
    let is_form = text(header::CONTENT_TYPE)
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    let unreadable = |status| Reply::of(status, page::trouble(browsers, browsers.get("unreadable")));
    if !is_form {
        return respond(browsers, unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let form = match body.map(|body| form::fields(&body)) {
        Ok(Some(form)) => form,
        Err(ApiError::TooLarge) => return respond(browsers, unreadable(StatusCode::PAYLOAD_TOO_LARGE)),
        _ => return respond(browsers, unreadable(StatusCode::BAD_REQUEST)),
    };
    let words = form.get("lang").and_then(|code| Words::of(code)).unwrap_or(browsers);
    // Away from the threads that serve connections: it reads from the disk and waits for it.
    let done = tokio::task::spawn_blocking(move || asked_of(&office, network, words, &form)).await;
    let reply = match done.unwrap_or_else(|_| Err(LedgerError::Unable("a slip".to_owned()))) {
        Ok(reply) => reply,
        Err(error) => {
            log::trouble("slip", &error);
            let html = page::trouble(words, words.get("unavailable"));
            Reply::of(StatusCode::SERVICE_UNAVAILABLE, html)
        }
    };
    respond(words, reply)
}

fn asked_of(office: &Office, network: Network, words: Words, form: &Form) -> Result<Reply, LedgerError> {
    let typed = Typed { number: cut(form.get("number")), code: cut(form.get("code")) };
    let (number, code) = (read(&typed.number), read(&typed.code));
    let (Ok(number), Ok(code)) = (number, code) else {
        let html = page::start(words, &typed, [number.err(), code.err()], None);
        return Ok(Reply::of(StatusCode::UNPROCESSABLE_ENTITY, html));
    };
    if let Err(ApiError::TooMany { seconds }) = office.limits.take(Kind::Slip, Who::Network(network)) {
        return Ok(wait(words, &typed, seconds));
    }
    let slip = match Slip::find(office, network, number, code)? {
        Found::Slip(slip) => *slip,
        Found::Wait(seconds) => return Ok(wait(words, &typed, seconds)),
        Found::Nothing => {
            let above = Notice::Bad(words.get("wrong").to_owned());
            let html = page::start(words, &typed, [None; 2], Some(&above));
            return Ok(Reply::of(StatusCode::FORBIDDEN, html));
        }
    };
    let typed = Typed { number: number.to_string(), code: code.to_string() };
    match form.get("step").map(String::as_str) {
        // Its accounts say it, so that it can be seen who did.
        Some("answer" | "acknowledge") if slip.has_accounts => {
            let above = Some(Notice::Bad(words.get("by_account").to_owned()));
            let shown = Shown { status: StatusCode::CONFLICT, typed, above, ..Shown::default() };
            show(office, words, &slip, shown)
        }
        Some("answer") => answered(office, words, slip, typed, form),
        Some("acknowledge") => acknowledged(office, words, slip, typed),
        _ => {
            let slip = slip.receive(office)?;
            let shown = Shown { typed, ..Shown::default() };
            show(office, words, &slip, shown)
        }
    }
}

fn answered(
    office: &Office,
    words: Words,
    slip: Slip,
    typed: Typed,
    form: &Form,
) -> Result<Reply, LedgerError> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    // Browsers send line breaks as two characters, and count them as one.
    let next = field("next").replace("\r\n", "\n").trim().to_owned();
    let filled = Filled { answer: field("answer").into(), reason: field("reason").into(), next };
    let labels = labels(office, words, &slip)?;
    let answer = Answer::from_code(&filled.answer);
    let is_reason = labels.offered(REASONS).iter().any(|(code, _)| *code == filled.reason);
    let faults = Faults {
        answer: answer.is_none(),
        reason: answer == Some(Answer::Reject) && !is_reason,
        no_next: answer == Some(Answer::Note) && filled.next.is_empty(),
        too_long: filled.next.chars().count().saturating_sub(page::NEXT),
    };
    let Some(answer) = answer.filter(|_| faults.is_empty()) else {
        let shown = Shown { status: StatusCode::UNPROCESSABLE_ENTITY, typed, filled, faults, above: None };
        return show(office, words, &slip, shown);
    };
    let (status, above, filled) = match slip.answer(office, answer, &filled.reason, &filled.next)? {
        Some(Ok(())) => {
            log::event("slip_answered", &[("answers", 1)]);
            (StatusCode::OK, Notice::Good(words.get("done").to_owned()), Filled::default())
        }
        None => (StatusCode::CONFLICT, Notice::NotNow(slip.status()), filled),
        Some(Err(reason)) => {
            // Somebody was quicker: then the state says it better than the judge's reason.
            let now = Slip::again(slip, office)?;
            let above = if answer.steps(now.status()).is_none() {
                Notice::NotNow(now.status())
            } else {
                Notice::Bad(words.with("not_taken", "reason", &reason))
            };
            let shown =
                Shown { status: StatusCode::CONFLICT, typed, filled, above: Some(above), ..Shown::default() };
            return show(office, words, &now, shown);
        }
    };
    let slip = slip.again(office)?;
    show(office, words, &slip, Shown { status, typed, filled, above: Some(above), ..Shown::default() })
}

fn acknowledged(office: &Office, words: Words, slip: Slip, typed: Typed) -> Result<Reply, LedgerError> {
    let mut shown = Shown { typed, ..Shown::default() };
    if !slip.is_withdrawn() {
        shown.status = StatusCode::CONFLICT;
        shown.above = Some(Notice::NotNow(slip.status()));
        return show(office, words, &slip, shown);
    }
    if !said::is_acknowledged(&slip.record)
        && let Err(reason) = slip.acknowledge(office)?
    {
        shown.status = StatusCode::CONFLICT;
        shown.above = Some(Notice::Bad(words.with("not_taken", "reason", &reason)));
    }
    let slip = slip.again(office)?;
    show(office, words, &slip, shown)
}

/// What is shown beside the referral itself.
#[derive(Default)]
struct Shown {
    status: StatusCode,
    typed: Typed,
    filled: Filled,
    faults: Faults,
    above: Option<Notice>,
}

/// The page of a referral. Nobody sees it without a line in the log of deeds.
fn show(office: &Office, words: Words, slip: &Slip, shown: Shown) -> Result<Reply, LedgerError> {
    let Shown { status, typed, filled, faults, above } = shown;
    let stands = slip.status();
    office.note(slip.event(What::SlipOpened).because(stands.code()))?;
    log::event("slip_opened", &[("slips", 1)]);
    let labels = labels(office, words, slip)?;
    let part = slip.part();
    let sections = part.as_ref().map(|part| said::sections(part, &labels, words)).unwrap_or_default();
    let due = Referral::of(&slip.record).map(|it| it.text(Field::REFERRAL_DUE)).unwrap_or_default();
    let opened = Opened {
        typed,
        sections,
        status: stands,
        withdrawn: slip.is_withdrawn(),
        past: slip.is_past(),
        has_accounts: slip.has_accounts,
        acknowledged: said::is_acknowledged(&slip.record),
        overdue: page::is_overdue(due, stands, slip.here()),
        labels,
    };
    Ok(Reply::of(status, page::opened(words, &opened, &filled, faults, above.as_ref())))
}

fn labels(office: &Office, words: Words, slip: &Slip) -> Result<Labels, LedgerError> {
    let (scope, site) = (&slip.row.home.scope, &slip.voice.member.user.site);
    let labels = Labels::at(&office.tables, scope, site, words);
    labels.map_err(|error| LedgerError::Unable(format!("tables: {error}")))
}

fn read(text: &str) -> Result<GroupRef, TypedFault> {
    if text.trim().is_empty() {
        return Err(TypedFault::Empty);
    }
    GroupRef::parse(text).map_err(TypedFault::Malformed)
}

fn cut(text: Option<&String>) -> String {
    text.map(|text| text.trim().chars().take(TYPED).collect()).unwrap_or_default()
}

fn wait(words: Words, typed: &Typed, seconds: u32) -> Reply {
    let minutes = seconds.div_ceil(60).max(1).to_string();
    let above = Notice::Bad(words.with("wait", "minutes", &minutes));
    let html = page::start(words, typed, [None; 2], Some(&above));
    Reply { status: StatusCode::TOO_MANY_REQUESTS, html, retry: Some(seconds) }
}

fn respond(words: Words, reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.html));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(words.code()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    if let Some(seconds) = reply.retry {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn style() -> Response<Body> {
    let mut response = Response::new(Body::from(STYLE));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn not_so(allowed: &'static str) -> Response<Body> {
    let mut response = crate::server::site::plain(StatusCode::METHOD_NOT_ALLOWED, "");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}
