//! Why a probability cannot be had exactly, in words.

/// What stands in the way of the exact calculation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotExact {
    /// Of the alarm's subject.
    #[error("the alarm watches {0}")]
    Subject(&'static str),
    /// Of the alarm's settings.
    #[error("the alarm {0}")]
    Alarm(&'static str),
    /// Of the requests.
    #[error("{0}, so datapoints are not independent Poisson counts")]
    Traffic(&'static str),
    /// Of the endpoint and its models.
    #[error("{0}")]
    Endpoint(&'static str),
    /// Of the release.
    #[error("the release {0}")]
    Release(&'static str),
    /// Of the strategy.
    #[error("the strategy {0}")]
    Strategy(&'static str),
    /// Of the clocks of publishing, evaluating and polling.
    #[error("{0}")]
    Clocks(&'static str),
    /// Too many patterns of datapoints have to be told apart.
    #[error("the alarm's window has more than {0} patterns of datapoints worth telling apart")]
    Patterns(usize),
}
