//! How soon each regression is noticed as the threshold moves, and how often at all.

use super::super::axis::Scale;
use super::super::drawing::{Drawing, Point, Stroke};
use super::super::page::Page;
use super::super::panel::Panel;
use super::super::style::{GREEN, ORANGE};
use super::scan::Scan;
use super::{Entry, finish, heading, legend, looks, mark_entries, marked, places};
use crate::report::number::{percent, plain};
use crate::report::tune::figures::value;
use crate::tuning::results::{Detection, Evaluated, TuneResults};

const TIMES: f64 = 150.0;
const SHARES: f64 = 80.0;
const GAP: f64 = 16.0;
const LABELS: f64 = 58.0;
const LINE: Stroke = GREEN.line(1.8);
const FALSE: Stroke = Stroke { dash: Some((6.0, 3.0)), ..ORANGE.line(1.6) };

pub(super) fn draw(results: &TuneResults) -> Option<Drawing> {
    let scan = Scan::of(results)?;
    let releases: Vec<usize> =
        scan.around.reported.regressions.iter().map(|one| one.regression).collect();
    if releases.is_empty() {
        return None;
    }
    let (low, high) = scan.span(&scan.tries, &marked(results))?;
    let mut page = Page::new(
        "Time to detect by threshold",
        &format!(
            "{}. Above: median and middle half of the runs that detect it. Below: the share of runs that do, \
             and of healthy releases rolled back; times mean little where few do.",
            scan.what()
        ),
    );
    legend(&mut page, &entries(results, &scan));
    let x = Scale::exact(low, high);
    let y = Scale::linear(0.0, longest_min(&scan, &x));
    for place in places(&mut page, releases.len(), TIMES + GAP + SHARES + 84.0) {
        let regression = releases[place.index];
        let panel = |top: f64, height: f64, y: Scale| Panel {
            left: place.left + LABELS,
            top,
            width: place.width - LABELS - 22.0,
            height,
            x,
            y,
        };
        let times = panel(place.top + 34.0, TIMES, y);
        let shares = panel(times.bottom() + GAP, SHARES, Scale::exact(0.0, 1.0));
        let drawing = &mut page.drawing;
        let name = &results.expansion.scenario.regressions[regression].name;
        heading(drawing, (times.left, times.top - 16.0), name, times.width);
        times.y_axis(drawing, |minutes| plain(minutes, 2), Some("minutes to ALARM"));
        times.x_grid(drawing);
        shares.y_axis(drawing, percent, Some("share"));
        shares.x_axis(drawing, |threshold| plain(threshold, 4), Some(&scan.axis()));
        let points: Vec<(f64, &Evaluated, &Detection)> = scan
            .tries
            .iter()
            .filter_map(|&one| Some((scan.threshold(&one.policy)?, one, find(one, regression)?)))
            .filter(|(threshold, _, _)| x.covers(*threshold))
            .collect();
        band(drawing, &times, &points);
        let caught = points.iter().filter_map(|(x, _, one)| Some((*x, value(&one.caught)?)));
        curve(drawing, &shares, caught, LINE);
        let healthy = points
            .iter()
            .filter_map(|(x, one, _)| Some((*x, value(&one.reported.false_rollback)?)));
        curve(drawing, &shares, healthy, FALSE);
        marks(drawing, (&times, &shares), (&scan, results), regression);
    }
    Some(finish(
        page,
        results,
        "Times run from the first faulty exposure to ALARM. A mark beside its curve is of a policy \
         whose other settings differ.",
    ))
}

fn entries(results: &TuneResults, scan: &Scan<'_>) -> Vec<Entry<'static>> {
    let line = |stroke: Stroke| {
        move |drawing: &mut Drawing, (x, y): Point| {
            drawing.line([(x - 12.0, y), (x + 12.0, y)], stroke);
        }
    };
    let mut entries: Vec<Entry<'static>> = vec![
        ("caught".to_owned(), Box::new(line(LINE))),
        ("healthy releases rolled back".to_owned(), Box::new(line(FALSE))),
    ];
    entries.extend(mark_entries(results, |one| scan.threshold(&one.policy).is_some()));
    entries
}

fn find(one: &Evaluated, regression: usize) -> Option<&Detection> {
    one.reported.regressions.iter().find(|of| of.regression == regression)
}

/// The longest time to show \[min\].
fn longest_min(scan: &Scan<'_>, x: &Scale) -> f64 {
    let shown = scan
        .tries
        .iter()
        .filter(|one| scan.threshold(&one.policy).is_some_and(|threshold| x.covers(threshold)));
    let times = shown.flat_map(|one| one.reported.regressions.iter());
    let longest = times.filter_map(|one| Some(one.time_to_detect_s?[2])).fold(0.0, f64::max);
    if longest > 0.0 { longest / 60.0 } else { 1.0 }
}

/// The middle half and the median, broken where nothing is caught.
fn band(drawing: &mut Drawing, panel: &Panel, points: &[(f64, &Evaluated, &Detection)]) {
    for run in
        points.chunk_by(|a, b| a.2.time_to_detect_s.is_some() == b.2.time_to_detect_s.is_some())
    {
        let quantile = |which: usize| -> Vec<Point> {
            run.iter()
                .filter_map(|(x, _, one)| Some(panel.at(*x, one.time_to_detect_s?[which] / 60.0)))
                .collect()
        };
        let mut outline = quantile(0);
        outline.extend(quantile(2).into_iter().rev());
        if outline.len() > 3 {
            drawing.area(outline, LINE.colour.faded(0.18));
        }
        let median = quantile(1);
        match median.as_slice() {
            [] => {}
            [only] => drawing.disc(*only, 2.6, LINE.colour.solid()),
            _ => drawing.line(median, LINE),
        }
    }
}

fn curve(
    drawing: &mut Drawing,
    panel: &Panel,
    points: impl Iterator<Item = (f64, f64)>,
    stroke: Stroke,
) {
    let points: Vec<Point> = points.map(|(x, y)| panel.at(x, y)).collect();
    match points.as_slice() {
        [] => {}
        [only] => drawing.disc(*only, 2.6, stroke.colour.solid()),
        _ => drawing.line(points, stroke),
    }
}

/// The marked policies at their own thresholds; their alarms may be set otherwise in what else there is.
fn marks(
    drawing: &mut Drawing,
    (times, shares): (&Panel, &Panel),
    (scan, results): (&Scan<'_>, &TuneResults),
    regression: usize,
) {
    for (one, look) in marked(results).into_iter().zip(looks()).rev() {
        let Some((one, threshold)) = one.and_then(|one| Some((one, scan.threshold(&one.policy)?)))
        else {
            continue;
        };
        let Some(found) = find(one, regression) else { continue };
        if let Some([_, median, _]) = found.time_to_detect_s {
            look.mark(drawing, times.at(threshold, median / 60.0), 5.2);
        }
        if let Some(share) = value(&found.caught) {
            look.mark(drawing, shares.at(threshold, share), 5.2);
        }
    }
}
