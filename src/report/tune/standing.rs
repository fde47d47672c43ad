//! What is recommended, how far that may be believed, and what it leaves out, in words.

use super::figures::{
    harm_shown, mean, most_missed, objective, objective_shown, rate, share, value,
};
use super::performance::{equivalents, performance};
use super::policy::Spelt;
use super::words::{Paragraph, a_regression, exported, limits, policy, release};
use crate::report::number::{amount, percent};
use crate::stats::real;
use crate::stats::sign_test::one_sided_p;
use crate::tuning::results::{Evaluated, Fifth, LeftOut, Performance, Remedy, Share, TuneResults};
use crate::tuning::standing::{Standing, runs_advised, runs_for_margin};

/// The best policy: recommended only if its limits are confirmed.
pub(super) fn best(results: &TuneResults, best: &Evaluated) -> Paragraph {
    let spelt = policy(results, &best.policy);
    let (lead, line) = match results.standing {
        Some(Standing::Confirmed) => (format!("Recommended: {spelt}."), confirmed(results)),
        Some(Standing::Broken) => (
            format!("No recommendation. The best on the runs that choose was {spelt}."),
            format!(
                "On the runs that choose nothing it breaks a limit ({}), beyond chance.{}",
                limits(results),
                more_runs(results).map_or_else(String::new, |runs| format!(
                    " More runs make the choice more careful: `--runs {runs}`."
                ))
            ),
        ),
        Some(Standing::BrokenAtAnEnd) => (
            format!("The best so far, not yet a recommendation: {spelt}."),
            format!(
                "On average it keeps the limits ({}), but at an end of the range of what is uncertain it \
                 breaks one, beyond chance.",
                limits(results)
            ),
        ),
        _ => (format!("The best so far, not yet a recommendation: {spelt}."), open(results)),
    };
    let mut lines = vec![line];
    lines.extend(idle(results, best));
    lines.extend(performance(results, &best.reported));
    lines.extend(ends(results, &best.reported));
    lines.extend(equivalents(results, &best.policy));
    lines.extend(too_near(results, best));
    lines.extend(price(results));
    Paragraph { lead, lines }
}

/// Alarms that do nothing here, so that nobody counts on them.
fn idle(results: &TuneResults, best: &Evaluated) -> Option<String> {
    let names = Spelt::new(results, &best.policy).idle_alarms();
    (!names.is_empty()).then(|| {
        format!(
            "No run, good or faulty, sets {} off: so set, it guards against nothing that this scenario has. \
             Leave it out, or add the fault that it is for and tune again.",
            names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(" or ")
        )
    })
}

fn confirmed(results: &TuneResults) -> String {
    let each = if results.spec.max_missed < 1.0 { " each" } else { "" };
    format!(
        "Confirmed on runs that no choice has seen: {}, at 95% confidence{each}.",
        limits(results)
    )
}

fn open(results: &TuneResults) -> String {
    let needed = if let Some(Standing::Open { runs_needed: Some(runs) }) = results.standing {
        let advised = runs_advised([results.spec.max_false_rollback, results.spec.max_missed]);
        let runs = runs.max(advised.unwrap_or(0));
        format!(": too few runs. About {} in all would tell (`--runs {runs}`).", amount(real(runs)))
    } else {
        let more = more_runs(results).map_or_else(String::new, |runs| {
            format!("; with `--runs {runs}` another may be chosen")
        });
        format!(
            ". At the rates seen no number of runs would confirm it: a limit is too near{more}."
        )
    };
    format!("Whether it keeps the limits ({}) is open{needed}", limits(results))
}

/// Twice as many runs, and enough to make an answer likely; `None` if no number does.
fn more_runs(results: &TuneResults) -> Option<u64> {
    let advised = runs_advised([results.spec.max_false_rollback, results.spec.max_missed])?;
    Some(advised.max(results.runs.saturating_mul(2)))
}

