//! Schemas of the scalars that are written as text: a description and a pattern.

use super::scalar::{RawLimit, RawShare, RawSize, RawStatistic, RawThreshold};
use super::spelling::{SHARE, SIZE, STATISTIC, THRESHOLD, TIME_OR_NONE};
use crate::time::spelling::TIME_PATTERN;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

const PERCENT_PATTERN: &str = r"^\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*%\s*$";
const SIZE_PATTERN: &str = r"^\s*(([0-9]+\.?[0-9]*|\.[0-9]+)\s*%|[0-9]+\s*instances?)\s*$";
const STATISTIC_PATTERN: &str = concat!(
    r"^(Average|Sum|Minimum|Maximum|SampleCount|IQM|(p|tm|wm|tc|ts)([0-9]+\.?[0-9]*|\.[0-9]+)",
    r"|(TM|WM|TC|TS|PR)\([0-9.]*%?:[0-9.]*%?\))$",
);

/// A named schema for a type.
macro_rules! schema {
    ($type:ident, $name:literal, $schema:expr) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema!(
    RawLimit,
    "duration or none",
    json_schema!({
        "description": TIME_OR_NONE,
        "anyOf": [{ "type": "string", "pattern": TIME_PATTERN }, { "const": "none" }],
    })
);
schema!(
    RawShare,
    "share",
    json_schema!({
        "description": SHARE,
        "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 1 },
            { "type": "string", "pattern": PERCENT_PATTERN },
        ],
    })
);
schema!(
    RawSize,
    "size",
    json_schema!({ "description": SIZE, "type": "string", "pattern": SIZE_PATTERN })
);
schema!(
    RawThreshold,
    "threshold",
    json_schema!({
        "description": THRESHOLD,
        "anyOf": [
            { "type": "number" },
            { "type": "string", "pattern": PERCENT_PATTERN },
            { "type": "string", "pattern": TIME_PATTERN },
        ],
    })
);
schema!(
    RawStatistic,
    "statistic",
    json_schema!({ "description": STATISTIC, "type": "string", "pattern": STATISTIC_PATTERN })
);
