//! Choices written as a word, each the mirror of a checked type.

/// Declares a choice `Raw`, spelled by the rule `case`, that becomes `Checked`; its first variant
/// is the default where the key has one.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $raw:ident => $checked:ident, $case:literal {
            $(#[$first_meta:meta])* $first:ident,
            $($(#[$rest_meta:meta])* $rest:ident,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = $case)]
        #[schemars(inline)]
        pub(in crate::scenario) enum $raw {
            #[default]
            $(#[$first_meta])*
            $first,
            $($(#[$rest_meta])* $rest,)*
        }

        impl From<$raw> for $checked {
            fn from(raw: $raw) -> Self {
                match raw {
                    $raw::$first => Self::$first,
                    $($raw::$rest => Self::$rest,)*
                }
            }
        }
    };
}

mod alarm;
mod endpoint;
mod monitor;
mod rollout;
mod tune;

pub(in crate::scenario) use alarm::*;
pub(in crate::scenario) use endpoint::*;
pub(in crate::scenario) use monitor::*;
pub(in crate::scenario) use rollout::*;
pub(in crate::scenario) use tune::*;
