//! What a tuning comes to, in words: what to set, what that does, what is set now, and how far to believe it.

use super::figures::{mean, objective, objective_shown, rate, share, value};
use super::policy::{Spelt, threshold};
use crate::rare::{Method, RareEstimate};
use crate::report::number::{amount, dollars, duration, percent};
use crate::stats::real;
use crate::tuning::results::{Detection, Evaluated, Performance, Policy, Setting, TuneResults};

/// A statement and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paragraph {
    /// The statement.
    pub(super) lead: String,
    /// A sentence or so each.
    pub(super) lines: Vec<String>,
}

/// Everything that is said, the most important first.
pub(super) fn paragraphs(results: &TuneResults) -> Vec<Paragraph> {
    let mut all = Vec::new();
    if results.runs < results.runs_asked {
        let lead = format!(
            "Interrupted: {} of {} replications.",
            whole(results.runs),
            whole(results.runs_asked)
        );
        let lines = vec!["The intervals say what that is worth.".to_owned()];
        all.push(Paragraph { lead, lines });
    }
    match (&results.best, &results.nearest) {
        (Some(best), _) => all.push(recommended(results, best)),
        (None, nearest) => all.extend(nothing_feasible(results, nearest.as_ref())),
    }
    all.extend(results.chance.as_ref().map(|rare| chance(rare, results.spec.max_false_rollback)));
    // Those that take back what has just been said come right after it.
    all.extend(
        results
            .warnings
            .iter()
            .map(|warning| Paragraph { lead: format!("Warning: {warning}"), lines: Vec::new() }),
    );
    all.extend(present(results));
    all.push(belief(results));
    all
}

/// The policy whose settings are exported: the best one, or the nearest if none keeps the limits.
pub(in crate::report) fn exported(results: &TuneResults) -> Option<&Evaluated> {
    results.best.as_ref().or(results.nearest.as_ref())
}

/// How the strategy that is recommended is set now; if that was not tuned as written, another.
pub(in crate::report) fn presently(results: &TuneResults) -> Option<&Evaluated> {
    let strategy = |policy: &Policy| results.expansion.plans[policy.plan].strategy;
    let wanted = exported(results).map(|chosen| strategy(&chosen.policy));
    let mut present = results.present.iter();
    present.find(|one| Some(strategy(&one.policy)) == wanted).or(results.present.first())
}

fn recommended(results: &TuneResults, best: &Evaluated) -> Paragraph {
    let mut lines = performance(results, &best.reported);
    lines.extend(equivalents(results, &best.policy));
    Paragraph { lead: format!("Recommended: {}.", policy(results, &best.policy)), lines }
}

fn nothing_feasible(results: &TuneResults, nearest: Option<&Evaluated>) -> Vec<Paragraph> {
    let none = Paragraph {
        lead: format!("No policy keeps the limits: {}.", limits(results)),
        lines: nearest.map_or_else(
            || vec!["Nothing was judged, so there is nothing nearest either.".to_owned()],
            |nearest| obstacles(results, &nearest.chosen_on),
        ),
    };
    let nearest = nearest.map(|nearest| {
        let mut lines = performance(results, &nearest.reported);
        lines.extend(equivalents(results, &nearest.policy));
        Paragraph { lead: format!("Nearest: {}.", policy(results, &nearest.policy)), lines }
    });
    std::iter::once(none).chain(nearest).collect()
}

/// `at most 1% false rollbacks, and at most 5% of each regression missed`.
fn limits(results: &TuneResults) -> String {
    let spec = &results.spec;
    let most = format!("at most {} of healthy releases rolled back", rate(spec.max_false_rollback));
    if spec.max_missed >= 1.0 {
        return most;
    }
    format!("{most}, and at most {} of each regression missed", rate(spec.max_missed))
}

/// Which limits stand in the way, on the replications that policies are chosen on.
fn obstacles(results: &TuneResults, chosen_on: &Performance) -> Vec<String> {
    let spec = &results.spec;
    let mut lines = Vec::new();
    if value(&chosen_on.false_rollback).is_some_and(|share| share > spec.max_false_rollback) {
        lines.push(format!(
            "In the way: even the nearest one rolls back {} of healthy releases on the replications \
             that policies are chosen on; the limit is {}.",
            share(&chosen_on.false_rollback),
            rate(spec.max_false_rollback)
        ));
    }
    for one in missed_too_often(results, chosen_on) {
        lines.push(format!(
            "In the way: even the nearest one misses '{}' in {} of the replications that policies \
             are chosen on; the limit is {}.",
            release(results, one),
            share(&one.missed),
            rate(spec.max_missed)
        ));
    }
    lines
}

