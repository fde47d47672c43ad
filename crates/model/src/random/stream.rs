//! Streams of random numbers: one for each purpose of each replication.
//!
//! - **Models** the luck of a run. Every purpose (arrivals, service, routing, …) draws from a
//!   stream of its own, so that one part of the model never shifts the draws of another.
//! - **Common random numbers**: a stream depends on the master seed, the replication and the
//!   purpose, never on the strategy or the regression. The same replication sees the same traffic
//!   under each of them, so their differences are paired (Law, Simulation Modeling and Analysis,
//!   2015, §11.2).
//! - **Generator**: xoshiro256++ (Blackman and Vigna, ACM TOMS 47(4), 2021), whose 256 bits of
//!   state are drawn from `ChaCha8` (Bernstein, 2008): key = label ‖ master seed, stream id =
//!   replication·2¹⁶ + purpose. Seeds of neighbouring replications that are spread by a
//!   multiplication only can share states; the outputs of a cipher do not.
//! - **Portable**: both generators are defined by their papers, so a stream is the same on every
//!   machine.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator of one purpose in one replication.
pub type Stream = Xoshiro256PlusPlus;

/// Replications are numbered below this: 2⁴⁸.
pub const REPLICATIONS: u64 = 1 << 48;

/// The first 24 bytes of every key. Another label gives other numbers everywhere.
const KEY_LABEL: &[u8; 24] = b"rollout-sim streams, v1\0";

/// What a stream is for. The numbers are part of the results: never change or reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Purpose {
    /// Gaps between arrivals.
    Arrivals = 1,
    /// States of a Markov-modulated arrival process.
    Modulation = 2,
    /// Where in a trace a replication begins.
    TraceOffset = 3,
    /// Who sends a request.
    Users = 4,
    /// How many requests of a recorded count come in a part of its interval, or by a factor.
    TraceCounts = 5,
    /// Which fleet takes a request.
    Routing = 16,
    /// Which instance takes a request.
    Placement = 17,
    /// Whether a request is mirrored to a shadow variant.
    Mirror = 18,
    /// What mirrored copies draw on the shadow; see [`keyed`].
    Copies = 19,
    /// What callers draw when they try again; see [`keyed`].
    Retries = 20,
    /// The latent score of a request's service time.
    Service = 32,
    /// Which component of a mixture a service time comes from.
    Branch = 33,
    /// Whether a request is in the slow tail of a regression.
    Tail = 34,
    /// The latent uniform of a request's error.
    Errors = 48,
    /// Error probabilities that vary from interval to interval.
    ErrorEffects = 49,
    /// When incidents strike, and how badly.
    Incidents = 64,
    /// Whether a rollback fails.
    RollbackFaults = 65,
    /// Phases of publishing, alarm evaluation and polling.
    Phases = 80,
    /// Which published intervals arrive late, and by how much.
    MetricDelay = 81,
    /// The latent uniform of a request's conversion.
    Kpi = 96,
    /// The latent score of a conversion's value.
    KpiValue = 97,
    /// Whether a model's answer to a request is right.
    Quality = 112,
    /// When the true answer becomes known.
    LabelDelay = 113,
    /// Whether it ever does.
    LabelCoverage = 114,
    /// Which segment of the traffic a request belongs to, and its true class.
    Segment = 115,
    /// When monitoring jobs start, and how long they take.
    MonitorJobs = 116,
    /// What a request's feature is worth.
    Features = 117,
    /// Whether the new model's answer is right by luck of its own.
    GreenQuality = 118,
    /// The counts and sums of the aggregate plane; see [`keyed`].
    Aggregate = 128,
    /// What a tuning does not know exactly; see [`keyed`].
    Uncertain = 144,
}

impl Purpose {
    /// Every purpose, ascending.
    pub const ALL: [Self; 30] = [
        Self::Arrivals,
        Self::Modulation,
        Self::TraceOffset,
        Self::Users,
        Self::TraceCounts,
        Self::Routing,
        Self::Placement,
        Self::Mirror,
        Self::Copies,
        Self::Retries,
        Self::Service,
        Self::Branch,
        Self::Tail,
        Self::Errors,
        Self::ErrorEffects,
        Self::Incidents,
        Self::RollbackFaults,
        Self::Phases,
        Self::MetricDelay,
        Self::Kpi,
        Self::KpiValue,
        Self::Quality,
        Self::LabelDelay,
        Self::LabelCoverage,
        Self::Segment,
        Self::MonitorJobs,
        Self::Features,
        Self::GreenQuality,
        Self::Aggregate,
        Self::Uncertain,
    ];
}

/// All streams of one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    master: u64,
    replication: u64,
}

impl Streams {
    /// The streams of replication number `replication` under the `master` seed.
    ///
    /// # Panics
    /// If `replication` is not below [`REPLICATIONS`].
    pub fn new(master: u64, replication: u64) -> Self {
        assert!(replication < REPLICATIONS, "replication {replication} is not below 2^48");
        Self { master, replication }
    }

    /// The stream for `purpose`, from its beginning.
    pub fn stream(&self, purpose: Purpose) -> Stream {
        let mut key = [0; 32];
        key[..24].copy_from_slice(KEY_LABEL);
        key[24..].copy_from_slice(&self.master.to_le_bytes());
        let mut cipher = ChaCha8Rng::from_seed(key);
        cipher.set_stream((self.replication << 16) | u64::from(purpose as u16));
        Stream::from_rng(&mut cipher)
    }
}

