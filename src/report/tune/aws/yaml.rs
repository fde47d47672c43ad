//! JSON as block-style YAML. Scalars stay as JSON writes them, which YAML 1.2 reads alike, so nothing is ever
//! taken for a date, a yes or an octal number.

use serde_json::Value;

/// The document, a line end at its end.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                text.push_str(&"  ".repeat(depth));
                text.push_str(&plain_key(key));
                text.push(':');
                rest(value, depth + 1, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut inner = String::new();
                block(item, depth + 1, &mut inner);
                text.push_str(&"  ".repeat(depth));
                text.push_str("- ");
                // The first line of the item stands behind the dash.
                text.push_str(inner.get(2 * (depth + 1)..).unwrap_or_default());
            }
        }
        scalar => {
            text.push_str(&"  ".repeat(depth));
            text.push_str(&scalar_text(scalar));
            text.push('\n');
        }
    }
}

fn rest(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            block(value, depth, text);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            block(value, depth, text);
        }
        scalar => {
            text.push(' ');
            text.push_str(&scalar_text(scalar));
            text.push('\n');
        }
    }
}

/// As JSON; the one control character that JSON leaves as it is and YAML does not take is escaped.
fn scalar_text(value: &Value) -> String {
    value.to_string().replace('\u{7f}', "\\u007f")
}

fn plain_key(key: &str) -> String {
    let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric())
        && key.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_plain { key.to_owned() } else { Value::from(key).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn blocks_are_set_in_and_scalars_are_as_in_json() {
        let value = json!({
            "Type": "AWS::CloudWatch::Alarm",
            "List": [{ "Name": "a: b", "Value": { "Ref": "X" } }, "no", 1.5, []],
            "Fn::Sub": true,
            "Empty": {},
        });
        let expected = "\
Type: \"AWS::CloudWatch::Alarm\"
List:
  - Name: \"a: b\"
    Value:
      Ref: \"X\"
  - \"no\"
  - 1.5
  - []
\"Fn::Sub\": true
Empty: {}
";
        assert_eq!(document(&value), expected);
    }
}
