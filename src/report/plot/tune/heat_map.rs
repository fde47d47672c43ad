//! M of N by threshold: what is minimised, as colour; beyond the limits, hatched grey.

use super::super::axis::Scale;
use super::super::drawing::{Align, Colour, Drawing, Point};
use super::super::page::{MARGIN, Page, WIDTH};
use super::super::panel::Panel;
use super::super::style::{FAINT, RULE, font};
use super::scan::Scan;
use super::{Entry, finish, legend, looks, mark_entries, marked};
use crate::alarm::spec::AlarmSpec;
use crate::report::number::plain;
use crate::report::tune::figures::{objective, objective_shown};
use crate::report::tune::policy::Spelt;
use crate::stats::real_len;
use crate::tuning::results::{Evaluated, TuneResults};
use std::collections::BTreeMap;

const ROW: f64 = 24.0;
const LABELS: f64 = 92.0;
const BINS: usize = 36;
const LOW: Colour = Colour(0xFF, 0xF3, 0xC4);
const HIGH: Colour = Colour(0x5B, 0x1A, 0x5E);

/// The best policy of each cell, by (N, M) and bin.
type Cells<'a> = BTreeMap<((u32, u32), usize), &'a Evaluated>;

pub(super) fn draw(results: &TuneResults) -> Option<Drawing> {
    let scan = Scan::of(results)?;
    let like: Vec<&Evaluated> = results
        .candidates
        .iter()
        .chain([scan.around])
        .filter(|one| row_of(results, &scan, one).is_some())
        .collect();
    let (low, high) = scan.span(&like, &marked(results))?;
    let x = Scale::exact(low, high);
    let mut cells = Cells::new();
    for one in like {
        for key in keys(results, &scan, one, (low, high)) {
            let place = cells.entry(key).or_insert(one);
            if better(one, place) {
                *place = one;
            }
        }
    }
    let mut rows: Vec<(u32, u32)> = cells.keys().map(|key| key.0).collect();
    rows.dedup();
    let mut page = Page::new(
        "M of N by threshold",
        &format!(
            "{}, all else as in the marked policy. Colour: {}, of the best policy in each cell. \
             Grey and hatched: beyond a limit on the replications that policies are chosen on.",
            Spelt::new(results, &scan.around.policy).rollout(),
            objective(results.spec.minimise)
        ),
    );
    legend(&mut page, &entries(results, &scan));
    let range = range(&cells);
    scale_bar(&mut page, results, range);
    let panel = Panel {
        left: MARGIN + LABELS,
        top: page.y + 8.0,
        width: WIDTH - 2.0 * MARGIN - LABELS - 18.0,
        height: ROW * real_len(rows.len()),
        x,
        y: Scale::exact(0.0, 1.0),
    };
    let middle = |row: (u32, u32)| {
        let place = rows.iter().position(|&other| other == row)?;
        Some(panel.top + ROW * (real_len(place) + 0.5))
    };
    let drawing = &mut page.drawing;
    for &(n, m) in &rows {
        let type_ = font(11.5).aligned(Align::End);
        let y = middle((n, m)).unwrap_or(panel.top);
        drawing.text((panel.left - 10.0, y), format!("{m} of {n}"), type_);
    }
    panel.x_axis(drawing, |threshold| plain(threshold, 4), Some(&scan.axis()));
    for ((row, bin), one) in &cells {
        if let Some(y) = middle(*row) {
            let width = panel.width / real_len(BINS);
            let left = panel.left + width * real_len(*bin);
            cell(drawing, (left, y - ROW / 2.0), width, (one, range));
        }
    }
    for (one, look) in marked(results).into_iter().zip(looks()).rev() {
        let place = one.and_then(|one| {
            let y = middle(row_of(results, &scan, one)?)?;
            Some((panel.x_at(scan.threshold(&one.policy)?), y))
        });
        if let Some(at) = place {
            look.mark(drawing, at, 5.2);
        }
    }
    page.y = panel.bottom() + 40.0;
    Some(finish(page, results, "An empty cell was not tried."))
}

/// (N, M) of a policy that is like the one around which is scanned but for these and the threshold.
fn row_of(results: &TuneResults, scan: &Scan<'_>, one: &Evaluated) -> Option<(u32, u32)> {
    let (policy, around) = (&one.policy, &scan.around.policy);
    let index = scan.setting();
    let is_like = policy.plan == around.plan
        && policy.settings.len() == around.settings.len()
        && policy.settings.iter().zip(&around.settings).enumerate().all(|(place, (a, b))| {
            place == index || a.shape == b.shape && a.threshold == b.threshold
        });
    if !is_like {
        return None;
    }
    let spec = |setting: usize| &results.expansion.shapes[setting].spec;
    let (own, other) = (spec(policy.settings[index].shape), spec(around.settings[index].shape));
    let as_other = AlarmSpec {
        evaluation_periods: other.evaluation_periods,
        datapoints_to_alarm: other.datapoints_to_alarm,
        says_datapoints_to_alarm: other.says_datapoints_to_alarm,
        ..own.clone()
    };
    (as_other == *other).then_some((own.evaluation_periods, own.datapoints_to_alarm))
}

