//! The server on its port: who may ask what, within which limits, and with which headers it is answered.

use super::limits::{Kind, Network, Who};
use super::passkeys::Party;
use super::peer::Proxies;
use super::request::Request as Current;
use super::site::{Site, plain};
use super::{Office, attachments, delivery, headers, intake, session, slips};
use crate::ApiError;
use crate::api::attachments::{ChunksGet, ChunksLacking, ChunksPut};
use crate::api::find_application::{FindApplication, IntakeCountsOf};
use crate::api::hand_in::HandIn;
use crate::api::{
    audit, collect::Collect, deliver::Deliver, door, elsewhere, enrol, passkeys, sign_in, staff,
    staff::StandingOf, tables,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use server_fn::axum::{get_server_fn_service, register_explicit};
use server_fn::codec::CborEncoding;
use server_fn::error::FromServerFnError as _;
use server_fn::{ContentType, Decodes, Encodes, ServerFn};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

mod seats;

use seats::{Seat, Seats};

/// A parcel and what is around it.
const BODY_LIMIT: usize = delivery::PARCEL_LIMIT + 4 * 1024;
/// A load of chunks and what is around it.
const LOAD_BODY_LIMIT: usize = attachments::LOAD_LIMIT + 4 * 1024;
/// Everything else: codes, keys, cursors, addresses.
const SMALL_BODY_LIMIT: usize = 8 * 1024;
/// Connections at a time; others wait to be taken.
const CONNECTIONS: usize = 2_048;
/// How long a connection may take to say what it wants, the first time and each time after.
const ASKED_WITHIN: Duration = Duration::from_secs(60);
/// How long to wait before another connection is taken after one could not be, as when there are no files left.
const TAKEN_AGAIN: Duration = Duration::from_millis(200);
/// Requests that are worked on at a time; others wait. Bounds the memory that parcels take.
const AT_ONCE: usize = 128;
/// Letters of families that are worked on beside them: a flood of these holds up nobody else.
const LETTERS_AT_ONCE: usize = 64;
/// How long a letter may wait to be worked on.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(30);
/// How long a body may take to arrive: the largest parcel over a 2G line.
const SENT_WITHIN: Duration = Duration::from_secs(5 * 60);
/// How long requests that are running may take to finish when the server is told to stop.
const FINISHED_WITHIN: Duration = Duration::from_secs(10);

/// How to serve.
#[derive(Clone)]
pub struct Settings {
    /// The built app.
    pub site: Site,
    /// The address at which people reach the server, such as `https://amparo.example`, where a proxy stands
    /// before it.
    pub public_url: Option<String>,
    /// The proxies whose word on who asks is taken.
    pub proxies: Proxies,
}

#[derive(Clone)]
struct Shared {
    office: Arc<Office>,
    settings: Arc<Settings>,
    permits: Arc<Semaphore>,
    letters: Arc<Semaphore>,
    seats: Seats,
    /// The other end of the connection.
    peer: IpAddr,
}

/// Serves until `stop` is done, then finishes what is running.
///
/// # Errors
/// When the port is lost.
pub async fn serve(
    listener: TcpListener,
    office: Arc<Office>,
    settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    register();
    let shared = Shared {
        office,
        settings: Arc::new(settings),
        permits: Arc::new(Semaphore::new(AT_ONCE)),
        letters: Arc::new(Semaphore::new(LETTERS_AT_ONCE)),
        seats: Seats::default(),
        peer: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    let open = GracefulShutdown::new();
    tokio::select! {
        () = take_connections(&listener, &shared, &open) => {}
        () = pin!(stop) => {}
    }
    drop(listener);
    // Those that take longer lose nothing: they are not answered and ask again.
    let _ = tokio::time::timeout(FINISHED_WITHIN, open.shutdown()).await;
    Ok(())
}

/// Takes connections, each in a task of its own, without end.
async fn take_connections(listener: &TcpListener, shared: &Shared, open: &GracefulShutdown) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(ASKED_WITHIN);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(TAKEN_AGAIN).await;
            continue;
        };
        let is_proxy = shared.settings.proxies.are_trusted(peer.ip());
        let Some(seat) = Seat::of(&shared.seats, Network::of(peer.ip()), is_proxy) else { continue };
        let router = Router::new().fallback(answer).with_state(Shared { peer: peer.ip(), ..shared.clone() });
        let service = TowerToHyperService::new(router);
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A line that dies is the client's business: it asks again.
            let _ = connection.await;
            drop((place, seat));
        });
    }
}

