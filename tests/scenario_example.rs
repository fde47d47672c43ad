//! The example scenario, through the whole path.

use rollout_sim::scenario::Scenario;
use std::path::Path;

#[test]
fn x() {
    let l = Scenario::load(Path::new("scenarios/fraud-canary.toml"));
    match l {
        Ok(l) => {
            println!("{}", l.resolved);
            let again = Scenario::parse(&l.resolved, "r", Path::new(""))
                .map_err(|e| println!("{e}"))
                .unwrap();
            assert_eq!(again, l);
        }
        Err(e) => panic!("{e}"),
    }
    for t in [
        "name = \"x\"\nfoo = 3\n[experiment]\nhorizon = 90\nrunz = 1000\n[traffic]\narrivals = { poison = { rate_per_s = 1 } }\n[endpoint]\ninstances = -3\nconcurrency=0\n[[alarms]]\nname = \"a\"\nmetric = \"Invocation5xxErrors\"\nstatistic=\"p999\"\nfleet=\"green\"\ncomparison=\"GreaterThanThreshold\"\nperiod=\"90s\"\n[[alarms]]\nmetric=\"ModelLatency\"\nthreshold=\"1%\"\n[[strategies]]\nname=\"s\"\ncanary={size=\"60%\",bake=\"1m\"}\nalarms=[\"b\"]\n[[regressions]]\nname=\"healthy\"\nerrors={errors_5xx=\"130%\"}\n[blue]\nlatency={lognormal={median=\"3s\",p99=\"1s\"}}\n",
        "a = \nb = 'x\n[c",
        "",
    ] {
        println!("{}", Scenario::parse(t, "bad.toml", Path::new("")).unwrap_err());
    }
    println!("{}", rollout_sim::scenario::json_schema().len());
}