fn missed_too_often<'a>(
    results: &'a TuneResults,
    performance: &'a Performance,
) -> impl Iterator<Item = &'a Detection> {
    let most = results.spec.max_missed;
    performance.regressions.iter().filter(move |one| value(&one.missed).is_some_and(|m| m > most))
}

/// How the strategy is set now, and what that does.
fn present(results: &TuneResults) -> Option<Paragraph> {
    let now = presently(results)?;
    let is_chosen = exported(results).is_some_and(|chosen| same(results, chosen, now));
    if is_chosen {
        return Some(Paragraph {
            lead: "That is how your strategy and its alarms are set now.".to_owned(),
            lines: Vec::new(),
        });
    }
    let which = match now.policy.settings.len() {
        0 => "Your present setting",
        1 => "Your present alarm",
        _ => "Your present alarms",
    };
    let lead = format!("{which}: {}.", policy(results, &now.policy));
    let mut lines = performance(results, &now.reported);
    if !now.feasible {
        let chosen_on = &now.chosen_on;
        let missed = chosen_on.regressions.iter().filter_map(|one| value(&one.missed));
        lines.push(format!(
            "It breaks the limits on the replications that policies are chosen on: {} rolled back without \
             cause, at most {} missed of a regression.",
            value(&chosen_on.false_rollback).map_or_else(|| "none".to_owned(), percent),
            percent(missed.fold(0.0, f64::max))
        ));
    }
    Some(Paragraph { lead, lines })
}

/// Whether two policies are one: the same plan and shapes, the same thresholds.
fn same(results: &TuneResults, one: &Evaluated, other: &Evaluated) -> bool {
    let key = |policy: &Policy| {
        let settings = policy.settings.iter().map(|setting| (setting.shape, setting.threshold));
        (policy.plan, settings.collect::<Vec<_>>())
    };
    let present = |evaluated: &Evaluated| Spelt::new(results, &evaluated.policy).is_present();
    key(&one.policy) == key(&other.policy) || present(one) && one.policy.plan == other.policy.plan
}

/// `canary 10 % (canary.size = 5%) with '5xx-rate': 3 of 5 minutes above 0.8% on the green fleet`.
pub(super) fn policy(results: &TuneResults, policy: &Policy) -> String {
    let spelt = Spelt::new(results, policy);
    let alarms = spelt.alarms_in_words();
    if alarms.is_empty() {
        return spelt.rollout();
    }
    format!("{} with {}", spelt.rollout(), alarms.join("; and "))
}

/// What a policy does, figure by figure.
fn performance(results: &TuneResults, of: &Performance) -> Vec<String> {
    let mut lines =
        vec![format!("False rollback: {} of healthy releases.", share(&of.false_rollback))];
    lines.extend(of.regressions.iter().map(|one| detection(results, one)));
    if of.full_traffic.of > 0 && of.full_traffic.count == 0 {
        lines.push("No healthy release ever gets all traffic.".to_owned());
    }
    if let Some(time) = &of.full_traffic_s {
        lines.push(format!(
            "Full traffic {} after the request, the mean over the {} of healthy releases that get so far.",
            mean(time, duration),
            share(&of.full_traffic)
        ));
    }
    if let Some(cost) = &of.healthy_extra_cost_usd {
        lines.push(format!("Extra cost of a healthy release: {}.", mean(cost, dollars)));
    }
    if let Some(goal) = &of.objective {
        let asked = results.spec.minimise;
        let figure = mean(goal, objective_shown(asked));
        lines.push(format!("What is minimised, {}: {figure}.", objective(asked)));
    }
    lines
}

/// Of the runs that noticed: how soon. Of all: how often, and what it cost.
fn detection(results: &TuneResults, one: &Detection) -> String {
    let name = release(results, one);
    let noticed = match (one.time_to_detect_s, one.caught.count) {
        (Some([low, median, high]), 1..) => format!(
            "caught in {} of the runs, in {} (median of those; quartiles {} and {})",
            share(&one.caught),
            duration(median),
            duration(low),
            duration(high)
        ),
        _ => format!("caught in {} of the runs", share(&one.caught)),
    };
    let by_chance = match value(&one.by_chance) {
        Some(by_chance) if by_chance > 0.0 => {
            format!("; rolled back by chance in {}", share(&one.by_chance))
        }
        _ => String::new(),
    };
    let mut costs = Vec::new();
    if let Some(failed) = &one.failed_requests {
        costs.push(format!("{} failed requests", mean(failed, amount)));
    }
    if let Some(users) = &one.users_touched {
        costs.push(format!("{} users touched", mean(users, amount)));
    }
    let costs =
        if costs.is_empty() { String::new() } else { format!("; {} a release", costs.join(", ")) };
    format!("'{name}': {noticed}; missed in {}{by_chance}{costs}.", share(&one.missed))
}

