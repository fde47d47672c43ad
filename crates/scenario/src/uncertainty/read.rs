//! From what a file says of its uncertain keys to ranges.

use super::ends::Ends;
use crate::error::Misfit;
use crate::key::{Place, edited, place, without};
use crate::load::Loaded;
use crate::raw::scalar::RawShare;
use crate::raw::tune::RawTune;
use crate::validate::variant::Fault;
use crate::variation::as_written;
use crate::variation::strategy::keys;
use serde::Deserialize as _;
use toml::{Table, Value};

/// How the traffic as a whole is called; no key of the file is.
pub(crate) const TRAFFIC: &str = "traffic.rate";

/// A key that varies, and how far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    /// Where the file says it: `tune.uncertain.endpoint.switch`.
    pub(super) path: String,
    pub(super) place: Place,
    pub(super) ends: Ends,
    /// The ends as the file says them.
    pub(super) written: [String; 2],
}

/// How far the traffic may be off, of what it is; `None` if the file does not say so.
pub(crate) fn traffic_share(tune: Option<&RawTune>) -> Option<f64> {
    let written = keys(tune?.uncertain.as_ref()?);
    let (_, share) = written.into_iter().find(|(key, _)| key == TRAFFIC)?;
    RawShare::deserialize(share.clone()).ok().map(|share| share.0)
}

/// The range of each key but the traffic's.
///
/// # Errors
/// Everything that is wrong with them by themselves.
pub(crate) fn ranges(loaded: &Loaded) -> Result<Vec<Range>, Vec<Misfit>> {
    let tune = loaded.written.tune.as_ref();
    let Some(table) = tune.and_then(|tune| tune.uncertain.as_ref()) else {
        return Ok(Vec::new());
    };
    // Without [tune], in which a key could be found as well.
    let resolved = without(&loaded.resolved, "tune");
    let (mut ranges, mut misfits): (Vec<Range>, Vec<Misfit>) = (Vec::new(), Vec::new());
    for (key, value) in keys(table).into_iter().filter(|(key, _)| key != TRAFFIC) {
        let path = format!("tune.uncertain.{key}");
        match range(loaded, &resolved, (&key, value)) {
            Ok((place, ..)) if ranges.iter().any(|range| range.place == place) => {
                let message = format!("`{place}` is listed twice");
                misfits.push((path, (message, "list each key once".to_owned())));
            }
            Ok((place, ends, written)) => ranges.push(Range { path, place, ends, written }),
            Err(fault) => misfits.push((path, fault)),
        }
    }
    if misfits.is_empty() { Ok(ranges) } else { Err(misfits) }
}

fn range(
    loaded: &Loaded,
    resolved: &str,
    (key, value): (&str, &Value),
) -> Result<(Place, Ends, [String; 2]), Fault> {
    let place = place(resolved, key)?;
    if let Some((why, help)) = fixed(&place) {
        return Err((format!("`{place}` cannot be uncertain: {why}"), help.to_owned()));
    }
    if loaded.is_observed() && place.to_string().starts_with("blue.latency.") {
        let message =
            format!("`{place}` cannot be uncertain: service times are found for what is observed");
        return Err((message, "give service times, or take the key out".to_owned()));
    }
    let root: Table = resolved.parse().unwrap_or_default();
    let Some(present) = place.value_in(&root) else {
        let message =
            format!("the scenario has no value of `{place}`, so there is no range around it");
        return Err((message, "give the key a value in the file first".to_owned()));
    };
    edited(&loaded.source.text, resolved, &[(place.clone(), "0".to_owned())])?;
    let Some([low, high]) = value.as_array().map(Vec::as_slice) else {
        return Err(two_ends(key));
    };
    let called = place.keys().next_back().unwrap_or(key);
    let ends = Ends::read(called, present, [low, high])?;
    Ok((place, ends, [as_written(low), as_written(high)]))
}

/// That a key is not given as its two ends.
pub(crate) fn two_ends(key: &str) -> Fault {
    let message = format!("`{key}` must be a list of two values, its ends");
    let help = "write the lower and the upper end, such as [0.001, 0.004] or [\"30s\", \"2m\"]";
    (message, help.to_owned())
}

/// Why a key is the same in every replication, and the remedy.
fn fixed(place: &Place) -> Option<(&'static str, &'static str)> {
    let words = (place.keys().next()?, place.keys().next_back()?);
    Some(match words {
        ("tune", _) => ("no run depends on it", "take it out"),
        ("experiment", _) => {
            ("all replications are of one experiment", "take it out; it has one value")
        }
        ("strategies", _) => (
            "how to roll out is what a tuning decides",
            "list values to choose from in the `vary` of [[tune.strategies]]",
        ),
        ("alarms" | "composite_alarms", _) => (
            "how alarms are set is what a tuning decides",
            "list values to choose from in [[tune.alarms]]",
        ),
        ("metrics", "interval") => {
            ("all alarms are set in these intervals", "take it out; it has one value")
        }
        (_, "prior") => ("it weighs releases, and no run depends on it", "take it out"),
        _ => return None,
    })
}
