//! Why something cannot be judged before it is run, and the one line in which that is said.

use super::finding::{Finding, Lint, Severity};
use std::fmt;

/// Why something cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The alarm reckons with several metrics.
    MetricMath,
    /// Its threshold is a band.
    Band,
    /// It reads other alarms.
    Composite,
    /// Its values are no requests'.
    OneByOne,
    /// Its statistic has no known law.
    Statistic,
    /// Its windows lie otherwise.
    WallClock,
    /// It does not exist, or does not count, all the time.
    MadeLater,
    /// Nobody knows how long it lasts.
    AbTest,
    /// It hangs on this alarm, which cannot be judged.
    OtherAlarm(String),
    /// Numbers of requests are no Poisson numbers.
    Bursts,
    /// Incidents bring more requests, or fewer.
    Surges,
    /// Requests bring others after them.
    Retries,
    /// What an evaluation sees is a matter of chance.
    LateMetrics,
    /// Requests wait for instances to take them.
    Asynchronous,
    /// Requests wait for a place.
    Waits,
    /// The model changes while it serves.
    LoadOrTime,
    /// Errors bring others with them.
    Clumps,
    /// Extremes settle nowhere.
    NoLevel,
    /// Sums of few or of equal latencies have no smooth law.
    FewForSums,
    /// A percentile between two values.
    Interpolated,
    /// A percentile of few values leaves the state alone.
    IgnoresFew,
    /// What is missing is as good as a breach.
    GapsBreach,
    /// The chain would be too large.
    TooLong,
    /// Numbers beyond what is reckoned with.
    TooMany,
    /// There is nothing to look at.
    NoRequests,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherAlarm(name) => {
                return write!(f, "\"{name}\", which guards it, is not judged");
            }
            Self::MetricMath => "it is metric math",
            Self::Band => "its threshold is a band around what was usual",
            Self::Composite => "it is a composite alarm",
            Self::OneByOne => "its values are published one by one, not by the requests of an interval",
            Self::Statistic => "its statistic trims, and what is left has no law that is known here",
            Self::WallClock => "its windows follow the clock on the wall",
            Self::MadeLater => "it is made, or warms up, during the rollout",
            Self::AbTest => "an A/B test lasts until it is decided",
            Self::Bursts => "requests come in bursts or as they were recorded, not as a Poisson stream",
            Self::Surges => "incidents change the traffic",
            Self::Retries => "callers try again",
            Self::LateMetrics => "metrics are late by chance",
            Self::Asynchronous => "requests wait in a queue until an instance takes them",
            Self::Waits => "more than 1 % of the requests wait, and what waiting adds is not known here",
            Self::LoadOrTime => "how the model behaves depends on load or time",
            Self::Clumps => "errors come in clumps",
            Self::NoLevel => "its statistic settles at no level",
            Self::FewForSums => {
                "sums of fewer than 18 latencies, or of latencies that many share, have no smooth law"
            }
            Self::Interpolated => "its percentile lies between two values",
            Self::IgnoresFew => "it leaves its state alone while a percentile has few values",
            Self::GapsBreach => "periods without requests count as breaching",
            Self::TooLong => "its M of N datapoints, gaps among them, have too many combinations",
            Self::TooMany => "a datapoint holds more than a billion requests",
            Self::NoRequests => "it has no requests there",
        })
    }
}

/// What a lint could not judge: subjects and their places, by reason.
#[derive(Debug, Default)]
pub(super) struct Unjudged {
    by_reason: Vec<(Why, Vec<(String, String)>)>,
}

/// More subjects than this are counted and not named.
const NAMED: usize = 3;

impl Unjudged {
    /// Notes that `subject`, which stands at `place`, cannot be judged.
    pub(super) fn note(&mut self, why: Why, place: impl Into<String>, subject: String) {
        let known = self.by_reason.iter().position(|(reason, _)| *reason == why);
        let at = known.unwrap_or_else(|| {
            self.by_reason.push((why, Vec::new()));
            self.by_reason.len() - 1
        });
        let subjects = &mut self.by_reason[at].1;
        if subjects.iter().all(|(_, known)| *known != subject) {
            subjects.push((place.into(), subject));
        }
    }

    /// What was judged, or `None` and a note why not.
    pub(super) fn judged<T>(
        &mut self,
        judged: Result<T, Why>,
        subject: impl FnOnce() -> (String, String),
    ) -> Option<T> {
        judged
            .map_err(|why| {
                let (place, subject) = subject();
                self.note(why, place, subject);
            })
            .ok()
    }

    /// A line for each reason.
    pub(super) fn lines(self, lint: &Lint) -> impl Iterator<Item = Finding> {
        self.by_reason.into_iter().map(|(why, subjects)| {
            let place = subjects.first().map_or_else(String::new, |(place, _)| place.clone());
            let mut finding = lint.finding(Severity::Unjudged, place);
            let named: Vec<&str> =
                subjects.iter().take(NAMED).map(|(_, subject)| subject.as_str()).collect();
            let more = subjects.len().saturating_sub(NAMED);
            finding.message = named.join(", ");
            if more > 0 {
                finding.message = format!("{} and {more} more", finding.message);
            }
            finding.arithmetic = why.to_string();
            finding.remedy = "run it".into();
            finding
        })
    }
}
