//! How a fleet behaves between two kinks: everything that can change is constant or linear in time.
//!
//! What it models: error probabilities and the factors on service times of one fleet, composed of the
//! model, the regression at its present strength x, and the incidents under way.
//!
//! ```text
//! p5(t)      = 1 − (1 − [b5 + x(t)·(r5 − b5)]) · Π(1 − e5ᵢ)      b: model, r: regression, e: incident
//! service(t) = base* · (1 + x(t)·(f − 1)) · Πfᵢ · tail · cold start · leak · slowdown + x(t)·shift + Σshiftᵢ
//! base*      = base, stretched above the median ([`Stretch`])
//! ```
//!
//! Assumptions: an incident fails requests independently of the model's own failures; shifts are time on
//! the way and are not multiplied. In an interval with overdispersed errors b and r are replaced by the
//! quantiles of their Beta distributions at the interval's latent (Skellam 1948, beta-binomial).
//! Not modelled: behaviour that changes while a request is in service; it is fixed as the request arrives.

use crate::endpoint::fault::{Course, Strength};
use crate::endpoint::incident::IncidentSpec;
use crate::endpoint::model::{ColdStart, ModelSpec, Overdispersion};
use crate::endpoint::regression::{Effects, Leak, Slowdown, Stretch};
use crate::endpoint::steady::nanos;
use crate::time::{SimDuration, SimTime};
use statrs::distribution::{Beta, ContinuousCDF};

/// A quantity that is linear in time until the next kink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    value: f64,
    per_ns: f64,
}

/// One fleet's behaviour from an instant until the next kink.
#[derive(Clone, Debug)]
pub struct Behaviour {
    from: SimTime,
    errors_4xx: Line,
    errors_5xx: Line,
    factor: Line,
    shift_ns: Line,
    /// What only some requests or instances feel; `None` spares the common case the look.
    special: Option<Box<Special>>,
    /// Whether a regression is felt.
    pub faulty: bool,
    /// At the start; and until the next kink, if nothing changes until then.
    start: Moment,
    is_flat: bool,
    /// For how long in all the regression grows of whose growth this is a part.
    ramp: Option<SimDuration>,
}

/// A fleet's behaviour at an instant.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Probability of a 4xx.
    pub errors_4xx: f64,
    /// Probability of a 5xx.
    pub errors_5xx: f64,
    /// Multiplies service times.
    pub factor: f64,
    /// Is added to service times \[ns\].
    pub shift_ns: f64,
}

/// What depends on the request or the instance and not only on time.
#[derive(Clone, Debug)]
struct Special {
    stretch: Option<(Stretch, Line)>,
    tail_share: Line,
    tail_factor: f64,
    cold_start: Option<ColdStart>,
    leak: Option<(Leak, SimTime, Line)>,
    slowdown: Option<(Slowdown, Line)>,
}

/// What a fleet is exposed to.
#[derive(Clone, Copy, Debug)]
pub struct Conditions<'a> {
    /// The regression, if this fleet has it and its onset is known.
    pub fault: Option<Course<'a>>,
    /// The incidents under way.
    pub incidents: &'a [&'a IncidentSpec],
    /// Whether an instance that takes traffic may still be cold.
    pub is_cold: bool,
    /// Latents in \[0, 1) of the interval's 4xx and 5xx probabilities.
    pub clumps: [f64; 2],
}

/// What a request meets at its instance.
#[derive(Clone, Copy, Debug)]
pub struct Encounter {
    /// When it arrives.
    pub at: SimTime,
    /// Its uniform for the tail.
    pub tail: f64,
    /// Since when its instance has served.
    pub serving_since: SimTime,
    /// How full its instance is, 0 to 1.
    pub utilisation: f64,
}

/// The effect of what depends on the request or the instance.
#[derive(Clone, Copy, Debug)]
pub struct Extra {
    /// Multiplies the service time.
    pub factor: f64,
    /// The median service time \[ns\], and the power of what is above it: [`stretched`].
    ///
    /// [`stretched`]: crate::endpoint::regression::stretched
    pub stretch: Option<(f64, f64)>,
    /// Is added to the probability of a 5xx.
    pub errors_5xx: f64,
    /// The instance is restarting: the request fails at once.
    pub down: bool,
}

impl Extra {
    /// Nothing beyond the rest.
    pub const NONE: Self = Self { factor: 1.0, stretch: None, errors_5xx: 0.0, down: false };
}

impl Line {
    const ZERO: Self = Self::flat(0.0);

    const fn flat(value: f64) -> Self {
        Self { value, per_ns: 0.0 }
    }

    fn is_flat(&self) -> bool {
        self.per_ns.abs() <= 0.0
    }

    /// Through `start` now and `end` after `span_ns`; flat if the span has no end.
    fn between(start: f64, end: f64, span_ns: Option<f64>) -> Self {
        Self { value: start, per_ns: span_ns.map_or(0.0, |span_ns| (end - start) / span_ns) }
    }

    #[inline]
    fn at(self, age_ns: f64) -> f64 {
        // Not `mul_add`: without the instruction for it that is a call.
        self.per_ns * age_ns + self.value
    }
}

