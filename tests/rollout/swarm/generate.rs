//! Random scenario files: every form and nearly every key, all of them valid.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;

/// Draws, and the text so far.
pub(crate) struct Generator {
    random: ChaCha8Rng,
    text: String,
    instances: u64,
    queues: bool,
    /// Whether the fleets are alike, as a rolling rollout needs them.
    rolls: bool,
}

/// The scenario of a seed.
pub(crate) fn scenario(seed: u64) -> String {
    let random = ChaCha8Rng::seed_from_u64(seed);
    let mut generator =
        Generator { random, text: String::new(), instances: 1, queues: true, rolls: true };
    generator.experiment(seed);
    generator.traffic();
    generator.endpoint();
    generator.models();
    generator.regressions();
    generator.incidents();
    generator.alarms();
    generator.strategies();
    generator.clients();
    generator.tune();
    generator.text
}

impl Generator {
    fn chance(&mut self, p: f64) -> bool {
        self.random.random_bool(p)
    }

    fn whole(&mut self, from: u64, to: u64) -> u64 {
        self.random.random_range(from..=to)
    }

    /// A number of three digits after the point, so that the text is short.
    fn number(&mut self, from: f64, to: f64) -> f64 {
        (self.random.random_range(from..=to) * 1000.0).round() / 1000.0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.random_range(0..of.len())]
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// `key = value`, now and then.
    fn maybe(&mut self, p: f64, line: &str) {
        if self.chance(p) {
            self.line(line);
        }
    }

    fn experiment(&mut self, seed: u64) {
        let warm_up = self.pick(&["0s", "3m", "10m", "617s"]);
        let phase = self.pick(&["random", "aligned"]);
        let events = self.pick(&["median", "all"]);
        let from = self.pick(&["0s", "10m"]);
        self.line(&format!(
            "name = \"swarm {seed}\"\nlimits = \"off\"\n[experiment]\nruns = 2\nseed = {seed}\n\
             horizon = \"45m\"\nwarm_up = \"{warm_up}\"\nphase = \"{phase}\"\nevents = \"{events}\"\n\
             measure_from = \"{from}\""
        ));
        let interval = self.pick(&["10s", "20s", "30s", "1m"]);
        let (delay, count_at) = (self.whole(0, 90), self.pick(&["completion", "arrival"]));
        self.line(&format!(
            "[metrics]\ninterval = \"{interval}\"\ndelay = \"{delay}s\"\ncount_at = \"{count_at}\""
        ));
        self.maybe(0.7, "slow_over = \"150ms\"");
        let poll = self.pick(&["0s", "10s", "25s", "1m"]);
        self.line(&format!("[controller]\npoll_interval = \"{poll}\""));
        let pre_alarm = self.pick(&["rollback", "stop", "ignore_all_alarms"]);
        self.maybe(0.4, &format!("pre_alarm = \"{pre_alarm}\""));
        let watch = self.pick(&["watch = \"bakes\"", "alarms_watched_from = \"start\""]);
        self.maybe(0.3, watch);
        self.maybe(0.3, "on_timeout = \"stay\"");
        self.maybe(0.4, "rollback_fails = 0.5");
    }

    fn traffic(&mut self) {
        let (low, high) = (self.number(0.01, 3.0), self.number(0.5, 15.0));
        let cv = self.number(0.1, 5.0);
        let swing = self.number(0.0, 1.0);
        let arrivals = match self.whole(0, 6) {
            0 => format!("{{ poisson = {{ rate_per_s = {high} }} }}"),
            1 => format!(
                "{{ diurnal = {{ mean_per_s = {high}, swing = {swing}, period = \"17m\" }} }}"
            ),
            2 => format!(
                "{{ profile = [{{ from = \"0s\", rate_per_s = {low} }}, \
                 {{ from = \"7m\", rate_per_s = 0.0 }}, {{ from = \"12m\", rate_per_s = {high} }}] }}"
            ),
            3 => {
                format!("{{ ramp = {{ from_per_s = {low}, to_per_s = {high}, lasts = \"20m\" }} }}")
            }
            4 => format!("{{ gamma = {{ rate_per_s = {high}, cv = {cv} }} }}"),
            5 => format!(
                "{{ mmpp = {{ rates_per_s = [{low}, {high}], mean_sojourns = [\"90s\", \"4m\"] }} }}"
            ),
            _ => "{ trace = { path = \"scenarios/data/morning-requests-1min.csv\", \
                  time_column = \"minute_start\", time_unit = \"rfc3339\", scale = 0.1, \
                  rows = { counts = { column = \"requests\", interval = \"1m\" } }, \
                  offset = \"random\", repeat = true } }"
                .to_owned(),
        };
        self.line(&format!("[traffic]\narrivals = {arrivals}"));
        if self.chance(0.6) {
            let users = self.pick(&[1, 2, 3, 300, 1_000_000]);
            self.line(&format!("users = {users}"));
            self.maybe(0.5, "sticky_users = true");
        }
    }

