//! Rows of what is answered only after the interval that it counts in.
//!
//! A fleet publishes at the end of each interval what was answered in it. What counts in an older interval
//! makes the datapoint of that one grow, so it has a row of its own, by both intervals: an evaluation then
//! sees exactly the rows that have been published, also of a run that is long over. There are as many rows as
//! pairs of intervals in which requests arrive and are answered, however many requests there are.

/// Where the rows are, by the interval that they count in.
#[derive(Clone, Debug, Default)]
pub(super) struct Later(Vec<Vec<Row>>);

/// A row of one interval.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// The interval that it is answered in.
    answered: i64,
    /// Its number among all rows.
    number: i64,
}

impl Later {
    /// The number of the row of `interval` that is answered in another one, if there is one.
    #[inline]
    pub(super) fn find(&self, interval: usize, answered: i64) -> Option<i64> {
        // Mostly one of the newest.
        let mut rows = self.0.get(interval)?.iter().rev();
        rows.find(|row| row.answered == answered).map(|row| row.number)
    }

    /// A new row of this number.
    pub(super) fn add(&mut self, interval: usize, answered: i64, number: i64) {
        if self.0.len() <= interval {
            self.0.resize(interval + 1, Vec::new());
        }
        self.0[interval].push(Row { answered, number });
    }

    /// The rows of an interval: which one they are answered in, and their number.
    pub(super) fn of(&self, interval: usize) -> impl Iterator<Item = (i64, i64)> + Clone {
        let rows = self.0.get(interval).into_iter().flatten();
        rows.map(|row| (row.answered, row.number))
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
