use super::*;
use crate::time::SimDuration;
use std::path::Path;

/// Replications of each test. Every check is at 4.5 standard errors, α = 7·10⁻⁶ each.
const MANY: u64 = 20_000;

fn scenario(warm_up: &str, blue: &str, green: &str, incident: &str) -> Scenario {
    let text = format!(
        "name = \"t\"\n[experiment]\nruns = 1\nseed = 3\nhorizon = \"1h\"\nwarm_up = \"{warm_up}\"\n\
         [traffic]\narrivals = {{ poisson = {{ rate_per_s = 1.0 }} }}\n\
         [endpoint]\ninstances = 2\ncapacity = \"unlimited\"\n\
         [blue]\nlatency = {{ constant = \"10ms\" }}\nerrors_5xx = 0.01\n{blue}\n[green]\n{green}\n\
         {incident}[[strategies]]\nname = \"s\"\nall_at_once = {{ final_bake = \"10m\" }}\n"
    );
    let parsed = Scenario::parse(&text, "t.toml", Path::new("."));
    parsed.unwrap_or_else(|errors| panic!("{}", errors.render(false))).scenario
}

fn long(spread: &str) -> String {
    format!(
        "[[incidents]]\nname = \"long\"\nrate_per_day = 6.0\nlasts = \"1h\"\nspread = \"{spread}\"\n\
         effect = {{ errors_5xx = 0.2 }}\n"
    )
}

fn troubles(scenario: &Scenario) -> impl Iterator<Item = Trouble<'_>> {
    (0..MANY).map(|number| Trouble::new(scenario, SimTime::ZERO, &Streams::new(3, number)))
}

fn minutes(minutes: i64) -> SimDuration {
    SimDuration::from_secs(60 * minutes)
}

fn hours(duration: SimDuration) -> f64 {
    duration.as_hours_f64()
}

/// The mean of values against the truth.
fn mean(values: &[f64], truth: f64, what: &str) {
    let n = crate::stats::real_len(values.len());
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    let allowed = 4.5 * (variance / n).sqrt();
    assert!((mean - truth).abs() < allowed, "{what}: {mean} instead of {truth} ± {allowed}");
}

/// Correlation of uniforms against the truth; the products' own spread says how near it has to be.
fn correlation(pairs: &[[f64; 2]], truth: f64, what: &str) {
    let products = pairs.iter().map(|[one, other]| 12.0 * (one - 0.5) * (other - 0.5));
    mean(&products.collect::<Vec<_>>(), truth, what);
}

/// λ·E L = 1/4 at any time, however long the warm-up: under way are 0, 1, 2, … by Poisson's law, 1 − e^(−1/4)
/// = 22.1 % with one or more, each for a while that is exponential again, or uniform of a fixed hour. An
/// error of the share of 1.4 % is caught; starting empty, 15 minutes would give 5.4 %.
#[test]
fn incidents_are_in_equilibrium_after_any_warm_up() {
    for (warm_up, spread, left) in [
        ("1m", "exponential", 1.0),
        ("15m", "exponential", 1.0),
        ("6h", "exponential", 1.0),
        ("1m", "fixed", 0.5),
        ("6h", "fixed", 0.5),
    ] {
        let scenario = scenario(warm_up, "", "", &long(spread));
        let what = format!("{warm_up} {spread}");
        for at in [SimTime::ZERO, SimTime::ZERO + minutes(50)] {
            let (mut some, mut pairs, mut lefts) = (Vec::new(), Vec::new(), Vec::new());
            for trouble in troubles(&scenario) {
                let open = trouble.incidents.iter().filter(|one| one.from <= at && at < one.until);
                let open: Vec<f64> = open.map(|one| hours(one.until.since(at))).collect();
                let count = crate::stats::real_len(open.len());
                some.push(if open.is_empty() { 0.0 } else { 1.0 });
                pairs.push(count * (count - 1.0));
                lefts.extend(open);
            }
            mean(&some, 1.0 - (-0.25_f64).exp(), &what);
            mean(&pairs, 0.25 * 0.25, &format!("pairs, {what}"));
            mean(&lefts, left, &format!("time left, {what}"));
        }
    }
}

