//! Features of an endpoint for which SageMaker leaves out what it offers others.
//!
//! | feature | blue/green guardrails | rolling | shadow tests |
//! |---|---|---|---|
//! | Marketplace containers, Inf1 instances | fall back | fall back | refused |
//! | serverless | fall back (assumed) | refused | refused |
//! | several production variants | as ever | refused | as ever |
//! | another variant name in the new configuration | fall back (assumed) | fall back (assumed) | as ever |
//! | several containers, several models | as ever | as ever | refused |
//!
//! To **fall back** is a blue/green update with all traffic at once, no final bake and no alarms, about which
//! no deployment events are sent.
//!
//! - **Source**: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html>,
//!   <https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html>.
//! - **Assumptions**: guardrails are for real-time and asynchronous inference, so what an update of a
//!   serverless endpoint asks of them is taken to be left out; both configurations must name the same
//!   variant, and what a guarded update does otherwise is not said: it is taken to fall back too.
//! - **Not modelled**: Elastic Inference, which is discontinued; what serverless instances and several models
//!   do to latencies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A feature for which SageMaker leaves out guardrails, rolling updates or shadow tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Feature {
    /// Its containers are from the AWS Marketplace: guarded updates fall back to plain ones.
    MarketplaceContainers,
    /// It has Inf1 instances: guarded updates fall back to plain ones.
    Inf1,
    /// It has no instances of its own (serverless inference): no rolling updates, and guarded ones fall
    /// back to plain ones.
    Serverless,
    /// It has several production variants: no rolling updates.
    MultiVariant,
    /// The new configuration names its variant otherwise: guarded updates fall back to plain ones.
    RenamedVariant,
    /// Each instance runs several containers: no shadow tests.
    MultiContainer,
    /// Each container serves several models: no shadow tests.
    MultiModel,
}

impl Feature {
    /// Whether guarded updates become plain ones.
    pub const fn falls_back(self) -> bool {
        matches!(
            self,
            Self::MarketplaceContainers | Self::Inf1 | Self::Serverless | Self::RenamedVariant
        )
    }

    /// Whether a rolling update is refused.
    pub const fn refuses_rolling(self) -> bool {
        matches!(self, Self::Serverless | Self::MultiVariant)
    }

    /// Whether a shadow test is refused.
    pub const fn refuses_shadow_tests(self) -> bool {
        !matches!(self, Self::MultiVariant | Self::RenamedVariant)
    }

    /// Whether an instance type is an Inf1 one.
    pub fn is_inf1(instance_type: &str) -> bool {
        instance_type.starts_with("ml.inf1.")
    }
}

/// As the guide calls it.
impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MarketplaceContainers => "Marketplace containers",
            Self::Inf1 => "Inf1 (Inferentia-based) instances",
            Self::Serverless => "serverless inference",
            Self::MultiVariant => "several production variants",
            Self::RenamedVariant => "another variant name in the new endpoint configuration",
            Self::MultiContainer => "several containers",
            Self::MultiModel => "several models on a container",
        })
    }
}
