//! The real line: the server functions, with an end to waiting.

use crate::Report;
use crate::round::{Line, Trouble};
use api::ApiError;
use seal::Address;
use serde_bytes::ByteBuf;

/// The server functions of `api`.
#[derive(Clone, Copy, Debug)]
pub struct ApiLine {
    /// After how many milliseconds without an answer there is none.
    pub patience: u32,
}

impl ApiLine {
    /// For an open page: 64 KiB over 2G take half a minute.
    pub const PAGE: ApiLine = ApiLine { patience: 60_000 };
    /// For the worker, whose time is short.
    pub const WORKER: ApiLine = ApiLine { patience: 25_000 };
}

impl Line for ApiLine {
    async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble> {
        let asked = api::deliver(ByteBuf::from(token), ByteBuf::from(parcel));
        self.patiently(asked).await.map(ByteBuf::into_vec)
    }

    async fn collect(&self, cursor: &[u8], room: u32) -> Result<api::Collected, Trouble> {
        self.patiently(api::collect_as(ByteBuf::from(cursor), room)).await
    }

    async fn server_keys(&self) -> Result<Vec<u8>, Trouble> {
        self.patiently(api::server_keys()).await.map(ByteBuf::into_vec)
    }

    async fn office_tables(&self, known: Vec<(String, [u8; 16])>) -> Result<Vec<u8>, Trouble> {
        let known = known.into_iter().map(|(name, digest)| (name, ByteBuf::from(digest)));
        self.patiently(api::office_tables(known.collect())).await.map(ByteBuf::into_vec)
    }

    async fn echo(&self, token: &[u8], checkpoint: &[u8]) -> Result<Vec<u8>, Trouble> {
        let asked = api::echo(ByteBuf::from(token), ByteBuf::from(checkpoint));
        self.patiently(asked).await.map(ByteBuf::into_vec)
    }

    async fn standing(&self, token: &[u8], report: Report) -> Result<Vec<u8>, Trouble> {
        let Report { unsent, oldest_hours, carried, carried_oldest_hours } = report;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let report = api::Report { unsent, oldest_hours, version, carried, carried_oldest_hours };
        self.patiently(api::standing(ByteBuf::from(token), report)).await.map(ByteBuf::into_vec)
    }

    async fn chunks_lacking(&self, token: &[u8], ask: &[u8]) -> Result<Vec<u8>, Trouble> {
        let asked = api::chunks_lacking(ByteBuf::from(token), ByteBuf::from(ask));
        self.patiently(asked).await.map(ByteBuf::into_vec)
    }

    async fn chunks_put(&self, token: &[u8], load: &[u8]) -> Result<Vec<u8>, Trouble> {
        let asked = api::chunks_put(ByteBuf::from(token), ByteBuf::from(load));
        self.patiently(asked).await.map(ByteBuf::into_vec)
    }

    async fn chunks_get(&self, addresses: &[Address], room: u32) -> Result<Vec<Vec<u8>>, Trouble> {
        let addresses: Vec<u8> = addresses.iter().flat_map(|address| address.0).collect();
        let found = self.patiently(api::chunks_get(ByteBuf::from(addresses), room)).await?;
        Ok(found.into_iter().map(ByteBuf::into_vec).collect())
    }
}

impl ApiLine {
    async fn patiently<T>(&self, asked: impl Future<Output = Result<T, ApiError>>) -> Result<T, Trouble> {
        if crate::practice::is_on() {
            // Nothing was asked yet: a function of the server asks when it is first awaited.
            return Err(Trouble::NoAnswer);
        }
        let mut asked = std::pin::pin!(asked);
        let mut timer = std::pin::pin!(crate::clock::sleep(self.patience));
        let answer = std::future::poll_fn(|cx| match asked.as_mut().poll(cx) {
            std::task::Poll::Ready(answer) => std::task::Poll::Ready(Some(answer)),
            std::task::Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
        });
        match answer.await {
            Some(answer) => answer.map_err(trouble),
            None => Err(Trouble::NoAnswer),
        }
    }
}

fn trouble(error: ApiError) -> Trouble {
    match error {
        ApiError::NotSignedIn => Trouble::NotSignedIn,
        ApiError::DepositRefused => Trouble::DepositRefused,
        ApiError::Unavailable => Trouble::ServerUnavailable,
        ApiError::TooMany { seconds } => Trouble::TooMany(seconds),
        ApiError::Malformed
        | ApiError::TooLarge
        | ApiError::NotHere
        | ApiError::Refused
        | ApiError::PasskeyNeeded => Trouble::Refused,
        _ => Trouble::NoAnswer,
    }
}
