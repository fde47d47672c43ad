//! How far a figure may be from what it must come to.

use serde_json::Value;

/// Standard errors allowed. With several hundred figures one of them strays so far by chance once in
/// several hundred re-rolls of the seed (two-sided normal tail 7·10⁻⁶ a figure).
pub const SIGMAS: f64 = 4.5;

/// Why a figure is not as expected.
#[derive(Debug)]
pub enum Flaw {
    Wrong(String),
    /// It could not be compared.
    LeftOut(String),
}

pub type Verdict = Result<(), Flaw>;

/// What a case came to.
#[derive(Default, Debug)]
pub struct Tally {
    pub compared: usize,
    pub wrong: Vec<String>,
    pub left_out: Vec<String>,
}

impl Tally {
    /// Notes a figure; `name` is what it is called with its case.
    pub fn note(&mut self, name: &str, verdict: Verdict) {
        match verdict {
            Err(Flaw::LeftOut(why)) => self.left_out.push(format!("{name}: {why}")),
            Err(Flaw::Wrong(what)) => {
                self.compared += 1;
                self.wrong.push(format!("{name}: {what}"));
            }
            Ok(()) => self.compared += 1,
        }
    }
}

/// A number of an expected figure, without which it cannot be compared.
pub fn number(expected: &Value, key: &str) -> Result<f64, Flaw> {
    let number = expected[key].as_f64();
    number.ok_or_else(|| Flaw::LeftOut(format!("{key} is {}", expected[key])))
}

/// The units that figures of such a name are in.
fn units(name: &str) -> &'static [&'static str] {
    if name.contains("seconds") {
        &["s", "seconds"]
    } else if name.contains("instance_hours") {
        &["instance-hours", "h"]
    } else if name.contains("observations") {
        &["observations"]
    } else if name.starts_with("p_") {
        &["probability", "fraction", "1"]
    } else {
        &["requests", "customers", "count", "1"]
    }
}

/// A figure in another unit than its name says cannot be compared.
pub fn check_unit(name: &str, expected: &Value) -> Verdict {
    let unit = &expected["unit"];
    // A table says in words what its rows are.
    let fits = expected["value"].is_array()
        || unit.is_null()
        || unit.as_str().is_some_and(|unit| units(name).contains(&unit));
    if fits { Ok(()) } else { Err(Flaw::LeftOut(format!("unit = {unit}"))) }
}

/// A mean whose standard error is `error`.
pub fn within(mean: f64, value: f64, error: f64) -> Verdict {
    close(mean, value, SIGMAS * error)
}

pub fn close(mean: f64, value: f64, allowed: f64) -> Verdict {
    if (mean - value).abs() <= allowed {
        Ok(())
    } else {
        Err(Flaw::Wrong(format!("{mean} instead of {value} ± {allowed}")))
    }
}

/// A share of n runs. A rare event's count is judged by its Poisson spread, at least one event.
pub fn share(found: f64, p: f64, n: f64) -> Verdict {
    close(found, p, SIGMAS * (p * (1.0 - p) / n).sqrt() + 2.0 / n)
}

/// A value is the quantile if enough of the sample is at most, and not too much below it.
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
pub fn quantile(values: &[f64], q: f64, value: f64) -> Verdict {
    let n = values.len() as f64;
    let share =
        |of: &dyn Fn(f64) -> bool| values.iter().filter(|&&found| of(found)).count() as f64 / n;
    let (below, up_to) = (share(&|found| found < value), share(&|found| found <= value));
    let allowed = SIGMAS * (q * (1.0 - q) / n).sqrt();
    if below - allowed <= q && q <= up_to + allowed {
        Ok(())
    } else {
        let found = format!("{below} below and {up_to} up to {value}, expected {q} ± {allowed}");
        Err(Flaw::Wrong(found))
    }
}

/// The q of a name that ends in it, such as `wait_q90`.
pub fn quantile_of(name: &str) -> Option<f64> {
    let percent: f64 = name.rsplit_once("_q")?.1.parse().ok()?;
    (0.0..100.0).contains(&percent).then_some(percent / 100.0)
}
