//! How far a piece goes: to the end of its cell, until an instance is warm, or for a part of a change.
//!
//! Over a piece a request arrives evenly, response times grow linearly, and a probability is that of the
//! middle. That is right of one thing that changes. Of two that change together it leaves out their
//! covariance, and of a probability the bend where it begins to exceed that without the deployment: both
//! fall with the square of the piece. So a change is taken in steps
//!
//! - while a regression grows: its probabilities and its factors do together, perhaps in a cold start;
//! - while an instance is cold and more requests come early in a piece than late, or the reverse.
//!
//! Over a whole change what is left out of a product of two is at most 1/(6·16²) of the product of how much
//! each changes: less than 0.07 %.

use super::traffic::Cell;
use crate::dataplane::requests::DataPlane;
use crate::endpoint::fleet::Fleet;
use crate::time::{SimDuration, SimTime};

/// A change is taken in so many steps.
const STEPS: i64 = 16;

/// Requests come evenly if the halves of a time differ by less than this part of the whole: of what
/// changes meanwhile a third of it is left out.
const EVEN: f64 = 0.002;

/// Where the piece that begins at `from` ends at the latest.
pub(super) fn end(plane: &DataPlane<'_>, cell: &Cell, from: SimTime) -> SimTime {
    let fleets = [&plane.blue, &plane.green];
    let is_busy = [plane.share < 1.0, plane.share > 0.0 || plane.mirror > 0.0];
    let mut end = cell.until;
    for (fleet, is_busy) in fleets.into_iter().zip(is_busy) {
        let warm = fleet.next_warm(from);
        end = warm.map_or(end, |warm| warm.min(end));
        if is_busy && let Some(lasts) = change(fleet, warm.is_some(), (cell, from)) {
            end = end.min(from + SimDuration::from_nanos((lasts.as_nanos() / STEPS).max(1)));
        }
    }
    end
}

/// How long a change of this fleet lasts that has to be taken in steps, the quickest if there are several.
fn change(fleet: &Fleet<'_>, is_cold: bool, (cell, from): (&Cell, SimTime)) -> Option<SimDuration> {
    let grows = fleet.behaviour().ramp();
    let warms = fleet.warms_over().filter(|_| is_cold);
    if grows.is_none() && (warms.is_none() || comes_evenly(cell, from)) {
        return None;
    }
    warms.into_iter().chain(grows).min()
}

/// Whether as many requests come in either half of the rest of a cell.
fn comes_evenly(cell: &Cell, from: SimTime) -> bool {
    let middle = from + cell.until.since(from).share(0.5);
    let [early, late] = [cell.expected(from, middle), cell.expected(middle, cell.until)];
    (late - early).abs() <= EVEN * (early + late)
}
