use super::*;
use crate::rollout::plan::{Service, StepTimes};
use crate::rollout::rolling::Rolling;
use crate::rollout::rules::Rules;
use crate::rollout::shift::{Fleets, Portion, Rounding};
use crate::time::SimDuration;

const FLEETS: Fleets = Fleets { blue: 4, green: 4, by_instances: true, rounding: Rounding::Round };
const BAKE: SimDuration = SimDuration::from_secs(600);

fn stage(share: f64, mirror: f64) -> Stage {
    let green_active = if share > 0.0 { 1 } else { FLEETS.green };
    Stage { green_active, blue_active: 1, share, mirror, bake: BAKE }
}

fn plan(stages: &[Stage]) -> Plan {
    Plan {
        test: None,
        overhead: SimDuration::ZERO,
        name: "p".into(),
        stages: stages.to_vec(),
        alarms: vec![0],
        fleets: FLEETS,
        rolling: None,
        rules: Rules::default(),
        times: StepTimes::default(),
        service: Service::SageMaker,
        monitoring_usd_per_hour: 0.0,
    }
}

fn canary() -> Plan {
    plan(&[stage(0.1, 0.0), stage(1.0, 0.0)])
}

fn ruled(rules: Rules) -> Plan {
    Plan { rules, ..canary() }
}

/// Four instances in batches of two.
fn rolling(rollback_batch: u32) -> Plan {
    let stages = FLEETS.steps(Portion::new(1, 2).expect("a part"), BAKE, BAKE);
    Plan { rolling: Some(Rolling { rollback_batch }), ..plan(&stages) }
}

const COURSE: [Signal; 6] = [
    Signal::Requested,
    Signal::FleetReady,
    Signal::SwitchDone,
    Signal::BakeEnded,
    Signal::SwitchDone,
    Signal::BakeEnded,
];

const ROLLING_COURSE: [Signal; 8] = [
    Signal::Requested,
    Signal::FleetReady,
    Signal::SwitchDone,
    Signal::BakeEnded,
    Signal::CleanedUp,
    Signal::FleetReady,
    Signal::SwitchDone,
    Signal::BakeEnded,
];

/// Drives a controller through so many signals of a course without alarms.
fn driven<'s>(plan: &'s Plan, course: &[Signal], signals: usize) -> Controller<'s> {
    let mut controller = Controller::new(plan);
    for &signal in course.iter().take(signals) {
        let phase = controller.phase();
        assert!(controller.on(signal, false).is_some(), "{signal:?} in {phase:?}");
    }
    controller
}

/// What a controller wants as it is told one thing after the other.
fn actions(controller: &mut Controller<'_>, signals: &[Signal]) -> Vec<Action> {
    signals.iter().map(|&signal| controller.on(signal, false).expect("an action")).collect()
}

fn on_blue(blue_active: u32, green_active: u32) -> Stage {
    let share = f64::from(green_active) / f64::from(blue_active + green_active);
    Stage { green_active, blue_active, share, mirror: 0.0, bake: SimDuration::ZERO }
}

#[test]
fn a_canary_without_alarms_is_promoted() {
    let plan = canary();
    let mut controller = Controller::new(&plan);
    let [small, full] = [plan.stages[0], plan.stages[1]];
    assert_eq!(
        actions(&mut controller, &COURSE),
        [
            Action::Launch(Side::Green, 4),
            Action::Switch { stage: small, at_once: false },
            Action::Bake(small),
            Action::Switch { stage: full, at_once: false },
            Action::Bake(full),
            Action::Promote,
        ]
    );
    assert_eq!(controller.phase(), Phase::Done);
    assert_eq!(controller.on(Signal::Poll, true), None, "nobody watches any more");
    assert_eq!(controller.on(Signal::TimedOut, true), None, "nor is there anything to time out");
}

