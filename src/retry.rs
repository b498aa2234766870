//! Retries: only with a policy, and only requests that are idempotent, or that certainly had no effect.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::Method;
use tokio::time::Instant;

use crate::error::{Error, Sent};

/// Longer delays are of no use, and would overflow sums.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How often, and with which delays, a request is retried that is idempotent or certainly had no effect.
///
/// Without a policy nothing is retried. With one, any request is retried if
///
/// - no connection could be made, TLS included, or it ended or timed out before it began to send the request:
///   nothing has reached the server ([`Sent::No`](crate::Sent::No));
/// - the server responded 429 or 503, which reject it unprocessed.
///
/// A request with an idempotent method (GET, HEAD, PUT, DELETE, OPTIONS, TRACE; RFC 9110 §9.2.2; and QUERY), which has the same effect however
/// often it is received, is also retried after
///
/// - a timeout or a broken connection, within the body of a response included;
/// - the status 500, 502 or 504.
///
/// Other requests, such as POST and PATCH, are never retried once a connection has begun to send them, except after 429 and 503: the
/// message may be on its way. No request is retried after a 2xx whose body is complete or too long.
///
/// The delay begins at `base_delay`, doubles each time, and is randomly shortened by up to half. If the server sends `Retry-After`, the
/// delay is that instead. `max_delay` limits both.
///
/// ```
/// use std::time::Duration;
/// use relay_rest::{Client, Credentials, RetryPolicy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let policy = RetryPolicy::new(3).max_delay(Duration::from_secs(5));
/// let credentials = Credentials::new("project-id", "PT-token")?;
/// let client = Client::builder(&"acme".parse()?, credentials).retry(policy).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    budget: Duration,
}

impl RetryPolicy {
    /// Returns a policy of at most `attempts` attempts for a call, the first included. Delays are 0.5 s to 30 s, and no attempt begins
    /// more than 60 s after the first.
    pub fn new(attempts: u32) -> Self {
        Self {
            attempts,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            budget: Duration::from_secs(60),
        }
    }

    /// Sets the delay before the second attempt, which is randomly shortened by up to half; 0.5 s by default.
    #[must_use]
    pub fn base_delay(self, base_delay: Duration) -> Self {
        Self { base_delay: base_delay.min(LONGEST), ..self }
    }

    /// Sets the maximum delay, also for `Retry-After`; 30 s by default.
    #[must_use]
    pub fn max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay: max_delay.min(LONGEST), ..self }
    }

    /// Sets for how long after the start of the first attempt others may begin; 60 s by default. It does not interrupt an attempt: a
    /// call takes at most the budget and one timeout.
    #[must_use]
    pub fn budget(self, budget: Duration) -> Self {
        Self { budget, ..self }
    }

    /// Attempts until one succeeds, fails for good, or there is no attempt or no time left. Returns the number of attempts, and the outcome
    /// of the last one.
    pub(crate) async fn run<T, F>(
        &self,
        method: &Method,
        mut attempt: impl FnMut(u32) -> F,
    ) -> (u32, Result<T, Error>)
    where
        F: Future<Output = Result<T, Error>>,
    {
        let start = Instant::now();
        let delays = ExponentialBuilder::new()
            .with_min_delay(self.base_delay.min(self.max_delay))
            .with_max_delay(self.max_delay)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter();
        let mut number = 0;
        let mut sent_before = Sent::No;
        let outcome = (|| {
            number += 1;
            attempt(number)
        })
        .retry(delays)
        .when(|error| may_repeat(method, error))
        .adjust(|error: &Error, delay| {
            // backon adds up to as much again, and that may be more than the longest delay.
            let delay = error.retry_after().map_or(delay? / 2, |asked| asked.min(self.max_delay));
            (start.elapsed() + delay <= self.budget).then_some(delay)
        })
        .notify(|error, _| sent_before = error.was_sent().or(sent_before))
        .await;
        (number, outcome.map_err(|error| error.after(number, sent_before)))
    }
}

/// Whether a request that failed may be sent again: it is idempotent and may succeed, or it certainly had no effect.
fn may_repeat(method: &Method, error: &Error) -> bool {
    error.did_nothing() || (is_idempotent(method) && error.is_temporary())
}

