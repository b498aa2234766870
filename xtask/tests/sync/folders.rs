//! The content and location of `openapi/`: edited files, links, folders, and file systems without exchange.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::checkout::{Checkout, DOCUMENT, changed, hash};

/// Writes the changed document outside `openapi/`, as a source.
fn source(checkout: &Checkout) -> &'static str {
    fs::write(checkout.root().join("changed.yaml"), changed()).expect("a file");
    "changed.yaml"
}

#[cfg(unix)]
fn link(target: impl AsRef<Path>, at: impl AsRef<Path>) {
    std::os::unix::fs::symlink(target, at).expect("a link");
}

#[test]
fn a_document_that_was_edited_by_hand_is_replaced_with_force_only() {
    let checkout = Checkout::new();
    let edited = DOCUMENT.replace("Details about a specific validation error.", "Edited by hand.");
    checkout.write("relay-rest.yaml", &edited);
    let source = source(&checkout);
    for looking in [&["--dry-run"][..], &[]] {
        let ended = checkout.sync(&[&["--source", source], looking].concat());
        ended.fails("error: openapi/relay-rest.yaml: does not have the hash in openapi/source.toml: it was edited by hand; put corrections in openapi/overlay.yaml and restore the document with git, or pass --force to replace it; nothing was changed\n");
        assert_eq!(checkout.read("relay-rest.yaml"), edited);
    }
    assert_eq!(checkout.sync(&["--check", "--source", source]).code, Some(2));
    assert_eq!(checkout.sync(&["--force", "--source", source]).code, Some(0));
    assert_eq!(checkout.read("relay-rest.yaml"), changed());
    checkout.matches();
}

#[test]
fn force_records_an_edit_that_is_published() {
    let checkout = Checkout::new();
    checkout.write("relay-rest.yaml", &changed());
    let source = source(&checkout);
    assert_eq!(checkout.sync(&["--force", "--source", source]).code, Some(0));
    checkout.matches();
}

#[test]
fn an_edited_overlay_stays() {
    let checkout = Checkout::new();
    let edited = format!("{}# edited\n", checkout.read("overlay.yaml"));
    checkout.write("overlay.yaml", &edited);
    assert_eq!(checkout.sync(&["--source", source(&checkout)]).code, Some(0));
    assert_eq!(checkout.read("overlay.yaml"), edited);
}

#[test]
fn an_absolute_path_is_warned_about() {
    let checkout = Checkout::new();
    let path = checkout.root().join(source(&checkout)).display().to_string();
    let warning =
        format!("warning: {path} is recorded in openapi/source.toml, but exists only on this machine\n");
    let ended = checkout.sync(&["--source", &path]);
    assert_eq!((ended.code, ended.stderr.contains(&warning)), (Some(0), true), "{ended:?}");
    checkout.restore();
    let ended = checkout.sync(&["--source", "changed.yaml"]);
    assert_eq!((ended.code, ended.stderr.contains("warning")), (Some(0), false), "{ended:?}");
}

#[test]
fn byte_order_marks_and_line_ends_are_vendored_as_they_are() {
    let windows = changed().replace('\n', "\r\n");
    for (name, text, document) in [
        ("a.yaml", format!("\u{feff}{}", changed()), format!("\u{feff}{}", changed())),
        ("b.yaml", windows.clone(), windows.clone()),
        ("c.yaml", format!("\u{feff}{windows}"), format!("\u{feff}{windows}")),
        ("d.md", format!("\u{feff}{}", crate::page(&changed()).replace('\n', "\r\n")), windows.clone()),
    ] {
        let checkout = Checkout::new();
        fs::write(checkout.root().join(name), text).expect("a file");
        let ended = checkout.sync(&["--source", name]);
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        assert_eq!(checkout.read("relay-rest.yaml"), document, "{name}");
        checkout.matches();
        checkout.sync(&[]).succeeds("nothing changed\n");
    }
}

