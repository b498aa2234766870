//! Versions as Cargo reads them: the one in a manifest, and the lowest one that a change requires.

use semver::Version;

use super::rust_api::Bump;

/// Returns the version in a `Cargo.toml`, of the package or the workspace.
///
/// # Errors
/// The manifest is invalid, or has no valid version.
pub fn version(manifest: &str) -> Result<Version, String> {
    let manifest: toml::Table = manifest.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let of = |table: Option<&toml::Value>| Some(table?.get("version")?.as_str()?.to_owned());
    let workspace = manifest.get("workspace").and_then(|workspace| workspace.get("package"));
    let version = of(manifest.get("package")).or_else(|| of(workspace));
    let version = version.ok_or("Cargo.toml has no version")?;
    Version::parse(&version).map_err(|error| format!("Cargo.toml has the version `{version}`: {error}"))
}

/// Returns the lowest version that `due` requires. Below 1.0.0, as in Cargo, the leftmost nonzero number counts as major and
/// the next one as minor.
pub fn least(base: &Version, due: Option<Bump>) -> Version {
    let Version { major, minor, patch, .. } = *base;
    match (due, major, minor) {
        (None, ..) => base.clone(),
        (Some(Bump::Major), 0, 0) => Version::new(0, 0, patch + 1),
        (Some(Bump::Major), 0, _) => Version::new(0, minor + 1, 0),
        (Some(Bump::Major), ..) => Version::new(major + 1, 0, 0),
        (Some(Bump::Minor), 1.., _) => Version::new(major, minor + 1, 0),
        (Some(Bump::Minor | Bump::Patch), ..) => Version::new(major, minor, patch + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_sufficient_version_follows_cargo() {
        for (base, due, expected) in [
            ("1.2.3", None, "1.2.3"),
            ("1.2.3", Some(Bump::Patch), "1.2.4"),
            ("1.2.3", Some(Bump::Minor), "1.3.0"),
            ("1.2.3", Some(Bump::Major), "2.0.0"),
            ("0.2.3", Some(Bump::Minor), "0.2.4"),
            ("0.2.3", Some(Bump::Major), "0.3.0"),
            ("0.0.3", Some(Bump::Major), "0.0.4"),
        ] {
            let base = base.parse().expect("a version");
            assert_eq!(least(&base, due).to_string(), expected, "{base} {due:?}");
        }
    }

    #[test]
    fn a_version_is_found_in_the_workspace_or_the_package() {
        let workspace =
            "[workspace.package]\nversion = \"0.1.0\"\n[package]\nname = \"a\"\nversion.workspace = true\n";
        assert_eq!(version(workspace), Ok(Version::new(0, 1, 0)));
        assert_eq!(version("[package]\nversion = \"1.0.0\"\n"), Ok(Version::new(1, 0, 0)));
        assert_eq!(version("[package]\n"), Err("Cargo.toml has no version".to_owned()));
    }
}
