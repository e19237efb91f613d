//! Time and randomness, for everybody on the device.

use rand_core::UnwrapErr;

/// Milliseconds since 1970, by the device's clock. For people to read; decides nothing.
#[must_use]
pub fn now_ms() -> u64 {
    #[cfg(target_arch = "wasm32")]
    {
        // Whole and positive: a float holds it exactly.
        js_sys::Date::now() as u64
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The browser's or the system's generator of random bytes.
#[must_use]
pub fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// Random bytes.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    seal::random(&mut rng())
}

/// Waits.
#[cfg(target_arch = "wasm32")]
pub async fn sleep(ms: u32) {
    gloo_timers::future::TimeoutFuture::new(ms).await;
}
