//! `twoviews readings`: what is measured; and the table of what came out.

use std::fmt::Write;

use crate::evaluation::readings::{Better, Measured, READINGS, ReadingCard, Unit, Value};

/// Lists the cards of all readings.
pub(super) fn list(as_json: bool) {
    let cards = READINGS.iter().map(|reading| reading.card);
    if as_json {
        let cards: Vec<ReadingCard> = cards.collect();
        let text = serde_json::to_string_pretty(&cards).expect("cards are plain data");
        println!("{text}");
        return;
    }
    for card in cards {
        let better = match card.better {
            Some(Better::High) => "higher is better",
            Some(Better::Low) => "lower is better",
            None => "no way is better by itself",
        };
        let when = if card.live { "live" } else { "when asked for" };
        println!(
            "{}\n    {}, {when}, {better}. {}\n    Misleads: {}\n    {}",
            card.id, card.label, card.about, card.misleads, card.source
        );
    }
}

/// A line for each reading and part, beside what it must be compared with.
pub(super) fn table(values: &[Measured]) -> String {
    let mut text = line(
        "",
        ["h", "z", "untrained", "(its z)", "pixels", "chance"].map(String::from),
    );
    for value in values {
        let card = READINGS.iter().map(|reading| &reading.card);
        let card = card.into_iter().find(|card| card.id == value.id);
        let card = card.expect("a reading of the list");
        let name = match &value.part {
            Some(part) => format!("{}: {part}", card.label),
            None => card.label.to_owned(),
        };
        let numbers = [
            &value.h,
            &value.z,
            &value.untrained,
            &value.untrained_z,
            &value.pixels,
        ];
        if numbers.iter().all(|number| number.is_none()) {
            let reason = value.missing.as_deref().unwrap_or("not taken");
            writeln!(text, "{name:32} {reason}").expect("a text has room");
            continue;
        }
        let written = |value: Option<&Value>| value.map_or(String::new(), |v| write(v, card.unit));
        let [h, z, untrained, untrained_z, pixels] = numbers.map(|value| written(value.as_ref()));
        let chance = written(value.chance.map(Value::Number).as_ref());
        text += &line(&name, [h, z, untrained, untrained_z, pixels, chance]);
    }
    text
}

fn line(name: &str, cells: [String; 6]) -> String {
    let cells = cells.map(|cell| format!("{cell:>10}")).concat();
    format!("{name:32} {cells}\n").replace(" \n", "\n")
}

fn write(value: &Value, unit: Unit) -> String {
    match (value, unit) {
        (Value::Number(value), Unit::Share) => format!("{:.1}%", value * 100.0),
        (Value::Number(value), Unit::Directions) => format!("{value:.1}"),
        (Value::Number(value), _) => format!("{value:.3}"),
        // Of a list there is room for the first: the part of the longest direction.
        (Value::List(values), _) => match values.first() {
            Some(first) => format!("{:.0}%, ...", first * 100.0),
            None => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_baseline_or_the_reason() {
        let share = |value| Some(Value::Number(value));
        let knn = Measured {
            id: "knn",
            part: Some("shape".into()),
            h: share(0.912),
            z: share(0.5),
            untrained: share(0.4),
            untrained_z: share(0.3),
            pixels: share(0.2),
            chance: Some(0.125),
            missing: None,
        };
        let none = Measured {
            id: "probe",
            part: None,
            h: None,
            z: None,
            untrained: None,
            untrained_z: None,
            pixels: None,
            chance: None,
            missing: Some("needs labels".into()),
        };
        let text = table(&[knn, none]);
        let words: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            words[1],
            [
                "kNN:", "shape", "91.2%", "50.0%", "40.0%", "30.0%", "20.0%", "12.5%"
            ]
        );
        assert_eq!(words[2], ["linear", "probe", "needs", "labels"]);
    }
}
