//! Concurrent syncs of one checkout, some of them killed, and an editor that saves meanwhile.

use std::fs;
use std::io::BufRead as _;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::checkout::{Checkout, DOCUMENT, hash};

/// The variable that sets the number of rounds.
const ROUNDS: &str = "SYNC_ROUNDS";

fn rounds(default: usize) -> usize {
    std::env::var(ROUNDS).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(default)
}

/// Versions of the document, each in a file that is used as a source.
struct Versions {
    folder: tempfile::TempDir,
    documents: Vec<String>,
}

impl Versions {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let documents: Vec<String> = (0..6)
            .map(|version| {
                DOCUMENT.replace("Details about a specific validation error.", &format!("Version {version}."))
            })
            .collect();
        for (version, document) in documents.iter().enumerate() {
            fs::write(folder.path().join(format!("{version}.yaml")), document).expect("a file");
        }
        Self { folder, documents }
    }

    /// The path of a random version.
    fn any(&self) -> String {
        let version = fastrand::usize(..self.documents.len());
        self.folder.path().join(format!("{version}.yaml")).display().to_string()
    }
}

/// Describes how the folder is damaged, if it is.
fn damage(checkout: &Checkout, versions: &Versions, overlay: &str) -> Option<String> {
    let read =
        |name: &str| fs::read_to_string(checkout.path(name)).map_err(|error| format!("{name}: {error}"));
    let look = || {
        let (document, record) = (read("relay-rest.yaml")?, read("source.toml")?);
        if document != DOCUMENT && !versions.documents.contains(&document) {
            return Err("the document is not one of the versions".to_owned());
        }
        if !record.contains(&format!("sha256 = \"{}\"", hash(&document))) {
            return Err("the record is not that of the document".to_owned());
        }
        if read("overlay.yaml")? != overlay || read("notes.md")? != "handwritten" {
            return Err("a handwritten file was changed".to_owned());
        }
        Ok(())
    };
    look().err()
}

fn race(checkout: &Checkout, processes: usize, rounds: usize, variables: &[(&str, &str)]) {
    let versions = Versions::new();
    checkout.write("notes.md", "handwritten");
    let overlay = checkout.read("overlay.yaml");
    let start = Instant::now();
    assert_eq!(checkout.sync(&["--source", &versions.any()]).code, Some(0));
    let one = start.elapsed();
    let (mut kills, mut damaged, mut failed) = (0, Vec::new(), Vec::new());
    for round in 0..rounds {
        let spawn = |_| {
            let mut command = checkout.command(&["--source", &versions.any()]);
            command.envs(variables.iter().copied()).spawn().expect("xtask runs")
        };
        let mut children: Vec<Child> = (0..processes).map(spawn).collect();
        for victim in children.iter_mut().take(1 + round % 2) {
            let moment = one.mul_f64(2.0 * fastrand::f64());
            wait(moment);
            let _ = victim.kill();
        }
        for child in children {
            let ended = Checkout::ended(child);
            match ended.code {
                None => kills += 1,
                Some(0) => {}
                Some(_) => failed.push(ended.stderr),
            }
        }
        if !variables.is_empty() {
            // The next run finishes what a kill between two renames left.
            assert_eq!(checkout.sync(&["--source", &versions.any()]).code, Some(0));
        }
        if let Some(damage) = damage(checkout, &versions, &overlay) {
            damaged.push(format!("round {round}: {damage}"));
            checkout.restore();
            checkout.write("notes.md", "handwritten");
        }
    }
    failed.sort();
    failed.dedup();
    println!(
        "{rounds} rounds of {processes} processes in {:.0?}: {kills} killed, {} kinds of failures, {} left a damaged folder",
        start.elapsed(),
        failed.len(),
        damaged.len()
    );
    assert!(damaged.is_empty() && failed.is_empty(), "{damaged:#?}{failed:#?}");
    assert_eq!(checkout.sync(&["--source", &versions.any()]).code, Some(0));
    assert_eq!(checkout.leftovers(), Vec::<String>::new());
}

#[test]
fn concurrent_syncs_with_kills_lose_nothing() {
    race(&Checkout::new(), 6, rounds(4), &[]);
}

#[test]
fn renaming_file_by_file_loses_nothing_either() {
    race(&Checkout::new(), 6, rounds(4), &[("SYNC_FILE_BY_FILE", "1")]);
}

#[test]
fn a_sync_waits_for_another_one_and_says_so() {
    let (checkout, versions) = (Checkout::new(), Versions::new());
    let lock = fs::File::create(checkout.root().join(".openapi.sync.lock")).expect("a file");
    fs4::FileExt::lock(&lock).expect("a lock");
    // `--check` and `--dry-run` take no lock.
    assert_eq!(checkout.sync(&["--check", "--source", &versions.any()]).code, Some(2));
    assert_eq!(checkout.sync(&["--dry-run", "--source", &versions.any()]).code, Some(0));

    let mut child = checkout.command(&["--source", &versions.any()]).spawn().expect("xtask runs");
    let mut line = String::new();
    let stderr = child.stderr.as_mut().expect("standard error");
    std::io::BufReader::new(stderr).read_line(&mut line).expect("a line");
    assert!(line.starts_with("waiting for another `cargo xtask sync` to finish ("), "{line}");
    checkout.is_untouched();
    drop(lock);
    assert!(child.wait().expect("it ends").success());
    checkout.matches();
    assert_ne!(checkout.read("relay-rest.yaml"), DOCUMENT);
}

/// Saves like an editor, by renaming a new file over the old one, at random moments after the new folder was staged.
#[test]
fn an_overlay_that_is_saved_during_a_sync_is_not_lost() {
    const LATEST: u64 = 10_000;
    let (checkout, versions) = (Checkout::new(), Versions::new());
    checkout.write("notes.md", "handwritten");
    let overlay = checkout.read("overlay.yaml");
    let (mut refused, mut kept) = (0, 0);
    for round in 0..rounds(10) {
        let mut child = checkout.command(&["--source", &versions.any()]).spawn().expect("xtask runs");
        while checkout.leftovers().is_empty() && child.try_wait().expect("a child").is_none() {
            std::hint::spin_loop();
        }
        wait(Duration::from_micros(fastrand::u64(..LATEST)));
        let saved = format!("{overlay}# save {round}\n");
        let new_file = checkout.root().join("overlay.yaml~");
        fs::write(&new_file, &saved).expect("a file");
        fs::rename(new_file, checkout.path("overlay.yaml")).expect("renamed");
        let ended = Checkout::ended(child);
        if ended.code != Some(0) {
            ended.fails("overlay.yaml was changed during the sync; run it again; nothing was changed\n");
            refused += 1;
        }
        if checkout.read("overlay.yaml") != saved {
            // The save came while the folders were exchanged back.
            let named = checkout.leftovers().iter().any(|name| {
                let file = checkout.root().join(name).join("folder/overlay.yaml");
                fs::read_to_string(file).is_ok_and(|text| text == saved) && ended.stderr.contains(name)
            });
            assert!(named, "round {round}: the save is lost: {ended:?}");
            kept += 1;
        }
        assert_eq!(damage(&checkout, &versions, &checkout.read("overlay.yaml")), None);
    }
    println!("{} rounds: {refused} syncs refused, {kept} saves kept beside the folder", rounds(10));
}

/// Busy-waits, because sleeping wakes up too late for such short times.
pub(crate) fn wait(moment: Duration) {
    let start = Instant::now();
    while start.elapsed() < moment {
        std::hint::spin_loop();
    }
}