    /// Last, so that the rest of a seed's scenario does not depend on it.
    fn clients(&mut self) {
        if self.chance(0.6) {
            return;
        }
        let attempts = self.whole(1, 5);
        let jitter = self.pick(&["none", "full", "equal"]);
        let initial = self.pick(&["0s", "50ms", "20s"]);
        let max = self.pick(&["20s", "10m"]);
        self.line(&format!(
            "[clients]\nattempts = {attempts}\njitter = \"{jitter}\"\n\
             backoff = {{ initial = \"{initial}\", factor = 1.7, max = \"{max}\" }}"
        ));
        self.maybe(0.3, "timeout = \"90ms\"");
        self.maybe(0.3, "budget = { ratio = 0.02, burst = 3 }");
        self.maybe(0.3, "retry_on = [\"timeout\"]");
    }

    fn endpoint(&mut self) {
        self.instances = self.whole(2, 9);
        self.queues = self.chance(0.75);
        let concurrency = self.whole(1, 3);
        self.line(&format!(
            "[endpoint]\ninstances = {}\nconcurrency = {concurrency}\nprice_per_hour = 0.25",
            self.instances
        ));
        if self.queues {
            let queue = self.pick(&["instance", "shared"]);
            self.line(&format!("queue = \"{queue}\""));
            let limit = self.pick(&[0, 1, 20]);
            self.maybe(0.5, &format!("queue_limit = {limit}"));
        } else {
            self.line("capacity = \"unlimited\"");
        }
        let routing = self.pick(&["random", "least-outstanding"]);
        let timeout = self.pick(&["150ms", "2s", "1m", "none"]);
        let (provision, switch) = (self.pick(&[0, 61, 180]), self.pick(&[0, 20, 60]));
        let shift = self.pick(&["instances", "percent"]);
        self.line(&format!(
            "routing = \"{routing}\"\ntimeout = \"{timeout}\"\nprovision = \"{provision}s\"\n\
             switch = \"{switch}s\"\nshift_by = \"{shift}\""
        ));
        self.maybe(0.3, "rollback_switch = \"5s\"");
        self.maybe(0.3, "termination_wait = \"10m\"");
        self.maybe(0.3, "clean_up = \"0s\"");
        let spare = self.whole(0, self.instances + 1);
        let quota = self.instances + spare;
        self.maybe(0.25, &format!("instance_quota = {quota}"));
        if shift == "percent" && self.chance(0.4) {
            self.rolls = false;
            let (instances, concurrency) = (self.whole(1, 12), self.whole(1, 4));
            self.line(&format!(
                "[endpoint.green]\ninstances = {instances}\nconcurrency = {concurrency}\n\
                 price_per_hour = 0.4"
            ));
        }
    }

    fn latency(&mut self) -> String {
        let (mean, cv) = (self.whole(5, 120), self.number(0.2, 1.5));
        let simple = match self.whole(0, 6) {
            0 => format!("{{ constant = \"{mean}ms\" }}"),
            1 => format!("{{ exponential = {{ mean = \"{mean}ms\" }} }}"),
            2 => format!("{{ lognormal = {{ mean = \"{mean}ms\", cv = {cv} }} }}"),
            3 => format!("{{ gamma = {{ mean = \"{mean}ms\", cv = {cv} }} }}"),
            4 => format!("{{ weibull = {{ mean = \"{mean}ms\", cv = {cv} }} }}"),
            5 => format!("{{ pareto = {{ minimum = \"{mean}ms\", shape = {} }} }}", 1.0 + cv),
            _ => format!(
                "{{ empirical = [{{ p = 0, latency = \"1ms\" }}, {{ p = 0.9, latency = \"{mean}ms\" \
                 }}, {{ p = 1, latency = \"900ms\" }}] }}"
            ),
        };
        match self.whole(0, 5) {
            0 => format!("{{ shifted = {{ by = \"3ms\", distribution = {simple} }} }}"),
            1 => format!(
                "{{ mixture = [{{ weight = 0.9, distribution = {simple} }}, {{ weight = 0.1, \
                 distribution = {{ constant = \"0.3s\" }} }}] }}"
            ),
            _ => simple,
        }
    }

