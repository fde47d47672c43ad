//! Samples of which the true mean is known, like those that runs give.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, Gamma, LogNormal, Poisson, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A sample, and which of its values are of the second hump; empty if nobody knows.
pub struct Sample {
    pub values: Vec<f64>,
    pub humps: Vec<bool>,
}

/// Whose interval is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The mean of a figure.
    Figure,
    /// The mean difference of pairs.
    Pairs,
}

type Draw = Box<dyn Fn(&mut Xoshiro256PlusPlus) -> (f64, Option<bool>) + Send + Sync>;

/// A law of values.
pub struct Situation {
    pub name: String,
    pub truth: f64,
    pub of: Of,
    draw: Draw,
}

impl Situation {
    fn new(
        name: impl Into<String>,
        truth: f64,
        draw: impl Fn(&mut Xoshiro256PlusPlus) -> (f64, Option<bool>) + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), truth, of: Of::Figure, draw: Box::new(draw) }
    }

    fn of_pairs(self) -> Self {
        Self { of: Of::Pairs, ..self }
    }

    /// `n` values; every seed its own.
    pub fn sample(&self, n: usize, seed: u64) -> Sample {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let drawn: Vec<_> = (0..n).map(|_| (self.draw)(&mut rng)).collect();
        let values = drawn.iter().map(|&(value, _)| value).collect();
        Sample { values, humps: drawn.iter().filter_map(|&(_, hump)| hump).collect() }
    }
}

fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    StandardNormal.sample(rng)
}

fn exponential(rng: &mut Xoshiro256PlusPlus) -> f64 {
    Exp1.sample(rng)
}

fn log_normal(sigma: f64) -> impl Fn(&mut Xoshiro256PlusPlus) -> f64 {
    let law = LogNormal::new(-sigma * sigma / 2.0, sigma).expect("a law of mean 1");
    move |rng| law.sample(rng)
}

fn poisson(mean: f64, rng: &mut Xoshiro256PlusPlus) -> f64 {
    if mean > 0.0 { Poisson::new(mean).expect("a mean").sample(rng) } else { 0.0 }
}

/// What must be covered.
pub fn all() -> Vec<Situation> {
    let mut all = vec![
        Situation::new("normal", 0.0, |rng| (normal(rng), None)),
        Situation::new("lognormal, σ = 1", 1.0, {
            let draw = log_normal(1.0);
            move |rng| (draw(rng), None)
        }),
        Situation::new("exponential", 1.0, |rng| (exponential(rng), None)),
        Situation::new("failures under bursts: Poisson of Gamma(½)", 5.0, |rng| {
            let mean = Gamma::new(0.5, 10.0).expect("a law").sample(rng);
            (poisson(mean, rng), None)
        }),
    ];
    for share in [0.3, 0.6] {
        let name = format!("zero but for {}: Poisson(5)", percent(share));
        all.push(Situation::new(name, 5.0 * share, move |rng| {
            (if rng.random::<f64>() < share { poisson(5.0, rng) } else { 0.0 }, None)
        }));
    }
    for share in [0.02, 0.05, 0.1, 0.3] {
        all.extend(two_humps(share));
    }
    all.push(cut_short("pairs: 20 % and 10 % cut short, spread 0.2", (0.2, 0.1), 0.2, 0.0));
    all.push(cut_short("pairs: 60 % and 30 % cut short, spread 0.2", (0.6, 0.3), 0.2, 0.0));
    all.push(cut_short("pairs: 30 % and 5 % cut short, spreads 0.2, 0.1", (0.3, 0.05), 0.2, 0.1));
    all.push(
        Situation::new("pairs: exponential less half another", 0.5, |rng| {
            (exponential(rng) - 0.5 * exponential(rng), None)
        })
        .of_pairs(),
    );
    let draw = log_normal(1.0);
    all.push(
        Situation::new("pairs: lognormal less half another, σ = 1", 0.5, move |rng| {
            (draw(rng) - 0.5 * draw(rng), None)
        })
        .of_pairs(),
    );
    all
}

/// What no interval of so few values can cover.
pub fn hopeless() -> Vec<Situation> {
    let draw = log_normal(2.0);
    vec![
        Situation::new("lognormal, σ = 2", 1.0, move |rng| (draw(rng), None)),
        Situation::new("Gamma(0.1)", 1.0, |rng| {
            (Gamma::new(0.1, 10.0).expect("a law").sample(rng), None)
        }),
        Situation::new("pairs: an exponential times the difference of two", 0.5, |rng| {
            (exponential(rng) * (exponential(rng) - 0.5 * exponential(rng)), None)
        })
        .of_pairs(),
        Situation::new("unlabelled humps, 2 %, spread 0.1", 0.02, |rng| {
            let second = rng.random::<f64>() < 0.02;
            (f64::from(u8::from(second)) + 0.1 * normal(rng), None)
        }),
        cut_short("pairs: 5 % and 2 % cut short, no spread", (0.05, 0.02), 0.0, 0.0),
    ]
}

/// A second hump of a certain share, with several spreads: none, a small one, a third of the distance of the
/// humps, and skewed ones.
fn two_humps(share: f64) -> Vec<Situation> {
    let percent = percent(share);
    let law = move |first: f64, distance: f64, second: Second| {
        let skewed = log_normal(1.0);
        move |rng: &mut Xoshiro256PlusPlus| {
            let is_second = rng.random::<f64>() < share;
            let value = match second {
                _ if !is_second => first * normal(rng),
                Second::Normal(spread) => distance + spread * normal(rng),
                Second::Exponential => distance * exponential(rng),
                Second::LogNormal => distance * skewed(rng),
            };
            (value, Some(is_second))
        }
    };
    let named = |name: &str| format!("humps, {percent}: {name}");
    vec![
        Situation::new(named("no spread"), share, law(0.0, 1.0, Second::Normal(0.0))),
        Situation::new(named("spread 0.1"), share, law(0.1, 1.0, Second::Normal(0.1))),
        Situation::new(named("spread ⅓"), 3.0 * share, law(1.0, 3.0, Second::Normal(1.0))),
        Situation::new(named("no spread, exponential"), share, law(0.0, 1.0, Second::Exponential)),
        Situation::new(named("0.1, lognormal"), share, law(0.1, 1.0, Second::LogNormal)),
    ]
}

#[derive(Clone, Copy)]
enum Second {
    Normal(f64),
    Exponential,
    LogNormal,
}

/// Two strategies that share their luck in half of the runs: where one is cut short, its figure is 1 higher.
fn cut_short(name: &str, shares: (f64, f64), spread: f64, noise: f64) -> Situation {
    Situation::new(name, shares.0 - shares.1, move |rng| {
        let luck: f64 = rng.random();
        let is_shared = rng.random::<f64>() < 0.5;
        let own: f64 = rng.random();
        let a = luck < shares.0;
        let b = if is_shared { luck } else { own } < shares.1;
        let mut figure = |is_cut: bool| if is_cut { 1.0 + spread * normal(rng) } else { 0.0 };
        let difference = figure(a) - figure(b);
        (difference + noise * normal(rng), Some(a != b))
    })
    .of_pairs()
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
