//! The table that is printed.

use std::time::Duration;

use super::load::Outcome;

/// What one row says.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What was done.
    pub(super) name: String,
    /// The load, or `None` for rows of one figure.
    pub(super) load: Option<Load>,
    /// The figure that has a budget, with the words around it.
    pub(super) verdict: Option<Verdict>,
}

/// The load of a row.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// What the generator saw.
    pub(super) outcome: Outcome,
    /// Server CPU per answered request, in seconds.
    pub(super) cpu: f64,
    /// Resident memory of the server at the end, in bytes.
    pub(super) memory: u64,
}

/// A figure beside its budget.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    /// The figure, with its unit.
    pub(super) figure: String,
    /// The budget, in the same words.
    pub(super) budget: String,
    /// Whether it is met.
    pub(super) is_met: bool,
}

impl Verdict {
    /// A ratio that must be at most `budget`.
    pub(super) fn at_most(ratio: f64, budget: f64, of: &str) -> Self {
        Self {
            figure: format!("{ratio:.2} x {of}"),
            budget: format!("<= {budget:.2} x"),
            is_met: ratio <= budget,
        }
    }

    /// A figure without a budget.
    pub(super) fn figure(figure: String) -> Self {
        Self { figure, budget: String::new(), is_met: true }
    }

    fn word(&self) -> &'static str {
        match (self.budget.is_empty(), self.is_met) {
            (true, _) => "",
            (false, true) => "ok",
            (false, false) => "MISSED",
        }
    }

    /// A ratio that must be at least `budget`.
    pub(super) fn at_least(ratio: f64, budget: f64, of: &str) -> Self {
        Self {
            figure: format!("{ratio:.2} x {of}"),
            budget: format!(">= {budget:.2} x"),
            is_met: ratio >= budget,
        }
    }
}

/// The rows as text.
pub(super) fn print(rows: &[Row]) -> String {
    let head = ["", "req/s", "p50", "p99", "CPU/req", "RSS", "figure", "budget", ""];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for row in rows {
        let mut cells = vec![row.name.clone()];
        match &row.load {
            Some(load) => cells.extend([
                format!("{:.0}", load.outcome.rate()),
                milliseconds(load.outcome.quantile(500)),
                milliseconds(load.outcome.quantile(990)),
                format!("{:.1} us", load.cpu * 1e6),
                megabytes(load.memory),
            ]),
            None => cells.extend(["", "", "", "", ""].map(str::to_owned)),
        }
        match &row.verdict {
            Some(verdict) => cells.extend([
                verdict.figure.clone(),
                verdict.budget.clone(),
                verdict.word().to_owned(),
            ]),
            None => cells.extend(["", "", ""].map(str::to_owned)),
        }
        lines.push(cells);
    }
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        for (index, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let cell = match index {
                1..=5 => format!("{cell:>width$}"),
                _ => format!("{cell:<width$}"),
            };
            text.push_str(&cell);
            text.push_str("  ");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Bytes as megabytes of 10^6.
#[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
