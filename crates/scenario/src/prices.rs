//! Prices of instances by type.
//!
//! On-demand prices of SageMaker real-time hosting in USD per instance-hour, collected in November
//! 2026; hosting is billed by the second from creation to deletion, idle or not.
//!
//! - **us-east-1**: `ml.m5.large` and `ml.m6g.large` from the AWS Pricing API (30 July 2026, by
//!   <https://github.com/scott2borg/cs401r-2026-instructor>), `ml.g6.xlarge` from there too, but of
//!   us-east-2; the others from the price list of AWS's benchmarking tool `fmbench` 2.1.1
//!   (<https://github.com/aws-samples/foundation-model-benchmarking-tool>,
//!   `configs/pricing_fallback.yml`, early 2025).
//! - **eu-west-1**: an invoice of December 2023
//!   (<https://github.com/aws-samples/sagemaker-ssh-helper/blob/main/Sample_Costs.md>); `ml.t3.medium`
//!   is a notebook instance's.
//!
//! Two cells of one family differ in age, and AWS's price page
//! (<https://aws.amazon.com/sagemaker/pricing/>) has the last word: give `price_per_hour` where cost
//! matters.
//!
//! **Not in the cost**: data capture (off here), data in and out (0.016 USD per GB) and storage (0.154
//! USD per GB and month, both eu-west-1). CloudWatch's own prices are, where a scenario asks for them.

use super::suggest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The instance type of a fleet that names neither type nor price.
pub const DEFAULT_INSTANCE_TYPE: &str = "ml.m5.xlarge";

/// What an alarm of CloudWatch costs \[USD per month\], us-east-1, July 2026.
pub const ALARM_USD_PER_MONTH: f64 = 0.10;
/// What a custom metric of CloudWatch costs \[USD per month\], us-east-1, July 2026. The metrics that
/// SageMaker publishes by itself cost nothing.
pub const CUSTOM_METRIC_USD_PER_MONTH: f64 = 0.30;

/// Where an endpoint is, for the prices of its instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Region {
    /// us-east-1, Northern Virginia.
    #[default]
    #[serde(rename = "us-east-1")]
    UsEast1,
    /// eu-west-1, Ireland.
    #[serde(rename = "eu-west-1")]
    EuWest1,
}

/// (Instance type, USD per instance-hour in us-east-1, the same in eu-west-1 if known), sorted by
/// family and size.
const HOSTING_USD_PER_HOUR: [(&str, f64, Option<f64>); 27] = [
    ("ml.t3.medium", 0.05, Some(0.055)),
    ("ml.m5.large", 0.115, None),
    ("ml.m5.xlarge", 0.23, Some(0.257)),
    ("ml.m5.2xlarge", 0.461, None),
    ("ml.m5.4xlarge", 0.922, None),
    ("ml.m6g.large", 0.0924, None),
    ("ml.c5.large", 0.102, None),
    ("ml.c5.xlarge", 0.204, None),
    ("ml.c5.2xlarge", 0.408, None),
    ("ml.c5.4xlarge", 0.816, None),
    ("ml.g4dn.xlarge", 0.7364, Some(0.821)),
    ("ml.g4dn.2xlarge", 0.94, None),
    ("ml.g4dn.4xlarge", 1.505, Some(1.678)),
    ("ml.g4dn.12xlarge", 4.89, Some(5.453)),
    ("ml.g5.xlarge", 1.4084, None),
    ("ml.g5.2xlarge", 1.515, None),
    ("ml.g5.4xlarge", 2.03, None),
    ("ml.g5.12xlarge", 7.09, Some(7.91)),
    ("ml.g5.48xlarge", 20.36, None),
    ("ml.g6.xlarge", 1.1267, None),
    ("ml.g6.2xlarge", 1.222, None),
    ("ml.g6.12xlarge", 5.752, None),
    ("ml.inf2.xlarge", 0.99, None),
    ("ml.inf2.8xlarge", 2.36, None),
    ("ml.p3.2xlarge", 3.825, None),
    ("ml.p4d.24xlarge", 37.688, None),
    ("ml.p5.48xlarge", 113.068, None),
];

impl Region {
    /// Every region with prices.
    pub const ALL: [Self; 2] = [Self::UsEast1, Self::EuWest1];

    /// The price of an instance of the type \[USD per hour\], if known.
    pub fn usd_per_hour(self, instance_type: &str) -> Option<f64> {
        self.prices().find(|(known, _)| *known == instance_type).map(|(_, price)| price)
    }

    /// The instance types whose price is known.
    pub fn instance_types(self) -> Vec<&'static str> {
        self.prices().map(|(name, _)| name).collect()
    }

    /// Where to look for the price of a type that is not known here: another region's, or known types of
    /// the same family, or else the nearest name, or else all.
    pub fn instead_of(self, instance_type: &str) -> String {
        let elsewhere = |other: Self| Some((other, other.usd_per_hour(instance_type)?));
        if let Some((other, price)) = Self::ALL.into_iter().find_map(elsewhere) {
            return format!("in {other} it is {price}");
        }
        let known = self.instance_types();
        let family = |name: &str| name.rsplit_once('.').map_or(name, |(family, _)| family).len();
        let is_like = |name: &&&str| name[..family(name)] == instance_type[..family(instance_type)];
        let mut like: Vec<&str> = known.iter().filter(is_like).copied().collect();
        if like.is_empty() {
            like.extend(suggest::nearest(instance_type, &known));
        }
        if like.is_empty() {
            like = known;
        }
        format!("known types like it: {}", like.join(", "))
    }

    fn prices(self) -> impl Iterator<Item = (&'static str, f64)> {
        HOSTING_USD_PER_HOUR.iter().filter_map(move |&(name, us_east_1, eu_west_1)| match self {
            Self::UsEast1 => Some((name, us_east_1)),
            Self::EuWest1 => Some((name, eu_west_1?)),
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UsEast1 => "us-east-1",
            Self::EuWest1 => "eu-west-1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_type_is_listed_once_at_a_price_above_zero() {
        for region in Region::ALL {
            let types: BTreeSet<&str> = region.instance_types().into_iter().collect();
            assert_eq!(types.len(), region.instance_types().len());
            let sound =
                |name: &str, price: f64| name.starts_with("ml.") && price > 0.0 && price < 200.0;
            assert!(region.prices().all(|(name, price)| sound(name, price)));
        }
    }

    #[test]
    fn the_default_type_has_a_price_everywhere_and_ireland_is_dearer() {
        assert_eq!(Region::UsEast1.usd_per_hour(DEFAULT_INSTANCE_TYPE), Some(0.23));
        assert_eq!(Region::EuWest1.usd_per_hour(DEFAULT_INSTANCE_TYPE), Some(0.257));
        assert_eq!(Region::EuWest1.usd_per_hour("ml.m5.large"), None);
        assert_eq!(Region::UsEast1.usd_per_hour("ml.m5.huge"), None);
        for name in Region::EuWest1.instance_types() {
            assert!(
                Region::EuWest1.usd_per_hour(name) > Region::UsEast1.usd_per_hour(name),
                "{name}"
            );
        }
    }
}
