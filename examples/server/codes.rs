//! Delivers and verifies codes, and counts attempts.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

/// A message that a person received.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The number.
    pub to: String,
    /// The whole text: message, blank, code.
    pub text: String,
    /// The code alone.
    pub code: String,
}

struct Issued {
    code: String,
    attempts_left: u64,
    until: Instant,
}

/// All codes that were requested.
#[derive(Default)]
pub(super) struct Codes {
    issued: HashMap<Uuid, Issued>,
    deliveries: Vec<Delivery>,
}

impl Codes {
    pub(super) fn take_deliveries(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.deliveries)
    }

    /// Delivers a code, and returns the body of the response.
    pub(super) fn issue(&mut self, request: &Value, channel: &'static str) -> Value {
        let number = |name: &str, default| request[name].as_u64().unwrap_or(default);
        let id = Uuid::new_v4();
        let code = code(number("token_length", 6), request["allow_alphas"] == true);
        let message = request["message"].as_str().unwrap_or("Your Personal Authorization Code is:");
        let to = request["to"].as_str().unwrap_or_default().to_owned();
        self.deliveries.push(Delivery {
            to: to.clone(),
            text: format!("{message} {code}"),
            code: code.clone(),
        });
        let until = Instant::now() + Duration::from_secs(number("valid_for", 3600));
        self.issued.insert(id, Issued { code, attempts_left: number("max_attempts", 3), until });
        json!({ "id": id, "success": true, "to": to, "channel": channel })
    }

    /// Whether the code is right; `None` if there is no code to verify.
    pub(super) fn verify(&mut self, id: Uuid, token: &str) -> Option<bool> {
        let issued = self.issued.get_mut(&id).filter(|issued| issued.until > Instant::now())?;
        issued.attempts_left -= 1;
        let is_right = issued.code == token;
        if is_right || issued.attempts_left == 0 {
            self.issued.remove(&id);
        }
        Some(is_right)
    }
}

/// A random code.
fn code(length: u64, allow_alphas: bool) -> String {
    let alphabet =
        if allow_alphas { "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" } else { "0123456789" }.as_bytes();
    let random = (0..).flat_map(|_| Uuid::new_v4().into_bytes());
    random.zip(0..length).map(|(byte, _)| char::from(alphabet[usize::from(byte) % alphabet.len()])).collect()
}