/// By hand: a linker may drop what registers itself.
fn register() {
    register_explicit::<Deliver>();
    register_explicit::<Collect>();
    register_explicit::<ChunksLacking>();
    register_explicit::<ChunksPut>();
    register_explicit::<ChunksGet>();
    register_explicit::<door::DoorOf>();
    register_explicit::<door::IntakeKeysOf>();
    register_explicit::<elsewhere::Elsewhere>();
    register_explicit::<elsewhere::Requests>();
    register_explicit::<HandIn>();
    register_explicit::<FindApplication>();
    register_explicit::<IntakeCountsOf>();
    register_explicit::<enrol::Enrol>();
    register_explicit::<enrol::ServerKeysOf>();
    register_explicit::<sign_in::Challenge>();
    register_explicit::<sign_in::SignIn>();
    register_explicit::<sign_in::SignOut>();
    register_explicit::<passkeys::PasskeyChallenge>();
    register_explicit::<passkeys::PasskeyRegister>();
    register_explicit::<passkeys::PasskeyShow>();
    register_explicit::<passkeys::PasskeysOwn>();
    register_explicit::<passkeys::PasskeyRemove>();
    register_explicit::<passkeys::PasskeysReset>();
    register_explicit::<tables::OfficeTablesOf>();
    register_explicit::<audit::AuditPageOf>();
    register_explicit::<audit::EchoOf>();
    register_explicit::<StandingOf>();
    register_explicit::<staff::StaffRoomOf>();
    register_explicit::<staff::InvitePerson>();
    register_explicit::<staff::InviteDevice>();
    register_explicit::<staff::ChangePerson>();
    register_explicit::<staff::DisablePerson>();
    register_explicit::<staff::WithdrawInvitation>();
    register_explicit::<staff::OrderDevice>();
    register_explicit::<staff::DeviceKept>();
    register_explicit::<staff::TakeOver>();
    register_explicit::<staff::PutPlace>();
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let mut response = if path == "/api" || path.starts_with("/api/") {
        shared.api(&path, request).await
    } else if slips::PATHS.contains(&path.as_str()) {
        shared.slips(request).await
    } else if path == super::door::PATH {
        let _permit = shared.permits.acquire().await;
        super::door::page(Arc::clone(&shared.office), request.into_parts().0).await
    } else {
        shared.settings.site.answer(request.method(), &path, request.headers()).await
    };
    let https = shared.settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    headers::add(response.headers_mut(), &path, https);
    response
}

