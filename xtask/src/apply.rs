//! `cargo xtask spec-diff --apply`: writes the version that is due, and what changed, into a checkout.

use std::fs;
use std::path::Path;

use spec_diff::{Bump, Report, print, version};
use toml_edit::{DocumentMut, Item, Value};

use crate::files::read_below;
use crate::sync::Shipped;

pub(crate) const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
const CHANGELOG: &str = "CHANGELOG.md";
/// The section of Keep a Changelog for what no version has yet.
const UNRELEASED: &str = "## [Unreleased]";

/// Raises the version of a checkout to the one that is due, and lists the findings in its changelog. Counts from `base`, the
/// version of BASE, so that a second run changes nothing. Returns a line for each file that it changed.
///
/// # Errors
/// A file cannot be read, understood or written. Files are written only after all of them were understood.
pub(crate) fn apply(tree: &Path, base: &semver::Version, report: &Report) -> Result<Vec<String>, String> {
    // The paths that `glob` finds begin with the folder only if that is a whole path.
    let tree = &tree.canonicalize().map_err(|error| format!("error: {}: {error}", tree.display()))?;
    let manifest = read_below(tree, MANIFEST)?;
    let old = version::version(&manifest).map_err(|reason| format!("error: {MANIFEST}: {reason}"))?;
    let due = version::least(base, report.due());
    let mut edited = Vec::new();
    if old < due {
        let (old, new) = (old.to_string(), due.to_string());
        edited.push((MANIFEST.to_owned(), with_version(&manifest, &old, &new)?));
        for file in members(tree, &manifest)? {
            let member = with_requirements(&file, &read_below(tree, &file)?, &old, &new)?;
            edited.push((file, member));
        }
        if tree.join(LOCK).exists() {
            edited.push((LOCK.to_owned(), with_locked(&read_below(tree, LOCK)?, &old, &new)?));
        }
    }
    // The shipped client says which version of the pipeline has generated it.
    let shipped = Shipped::read(tree)?;
    if old < due && shipped.is_there() {
        let shipped = shipped.of_version(tree, &due.to_string())?;
        edited.extend(shipped.files().map(|(file, text)| (file.to_owned(), text.to_owned())));
    }
    if report.due().is_some_and(|due| due < Bump::Patch) {
        let changelog =
            if tree.join(CHANGELOG).exists() { read_below(tree, CHANGELOG)? } else { String::new() };
        edited.push((CHANGELOG.to_owned(), with_entries(&changelog, &print::changelog(report))));
    }
    let mut written = Vec::new();
    for (file, text) in edited {
        let path = tree.join(&file);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        fs::write(&path, text).map_err(|error| format!("error: {file}: {error}"))?;
        written.push(if file == CHANGELOG { file } else { format!("{file}: {due}") });
    }
    Ok(written)
}

/// Sets the version of the package or the workspace, and every exact requirement of a crate in the tree.
///
/// `relay-rest-codegen = { version = "=0.1.0", path = "codegen" }` ⇒ `… version = "=0.2.0" …`
fn with_version(manifest: &str, old: &str, new: &str) -> Result<String, String> {
    let mut document = parsed(MANIFEST, manifest)?;
    let of_package = ["package", "version"];
    let own = if text_at(&mut document, &of_package).is_some() {
        text_at(&mut document, &of_package)
    } else {
        text_at(&mut document, &["workspace", "package", "version"])
    };
    set(own.ok_or_else(|| format!("error: {MANIFEST} has no version"))?, new);
    raise_requirements(&mut document, old, new);
    Ok(document.to_string())
}

/// Raises the exact requirements of a member of the workspace.
fn with_requirements(file: &str, manifest: &str, old: &str, new: &str) -> Result<String, String> {
    let mut document = parsed(file, manifest)?;
    raise_requirements(&mut document, old, new);
    Ok(document.to_string())
}

fn raise_requirements(document: &mut DocumentMut, old: &str, new: &str) {
    let raise = |tables: Option<&mut Item>| {
        let dependencies = tables.and_then(Item::as_table_like_mut);
        for (_, dependency) in dependencies.into_iter().flat_map(|dependencies| dependencies.iter_mut()) {
            let Some(dependency) = dependency.as_table_like_mut() else { continue };
            let is_own = dependency.contains_key("path");
            let required = dependency.get_mut("version").and_then(Item::as_value_mut);
            let is_exact = |required: &&mut Value| required.as_str() == Some(&format!("={old}"));
            if let Some(required) = required.filter(is_exact).filter(|_| is_own) {
                set(required, &format!("={new}"));
            }
        }
    };
    raise(at(document, &["workspace", "dependencies"]));
    for table in ["dependencies", "build-dependencies", "dev-dependencies"] {
        raise(at(document, &[table]));
    }
}

