//! The line: real requests, some of which go wrong.

use super::Luck;
use api::ApiError;
use api::server::client::Client;
use seal::Address;
use serde_bytes::ByteBuf;
use std::cell::{Cell, RefCell};
use store::{Line, Report, Trouble};
use tokio::sync::Notify;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    /// The server never has it.
    Before,
    /// The server has it and its answer is lost.
    After,
    /// It arrives twice: browsers send again by themselves.
    Twice,
    /// A captive portal answers.
    Portal,
    /// The page is killed, before the server has it or after.
    Killed(bool),
}

pub struct Wire<'a> {
    client: &'a Client,
    luck: RefCell<&'a mut Luck>,
    fails: bool,
    faults: Cell<usize>,
    kill: Notify,
}

impl<'a> Wire<'a> {
    pub fn new(client: &'a Client, luck: &'a mut Luck, fails: bool) -> Self {
        Self { client, luck: RefCell::new(luck), fails, faults: Cell::new(0), kill: Notify::new() }
    }

    pub fn faults(&self) -> usize {
        self.faults.get()
    }

    /// Comes when the page is killed.
    pub async fn killed(&self) {
        self.kill.notified().await;
    }

    fn fate(&self) -> Fate {
        if !self.fails {
            return Fate::Fine;
        }
        let fate = match self.luck.borrow_mut().below(100) {
            0..66 => Fate::Fine,
            66..75 => Fate::Before,
            75..84 => Fate::After,
            84..90 => Fate::Twice,
            90..94 => Fate::Portal,
            94..97 => Fate::Killed(false),
            _ => Fate::Killed(true),
        };
        self.faults.set(self.faults.get() + usize::from(fate != Fate::Fine));
        fate
    }

    async fn go<T>(
        &self,
        portal: Option<T>,
        ask: impl AsyncFn() -> Result<T, ApiError>,
    ) -> Result<T, Trouble> {
        let fate = self.fate();
        match fate {
            Fate::Before => return Err(Trouble::NoAnswer),
            Fate::Portal => return portal.ok_or(Trouble::NoAnswer),
            Fate::Twice => drop(ask().await),
            Fate::Killed(false) => self.die().await,
            _ => {}
        }
        let answer = ask().await;
        match fate {
            Fate::After => Err(Trouble::NoAnswer),
            Fate::Killed(_) => {
                self.die().await;
                Err(Trouble::NoAnswer)
            }
            _ => answer.map_err(trouble),
        }
    }

    async fn die(&self) {
        self.kill.notify_one();
        core::future::pending::<()>().await;
    }
}

/// As `app/store/src/line.rs` has it.
fn trouble(error: ApiError) -> Trouble {
    match error {
        ApiError::NotSignedIn => Trouble::NotSignedIn,
        ApiError::DepositRefused => Trouble::DepositRefused,
        ApiError::Unavailable => Trouble::ServerUnavailable,
        ApiError::TooMany { seconds } => Trouble::TooMany(seconds),
        ApiError::Malformed | ApiError::TooLarge => Trouble::Refused,
        _ => Trouble::NoAnswer,
    }
}

const PORTAL: &[u8] = b"<html>Sign in to the hotel</html>";

impl Line for Wire<'_> {
    async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble> {
        let portal = Some(ByteBuf::from(PORTAL));
        self.go(portal, async || self.client.deliver(token, parcel).await).await.map(ByteBuf::into_vec)
    }

    async fn collect(&self, cursor: &[u8], room: u32) -> Result<api::Collected, Trouble> {
        self.go(None, async || self.client.collect(cursor, room).await).await
    }

    async fn server_keys(&self) -> Result<Vec<u8>, Trouble> {
        self.go(None, async || self.client.server_keys().await).await.map(ByteBuf::into_vec)
    }

    async fn standing(&self, token: &[u8], report: Report) -> Result<Vec<u8>, Trouble> {
        let Report { unsent, oldest_hours, carried, carried_oldest_hours } = report;
        let version = "0.1.0".to_owned();
        let report = api::Report { unsent, oldest_hours, version, carried, carried_oldest_hours };
        let portal = Some(ByteBuf::from(PORTAL));
        let ask = async || self.client.standing(token, report.clone()).await;
        self.go(portal, ask).await.map(ByteBuf::into_vec)
    }

    async fn echo(&self, token: &[u8], checkpoint: &[u8]) -> Result<Vec<u8>, Trouble> {
        let portal = Some(ByteBuf::from(PORTAL));
        self.go(portal, async || self.client.echo(token, checkpoint).await).await.map(ByteBuf::into_vec)
    }

    async fn chunks_lacking(&self, token: &[u8], ask: &[u8]) -> Result<Vec<u8>, Trouble> {
        let portal = Some(ByteBuf::from(PORTAL));
        self.go(portal, async || self.client.chunks_lacking(token, ask).await).await.map(ByteBuf::into_vec)
    }

    async fn chunks_put(&self, token: &[u8], load: &[u8]) -> Result<Vec<u8>, Trouble> {
        let portal = Some(ByteBuf::from(PORTAL));
        self.go(portal, async || self.client.chunks_put(token, load).await).await.map(ByteBuf::into_vec)
    }

    async fn chunks_get(&self, addresses: &[Address], room: u32) -> Result<Vec<Vec<u8>>, Trouble> {
        let got = self.go(None, async || self.client.chunks_get(addresses, room).await).await?;
        Ok(got.into_iter().map(ByteBuf::into_vec).collect())
    }
}
