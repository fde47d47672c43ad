//! Against looking at every count.

use super::*;
use proptest::prelude::*;

/// The instance that `place` falls on among those with the fewest requests, in their order.
fn naive(counts: &[u32], place: f64) -> usize {
    let fewest = counts.iter().min().expect("some instance takes traffic");
    let ties: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] == *fewest).collect();
    ties[at_random(place, u32::try_from(ties.len()).expect("few instances"))]
}

/// Loads with these counts, made by adding and taking away requests in the order that `order` gives.
fn with_history(counts: &[u32], active: usize, order: &[usize]) -> Loads {
    let mut loads = Loads::new(counts.len());
    loads.activate(order.first().map_or(0, |first| first % (counts.len() + 1)));
    for &step in order {
        let instance = step % counts.len();
        if step % 3 == 0 && loads.counts[instance] > 0 {
            loads.remove(instance);
        } else {
            loads.add(instance);
        }
    }
    loads.activate(active);
    for (instance, &count) in counts.iter().enumerate() {
        while loads.counts[instance] < count {
            loads.add(instance);
        }
        while loads.counts[instance] > count {
            loads.remove(instance);
        }
    }
    loads
}

proptest! {
    #[test]
    fn chooses_as_looking_at_every_count_would(
        instances in prop::sample::select(vec![1_usize, 4, 63, 64, 65, 130, 400]),
        steps in prop::collection::vec((0.0_f64..1.0, 0_usize..1 << 20, 0_u32..40), 1..300),
    ) {
        let mut loads = Loads::new(instances);
        let mut counts = vec![0_u32; instances];
        let mut active = 0;
        for (place, any, kind) in steps {
            match kind {
                0 => {
                    active = any % (instances + 1);
                    loads.activate(active);
                }
                1..15 if counts[any % instances] > 0 => {
                    loads.remove(any % instances);
                    counts[any % instances] -= 1;
                }
                15..25 => {
                    loads.add(any % instances);
                    counts[any % instances] += 1;
                }
                _ if active > 0 => {
                    let least = loads.least(place);
                    loads.add(least);
                    counts[least] += 1;
                }
                _ => {}
            }
            if active > 0 {
                prop_assert_eq!(loads.least(place), naive(&counts[..active], place));
            }
        }
    }

    #[test]
    fn the_choice_follows_from_the_counts_alone(
        counts in prop::collection::vec(0_u32..3, 1..150),
        taking in 0.0_f64..1.0,
        pasts in prop::array::uniform2(prop::collection::vec(0_usize..1 << 20, 0..300)),
        places in prop::collection::vec(0.0_f64..1.0, 20),
    ) {
        let active = 1 + at_random(taking, u32::try_from(counts.len()).expect("few"));
        let [one, other] = pasts.map(|past| with_history(&counts, active, &past));
        for place in places {
            prop_assert_eq!(one.least(place), other.least(place));
            prop_assert_eq!(one.least(place), naive(&counts[..active], place));
        }
    }

    #[test]
    fn finds_the_nth_bit(word in any::<u64>(), mask in any::<u64>()) {
        for word in [word, word & mask, word | mask, u64::MAX, 1, 1 << 63] {
            let bits: Vec<usize> = (0..64).filter(|bit| word >> bit & 1 == 1).collect();
            for (n, &bit) in bits.iter().enumerate() {
                let found = nth_one(word, |ties| {
                    assert_eq!(ties, word.count_ones());
                    n
                });
                prop_assert_eq!(found, bit);
            }
        }
    }
}

#[test]
fn without_instances_that_take_traffic_the_first_is_named() {
    let mut loads = Loads::new(3);
    loads.add(1);
    assert_eq!(loads.least(0.9), 0);
    loads.activate(2);
    assert_eq!((loads.active(), loads.least(0.9)), (2, 0));
}
