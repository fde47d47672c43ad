//! A/B tests, made strategies.

use super::report::Report;
use crate::endpoint::kpi::Goal;
use crate::raw::RawScenario;
use crate::raw::ab_test::{RawAbTest, RawAlwaysValid, RawFixed, RawSprt, RawTest, RawWeights};
use crate::raw::choice::{RawTestRouting, RawUndecided};
use crate::raw::scalar::RawShare;
use crate::rollout::ab_test::{self, AbTest, Rule};
use crate::rollout::plan::Stage;
use crate::rollout::shift::Fleets;
use crate::stats::sequential::Sprt;

/// Users whose requests and KPI are kept one by one: 16 bytes each in every such run.
const MOST_USERS: u64 = 1_000_000;
/// The largest sample of a variant that may be asked for.
const MOST_UNITS: u64 = 1_000_000_000_000;

/// What of the scenario an A/B test depends on.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    fleets: Fleets,
    /// The challengers besides green, and their weights.
    variants: Vec<(String, f64)>,
    users: Option<u64>,
    sticky: bool,
    /// Whether there is a KPI, and one with revenue.
    kpi: [bool; 2],
    blue_fails: bool,
}

impl Surroundings {
    pub(super) fn new(raw: &RawScenario, fleets: Fleets) -> Self {
        let variants = raw.variants.iter();
        Self {
            fleets,
            variants: variants.map(|variant| (variant.name.clone(), variant.weight)).collect(),
            users: raw.traffic.users,
            sticky: raw.traffic.sticky_users,
            kpi: [raw.kpi.is_some(), raw.kpi.as_ref().is_some_and(|kpi| kpi.revenue.is_some())],
            blue_fails: raw.blue.errors_4xx.0 + raw.blue.errors_5xx.0 > 0.0,
        }
    }
}

/// The stages and the test; `None` only if a problem is noted.
pub(super) fn plan(
    path: &str,
    raw: &mut RawAbTest,
    around: &Surroundings,
    report: &mut Report,
) -> Option<(Vec<Stage>, AbTest)> {
    report.positive_time(format!("{path}.lasts"), raw.lasts);
    report.positive_time(format!("{path}.look_every"), raw.look_every);
    let by_user = by_user(path, raw, around, report);
    let goal = raw.kpi;
    let needed = match goal {
        Goal::Failure => true,
        Goal::Conversion => around.kpi[0],
        Goal::Revenue => around.kpi[1],
    };
    if !needed && report.sound("kpi") {
        report.problem(
            format!("{path}.kpi"),
            "this test compares a KPI that the scenario does not have",
            "add [kpi] with `conversion = \"5%\"` (and `revenue = { mean_value = 20.0 }`), \
             or compare `kpi = \"failure\"`",
        );
    }
    let others = others(path, raw, around, report)?;
    let (green, others) = shares(path, raw, &others, around, report)?;
    let rule = rule(&format!("{path}.test"), raw, around, report);
    if matches!(rule, Rule::Sprt(_)) && (goal == Goal::Revenue || by_user || !others.is_empty()) {
        report.problem(
            format!("{path}.test"),
            "Wald's test is of one probability: green's conversions or failures, request by request",
            "take another test, or compare \"conversion\" or \"failure\" by request with \
             `variants = []`",
        );
    }
    let stages = ab_test::stages(around.fleets, green, raw.lasts, raw.final_bake);
    let test = AbTest {
        goal,
        by_user,
        others,
        rule,
        look_every: raw.look_every,
        promote_undecided: raw.if_undecided == RawUndecided::Green,
    };
    Some((stages, test))
}

fn by_user(path: &str, raw: &mut RawAbTest, around: &Surroundings, report: &mut Report) -> bool {
    let usual = if around.sticky { RawTestRouting::User } else { RawTestRouting::Request };
    let routing = *raw.routing.get_or_insert(usual);
    let path = format!("{path}.routing");
    match (routing, around.users) {
        (RawTestRouting::Request, _) if around.sticky => report.problem(
            path,
            "each request is routed on its own here, but users are sticky in this scenario",
            "take out one of them",
        ),
        (RawTestRouting::User, None) if report.sound("traffic.users") => report.problem(
            path,
            "users are routed, but it is not known how many there are",
            "give `users` in [traffic]",
        ),
        (RawTestRouting::User, Some(users)) if users > MOST_USERS => report.problem(
            path,
            format!("{users} users are more than {MOST_USERS}, each of whom would be followed"),
            "give fewer `users`, or route by request",
        ),
        _ => {}
    }
    routing == RawTestRouting::User
}

