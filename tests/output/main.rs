//! What is written: tables, plots, events, words.

#[path = "../described/mod.rs"]
mod described;
#[path = "../figures/mod.rs"]
mod figures;
#[path = "../support/mod.rs"]
mod support;
#[path = "../synthetic/mod.rs"]
mod synthetic;

mod deployment_events;
mod ends_report;
mod events_jsonl;
mod output_docs;
mod prices;
mod report_files;
mod report_plots;
mod report_terminal;
mod reported;
mod timelines;