/// 6 a day begin in any stretch, and none of those that are under way at first counts as one.
#[test]
fn as_many_begin_as_before() {
    let scenario = scenario("15m", "", "", &long("fixed"));
    let begun = troubles(&scenario).map(|trouble| {
        let later = trouble.incidents.iter().filter(|one| one.from > scenario.start());
        crate::stats::real_len(later.count())
    });
    mean(&begun.collect::<Vec<_>>(), 6.0 * 1.25 / 24.0, "begun");
}

/// What is drawn anew has the law of the first draw, given the past, which stays.
#[test]
fn incidents_to_come_are_drawn_anew() {
    let incident = long("exponential").replace("lasts", "at = [\"20m\", \"40m\"]\nlasts");
    let scenario = scenario("15m", "", "", &incident);
    let now = SimTime::ZERO + minutes(30);
    let (mut begun, mut lasting, mut moved) = (Vec::new(), Vec::new(), 0);
    for (trouble, number) in troubles(&scenario).zip(0..) {
        let renewed = trouble.renewed(&scenario, now, &Streams::new(4, number));
        let until = |one: &IncidentSpan<'_>| (one.from, one.until.min(now));
        let past = |all: &Trouble<'_>| {
            all.incidents.iter().filter(|one| one.from <= now).map(until).collect::<Vec<_>>()
        };
        assert_eq!(past(&trouble), past(&renewed));
        let to_come: Vec<_> = renewed.incidents.iter().filter(|one| one.from > now).collect();
        begun.push(crate::stats::real_len(to_come.len()));
        lasting.extend(to_come.iter().map(|one| hours(one.until.since(one.from))));
        moved += usize::from(renewed.incidents != trouble.incidents);
        let under_way = renewed.incidents.iter().filter(|one| one.from <= now && now < one.until);
        lasting.extend(under_way.map(|one| hours(one.until.since(now))));
    }
    mean(&begun, 1.0 + 6.0 * 0.5 / 24.0, "to come");
    mean(&lasting, 1.0, "lasting");
    assert_eq!(moved, begun.len(), "the given one lasts another time");
}

fn clumped(more: &str) -> String {
    format!("overdispersion = {{ correlation = 0.01{more} }}")
}

/// The uniforms of a fleet and kind in the middle of each of the first minutes.
fn uniforms(trouble: &Trouble<'_>, fleet: usize, kind: usize) -> [f64; 4] {
    [0, 1, 2, 3].map(|minute| {
        let at = SimTime::ZERO + minutes(minute) + SimDuration::from_secs(30);
        trouble.clumps.at(fleet, at)[kind]
    })
}

/// Correlation φᵏ at a distance of k cells in closed form, and of two fleets by the common share times
/// that; 4xx and 5xx are independent. An error of 0.03 to 0.05 is caught.
#[test]
fn clumps_last_and_are_common_as_asked() {
    for (more, persistence, common) in [
        ("", 0.0_f64, 1.0),
        (", correlation_time = \"3m\"", 2.0 / 3.0, 1.0),
        (", correlation_time = \"10m\", common = 0.5", 0.9, 0.5),
        (", common = 0", 0.0, 0.0),
    ] {
        let scenario = scenario("10m", &clumped(more), "", "");
        let all: Vec<[[f64; 4]; 3]> = troubles(&scenario)
            .map(|one| [uniforms(&one, BLUE, 1), uniforms(&one, GREEN, 1), uniforms(&one, BLUE, 0)])
            .collect();
        let pairs = |pick: fn(&[[f64; 4]; 3]) -> [f64; 2]| all.iter().map(pick).collect::<Vec<_>>();
        let squared = persistence * persistence;
        correlation(&pairs(|one| [one[0][0], one[0][0]]), 1.0, "a cell with itself");
        correlation(&pairs(|one| [one[0][0], one[0][1]]), persistence, "neighbours");
        correlation(&pairs(|one| [one[1][0], one[1][2]]), squared, "at a distance of two");
        correlation(&pairs(|one| [one[0][1], one[1][1]]), common, "fleets");
        correlation(&pairs(|one| [one[0][1], one[1][2]]), common * persistence, "fleets, later");
        correlation(&pairs(|one| [one[0][1], one[2][1]]), 0.0, "4xx and 5xx");
    }
}

