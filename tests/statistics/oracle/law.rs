//! Distributions of times in the words of a case, as a scenario has them.

use super::parameters::Parameters;

/// What a number among the parameters says about a distribution. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    Value,
    Mean,
    Median,
    Scale,
    Minimum,
    P99,
    Sd,
    Cv,
    Shape,
    /// Standard deviation of the logarithm.
    Sigma,
}

/// What a key and its number say.
fn reading(key: &str, number: f64) -> Option<(Role, f64)> {
    let noise = ["of", "the", "service", "time", "times", "latency", "blue", "green"];
    let mut parts: Vec<&str> = key.split('_').filter(|part| !noise.contains(part)).collect();
    let units = [("ms", 1e-3), ("milliseconds", 1e-3), ("seconds", 1.0), ("s", 1.0), ("us", 1e-6)];
    let unit = units.iter().find(|(unit, _)| parts.last() == Some(unit)).map(|&(_, unit)| unit);
    if let Some(unit) = unit {
        parts.pop();
        let role = match parts.join("_").as_str() {
            "value" | "constant" | "" => Role::Value,
            "mean" => Role::Mean,
            "median" | "q50" | "p50" => Role::Median,
            "scale" | "theta" => Role::Scale,
            "minimum" => Role::Minimum,
            "q99" | "p99" => Role::P99,
            "sd" | "std" | "standard_deviation" => Role::Sd,
            _ => return None,
        };
        return Some((role, number * unit));
    }
    Some(match parts.join("_").as_str() {
        "cv" | "coefficient_variation" => (Role::Cv, number),
        "scv" | "cv2" | "cv_squared" | "squared_cv" | "squared_coefficient_variation" => {
            (Role::Cv, number.sqrt())
        }
        "shape" | "k" => (Role::Shape, number),
        "sigma" | "sigma_log" | "sd_log" | "log_sd" => (Role::Sigma, number),
        "rate_per_second" => (Role::Mean, 1.0 / number),
        _ => return None,
    })
}

/// What of a distribution is given.
struct Given(Vec<(Role, f64)>);

impl Given {
    /// Of one fleet: keys that name the other are not its own, and its own go before those of both.
    fn new(parameters: &Parameters, fleet: &str) -> Self {
        let other = if fleet == "blue" { "green" } else { "blue" };
        let names = |key: &str, fleet: &str| key.split('_').any(|part| part == fleet);
        let mut given: Vec<(Role, f64, bool)> = Vec::new();
        for key in parameters.keys().filter(|key| !names(key, other)) {
            if reading(key, 1.0).is_none() {
                continue;
            }
            let Some(number) = parameters.number(key) else { continue };
            let Some((role, number)) = reading(key, number) else { continue };
            given.push((role, number, names(key, fleet)));
        }
        let own: Vec<Role> = given.iter().filter(|given| given.2).map(|given| given.0).collect();
        given.retain(|(role, _, is_own)| *is_own || !own.contains(role));
        Self(given.into_iter().map(|(role, number, _)| (role, number)).collect())
    }

    fn get(&self, role: Role) -> Option<f64> {
        self.0.iter().find(|(given, _)| *given == role).map(|&(_, number)| number)
    }

    fn mean(&self) -> Option<f64> {
        self.get(Role::Mean)
    }

    /// Given, or by the standard deviation and the mean.
    fn cv(&self) -> Option<f64> {
        self.get(Role::Cv).or_else(|| Some(self.get(Role::Sd)? / self.mean()?))
    }
}

/// A distribution as a scenario's table, and whatever else is known of it: what the case says besides
/// must agree.
struct Law {
    toml: String,
    known: Vec<(Role, f64)>,
}

impl Law {
    fn constant(given: &Given) -> Option<Self> {
        let value = given.get(Role::Value).or(given.mean())?;
        let known = [(Role::Value, value), (Role::Mean, value), (Role::Cv, 0.0), (Role::Sd, 0.0)];
        Some(Self { toml: format!("{{ constant = {} }}", time(value)), known: known.to_vec() })
    }

    fn exponential(given: &Given) -> Option<Self> {
        let mean = given.mean().or(given.get(Role::Scale))?;
        let median = mean * std::f64::consts::LN_2;
        let known = [(Role::Mean, mean), (Role::Scale, mean), (Role::Median, median)];
        let toml = format!("{{ exponential = {{ mean = {} }} }}", time(mean));
        Some(Self { toml, known: [&known[..], &[(Role::Cv, 1.0), (Role::Sd, mean)]].concat() })
    }

