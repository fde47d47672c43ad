//! What a fleet publishes of the requests that it has answered.

use crate::dataplane::latencies::IntervalLatencies;
use crate::endpoint::fleet::{Answer, Answers, Fate};
use crate::telemetry::bin::Status;
use crate::telemetry::series::{Counted, Series};
use crate::time::SimTime;

/// Publishes one request.
#[expect(clippy::inline_always, reason = "measured: part of the innermost loop")]
#[inline(always)]
pub(super) fn publish(
    series: &mut Series,
    latencies: Option<&mut IntervalLatencies>,
    arrived: SimTime,
    answer: &Answer,
    at_completion: bool,
) {
    let counted = counted(arrived, answer, at_completion);
    series.count(&counted);
    if let Some(latencies) = latencies {
        note(latencies, &counted);
    }
}

/// Publishes a batch of requests, which have arrived at these instants.
pub(super) fn publish_all(
    series: &mut Series,
    latencies: Option<&mut IntervalLatencies>,
    arrived: &[SimTime],
    answers: &Answers,
    at_completion: bool,
) {
    let all = arrived.iter().enumerate();
    let all = all.map(|(index, &at)| counted(at, &answers.answer(index), at_completion));
    series.record_all(all.clone());
    if let Some(latencies) = latencies {
        all.for_each(|counted| note(latencies, &counted));
    }
}

#[inline]
fn counted(arrived: SimTime, answer: &Answer, at_completion: bool) -> Counted {
    let answered = arrived + answer.response;
    Counted {
        at: if at_completion { answered } else { arrived },
        answered,
        status: match answer.fate {
            Fate::Good => Status::Ok,
            Fate::ClientError => Status::ClientError,
            Fate::ServerError | Fate::TimedOut | Fate::Rejected => Status::ServerError,
        },
        // A rejected request never reached the model.
        latency_ns: (answer.fate != Fate::Rejected).then_some(answer.response.as_nanos()),
    }
}

fn note(latencies: &mut IntervalLatencies, counted: &Counted) {
    if let Some(latency_ns) = counted.latency_ns {
        latencies.add(counted.at, latency_ns);
    }
}
