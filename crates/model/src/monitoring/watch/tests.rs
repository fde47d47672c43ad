use super::*;
use crate::monitoring::spec::{Difference, Distance, QualityMetric};
use crate::monitoring::timetable::jobs;
use crate::time::SimDuration;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn minutes(count: i64) -> SimDuration {
    SimDuration::from_secs(60 * count)
}

fn spec(kind: MonitorKind, [begins_before, ends_before]: [u32; 2]) -> MonitorSpec {
    MonitorSpec {
        name: "hourly".to_owned(),
        kind,
        fleet: FleetDimension::Both,
        schedule: minutes(60),
        begins_before,
        ends_before,
        start_delay: [minutes(0), minutes(20)],
        job_duration: [minutes(6), minutes(14)],
        min_samples: 1,
        stamp: Stamp::WindowEnd,
        sampled: 0,
    }
}

/// Requests over ten hours from −2 h on, with labels after up to five hours or never.
fn requests(count: usize) -> Vec<Served> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let start = SimTime::ZERO - minutes(120);
    let fleets = [FleetDimension::Blue, FleetDimension::Green, FleetDimension::Shadow];
    let mut served: Vec<Served> = (0..count)
        .map(|_| {
            let at = start + minutes(600).share(random.random());
            let delay = minutes(300).share(random.random());
            Served {
                at,
                by: fleets[random.random_range(0..3)],
                group: random.random_range(0..3),
                is_positive: random.random_bool(0.3),
                is_right: random.random_bool(0.8),
                labelled_at: if random.random_bool(0.7) { at + delay } else { SimTime::NEVER },
                feature: 4.0 * random.random::<f64>() - 2.0,
            }
        })
        .collect();
    served.sort_by_key(|served| served.at);
    served
}

fn plan(spec: &MonitorSpec) -> MonitorPlan {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(8);
    let simulated = [SimTime::ZERO - minutes(120), SimTime::ZERO + minutes(480)];
    MonitorPlan {
        jobs: jobs(spec, SimTime::ZERO - minutes(17), simulated, || random.random()),
        baseline: vec![5; BINS],
    }
}

/// Every job of windows of one to three hours, at once or lying back, against a look at every request.
#[test]
fn counts_by_cell_and_job_are_those_of_a_list_of_requests() {
    let requests = requests(4000);
    let bins = Bins::default();
    for window in [[1, 0], [3, 0], [2, 1], [4, 2]] {
        let spec = spec(MonitorKind::ModelQuality(QualityMetric::Accuracy), window);
        let plan = plan(&spec);
        let mut watch = Watch::new(&spec, &plan, &bins);
        for served in &requests {
            watch.count(served);
        }
        let mut seen = 0;
        for (number, job) in plan.jobs.iter().enumerate() {
            let looked_at: Vec<&Served> = requests
                .iter()
                .filter(|served| served.by != FleetDimension::Shadow)
                .filter(|served| job.from <= served.at && served.at < job.until)
                .filter(|served| served.labelled_at <= job.starts_at)
                .collect();
            let right = looked_at.iter().filter(|served| served.is_right).count() as i128;
            let all = looked_at.len() as i128;
            let verdict = watch.report(number);
            assert_eq!(i128::from(verdict.samples), all, "{window:?}, job {number}");
            assert_eq!(verdict.value, (all > 0).then(|| Ratio::new(right, all)));
            seen += all;
        }
        assert!(seen > 150, "{window:?}: hardly anything was looked at");
        assert!(watch.cells.iter().take(plan.jobs.len()).all(Vec::is_empty), "all is let go");
    }
}

/// Labels count that have arrived by the start of a job: at that instant too, and not a nanosecond later.
#[test]
fn a_label_that_comes_as_a_job_starts_is_in_time() {
    let bins = Bins::default();
    let spec = spec(MonitorKind::ModelQuality(QualityMetric::Accuracy), [1, 0]);
    let plan = plan(&spec);
    let job = plan.jobs[3];
    for (late_ns, samples) in [(0, 1), (1, 0)] {
        let mut watch = Watch::new(&spec, &plan, &bins);
        watch.count(&Served {
            at: job.from,
            by: FleetDimension::Green,
            group: 0,
            is_positive: true,
            is_right: true,
            labelled_at: job.starts_at + SimDuration::from_nanos(late_ns),
            feature: 0.0,
        });
        assert_eq!(watch.report(3).samples, samples, "{late_ns} ns after the start");
    }
}

#[test]
fn bias_tells_the_segment_from_the_others_and_asks_for_samples_of_both() {
    let (requests, bins) = (requests(9000), Bins::default());
    let kind = MonitorKind::Bias { group: 1, difference: Difference::Accuracy };
    let mut spec = spec(kind, [1, 0]);
    spec.fleet = FleetDimension::Shadow;
    let plan = plan(&spec);
    let job = plan.jobs[4];
    let looked_at = requests.iter().filter(|served| {
        served.by == FleetDimension::Shadow
            && job.from <= served.at
            && served.at < job.until
            && served.labelled_at <= job.starts_at
    });
    let (segment, others): (Vec<_>, Vec<_>) = looked_at.partition(|served| served.group == 1);
    let share = |of: &[&Served]| {
        let right = of.iter().filter(|served| served.is_right).count();
        Ratio::new(right as i128, of.len() as i128).as_f64()
    };
    for (min_samples, speaks) in [(segment.len(), true), (segment.len() + 1, false)] {
        spec.min_samples = min_samples as u64;
        let mut watch = Watch::new(&spec, &plan, &bins);
        for served in &requests {
            watch.count(served);
        }
        let value = watch.report(4).value.map(Ratio::as_f64);
        let expected = share(&others) - share(&segment);
        let sizes = [segment.len(), others.len()];
        assert!(sizes[0] > 5 && sizes[0] < sizes[1], "the segment is what is short: {sizes:?}");
        assert_eq!(value.is_some(), speaks);
        assert!(value.is_none_or(|value| (value - expected).abs() < 1e-12));
    }
}

#[test]
fn drift_needs_no_labels() {
    let (requests, bins) = (requests(500), Bins::default());
    let kind = MonitorKind::DataQuality { distance: Distance::Simple, baseline_samples: 500 };
    let spec = spec(kind, [1, 0]);
    let plan = plan(&spec);
    let mut watch = Watch::new(&spec, &plan, &bins);
    for served in &requests {
        watch.count(served);
    }
    let job = plan.jobs[3];
    let mut counts = vec![0; BINS];
    let inside = requests.iter().filter(|served| job.from <= served.at && served.at < job.until);
    for served in inside.filter(|served| served.by != FleetDimension::Shadow) {
        counts[bins.of(served.feature)] += 1;
    }
    assert_eq!(watch.report(3).value, distance(&counts, &[5; BINS], Distance::Simple));
}

#[test]
fn a_value_carries_the_end_of_its_window_and_is_seen_once_the_job_is_done() {
    let bins = Bins::default();
    let mut spec = spec(MonitorKind::ModelQuality(QualityMetric::Accuracy), [1, 0]);
    let plan = plan(&spec);
    let job = plan.jobs[2];
    let value = Ratio::new(9, 10);
    for (stamp, at) in [(Stamp::WindowEnd, job.until), (Stamp::JobEnd, job.done_at)] {
        spec.stamp = stamp;
        let sample = Watch::new(&spec, &plan, &bins).sample(2, value);
        assert_eq!(sample, Sample::single(at, value, job.done_at));
    }
}
