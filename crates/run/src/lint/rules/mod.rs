//! The lints, one file each.

pub(super) mod alarm;
pub(super) mod baseline;
pub(super) mod blended;
pub(super) mod blind;
pub(super) mod cold;
pub(super) mod diluted;
pub(super) mod excluded;
pub(super) mod failing;
pub(super) mod late;
pub(super) mod load;
pub(super) mod price;
pub(super) mod publishing;
pub(super) mod quota;
pub(super) mod scope;
pub(super) mod shadow;
pub(super) mod share;
pub(super) mod short_bake;
pub(super) mod silent;
pub(super) mod sparse;
pub(super) mod timeout;
pub(super) mod unit;
pub(super) mod unpublished;
pub(super) mod unreachable;
pub(super) mod unwatched;