/// The cells of a policy: that of its threshold, and those whose middle does the same.
fn keys(
    results: &TuneResults,
    scan: &Scan<'_>,
    one: &Evaluated,
    (low, high): (f64, f64),
) -> Vec<((u32, u32), usize)> {
    let (Some(row), Some(threshold)) = (row_of(results, scan, one), scan.threshold(&one.policy))
    else {
        return Vec::new();
    };
    let width = (high - low) / real_len(BINS);
    let left = |bin: usize| low + width * real_len(bin);
    let is_its = |bin: &usize| {
        (left(*bin)..left(bin + 1)).contains(&threshold)
            || scan.does_the_same(&one.policy, left(*bin) + width / 2.0)
    };
    (0..BINS).filter(is_its).map(|bin| (row, bin)).collect()
}

fn better(one: &Evaluated, other: &Evaluated) -> bool {
    let goal = |of: &Evaluated| of.reported.objective.map_or(f64::INFINITY, |mean| mean.value);
    (!one.feasible, goal(one)) < (!other.feasible, goal(other))
}

/// The smallest and the largest value of the feasible cells.
fn range(cells: &Cells<'_>) -> Option<(f64, f64)> {
    let feasible = cells.values().filter(|one| one.feasible);
    let values: Vec<f64> = feasible.filter_map(|one| Some(one.reported.objective?.value)).collect();
    let low = values.iter().copied().reduce(f64::min)?;
    Some((low, values.iter().copied().fold(low, f64::max)))
}

fn cell(
    drawing: &mut Drawing,
    (left, top): Point,
    width: f64,
    (one, range): (&Evaluated, Option<(f64, f64)>),
) {
    let (right, bottom) = (left + width, top + ROW - 1.0);
    let value = one.reported.objective.map(|mean| mean.value).filter(|_| one.feasible);
    let Some((value, range)) = value.zip(range) else {
        drawing.rectangle((left, top), (right - 1.0, bottom), FAINT.solid());
        drawing.line([(left + 1.0, bottom - 1.0), (right - 2.0, top + 1.0)], RULE.line(0.9));
        return;
    };
    drawing.rectangle((left, top), (right - 1.0, bottom), colour(value, range).solid());
}

/// By the root of the distance to the best, so that one bad cell does not make all others look alike.
fn colour(value: f64, (low, high): (f64, f64)) -> Colour {
    let share =
        if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0).sqrt() } else { 0.0 };
    let mixed = |from: u8, to: u8| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between two bytes"
        )]
        let byte = (f64::from(from) + share * (f64::from(to) - f64::from(from))).round() as u8;
        byte
    };
    Colour(mixed(LOW.0, HIGH.0), mixed(LOW.1, HIGH.1), mixed(LOW.2, HIGH.2))
}

fn entries(results: &TuneResults, scan: &Scan<'_>) -> Vec<Entry<'static>> {
    let hatched = |drawing: &mut Drawing, (x, y): Point| {
        drawing.rectangle((x - 9.0, y - 7.0), (x + 9.0, y + 7.0), FAINT.solid());
        drawing.line([(x - 7.0, y + 5.0), (x + 7.0, y - 5.0)], RULE.line(0.9));
    };
    let mut entries: Vec<Entry<'static>> = vec![("beyond a limit".to_owned(), Box::new(hatched))];
    entries.extend(mark_entries(results, |one| row_of(results, scan, one).is_some()));
    entries
}

/// What the colours mean.
fn scale_bar(page: &mut Page, results: &TuneResults, range: Option<(f64, f64)>) {
    let Some((low, high)) = range else { return };
    let show = objective_shown(results);
    let type_ = font(11.0).grey();
    let y = page.y + 8.0;
    let left = MARGIN + 6.0;
    page.drawing.text((left, y), show(low), type_);
    let bar = left + type_.width_of(&show(low)) + 8.0;
    for step in 0..40_usize {
        let part = real_len(step) / 39.0;
        let x = bar + 5.0 * real_len(step);
        let tint = colour(low + part * (high - low), (low, high));
        page.drawing.rectangle((x, y - 6.0), (x + 5.0, y + 6.0), tint.solid());
    }
    let words = format!("{}   {}", show(high), objective(results.spec.minimise));
    page.drawing.text((bar + 208.0, y), words, type_);
    page.y += 20.0;
}