/// How it fares where what is uncertain is low and where it is high.
fn ends(results: &TuneResults, of: &Performance) -> Vec<String> {
    let keys = results.expansion.uncertain().iter().zip(of.fifths.chunks(2));
    keys.filter_map(|(key, ends)| {
        let [low, high] = ends else { return None };
        let what = if key.key == "traffic.rate" { "traffic" } else { key.key.as_str() };
        Some(format!(
            "Over {what} from {} to {}: in the lowest fifth {}; in the highest {}.",
            key.low,
            key.high,
            end(results, low),
            end(results, high)
        ))
    })
    .collect()
}

fn end(results: &TuneResults, of: &Fifth) -> String {
    let rolled_back = format!("{} of good releases rolled back", share(&of.false_rollback));
    if of.missed.of == 0 {
        return rolled_back;
    }
    format!("{rolled_back}, at most {} of {} missed", share(&of.missed), a_regression(results))
}

/// What would be chosen if it kept the limits with more room, and how many runs might show that it does.
fn too_near(results: &TuneResults, best: &Evaluated) -> Option<String> {
    let better = results.too_near.as_ref()?;
    let (better_on, best_on) = (&better.chosen_on, &best.chosen_on);
    let show = objective_shown(results);
    Some(format!(
        "Better on the runs that choose, but too near a limit there to be confirmed by as many more: {}, \
         with {}; {} {} instead of {}. {}",
        policy(results, &better.policy),
        limited_shares(results, better_on),
        objective(results.spec.minimise),
        show(better_on.objective?.value),
        show(best_on.objective?.value),
        room(results, better_on)
    ))
}

/// `3.2% of good releases rolled back, at most 4.1% of a regression missed`.
pub(super) fn limited_shares(results: &TuneResults, of: &Performance) -> String {
    let shown = |share: &Share| value(share).map_or_else(|| "none".to_owned(), percent);
    let rolled_back = format!("{} of good releases rolled back", shown(&of.false_rollback));
    most_missed(results, of).map_or_else(
        || rolled_back.clone(),
        |worst| {
            let missed = shown(&worst.missed);
            format!("{rolled_back} and at most {missed} of {} missed", a_regression(results))
        },
    )
}

/// How many runs may give a policy of these shares the margin that it lacks.
pub(super) fn room(results: &TuneResults, of: &Performance) -> String {
    let spec = &results.spec;
    let share = |share: Option<&Share>| share.and_then(value).unwrap_or(0.0);
    let missed = share(most_missed(results, of).map(|worst| &worst.missed));
    let needed = runs_for_margin([
        (share(Some(&of.false_rollback)), spec.max_false_rollback),
        (missed, spec.max_missed),
    ]);
    needed.map_or_else(
        || "At these shares no number of runs would give it the room.".to_owned(),
        |runs| {
            let runs = runs.max(results.runs.saturating_mul(2));
            format!("If these shares stay, `--runs {runs}` gives it the room.")
        },
    )
}

/// What minimising something else than harm costs in harm.
fn price(results: &TuneResults) -> Option<String> {
    let price = results.price.as_ref()?;
    Some(format!(
        "That is the price of minimising {}: it harms {} more {} than {}, which keeps the limits, \
         too.",
        objective(results.spec.minimise),
        mean(&price.more, harm_shown(results)),
        if results.left_out.is_empty() {
            "a faulty release"
        } else {
            "a faulty release that counts"
        },
        policy(results, &price.least_harm.policy)
    ))
}

/// What nothing can catch.
pub(super) fn left_out(results: &TuneResults, one: &LeftOut) -> Paragraph {
    let name = &results.expansion.scenario.regressions[one.regression].name;
    let limit = rate(results.spec.max_false_rollback);
    let lead = format!("Left out: '{name}'.");
    let Some(best) = &one.best else {
        let line = format!(
            "No policy rolls back at most {limit} of good releases, so nothing can be said of it."
        );
        return Paragraph { lead, lines: vec![line] };
    };
    let found = best.reported.regressions.iter().find(|found| found.regression == one.regression);
    let mut lines = vec![format!(
        "No policy that rolls back at most {limit} of good releases catches it often enough; the best, \
         {}, reaches {} of the runs that it catches or misses. Limits and objective are about the others.",
        policy(results, &best.policy),
        one.share.map_or_else(|| "none".to_owned(), percent)
    )];
    let alpha = 1.0 - results.expansion.scenario.experiment.confidence;
    if let Some(found) = found
        && one_sided_p(found.earlier, found.later) > alpha
    {
        // Even if every pair that differs spoke for it, they might be too few to show it.
        let is_early =
            found.earlier > found.later && one_sided_p(found.earlier + found.later, 0) > alpha;
        let told = if is_early {
            "So few runs do not show that even that one can tell it from a good release"
        } else {
            "Not even that one can tell it from a good release"
        };
        lines.push(format!(
            "{told}: on the runs that choose nothing it gives it up earlier than the good one in {} and \
             later in {} of {} (sign test, one-sided, at {}).",
            found.earlier,
            found.later,
            found.caught.of,
            percent(alpha)
        ));
    }
    Paragraph { lead, lines }
}

