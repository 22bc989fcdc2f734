//! `twoviews settings`: the table of everything that can be turned.

use serde_json::Value;

use crate::error::Error;
use crate::methods;
use crate::settings::table::Row;

/// Lists what all methods share and the knobs of one method, or of all.
pub(super) fn list(method: Option<&str>, as_json: bool) -> Result<(), Error> {
    if let Some(id) = method {
        methods::find(id)?;
    }
    let wanted = |row: &Row| method.is_none() || row.method.is_none() || row.method == method;
    let table: Vec<_> = methods::table().into_iter().filter(wanted).collect();
    if as_json {
        let text = serde_json::to_string_pretty(&table).expect("the table is plain data");
        println!("{text}");
        return Ok(());
    }
    let mut group = "";
    for row in &table {
        if row.group != group {
            group = row.group;
            println!("{group}");
        }
        println!("{}", lines(row));
    }
    Ok(())
}

/// A row of the table in a few lines.
fn lines(row: &Row) -> String {
    let when = if row.live {
        "at the next step"
    } else {
        "at the next start"
    };
    let idle = row.idle.as_ref();
    let idle = idle.map_or(String::new(), |idle| format!("\n      {}", idle.sentence));
    format!(
        "  {}\n      {}. {}\n      {}; takes effect {when}.{idle}",
        row.path,
        row.label,
        row.about,
        values(row)
    )
}

/// What may stand there, and what does by default.
fn values(row: &Row) -> String {
    let default = match &row.default {
        Value::Null => "auto".to_owned(),
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    format!("{}; default {default}", row.values)
}

/// What an argument says of the setting that it is short for.
pub(super) fn help(path: &str) -> String {
    let table = methods::table();
    let row = table.iter().find(|row| row.path == path);
    let row = row.expect("an argument is short for a setting");
    format!("{} [{}]", row.about, values(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_path_name_values_unit_default_and_when() {
        let table = methods::table();
        let said = |path: &str| lines(table.iter().find(|row| row.path == path).unwrap());
        let batch = said("train.batch");
        for part in [
            "train.batch",
            "Batch size",
            "from 2 to 1024 images",
            "default 64",
            "next start",
        ] {
            assert!(batch.contains(part), "{batch}");
        }
        let momentum = said("train.momentum");
        let idle = "No effect while Optimiser is AdamW or Adam.";
        assert!(momentum.contains(idle), "{momentum}");
    }
}
