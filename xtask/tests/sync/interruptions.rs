//! Interrupted syncs: a process that is killed, a disk that is full. Must not depend on the step at which that happens.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::checkout::{Checkout, DOCUMENT, changed, hash, page};
use crate::concurrency::wait;
use crate::server::{Reply, Server};

#[test]
fn a_killed_run_leaves_the_old_or_the_new_document() {
    let checkout = Checkout::new();
    let server = Server::start(vec![
        ("/old.md", Reply::text(page(DOCUMENT))),
        ("/new.md", Reply::text(page(&changed()))),
    ]);
    let (old, new) = (server.url("/old.md"), server.url("/new.md"));
    let start = Instant::now();
    assert_eq!(checkout.sync(&["--source", &new]).code, Some(0));
    let whole = start.elapsed();

    let mut kills = 0;
    for round in 0..60 {
        let before = checkout.read("relay-rest.yaml");
        let source = if before == DOCUMENT { &new } else { &old };
        let mut child = checkout.command(&["--source", source]).spawn().expect("xtask runs");
        // Mostly towards the end, when files are replaced.
        let moment =
            whole.mul_f64(if round % 3 == 0 { fastrand::f64() } else { 0.7 + 0.5 * fastrand::f64() });
        wait(moment);
        let _ = child.kill();
        let status = child.wait().expect("it ends");
        kills += usize::from(!status.success());
        let after = checkout.read("relay-rest.yaml");
        assert!(after == DOCUMENT || after == changed(), "neither the old document nor the new one: {after}");
        checkout.matches();
    }
    assert!(kills > 5, "only {kills} of 60 were killed before their end");
    // The next sync cleans up.
    assert_eq!(checkout.sync(&["--source", &old]).code, Some(0));
    assert_eq!(checkout.read("relay-rest.yaml"), DOCUMENT);
    assert_eq!(checkout.leftovers(), Vec::<String>::new());
}

#[test]
fn leftovers_are_removed_even_where_nothing_changes() {
    let checkout = Checkout::new();
    let server = Server::start(vec![("/old.md", Reply::text(page(DOCUMENT)))]);
    std::fs::create_dir_all(checkout.root().join(".openapi.sync-killed/folder")).expect("a folder");
    for looking in ["--check", "--dry-run"] {
        assert_eq!(checkout.sync(&["--source", &server.url("/old.md"), looking]).code, Some(0));
        assert_eq!(checkout.leftovers(), [".openapi.sync-killed"], "{looking} removed leftovers");
    }
    assert_eq!(checkout.sync(&["--source", &server.url("/old.md")]).code, Some(0));
    assert_eq!(checkout.leftovers(), Vec::<String>::new());
}

#[test]
fn the_record_matches_the_document_at_every_moment() {
    let checkout = Checkout::new();
    let server = Server::start(vec![
        ("/old.md", Reply::text(page(DOCUMENT))),
        ("/new.md", Reply::text(page(&changed()))),
    ]);
    let hashes = [DOCUMENT.to_owned(), changed()].map(|document| (hash(&document), document));
    let done = AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                // Reads from one open folder, because its path may lead to another one a moment later.
                let Some((document, record)) = checkout.look() else { continue };
                let (hash, _) = hashes
                    .iter()
                    .find(|(_, known)| *known == document)
                    .expect("the old document or the new one");
                assert!(record.contains(hash.as_str()), "the record is of another document");
                looks += 1;
            }
            looks
        });
        for round in 0..40 {
            let url = server.url(if round % 2 == 0 { "/new.md" } else { "/old.md" });
            assert_eq!(checkout.sync(&["--source", &url]).code, Some(0));
        }
        done.store(true, Ordering::Relaxed);
        watcher.join().expect("document and record are of the same version at any time")
    });
    assert!(looks > 1000, "only {looks} reads");
}

/// A small file system. None if this user may not mount one.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(bytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(folder.path());
        mount.output().is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_changes_nothing() {
    let server = Server::start(vec![("/new.md", Reply::text(page(&changed())))]);
    let (mut tried, mut replaced) = (0, 0);
    // The checkout takes eleven pages of 4 KiB, which leaves room for all, some or none of the new files.
    for spare in (0..40).step_by(3) {
        let Some(small) = Small::mount((11 + spare) << 12) else {
            eprintln!("skipped: this user may not mount a file system");
            return;
        };
        let folder = tempfile::tempdir_in(small.0.path()).expect("a folder");
        let checkout = Checkout::within(folder);
        let ended = checkout.sync(&["--source", &server.url("/new.md")]);
        checkout.matches();
        if ended.code == Some(0) {
            assert_eq!(checkout.read("relay-rest.yaml"), changed());
            replaced += 1;
        } else {
            ended.fails("No space left on device");
            ended.fails("; nothing was changed\n");
            checkout.is_untouched();
            tried += 1;
        }
    }
    assert!(tried > 0 && replaced > 0, "{tried} times there was no room, {replaced} times there was");
}
