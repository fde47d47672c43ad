//! One row of a recording: a value, or the statistics of a period.
//!
//! Statistics of several periods together, as CloudWatch makes them of statistic sets: counts and sums
//! add up, the average is sum over count, extremes are those of all. A percentile or a trimmed statistic
//! of several periods does not follow from those of each. Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>.

use crate::telemetry::metric::Statistic;
use crate::telemetry::ratio::Ratio;
use crate::time::SimTime;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is stamped with: of a value its instant, of statistics the beginning of their period.
    pub at: SimTime,
    /// When it was published, if the file says so.
    pub published: Option<SimTime>,
    /// Its line in the file.
    pub line: u64,
    /// What it tells.
    pub says: Says,
}

/// What a row tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// A value as it was sent.
    Value(Ratio),
    /// The statistics of a period.
    Period(Statistics),
}

/// Statistics of the same values, each at most once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics(Vec<(Statistic, Ratio)>);

/// What a row adds to a datapoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The mean of the values, or another statistic of them.
    pub value: Ratio,
    /// How many they are; 1 where that makes no difference or is not known.
    pub weight: Ratio,
}

/// The statistic of this name is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Another column would do.
    Of(Statistic),
    /// It does not follow from what is known of each period.
    NeverFollows,
}

impl Row {
    /// Whether it says how many values it tells of.
    pub fn has_count(&self) -> bool {
        match &self.says {
            Says::Value(_) => true,
            Says::Period(statistics) => statistics.get(Statistic::SampleCount).is_some(),
        }
    }
}

impl Statistics {
    /// One of them, if it is known.
    pub fn get(&self, statistic: Statistic) -> Option<Ratio> {
        self.0.iter().find(|(known, _)| *known == statistic).map(|(_, value)| *value)
    }

    /// Adds one; the name of it if it is known already.
    pub(super) fn add(&mut self, statistic: Statistic, value: Ratio) -> Result<(), Statistic> {
        if self.get(statistic).is_some() {
            return Err(statistic);
        }
        self.0.push((statistic, value));
        Ok(())
    }

    /// Adds those of another row about the same period.
    pub(super) fn absorb(&mut self, other: &Self) -> Result<(), Statistic> {
        other.0.iter().try_for_each(|&(statistic, value)| self.add(statistic, value))
    }

    /// What contradicts itself.
    pub(super) fn contradiction(&self) -> Option<String> {
        let known = |statistic| self.get(statistic).map(|value| (statistic, value));
        if let Some((_, count)) = known(Statistic::SampleCount).filter(|(_, n)| *n <= ZERO) {
            return Some(format!(
                "the SampleCount is {count}, but a period without values has no row"
            ));
        }
        let ascending = [Statistic::Minimum, Statistic::Average, Statistic::Maximum];
        let ascending: Vec<(Statistic, Ratio)> = ascending.into_iter().filter_map(known).collect();
        let falls = ascending.windows(2).find(|pair| pair[0].1 > pair[1].1)?;
        let [(low, least), (high, most)] = [falls[0], falls[1]];
        Some(format!("the {low} ({least}) is above the {high} ({most})"))
    }

    /// Puts its numbers on one scale ([`rescaled`](super::rescaled)).
    pub(super) fn rescale(&mut self, scale: i128) {
        for (statistic, value) in &mut self.0 {
            // Whole counts are factors.
            let is_count = *statistic == Statistic::SampleCount;
            *value = if is_count { value.reduced() } else { super::rescaled(*value, scale) };
        }
    }

    /// The largest denominator, counts apart.
    pub(super) fn denominator(&self) -> Option<i128> {
        let scaled = self.0.iter().filter(|(known, _)| *known != Statistic::SampleCount);
        scaled.map(|(_, value)| value.denominator()).max()
    }

    /// What the period adds to a datapoint of `statistic`, which is made of several if it `merges`.
    ///
    /// # Errors
    /// What is missing.
    pub fn share(&self, statistic: Statistic, merges: bool) -> Result<Share, Lack> {
        let need = |statistic| self.get(statistic).ok_or(Lack::Of(statistic));
        let count = self.get(Statistic::SampleCount);
        let single = |value| Share { value, weight: Ratio::whole(1) };
        match statistic {
            Statistic::SampleCount => {
                Ok(Share { value: ZERO, weight: need(Statistic::SampleCount)? })
            }
            Statistic::Sum => match (self.get(Statistic::Sum), self.get(Statistic::Average), count)
            {
                (Some(sum), _, _) => Ok(single(sum)),
                (None, Some(mean), Some(weight)) => Ok(Share { value: mean, weight }),
                _ => Err(Lack::Of(Statistic::Sum)),
            },
            Statistic::Average => match (self.get(Statistic::Average), self.get(Statistic::Sum)) {
                (Some(value), _) if !merges => {
                    Ok(Share { value, weight: count.unwrap_or(Ratio::whole(1)) })
                }
                (Some(value), _) => Ok(Share { value, weight: need(Statistic::SampleCount)? }),
                (None, Some(sum)) => {
                    let weight = need(Statistic::SampleCount)?;
                    let value = sum.divided(weight).ok_or(Lack::Of(Statistic::Average))?;
                    Ok(Share { value, weight })
                }
                (None, None) => Err(Lack::Of(Statistic::Average)),
            },
            Statistic::Minimum | Statistic::Maximum => need(statistic).map(single),
            Statistic::Percentile(_) | Statistic::Extended(_) if merges => Err(Lack::NeverFollows),
            Statistic::Percentile(_) | Statistic::Extended(_) => {
                let value = need(statistic)?;
                Ok(Share { value, weight: count.unwrap_or(Ratio::whole(1)) })
            }
        }
    }
}

const ZERO: Ratio = Ratio::whole(0);
