//! What a user sees at the end of a tuning.

mod tuned;

use rollout_sim::report::terminal::Terminal;
use rollout_sim::report::tune::{file_list, render, terminal};
use rollout_sim::tuning::results::TuneResults;
use tuned::{Extent, USUAL, results};

fn text(results: &TuneResults, width: Option<u16>) -> String {
    terminal(results, Terminal { width, styled: false })
}

#[test]
fn the_recommendation_comes_first_then_what_is_set_now_and_the_tables() {
    insta::assert_snapshot!(text(&results(USUAL), Some(110)));
}

#[test]
fn nothing_feasible_is_said_first_with_what_stands_in_the_way() {
    let all_deaf = Extent { plans: 1, shapes: 1, thresholds: 3, max_false_rollback: 0.000_1 };
    insta::assert_snapshot!(text(&results(all_deaf), Some(100)));
}
#[test]
fn dump() {
    let Ok(folder) = std::env::var("DUMP") else { return };
    let alone = Extent { plans: 1, shapes: 1, thresholds: 1, ..USUAL };
    let none = Extent { max_false_rollback: -1.0, ..USUAL };
    let one_shape = Extent { plans: 1, shapes: 1, ..USUAL };
    for (name, extent) in
        [("usual", USUAL), ("alone", alone), ("none", none), ("one_shape", one_shape)]
    {
        let files = render(&results(extent), vec![]).expect("files");
        println!("{}", file_list(name, &files));
        for file in files {
            let path = std::path::Path::new(&folder).join(name).join(&file.name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &file.bytes).unwrap();
        }
    }
}