#[cfg(unix)]
#[test]
fn folders_and_links_in_the_folder_stay() {
    for variables in [&[][..], &[("SYNC_FILE_BY_FILE", "1")]] {
        let checkout = Checkout::new();
        checkout.write("notes/deep/todo.md", "handwritten");
        fs::create_dir(checkout.path("empty")).expect("a folder");
        link("notes/deep/todo.md", checkout.path("todo.md"));
        link("nowhere", checkout.path("dangling"));
        link("..", checkout.path("notes/up"));
        let mut command = checkout.command(&["--source", source(&checkout)]);
        command.envs(variables.iter().copied());
        let ended = Checkout::ended(command.spawn().expect("xtask runs"));
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
        assert_eq!(checkout.read("relay-rest.yaml"), changed());
        assert_eq!(checkout.read("todo.md"), "handwritten");
        assert!(checkout.path("empty").is_dir());
        assert_eq!(fs::read_link(checkout.path("dangling")).expect("a link"), Path::new("nowhere"));
        assert_eq!(fs::read_link(checkout.path("notes/up")).expect("a link"), Path::new(".."));
        assert_eq!(checkout.leftovers(), Vec::<String>::new());
    }
}

#[cfg(unix)]
#[test]
fn the_target_of_a_linked_folder_is_replaced() {
    let checkout = Checkout::new();
    fs::create_dir(checkout.root().join("elsewhere")).expect("a folder");
    fs::rename(checkout.root().join("openapi"), checkout.root().join("elsewhere/api")).expect("renamed");
    link("elsewhere/api", checkout.root().join("openapi"));
    assert_eq!(checkout.sync(&["--source", source(&checkout)]).code, Some(0));
    assert!(checkout.root().join("openapi").is_symlink());
    let document = fs::read_to_string(checkout.root().join("elsewhere/api/relay-rest.yaml"));
    assert_eq!(document.expect("a file"), changed());
    checkout.matches();
}

#[cfg(unix)]
#[test]
fn a_linked_document_is_an_error_that_says_what_to_do() {
    let checkout = Checkout::new();
    fs::rename(checkout.path("relay-rest.yaml"), checkout.root().join("real.yaml")).expect("renamed");
    link("../real.yaml", checkout.path("relay-rest.yaml"));
    let ended = checkout.sync(&["--source", source(&checkout)]);
    ended.fails("openapi/relay-rest.yaml: is a symbolic link, which sync would replace with a file; move the file itself there, or make the whole folder a link; nothing was changed\n");
    assert!(checkout.path("relay-rest.yaml").is_symlink());
}

/// Recreates the state after a sync that renames file by file was killed after its first rename.
fn half_done(checkout: &Checkout) {
    let record = checkout.read("source.toml");
    let new_record = record.replace(&hash(DOCUMENT), &hash(&changed()));
    let staging = checkout.root().join(".openapi.sync-killed");
    fs::create_dir_all(staging.join("folder")).expect("a folder");
    fs::write(staging.join("folder/source.toml"), &new_record).expect("a file");
    let entry = |name: &str, old: &str, new: &str| {
        format!("[[files]]\nname = \"{name}\"\nold = \"{}\"\nnew = \"{}\"\n", hash(old), hash(new))
    };
    let journal =
        entry("relay-rest.yaml", DOCUMENT, &changed()) + &entry("source.toml", &record, &new_record);
    fs::write(staging.join("commit"), journal).expect("a file");
    checkout.write("relay-rest.yaml", &changed());
}

#[test]
fn a_sync_that_was_killed_between_two_renames_is_finished() {
    let checkout = Checkout::new();
    half_done(&checkout);
    checkout.sync(&["--source", source(&checkout)]).succeeds("nothing changed\n");
    checkout.matches();
    assert_eq!(checkout.read("relay-rest.yaml"), changed());
    assert_eq!(checkout.leftovers(), Vec::<String>::new());
}

#[test]
fn files_restored_after_a_kill_stay_restored() {
    let checkout = Checkout::new();
    half_done(&checkout);
    checkout.restore();
    fs::write(checkout.root().join("same.yaml"), DOCUMENT).expect("a file");
    checkout.sync(&["--source", "same.yaml"]).succeeds("nothing changed\n");
    checkout.is_untouched();
}

