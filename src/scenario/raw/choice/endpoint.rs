//! Of the experiment, its traffic and the endpoint.

use crate::endpoint::clients::Jitter;
use crate::endpoint::feature::Feature;
use crate::endpoint::incident::Spread;
use crate::endpoint::spec::{OldestOf, QueueLayout, Routing, RoutingScope, ShiftBy};
use crate::random::arrival::TimeUnit;
use crate::rollout::shift::Rounding;
use crate::scenario::prices::Region;
use crate::scenario::spec::{CountAt, EventsOf, Fidelity, Phase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

choice! {
    /// Where minutes, evaluations and polls lie.
    RawPhase => Phase, "lowercase" {
        /// Anew in each replication.
        Random,
        /// At t = 0.
        Aligned,
    }
}

choice! {
    /// Whether every request is simulated.
    RawFidelity => Fidelity, "lowercase" {
        /// Every request: exact.
        Requests,
        /// Counts and sums of each interval are drawn at once; right where no request waits.
        Aggregate,
        /// `aggregate` if nothing stands in its way and at most 1 % of requests wait; else `requests`.
        Auto,
    }
}

choice! {
    /// Whose events are written.
    RawEvents => EventsOf, "lowercase" {
        /// Of a typical run, and of a caught one where that is not typical.
        Median,
        /// Of every run.
        All,
    }
}

choice! {
    /// Where requests wait.
    RawQueue => QueueLayout, "lowercase" {
        /// At each instance.
        Instance,
        /// In one queue for the fleet.
        Shared,
    }
}

choice! {
    /// Which instance takes a request.
    RawRouting => Routing, "kebab-case" {
        /// Any, with equal probability.
        Random,
        /// The one with the fewest requests outstanding.
        LeastOutstanding,
    }
}

choice! {
    /// Where the instance with the fewest requests is looked for.
    RawRoutingScope => RoutingScope, "lowercase" {
        /// In the fleet on which a request falls by the traffic share.
        Fleet,
        /// Among all instances that take traffic, of both fleets.
        Endpoint,
    }
}

choice! {
    /// A feature for which SageMaker leaves out guardrails, rolling updates or shadow tests.
    RawFeature => Feature, "kebab-case" {
        /// Containers from the AWS Marketplace: guarded updates fall back to plain ones.
        MarketplaceContainers,
        /// Inf1 instances: guarded updates fall back to plain ones.
        Inf1,
        /// Serverless inference: no rolling updates, and guarded ones fall back to plain ones.
        Serverless,
        /// Several production variants: no rolling updates.
        MultiVariant,
        /// Another variant name in the new configuration: guarded updates fall back to plain ones.
        RenamedVariant,
        /// Several containers: no shadow tests.
        MultiContainer,
        /// Several models on a container: no shadow tests.
        MultiModel,
    }
}

choice! {
    /// What a traffic share is quantised to.
    RawShiftBy => ShiftBy, "lowercase" {
        /// Whole instances.
        Instances,
        /// The exact percentage.
        Percent,
    }
}

choice! {
    /// Where the endpoint is.
    RawRegion => Region, "kebab-case" {
        /// us-east-1.
        #[serde(rename = "us-east-1")]
        UsEast1,
        /// eu-west-1.
        #[serde(rename = "eu-west-1")]
        EuWest1,
    }
}

choice! {
    /// How a percentage of a fleet becomes whole instances; at least one in any case.
    RawRounding => Rounding, "lowercase" {
        /// To the nearest, halves up.
        Round,
        /// Up. It may break a limit: 50 % of 3 instances are 2, which is 67 %.
        Ceil,
        /// Down.
        Floor,
    }
}

choice! {
    /// Which interval a request counts in.
    RawCountAt => CountAt, "lowercase" {
        /// The one in which it is answered.
        Completion,
        /// The one in which it arrives.
        Arrival,
    }
}

choice! {
    /// How the lengths of incidents vary.
    RawSpread => Spread, "lowercase" {
        /// All alike.
        Fixed,
        /// Exponentially distributed.
        Exponential,
    }
}

choice! {
    /// How a trace writes its times.
    RawTimeUnit => TimeUnit, "lowercase" {
        /// Numbers of seconds.
        Seconds,
        /// Numbers of milliseconds.
        Milliseconds,
        /// RFC 3339 time stamps.
        Rfc3339,
    }
}

choice! {
    /// What chance does to a caller's wait.
    RawJitter => Jitter, "lowercase" {
        /// Nothing.
        None,
        /// Anything between nothing and all of it.
        Full,
        /// Anything between half and all of it.
        Equal,
    }
}

choice! {
    /// Which requests `ApproximateAgeOfOldestRequest` looks at.
    RawOldest => OldestOf, "lowercase" {
        /// Those that wait and those in process.
        Unanswered,
        /// Those that wait.
        Waiting,
    }
}

/// How requests reach the instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(in crate::scenario) enum RawMode {
    /// Each is sent to an instance, and its caller waits.
    #[default]
    RealTime,
    /// Each waits in one queue until an instance takes it.
    Asynchronous,
}

/// Whether requests queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawCapacity {
    /// For a free place of an instance.
    Queued,
    /// Never; every request is served at once.
    Unlimited,
}

/// What a latency is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawLatencyIs {
    /// The time in service.
    #[default]
    Service,
    /// The time from arrival to answer of a healthy fleet that takes all the traffic.
    Observed,
}

/// What callers try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(in crate::scenario) enum RawRetryOn {
    /// A 5xx of the model, or a rejection.
    #[serde(rename = "5xx")]
    ServerError,
    /// No answer in time.
    #[serde(rename = "timeout")]
    Timeout,
}

/// Where a replication begins in a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawOffset {
    /// At its first row.
    #[default]
    None,
    /// Anywhere, anew in each replication.
    Random,
}