    fn models(&mut self) {
        for table in ["blue", "green"] {
            self.line(&format!("[{table}]"));
            if table == "blue" || self.chance(0.3) {
                let latency = self.latency();
                self.line(&format!("latency = {latency}"));
            }
            if self.chance(0.3) {
                let latency = self.latency();
                self.line(&format!("failed_latency = {latency}"));
            }
            let (client, server) = (self.number(0.0, 0.05), self.number(0.0, 0.03));
            self.maybe(0.6, &format!("errors_4xx = {client}"));
            self.maybe(0.6, &format!("errors_5xx = {server}"));
            let correlation = self.pick(&[0.001, 0.05, 0.5]);
            let more = self.pick(&["", ", correlation_time = \"3m\"", ", common = 0.4"]);
            let clumps = format!(
                "overdispersion = {{ correlation = {correlation}, interval = \"45s\"{more} }}"
            );
            self.maybe(0.3, &clumps);
            if table == "green" {
                self.maybe(0.4, "cold_start = { factor = 5.0, lasts = \"80s\" }");
            }
        }
    }

    fn regressions(&mut self) {
        for index in 0..self.whole(1, 2) {
            let mut kinds = vec![
                "errors = { errors_5xx = 0.1 }",
                "errors = { errors_4xx = 0.3, errors_5xx = 0.0 }",
                "latency = { factor = 3.0, shift = \"20ms\" }",
                "latency = { factor = 0.5 }",
                "tail = { share = 0.05, factor = 30.0 }",
                "crash = true",
                "memory_leak = { latency_per_hour = 6.0, errors_5xx_per_hour = 0.4, \
                 restart = { after = \"7m\", takes = \"30s\" } }",
                "memory_leak = { errors_5xx_per_hour = 1.5 }",
            ];
            if self.queues {
                kinds.push("capacity = { slowdown = { factor = 6.0, from = 0.1 } }");
            }
            let kind = self.pick(&kinds);
            self.line(&format!("[[regressions]]\nname = \"r{index}\"\n{kind}"));
            let onset = self.pick(&[
                "onset = { at = \"9m\" }",
                "onset = { after_first_traffic = \"90s\" }",
                "onset = { at_share = \"40%\" }",
            ]);
            self.maybe(0.5, onset);
            self.maybe(0.3, "ramp = \"4m\"");
            self.maybe(0.3, "duration = \"11m\"");
            self.maybe(0.3, "intermittency = { on = \"50s\", off = \"130s\" }");
            self.maybe(0.15, "healthy = true");
        }
    }

    fn incidents(&mut self) {
        for index in 0..self.whole(0, 2) {
            let effect = self.pick(&[
                "{ errors_5xx = 0.3 }",
                "{ errors_4xx = 0.2, latency = { factor = 4.0 } }",
                "{ traffic_factor = 3.0 }",
                "{ traffic_factor = 0.1, latency = { shift = \"40ms\" } }",
            ]);
            let spread = self.pick(&["fixed", "exponential"]);
            self.line(&format!(
                "[[incidents]]\nname = \"i{index}\"\nrate_per_day = 60.0\nat = [\"8m\", \"9m\"]\n\
                 lasts = \"3m\"\nspread = \"{spread}\"\neffect = {effect}"
            ));
        }
    }

    fn alarms(&mut self) {
        // Most alarms below go off by themselves, or never; one with sense catches faults.
        self.maybe(
            0.8,
            "[[alarms]]\nname = \"sense\"\nmetric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\n\
             threshold = \"8%\"\nfleet = \"green\"\ncomparison = \"GreaterThanThreshold\"\nperiod = \"1m\"\n\
             evaluation_periods = 1\ntreat_missing_data = \"notBreaching\"",
        );
        for index in 0..self.whole(0, 3) {
            let (metric, statistic, threshold) = self.pick(&[
                ("Invocation5XXErrors", "Average", "\"2%\""),
                ("Invocation5XXErrors", "Sum", "3"),
                ("Invocation4XXErrors", "Average", "0.1"),
                ("InvocationModelErrors", "Maximum", "1"),
                ("ModelLatency", "Average", "\"120ms\""),
                ("ModelLatency", "p99", "800000"),
                ("ModelLatency", "p50.5", "\"90ms\""),
                ("ModelLatency", "Minimum", "\"60ms\""),
                ("Invocations", "Sum", "2"),
                ("Invocations", "SampleCount", "40"),
            ]);
            let fleet = self.pick(&["green", "green", "blue", "both", "shadow"]);
            let comparison = self.pick(&[
                "GreaterThanOrEqualToThreshold",
                "GreaterThanThreshold",
                "LessThanThreshold",
                "LessThanOrEqualToThreshold",
            ]);
            let period = self.pick(&["1m", "2m", "5m"]);
            let n = self.whole(1, 5);
            let m = self.whole(1, n);
            let missing = self.pick(&["missing", "ignore", "breaching", "notBreaching"]);
            let mut text = format!(
                "[[alarms]]\nname = \"a{index}\"\nmetric = \"{metric}\"\nstatistic = \
                 \"{statistic}\"\nthreshold = {threshold}\nfleet = \"{fleet}\"\ncomparison = \
                 \"{comparison}\"\nperiod = \"{period}\"\nevaluation_periods = {n}\n\
                 datapoints_to_alarm = {m}\ntreat_missing_data = \"{missing}\"\n"
            );
            let settings = [
                ("missing_data_rule", ["cloudwatch", "window"].as_slice()),
                ("evaluation", &["sliding", "aligned"]),
                ("percentile_method", &["nearest-rank", "linear"]),
                ("history", &["simulated", "non_breaching", "none"]),
                ("unresolved", &["insufficient_data", "retain", "ok"]),
            ];
            for (key, values) in settings {
                let value = self.pick(values);
                let _ = writeln!(text, "{key} = \"{value}\"");
            }
            let extra = self.pick(&[0, 2, 7]);
            self.line(&format!("{text}evaluation_range_extra = {extra}"));
        }
    }

