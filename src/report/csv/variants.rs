//! `variants.csv`: one row for each variant of each A/B test, blue first.

use super::runs::{names, variant};
use super::{number, optional, owned, streamed};
use crate::experiment::view::View;
use crate::report::Streamed;

pub(super) fn table(results: View<'_>) -> Streamed<'_> {
    let header = owned(&[
        "strategy",
        "regression",
        "replication",
        "variant",
        "share",
        "requests",
        "failed",
        "conversions",
        "revenue",
        "users",
        "response_mean_s",
        "true_mean",
        "effect",
        "effect_low",
        "effect_high",
        "p_value",
        "p_adjusted",
        "instance_hours",
    ]);
    streamed("variants.csv", results, header, move |run| {
        let variants = run.variants.iter().enumerate();
        let rows = variants.map(|(index, found)| {
            let mut row = names(results, run);
            row.truncate(3);
            row.extend([
                variant(results, run, Some(index)),
                number(found.share),
                found.requests.to_string(),
                found.failed.to_string(),
                found.conversions.to_string(),
                number(found.revenue),
                found.users.map(|users| users.to_string()).unwrap_or_default(),
                optional(found.response_mean_s),
                number(found.true_mean),
                optional(found.effect),
                optional(found.interval.map(|interval| interval.0)),
                optional(found.interval.map(|interval| interval.1)),
                optional(found.p_values.map(|values| values.0)),
                optional(found.p_values.map(|values| values.1)),
                optional(found.instance_hours),
            ]);
            row
        });
        rows.collect()
    })
}
