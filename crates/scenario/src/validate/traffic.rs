//! How requests arrive, and from whom.

use super::report::Report;
use super::trace;
use crate::random::arrival::ArrivalSpec;
use crate::raw::traffic::{
    RawArrivals, RawDiurnal, RawGammaArrivals, RawMmpp, RawPiece, RawRamp, RawTraffic,
};
use crate::spec::{ExperimentSpec, UsersSpec};
use std::path::Path;

/// The most requests that one run may be expected to have.
const MOST_REQUESTS: f64 = 1e12;

pub(super) fn users(raw: &RawTraffic, report: &mut Report) -> Option<UsersSpec> {
    let Some(count) = raw.users else {
        if raw.sticky_users && report.sound("traffic.users") {
            report.problem(
                "traffic.sticky_users",
                "`sticky_users` needs to know how many users there are",
                "give `users`",
            );
        }
        return None;
    };
    Some(UsersSpec { count, sticky: raw.sticky_users })
}

pub(super) fn arrivals(
    raw: &mut RawArrivals,
    experiment: &ExperimentSpec,
    base: &Path,
    report: &mut Report,
) -> ArrivalSpec {
    let (spec, busiest_per_s) = match raw {
        RawArrivals::Poisson(raw) => {
            (ArrivalSpec::Poisson { rate_per_s: raw.rate_per_s }, raw.rate_per_s)
        }
        RawArrivals::Diurnal(raw) => diurnal(raw),
        RawArrivals::Profile(pieces) => profile(pieces, report),
        RawArrivals::Ramp(raw) => ramp(raw, report),
        RawArrivals::Gamma(raw) => gamma(raw),
        RawArrivals::Mmpp(raw) => mmpp(raw, report),
        RawArrivals::Trace(raw) => {
            let (spec, busiest_per_s) = trace::trace(raw, experiment, base, report);
            (ArrivalSpec::Trace(spec), busiest_per_s)
        }
    };
    let span = experiment.warm_up + experiment.horizon;
    if busiest_per_s * span.as_secs_f64() > MOST_REQUESTS && report.sound("experiment.horizon") {
        report.problem(
            "traffic.arrivals",
            format!("{busiest_per_s} requests a second over {span} are more than 10^12"),
            "lower the rate or simulate less time",
        );
    }
    spec
}

type Rated = (ArrivalSpec, f64);

fn diurnal(raw: &RawDiurnal) -> Rated {
    let spec = ArrivalSpec::Diurnal {
        mean_per_s: raw.mean_per_s,
        swing: raw.swing.0,
        period: raw.period,
        peak_at: raw.peak_at,
    };
    (spec, raw.mean_per_s)
}

fn profile(pieces: &[RawPiece], report: &mut Report) -> Rated {
    for (index, piece) in pieces.iter().enumerate() {
        let place = path(&format!("profile[{index}]"));
        if index == 0 && !piece.from.is_zero() {
            let message = format!("the first piece begins at {}, not at the start", piece.from);
            report.problem(format!("{place}.from"), message, "begin with `from = \"0s\"`");
        }
    }
    for (index, pair) in pieces.windows(2).enumerate() {
        if pair[1].from <= pair[0].from {
            report.problem(
                path(&format!("profile[{}].from", index + 1)),
                format!("{} does not come after {}", pair[1].from, pair[0].from),
                "write the pieces in order of time, one at a time",
            );
        }
    }
    let busiest = pieces.iter().map(|piece| piece.rate_per_s).fold(0.0, f64::max);
    if busiest <= 0.0 {
        nothing_arrives("profile", report);
    }
    let pieces = pieces.iter().map(|piece| (piece.from, piece.rate_per_s)).collect();
    (ArrivalSpec::Profile { pieces }, busiest)
}

fn ramp(raw: &RawRamp, report: &mut Report) -> Rated {
    let busiest = raw.from_per_s.max(raw.to_per_s);
    if busiest <= 0.0 {
        nothing_arrives("ramp", report);
    }
    let spec = ArrivalSpec::Ramp {
        from_per_s: raw.from_per_s,
        to_per_s: raw.to_per_s,
        starts: raw.starts,
        lasts: raw.lasts,
    };
    (spec, busiest)
}

fn gamma(raw: &RawGammaArrivals) -> Rated {
    (ArrivalSpec::Gamma { rate_per_s: raw.rate_per_s, cv: raw.cv }, raw.rate_per_s)
}

fn mmpp(raw: &RawMmpp, report: &mut Report) -> Rated {
    let busiest = raw.rates_per_s[0].max(raw.rates_per_s[1]);
    if busiest <= 0.0 {
        nothing_arrives("mmpp", report);
    }
    let spec = ArrivalSpec::Mmpp { rates_per_s: raw.rates_per_s, mean_sojourns: raw.mean_sojourns };
    (spec, busiest)
}

fn nothing_arrives(form: &str, report: &mut Report) {
    let message = format!("no request ever arrives in this {form}");
    report.problem(path(form), message, "give a rate above 0");
}

fn path(below: &str) -> String {
    format!("traffic.arrivals.{below}")
}