    /// A shadow is always among them, because an alarm on mirrored requests needs one.
    fn strategies(&mut self) {
        let then = self.pick(&["then = \"stop\"", "then = \"all_at_once\", final_bake = \"4m\""]);
        let sample = self.pick(&["100%", "30%"]);
        self.line(&format!(
            "[[strategies]]\nname = \"shadow\"\n\
             shadow = {{ sample = \"{sample}\", lasts = \"9m\", {then} }}"
        ));
        let mut others = vec![
            "all_at_once = {}",
            "all_at_once = { final_bake = \"7m\" }",
            "linear = { step = \"50%\", bake = \"3m\", final_bake = \"5m\" }",
            "steps = [{ share = \"100%\", bake = \"6m\" }]",
        ];
        if self.text.contains("shift_by = \"percent\"") {
            others.push("canary = { size = \"7%\", bake = \"5m\", final_bake = \"3m\" }");
            others.push("linear = { step = \"10%\", bake = \"90s\", final_bake = \"2m\" }");
            others.push("steps = [{ share = \"5%\", bake = \"3m\" }, { share = \"60%\" }]");
        } else {
            others.push("canary = { size = \"1 instance\", bake = \"5m\", final_bake = \"3m\" }");
            others.push("steps = [{ share = \"1 instance\", bake = \"8m\" }]");
        }
        if self.instances % 2 == 1 && !self.text.contains("shift_by = \"percent\"") {
            others.retain(|other| !other.contains("50%"));
        }
        let rollback_batch = self.pick(&["1 instance", "50%", "100%"]);
        let batch = if self.instances <= 5 { "1 instance" } else { "34%" };
        let rolling = format!(
            "rolling = {{ batch = \"{batch}\", bake = \"2m\", rollback_batch = \"{rollback_batch}\" }}"
        );
        if self.rolls {
            others.extend([rolling.as_str(); 3]);
        }
        for index in 0..self.whole(1, 2) {
            let plan = self.pick(&others);
            self.line(&format!("[[strategies]]\nname = \"s{index}\"\n{plan}"));
            self.maybe(0.15, "alarms = []");
            let timeout = self.pick(&["3m", "7m", "13m"]);
            self.maybe(0.3, &format!("timeout = \"{timeout}\""));
            self.maybe(0.2, "pre_alarm = \"rollback\"");
        }
    }

    /// What may vary in the first alarm and in the shadow, if that reads it. Drawn last: nothing else
    /// depends on it.
    fn tune(&mut self) {
        if !self.text.contains("name = \"a0\"") || self.chance(0.3) {
            return;
        }
        let minimise = self.pick(&["time_to_detect", "failed_requests", "harm", "users_touched"]);
        // Users can be touched only where there are any.
        let has_users = self.text.contains("\nusers = ");
        let minimise = if minimise == "users_touched" && !has_users { "harm" } else { minimise };
        self.line(&format!("[tune]\nminimise = \"{minimise}\"\nloss = {{ missed_usd = 10.0 }}"));
        self.line("[[tune.alarms]]\nalarm = \"a0\"\nfleet = [\"green\", \"both\"]");
        self.maybe(0.5, "m_of_n = [\"1 of 1\", \"2 of 3\"]");
        self.maybe(0.5, "period = [\"1m\", \"5m\"]");
        self.maybe(0.3, "treat_missing_data = [\"missing\", \"breaching\"]");
        self.maybe(0.3, "threshold = [0.5, 1, 2]");
        let vary = self.pick(&["shadow.lasts = [\"5m\", \"7m\"]", "shadow.sample = [0.5]"]);
        self.line(&format!("[[tune.strategies]]\nstrategy = \"shadow\"\nvary = {{ {vary} }}"));
    }
}