/// Nothing keeps the limits: what stands in the way, what comes nearest, what would help.
pub(super) fn nothing_feasible(
    results: &TuneResults,
    nearest: Option<&Evaluated>,
) -> Vec<Paragraph> {
    let none = Paragraph {
        lead: format!("No policy keeps the limits: {}.", limits(results)),
        lines: nearest.map_or_else(
            || vec!["Nothing was judged, so there is nothing nearest either.".to_owned()],
            |nearest| obstacles(results, &nearest.chosen_on),
        ),
    };
    let nearest = nearest.map(|nearest| {
        let lines = performance(results, &nearest.reported);
        Paragraph { lead: format!("Nearest: {}.", policy(results, &nearest.policy)), lines }
    });
    std::iter::once(none).chain(nearest).chain(remedies(results)).collect()
}

/// Which limits stand in the way, on the replications that policies are chosen on.
fn obstacles(results: &TuneResults, chosen_on: &Performance) -> Vec<String> {
    let spec = &results.spec;
    let mut lines = Vec::new();
    let is_beyond = |share: &Share, limit: f64| value(share).is_some_and(|share| share > limit);
    if is_beyond(&chosen_on.false_rollback, spec.max_false_rollback) {
        lines.push(format!(
            "In the way: even the nearest one rolls back {} of healthy releases on the runs that choose; \
             the limit is {}.",
            share(&chosen_on.false_rollback),
            rate(spec.max_false_rollback)
        ));
    }
    for one in &chosen_on.regressions {
        if results.counts(one.regression) && is_beyond(&one.missed, spec.max_missed) {
            lines.push(format!(
                "In the way: even the nearest one misses '{}' in {} of the runs that choose; the limit \
                 is {}.",
                release(results, one),
                share(&one.missed),
                rate(spec.max_missed)
            ));
        }
    }
    if lines.is_empty() {
        lines.push(
            "No regression can be caught within the limit on false rollbacks, so there is nothing to \
             choose by."
                .to_owned(),
        );
    }
    lines
}

/// What was tried besides.
fn remedies(results: &TuneResults) -> Option<Paragraph> {
    let tried = &results.remedies;
    let runs = tried.first()?.results.runs;
    let helps: Vec<&Remedy> = tried.iter().filter(|one| one.results.best.is_some()).collect();
    let lead = if helps.is_empty() {
        "What was tried besides does not help either:".to_owned()
    } else {
        "What would help:".to_owned()
    };
    let line = |one: &&Remedy| {
        let (change, tried) = (&one.change, &one.results);
        let Some(chosen) = exported(tried) else { return format!("{change}: nothing was judged.") };
        let missed = most_missed(tried, &chosen.reported);
        format!(
            "{change}: {}; {} of good releases rolled back, {}.",
            policy(tried, &chosen.policy),
            share(&chosen.reported.false_rollback),
            missed.map_or_else(
                || "and no regression caught often enough to count".to_owned(),
                |one| format!("at most {} of {} missed", share(&one.missed), a_regression(tried))
            )
        )
    };
    let shown: Vec<&Remedy> = if helps.is_empty() { tried.iter().collect() } else { helps };
    let mut lines: Vec<String> = shown.iter().map(line).collect();
    lines.push(format!(
        "Each was tried on {} runs, half of which choose; tune it with more before you set it.",
        amount(real(runs))
    ));
    Some(Paragraph { lead, lines })
}
