//! Numbers names that are taken.

/// `Pet` ⇒ `Pet`, or `Pet2`, `Pet3`, … where it is taken
pub(crate) fn free_name(name: String, separator: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let mut numbered = (2_u64..).map(|number| format!("{name}{separator}{number}"));
    numbered.find(|name| !is_taken(name)).unwrap_or_default()
}