impl Behaviour {
    /// The behaviour of `model` under `conditions` from `now` until `next_kink`.
    pub fn new(
        model: &ModelSpec,
        conditions: &Conditions<'_>,
        now: SimTime,
        next_kink: Option<SimTime>,
    ) -> Self {
        let strength = conditions.fault.map_or(Strength::NONE, |course| course.strength(now));
        let composer = Composer {
            model,
            conditions,
            strength,
            span_ns: next_kink.map(|kink| nanos(kink.since(now))),
        };
        let (errors_4xx, errors_5xx) =
            (composer.errors(0, |i| i.errors_4xx), composer.errors(1, |i| i.errors_5xx));
        let (factor, shift_ns) = (composer.factor(), composer.shift_ns());
        let grows = conditions.fault.filter(|_| strength.per_ns > 0.0);
        Self {
            from: now,
            errors_4xx,
            errors_5xx,
            factor,
            shift_ns,
            start: Moment {
                errors_4xx: errors_4xx.value,
                errors_5xx: errors_5xx.value,
                factor: factor.value,
                shift_ns: shift_ns.value,
            },
            is_flat: [errors_4xx, errors_5xx, factor, shift_ns].iter().all(Line::is_flat),
            special: composer.special().map(Box::new),
            faulty: conditions.fault.is_some_and(|course| !course.is_good()) && strength.is_felt(),
            ramp: grows.map(Course::ramp),
        }
    }

    /// Everything but what only some requests feel, for a request that arrives at `at`.
    #[inline]
    pub fn at(&self, at: SimTime) -> Moment {
        if self.is_flat {
            return self.start;
        }
        let age_ns = self.age_ns(at);
        Moment {
            errors_4xx: self.errors_4xx.at(age_ns),
            errors_5xx: self.errors_5xx.at(age_ns),
            factor: self.factor.at(age_ns),
            shift_ns: self.shift_ns.at(age_ns),
        }
    }

    /// What [`at`](Self::at) gives at any time, if that is always the same.
    #[inline]
    pub fn steady(&self) -> Option<Moment> {
        self.is_flat.then_some(self.start)
    }

    /// For how long in all the regression grows, if anything grows with it now.
    pub fn ramp(&self) -> Option<SimDuration> {
        let grows = |special: &Special| !special.tail_share.is_flat();
        let is_felt = !self.is_flat || self.special.as_deref().is_some_and(grows);
        self.ramp.filter(|_| is_felt)
    }

    /// Whether [`extra`](Self::extra) can change anything.
    #[inline]
    pub fn has_extra(&self) -> bool {
        self.special.is_some()
    }

    /// Whether service depends on how full an instance is.
    pub fn depends_on_load(&self) -> bool {
        self.special.as_ref().is_some_and(|special| special.slowdown.is_some())
    }

    /// Whether service depends on how long an instance has served, other than by a cold start.
    pub fn leaks(&self) -> bool {
        self.special.as_ref().is_some_and(|special| special.leak.is_some())
    }

    /// The share of the requests that arrive at `at` that are in a slow tail, and its factor on their service
    /// times.
    pub fn slow_tail(&self, at: SimTime) -> (f64, f64) {
        let tail =
            |special: &Special| (special.tail_share.at(self.age_ns(at)), special.tail_factor);
        self.special.as_deref().map_or((0.0, 1.0), tail)
    }

    /// What this request feels beyond the rest.
    pub fn extra(&self, encounter: &Encounter) -> Extra {
        let mut extra = Extra::NONE;
        let Some(special) = &self.special else { return extra };
        let age = self.age_ns(encounter.at);
        if let Some((stretch, strength)) = special.stretch {
            extra.stretch = Some((stretch.median_ns, stretch.power(strength.at(age))));
        }
        if encounter.tail < special.tail_share.at(age) {
            extra.factor *= special.tail_factor;
        }
        if let Some(cold_start) = special.cold_start {
            extra.factor *= cold_start.factor_at(encounter.at.since(encounter.serving_since));
        }
        if let Some((slowdown, strength)) = special.slowdown {
            let slower = slowdown.factor_at(encounter.utilisation) - 1.0;
            extra.factor *= 1.0 + strength.at(age) * slower;
        }
        if let Some((leak, onset, strength)) = special.leak {
            let since = encounter.serving_since.max(onset);
            match leak.age_hours(encounter.at.since(since)) {
                Some(hours) => {
                    let grown = strength.at(age) * hours;
                    extra.factor *= 1.0 + leak.latency_per_hour * grown;
                    extra.errors_5xx += leak.errors_5xx_per_hour * grown;
                }
                None => extra.down = true,
            }
        }
        extra
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "a span of 2^53 ns is 104 days")]
    fn age_ns(&self, at: SimTime) -> f64 {
        (at.as_nanos() - self.from.as_nanos()) as f64
    }
}

/// Composes the lines of a behaviour from the model, the regression and the incidents.
struct Composer<'a> {
    model: &'a ModelSpec,
    conditions: &'a Conditions<'a>,
    strength: Strength,
    span_ns: Option<f64>,
}

