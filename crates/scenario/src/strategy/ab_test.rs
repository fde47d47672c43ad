//! An A/B test, as in [`ab_test`](crate::rollout::ab_test).

use super::form::{Around, Course, Form};
use crate::endpoint::kpi::Goal;
use crate::raw::default;
use crate::raw::kpi::RawKpi;
use crate::raw::scalar::{RawShare, RawSize};
use crate::rollout::ab_test::{AbTest, Rule};
use crate::rollout::plan::Stage;
use crate::rollout::shift::{Fleets, Portion};
use crate::stats::sequential::Sprt;
use crate::stats::two_sample::Sided;
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Users whose requests and KPI are kept one by one: 16 bytes each in every such run.
const MOST_USERS: u64 = 1_000_000;
/// The largest sample of a variant that may be asked for.
const MOST_UNITS: u64 = 1_000_000_000_000;

/// An A/B test: the new model, and perhaps others, take part of the traffic until a test says which is
/// best. The winner takes everything; if blue wins, traffic returns to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ab test")]
pub(crate) struct RawAbTest {
    /// Green's share, above 0 and below 1, if green is the only challenger; `"50%"` if neither this nor
    /// `weights` is given.
    share: Option<RawShare>,
    /// Weights of blue and green instead; a challenger of `[[variants]]` has its own.
    weights: Option<RawWeights>,
    /// Names of the challengers besides green; all of `[[variants]]` if absent.
    variants: Option<Vec<String>>,
    /// How long it lasts at most, above zero.
    lasts: SimDuration,
    /// What is compared, per request of callers, failed ones included.
    #[serde(default)]
    kpi: Goal,
    /// Whether each request is routed on its own, or each user; what is routed is also the unit of the
    /// analysis. By user if `traffic.sticky_users`, else by request.
    routing: Option<RawTestRouting>,
    /// How it is decided.
    #[serde(default)]
    test: RawTest,
    /// Time between two looks at the results, above zero.
    #[serde(default = "default::hour")]
    look_every: SimDuration,
    /// Who takes everything if the time is up and there is no winner.
    #[serde(default)]
    if_undecided: RawUndecided,
    /// How long the new model is watched with all traffic.
    #[serde(default)]
    final_bake: SimDuration,
}

/// Weights of the two models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "weights")]
struct RawWeights {
    /// Of the current model, above 0.
    #[serde(default = "default::neutral")]
    blue: f64,
    /// Of the new one, above 0.
    #[serde(default = "default::neutral")]
    green: f64,
}

/// How an A/B test is decided: exactly one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "test")]
enum RawTest {
    /// Once, at the end: the pooled z test of two proportions, or Welch's t test of revenue with the
    /// larger of its own and the pooled variance.
    Fixed(RawFixed),
    /// At any look: bets on conversions and failures, which are exact; of revenue and by user the mixture
    /// sequential probability ratio test.
    AlwaysValid(RawAlwaysValid),
    /// Wald's sequential test of green's own probability, request by request.
    Sprt(RawSprt),
}

/// A test at a fixed horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "fixed")]
struct RawFixed {
    /// Probability of a winner where there is no difference, above 0 and below 0.5.
    #[serde(default = "usual_alpha")]
    alpha: f64,
    /// Whether blue may win (`"two"`) or only the challenger (`"one"`).
    #[serde(default)]
    sided: Sided,
    /// Units (requests or users) of each variant at which it ends before its time is up.
    #[schemars(range(min = 2))]
    sample: Option<u64>,
}

/// A test that may be looked at at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "always valid")]
struct RawAlwaysValid {
    /// Probability of ever naming a winner where there is no difference, above 0 and below 0.5.
    #[serde(default = "usual_alpha")]
    alpha: f64,
    /// Whether blue may win (`"two"`) or only the challenger (`"one"`).
    #[serde(default)]
    sided: Sided,
    /// The effect that it is tuned for, relative to blue's expected KPI, above 0: half of the stake is on
    /// smaller ones. Of revenue and by user it is the standard deviation of the mixture.
    #[serde(default = "usual_mixture")]
    mixture: RawShare,
    /// Units (requests or users) that every variant must have before a look decides, 2 to 10¹². The test of
    /// revenue and of users is for large samples; the other one needs none.
    #[serde(default = "default::thousand")]
    at_least: u64,
}

/// Wald's test of p₀ against p₁; the better of the two promotes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "sprt")]
struct RawSprt {
    /// Probability of a conversion or failure under the one hypothesis, above 0 and below 1.
    p0: RawShare,
    /// Under the other, above 0 and below 1.
    p1: RawShare,
    /// Probability to accept p₁ where p₀ is true, above 0 and below 0.5.
    #[serde(default = "usual_alpha")]
    alpha: f64,
    /// Probability to accept p₀ where p₁ is true, above 0 and below 0.5.
    #[serde(default = "usual_beta")]
    beta: f64,
}

/// What an A/B test routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum RawTestRouting {
    /// Each request on its own.
    Request,
    /// Each user.
    User,
}

/// Who takes everything after an undecided A/B test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum RawUndecided {
    /// The current model.
    #[default]
    Blue,
    /// The new one.
    Green,
}

