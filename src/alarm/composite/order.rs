//! Which composite alarm is judged after which.

use super::CompositeSpec;

/// The places of `composites` in an order in which each comes after those that its rule names.
///
/// # Errors
/// The names along a cycle of composite alarms that name one another, each once; CloudWatch stops to
/// evaluate such alarms.
pub fn evaluation_order(composites: &[CompositeSpec]) -> Result<Vec<usize>, Vec<String>> {
    let mut walk = Walk { composites, done: Vec::new(), path: Vec::new() };
    for index in 0..composites.len() {
        walk.visit(index)?;
    }
    Ok(walk.done)
}

struct Walk<'c> {
    composites: &'c [CompositeSpec],
    done: Vec<usize>,
    /// From the alarm that the walk began at to the present one.
    path: Vec<usize>,
}

impl Walk<'_> {
    fn visit(&mut self, index: usize) -> Result<(), Vec<String>> {
        if self.done.contains(&index) {
            return Ok(());
        }
        if let Some(start) = self.path.iter().position(|&seen| seen == index) {
            let cycle = self.path[start..].iter();
            return Err(cycle.map(|&seen| self.composites[seen].name.clone()).collect());
        }
        self.path.push(index);
        for name in self.composites[index].rule.alarms() {
            let child = self.composites.iter().position(|composite| composite.name == name);
            child.map_or(Ok(()), |child| self.visit(child))?;
        }
        self.path.pop();
        self.done.push(index);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarm::composite::Rule;

    fn composites(rules: &[(&str, &str)]) -> Vec<CompositeSpec> {
        let spec = |(name, rule): &(&str, &str)| CompositeSpec {
            name: (*name).to_owned(),
            rule: Rule::parse(rule).expect("a good rule"),
        };
        rules.iter().map(spec).collect()
    }

    #[test]
    fn children_come_first() {
        let specs = composites(&[
            ("top", "ALARM(left) OR ALARM(right)"),
            ("left", "ALARM(metric)"),
            ("right", "ALARM(left) AND OK(metric)"),
        ]);
        assert_eq!(evaluation_order(&specs), Ok(vec![1, 2, 0]));
        assert_eq!(evaluation_order(&[]), Ok(vec![]));
    }

    #[test]
    fn cycles_are_named() {
        let names = |names: &[&str]| Err(names.iter().map(|name| (*name).to_owned()).collect());
        let specs = composites(&[("x", "OK(a)"), ("a", "OK(b)"), ("b", "OK(c)"), ("c", "OK(a)")]);
        assert_eq!(evaluation_order(&specs), names(&["a", "b", "c"]));
        assert_eq!(evaluation_order(&composites(&[("a", "NOT OK(a)")])), names(&["a"]));
    }
}
