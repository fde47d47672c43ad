//! How often the intervals of means hold the true mean, in situations like those of runs.

use crate::situations::{Of, Sample, Situation};
use rayon::prelude::*;
use rollout_sim::stats::humps::{Level, mixture, pooled};
use rollout_sim::stats::interval::{Mean, t_factor};
use rollout_sim::stats::{Interval, real};
use statrs::distribution::{Binomial, DiscreteCDF};

const LEVEL: f64 = 0.95;
/// What every cell must cover, and what none may.
const LEAST_COVERAGE: f64 = 0.93;
const MOST_COVERAGE: f64 = 0.99;
/// The probability that a study in which every cell is as bad as it may be finds any fault.
const ALPHA: f64 = 1e-3;

/// What became of the samples of one situation and size.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    samples: u64,
    /// Of them, those in which one hump was not seen, or nothing but one value.
    one_hump: u64,
    /// Of the others, those that have an interval.
    shown: u64,
    below: u64,
    above: u64,
}

impl Cell {
    fn covered(self) -> u64 {
        self.shown - self.below - self.above
    }

    fn coverage(self) -> f64 {
        real(self.covered()) / real(self.shown)
    }

    /// Of all samples, those with an interval that does not hold the mean.
    fn wrong(self) -> f64 {
        real(self.below + self.above) / real(self.samples)
    }

    /// Whether it is significantly off, at a level of its own.
    fn fault(self, alpha: f64) -> Option<&'static str> {
        let law = |coverage| Binomial::new(coverage, self.shown).expect("a probability");
        let covered = self.covered();
        if self.shown == 0 {
            None
        } else if law(LEAST_COVERAGE).cdf(covered) < alpha {
            Some("too low")
        } else if covered > 0 && law(MOST_COVERAGE).sf(covered - 1) < alpha {
            Some("too high")
        } else {
            None
        }
    }
}

type Method = fn(Of, &Sample) -> Option<Interval>;

fn ours(of: Of, sample: &Sample) -> Option<Interval> {
    let (values, humps) = (&sample.values, &sample.humps);
    let factor = |n| t_factor(n, LEVEL);
    let estimate = match of {
        Of::Figure => mixture(values, humps, LEVEL)?,
        Of::Pairs => pooled(values, humps, Level::new(LEVEL, &factor))?.0,
    };
    estimate.interval.ok()
}

fn students(_: Of, sample: &Sample) -> Option<Interval> {
    Mean::of(&sample.values)?.interval(LEVEL)
}

fn study(situation: &Situation, n: usize, samples: u64, method: Method) -> Cell {
    let mut cell = Cell { samples, ..Cell::default() };
    let first_seed = u64::try_from(n).expect("a small size") << 32;
    for seed in first_seed..first_seed + samples {
        let sample = situation.sample(n, seed);
        if is_one_hump(&sample) {
            cell.one_hump += 1;
            continue;
        }
        let Some(interval) = method(situation.of, &sample) else { continue };
        // Of equal values a mean is not exactly what its law says.
        let slack = 1e-9;
        cell.shown += 1;
        cell.below += u64::from(situation.truth < interval.low - slack);
        cell.above += u64::from(situation.truth > interval.high + slack);
    }
    cell
}

fn is_one_hump(Sample { values, humps }: &Sample) -> bool {
    let is_one = !humps.is_empty() && humps.iter().all(|&hump| hump == humps[0]);
    is_one || values.iter().all(|value| (value - values[0]).abs() <= 0.0)
}

/// All cells, in order of situation and size.
fn studies(
    situations: &[Situation],
    sizes: &[usize],
    samples: u64,
    method: Method,
) -> Vec<(String, usize, Cell)> {
    let cells: Vec<_> = situations
        .iter()
        .flat_map(|situation| sizes.iter().map(move |&n| (situation, n)))
        .collect();
    let cell = |&(situation, n): &(&Situation, usize)| {
        (situation.name.clone(), n, study(situation, n, samples, method))
    };
    cells.par_iter().map(cell).collect()
}

