//! The band of an alarm on the unusual.

use super::Monitor;
use crate::alarm::observe::Sight;
use crate::alarm::spec::{Band, Subject};
use crate::time::SimTime;
use std::cmp::Ordering;

impl Monitor<'_> {
    /// Takes the baseline's measure, once it is over.
    pub(super) fn learn_band(&mut self, sight: &Sight<'_>) {
        let Subject::Band(band) = &self.spec.subject else { return };
        if self.band.is_none() && sight.now >= band.until {
            self.band = self.bounds(band, sight);
        }
    }

    /// Whether a datapoint breaches; `None` while there is no band.
    pub(super) fn leaves_band(&self, value: f64) -> Option<bool> {
        let [lower, upper] = self.band?;
        let order = match value {
            _ if value < lower => Ordering::Less,
            _ if value > upper => Ordering::Greater,
            _ => Ordering::Equal,
        };
        Some(self.spec.comparison.holds(order))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of datapoints")]
    fn bounds(&mut self, band: &Band, sight: &Sight<'_>) -> Option<[f64; 2]> {
        let period = self.spec.period;
        let count = band.lasts.as_nanos() / period.as_nanos();
        // The last full window before the end of the baseline.
        let end = self.observer.timetable().window_end(band.until);
        let window = |age: i64| -> (SimTime, SimTime) {
            let end = end - period.times(age);
            (end - period, end)
        };
        let read = |age: i64| {
            let datapoint = self.observer.read(1, sight, window(age));
            datapoint.expect("invariant: a band is not of any threshold")?.about
        };
        let values: Vec<f64> = (0..count).filter_map(read).collect();
        if values.len() < 2 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let reach = band.width * (squares / (values.len() - 1) as f64).sqrt();
        Some([mean - reach, mean + reach])
    }
}