const fn usual_alpha() -> f64 {
    0.05
}

const fn usual_beta() -> f64 {
    0.1
}

const fn usual_mixture() -> RawShare {
    RawShare(0.05)
}

impl Default for RawTest {
    fn default() -> Self {
        let sided = Sided::default();
        Self::Fixed(RawFixed { alpha: usual_alpha(), sided, sample: None })
    }
}

impl Form for RawAbTest {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        report.positive_time(format!("{path}.lasts"), self.lasts);
        report.positive_time(format!("{path}.look_every"), self.look_every);
        let by_user = by_user(path, self, around, report);
        has_kpi(path, self.kpi, around.raw.kpi.as_ref(), report);
        let others = others(path, self, around, report)?;
        let (green, others) = shares(path, self, &others, around, report)?;
        let rule = rule(&format!("{path}.test"), self, around, report);
        let is_of_requests = self.kpi != Goal::Revenue && !by_user;
        if matches!(rule, Rule::Sprt(_)) && !(is_of_requests && others.is_empty()) {
            report.problem(
                format!("{path}.test"),
                "Wald's test is of one probability: green's conversions or failures, request by request",
                "take another test, or compare \"conversion\" or \"failure\" by request with \
                 `variants = []`",
            );
        }
        let test = Some(AbTest {
            goal: self.kpi,
            by_user,
            others,
            rule,
            look_every: self.look_every,
            promote_undecided: self.if_undecided == RawUndecided::Green,
        });
        let stages = stages(around.fleets?, green, self.lasts, self.final_bake);
        Some(Course { stages, test, ..Course::default() })
    }

    fn bake_place(&self, path: &str, _: usize, is_last: bool) -> String {
        format!("{path}.{}", if is_last { "final_bake" } else { "lasts" })
    }

    fn first_size(&self, _: &str) -> Option<(String, RawSize)> {
        None
    }
}

/// Notes a KPI that the scenario does not have.
fn has_kpi(path: &str, goal: Goal, kpi: Option<&RawKpi>, report: &mut Report) {
    let is_there = match goal {
        Goal::Failure => true,
        Goal::Conversion => kpi.is_some(),
        Goal::Revenue => kpi.is_some_and(|kpi| kpi.revenue.is_some()),
    };
    if !is_there && report.sound("kpi") {
        report.problem(
            format!("{path}.kpi"),
            "this test compares a KPI that the scenario does not have",
            "add [kpi] with `conversion = \"5%\"` (and `revenue = { mean_value = 20.0 }`), \
             or compare `kpi = \"failure\"`",
        );
    }
}

fn by_user(path: &str, raw: &mut RawAbTest, around: &Around<'_>, report: &mut Report) -> bool {
    let traffic = &around.raw.traffic;
    let usual = if traffic.sticky_users { RawTestRouting::User } else { RawTestRouting::Request };
    let routing = *raw.routing.get_or_insert(usual);
    let path = format!("{path}.routing");
    match (routing, traffic.users) {
        (RawTestRouting::Request, _) if traffic.sticky_users => report.problem(
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
    around: &Around<'_>,
    report: &mut Report,
) -> Option<Vec<usize>> {
    let known: Vec<&str> =
        around.raw.variants.iter().map(|variant| variant.name.as_str()).collect();
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
    around: &Around<'_>,
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
    let weight = |&index: &usize| around.raw.variants[index].weight;
    let sum = weights.blue + weights.green + others.iter().map(weight).sum::<f64>();
    if !sum.is_finite() {
        return Some((0.5, Vec::new()));
    }
    let green = weights.green / sum;
    Some((green, others.iter().map(|index| (*index, weight(index) / sum)).collect()))
}

fn rule(path: &str, raw: &RawAbTest, around: &Around<'_>, report: &mut Report) -> Rule {
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
            let blue = &around.raw.blue;
            let blue_fails = blue.errors_4xx.0 + blue.errors_5xx.0 > 0.0;
            if raw.kpi == Goal::Failure && !blue_fails && report.sound("blue") {
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

/// The test at green's `share` for at most `lasts`; then, if green wins, everything, watched for
/// `final_bake`.
fn stages(fleets: Fleets, share: f64, lasts: SimDuration, final_bake: SimDuration) -> Vec<Stage> {
    let tested = Stage {
        green_active: fleets.green,
        blue_active: fleets.blue,
        share,
        mirror: 0.0,
        bake: lasts,
    };
    vec![tested, fleets.stage(Portion::ALL, final_bake)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn all_instances_serve_during_the_test_and_green_alone_afterwards() {
        let rounding = Rounding::Round;
        let fleets = Fleets { blue: 3, green: 2, by_instances: true, rounding };
        let [lasts, bake] = [SimDuration::from_secs(86_400), SimDuration::from_secs(600)];
        let stages = stages(fleets, 0.1, lasts, bake);
        let [tested, all] = stages.as_slice() else { panic!("two stages") };
        assert_eq!((tested.green_active, tested.blue_active, tested.bake), (2, 3, lasts));
        assert!((tested.share - 0.1).abs() < 1e-15);
        assert_eq!((all.green_active, all.blue_active, all.bake), (2, 0, bake));
    }
}
