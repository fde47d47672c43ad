//! One pass over a trace: is it sound, and what is in it?

use super::trace::{Row, Rows};
use super::{TraceError, TraceProblem, TraceRows, TraceSpec};
use crate::random::float_nanos;
use crate::time::{NANOS_PER_S, SimDuration};

/// The peak rate of a trace of requests is that of its busiest minute, counted from the first row.
const MINUTE_NS: i64 = 60 * NANOS_PER_S;

/// What is in a trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceSummary {
    /// Rows.
    pub rows: u64,
    /// How long the trace lasts: to one interval after its last row, or, of requests, to one mean
    /// gap after it.
    pub span: SimDuration,
    /// Requests in it, scaled; of rates and counts, the mean number.
    pub total_requests: f64,
    /// Over the whole span \[1/s\].
    pub mean_rate_per_s: f64,
    /// Of the busiest interval, or, of requests, of the busiest minute \[1/s\]; at least the mean.
    pub peak_rate_per_s: f64,
}

impl TraceSpec {
    /// Reads the whole trace once and checks every row.
    ///
    /// # Errors
    /// The first problem of the file, with its line.
    pub fn survey(&self) -> Result<TraceSummary, TraceError> {
        let mut rows = Rows::open(self)?;
        let mut tally = Tally::default();
        while let Some(row) = rows.next()? {
            tally.add(row);
        }
        let (span_ns, total_requests) = match self.rows {
            TraceRows::Requests => (length_of_requests(&rows)?, count_as_float(rows.count())),
            TraceRows::Counts { interval, .. } | TraceRows::Rates { interval, .. } => {
                let requests = tally.rates_per_s * interval.as_secs_f64();
                (rows.last_ns().saturating_add(interval.as_nanos()), requests)
            }
        };
        let span = SimDuration::from_nanos(span_ns);
        let mean_rate_per_s = total_requests / span.as_secs_f64();
        let busiest_minute = count_as_float(tally.busiest) / 60.0;
        Ok(TraceSummary {
            rows: rows.count(),
            span,
            total_requests,
            mean_rate_per_s,
            peak_rate_per_s: match self.rows {
                TraceRows::Requests => busiest_minute.max(mean_rate_per_s),
                TraceRows::Counts { .. } | TraceRows::Rates { .. } => tally.highest_per_s,
            },
        })
    }
}

#[derive(Default)]
struct Tally {
    rates_per_s: f64,
    highest_per_s: f64,
    minute: i64,
    in_minute: u64,
    busiest: u64,
}

impl Tally {
    fn add(&mut self, row: Row) {
        self.rates_per_s += row.rate_per_s;
        self.highest_per_s = self.highest_per_s.max(row.rate_per_s);
        let minute = row.at_ns / MINUTE_NS;
        if minute != self.minute {
            self.minute = minute;
            self.in_minute = 0;
        }
        self.in_minute += 1;
        self.busiest = self.busiest.max(self.in_minute);
    }
}

/// How long a trace of requests lasts that has just been read to its end \[ns\]: to the last
/// request and one mean gap more.
pub(super) fn length_of_requests(rows: &Rows) -> Result<i64, TraceError> {
    let gaps = i64::try_from(rows.count().saturating_sub(1)).unwrap_or(i64::MAX);
    let last_ns = rows.last_ns();
    if gaps == 0 || last_ns == 0 {
        return Err(rows.refuse(TraceProblem::TooShort));
    }
    Ok(last_ns.saturating_add(last_ns / gaps))
}

fn count_as_float(count: u64) -> f64 {
    float_nanos(i64::try_from(count).unwrap_or(i64::MAX))
}