/// The manifests of the members of a workspace, from its root.
fn members(tree: &Path, manifest: &str) -> Result<Vec<String>, String> {
    let mut document = parsed(MANIFEST, manifest)?;
    let members = at(&mut document, &["workspace", "members"]).and_then(|members| members.as_array_mut());
    let mut found = Vec::new();
    for member in members.into_iter().flat_map(|members| members.iter()).filter_map(Value::as_str) {
        let pattern = tree.join(member).join(MANIFEST);
        let paths =
            glob::glob(&pattern.to_string_lossy()).map_err(|error| format!("error: {member}: {error}"))?;
        let relative =
            paths.flatten().filter_map(|path| Some(path.strip_prefix(tree).ok()?.display().to_string()));
        found.extend(relative);
    }
    Ok(found)
}

/// Sets the versions of the packages in the tree, which have no source.
fn with_locked(lock: &str, old: &str, new: &str) -> Result<String, String> {
    let mut document = parsed(LOCK, lock)?;
    let packages = document.get_mut("package").and_then(Item::as_array_of_tables_mut);
    for package in packages.into_iter().flat_map(|packages| packages.iter_mut()) {
        let is_own = !package.contains_key("source");
        let version = package.get_mut("version").and_then(Item::as_value_mut);
        if let Some(version) = version.filter(|version| is_own && version.as_str() == Some(old)) {
            set(version, new);
        }
    }
    Ok(document.to_string())
}

/// The line of the version in a manifest, from 1; the first one without a version.
pub(crate) fn line_of_version(manifest: &str) -> usize {
    let document = toml_edit::Document::parse(manifest).ok();
    let version = document.as_ref().and_then(|document| {
        let at = |table: Option<&'_ Item>| table?.get("version").filter(|version| version.is_str())?.span();
        at(document.get("package")).or_else(|| at(document.get("workspace")?.get("package")))
    });
    version.and_then(|span| manifest.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1)
}

fn parsed(file: &str, text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error| format!("error: {file}: {error}"))
}

fn at<'a>(document: &'a mut DocumentMut, keys: &[&str]) -> Option<&'a mut Item> {
    keys.iter().try_fold(document.as_item_mut(), |item, key| item.as_table_like_mut()?.get_mut(key))
}

/// The string at these keys; none if it is another value, such as `version.workspace = true`.
fn text_at<'a>(document: &'a mut DocumentMut, keys: &[&str]) -> Option<&'a mut Value> {
    at(document, keys)?.as_value_mut().filter(|value| value.is_str())
}

/// Replaces a value, and keeps the comments and spaces around it.
fn set(value: &mut Value, text: &str) {
    let decor = value.decor().clone();
    *value = text.into();
    *value.decor_mut() = decor;
}