#[test]
fn an_alarm_rolls_back_in_every_watched_phase_of_blue_green() {
    let plan = canary();
    for signals in 2..=5 {
        let mut controller = driven(&plan, &COURSE, signals);
        assert!(controller.is_watching());
        assert_eq!(controller.on(Signal::Poll, true), Some(Action::RollBack(Cause::Alarm)));
        assert_eq!(controller.on(Signal::Poll, true), None, "it rolls back once");
        let back = actions(&mut controller, &[Signal::Proceed, Signal::SwitchDone]);
        assert_eq!(back, [Action::SwitchBack(on_blue(4, 0)), Action::FinishRollback]);
    }
}

#[test]
fn an_alarm_at_the_end_of_a_bake_prevents_the_next_step() {
    let plan = canary();
    for signals in [3, 5] {
        let acted = driven(&plan, &COURSE, signals).on(Signal::BakeEnded, true);
        assert_eq!(acted, Some(Action::RollBack(Cause::Alarm)));
    }
}

#[test]
fn alarms_before_the_first_switch_wait_unless_they_are_watched_from_the_start() {
    let plan = canary();
    let mut controller = driven(&plan, &COURSE, 1);
    assert_eq!(controller.on(Signal::Poll, true), None);
    assert!(!controller.is_watching());
    let watched = ruled(Rules { watched_from: WatchedFrom::Start, ..Rules::default() });
    let mut controller = driven(&watched, &COURSE, 1);
    assert_eq!(controller.on(Signal::Poll, true), Some(Action::RollBack(Cause::Alarm)));
    // Nothing has moved, so there is nothing to switch back.
    assert_eq!(controller.on(Signal::Proceed, true), Some(Action::FinishRollback));
}

#[test]
fn with_bakes_alone_watched_a_switch_goes_on_and_the_bake_sees_the_alarm() {
    let plan = ruled(Rules { watch: Watch::Bakes, ..Rules::default() });
    for (signals, watched) in [(1, false), (2, false), (3, true), (4, false), (5, true)] {
        let mut controller = driven(&plan, &COURSE, signals);
        assert_eq!(controller.is_watching(), watched, "after {signals}");
        assert_eq!(controller.on(Signal::Poll, true).is_some(), watched, "after {signals}");
    }
}

#[test]
fn an_alarm_at_the_request_does_what_the_rules_say() {
    let begin = |pre_alarm, alarm| {
        let plan = ruled(Rules { pre_alarm, ..Rules::default() });
        let mut controller = Controller::new(&plan);
        let first = controller.on(Signal::Requested, alarm).expect("an action");
        controller.on(Signal::FleetReady, alarm);
        (first, controller.on(Signal::Poll, true))
    };
    let launch = Action::Launch(Side::Green, 4);
    let back = Some(Action::RollBack(Cause::Alarm));
    assert_eq!(begin(PreAlarm::Rollback, true), (launch, back));
    assert_eq!(begin(PreAlarm::Stop, true), (Action::Stop(Cause::Alarm), None));
    assert_eq!(begin(PreAlarm::IgnoreAllAlarms, true), (launch, None));
    for pre_alarm in [PreAlarm::Rollback, PreAlarm::Stop, PreAlarm::IgnoreAllAlarms] {
        assert_eq!(begin(pre_alarm, false), (launch, back), "a later ALARM counts");
    }
}

#[test]
fn a_shadow_smaller_than_green_is_filled_up_before_the_promotion() {
    let mirror = Stage { green_active: 1, ..stage(0.0, 1.0) };
    let plan = plan(&[mirror, stage(1.0, 0.0)]);
    let mut controller = Controller::new(&plan);
    assert_eq!(controller.on(Signal::Requested, false), Some(Action::Launch(Side::Green, 1)));
    for signal in [Signal::FleetReady, Signal::SwitchDone] {
        assert!(controller.on(signal, false).is_some());
    }
    let rest = Action::Launch(Side::Green, FLEETS.green - 1);
    assert_eq!(controller.on(Signal::BakeEnded, false), Some(rest));
    // The copies go on meanwhile, and no live traffic has been moved that would have to go back.
    assert_eq!(controller.on(Signal::Poll, true), Some(Action::Stop(Cause::Alarm)));
}

