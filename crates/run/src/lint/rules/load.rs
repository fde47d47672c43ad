//! Lint 22: more traffic than the endpoint can serve, and waiting that the latencies given do not show.
//!
//! Utilisation is the rate of requests times the mean service time over the places of the fleet, window by
//! window; at 1 and beyond a queue grows without end (Kleinrock, Queueing Systems I, 1975, §2.3). How blue
//! fares when nobody deploys: [`Healthy`](crate::scenario::healthy).

use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint, Severity};
use crate::scenario::healthy::Strain;
use crate::time::SimTime;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 22,
    name: "overloaded",
    why: "What waits for a place is slow or fails whatever is deployed: alarms then watch the queue and not \
          the new model.",
    check,
};

const REMEDY: &str = "more instances, more `concurrency` or less traffic; and if `latency` is what \
                      CloudWatch shows, waiting included, say `latency_is = \"observed\"`";

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let strain = facts.today.strain(facts.scenario);
    let load = load(facts, strain);
    // What is overloaded waits and fails for that.
    if matches!(strain, Strain::Overloaded(_)) {
        return load.into_iter().collect();
    }
    load.into_iter().chain(fails(facts)).chain(waits(facts)).collect()
}

fn load(facts: &Facts<'_>, strain: Strain) -> Option<Finding> {
    let [mean, peak] = facts.today.utilisation?;
    let (severity, message) = match strain {
        Strain::Fine | Strain::Peak(_) => return None,
        Strain::Tight => (
            Severity::Warning,
            "blue has little room: a surge or a lost instance makes it wait".to_owned(),
        ),
        Strain::Overloaded(overload) => {
            let [from, until] = [overload.from, overload.until].map(|at| at.since(SimTime::ZERO));
            (
                Severity::Error,
                format!(
                    "blue cannot serve this traffic: from {from} to {until} more work comes than it can do"
                ),
            )
        }
    };
    let fleet = &facts.scenario.endpoint.blue;
    let mut finding = LINT.finding(severity, "endpoint.concurrency");
    finding.message = message;
    finding.arithmetic = format!(
        "{:.4} requests a second in the {} need {:.4} places at a time; {} instances × {} serve {}: \
         utilisation {:.1} %, {:.1} % on average",
        facts.today.rates_per_s[1],
        facts.today.busiest(),
        facts.today.in_service[1] * f64::from(fleet.instances),
        fleet.instances,
        fleet.concurrency,
        u64::from(fleet.instances) * u64::from(fleet.concurrency),
        100.0 * peak,
        100.0 * mean,
    );
    REMEDY.clone_into(&mut finding.remedy);
    Some(finding)
}

/// More requests than this that fail for want of a place are noticed by alarms on errors.
const NOTICEABLE: f64 = 0.001;

fn fails(facts: &Facts<'_>) -> Option<Finding> {
    let shown = facts.today.shown?;
    if shown.failed_by_waiting <= NOTICEABLE {
        return None;
    }
    let mut finding = LINT.finding(Severity::Warning, "endpoint.concurrency");
    finding.message = "healthy blue fails requests for want of a place".into();
    finding.arithmetic = format!(
        "{:.2} % of requests are turned away or time out as they wait, besides what the model fails by \
         itself",
        100.0 * shown.failed_by_waiting
    );
    REMEDY.clone_into(&mut finding.remedy);
    Some(finding)
}

fn waits(facts: &Facts<'_>) -> Option<Finding> {
    let is_news = !facts.is_observed && facts.today.is_slowed();
    let shown = facts.today.shown.filter(|_| is_news)?;
    let mut finding = LINT.finding(Severity::Note, "blue.latency");
    let [shown_ms, given_ms] = [shown.latency_s[2], facts.today.given_s[2]].map(|s| 1e3 * s);
    finding.message = "waiting makes healthy blue slower than the latency given".into();
    finding.arithmetic = format!(
        "{:.1} % of requests wait; the p99 of ModelLatency is {shown_ms:.1} ms, that of `latency` \
         {given_ms:.1} ms",
        100.0 * shown.waited
    );
    finding.remedy = "if `latency` is what CloudWatch shows, waiting included, say \
                      `latency_is = \"observed\"`; if it is the time in service, all is well"
        .into();
    Some(finding)
}
