//! What A/B tests found: the estimated effect of every run with its interval, ordered, against the true
//! effect, and when the runs were decided.

use super::axis::Scale;
use super::drawing::{Align, Colour, Drawing};
use super::page::{MARGIN, Page, WIDTH};
use super::panel::Panel;
use super::style::{BLUE, GREEN, GREY, INK, VERMILLION, font};
use crate::experiment::view::View;
use crate::report::RenderError;
use crate::report::number::plain;
use crate::simulation::outcome::{Outcome, TestOutcome};
use crate::stats::real_len;

const HEIGHT: f64 = 150.0;
/// Runs shown of each test, evenly spread over the order of their effects.
const MOST_RUNS: usize = 80;
/// Taken by the labels on the left of a panel.
const LABELS: f64 = 56.0;

/// The figure; `None` if no run was an A/B test.
pub(super) fn draw(results: View<'_>) -> Result<Option<Drawing>, RenderError> {
    let mut is_empty = true;
    let mut page = Page::new(
        "A/B tests",
        "Left: the estimated effect of green against blue in each run, in percent of blue, with its \
         interval, in order; black line: no effect; dashed line: the true effect; green dots: green won; \
         blue dots: blue won; grey: undecided or another won. An estimate from a test that stopped early \
         is too large on average. Right: share of all runs with a winner by then.",
    );
    for (regression, release) in results.scenario.regressions.iter().enumerate() {
        for (strategy, plan) in results.scenario.strategies.iter().enumerate() {
            let runs = results.runs.arm(strategy, regression)?;
            let tests: Vec<&TestOutcome> =
                runs.iter().filter_map(|run| run.test.as_ref()).collect();
            if tests.is_empty() {
                continue;
            }
            is_empty = false;
            let top = page.y + 34.0;
            let heading = font(13.0).bold();
            let title = format!("{} · {}", plan.name, release.name);
            let place = (MARGIN + LABELS, top - 16.0);
            page.drawing.text(
                place,
                heading.fitted(&title, WIDTH - 2.0 * MARGIN - LABELS),
                heading,
            );
            effects(&mut page.drawing, top, &tests);
            let lasts_h = plan.stages[0].bake.as_secs_f64() / 3600.0;
            winners(&mut page.drawing, top, &runs, lasts_h);
            page.y = top + HEIGHT + 38.0;
        }
    }
    let drawing = page.finish(results, "Intervals are those of each test's own rule and level.");
    Ok((!is_empty).then_some(drawing))
}

/// The caterpillar on the left.
fn effects(drawing: &mut Drawing, top: f64, tests: &[&TestOutcome]) {
    let mut found: Vec<Found> = tests.iter().filter_map(|test| Found::of(test)).collect();
    found.sort_by(|a, b| a.effect.total_cmp(&b.effect));
    let step = found.len().div_ceil(MOST_RUNS).max(1);
    let found: Vec<Found> = found.into_iter().step_by(step).collect();
    let ends = || found.iter().flat_map(|run| [run.low, run.high, run.truth]);
    let [low, high] = [ends().fold(0.0, f64::min), ends().fold(0.0, f64::max)];
    let slack = 0.05 * (high - low).max(1e-9);
    let panel = Panel {
        left: MARGIN + LABELS,
        top,
        width: 0.58 * (WIDTH - 2.0 * MARGIN) - LABELS,
        height: HEIGHT,
        x: Scale::exact(-0.5, real_len(found.len()) - 0.5),
        y: Scale::exact(low - slack, high + slack),
    };
    panel.y_axis(drawing, percent_label, Some("effect, % of blue"));
    if found.is_empty() {
        let place = (panel.left + panel.width / 2.0, top + HEIGHT / 2.0);
        drawing.text(place, "too few data", font(11.0).grey().aligned(Align::Middle));
        return;
    }
    let line = |y: f64| [(panel.left, panel.at(0.0, y).1), (panel.right(), panel.at(0.0, y).1)];
    drawing.line(line(0.0), INK.line(1.0));
    let mut truth = INK.line(1.2);
    truth.dash = Some((6.0, 3.0));
    drawing.line(line(found[0].truth), truth);
    for (place, run) in found.iter().enumerate() {
        let x = real_len(place);
        let (from, to) = (panel.at(x, run.low), panel.at(x, run.high));
        drawing.line([from, to], run.colour.line(1.2));
        drawing.disc(panel.at(x, run.effect), 2.2, run.colour.solid());
    }
    let caption = format!("{} of {} runs, in order of their effect", found.len(), tests.len());
    let place = (panel.left + panel.width / 2.0, panel.bottom() + 13.0);
    drawing.text(place, caption, font(11.0).grey().aligned(Align::Middle));
}

/// The staircase on the right.
fn winners(drawing: &mut Drawing, top: f64, runs: &[Outcome], lasts_h: f64) {
    let hours = |run: &Outcome| {
        let test = run.test?;
        test.winner?;
        let since = test.decided_at?.since(test.started_at);
        Some(since.as_secs_f64() / 3600.0)
    };
    let mut times: Vec<f64> = runs.iter().filter_map(hours).collect();
    times.sort_by(f64::total_cmp);
    let left = MARGIN + 0.58 * (WIDTH - 2.0 * MARGIN) + LABELS + 16.0;
    let panel = Panel {
        left,
        top,
        width: WIDTH - MARGIN - left - 12.0,
        height: HEIGHT,
        x: Scale::exact(0.0, lasts_h * 1.03),
        y: Scale::exact(0.0, 1.0),
    };
    panel.y_axis(drawing, |share| format!("{}%", plain(share * 100.0, 0)), None);
    panel.x_axis(drawing, |hours| plain(hours, 2), Some("hours from the beginning of the test"));
    let (points, _) = panel.staircase(&times, runs.len());
    drawing.line(points, VERMILLION.line(1.8));
}

/// One run's effect relative to blue \[%\].
struct Found {
    effect: f64,
    low: f64,
    high: f64,
    truth: f64,
    colour: Colour,
}

impl Found {
    fn of(test: &TestOutcome) -> Option<Self> {
        let blue = test.blue_mean.filter(|&mean| mean > 0.0)?;
        let (low, high) = test.interval?;
        let percent = |value: f64| 100.0 * value / blue;
        let colour = match test.winner {
            Some(0) => BLUE,
            Some(1) => GREEN,
            _ => GREY,
        };
        Some(Self {
            effect: percent(test.effect?),
            low: percent(low),
            high: percent(high),
            truth: 100.0 * test.true_effect / test.true_blue_mean,
            colour,
        })
    }
}

fn percent_label(value: f64) -> String {
    format!("{}%", plain(value, 2))
}