#[test]
fn a_shadow_test_mirrors_at_once_and_is_stopped_by_an_alarm() {
    let plan = plan(&[stage(0.0, 1.0), stage(1.0, 0.0)]);
    let mirror = plan.stages[0];
    let mut controller = driven(&plan, &COURSE, 1);
    let begun = controller.on(Signal::FleetReady, false);
    assert_eq!(begun, Some(Action::Switch { stage: mirror, at_once: true }));
    assert_eq!(controller.on(Signal::SwitchDone, false), Some(Action::Bake(mirror)));
    assert_eq!(controller.on(Signal::Poll, true), Some(Action::Stop(Cause::Alarm)));
    let mut promoted = driven(&plan, &COURSE, 5);
    let live = promoted.on(Signal::Poll, true);
    assert_eq!(live, Some(Action::RollBack(Cause::Alarm)), "it is live by then");
}

#[test]
fn a_trial_at_a_partial_share_is_switched_back() {
    let plan = plan(&[stage(0.3, 0.0)]);
    let mut controller = driven(&plan, &COURSE, 3);
    assert_eq!(
        actions(&mut controller, &[Signal::BakeEnded, Signal::Proceed, Signal::SwitchDone]),
        [Action::RollBack(Cause::Over), Action::SwitchBack(on_blue(4, 0)), Action::FinishRollback]
    );
}

#[test]
fn a_shadow_test_alone_ends_without_promotion() {
    let plan = plan(&[stage(0.0, 0.5)]);
    let ended = driven(&plan, &COURSE, 3).on(Signal::BakeEnded, false);
    assert_eq!(ended, Some(Action::Stop(Cause::Over)));
}

#[test]
fn a_rolling_rollout_goes_batch_by_batch() {
    let plan = rolling(4);
    let [first, last] = [plan.stages[0], plan.stages[1]];
    assert_eq!(
        actions(&mut Controller::new(&plan), &ROLLING_COURSE),
        [
            Action::Launch(Side::Green, 2),
            Action::Switch { stage: first, at_once: false },
            Action::Bake(first),
            Action::CleanUp(2),
            Action::Launch(Side::Green, 2),
            Action::Switch { stage: last, at_once: false },
            Action::Bake(last),
            Action::Promote,
        ]
    );
}

/// In every phase of the second batch, with all instances launched at once and with one after the other.
#[test]
fn a_rolling_rollback_depends_on_what_is_still_alive() {
    use Action::{FinishRollback, Launch, Remove, SwitchBack};
    let blue = Side::Blue;
    let at_once = [Launch(blue, 2), SwitchBack(on_blue(4, 0)), FinishRollback];
    let ready = [Signal::FleetReady, Signal::SwitchDone];
    for signals in 5..=7 {
        let plan = rolling(4);
        let mut controller = driven(&plan, &ROLLING_COURSE, signals);
        assert_eq!(controller.on(Signal::Poll, true), Some(Action::RollBack(Cause::Alarm)));
        let mut course = vec![Signal::Proceed];
        course.extend(ready);
        assert_eq!(actions(&mut controller, &course), at_once, "after {signals}");
    }
    // One by one. While the second batch is created nothing blue is idle; later its switch is undone first.
    let mut one_by_one = vec![
        Launch(blue, 1),
        SwitchBack(on_blue(3, 1)),
        Remove(on_blue(3, 1), 1),
        Launch(blue, 1),
        SwitchBack(on_blue(4, 0)),
        FinishRollback,
    ];
    let launches = [ready[0], ready[1], Signal::CleanedUp, ready[0], ready[1]];
    let plan = rolling(1);
    let mut controller = driven(&plan, &ROLLING_COURSE, 5);
    controller.on(Signal::Poll, true);
    let course = [&[Signal::Proceed][..], &launches].concat();
    assert_eq!(actions(&mut controller, &course), one_by_one, "creating");
    one_by_one.splice(0..0, [SwitchBack(on_blue(2, 2)), Remove(on_blue(2, 2), 2)]);
    for signals in [6, 7] {
        let mut controller = driven(&plan, &ROLLING_COURSE, signals);
        controller.on(Signal::Poll, true);
        let first = [Signal::Proceed, Signal::SwitchDone, Signal::CleanedUp];
        let course = [&first[..], &launches].concat();
        assert_eq!(actions(&mut controller, &course), one_by_one, "after {signals}");
    }
}

