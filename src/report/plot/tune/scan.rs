//! One alarm's threshold moved, all else of a policy as it is.

use crate::alarm::unit::Unit;
use crate::report::tune::policy::{Spelt, displayed, in_words};
use crate::report::tune::words::exported;
use crate::tuning::results::{Evaluated, Performance, Policy, TuneResults};

/// The tries that differ from the shown policy in the threshold of one alarm only.
pub(super) struct Scan<'a> {
    results: &'a TuneResults,
    /// The policy they differ from.
    pub(super) around: &'a Evaluated,
    /// Which of its settings.
    setting: usize,
    /// The tries, by threshold.
    pub(super) tries: Vec<&'a Evaluated>,
}

impl<'a> Scan<'a> {
    /// Around the policy that is recommended (else nearest, else the first as set now), of the alarm that
    /// was tried in most ways; `None` if it sets no alarm.
    pub(super) fn of(results: &'a TuneResults) -> Option<Self> {
        let around = exported(results).or(results.present.first())?;
        let scans = (0..around.policy.settings.len()).map(|setting| {
            let mut tries: Vec<&Evaluated> = results
                .candidates
                .iter()
                .chain([around])
                .filter(|one| differs_only_there(&one.policy, &around.policy, setting))
                .collect();
            tries.sort_by_key(|one| one.policy.settings[setting].threshold);
            tries.dedup_by_key(|one| one.policy.settings[setting].threshold);
            Self { results, around, setting, tries }
        });
        scans.max_by_key(|scan| (scan.tries.len(), usize::MAX - scan.setting))
    }

    /// The alarm's number among the settings.
    pub(super) fn setting(&self) -> usize {
        self.setting
    }

    /// The threshold of a policy on the axis; `None` if it does not set this alarm.
    pub(super) fn threshold(&self, policy: &Policy) -> Option<f64> {
        let alarm = |policy: &Policy| {
            let setting = policy.settings.get(self.setting)?;
            Some(self.results.expansion.shapes[setting.shape].alarm)
        };
        let same = alarm(policy)? == alarm(&self.around.policy)?;
        let value = policy.settings.get(self.setting)?.threshold.as_f64();
        same.then(|| displayed(self.unit(), value).0)
    }

    /// Whether a threshold on the axis does the same as that of a policy which sets this alarm.
    pub(super) fn does_the_same(&self, policy: &Policy, threshold: f64) -> bool {
        policy.settings.get(self.setting).is_some_and(|setting| {
            let [low, high] = [setting.equivalent.0, setting.equivalent.1]
                .map(|end| displayed(self.unit(), end).0);
            (low..=high).contains(&threshold)
        })
    }

    fn unit(&self) -> Unit {
        let shape = self.around.policy.settings[self.setting].shape;
        self.results.expansion.shapes[shape].spec.subject.unit()
    }

    /// The title of the axis.
    pub(super) fn axis(&self) -> String {
        let name = match displayed(self.unit(), 0.0).1 {
            "" => String::new(),
            name => format!(" ({name})"),
        };
        let shape = self.around.policy.settings[self.setting].shape;
        format!("threshold of '{}'{name}", self.results.expansion.shapes[shape].spec.name)
    }

    /// The policy, its threshold apart: `canary 10 %, '5xx-rate' 3 of 5 minutes …`.
    pub(super) fn what(&self) -> String {
        let spelt = Spelt::new(self.results, &self.around.policy);
        let alarms = spelt.set_alarms().enumerate().map(|(index, (_, spec))| {
            let words = in_words(&spec);
            let words = if index == self.setting {
                crate::report::tune::policy::datapoints(&spec)
            } else {
                words
            };
            format!("'{}' {words}", spec.name)
        });
        format!("{}, {}", spelt.rollout(), alarms.collect::<Vec<_>>().join(", "))
    }

    /// The thresholds worth showing: from the first to the last try that still tells anything, widened to
    /// the policies that are marked.
    pub(super) fn span(
        &self,
        tries: &[&Evaluated],
        marked: &[Option<&Evaluated>],
    ) -> Option<(f64, f64)> {
        let tells = |one: &&&Evaluated| alarms(&one.reported);
        let telling = tries.iter().filter(tells).map(|one| &one.policy);
        let marked = marked.iter().flatten().map(|one| &one.policy);
        let values: Vec<f64> =
            telling.chain(marked).filter_map(|policy| self.threshold(policy)).collect();
        let low = values.iter().copied().reduce(f64::min)?;
        let high = values.iter().copied().reduce(f64::max)?;
        let slack = if high > low { 0.05 * (high - low) } else { 0.1 * high.abs().max(1e-9) };
        Some((if low >= 0.0 { (low - slack).max(0.0) } else { low - slack }, high + slack))
    }
}

/// Whether any run was rolled back at all.
fn alarms(reported: &Performance) -> bool {
    reported.false_rollback.count > 0 || reported.regressions.iter().any(|one| one.caught.count > 0)
}

fn differs_only_there(one: &Policy, other: &Policy, setting: usize) -> bool {
    one.plan == other.plan
        && one.settings.len() == other.settings.len()
        && one.settings.iter().zip(&other.settings).enumerate().all(|(index, (a, b))| {
            a.shape == b.shape && (index == setting || a.threshold == b.threshold)
        })
}
