//! Plays alarms on a tape.

use crate::alarm::composite::Board;
use crate::alarm::monitor::Monitor;
use crate::alarm::spec::{AlarmSpec, AlarmState};
use crate::scenario::Scenario;
use crate::simulation::tape::Tape;
use crate::time::SimTime;

/// What the controller does about the alarms of a strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// The alarm that it acts on, if it does.
    pub acted: Option<Acted>,
    /// Whether one was in ALARM at the request of the update, so that none counts.
    pub lets_none_count: bool,
}

/// An alarm that the controller acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acted {
    /// Index among the tape's looks.
    pub look: usize,
    /// The alarm's number.
    pub alarm: usize,
    /// Since when it is in ALARM.
    pub since: SimTime,
}

/// The alarms of a scenario while they are played.
struct Players<'s> {
    metric_alarms: Vec<Player<'s>>,
    board: Board<'s>,
    /// Since when each alarm, composite ones included, is in ALARM.
    since: Vec<Option<SimTime>>,
}

struct Player<'s> {
    number: usize,
    monitor: Monitor<'s>,
    next: SimTime,
}

impl Tape {
    /// What the controller does if the scenario's alarms are those of `alarms`, in their order, and the
    /// strategy heeds those of the numbers `heeded`.
    ///
    /// # Panics
    /// If the tape was not made for such alarms.
    pub fn play(&self, scenario: &Scenario, alarms: &[AlarmSpec], heeded: &[usize]) -> Played {
        let mut players = self.players(scenario, alarms, heeded);
        if self.request_ignores {
            players.evaluate_up_to(SimTime::ZERO, self);
            if players.acting(heeded).is_some() {
                return Played { acted: None, lets_none_count: true };
            }
        }
        for (look, at) in self.looks.iter().map(|look| look.at).enumerate() {
            players.evaluate_up_to(at, self);
            if let Some((alarm, since)) = players.acting(heeded) {
                let acted = Some(Acted { look, alarm, since });
                return Played { acted, lets_none_count: false };
            }
        }
        Played::default()
    }

    fn players<'s>(
        &self,
        scenario: &'s Scenario,
        alarms: &'s [AlarmSpec],
        heeded: &[usize],
    ) -> Players<'s> {
        let metrics = &scenario.metrics;
        let has_composite = heeded.iter().any(|&number| number >= alarms.len());
        let plays = |number: &usize| has_composite || heeded.contains(number);
        let monitors = alarms.iter().enumerate().filter(|(number, _)| plays(number));
        let players = monitors.map(|(number, spec)| {
            let clock = self.clocks.of(number, spec);
            let monitor = Monitor::new(spec, clock, metrics.delay, metrics.interval);
            Player { number, next: monitor.next_evaluation(scenario.start()), monitor }
        });
        let start = scenario.start();
        let born = alarms.iter().map(|alarm| alarm.initial_state == AlarmState::Alarm);
        let mut since: Vec<_> = born.map(|in_alarm| in_alarm.then_some(start)).collect();
        let composites = if has_composite { scenario.composite_alarms.as_slice() } else { &[] };
        since.resize(alarms.len() + composites.len(), None);
        Players {
            metric_alarms: players.collect(),
            board: Board::new(composites, alarms.iter().map(|alarm| alarm.name.as_str())),
            since,
        }
    }
}

impl Players<'_> {
    /// Evaluates the alarms at all their instants up to `until`, that one included.
    fn evaluate_up_to(&mut self, until: SimTime, tape: &Tape) {
        while let Some(now) = self.next().filter(|&next| next <= until) {
            // Traffic that begins at this very instant comes after the evaluations.
            let first_traffic = tape.first_traffic.filter(|&first| first < now);
            let mut changes = Vec::new();
            for player in self.metric_alarms.iter_mut().filter(|player| player.next == now) {
                player.next = player.monitor.next_evaluation(now);
                if let Some(to) = player.monitor.evaluate(now, &tape.series, first_traffic) {
                    self.since[player.number] = (to == AlarmState::Alarm).then_some(now);
                    changes.push(player.number);
                }
            }
            self.judge(now, &changes);
        }
    }

    fn next(&self) -> Option<SimTime> {
        self.metric_alarms.iter().map(|player| player.next).min()
    }

    /// Judges the composite alarms, if there are any, after the evaluations of an instant.
    fn judge(&mut self, now: SimTime, metric_changes: &[usize]) {
        if self.board.states().is_empty() {
            return;
        }
        // With composite alarms every metric alarm plays, in the order of the numbers.
        let players = &self.metric_alarms;
        let changes = self.board.judge(metric_changes, |number| players[number].monitor.state());
        for change in changes {
            self.since[change.number] = (change.state == AlarmState::Alarm).then_some(now);
        }
    }

    /// The alarm, of these, that has been in ALARM for longest.
    fn acting(&self, heeded: &[usize]) -> Option<(usize, SimTime)> {
        let alarming = heeded.iter().filter_map(|&number| Some((number, self.since[number]?)));
        alarming.min_by_key(|&(number, since)| (since, number))
    }
}