/// An editor saved the overlay into the old folder before a sync was killed after the exchange.
#[test]
fn a_file_without_another_copy_is_kept_and_named() {
    let checkout = Checkout::new();
    let staging = checkout.root().join(".openapi.sync-killed");
    fs::create_dir_all(staging.join("folder")).expect("a folder");
    fs::write(staging.join("folder/overlay.yaml"), "edited").expect("a file");
    fs::write(staging.join("folder/relay-rest.yaml"), "old").expect("a file");
    let (old, overlay) = (hash("old"), hash("overlay"));
    let journal = format!(
        "[[files]]\nname = \"relay-rest.yaml\"\nold = \"{old}\"\nnew = \"{}\"\n[[files]]\nname = \"overlay.yaml\"\nold = \"{overlay}\"\nnew = \"{overlay}\"\n",
        hash(DOCUMENT)
    );
    fs::write(staging.join("changes"), journal).expect("a file");
    let ended = checkout.sync(&["--source", source(&checkout)]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("folder/overlay.yaml was saved during a sync and is not in "), "{ended:?}");
    assert_eq!(fs::read_to_string(staging.join("folder/overlay.yaml")).expect("a file"), "edited");
    // A file whose content is in the folder, or is the old version, can be removed.
    fs::write(staging.join("folder/overlay.yaml"), "overlay").expect("a file");
    assert_eq!(checkout.sync(&["--source", "changed.yaml"]).stderr, "");
    assert_eq!(checkout.leftovers(), Vec::<String>::new());
}

/// An overlayfs, where a folder of the lower layer cannot be renamed or exchanged. None if this user may not mount one.
struct Layers(tempfile::TempDir);

impl Layers {
    fn mount() -> Option<(Self, Checkout)> {
        let layers = tempfile::tempdir().expect("a folder");
        // The layers must not be on another overlayfs, on which tests may run.
        let tmpfs = Command::new("mount").args(["-t", "tmpfs", "tmpfs"]).arg(layers.path()).output();
        if !tmpfs.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let layers = Self(layers);
        let path = |name: &str| layers.0.path().join(name);
        for name in ["lower", "upper", "work", "merged"] {
            fs::create_dir(path(name)).expect("a folder");
        }
        Checkout::at(path("lower/checkout")).restore();
        let options = format!(
            "lowerdir={},upperdir={},workdir={},redirect_dir=off",
            path("lower").display(),
            path("upper").display(),
            path("work").display()
        );
        let mount = Command::new("mount")
            .args(["-t", "overlay", "overlay", "-o", &options])
            .arg(path("merged"))
            .output();
        if !mount.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let checkout = Checkout::at(path("merged/checkout"));
        Some((layers, checkout))
    }
}

impl Drop for Layers {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path().join("merged")).output();
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_folder_that_cannot_be_exchanged_is_replaced_file_by_file() {
    let Some((_layers, checkout)) = Layers::mount() else {
        eprintln!("skipped: this user may not mount a file system");
        return;
    };
    assert_eq!(
        fs::rename(checkout.root().join("openapi"), checkout.root().join("other"))
            .expect_err("refused")
            .kind(),
        std::io::ErrorKind::CrossesDevices
    );
    checkout.write("notes/todo.md", "handwritten");
    let ended = checkout.sync(&["--source", source(&checkout)]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(checkout.read("relay-rest.yaml"), changed());
    checkout.matches();
    assert_eq!(checkout.leftovers(), Vec::<String>::new());
}

/// Beside a document, its client is replaced; `generate` writes the same, after an edit of the overlay as well.
#[test]
fn the_shipped_client_is_replaced_with_the_document() {
    let checkout = Checkout::new();
    checkout.write("../new.yaml", &changed());
    assert_eq!(checkout.sync(&["--source", "new.yaml"]).code, Some(0));
    let (client, mocks) = (checkout.read("client.rs"), checkout.read("mocks.rs"));
    let first_line = |text: &str| text.lines().next().map(str::to_owned);
    assert!(client.contains("What became of the request."), "generated from the old document");
    assert!(client.starts_with("// @generated") && first_line(&client) == first_line(&mocks));

    let generate = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command.args(["generate", "--tree"]).arg(checkout.root()).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(generate(), "openapi/client.rs and openapi/mocks.rs are up to date\n");
    checkout.write("overlay.yaml", &format!("{}# edited\n", checkout.read("overlay.yaml")));
    checkout.write("mocks.rs", "edited by hand");
    assert_eq!(generate(), "openapi/client.rs and openapi/mocks.rs are written\n");
    assert_ne!(
        first_line(&checkout.read("client.rs")),
        first_line(&client),
        "the first line does not depend on the overlay"
    );
    let code = |text: &str| text.split_once('\n').map(|(_, code)| code.to_owned());
    assert_eq!(code(&checkout.read("client.rs")), code(&client));
    assert_eq!(code(&checkout.read("mocks.rs")), code(&mocks));
}
