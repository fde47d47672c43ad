//! What a tuning comes to, in words: what to set, what that does, what is set now, and how far to believe it.

use super::chance::chance;
use super::figures::{objective, objective_shown, rate};
use super::performance::performance;
use super::policy::Spelt;
use super::standing;
use crate::report::number::amount;
use crate::stats::real;
use crate::tuning::results::{Detection, Evaluated, Policy, TuneResults};

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
        (Some(best), _) => all.push(standing::best(results, best)),
        (None, nearest) => all.extend(standing::nothing_feasible(results, nearest.as_ref())),
    }
    // Those that take back what has just been said come right after it.
    all.extend(
        results
            .warnings
            .iter()
            .map(|warning| Paragraph { lead: format!("Warning: {warning}"), lines: Vec::new() }),
    );
    all.extend(results.left_out.iter().map(|one| standing::left_out(results, one)));
    let is_uncertain = !results.expansion.uncertain().is_empty();
    let limit = results.spec.max_false_rollback;
    all.extend(results.chance.as_ref().map(|rare| chance(rare, limit, is_uncertain)));
    all.extend(present(results));
    all.push(belief(results));
    all
}

/// The policy that it is all about: the best one, or the nearest if none keeps the limits.
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

/// `at most 1% of healthy releases rolled back, and at most 5% of each regression missed`.
pub(super) fn limits(results: &TuneResults) -> String {
    let spec = &results.spec;
    let most = format!("at most {} of healthy releases rolled back", rate(spec.max_false_rollback));
    if spec.max_missed >= 1.0 {
        return most;
    }
    let each = if results.left_out.is_empty() {
        "each regression"
    } else {
        "each regression that is not left out"
    };
    format!("{most}, and at most {} of {each} missed", rate(spec.max_missed))
}

/// What a share of missed runs is of.
pub(super) const fn a_regression(results: &TuneResults) -> &'static str {
    if results.left_out.is_empty() { "a regression" } else { "a regression that is not left out" }
}

/// How each strategy is set now, and what that does.
fn present(results: &TuneResults) -> Vec<Paragraph> {
    results.present.iter().map(|now| present_one(results, now)).collect()
}

fn present_one(results: &TuneResults, now: &Evaluated) -> Paragraph {
    let spelt = Spelt::new(results, &now.policy);
    let name = &spelt.plan().name;
    if exported(results).is_some_and(|chosen| same(results, chosen, now)) {
        let lead = format!("That is how '{name}' and its alarms are set now.");
        return Paragraph { lead, lines: Vec::new() };
    }
    let which = match now.policy.settings.len() {
        0 => "Your present setting",
        1 => "Your present alarm",
        _ => "Your present alarms",
    };
    let lead = format!("{which} of '{name}': {}.", spelt.alarms_in_words().join("; and "));
    let mut lines = performance(results, &now.reported);
    lines.extend(why_not_kept(results, now));
    Paragraph { lead, lines }
}

/// Why what is set now is not what is recommended, by the runs that choose.
fn why_not_kept(results: &TuneResults, now: &Evaluated) -> Option<String> {
    let shares = standing::limited_shares(results, &now.chosen_on);
    if !now.feasible {
        return Some(format!("It breaks the limits on the runs that choose: {shares}."));
    }
    let best = results.best.as_ref()?;
    if !now.has_margin {
        return Some(format!(
            "It keeps the limits on the runs that choose, but is too near one there to be confirmed by as \
             many more: {shares}. {}",
            standing::room(results, &now.chosen_on)
        ));
    }
    let show = objective_shown(results);
    let (now, best) = (now.chosen_on.objective?.value, best.chosen_on.objective?.value);
    let does = if now > best { "is worse" } else { "does no worse" };
    Some(format!(
        "It keeps the limits, too; on the runs that choose it {does}: {} {} instead of {}.",
        objective(results.spec.minimise),
        show(now),
        show(best)
    ))
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

/// Which runs the figures are from, and how much was lost by choosing.
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
    let show = objective_shown(results);
    let lost = results.lost_by_choosing.map(|lost| {
        let what = objective(results.spec.minimise);
        if lost > 0.0 {
            let lost = show(lost);
            format!(
                "There the policy above looks better by {lost} ({what}): so much was lost by choosing."
            )
        } else {
            format!("There the policy above looks no better ({what}): nothing was lost by choosing.")
        }
    });
    Paragraph { lead, lines: std::iter::once(compared).chain(lost).collect() }
}

pub(super) fn whole(count: u64) -> String {
    amount(real(count))
}

pub(super) fn release<'a>(results: &'a TuneResults, one: &Detection) -> &'a str {
    &results.expansion.scenario.regressions[one.regression].name
}
