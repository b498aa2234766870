//! Schemas that allow nothing, which the schema above them leaves out.

use serde_json::Value;

/// Whether a lowered schema allows nothing.
pub(super) fn is_never(schema: &Value) -> bool {
    *schema == Value::Bool(false)
}