fn release<'a>(results: &'a TuneResults, one: &Detection) -> &'a str {
    &results.expansion.scenario.regressions[one.regression].name
}

/// The thresholds that do the same, alarm by alarm.
fn equivalents(results: &TuneResults, policy: &Policy) -> Vec<String> {
    let spelt = Spelt::new(results, policy);
    let several = policy.settings.len() > 1;
    let set = spelt.set_alarms();
    set.filter_map(|(setting, spec)| {
        let range = range(setting, |value| threshold(spec.subject.unit(), value))?;
        let of = if several { format!(" of '{}'", spec.name) } else { String::new() };
        Some(format!("Any threshold{of} {range} does the same on the runs it was chosen on."))
    })
    .collect()
}

fn range(setting: &Setting, show: impl Fn(f64) -> String) -> Option<String> {
    let (low, high) = setting.equivalent;
    match (low.is_finite(), high.is_finite()) {
        (true, true) if low < high => Some(format!("between {} and {}", show(low), show(high))),
        (true, false) => Some(format!("above {}", show(low))),
        (false, true) => Some(format!("below {}", show(high))),
        (false, false) => Some("whatever".to_owned()),
        (true, true) => None,
    }
}

/// Which runs the figures are from, and how much was lost by choosing.
/// How likely a false rollback is, however rare.
fn chance(rare: &RareEstimate, limit: f64) -> Paragraph {
    let [low, high] = rare.interval;
    let share = |share: f64| {
        if (0.001..=0.999).contains(&share) || share <= 0.0 {
            format!("{:.2}%", share * 100.0)
        } else {
            format!("{share:.2e}")
        }
    };
    let (how, line) = match &rare.method {
        Method::Exact => (
            "Computed",
            "Exactly, from the counts' distribution: it owes nothing to the runs.".to_owned(),
        ),
        Method::Splitting { estimates, .. } => (
            "By splitting",
            format!(
                "{} repetitions, {} requests simulated; interval [{}, {}].{}",
                estimates.len(),
                whole(rare.requests_simulated),
                share(low),
                share(high),
                why(rare)
            ),
        ),
        Method::Plain { runs, rolled_back } => (
            "By plain runs",
            format!(
                "{} of {} were rolled back; interval [{}, {}].{}",
                whole(*rolled_back),
                whole(*runs),
                share(low),
                share(high),
                why(rare)
            ),
        ),
    };
    let lead = format!(
        "{how}, it rolls a good release back with probability {}.",
        share(rare.probability)
    );
    let beyond = (low > limit).then(|| {
        format!(
            "So it does not keep the limit of {}: the runs were too few to see that.",
            percent(limit)
        )
    });
    Paragraph { lead, lines: std::iter::once(line).chain(beyond).collect() }
}

fn why(rare: &RareEstimate) -> String {
    rare.reason.as_ref().map_or_else(String::new, |reason| format!(" Not computed: {reason}."))
}

fn belief(results: &TuneResults) -> Paragraph {
    let chosen = exported(results).or(results.present.first());
    let [seen, unseen] = chosen.map_or([0, 0], |evaluated| {
        [evaluated.chosen_on.replications, evaluated.reported.replications]
    });
    let lead =
        format!("All figures are from the {} replications that no choice has seen.", whole(unseen));
    let compared = format!(
        "{} policies were compared on the other {}.",
        whole(results.policies_compared),
        whole(seen)
    );
    let show = objective_shown(results.spec.minimise);
    let lost = results.lost_by_choosing.map(|lost| {
        let what = objective(results.spec.minimise);
        if lost > 0.0 {
            let lost = show(lost);
            format!(
                "There the best one looks better by {lost} ({what}): so much was lost by choosing."
            )
        } else {
            format!("There the best one looks no better ({what}): nothing was lost by choosing.")
        }
    });
    Paragraph { lead, lines: std::iter::once(compared).chain(lost).collect() }
}

fn whole(count: u64) -> String {
    amount(real(count))
}
