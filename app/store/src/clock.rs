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
        #[cfg(any(test, feature = "testing"))]
        if let Some(ms) = SET.get() {
            return ms;
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(all(any(test, feature = "testing"), not(target_arch = "wasm32")))]
thread_local! {
    static SET: core::cell::Cell<Option<u64>> = const { core::cell::Cell::new(None) };
}

/// Sets the device's clock on this thread, in milliseconds since 1970; `None` lets it run by itself again. For stories.
#[cfg(all(any(test, feature = "testing"), not(target_arch = "wasm32")))]
pub fn set_clock(ms: Option<u64>) {
    SET.set(ms);
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
