//! The plain page of offices, for phones on which nothing of ours runs: no script, no picture, nothing from elsewhere.

use super::{GIVEN, offices, site};
use crate::server::ledger::LedgerError;
use crate::server::slips::{Html, Labels, Words};
use crate::server::{Office, log, now_ms};
use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, Response, StatusCode};
use std::sync::{Arc, PoisonError};

/// Its address.
pub const PATH: &str = "/offices";

/// Answers what is asked of [`PATH`]: in the language of `?lang=`, else in that of the browser.
pub async fn page(office: Arc<Office>, asked: Parts) -> Response<Body> {
    if !matches!(asked.method, Method::GET | Method::HEAD) {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    let language = asked.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let chosen = asked.uri.query().and_then(|query| query.strip_prefix("lang=")).and_then(Words::of);
    let words = chosen.unwrap_or_else(|| Words::asked(language.unwrap_or_default()));
    let made = tokio::task::spawn_blocking(move || given(&office, words, now_ms())).await;
    let (status, html) = match made {
        Ok(Ok(html)) => (StatusCode::OK, html.to_string()),
        Ok(Err(error)) => {
            log::trouble("offices", &error);
            (StatusCode::SERVICE_UNAVAILABLE, String::new())
        }
        Err(error) => {
            log::trouble("offices", &error);
            (StatusCode::SERVICE_UNAVAILABLE, String::new())
        }
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

/// The page of a moment: however many ask, it is made once a second.
fn given(office: &Office, words: Words, now: u64) -> Result<Arc<str>, LedgerError> {
    let mut pages = office.door.pages.lock().unwrap_or_else(PoisonError::into_inner);
    let made = pages.get(words.code()).filter(|(at, _)| (*at..at.saturating_add(GIVEN)).contains(&now));
    if let Some((_, page)) = made {
        return Ok(Arc::clone(page));
    }
    let page: Arc<str> = document(office, words)?.into_string().into();
    pages.insert(words.code(), (now, Arc::clone(&page)));
    Ok(page)
}

fn document(office: &Office, words: Words) -> Result<Html, LedgerError> {
    let mut page = Html::new("<!doctype html>\n<html lang=\"");
    page.text(words.code()).raw("\" dir=\"").text(words.direction());
    page.raw("\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\"><title>");
    page.text(words.get("offices"))
        .raw(" · Amparo</title><link rel=\"stylesheet\" href=\"/answer.css\"></head>");
    page.raw("<body><header><p>Amparo</p></header><main><h1>").text(words.get("offices")).raw("</h1>");
    page.raw("<p>").text(words.get("offices_free")).raw("</p>");
    let places = offices(office)?;
    if places.is_empty() {
        page.raw("<p>").text(words.get("offices_none")).raw("</p>");
    }
    for place in places {
        let operation = office.operation(&place.site);
        let labels = Labels::at(&office.tables, operation, &place.site, words);
        let labels = labels.map_err(|error| LedgerError::Unable(format!("tables: {error}")))?;
        let row = site(office, &place.site)?;
        page.raw("<section><h2>").text(&labels.code("sites", &place.site)).raw("</h2>");
        if !place.organisation.is_empty() {
            page.raw("<p>").text(&labels.code("institutions", &place.organisation)).raw("</p>");
        }
        page.raw("<dl>");
        let told = [
            ("address", words.get("offices_address")),
            ("hours", words.get("offices_hours")),
            ("phone", words.get("offices_phone")),
        ];
        let filled = told.iter().filter_map(|(column, label)| Some((label, row.get(*column)?)));
        let mut any = false;
        for (label, text) in filled {
            any = true;
            page.raw("<dt>").text(label).raw("</dt><dd>").text(text).raw("</dd>");
        }
        page.raw("</dl>");
        if !any {
            page.raw("<p>").text(words.get("offices_ask")).raw("</p>");
        }
        page.raw("</section>");
    }
    page.raw("</main><footer><div class=\"languages\">");
    for other in Words::all().filter(|other| *other != words) {
        page.raw("<a href=\"/offices?lang=").text(other.code()).raw("\" lang=\"").text(other.code());
        page.raw("\" hreflang=\"").text(other.code()).raw("\">").text(other.name()).raw("</a>");
    }
    page.raw("</div><p><a href=\"/apply\">")
        .text(words.get("offices_back"))
        .raw("</a></p></footer></body></html>\n");
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{NewUser, random};
    use domain::{Role, UserId};

    #[test]
    fn however_many_ask_the_page_is_made_once_a_second_in_each_language() {
        let data = std::env::temp_dir().join(format!("amparo-page-{}", domain::id::hex(&random::<8>())));
        let office = Office::open(&data).unwrap();
        let [spanish, french] = ["es", "fr"].map(|code| Words::of(code).unwrap());
        let empty = given(&office, spanish, 10_000).unwrap();
        let user = NewUser {
            id: UserId(random()),
            name: "Ana".into(),
            staff_code: "x".into(),
            role: Role::Caseworker,
            site: "david".into(),
            organisation: String::new(),
            team: String::new(),
        };
        office.invite(&user).unwrap();
        assert!(Arc::ptr_eq(&given(&office, spanish, 10_999).unwrap(), &empty));
        assert!(given(&office, french, 10_999).unwrap().contains("David"), "another language's is its own");
        assert!(given(&office, spanish, 11_000).unwrap().contains("David"));
        assert!(!empty.contains("David"));
        std::fs::remove_dir_all(&data).unwrap();
    }
}