#[test]
fn the_first_batch_is_undone_by_one_switch() {
    let plan = rolling(1);
    for signals in [2, 3] {
        let mut controller = driven(&plan, &ROLLING_COURSE, signals);
        controller.on(Signal::Poll, true);
        let back = actions(&mut controller, &[Signal::Proceed, Signal::SwitchDone]);
        assert_eq!(back, [Action::SwitchBack(on_blue(4, 0)), Action::FinishRollback]);
    }
}

#[test]
fn a_clean_up_that_has_begun_is_finished_before_the_rollback() {
    let plan = rolling(4);
    let mut controller = driven(&plan, &ROLLING_COURSE, 4);
    assert_eq!(controller.on(Signal::Poll, true), Some(Action::RollBack(Cause::Alarm)));
    assert_eq!(controller.on(Signal::Proceed, true), None, "the clean-up is under way");
    assert_eq!(controller.on(Signal::CleanedUp, true), Some(Action::Launch(Side::Blue, 2)));
    // An ALARM that is seen only as the clean-up ends keeps the next batch from being launched.
    let mut late = driven(&plan, &ROLLING_COURSE, 4);
    assert_eq!(late.on(Signal::CleanedUp, true), Some(Action::RollBack(Cause::Alarm)));
    assert_eq!(late.on(Signal::Proceed, true), Some(Action::Launch(Side::Blue, 2)));
}

#[test]
fn failed_launches_end_the_update_or_the_rollback() {
    let plan = rolling(4);
    let mut controller = driven(&plan, &ROLLING_COURSE, 1);
    assert_eq!(controller.on(Signal::LaunchFailed, false), Some(Action::FailUpdate));
    assert_eq!(controller.phase(), Phase::Done);
    let mut controller = driven(&plan, &ROLLING_COURSE, 7);
    controller.on(Signal::Poll, true);
    controller.on(Signal::Proceed, true);
    assert_eq!(controller.on(Signal::LaunchFailed, true), Some(Action::FailRollback));
    assert_eq!(controller.phase(), Phase::Done);
    let mut second = driven(&plan, &ROLLING_COURSE, 5);
    let given_up = second.on(Signal::LaunchFailed, false);
    assert_eq!(given_up, Some(Action::RollBack(Cause::LaunchFailed)));
}

#[test]
fn a_time_out_rolls_back_or_leaves_all_as_it_is() {
    let plan = canary();
    let back = Some(Action::RollBack(Cause::Timeout));
    for signals in 1..=5 {
        assert_eq!(driven(&plan, &COURSE, signals).on(Signal::TimedOut, false), back);
    }
    let stays = ruled(Rules { on_timeout: OnTimeout::Stay, ..Rules::default() });
    let mut controller = driven(&stays, &COURSE, 3);
    assert_eq!(controller.on(Signal::TimedOut, false), Some(Action::Abandon));
    assert_eq!(controller.on(Signal::Poll, true), None);
    // A rollback under way is not timed out.
    let mut controller = driven(&plan, &COURSE, 3);
    controller.on(Signal::Poll, true);
    controller.on(Signal::Proceed, true);
    assert_eq!(controller.on(Signal::TimedOut, true), None);
}
