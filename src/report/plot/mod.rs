//! x
use super::{OutputFile, RenderError};
use crate::experiment::Results;
use crate::experiment::summary::Summary;
pub(super) fn render(_: &Results, _: &Summary) -> Result<Vec<OutputFile>, RenderError> {
    Ok(vec![])
}