/// Whether a request has the same effect however often it is received. The `http` crate does not know QUERY, which is safe.
fn is_idempotent(method: &Method) -> bool {
    method.is_idempotent() || method == "QUERY"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::RawResponse;
    use reqwest::StatusCode;

    /// The delays between attempts that are all rejected, measured with tokio's paused clock.
    async fn delays(policy: &RetryPolicy, retry_after: Option<&str>) -> Vec<Duration> {
        let starts = std::cell::RefCell::new(Vec::new());
        let refused = |_| {
            starts.borrow_mut().push(Instant::now());
            let mut response = RawResponse {
                status: StatusCode::SERVICE_UNAVAILABLE,
                headers: Default::default(),
                body: Default::default(),
            };
            let header = retry_after.map(|text| ("retry-after", text.parse().expect("a header")));
            response.headers.extend(header.map(|(name, value)| (name.parse().ok(), value)));
            let request =
                reqwest::Request::new(reqwest::Method::GET, "http://localhost".parse().expect("a URL"));
            let sent = crate::error::SentWords::of(&request);
            std::future::ready(Err::<(), _>(Error::from_status("", Ok(None), response, &sent)))
        };
        let (attempts, outcome) = policy.run(&Method::POST, refused).await;
        let error = outcome.expect_err("refused each time");
        let starts = starts.into_inner();
        assert_eq!((error.attempts(), attempts as usize), (attempts, starts.len()));
        starts.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// tokio's clock ticks in milliseconds.
    const TICK: Duration = Duration::from_millis(2);

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn query_is_idempotent_and_unknown_methods_are_not() {
        for (method, expected) in
            [("QUERY", true), ("PUT", true), ("POST", false), ("COPY", false), ("query", false)]
        {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            assert_eq!(is_idempotent(&method), expected, "{method}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_doubles_up_to_the_maximum_and_is_shortened_at_random() {
        let policy = RetryPolicy::new(6).max_delay(Duration::from_secs(2));
        let longest = [0.5, 1.0, 2.0, 2.0, 2.0].map(Duration::from_secs_f64);
        let mut found = Vec::new();
        for _ in 0..50 {
            let delays = delays(&policy, None).await;
            assert_eq!(delays.len(), longest.len());
            for (delay, longest) in delays.iter().zip(longest) {
                assert!((longest / 2..=longest + TICK).contains(delay), "{delay:?} of {longest:?}");
            }
            found.push(delays[4]);
        }
        found.sort();
        assert!(found[49] - found[0] > Duration::from_millis(500), "{found:?} do not vary");
    }

    #[tokio::test(start_paused = true)]
    async fn waits_as_long_as_the_server_asks_up_to_the_maximum_delay() {
        let policy = RetryPolicy::new(3).max_delay(Duration::from_secs(20));
        for (asked, waited) in [("7", 7), ("0", 0), ("99999999999", 20)] {
            for delay in delays(&policy, Some(asked)).await {
                assert!(delay >= Duration::from_secs(waited) && delay <= Duration::from_secs(waited) + TICK);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempt_begins_after_the_budget() {
        let policy = RetryPolicy::new(100).budget(Duration::from_secs(30));
        assert_eq!(delays(&policy, Some("7")).await.len(), 4);
        assert!(delays(&policy.budget(Duration::ZERO), Some("1")).await.is_empty());
    }

    /// An attempt at the very end of the budget still begins, one a nanosecond later does not.
    #[tokio::test(start_paused = true)]
    async fn the_budget_includes_its_end() {
        let nanosecond = Duration::from_nanos(1);
        for (budget, begins) in [(7 * SECOND, true), (7 * SECOND - nanosecond, false)] {
            assert_eq!(
                delays(&RetryPolicy::new(2).budget(budget), Some("7")).await.len(),
                usize::from(begins)
            );
        }
        // 60 s is the default.
        let policy = RetryPolicy::new(2).max_delay(60 * SECOND);
        assert_eq!(delays(&policy, Some("60")).await.len(), 1);
        let policy = policy.max_delay(60 * SECOND + nanosecond);
        assert!(delays(&policy, Some("61")).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_default_delays_are_half_a_second_to_thirty() {
        for _ in 0..50 {
            let delay = delays(&RetryPolicy::new(2), None).await[0];
            assert!((SECOND / 4..=SECOND / 2 + TICK).contains(&delay), "{delay:?}");
        }
        let delay = delays(&RetryPolicy::new(2), Some("3600")).await[0];
        assert!((30 * SECOND..=30 * SECOND + TICK).contains(&delay), "{delay:?}");
        // The tenth delay would be 256 s.
        let patient = RetryPolicy::new(11).budget(Duration::MAX);
        let delay = delays(&patient, None).await[9];
        assert!((15 * SECOND..=30 * SECOND + TICK).contains(&delay), "{delay:?}");
    }

    /// `max_delay` also limits a `base_delay` that is longer.
    #[tokio::test(start_paused = true)]
    async fn the_longest_delay_limits_the_first() {
        let policy = RetryPolicy::new(2).base_delay(9 * SECOND).max_delay(SECOND);
        for _ in 0..50 {
            let delay = delays(&policy, None).await[0];
            assert!((SECOND / 2..=SECOND + TICK).contains(&delay), "{delay:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_delays_overflow_nothing() {
        let policy =
            RetryPolicy::new(40).base_delay(Duration::MAX).max_delay(Duration::MAX).budget(Duration::MAX);
        assert_eq!(delays(&policy, None).await.len(), 39);
        let asked = delays(&policy, Some("Fri, 31 Dec 9999 23:59:59 GMT")).await;
        assert_eq!(asked.len(), 39);
        let day = 86_400 * SECOND;
        assert!(asked.iter().all(|delay| (day..=day + TICK).contains(delay)), "{asked:?}");
    }
}