impl Composer<'_> {
    /// Of 4xx (`kind` 0) or 5xx (1).
    fn errors(&self, kind: usize, incident: impl Fn(&IncidentSpec) -> f64) -> Line {
        let healthy = [self.model.errors_4xx, self.model.errors_5xx][kind];
        let full = self.effect(|effects| Some(effects.errors(self.model)[kind]));
        let full = full.unwrap_or(healthy);
        let latent = self.conditions.clumps[kind];
        let others: f64 = self.conditions.incidents.iter().map(|i| 1.0 - incident(i)).product();
        let at = |strength: f64| {
            let mean = strength.mul_add(full - healthy, healthy);
            let own = self.model.overdispersion.map_or(mean, |clumps| clumps.draw(mean, latent));
            1.0 - (1.0 - own) * others
        };
        let (start, end) = self.strengths();
        Line::between(at(start), at(end), self.span_ns)
    }

    fn factor(&self) -> Line {
        let full = self.effect(|effects| Some(effects.latency_factor)).unwrap_or(1.0);
        let others: f64 = self.conditions.incidents.iter().map(|i| i.latency_factor).product();
        self.by_strength(|strength| strength.mul_add(full - 1.0, 1.0) * others)
    }

    fn shift_ns(&self) -> Line {
        let full = self.effect(|effects| Some(effects.latency_shift)).map_or(0.0, nanos);
        let others: f64 = self.conditions.incidents.iter().map(|i| nanos(i.latency_shift)).sum();
        self.by_strength(|strength| strength.mul_add(full, others))
    }

    fn special(&self) -> Option<Special> {
        let tail = self.effect(|effects| effects.tail);
        let strength = self.by_strength(|strength| strength);
        let special = Special {
            stretch: self.effect(|effects| effects.stretch).map(|stretch| (stretch, strength)),
            tail_share: tail.map_or(Line::ZERO, |tail| self.by_strength(|x| x * tail.share)),
            tail_factor: tail.map_or(1.0, |tail| tail.factor),
            cold_start: self.model.cold_start.filter(|_| self.conditions.is_cold),
            leak: self.effect(|effects| effects.leak).and_then(|leak| {
                self.conditions.fault.map(|course| (leak, course.onset(), strength))
            }),
            slowdown: self.effect(|effects| effects.slowdown).map(|slowdown| (slowdown, strength)),
        };
        let any = tail.is_some()
            || special.stretch.is_some()
            || special.cold_start.is_some()
            || special.leak.is_some()
            || special.slowdown.is_some();
        any.then_some(special)
    }

    /// A regression's effect while it is felt.
    fn effect<T>(&self, pick: impl Fn(&Effects) -> Option<T>) -> Option<T> {
        let felt = self.conditions.fault.filter(|_| self.strength.is_felt());
        felt.and_then(|course| pick(course.effects()))
    }

    fn by_strength(&self, value: impl Fn(f64) -> f64) -> Line {
        let (start, end) = self.strengths();
        Line::between(value(start), value(end), self.span_ns)
    }

    fn strengths(&self) -> (f64, f64) {
        let Strength { value, per_ns } = self.strength;
        (value, self.span_ns.map_or(value, |span_ns| per_ns.mul_add(span_ns, value)))
    }
}

impl Overdispersion {
    /// The error probability of an interval: the quantile at `latent` of the Beta distribution with
    /// this mean and intra-interval correlation, α = mean·(1 − ρ)/ρ, β = (1 − mean)·(1 − ρ)/ρ.
    fn draw(self, mean: f64, latent: f64) -> f64 {
        let spread = (1.0 - self.correlation) / self.correlation;
        match Beta::new(mean * spread, (1.0 - mean) * spread) {
            Ok(beta) => beta.inverse_cdf(latent).clamp(0.0, 1.0),
            // A mean of 0 or 1 leaves nothing to vary.
            Err(_) => mean,
        }
    }
}

impl ColdStart {
    /// The factor at this age.
    pub(super) fn factor_at(self, age: SimDuration) -> f64 {
        if age >= self.lasts {
            return 1.0;
        }
        let left = 1.0 - nanos(age) / nanos(self.lasts);
        1.0 + left * (self.factor - 1.0)
    }
}

impl Slowdown {
    /// The factor at this utilisation.
    fn factor_at(self, utilisation: f64) -> f64 {
        let above = ((utilisation - self.from) / (1.0 - self.from)).clamp(0.0, 1.0);
        1.0 + above * (self.factor - 1.0)
    }
}

impl Leak {
    /// Hours since the last restart, or `None` while restarting.
    fn age_hours(self, age: SimDuration) -> Option<f64> {
        let Some(restart) = self.restart else { return Some(age.as_hours_f64()) };
        let cycle = (restart.after + restart.takes).as_nanos();
        let age = SimDuration::from_nanos(age.as_nanos() % cycle);
        (age < restart.after).then(|| age.as_hours_f64())
    }
}

#[cfg(test)]
#[path = "behaviour/tests.rs"]
mod tests;