/// Adds the entries that the changelog does not have yet to the categories of its unreleased section.
fn with_entries(changelog: &str, categories: &[(&str, Vec<String>)]) -> String {
    let mut lines: Vec<String> = changelog.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push("# Changelog".to_owned());
    }
    let is_section = |line: &String| line.starts_with("## ");
    let is_unreleased = |line: &String| line.trim_end().eq_ignore_ascii_case(UNRELEASED);
    let start = lines.iter().position(is_unreleased).unwrap_or_else(|| {
        let first = lines.iter().position(is_section);
        let at = first.unwrap_or(lines.len());
        lines.splice(at..at, first.map_or(["", UNRELEASED], |_| [UNRELEASED, ""]).map(str::to_owned));
        if first.is_some() { at } else { at + 1 }
    });
    for (category, entries) in categories {
        let end = |lines: &[String], from: usize, ends: &dyn Fn(&String) -> bool| {
            lines[from..].iter().position(ends).map_or(lines.len(), |index| from + index)
        };
        let section_end = end(&lines, start + 1, &is_section);
        let mut new: Vec<String> = Vec::new();
        for entry in entries {
            let entry = format!("- {entry}");
            if !lines[start..section_end].contains(&entry) && !new.contains(&entry) {
                new.push(entry);
            }
        }
        if new.is_empty() {
            continue;
        }
        let title = format!("### {category}");
        let found = lines[start..section_end].iter().position(|line| line.trim_end() == title);
        let (mut at, is_new) = match found {
            Some(index) => {
                let from = start + index + 1;
                (end(&lines[..section_end], from, &|line| line.starts_with("###")), false)
            }
            None => (section_end, true),
        };
        // Blank lines before the next title stay behind the new entries.
        while at > start + 1 && lines[at - 1].trim().is_empty() {
            at -= 1;
        }
        if is_new {
            new.splice(0..0, [String::new(), title, String::new()]);
        } else if lines[at - 1].trim_end() == title {
            new.insert(0, String::new());
        }
        lines.splice(at..at, new);
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_set_and_the_rest_stays_as_it_is_written() {
        let manifest = "# ours\n[workspace.package]\nversion = \"0.1.0\"  # of all\n\n[workspace.dependencies]\n\
            a = { version = \"=0.1.0\", path = \"a\" }\nb = { path = \"b\", version = \"0.1\" }\nc = \"=0.1.0\"\n\n\
            [package]\nname = \"x\"\nversion.workspace = true\n\n[dependencies.a]\npath = \"a\"\nversion = '=0.1.0'\n";
        let expected = "# ours\n[workspace.package]\nversion = \"0.2.0\"  # of all\n\n[workspace.dependencies]\n\
            a = { version = \"=0.2.0\", path = \"a\" }\nb = { path = \"b\", version = \"0.1\" }\nc = \"=0.1.0\"\n\n\
            [package]\nname = \"x\"\nversion.workspace = true\n\n[dependencies.a]\npath = \"a\"\nversion = \"=0.2.0\"\n";
        assert_eq!(with_version(manifest, "0.1.0", "0.2.0").as_deref(), Ok(expected));
        assert_eq!(
            with_version("[package]\n", "0.1.0", "0.2.0"),
            Err("error: Cargo.toml has no version".to_owned())
        );
    }

    #[test]
    fn the_line_of_the_version_is_found() {
        for (manifest, line) in [
            ("[package]\nname = \"a\"\nversion = \"1.0.0\"\n", 3),
            ("[workspace.package]\nversion = \"1.0.0\"\n[package]\nversion.workspace = true\n", 2),
            ("[package]\n", 1),
            ("=", 1),
        ] {
            assert_eq!(line_of_version(manifest), line, "{manifest}");
        }
    }

    #[test]
    fn only_packages_of_the_tree_are_raised_in_the_lock() {
        let own = "[[package]]\nname = \"a\"\nversion = \"0.1.0\"\ndependencies = [\n \"b\",\n]\n";
        let other = "[[package]]\nname = \"b\"\nversion = \"0.1.0\"\nsource = \"registry\"\n";
        let lock = format!("# generated\nversion = 4\n\n{own}\n{other}");
        let expected = lock.replacen("0.1.0", "0.2.0", 1);
        assert_eq!(with_locked(&lock, "0.1.0", "0.2.0"), Ok(expected));
    }

    #[test]
    fn entries_are_added_once_and_to_their_category() {
        let categories =
            [("Added", vec!["one".to_owned(), "two".to_owned()]), ("Removed", vec!["three".to_owned()])];
        let changelog = "# Changelog\n\nWords.\n\n## [Unreleased]\n\n### Added\n\n- one\n- old\n  continued\n\n## [0.1.0]\n\n### Removed\n\n- four\n";
        let expected = "# Changelog\n\nWords.\n\n## [Unreleased]\n\n### Added\n\n- one\n- old\n  continued\n- two\n\n### Removed\n\n- three\n\n## [0.1.0]\n\n### Removed\n\n- four\n";
        let once = with_entries(changelog, &categories);
        assert_eq!(once, expected);
        assert_eq!(with_entries(&once, &categories), once, "a second run changes nothing");
        let entries = "## [Unreleased]\n\n### Added\n\n- one\n- two\n\n### Removed\n\n- three\n";
        assert_eq!(with_entries("", &categories), format!("# Changelog\n\n{entries}"));
        let released = "# Changelog\n\n## [0.1.0]\n\n- four\n";
        assert_eq!(
            with_entries(released, &categories),
            format!("# Changelog\n\n{entries}\n## [0.1.0]\n\n- four\n")
        );
    }
}
