//! In which cells the strategies come in another order.

use super::study::{CellResult, FIGURES, Study};

/// The order of the strategies by one figure, the best first, and the cells that disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// Indices of the study's strategies: the order of most cells, of several such the first cell's.
    pub usual: Vec<usize>,
    /// How many cells have it.
    pub agreeing: usize,
    /// Of those cells, in how many each strategy of that order does not differ significantly from the next.
    pub unsettled: Vec<usize>,
    /// The others.
    pub others: Vec<Other>,
}

/// A cell with another order.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Its index.
    pub cell: usize,
    /// Its order.
    pub order: Vec<usize>,
    /// Whether two strategies that changed places differ there significantly.
    pub is_significant: bool,
}

/// The figure that strategies are ranked by: false rollbacks of a good release, net harm of a faulty one.
/// Less is better.
pub fn ranked_by(healthy: bool) -> &'static str {
    if healthy { "false_rollback" } else { "harmed_excess_to_horizon" }
}

impl Ranking {
    /// The ranking under a regression; `None` if nothing can be ranked: no two strategies ever differ.
    pub fn of(study: &Study, regression: usize) -> Option<Self> {
        let (name, healthy) = &study.regressions[regression];
        let metric = ranked_by(*healthy);
        let figure = FIGURES.iter().position(|figure| figure.metric == metric)?;
        let values: Vec<Vec<f64>> = study
            .cells
            .iter()
            .map(|cell| values_of(cell, &study.strategies, name, figure))
            .collect();
        let orders: Vec<Vec<usize>> = values.iter().map(|values| order(values)).collect();
        if values.iter().all(|values| values.windows(2).all(|pair| !differ(pair[0], pair[1]))) {
            return None;
        }
        // An order fits a cell if no two strategies are the other way round there.
        let fits = |order: &[usize], cell: usize| {
            let values = &values[cell];
            order
                .iter()
                .enumerate()
                .all(|(at, &one)| order[at + 1..].iter().all(|&other| values[one] <= values[other]))
        };
        let fitting = |order: &[usize]| (0..orders.len()).filter(|&cell| fits(order, cell)).count();
        let most = orders.iter().map(|order| fitting(order)).max()?;
        let usual = orders.iter().find(|order| fitting(order) == most)?.clone();
        let (agreeing, differing): (Vec<usize>, Vec<usize>) =
            (0..orders.len()).partition(|&cell| fits(&usual, cell));
        let others = differing.into_iter().map(|cell| {
            let swapped = |at: usize, other: usize| {
                let (one, other) = (usual[at], usual[other]);
                let pair = (study.strategies[one].as_str(), study.strategies[other].as_str());
                values[cell][one] > values[cell][other] && study.sign(cell, name, pair, metric) > 0
            };
            let count = usual.len();
            let is_significant =
                (0..count).any(|at| (at + 1..count).any(|other| swapped(at, other)));
            Other { cell, order: orders[cell].clone(), is_significant }
        });
        let others = others.collect();
        let unsettled = usual.windows(2).map(|pair| {
            let names = (study.strategies[pair[0]].as_str(), study.strategies[pair[1]].as_str());
            agreeing.iter().filter(|&&cell| study.sign(cell, name, names, metric) == 0).count()
        });
        let unsettled = unsettled.collect();
        Some(Self { agreeing: agreeing.len(), usual, unsettled, others })
    }
}

fn differ(one: f64, other: f64) -> bool {
    one.total_cmp(&other).is_ne()
}

/// The figure of each strategy; +∞ where a cell does not have it.
fn values_of(
    cell: &CellResult,
    strategies: &[String],
    regression: &str,
    figure: usize,
) -> Vec<f64> {
    let value = |strategy: &String| cell.point(strategy, regression, figure)?.estimate;
    strategies.iter().map(|strategy| value(strategy).unwrap_or(f64::INFINITY)).collect()
}

/// The indices by value, equal ones in their own order.
fn order(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A study of three strategies with these means and p-values of a against b.
    fn study(cells: &[([f64; 3], f64)]) -> Study {
        let names = ["a", "b", "c"];
        let cells = cells.iter().map(|(means, p)| {
            let header = "strategy,regression,metric,statistic,estimate,low,high,note\n";
            let rows = names.iter().zip(means).map(|(name, mean)| {
                format!("{name},bad,harmed_excess_to_horizon,mean,{mean},,,\n")
            });
            let summary: String = std::iter::once(header.to_owned()).chain(rows).collect();
            let difference = means[0] - means[1];
            let comparison = format!(
                "regression,strategy_a,strategy_b,metric,unit,mean_a,mean_b,difference,low,high,p_holm\n\
                 bad,a,b,harmed_excess_to_horizon,requests,{},{},{difference},,,{p}\n",
                means[0], means[1]
            );
            CellResult::read(Vec::new(), &summary, &comparison).expect("tables")
        });
        Study {
            strategies: names.map(str::to_owned).to_vec(),
            regressions: vec![("bad".into(), false)],
            confidence: 0.95,
            cells: cells.collect(),
            ..Study::default()
        }
    }

    #[test]
    fn the_order_of_most_cells_is_usual_and_the_others_are_named() {
        let study = study(&[
            ([2.0, 1.0, 3.0], 0.5),
            ([1.0, 2.0, 3.0], 0.01),
            ([1.0, 2.0, 4.0], 0.01),
            ([2.5, 2.0, 4.0], 0.01),
        ]);
        let ranking = Ranking::of(&study, 0).expect("a ranking");
        assert_eq!((ranking.usual.as_slice(), ranking.agreeing), ([1, 0, 2].as_slice(), 2));
        assert_eq!(ranking.unsettled, [1, 2], "b and a differ in the last cell, a and c in none");
        let others: Vec<(usize, bool)> =
            ranking.others.iter().map(|other| (other.cell, other.is_significant)).collect();
        assert_eq!(others, [(1, true), (2, true)]);
        assert_eq!(ranking.others[0].order, [0, 1, 2]);
    }

    #[test]
    fn a_swap_within_the_noise_is_said_to_be_that() {
        let study =
            study(&[([1.0, 2.0, 3.0], 0.01), ([1.0, 2.0, 3.0], 0.01), ([2.0, 1.9, 3.0], 0.6)]);
        let ranking = Ranking::of(&study, 0).expect("a ranking");
        assert_eq!(
            ranking.others,
            [Other { cell: 2, order: vec![1, 0, 2], is_significant: false }]
        );
    }

    #[test]
    fn ties_agree_with_every_order_and_nothing_to_rank_is_no_ranking() {
        let tied = study(&[([2.0, 2.0, 2.0], 1.0), ([3.0, 2.0, 1.0], 0.01)]);
        let ranking = Ranking::of(&tied, 0).expect("a ranking");
        assert_eq!((ranking.usual, ranking.agreeing), (vec![2, 1, 0], 2));
        assert_eq!(Ranking::of(&study(&[([0.0; 3], 1.0)]), 0), None);
    }
}