#[test]
fn fleets_with_other_times_have_no_clumps_in_common() {
    let scenario = scenario("10m", &clumped(""), &clumped(", interval = \"2m\""), "");
    let all: Vec<Trouble<'_>> = troubles(&scenario).collect();
    let pairs = all.iter().map(|one| [uniforms(one, BLUE, 1)[0], uniforms(one, GREEN, 1)[0]]);
    correlation(&pairs.collect::<Vec<_>>(), 0.0, "fleets");
    let [first, second, third, _] = uniforms(&all[0], GREEN, 1);
    assert!(first.to_bits() == second.to_bits() && second.to_bits() != third.to_bits());
}

/// Of two shares the smaller counts.
#[test]
fn a_common_share_is_that_of_both() {
    let scenario = scenario("10m", &clumped(", common = 0.8"), &clumped(", common = 0.3"), "");
    let pairs = troubles(&scenario)
        .map(|one| [uniforms(&one, BLUE, 1)[2], uniforms(&one, GREEN, 1)[2]])
        .collect::<Vec<_>>();
    correlation(&pairs, 0.3, "fleets");
}

/// Cells end where minutes do, whatever the start of the warm-up.
#[test]
fn cells_keep_to_the_clock() {
    let scenario = scenario("10m", &clumped(", interval = \"3m\""), "", "");
    let minute = SimTime::ZERO - minutes(60 * 9) - SimDuration::from_secs(17);
    let clumps = Trouble::new(&scenario, minute, &Streams::new(3, 0)).clumps;
    let ends = |seconds: i64| {
        let next = clumps.next_after(BLUE, SimTime::from_nanos(seconds * 1_000_000_000));
        next.map(|next| next.as_nanos() / 1_000_000_000)
    };
    assert_eq!([-20, -17, 0, 162, 163, 200].map(ends), [-17, 163, 163, 163, 343, 343].map(Some));
    let untroubled = self::scenario("10m", "", "", "");
    let none = Trouble::new(&untroubled, minute, &Streams::new(3, 0));
    assert_eq!(none.clumps.next_after(GREEN, SimTime::ZERO), None);
    assert!(!none.can_come(&untroubled));
}

/// The cell under way stays, and the next ones go on from it as the first draw does.
#[test]
fn clumps_to_come_are_drawn_anew() {
    let scenario = scenario("10m", &clumped(", correlation_time = \"2m\", common = 0.5"), "", "");
    let now = SimTime::ZERO + SimDuration::from_secs(70);
    let mut pairs: [Vec<[f64; 2]>; 3] = Default::default();
    for (trouble, number) in troubles(&scenario).zip(0..) {
        let renewed = trouble.renewed(&scenario, now, &Streams::new(4, number));
        let [old, new] = [&trouble, &renewed].map(|one| uniforms(one, GREEN, 1));
        assert_eq!((old[0].to_bits(), old[1].to_bits()), (new[0].to_bits(), new[1].to_bits()));
        pairs[0].push([new[1], new[2]]);
        pairs[1].push([old[2], new[2]]);
        pairs[2].push([uniforms(&renewed, BLUE, 1)[3], new[3]]);
    }
    correlation(&pairs[0], 0.5, "goes on");
    correlation(&pairs[1], 0.25, "of either draw, which both go on from the same cell");
    // The cell under way is common to both in half of the cases, and so is what follows it.
    correlation(&pairs[2], 0.5, "fleets");
}
