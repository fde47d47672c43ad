//! Integrals of functions that are smooth between known kinks.
//!
//! Each panel is integrated by the 15-point Kronrod rule, whose distance from the 7-point Gauss rule that
//! it contains says how sure it is; a panel that is not sure enough is halved. Source: Kronrod 1965, Nodes
//! and Weights of Quadrature Formulas; the nodes and weights are those of QUADPACK's `dqk15` (Piessens, de
//! Doncker-Kapenga, Überhuber and Kahaner 1983).

/// Halvings of a panel at most.
const DEPTH_MAX: u32 = 14;

/// Positive nodes on −1 to 1 with their Kronrod weights, and the Gauss weights of every second.
const NODES: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_22, 0.0),
    (0.949_107_912_342_758_5, 0.063_092_092_629_978_55, 0.129_484_966_168_869_7),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_2, 0.0),
    (0.741_531_185_599_394_4, 0.140_653_259_715_525_9, 0.279_705_391_489_276_7),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (0.405_845_151_377_397_2, 0.190_350_578_064_785_4, 0.381_830_050_505_118_9),
    (0.207_784_955_007_898_5, 0.204_432_940_075_298_9, 0.0),
    (0.0, 0.209_482_141_084_727_8, 0.417_959_183_673_469_4),
];

/// An integral and how far off it may be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Integral {
    /// Its value.
    pub value: f64,
    /// The sum of the panels' distances between the two rules: in practice far more than the error.
    pub error: f64,
}

/// ∫ f(x) dx over the panels between neighbouring `kinks` (ascending), each to within `relative` of
/// itself or `absolute`.
///
/// # Errors
/// The first that `f` gives.
pub fn integrate<E>(
    f: &mut dyn FnMut(f64) -> Result<f64, E>,
    kinks: &[f64],
    relative: f64,
    absolute: f64,
) -> Result<Integral, E> {
    let mut total = Integral::default();
    for ends in kinks.windows(2) {
        let mut panels = vec![(ends[0], ends[1], 0)];
        while let Some((from, to, depth)) = panels.pop() {
            let Integral { value, error } = panel(f, from, to)?;
            if error <= (relative * value.abs()).max(absolute) || depth == DEPTH_MAX {
                total.value += value;
                total.error += error;
            } else {
                let middle = f64::midpoint(from, to);
                panels.push((middle, to, depth + 1));
                panels.push((from, middle, depth + 1));
            }
        }
    }
    Ok(total)
}

fn panel<E>(f: &mut dyn FnMut(f64) -> Result<f64, E>, from: f64, to: f64) -> Result<Integral, E> {
    let (centre, half) = (f64::midpoint(from, to), (to - from) / 2.0);
    let (mut kronrod, mut gauss) = (0.0, 0.0);
    for (node, by_kronrod, by_gauss) in NODES {
        let sides: &[f64] = if node > 0.0 { &[-1.0, 1.0] } else { &[1.0] };
        for side in sides {
            let value = f(centre + side * node * half)?;
            kronrod += by_kronrod * value;
            gauss += by_gauss * value;
        }
    }
    Ok(Integral { value: kronrod * half, error: ((kronrod - gauss) * half).abs() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn of(f: impl Fn(f64) -> f64, kinks: &[f64]) -> Integral {
        let mut f = |x| Ok::<f64, Infallible>(f(x));
        let Ok(integral) = integrate(&mut f, kinks, 1e-12, 1e-14);
        integral
    }

    /// The Gauss rule of 7 points is exact up to degree 13, Kronrod's up to 22.
    #[test]
    fn polynomials_are_exact() {
        for degree in 0..=13_i32 {
            let found = of(|x| x.powi(degree), &[0.0, 2.0]);
            let exact = 2.0_f64.powi(degree + 1) / f64::from(degree + 1);
            assert!((found.value / exact - 1.0).abs() < 1e-14, "degree {degree}");
            assert!(found.error < 1e-13 * exact);
        }
    }

    #[test]
    fn narrow_peaks_and_kinks_are_found() {
        let peak = of(|x| (-x / 1e-3).exp(), &[0.0, 1e-3, 1.0]);
        assert!((peak.value / (1e-3 * (1.0 - (-1e3_f64).exp())) - 1.0).abs() < 1e-12);
        // A kink that nobody told of: halving the panels closes in on it.
        let kink = of(|x| (x - 0.3).abs(), &[0.0, 1.0]);
        assert!((kink.value - (0.045 + 0.245)).abs() < 1e-9, "{kink:?}");
    }
}
