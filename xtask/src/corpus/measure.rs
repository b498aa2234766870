//! Measures a document in a process of its own, for a limited time.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::figures::Measured;

/// The name of the hidden task, as clap makes it of `Task::CorpusDocument`.
const TASK: &str = "corpus-document";

/// How many bytes of standard error are read for a message.
const MAX_ERROR: u64 = 1 << 16;

/// How long to wait before the process is asked again whether it has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// Measures a document. Whatever happens to the process is a result.
pub(super) fn document(path: &Path, timeout: Duration) -> Measured {
    let measured =
        std::env::current_exe().and_then(|own| result(Command::new(own).arg(TASK).arg(path), timeout));
    measured.unwrap_or_else(|error| Measured::failed(error.to_string()))
}

/// What a process prints, which is ended after a time.
fn result(command: &mut Command, timeout: Duration) -> io::Result<Measured> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    // Both pipes are read, because the process would wait for the one that is full.
    let printed = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.as_mut().map(|stdout| stdout.read_to_end(&mut bytes)).transpose().map(|_| bytes)
    });
    let reported = thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stderr) = &mut stderr {
            let _ = stderr.take(MAX_ERROR).read_to_end(&mut bytes);
            let _ = io::copy(stderr, &mut io::sink());
        }
        bytes
    });
    let start = Instant::now();
    // That it closed its output does not mean that it ended.
    let (status, is_late) = loop {
        let is_late = start.elapsed() >= timeout;
        if is_late {
            // It may have ended in the meantime.
            let _ = child.kill();
            break (child.wait()?, true);
        }
        if let Some(status) = child.try_wait()? {
            break (status, false);
        }
        thread::sleep(PAUSE);
    };
    let ended = |error: &str| io::Error::other(error.to_owned());
    let printed = printed.join().map_err(|_| ended("its output cannot be read"))??;
    let reported = reported.join().map_err(|_| ended("its errors cannot be read"))?;
    if is_late {
        return Ok(Measured::failed(format!("timed out after {} s", timeout.as_secs())));
    }
    Ok(serde_json::from_slice(&printed).unwrap_or_else(|_| {
        let reported = String::from_utf8_lossy(&reported);
        let first = reported.lines().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        Measured::failed(format!("the process ended with {status}: {}", first.trim()))
    }))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::corpus::figures::Outcome;

    fn error(script: &str, timeout: u64) -> String {
        let mut command = Command::new("sh");
        match result(command.args(["-c", script]), Duration::from_secs(timeout))
            .map(|measured| measured.outcome)
        {
            Ok(Outcome::Failed { error }) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_process_that_ends_without_a_result_is_one() {
        assert_eq!(
            error("echo '{}'; echo >&2; echo 'thread x panicked' >&2; echo more >&2; exit 101", 60),
            "the process ended with exit status: 101: thread x panicked"
        );
        assert_eq!(error("kill -KILL $$", 60), "the process ended with signal: 9 (SIGKILL): no message");
    }

    #[test]
    fn a_process_that_does_not_end_is_ended() {
        assert_eq!(error("exec sleep 600", 1), "timed out after 1 s");
        // It closes its output, and writes as many errors as are read.
        assert_eq!(error("exec yes >&2", 1), "timed out after 1 s");
    }
}
