//! The results of a run, as JSON: the figures in an order that is always the same, and apart from them what differs between machines.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::figures::{Cost, Outcome};
use crate::files;

/// Goes up when something goes or means something else.
const VERSION: u32 = 1;

/// The results by document.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    version: u32,
    pub(super) documents: BTreeMap<String, Outcome>,
    pub(super) costs: BTreeMap<String, Cost>,
}

impl Run {
    pub(super) fn add(&mut self, name: &str, outcome: Outcome, cost: Option<Cost>) {
        self.documents.insert(name.to_owned(), outcome);
        self.costs.extend(cost.map(|cost| (name.to_owned(), cost)));
    }

    /// Reads a run that [`Run::write`] wrote.
    ///
    /// # Errors
    /// It is not one of this version.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let failed = |reason: &dyn std::fmt::Display| format!("error: {}: {reason}", path.display());
        let text = files::read_text(path).map_err(|reason| failed(&reason))?;
        let run: Self =
            serde_json::from_str(&text).map_err(|error| failed(&format!("not a saved run: {error}")))?;
        if run.version != VERSION {
            return Err(failed(&format!("a saved run of version {}; expected {VERSION}", run.version)));
        }
        Ok(run)
    }

    /// Writes the run.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write(&mut self, path: &Path) -> Result<(), String> {
        let failed = |reason: &dyn std::fmt::Display| format!("error: {}: {reason}", path.display());
        self.version = VERSION;
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(&error))?;
        fs::write(path, format!("{text}\n")).map_err(|error| failed(&error))
    }
}
