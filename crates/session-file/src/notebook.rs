//! The notebook that opens the rest.

use serde_json::{Value, json};

/// As Python, with `# %%` between its cells.
const SOURCE: &str = include_str!("notebook.py");

/// The same as a Jupyter notebook (nbformat 4.5).
pub(crate) fn notebook() -> Value {
    let cells = SOURCE.split("# %%").skip(1).enumerate();
    let cells: Vec<Value> = cells.map(|(at, cell)| one(at, cell)).collect();
    json!({
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
        },
        "cells": cells,
    })
}

fn one(at: usize, cell: &str) -> Value {
    let id = format!("cell-{at}");
    let lines = |text: &str| -> Vec<String> {
        text.trim()
            .split_inclusive('\n')
            .map(String::from)
            .collect()
    };
    match cell.strip_prefix(" [markdown]") {
        Some(text) => {
            let plain = text
                .lines()
                .map(|line| line.strip_prefix("# ").unwrap_or(""));
            let plain: Vec<&str> = plain.collect();
            json!({"cell_type": "markdown", "id": id, "metadata": {}, "source": lines(&plain.join("\n"))})
        }
        None => json!({
            "cell_type": "code", "id": id, "metadata": {}, "execution_count": null, "outputs": [],
            "source": lines(cell),
        }),
    }
}
