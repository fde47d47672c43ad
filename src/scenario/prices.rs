//! Prices of instances by type.
//!
//! On-demand prices of SageMaker hosting in us-east-1, in USD per instance-hour, collected in
//! November 2026. Sources: `ml.m5.large` and `ml.m6g.large` from the AWS Pricing API (30 July 2026,
//! by <https://github.com/scott2borg/cs401r-2026-instructor>); the others from the price list of
//! AWS's benchmarking tool `fmbench` 2.1.1
//! (<https://github.com/aws-samples/foundation-model-benchmarking-tool>,
//! `configs/pricing_fallback.yml`, early 2025). Two cells of one family differ in age, and AWS's
//! price page (<https://aws.amazon.com/sagemaker/pricing/>) has the last word: give
//! `price_per_hour` where cost matters.

/// The instance type of a fleet that names neither type nor price.
pub const DEFAULT_INSTANCE_TYPE: &str = "ml.m5.xlarge";

/// (Instance type, USD per instance-hour), sorted by family and size.
pub const HOSTING_USD_PER_HOUR: [(&str, f64); 26] = [
    ("ml.t3.medium", 0.05),
    ("ml.m5.large", 0.115),
    ("ml.m5.xlarge", 0.23),
    ("ml.m5.2xlarge", 0.461),
    ("ml.m5.4xlarge", 0.922),
    ("ml.m6g.large", 0.0924),
    ("ml.c5.large", 0.102),
    ("ml.c5.xlarge", 0.204),
    ("ml.c5.2xlarge", 0.408),
    ("ml.c5.4xlarge", 0.816),
    ("ml.g4dn.xlarge", 0.7364),
    ("ml.g4dn.2xlarge", 0.94),
    ("ml.g4dn.4xlarge", 1.505),
    ("ml.g4dn.12xlarge", 4.89),
    ("ml.g5.xlarge", 1.4084),
    ("ml.g5.2xlarge", 1.515),
    ("ml.g5.4xlarge", 2.03),
    ("ml.g5.12xlarge", 7.09),
    ("ml.g5.48xlarge", 20.36),
    ("ml.g6.2xlarge", 1.222),
    ("ml.g6.12xlarge", 5.752),
    ("ml.inf2.xlarge", 0.99),
    ("ml.inf2.8xlarge", 2.36),
    ("ml.p3.2xlarge", 3.825),
    ("ml.p4d.24xlarge", 37.688),
    ("ml.p5.48xlarge", 113.068),
];

/// The price of an instance of the type \[USD per hour\], if known.
pub fn usd_per_hour(instance_type: &str) -> Option<f64> {
    HOSTING_USD_PER_HOUR.iter().find(|(known, _)| *known == instance_type).map(|(_, price)| *price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_type_is_listed_once_at_a_price_above_zero() {
        let types: BTreeSet<&str> = HOSTING_USD_PER_HOUR.iter().map(|(name, _)| *name).collect();
        assert_eq!(types.len(), HOSTING_USD_PER_HOUR.len());
        assert!(
            HOSTING_USD_PER_HOUR
                .iter()
                .all(|(name, price)| { name.starts_with("ml.") && *price > 0.0 && *price < 200.0 })
        );
    }

    #[test]
    fn the_default_type_has_a_price() {
        assert_eq!(usd_per_hour(DEFAULT_INSTANCE_TYPE), Some(0.23));
        assert_eq!(usd_per_hour("ml.m5.huge"), None);
    }
}
