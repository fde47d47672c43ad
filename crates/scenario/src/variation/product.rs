//! Every combination of some lists.

/// Every combination of a value, or nothing, of each list, in their order: first nothing of any, and the
/// last list turning fastest.
pub(crate) fn combinations<'a, T>(dimensions: &[&'a [T]]) -> Vec<Vec<&'a T>> {
    let mut combinations = vec![Vec::new()];
    for values in dimensions {
        combinations = combinations
            .iter()
            .flat_map(|chosen| {
                let with = |value| chosen.iter().copied().chain(Some(value)).collect();
                std::iter::once(chosen.clone()).chain(values.iter().map(with))
            })
            .collect();
    }
    combinations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_comes_first_and_the_last_list_turns_fastest() {
        let dimensions: [&[u8]; 2] = [&[1, 2], &[3]];
        let all = combinations(&dimensions);
        let expected: [&[&u8]; 6] = [&[], &[&3], &[&1], &[&1, &3], &[&2], &[&2, &3]];
        assert_eq!(all, expected);
        assert_eq!(combinations::<u8>(&[]), [Vec::<&u8>::new()]);
    }
}
