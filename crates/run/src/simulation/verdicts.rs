//! Publishes what the monitors find.

use crate::simulation::arm::Arm;
use crate::simulation::event::Event;
use crate::simulation::record::EventKind;
use crate::time::SimTime;

impl Arm<'_> {
    /// Waits for a job of a monitor, if there is one of this number.
    pub(super) fn expect_verdict(&mut self, monitor: usize, job: usize) {
        let jobs = &self.world.monitor_plans[monitor].jobs;
        if let Some(next) = jobs.get(job) {
            self.control.schedule(next.done_at, Event::MonitorReports { monitor, job });
        }
    }

    /// Publishes the verdict of a job that is done.
    pub(super) fn take_verdict(&mut self, now: SimTime, monitor: usize, job: usize) {
        self.expect_verdict(monitor, job + 1);
        let Some(judge) = &mut self.traffic.plane.judge else { return };
        let watch = &mut judge.watches[monitor];
        let verdict = watch.report(job);
        let spec = watch.spec();
        let from_to = watch.jobs()[job];
        if let Some(value) = verdict.value {
            self.traffic.plane.series.sampled[spec.sampled].record(watch.sample(job, value));
        }
        self.note(now, EventKind::MonitorReported, || {
            let found = match verdict.value {
                Some(value) => format!("{} {:.4}", spec.figure(), value.as_f64()),
                None => "nothing, for too few samples".to_owned(),
            };
            format!(
                "{}: {found}; {} samples served from {} s to {} s",
                spec.name,
                verdict.samples,
                from_to.from.as_secs_f64(),
                from_to.until.as_secs_f64()
            )
        });
    }
}
