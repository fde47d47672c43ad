//! Progress on standard error, and Ctrl-C.

use crate::experiment::runner::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by Ctrl-C. A signal handler needs a static.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static HANDLER: OnceLock<()> = OnceLock::new();

/// A bar with rate and remaining time on a terminal; silent in a pipe.
#[derive(Debug)]
pub struct Watched {
    bar: ProgressBar,
}

impl Watched {
    /// Watches `runs` runs, silently if `quiet`.
    pub fn new(runs: u64, quiet: bool) -> Self {
        HANDLER.get_or_init(|| {
            // The first Ctrl-C ends the work in good order, a second one at once. Without a handler
            // Ctrl-C ends the process, which loses what is done but harms nothing.
            let _ = ctrlc::set_handler(|| {
                if INTERRUPTED.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
            });
        });
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(runs), target);
        let template = "{prefix} {bar:32} {human_pos}/{human_len} runs  {rate}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
                // Nothing can be done if the bar cannot be drawn.
                let _ = write!(out, "{:.0} runs/s", state.per_sec());
            }));
        }
        bar.set_prefix("Simulating");
        Self { bar }
    }

    /// Says what is being done, before the bar.
    pub fn says(&self, what: &str) {
        self.bar.set_prefix(what.to_owned());
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Whether somebody pressed Ctrl-C.
pub fn was_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

impl Progress for Watched {
    fn advance(&self, runs: u64) {
        self.bar.inc(runs);
    }

    fn go_on(&self) -> bool {
        !was_interrupted()
    }

    fn expect(&self, runs: u64) {
        self.bar.inc_length(runs);
    }
}
