//! Tables: columns that line up.

use tidegate_json::Value;

use crate::terminal::{Style, Terminal};

/// A column: its title, and how an item of a list shows in it.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) cell: fn(&Value, Terminal) -> Cell,
}

/// One place in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: Option<Style>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, style: None }
    }
}

/// The text at `key` of an item, or a dash.
pub(crate) fn text(item: &Value, key: &str) -> Cell {
    match item.get(key) {
        None | Some(Value::Null) => "-".to_owned().into(),
        Some(value) => value.as_str().map_or_else(|| value.to_text(), str::to_owned).into(),
    }
}

/// The point in time at `key` of an item, or a dash.
pub(crate) fn time(item: &Value, key: &str, terminal: Terminal) -> Cell {
    match item.get(key).and_then(Value::as_str) {
        Some(at) => terminal.time(at).into(),
        None => "-".to_owned().into(),
    }
}

/// The word for a state at `key` of an item, in the colour that goes with it.
pub(crate) fn state(item: &Value, key: &str) -> Cell {
    let mut cell = text(item, key);
    cell.style = match cell.text.as_str() {
        "succeeded" | "enabled" => Some(Style::Good),
        "failed" => Some(Style::Error),
        "cancelled" | "paused" | "disabled" | "backing off" | "queued" => Some(Style::Warning),
        "running" | "standing" | "issued" => Some(Style::Active),
        "removed" => Some(Style::Faint),
        _ => None,
    };
    cell
}

/// The table of `items`, with titles; columns are two spaces apart and the last one is not padded.
pub(crate) fn render(columns: &[Column], items: &[Value], terminal: Terminal) -> String {
    let rows: Vec<Vec<Cell>> = items
        .iter()
        .map(|item| columns.iter().map(|column| one_line(&(column.cell)(item, terminal))).collect())
        .collect();
    let width_of = |index: usize, column: &Column| {
        let cells = rows.iter().map(|row| row[index].text.chars().count());
        cells.chain([column.title.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> =
        columns.iter().enumerate().map(|(index, column)| width_of(index, column)).collect();
    let titles =
        columns.iter().map(|column| Cell { text: column.title.to_owned(), style: Some(Style::Faint) });
    let titles: Vec<Cell> = titles.collect();
    let mut out = String::new();
    for row in std::iter::once(&titles).chain(&rows) {
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let is_last = index + 1 == row.len();
            let padding = if is_last { 0 } else { width - cell.text.chars().count() + 2 };
            match cell.style {
                Some(style) => out.push_str(&terminal.paint(style, &cell.text)),
                None => out.push_str(&cell.text),
            }
            out.extend(std::iter::repeat_n(' ', padding));
        }
        out.push('\n');
    }
    out
}

/// Control characters would break the lines, or be obeyed by a terminal.
fn one_line(cell: &Cell) -> Cell {
    let text = cell.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Cell { text, style: cell.style }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn columns_line_up_and_lines_have_no_space_at_their_ends() {
        let columns = [
            Column { title: "RUN", cell: |item, _| text(item, "id") },
            Column { title: "STATUS", cell: |item, _| state(item, "status") },
            Column { title: "ENDED", cell: |item, terminal| time(item, "ended_at", terminal) },
        ];
        let items = Value::parse(
            r#"[{"id": "r1", "status": "succeeded", "ended_at": "2026-01-31T12:00:00Z"},
                {"id": "r1234", "status": "odd\nword"}]"#,
        )
        .unwrap();
        expect![[r"
            RUN    STATUS     ENDED
            r1     succeeded  2026-01-31T12:00:00Z
            r1234  odd word   -
        "]]
        .assert_eq(&render(&columns, items.as_array().unwrap(), Terminal::PLAIN));
    }
}
