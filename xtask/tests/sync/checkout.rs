//! A temporary checkout with the files that `sync` needs.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use hmac_sha256::Hash;
use rustix::fs::{Mode, OFlags};
use tempfile::TempDir;

pub(crate) const DOCUMENT: &str = include_str!("../../../openapi/relay-rest.yaml");
const FILES: [(&str, &str); 3] = [
    ("relay-rest.yaml", DOCUMENT),
    ("overlay.yaml", include_str!("../../../openapi/overlay.yaml")),
    ("source.toml", include_str!("../../../openapi/source.toml")),
];

/// A page as SignalWire writes them.
pub(crate) fn page(document: &str) -> String {
    format!(
        "# Title\n\n```bash\ncurl\n```\n\n## OpenAPI Specification\n\n```yaml\n{document}```\n\n## SDK\n\n```yaml\nno: document\n```\n"
    )
}

/// The vendored document with another description.
pub(crate) fn changed() -> String {
    DOCUMENT.replace(
        "description: Details about a specific validation error.",
        "description: What became of the request.",
    )
}

/// SHA-256 in hexadecimal.
pub(crate) fn hash(text: &str) -> String {
    Hash::hash(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) struct Checkout {
    root: PathBuf,
    /// Removes the folder on drop, if this checkout owns it.
    _folder: Option<TempDir>,
}

/// The outcome of a run.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn succeeds(&self, stdout: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(0), stdout), "{self:?}");
    }

    /// Asserts that the run failed with this text among its errors.
    pub(crate) fn fails(&self, stderr: &str) {
        assert!(
            self.code == Some(1) && self.stderr.contains(stderr),
            "standard error lacks {stderr:?}: {self:?}"
        );
    }
}

impl Checkout {
    pub(crate) fn new() -> Self {
        Self::within(tempfile::tempdir().expect("a folder"))
    }

    /// A checkout in a folder.
    pub(crate) fn within(folder: TempDir) -> Self {
        let checkout = Self { root: folder.path().to_owned(), _folder: Some(folder) };
        checkout.restore();
        checkout
    }

    /// An existing checkout, in a folder that it does not own.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { root: path, _folder: None }
    }

    /// Writes the files as they are in the repository.
    pub(crate) fn restore(&self) {
        for (name, content) in FILES {
            self.write(name, content);
        }
    }

    /// Writes a file in `openapi/`, creating folders.
    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// The command with `--no-check`, because type-checking takes longer than everything else.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.checking(arguments);
        command.arg("--no-check");
        command
    }

    /// The command, which type-checks the crate in the checkout.
    pub(crate) fn checking(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["sync", "--tree"]).arg(self.root()).args(arguments).env_remove("CARGO_TARGET_DIR");
        command.current_dir(self.root()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn sync(&self, arguments: &[&str]) -> Ended {
        self.sync_from(arguments, "")
    }

    pub(crate) fn sync_from(&self, arguments: &[&str], stdin: &str) -> Ended {
        let mut child = self.command(arguments).spawn().expect("xtask runs");
        let _ = child.stdin.take().expect("standard input").write_all(stdin.as_bytes());
        Self::ended(child)
    }

    pub(crate) fn ended(child: Child) -> Ended {
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join("openapi").join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    pub(crate) fn time(&self, name: &str) -> SystemTime {
        fs::metadata(self.path(name)).and_then(|metadata| metadata.modified()).expect("a file")
    }

    pub(crate) fn times(&self) -> [SystemTime; 3] {
        FILES.map(|(name, _)| self.time(name))
    }

    /// The folders that interrupted runs left beside `openapi/`, sorted.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root()).expect("a folder").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(".openapi.sync-")).collect();
        names.sort();
        names
    }

    /// The document and the record, read from one open folder. None if that folder was removed meanwhile.
    pub(crate) fn look(&self) -> Option<(String, String)> {
        let folder = self.root().join("openapi");
        let folder = rustix::fs::open(folder, OFlags::DIRECTORY, Mode::empty()).ok()?;
        let [document, record] = ["relay-rest.yaml", "source.toml"].map(|name| {
            let mut file = File::from(rustix::fs::openat(&folder, name, OFlags::RDONLY, Mode::empty()).ok()?);
            let mut text = String::new();
            file.read_to_string(&mut text).ok().map(|_| text)
        });
        Some((document?, record?))
    }

    /// Asserts that the record has the hash of the document.
    pub(crate) fn matches(&self) {
        let (hash, record) = (hash(&self.read("relay-rest.yaml")), self.read("source.toml"));
        assert!(record.contains(&format!("\nsha256 = \"{hash}\"\nsources")), "{record}");
    }

    pub(crate) fn is_untouched(&self) {
        for (name, content) in FILES {
            assert_eq!(self.read(name), content);
        }
        assert_eq!(self.leftovers(), Vec::<String>::new());
    }
}
