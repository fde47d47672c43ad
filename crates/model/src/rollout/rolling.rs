//! Rolling: batch by batch, each green one replacing as many blue instances; and the way back.
//!
//! ```text
//! forward, each batch:  create green batch (P) ─ flip (S) ─ bake (W) ─ clean up blue batch (C)
//! back, all at once:    create all missing blue (P) ─ flip all traffic (S) ─ clean up green (C)
//! back, in batches:     flip to the blue still alive (S) ─ clean up as many green (C) ─
//!                       then each batch: create blue batch (P) ─ flip (S) ─ clean up green batch (C)
//! ```
//!
//! - With batches of s of N instances there are b = ⌈N/s⌉ stages, the last taking the remainder, and a
//!   rollout takes Σ (P + S + W + C), the last bake being one of them: there is no final bake.
//! - Only one batch is provisioned at a time. At its flip the old batch stops taking traffic; it lives on,
//!   warm and billed, until its clean-up. So N instances take traffic all along.
//! - A rollback batch of all instances (`RollbackMaximumBatchSize` absent or 100 %) is the "blue/green
//!   rollback"; a smaller one goes back in steps without bakes between them.
//! - **Assumptions**, which AWS does not document: a batch that is not up yet when the rollback begins is
//!   cancelled at once; a clean-up that has begun is finished first; what is being cleaned up cannot be kept.
//! - **Source**: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html> and
//!   <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html>; the steps
//!   back are read off the diagrams there.

use super::plan::Stage;
use super::shift::Fleets;
use crate::time::SimDuration;

/// How a rolling rollout goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolling {
    /// Old instances launched at once, at least 1; all of them is a blue/green rollback.
    pub rollback_batch: u32,
}

/// Which instances are there as a rollback begins, those that are leaving or not up yet left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Old instances, with or without traffic.
    pub blue: u32,
    /// New instances, with or without traffic.
    pub green: u32,
    /// Whether traffic has to be switched before anything else can be done.
    pub is_shifted: bool,
}

/// One step of a way back: launch, switch, terminate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackStep {
    /// Blue instances launched before its switch.
    pub launch: u32,
    /// Where the traffic goes.
    pub stage: Stage,
    /// Green instances terminated after its switch.
    pub remove: u32,
}

/// The steps back from `standing` to `fleets.blue` blue instances with all traffic.
pub fn way_back(standing: Standing, fleets: Fleets, rollback_batch: u32) -> Vec<BackStep> {
    let all = fleets.blue;
    let step = |launch: u32, blue: u32, remove: u32| BackStep {
        launch,
        stage: traffic(blue, all - blue),
        remove,
    };
    if rollback_batch >= all || standing.blue >= all {
        return vec![step(all - standing.blue, all, standing.green)];
    }
    let mut blue = standing.blue;
    let mut steps = Vec::new();
    if standing.is_shifted {
        let superfluous = standing.green - (all - blue);
        steps.push(step(0, blue, superfluous));
    }
    while blue < all {
        let batch = rollback_batch.min(all - blue);
        blue += batch;
        steps.push(step(batch, blue, batch));
    }
    steps
}

/// All traffic on so many instances of each fleet.
fn traffic(blue_active: u32, green_active: u32) -> Stage {
    let share = f64::from(green_active) / f64::from(green_active + blue_active);
    Stage { green_active, blue_active, share, mirror: 0.0, bake: SimDuration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    fn fleets(instances: u32) -> Fleets {
        let rounding = Rounding::Round;
        Fleets { blue: instances, green: instances, by_instances: false, rounding }
    }

    fn steps(standing: Standing, rollback_batch: u32) -> Vec<(u32, u32, u32, u32)> {
        way_back(standing, fleets(6), rollback_batch)
            .iter()
            .map(|s| (s.launch, s.stage.blue_active, s.stage.green_active, s.remove))
            .collect()
    }

    /// Six instances in batches of two; the second batch is being watched.
    const SECOND_BAKE: Standing = Standing { blue: 4, green: 4, is_shifted: true };

    #[test]
    fn at_once_everything_missing_is_launched_before_all_traffic_flips() {
        assert_eq!(steps(SECOND_BAKE, 6), [(2, 6, 0, 4)]);
    }

    #[test]
    fn in_batches_traffic_first_returns_to_what_is_alive() {
        assert_eq!(steps(SECOND_BAKE, 2), [(0, 4, 2, 2), (2, 6, 0, 2)]);
        assert_eq!(steps(SECOND_BAKE, 1), [(0, 4, 2, 2), (1, 5, 1, 1), (1, 6, 0, 1)]);
        // Between two batches nothing of blue is idle, so nothing can be switched first.
        let between = Standing { blue: 2, green: 4, is_shifted: false };
        assert_eq!(steps(between, 3), [(3, 5, 1, 3), (1, 6, 0, 1)]);
    }

    #[test]
    fn the_first_batch_goes_back_like_a_blue_green_rollout() {
        let first = Standing { blue: 6, green: 2, is_shifted: true };
        for rollback_batch in [1, 2, 6] {
            assert_eq!(steps(first, rollback_batch), [(0, 6, 0, 2)]);
        }
    }
}
