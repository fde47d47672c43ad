//! The figures.

mod synthetic;

use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::{OutputFile, render};

fn files(strategies: usize, releases: usize) -> Vec<OutputFile> {
    let results = synthetic::results(strategies, releases, 300);
    render(&results, &Summary::of(&results), &Comparison::of(&results), vec![]).unwrap()
}

#[test]
fn dump() {
    for (s, r) in [(4, 3), (12, 8), (1, 2)] {
        let dir = std::path::PathBuf::from(format!("/tmp/plots-{s}-{r}"));
        for file in files(s, r) {
            let path = dir.join(&file.name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &file.bytes).unwrap();
        }
    }
}
