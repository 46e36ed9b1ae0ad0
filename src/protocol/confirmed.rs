//! What a request says, as one digest: by it a confirmation is bound to the request that was confirmed.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The field in which a confirmed request carries its confirmation; no part of what the request says.
const STEP_UP: &str = "step_up";

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// SHA-256 over the operation and all fields, whatever their order and spacing.
    pub digest: [u8; 32],
    /// What it was confirmed with.
    pub step_up: Option<String>,
}

impl Said {
    /// Reads the text of a request's `d`; none if it is no object.
    #[must_use]
    pub fn read(op: &str, d: &str) -> Option<Self> {
        serde_json::from_str(d).ok().map(|fields| Self::of(op, fields))
    }

    /// The same of fields that were read. One that is null says as little as one that is not there.
    #[must_use]
    pub fn of(op: &str, mut fields: Map<String, Value>) -> Self {
        let step_up = fields.remove(STEP_UP);
        let step_up = step_up.and_then(|step_up| step_up.as_str().map(str::to_owned));
        fields.retain(|_, value| !value.is_null());
        let mut text = String::new();
        write(&Value::Object(fields), &mut text);
        let mut hash = Sha256::new();
        hash.update(b"quipu.request.v1");
        hash.update((op.len() as u64).to_be_bytes());
        hash.update(op.as_bytes());
        hash.update(text.as_bytes());
        Self {
            digest: hash.finalize().into(),
            step_up,
        }
    }
}

/// JSON with the fields of each object in the order of their names. The depth is what the reader allowed.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in fields {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(op: &str, d: &str) -> [u8; 32] {
        Said::read(op, d).unwrap().digest
    }

    #[test]
    fn order_spacing_and_the_confirmation_make_no_other_request() {
        let one = digest("transfer.send", r#"{"to":"b","amount":"1.00","at":{"x":1,"y":[2]}}"#);
        for same in [
            r#" { "amount" : "1.00", "at":{"y":[2],"x":1}, "to":"b" } "#,
            r#"{"to":"b","amount":"1.00","at":{"x":1,"y":[2]},"step_up":"abc","fee":null}"#,
        ] {
            assert_eq!(digest("transfer.send", same), one, "{same}");
        }
        assert_eq!(
            Said::read("x", r#"{"step_up":"abc"}"#).unwrap().step_up.as_deref(),
            Some("abc")
        );
        assert_eq!(Said::read("x", r#"{"step_up":7}"#).unwrap().step_up, None);
    }

    #[test]
    fn everything_else_does() {
        let one = digest("transfer.send", r#"{"to":"b","amount":"1.00"}"#);
        assert_ne!(digest("bill.pay", r#"{"to":"b","amount":"1.00"}"#), one);
        for other in [
            r#"{"to":"c","amount":"1.00"}"#,
            r#"{"to":"b","amount":"1.01"}"#,
            r#"{"to":"b","amount":"1.00","note":""}"#,
            r#"{"to":"b"}"#,
            r#"{"to":"b","amount":1.00}"#,
            r#"{"to":["b"],"amount":"1.00"}"#,
        ] {
            assert_ne!(digest("transfer.send", other), one, "{other}");
        }
        for none in ["", "[]", "7", "{"] {
            assert_eq!(Said::read("x", none), None);
        }
    }
}
