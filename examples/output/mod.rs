//! Ends an example quietly when nobody reads its output any more, as in `… | head -1`.

/// `println!` panics then. The signal SIGPIPE is no way out: it would also end the program when a server closes a connection.
pub(crate) fn ends_quietly() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|message| message.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        report(panic);
    }));
}
