//! What SageMaker's API refuses, and CodeDeploy's.
//!
//! - **Models** the ranges of the fields that a strategy of a scenario stands for: a wait, a time-out, a
//!   size, a number of alarms. Each limit carries the field's own name, so that a message leads to the
//!   vendor's page.
//! - **Source**: the API model of `UpdateEndpoint` (botocore 1.44.5, service `sagemaker`, version
//!   2017-07-24) and the pages of its types,
//!   <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html>,
//!   <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html>,
//!   <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html>,
//!   <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoRollbackConfig.html>;
//!   CodeDeploy's from <https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html>.
//! - **Not modelled**: the fields count whole seconds, whole minutes and whole percents; a scenario may
//!   give parts of them. Both configurations of a guarded update must name the same variant: a scenario
//!   has one variant only, so it always does.

use crate::time::SimDuration;

/// The limits of a part of a fleet, each as parts of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeLimit {
    /// The vendor's name of the field.
    pub field: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// The smallest.
    pub least: (u64, u64),
    /// The largest.
    pub most: (u64, u64),
}

/// The limits of a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    /// The vendor's name of the field.
    pub field: &'static str,
    /// The shortest.
    pub least: SimDuration,
    /// The longest.
    pub most: SimDuration,
}

/// The limit of a number of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountLimit {
    /// The vendor's name of the field.
    pub field: &'static str,
    /// The most.
    pub most: usize,
}

/// A canary: at most half of the variant's instances, at least 1 %.
pub const CANARY_SIZE: SizeLimit = SizeLimit {
    field: "TrafficRoutingConfiguration.CanarySize",
    what: "canary",
    least: (1, 100),
    most: (1, 2),
};

/// A linear step: 10 % to 50 %.
pub const LINEAR_STEP_SIZE: SizeLimit = SizeLimit {
    field: "TrafficRoutingConfiguration.LinearStepSize",
    what: "linear step",
    least: (1, 10),
    most: (1, 2),
};

/// A batch of a rolling deployment: 5 % to 50 %.
pub const MAXIMUM_BATCH_SIZE: SizeLimit = SizeLimit {
    field: "RollingUpdatePolicy.MaximumBatchSize",
    what: "batch",
    least: (1, 20),
    most: (1, 2),
};

/// A batch of the rollback of a rolling deployment: 5 % to all, which is the default.
pub const ROLLBACK_MAXIMUM_BATCH_SIZE: SizeLimit = SizeLimit {
    field: "RollingUpdatePolicy.RollbackMaximumBatchSize",
    what: "rollback batch",
    most: (1, 1),
    ..MAXIMUM_BATCH_SIZE
};

/// The bake of a step.
pub const WAIT_INTERVAL: TimeLimit = TimeLimit {
    field: "TrafficRoutingConfiguration.WaitIntervalInSeconds",
    least: SimDuration::ZERO,
    most: SimDuration::from_secs(3600),
};

/// The bake of a batch of a rolling deployment.
pub const ROLLING_WAIT_INTERVAL: TimeLimit =
    TimeLimit { field: "RollingUpdatePolicy.WaitIntervalInSeconds", ..WAIT_INTERVAL };

/// The final bake.
pub const TERMINATION_WAIT: TimeLimit = TimeLimit {
    field: "BlueGreenUpdatePolicy.TerminationWaitInSeconds",
    least: SimDuration::ZERO,
    most: SimDuration::from_secs(3600),
};

/// The time that an update may take; it must exceed the sum of the waits as well.
pub const EXECUTION_TIMEOUT: TimeLimit = TimeLimit {
    field: "MaximumExecutionTimeoutInSeconds",
    least: SimDuration::from_secs(600),
    most: SimDuration::from_secs(28_800),
};

/// A shadow test: at most 30 days from its start.
pub const SHADOW_SCHEDULE: TimeLimit = TimeLimit {
    field: "InferenceExperimentSchedule.EndTime",
    least: SimDuration::ZERO,
    most: SimDuration::from_secs(30 * 86_400),
};

/// The alarms of an update; it may have none.
pub const ALARMS: CountLimit = CountLimit { field: "AutoRollbackConfiguration.Alarms", most: 10 };

/// The characters of an alarm's name, at least one.
pub const ALARM_NAME: CountLimit = CountLimit { field: "AlarmName", most: 255 };

/// The alarms of a deployment group of CodeDeploy, of which there may be so many. The API's pages say 10
/// (<https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html>), those of the
/// quotas 50, which can be raised, so it is a setting.
pub const fn code_deploy_alarms(most: u32) -> CountLimit {
    CountLimit { field: "alarmConfiguration.alarms", most: most as usize }
}

/// CodeDeploy: one shift moves at most 99 % of the traffic, and at least 1 %.
pub const CODE_DEPLOY_INCREMENT: SizeLimit = SizeLimit {
    field: "trafficRoutingConfig",
    what: "time-based increment",
    least: (1, 100),
    most: (99, 100),
};

/// CodeDeploy: the time from the first shift to the last, 2880 minutes.
pub const CODE_DEPLOY_SHIFTS: TimeLimit = TimeLimit {
    field: "trafficRoutingConfig",
    least: SimDuration::ZERO,
    most: SimDuration::from_secs(2880 * 60),
};

/// CodeDeploy: the time between two shifts counts in minutes, so it is at least one.
pub const CODE_DEPLOY_INTERVAL: TimeLimit = TimeLimit {
    field: "trafficRoutingConfig",
    least: SimDuration::from_secs(60),
    most: SimDuration::from_secs(2880 * 60),
};

/// CodeDeploy: how long the old tasks of an ECS service are kept, 2880 minutes.
pub const CODE_DEPLOY_TERMINATION_WAIT: TimeLimit = TimeLimit {
    field: "terminateBlueInstancesOnDeploymentSuccess.terminationWaitTimeInMinutes",
    least: SimDuration::ZERO,
    most: SimDuration::from_secs(2880 * 60),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_update_is_eight_hours_and_the_longest_bake_one() {
        assert_eq!(WAIT_INTERVAL.most.to_string(), "1h");
        assert_eq!(ROLLING_WAIT_INTERVAL.most, TERMINATION_WAIT.most);
        assert_eq!(EXECUTION_TIMEOUT.least.to_string(), "10m");
        assert_eq!(EXECUTION_TIMEOUT.most.to_string(), "8h");
        assert_eq!(CODE_DEPLOY_SHIFTS.most.to_string(), "2days");
    }
}