impl Shared {
    async fn api(&self, path: &str, request: Request) -> Response<Body> {
        let mut response = match self.admitted(path, request).await {
            Ok(response) => response,
            Err(refused) => refused,
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// Looks at everything that can be told without the body, and runs the server function.
    async fn admitted(&self, path: &str, request: Request) -> Result<Response<Body>, Response<Body>> {
        let mut service = get_server_fn_service(path, Method::POST)
            .ok_or_else(|| plain(StatusCode::NOT_FOUND, "Not found\n"))?;
        if request.method() != Method::POST {
            let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "POST only\n");
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            return Err(refused);
        }
        let headers = request.headers();
        if !self.is_from_here(headers) {
            return Err(plain(StatusCode::FORBIDDEN, "From this server's own pages only\n"));
        }
        if text(headers, header::CONTENT_TYPE.as_str()) != Some(CborEncoding::CONTENT_TYPE) {
            return Err(plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/cbor only\n"));
        }
        let network = self.settings.proxies.network(self.peer, headers);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let cookie = cookies.filter_map(session::find_cookie).next();
        let host = text(headers, header::HOST.as_str());
        let party = Party::at(self.settings.public_url.as_deref(), host);
        let (parts, body) = request.into_parts();
        let limit = match path {
            Deliver::PATH => BODY_LIMIT,
            ChunksPut::PATH => LOAD_BODY_LIMIT,
            HandIn::PATH => intake::LIMIT,
            _ => SMALL_BODY_LIMIT,
        };
        let body = tokio::time::timeout(SENT_WITHIN, read(body, limit)).await;
        let body = body.unwrap_or(Err(ApiError::Malformed)).map_err(|refused| error(&refused))?;
        // Not before the body was read: who is still sending would not see the answer.
        if let Some(kind) = limited(path) {
            let network = if kind == Kind::Letter { network.sender() } else { network };
            self.office.limits().take(kind, Who::Network(network)).map_err(|refused| error(&refused))?;
        }
        // Only now: who sends slowly keeps nobody waiting.
        let permit = if path == HandIn::PATH {
            tokio::time::timeout(TAKEN_UP_WITHIN, self.letters.acquire()).await
        } else {
            Ok(self.permits.acquire().await)
        };
        let Ok(Ok(_permit)) = permit else { return Err(error(&ApiError::Unavailable)) };
        let current = Current::new(Arc::clone(&self.office), cookie, network, party);
        let request = Request::from_parts(parts, Body::from(body));
        let response = Arc::clone(&current).around(service.run(request)).await;
        let mut response = with_status(response).await;
        if let Some(cookie) = current.take_cookie()
            && let Ok(cookie) = HeaderValue::from_str(&cookie)
        {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// The page for slips. Where its forms were sent from is not asked: browsers that send no referrer say of our own
    /// forms too that they come from nowhere, no cookie counts here, and all that opens anything is in the form.
    async fn slips(&self, request: Request) -> Response<Body> {
        let network = self.settings.proxies.network(self.peer, request.headers());
        let (parts, body) = request.into_parts();
        let body = match parts.method {
            Method::POST => tokio::time::timeout(SENT_WITHIN, read(body, slips::LIMIT)).await,
            _ => Ok(Ok(Bytes::new())),
        };
        let body = body.unwrap_or(Err(ApiError::Malformed));
        let _permit = self.permits.acquire().await;
        slips::answer(Arc::clone(&self.office), network, parts, body).await
    }

    /// Whether one of our own pages asks, or no page at all. Browsers say where a request comes from in headers
    /// that no page can set; programs other than browsers say nothing and carry no one's cookies.
    fn is_from_here(&self, headers: &HeaderMap) -> bool {
        let site = text(headers, "sec-fetch-site");
        let origin = text(headers, header::ORIGIN.as_str());
        if headers.contains_key("sec-fetch-site") && site != Some("same-origin") {
            return false;
        }
        let Some(origin) = origin else { return !headers.contains_key(header::ORIGIN) };
        if let Some(public) = &self.settings.public_url {
            return origin == public.trim_end_matches('/');
        }
        let host = text(headers, header::HOST.as_str());
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == host && host.is_some()
    }
}

/// What is limited for the network before anything is known of who asks.
fn limited(path: &str) -> Option<Kind> {
    match path {
        enrol::Enrol::PATH => Some(Kind::Joining),
        HandIn::PATH => Some(Kind::Letter),
        sign_in::Challenge::PATH | sign_in::SignIn::PATH => Some(Kind::SignIn),
        Deliver::PATH | ChunksLacking::PATH | ChunksPut::PATH | StandingOf::PATH | audit::EchoOf::PATH => {
            Some(Kind::Delivery)
        }
        _ => None,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Reads a body up to a limit. What is over is read too, up to a point, and thrown away: a client that is still
/// sending would not see the answer otherwise.
async fn read(mut body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ApiError::Malformed)?.into_data() else { continue };
        length += data.len();
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length > 16 * limit {
            break;
        }
    }
    if length > limit { Err(ApiError::TooLarge) } else { Ok(Bytes::from(bytes)) }
}

/// Server functions answer every error with 500; people who look at logs and proxies deserve better.
async fn with_status(response: Response<Body>) -> Response<Body> {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = read(body, BODY_LIMIT).await else { return error(&ApiError::Unavailable) };
    match CborEncoding::decode(bytes.clone()) {
        // Our own functions never answer so: the arguments could not be read.
        Ok(ApiError::NoAnswer) | Err(_) => return error(&ApiError::Malformed),
        Ok(error) => {
            parts.status = status(&error);
            retry_after(&mut parts.headers, &error);
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn status(error: &ApiError) -> StatusCode {
    match error {
        ApiError::InvitationUnknown => StatusCode::NOT_FOUND,
        ApiError::InvitationUsed | ApiError::InvitationExpired => StatusCode::GONE,
        ApiError::NotSignedIn => StatusCode::UNAUTHORIZED,
        ApiError::DepositRefused | ApiError::Refused | ApiError::PasskeyNeeded => StatusCode::FORBIDDEN,
        ApiError::NotHere => StatusCode::NOT_FOUND,
        ApiError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        ApiError::Malformed => StatusCode::BAD_REQUEST,
        ApiError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ApiError::Unavailable | ApiError::NoAnswer => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn error(error: &ApiError) -> Response<Body> {
    let bytes = CborEncoding::encode(error).unwrap_or_else(|_| error.ser());
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status(error);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CborEncoding::CONTENT_TYPE));
    // By this the browser's stub knows that the error is ours.
    headers.insert(server_fn::error::SERVER_FN_ERROR_HEADER, HeaderValue::from_static("/api"));
    retry_after(headers, error);
    response
}

/// Says in the answer's head too when to ask again, for proxies and programs other than ours.
fn retry_after(headers: &mut HeaderMap, error: &ApiError) {
    if let ApiError::TooMany { seconds } = error {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
    }
}

/// Done when the program is told to end. Listens for that from the call on, not only once it is awaited.
///
/// # Errors
/// When the system lets nobody listen.
pub fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
