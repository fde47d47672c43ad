//! What an endpoint publishes about its requests, and how a datapoint is made of it.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html> (invocation
//! metrics): the error metrics send 1 for a request that failed and 0 for one that did not, so their
//! Average is the error rate as a fraction and their Sum the number of errors. A period without any
//! request has no datapoint at all.

use crate::telemetry::ratio::Ratio;

/// A CloudWatch metric of the namespace `AWS/SageMaker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// 1 for each request.
    Invocations,
    /// 1 for a request answered 4xx, else 0.
    Invocation4xxErrors,
    /// 1 for a request answered 5xx (rejections and time-outs included), else 0.
    Invocation5xxErrors,
    /// 1 for a request that failed in any way, else 0.
    InvocationModelErrors,
    /// Waiting at the instance plus service \[ns here, µs in CloudWatch\]; failed requests included, a
    /// timed-out one at the time-out; a rejected one never reached the model and sends nothing.
    ModelLatency,
}

/// How the values of a period become one datapoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// Sum over count.
    Average,
    /// Sum of the values.
    Sum,
    /// Smallest value.
    Minimum,
    /// Largest value.
    Maximum,
    /// Number of values.
    SampleCount,
    /// The percentile at this fraction, 0 to 1 (p99 is 99/100).
    Percentile(Ratio),
}

/// How a percentile is read off n ordered values x₁ ≤ … ≤ xₙ. CloudWatch does not document it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PercentileMethod {
    /// x₍⌈p·n⌉₎ (Hyndman & Fan 1996, type 1).
    #[default]
    NearestRank,
    /// Linear between the two order statistics around 1 + p·(n − 1) (type 7, the default of R and numpy).
    Linear,
}
