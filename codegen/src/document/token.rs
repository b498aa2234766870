//! Tokens: the names of methods, headers and cookies.

/// Whether a text is a token (RFC 9110 §5.6.2).
pub fn is_token(text: &str) -> bool {
    let is_in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_in_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_no_separators() {
        for token in ["GET", "X-Rate_Limit", "M-SEARCH", "a!#$%&'*+.^`|~9"] {
            assert!(is_token(token), "{token}");
        }
        for other in ["", "a b", "a;b", "a=b", "é", "a\r\n", "(a)"] {
            assert!(!is_token(other), "{other}");
        }
    }
}
