//! What every page of the terminal is made of: bold text, lines that fit, tables.

use super::Terminal;
use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width,
};

impl Terminal {
    /// The text in bold, where the terminal shows that.
    pub(in crate::report) fn bold(self, text: &str) -> String {
        if self.styled { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Lines that fit the terminal.
    pub fn wrapped(self, text: &str) -> Vec<String> {
        let width = self.width.map_or(usize::MAX, |width| usize::from(width.max(40)) - 2);
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let last = lines.len() - 1;
            let length = lines[last].chars().count();
            if length > 0 && length + 1 + word.chars().count() > width {
                lines.push(word.to_owned());
            } else {
                if length > 0 {
                    lines[last].push(' ');
                }
                lines[last].push_str(word);
            }
        }
        lines
    }

    /// Whether no line of a text is wider than the terminal.
    pub(super) fn fits(self, text: &str) -> bool {
        let width = self.width.map_or(usize::MAX, usize::from);
        text.lines().all(|line| line.chars().count() <= width)
    }

    /// An empty table with this header.
    pub(in crate::report) fn table<'t>(self, header: impl Iterator<Item = &'t str>) -> Table {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        if self.styled {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        // Without a width comfy-table would look at the real terminal; a very wide one never wraps.
        table.set_width(self.width.unwrap_or(u16::MAX));
        table.set_header(
            header
                .map(Cell::new)
                .map(|cell| if self.styled { cell.add_attribute(Attribute::Bold) } else { cell }),
        );
        table
    }

    /// A table as text; all columns but the first hold figures. Where there is not room enough they are
    /// closer together, and an interval stands in two lines.
    pub(in crate::report) fn figures(self, header: &[&str], rows: Vec<Vec<String>>) -> String {
        let usual = lines_of(&self.laid_out(header, rows.clone()));
        if self.fits(&usual) {
            return usual;
        }
        let narrow = |mut row: Vec<String>| {
            for cell in row.iter_mut().skip(1) {
                *cell = cell.replace(", ", ",\n");
            }
            row
        };
        let mut table = self.laid_out(header, rows.into_iter().map(narrow).collect());
        for column in table.column_iter_mut() {
            column.set_padding((1, 0));
        }
        lines_of(&table)
    }

    fn laid_out(self, header: &[&str], rows: Vec<Vec<String>>) -> Table {
        let mut table = self.table(header.iter().copied());
        for row in rows {
            table.add_row(row);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if let Some(first) = table.column_mut(0) {
            first.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(9)));
        }
        table
    }
}

/// A table as text, no line of which ends in blanks.
pub(in crate::report) fn lines_of(table: &Table) -> String {
    table.to_string().lines().fold(String::new(), |mut text, line| {
        text.push_str(line.trim_end());
        text.push('\n');
        text
    })
}