    fn lognormal(given: &Given) -> Option<Self> {
        let of_cv = |cv: f64| (cv * cv).ln_1p().sqrt();
        let sigma = given.get(Role::Sigma).or(given.cv().map(of_cv));
        let median = given.get(Role::Median);
        if let (None, Some(median), Some(p99)) = (sigma, median, given.get(Role::P99)) {
            let known = vec![(Role::Median, median), (Role::P99, p99)];
            return Some(Self { toml: by_quantiles("lognormal", median, p99), known });
        }
        let sigma = sigma?;
        let growth = (sigma * sigma / 2.0).exp();
        let median = median.or(given.mean().map(|mean| mean / growth))?;
        let mean = median * growth;
        let cv = (sigma * sigma).exp_m1().sqrt();
        let known = [(Role::Median, median), (Role::Mean, mean), (Role::Sigma, sigma)];
        Some(Self {
            toml: format!("{{ lognormal = {{ median = {}, sigma = {sigma:?} }} }}", time(median)),
            known: [&known[..], &[(Role::Cv, cv), (Role::Sd, cv * mean)]].concat(),
        })
    }

    fn gamma(given: &Given) -> Option<Self> {
        let shape = given.get(Role::Shape).or(given.cv().map(|cv| 1.0 / (cv * cv)));
        let pair = (given.get(Role::Median), given.get(Role::P99));
        if let (None, (Some(median), Some(p99))) = (shape, pair) {
            let known = vec![(Role::Median, median), (Role::P99, p99)];
            return Some(Self { toml: by_quantiles("gamma", median, p99), known });
        }
        let shape = shape?;
        let scale = given.get(Role::Scale).or(given.mean().map(|mean| mean / shape))?;
        let (mean, cv) = (shape * scale, 1.0 / shape.sqrt());
        let known = [(Role::Shape, shape), (Role::Scale, scale), (Role::Mean, mean)];
        Some(Self {
            toml: format!("{{ gamma = {{ shape = {shape:?}, scale = {} }} }}", time(scale)),
            known: [&known[..], &[(Role::Cv, cv), (Role::Sd, cv * mean)]].concat(),
        })
    }

    /// Families whose two parameters are taken as they are.
    fn weibull(given: &Given) -> Option<Self> {
        let (shape, scale) = (given.get(Role::Shape)?, given.get(Role::Scale)?);
        let toml = format!("{{ weibull = {{ shape = {shape:?}, scale = {} }} }}", time(scale));
        Some(Self { toml, known: vec![(Role::Shape, shape), (Role::Scale, scale)] })
    }

    fn pareto(given: &Given) -> Option<Self> {
        let (shape, least) = (given.get(Role::Shape)?, given.get(Role::Minimum)?);
        let toml = format!("{{ pareto = {{ minimum = {}, shape = {shape:?} }} }}", time(least));
        Some(Self { toml, known: vec![(Role::Shape, shape), (Role::Minimum, least)] })
    }
}

/// The distribution that `name`, the text of `key`, and the numbers beside it give.
pub fn law(parameters: &Parameters, key: &str, name: &str, fleet: &str) -> String {
    let given = Given::new(parameters, fleet);
    let family = name.split([',', '(', ';', ':']).next().unwrap_or_default().trim().to_lowercase();
    let law = match family.as_str() {
        "constant" | "deterministic" | "fixed" => Law::constant(&given),
        "exponential" => Law::exponential(&given),
        "lognormal" | "log-normal" => Law::lognormal(&given),
        "gamma" | "erlang" => Law::gamma(&given),
        "weibull" => Law::weibull(&given),
        "pareto" => Law::pareto(&given),
        _ => {
            parameters.leave_out(key);
            return String::new();
        }
    };
    let Some(law) = law else {
        parameters.cannot(&format!("{key} = {name}: the numbers that it takes"));
        return String::new();
    };
    for (role, number) in given.0 {
        let agrees = |known: f64| (known - number).abs() <= 1e-6 * number.abs();
        if !law.known.iter().any(|&(known, value)| known == role && agrees(value)) {
            parameters.cannot(&format!("{key} = {name} with a {role:?} of {number}"));
        }
    }
    law.toml
}

fn by_quantiles(family: &str, median: f64, p99: f64) -> String {
    format!("{{ {family} = {{ median = {}, p99 = {} }} }}", time(median), time(p99))
}

/// A duration, to the nanosecond.
fn time(seconds: f64) -> String {
    format!("\"{}ns\"", (seconds * 1e9).round())
}
