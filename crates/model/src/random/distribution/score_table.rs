//! A monotone function of a standard normal score, tabulated.
//!
//! - **What**: y(z) on a uniform grid of z over [−8, 8], 128 cells a unit, joined by cubic Hermite
//!   polynomials through the exact values and the exact derivatives dy/dz.
//! - **Error**: at most h⁴/384·max|y⁗| in a cell (Birkhoff and Priver, J. Math. and Phys. 46,
//!   1967), with h = 1/128. A function that changes by more than e⁹ a unit is tabulated as ln y,
//!   which for the quantile functions here is nearly a polynomial, and costs one `exp` a look-up.
//! - **Beyond the grid** the score is clamped. A normal score is out there with probability
//!   1.2e-15.

/// Scores that the grid covers: −`REACH` to `REACH`.
pub(super) const REACH: f64 = 8.0;
const CELLS_PER_UNIT: u16 = 128;
const CELLS: u16 = 16 * CELLS_PER_UNIT;
/// Steepest d ln y/dz that a table of y itself resolves to 1e-7.
const STEEPEST: f64 = 9.0;

/// The logarithm of a positive function and its derivative.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogPoint {
    pub(super) ln_value: f64,
    /// d ln y/dz.
    pub(super) ln_slope: f64,
}

/// The tabulated function.
#[derive(Clone, PartialEq)]
pub(super) struct ScoreTable {
    /// Of each cell: the polynomial's coefficients, constant first, in the share of the cell.
    cells: Box<[[f64; 4]]>,
    /// Whether the polynomials are those of ln y.
    logarithmic: bool,
}

impl std::fmt::Debug for ScoreTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = if self.logarithmic { "ln y" } else { "y" };
        write!(f, "ScoreTable({form} in {} cells)", self.cells.len())
    }
}

impl ScoreTable {
    /// Tabulates a positive function given by its logarithm.
    pub(super) fn of_logarithm(function: impl Fn(f64) -> LogPoint) -> Self {
        let points: Vec<LogPoint> = grid().map(function).collect();
        let logarithmic = points.iter().any(|point| point.ln_slope > STEEPEST);
        let node = |point: &LogPoint| {
            if logarithmic {
                return [point.ln_value, point.ln_slope];
            }
            let value = point.ln_value.exp();
            [value, value * point.ln_slope]
        };
        Self::from_nodes(points.iter().map(node), logarithmic)
    }

    /// Tabulates a function given by (value, derivative).
    pub(super) fn of_values(function: impl Fn(f64) -> [f64; 2]) -> Self {
        Self::from_nodes(grid().map(function), false)
    }

    fn from_nodes(nodes: impl Iterator<Item = [f64; 2]>, logarithmic: bool) -> Self {
        let nodes: Vec<[f64; 2]> =
            nodes.map(|[value, slope]| [value, slope / f64::from(CELLS_PER_UNIT)]).collect();
        let cells = nodes.windows(2).map(|pair| hermite(pair[0], pair[1])).collect();
        Self { cells, logarithmic }
    }

    /// The function at the score `z`.
    #[inline]
    pub(super) fn at(&self, z: f64) -> f64 {
        let place = (z.clamp(-REACH, REACH) + REACH) * f64::from(CELLS_PER_UNIT);
        let cell = cell_of(place);
        let t = place - f64::from(cell);
        let [constant, linear, quadratic, cubic] = self.cells[usize::from(cell)];
        let y = constant + t * (linear + t * (quadratic + t * cubic));
        if self.logarithmic { exponential(y) } else { y }
    }
}

/// e^y, out of line: inlined, it would be computed for every table and then thrown away.
#[inline(never)]
fn exponential(y: f64) -> f64 {
    y.exp()
}

/// The cubic over 0 to 1 with the given (value, derivative) at its ends, as coefficients.
fn hermite([left, left_slope]: [f64; 2], [right, right_slope]: [f64; 2]) -> [f64; 4] {
    let rise = right - left;
    let quadratic = 3.0 * rise - 2.0 * left_slope - right_slope;
    let cubic = left_slope + right_slope - 2.0 * rise;
    [left, left_slope, quadratic, cubic]
}

fn grid() -> impl Iterator<Item = f64> {
    (0..=CELLS).map(|node| f64::from(node) / f64::from(CELLS_PER_UNIT) - REACH)
}

/// The cell of a place on the grid, the last one for its very end.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place is within 0 and CELLS; a float cast saturates and NaN becomes 0"
)]
fn cell_of(place: f64) -> u16 {
    (place as u16).min(CELLS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(steepness: f64) -> ScoreTable {
        ScoreTable::of_logarithm(|z| LogPoint { ln_value: steepness * z, ln_slope: steepness })
    }

    #[test]
    fn interpolates_exponentials_of_any_steepness() {
        for (steepness, logarithmic) in [(0.1, false), (8.5, false), (9.5, true), (60.0, true)] {
            let table = power(steepness);
            assert_eq!(table.logarithmic, logarithmic, "steepness {steepness}");
            for step in -79..=79 {
                let z = f64::from(step) / 10.0 + 0.037;
                let error = (table.at(z) / (steepness * z).exp() - 1.0).abs();
                assert!(error < 6e-8, "{error:e} at z = {z}, steepness {steepness}");
            }
        }
    }

    #[test]
    fn clamps_beyond_the_grid() {
        let table = power(1.0);
        for (beyond, end) in [(8.1, 8.0), (f64::INFINITY, 8.0), (f64::NEG_INFINITY, -8.0)] {
            assert_eq!(table.at(beyond).to_bits(), table.at(end).to_bits());
        }
    }
}