/// A uniform in [0, 1): a multiple of 2⁻⁵³.
#[inline]
pub fn unit(stream: &mut Stream) -> f64 {
    stream.random()
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014): a bijection that spreads every bit.
pub fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A short stream that is a function of a key, an entity and a step alone, whatever was drawn before: for
/// what only some runs of a replication draw, such as the third attempt of request 4711.
pub fn keyed(key: u64, entity: u64, step: u64) -> Stream {
    let entity = mixed(entity.wrapping_add(0x9e37_79b9_7f4a_7c15));
    Stream::seed_from_u64(mixed(mixed(entity ^ step) ^ key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use std::collections::BTreeSet;

    /// A change here changes every result of every seed: list it as value-breaking.
    #[test]
    fn first_values_never_change() {
        let first = |purpose| Streams::new(42, 7).stream(purpose).next_u64();
        let listed: Vec<String> = Purpose::ALL
            .into_iter()
            .map(|purpose| format!("{purpose:?} {:#018x}", first(purpose)))
            .collect();
        insta::assert_snapshot!(listed.join("\n"), @r#"
        Arrivals 0x861b0de68dc0f661
        Modulation 0xf9109c97eff76d03
        TraceOffset 0xc139a4caff14d218
        Users 0x7fe5dcf75db67a19
        TraceCounts 0x146e70107bec2a9b
        Routing 0x0204fc99219abe22
        Placement 0x83420f0a3b2677db
        Mirror 0x9268090b4b35c6a7
        Copies 0x92ac5e0e9c8d2a38
        Retries 0xa9bfef6824b9e0d0
        Service 0x4dd109f1b903a52f
        Branch 0xc49affff2afa9e12
        Tail 0x21eb2382a2523dce
        Errors 0xb125f4af6050232c
        ErrorEffects 0x113d677e3daf23eb
        Incidents 0x12e147ac2d352d52
        RollbackFaults 0x53b77f8a64e9aea2
        Phases 0x15a5a1aac498b2ab
        MetricDelay 0x83882780cfbe2aca
        Kpi 0x38e492d9bd185d09
        KpiValue 0x91a5161e3bcfd704
        Quality 0x48c651c10c9d0576
        LabelDelay 0xdd7f211fdfb9d26a
        LabelCoverage 0x06173d830c0c8cb2
        Segment 0x9fc41bacb04037f4
        MonitorJobs 0xfe5869cea8c4b34c
        Features 0xe7097628e33603d3
        GreenQuality 0x9c2ff7435df62042
        Aggregate 0xe1eb5f641b3db941
        Uncertain 0xe2119a63d79e305e
        "#);
        let mut stream = Streams::new(0, 0).stream(Purpose::Arrivals);
        let units: Vec<String> = (0..3).map(|_| format!("{:.9}", unit(&mut stream))).collect();
        insta::assert_snapshot!(units.join(" "), @"0.597457919 0.405158187 0.069252229");
    }

    /// The distribution functions of `rand_distr` are part of the results, too.
    #[test]
    fn first_scores_and_gaps_never_change() {
        use rand_distr::{Distribution, Exp1, Gamma, StandardNormal};
        let mut stream = Streams::new(42, 7).stream(Purpose::Service);
        let score: f64 = StandardNormal.sample(&mut stream);
        let gap: f64 = Exp1.sample(&mut stream);
        let gamma: f64 = Gamma::new(0.5, 2.0).unwrap().sample(&mut stream);
        let drawn = format!("{score:.9} {gap:.9} {gamma:.9}");
        insta::assert_snapshot!(drawn, @"-0.862624178 3.217001649 0.480163876");
    }

    #[test]
    fn units_have_53_bits_and_stay_below_one() {
        let mut stream = Streams::new(1, 1).stream(Purpose::Errors);
        let mut copy = stream.clone();
        for _ in 0..1000 {
            #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
            let expected = (copy.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            assert_eq!(unit(&mut stream).to_bits(), expected.to_bits());
            assert!(expected < 1.0);
        }
    }

    #[test]
    fn no_two_streams_share_a_state() {
        let masters = [0, 1, 2, 42, u64::MAX - 1, u64::MAX];
        let replications = (0..200).chain([(1 << 16) - 1, 1 << 16, REPLICATIONS - 1]);
        let mut states = BTreeSet::new();
        let mut streams = 0;
        for replication in replications {
            for master in masters {
                for purpose in Purpose::ALL {
                    let mut stream = Streams::new(master, replication).stream(purpose);
                    // Any two of 20 consecutive states would show up as equal outputs.
                    states.extend((0..20).map(|_| stream.next_u64()));
                    streams += 1;
                }
            }
        }
        assert_eq!(states.len(), streams * 20);
    }

    #[test]
    #[should_panic(expected = "not below 2^48")]
    fn too_large_a_replication_is_refused() {
        let _ = Streams::new(0, REPLICATIONS);
    }

    #[test]
    fn purposes_are_listed_in_order() {
        assert!(Purpose::ALL.is_sorted_by(|a, b| (*a as u16) < (*b as u16)));
    }
}
