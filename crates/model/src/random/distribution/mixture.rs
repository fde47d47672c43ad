//! Mixtures: a request comes from component i with probability wᵢ, chosen by its branch uniform.
//!
//! F(x) = Σ wᵢ·Fᵢ(x). Given the component, the service time is monotone in the score as ever.

use super::{Distribution, DistributionError, Shape, Shifted};

/// One component of a mixture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Component {
    /// The weights up to and including this one; the last is 1.
    up_to: f64,
    weight: f64,
    part: Shifted,
}

/// The parts and weights, checked; each part a distribution that is no mixture.
pub(super) fn components(
    parts: Vec<(f64, Distribution)>,
) -> Result<Vec<Component>, DistributionError> {
    let refuse = |message: String| Err(DistributionError(message));
    if parts.is_empty() {
        return refuse("a mixture needs a component; add one".to_owned());
    }
    if let Some((weight, _)) = parts.iter().find(|(weight, _)| !(*weight > 0.0 && *weight <= 1.0)) {
        return refuse(format!(
            "the weight of a component must be above 0 and at most 1, but is {weight}; \
             leave out a component that never occurs"
        ));
    }
    let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
    if (total - 1.0).abs() > 1e-9 {
        return refuse(format!(
            "the weights of a mixture must add up to 1, but add up to {total}; correct them"
        ));
    }
    let mut components = Vec::with_capacity(parts.len());
    let mut up_to = 0.0;
    for (weight, Distribution(shape)) in parts {
        let Shape::Single(part) = shape else {
            return refuse(
                "a component of a mixture must not be a mixture; list its components instead"
                    .to_owned(),
            );
        };
        up_to += weight / total;
        components.push(Component { up_to, weight: weight / total, part });
    }
    if let Some(last) = components.last_mut() {
        last.up_to = 1.0;
    }
    Ok(components)
}

impl Component {
    pub(super) fn weight(&self) -> f64 {
        self.weight
    }

    pub(super) fn part(&self) -> &Shifted {
        &self.part
    }

    #[inline]
    pub(super) fn at(&self, z: f64) -> f64 {
        self.part.at(z)
    }

    /// This component, later by `shift_ns`.
    pub(super) fn shifted(&self, shift_ns: f64) -> Self {
        let mut component = self.clone();
        component.part.shift_ns += shift_ns;
        component
    }
}

/// The component that a branch in [0, 1) leads to.
#[inline]
pub(super) fn choose(components: &[Component], branch: f64) -> &Component {
    // The last boundary is never looked at: what is beyond all others is the last component's.
    let earlier = &components[..components.len() - 1];
    let index = earlier.iter().take_while(|component| branch >= component.up_to).count();
    &components[index]
}

pub(super) fn mean(components: &[Component]) -> f64 {
    components.iter().map(|c| c.weight * c.part.mean()).sum()
}

pub(super) fn cdf(components: &[Component], ns: f64) -> f64 {
    components.iter().map(|c| c.weight * c.part.cdf(ns)).sum::<f64>().min(1.0)
}

/// The least x with F(x) ≥ p, by bisection between the components' own quantiles of p.
pub(super) fn quantile(components: &[Component], p: f64) -> f64 {
    let quantiles = components.iter().map(|c| c.part.quantile(p).min(Distribution::LONGEST_NS));
    let mut low = quantiles.clone().fold(f64::INFINITY, f64::min);
    let mut high = quantiles.fold(0.0, f64::max);
    if p <= 0.0 {
        return low;
    }
    // Halving a range within 1e15 ns 110 times leaves nothing between its ends.
    for _ in 0..110 {
        let middle = f64::midpoint(low, high);
        if cdf(components, middle) >= p {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