fn faults(cells: &[(String, usize, Cell)]) -> Vec<String> {
    // Bonferroni, over both sides of each cell.
    let alpha = ALPHA / (2.0 * cells.iter().map(|_| 1.0).sum::<f64>());
    let fault = |(name, n, cell): &(String, usize, Cell)| {
        let fault = cell.fault(alpha)?;
        Some(format!("{name}, {n} values: {fault}, {:.4} ({cell:?})", cell.coverage()))
    };
    cells.iter().filter_map(fault).collect()
}

/// 1,000 samples of each situation and size. α = 10⁻³ for all cells together; in a cell in which every
/// sample has an interval, a coverage of 0.894 is caught with probability one half. The whole study, of
/// 4,000 samples, catches 0.911.
#[test]
fn means_are_covered() {
    let cells = studies(&crate::situations::all(), &[20, 60, 200], 1_000, ours);
    assert!(faults(&cells).is_empty(), "{:#?}", faults(&cells));
    let shown = cells.iter().filter(|(_, _, cell)| cell.shown == cell.samples).count();
    assert!(shown > 25, "the study has hardly anything to look at: {shown} whole cells");
}

/// The same study finds Student's interval out: so it can.
#[test]
fn students_interval_does_not_cover_them() {
    let cells = studies(&crate::situations::all(), &[20, 60, 200], 1_000, students);
    let found = faults(&cells);
    assert!(found.iter().any(|fault| fault.contains("too low")), "{found:#?}");
}

/// So many situations are first that have one hump.
const ONE_HUMP: usize = 4;

/// The whole study, and docs/validation.md has what comes of it.
#[test]
#[ignore = "takes a quarter of a minute on two cores"]
fn means_are_covered_in_4000_samples_of_each_situation() {
    let (sizes, few) = ([20, 60, 100, 200, 400, 1_000], [5, 8, 12, 15]);
    let all = crate::situations::all();
    let cells = studies(&all, &sizes, 4_000, ours);
    let tables = [
        table(&cells),
        table(&studies(&all[..ONE_HUMP], &few, 4_000, ours)),
        table(&studies(&crate::situations::hopeless(), &sizes, 4_000, ours)),
    ];
    println!("{}", tables.join("\n"));
    println!("Student's interval:\n\n{}", table(&studies(&all, &sizes, 4_000, students)));
    println!("{}", table(&studies(&all[..ONE_HUMP], &few, 4_000, students)));
    assert!(faults(&cells).is_empty(), "{:#?}", faults(&cells));
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/validation.md");
    let page = std::fs::read_to_string(page).expect("the page");
    for row in tables.iter().flat_map(|table| table.lines()) {
        assert!(page.contains(row), "docs/validation.md lacks {row}");
    }
}

/// A table of Markdown: coverage of the intervals that are shown, with `*` where less than nine in ten
/// samples have one, and `–` where fewer than 50 do; last the largest share of samples with a wrong one.
fn table(cells: &[(String, usize, Cell)]) -> String {
    let row = |of_situation: &[(String, usize, Cell)]| {
        let cell = |&(_, _, cell): &(String, usize, Cell)| match cell.shown {
            ..50 => "–".to_owned(),
            shown => {
                let mark = if 10 * shown < 9 * cell.samples { "*" } else { "" };
                format!("{:.3}{mark}", cell.coverage())
            }
        };
        let row: Vec<String> = of_situation.iter().map(cell).collect();
        let worst = of_situation.iter().map(|(_, _, cell)| cell.wrong()).fold(0.0, f64::max);
        format!("| {} | {} | {worst:.3} |\n", of_situation[0].0, row.join(" | "))
    };
    cells.chunk_by(|a, b| a.0 == b.0).map(row).collect()
}
