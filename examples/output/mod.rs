//! Ends an example when nobody reads its output any more, as in `… | head -1`.

/// Makes `println!` end the program then, instead of a panic. The default action of the signal SIGPIPE would do that, but also end the
/// program when a server closes a connection.
pub(crate) fn end_quietly() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|message| message.starts_with("failed printing to stdout: Broken pipe")) {
            std::process::exit(0);
        }
        report(panic);
    }));
}
