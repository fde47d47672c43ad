//! The combinations of the values of several keys.

use super::grid::Axis;
use crate::scenario::Setting;

/// The most cells of a sweep: their table is held in memory, and takes about a megabyte a cell.
pub const MOST_CELLS: usize = 1000;

/// Every combination, the values of the last key changing fastest: one setting for each key, in the
/// order of the keys.
///
/// # Errors
/// A sentence, if there are more than [`MOST_CELLS`].
pub fn cells(axes: &[Axis]) -> Result<Vec<Vec<Setting>>, String> {
    let count =
        axes.iter().try_fold(1_u64, |count, axis| count.checked_mul(axis.values.len() as u64));
    if count.is_none_or(|count| count > MOST_CELLS as u64) {
        let factors: Vec<String> = axes.iter().map(|axis| axis.values.len().to_string()).collect();
        let product = count.map_or_else(|| "more than 10^19".to_owned(), |count| count.to_string());
        return Err(format!(
            "{} = {product} cells are more than {MOST_CELLS}; give fewer values, or sweep the keys one \
             after the other",
            factors.join(" × ")
        ));
    }
    let mut cells: Vec<Vec<Setting>> = vec![Vec::new()];
    for axis in axes {
        cells = cells
            .iter()
            .flat_map(|cell| {
                axis.values.iter().map(move |value| {
                    let setting = Setting { key: axis.key.clone(), value: value.clone() };
                    cell.iter().cloned().chain([setting]).collect()
                })
            })
            .collect();
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(key: &str, count: usize) -> Axis {
        let values = (0..count).map(|value| value.to_string()).collect();
        Axis { key: key.to_owned(), values, is_log: false }
    }

    #[test]
    fn the_last_key_changes_fastest() {
        let cells = cells(&[axis("a", 2), axis("b", 3)]).expect("six cells");
        let texts: Vec<String> = cells
            .iter()
            .map(|cell| cell.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            .collect();
        let expected = ["a = 0 b = 0", "a = 0 b = 1", "a = 0 b = 2", "a = 1 b = 0"];
        assert_eq!(texts[..4], expected);
        assert_eq!(texts.len(), 6);
    }

    #[test]
    fn too_many_are_refused_with_their_number() {
        let error = cells(&[axis("a", 100), axis("b", 11)]).expect_err("too many");
        assert!(error.contains("100 × 11 = 1100 cells are more than 1000"), "{error}");
        let error = cells(&vec![axis("a", 1000); 7]).expect_err("too many");
        assert!(error.contains("more than 10^19"), "{error}");
        assert_eq!(cells(&[axis("a", 1000)]).map(|cells| cells.len()), Ok(1000));
    }
}
