//! Schemas that allow nothing: the schema that contains one leaves it out.

use serde_json::Value;

/// Whether a lowered schema allows nothing.
pub(super) fn is_never(schema: &Value) -> bool {
    *schema == Value::Bool(false)
}