/// The challengers besides green by index.
fn others(
    path: &str,
    raw: &mut RawAbTest,
    around: &Surroundings,
    report: &mut Report,
) -> Option<Vec<usize>> {
    let known: Vec<&str> = around.variants.iter().map(|(name, _)| name.as_str()).collect();
    let all = || known.iter().map(|&name| name.to_owned()).collect();
    let wanted = raw.variants.get_or_insert_with(all);
    let mut indices = Vec::new();
    for (place, name) in wanted.iter().enumerate() {
        let place = format!("{path}.variants[{place}]");
        match known.iter().position(|known| known == name) {
            Some(index) if indices.contains(&index) => {
                let message = format!("the variant \"{name}\" is listed twice");
                report.problem(place, message, "list it once");
                return None;
            }
            Some(index) => indices.push(index),
            None => {
                report.unknown_name(place, "variant", name, &known);
                return None;
            }
        }
    }
    Some(indices)
}

/// Green's share, and the others' beside their indices.
fn shares(
    path: &str,
    raw: &mut RawAbTest,
    others: &[usize],
    around: &Surroundings,
    report: &mut Report,
) -> Option<(f64, Vec<(usize, f64)>)> {
    if let Some(share) = raw.share {
        if raw.weights.is_some() || !others.is_empty() {
            report.problem(
                format!("{path}.share"),
                "`share` says all only where green is the one challenger and has no weight",
                "give `weights = { blue = 1.0, green = 1.0 }` instead",
            );
            return None;
        }
        if !(share.0 > 0.0 && share.0 < 1.0) {
            report.problem(
                format!("{path}.share"),
                format!("`share` must be above 0 and below 1, but is {}", share.0),
                "a test needs requests on both sides",
            );
            return None;
        }
        return Some((share.0, Vec::new()));
    }
    let weights = raw.weights.get_or_insert(RawWeights { blue: 1.0, green: 1.0 });
    report.above_zero(format!("{path}.weights.blue"), weights.blue, 1e9);
    report.above_zero(format!("{path}.weights.green"), weights.green, 1e9);
    let weight = |&index: &usize| around.variants[index].1;
    let sum = weights.blue + weights.green + others.iter().map(weight).sum::<f64>();
    if !sum.is_finite() {
        return Some((0.5, Vec::new()));
    }
    let green = weights.green / sum;
    Some((green, others.iter().map(|index| (*index, weight(index) / sum)).collect()))
}

fn rule(path: &str, raw: &RawAbTest, around: &Surroundings, report: &mut Report) -> Rule {
    match &raw.test {
        RawTest::Fixed(RawFixed { alpha, sided, sample }) => {
            let path = format!("{path}.fixed");
            level(&format!("{path}.alpha"), *alpha, report);
            if let Some(sample) = *sample {
                report.count(format!("{path}.sample"), sample, [2, MOST_UNITS]);
            }
            Rule::Fixed { alpha: *alpha, sided: *sided, sample: *sample }
        }
        RawTest::AlwaysValid(RawAlwaysValid { alpha, sided, mixture, at_least }) => {
            let path = format!("{path}.always_valid");
            level(&format!("{path}.alpha"), *alpha, report);
            report.above_zero(format!("{path}.mixture"), mixture.0, 1.0);
            report.count(format!("{path}.at_least"), *at_least, [2, MOST_UNITS]);
            if raw.kpi == Goal::Failure && !around.blue_fails && report.sound("blue") {
                report.problem(
                    &path,
                    "the mixture is relative to blue's failures, but blue never fails",
                    "give blue an error probability, or take another test",
                );
            }
            Rule::AlwaysValid {
                alpha: *alpha,
                sided: *sided,
                mixture: mixture.0,
                at_least: *at_least,
            }
        }
        RawTest::Sprt(raw) => Rule::Sprt(sprt(&format!("{path}.sprt"), raw, report)),
    }
}

fn sprt(path: &str, raw: &RawSprt, report: &mut Report) -> Sprt {
    level(&format!("{path}.alpha"), raw.alpha, report);
    level(&format!("{path}.beta"), raw.beta, report);
    let RawSprt { p0: RawShare(p0), p1: RawShare(p1), alpha, beta } = *raw;
    for (key, p) in [("p0", p0), ("p1", p1)] {
        if p <= 0.0 || p >= 1.0 {
            report.problem(
                format!("{path}.{key}"),
                format!("`{key}` must be above 0 and below 1, but is {p}"),
                "give a probability between the two",
            );
        }
    }
    if (p0 - p1).abs() <= 0.0 {
        let message = "`p0` and `p1` are the same; there is nothing to tell apart";
        report.problem(format!("{path}.p1"), message, "give two different probabilities");
    }
    Sprt { p0, p1, alpha, beta }
}

fn level(path: &str, value: f64, report: &mut Report) {
    if !(value > 0.0 && value < 0.5) {
        let key = path.rsplit('.').next().unwrap_or(path);
        let message = format!("`{key}` must be above 0 and below 0.5, but is {value}");
        report.problem(path, message, "0.05 is usual");
    }
}
