//! Tables as CSV: a header, then a row each.

use serde_json::Value;

use crate::{Curves, Factor};

type Record = Vec<String>;

fn table(header: Record, rows: impl Iterator<Item = Record>) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        table
            .write_record(row)
            .expect("rows are of one length, and memory takes them");
    }
    table.into_inner().expect("memory takes them")
}

/// What columns of images are called: their name, and what is known of them.
fn heads(factors: &[Factor]) -> Record {
    let known = factors.iter().map(|factor| factor.name.clone());
    std::iter::once("name".into()).chain(known).collect()
}

/// The same of each image, in their order.
fn known<'a>(names: &'a [String], factors: &'a [Factor]) -> impl Iterator<Item = Record> {
    names.iter().enumerate().map(|(at, name)| {
        let class = |factor: &Factor| factor.classes[usize::from(factor.of[at])].clone();
        let classes = factors.iter().map(class);
        std::iter::once(name.clone()).chain(classes).collect()
    })
}

/// Name of each image and what is known of it, in their order.
pub fn images(names: &[String], factors: &[Factor]) -> Vec<u8> {
    table(heads(factors), known(names, factors))
}

/// The same for the Embedding Projector: tabs between, and no header above a single column.
pub(crate) fn metadata(names: &[String], factors: &[Factor]) -> Vec<u8> {
    let head = (!factors.is_empty()).then(|| heads(factors));
    let rows = head.into_iter().chain(known(names, factors));
    let line = |row: Record| {
        let plain = row.iter().map(|text| text.replace(['\t', '\n', '\r'], " "));
        plain.collect::<Vec<_>>().join("\t") + "\n"
    };
    rows.map(line).collect::<String>().into_bytes()
}

/// Name, labels, h and z of each image.
pub(crate) fn embeddings(names: &[String], factors: &[Factor], [h, z]: [&[f32]; 2]) -> Vec<u8> {
    let n = names.len();
    let widths = [("h", h), ("z", z)].map(|(of, rows)| (of, rows, rows.len() / n));
    let columns = widths
        .iter()
        .flat_map(|(of, _, width)| (0..*width).map(move |at| format!("{of}{at}")));
    let header = heads(factors).into_iter().chain(columns);
    let rows = known(names, factors).enumerate().map(|(at, known)| {
        let numbers = widths
            .iter()
            .flat_map(|(_, rows, width)| &rows[at * width..][..*width]);
        known
            .into_iter()
            .chain(numbers.map(f32::to_string))
            .collect()
    });
    table(header.collect(), rows)
}

/// A row a step.
pub(crate) fn curves(curves: &Curves) -> Vec<u8> {
    let ids = curves.lines.iter().map(|line| line.id.clone());
    let header = std::iter::once("step".into()).chain(ids).collect();
    let rows = curves.steps.iter().enumerate().map(|(at, step)| {
        let values = curves.lines.iter().map(|line| {
            let value = line.values.get(at).copied().flatten();
            value.map(|value| value.to_string()).unwrap_or_default()
        });
        std::iter::once(step.to_string()).chain(values).collect()
    });
    table(header, rows)
}

/// Columns of the table of readings, by the fields of `Measured`.
const READ: [(&str, &str); 9] = [
    ("reading", "id"),
    ("part", "part"),
    ("h", "h"),
    ("z", "z"),
    ("untrained_h", "untrained"),
    ("untrained_z", "untrainedZ"),
    ("pixels", "pixels"),
    ("chance", "chance"),
    ("missing", "missing"),
];

/// A row a reading; numbers of a list with spaces between.
pub(crate) fn readings(readings: &Value) -> Vec<u8> {
    fn text(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(" "),
            other => other.to_string(),
        }
    }
    let header = READ.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rows = readings.as_array().into_iter().flatten();
    let rows = rows.map(|row| READ.iter().map(|(_, field)| text(&row[field])).collect());
    table(header, rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Line;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    fn label() -> Vec<Factor> {
        let classes = ["cat", "dog, small"].map(String::from).to_vec();
        let (name, of) = ("label".into(), vec![1, 0]);
        vec![Factor { name, classes, of }]
    }

    fn names() -> Vec<String> {
        ["a.png", "b\t.png"].map(String::from).to_vec()
    }

    #[test]
    fn names_and_labels_stay_in_their_cells() {
        let csv = text(images(&names(), &label()));
        assert_eq!(csv, "name,label\na.png,\"dog, small\"\nb\t.png,cat\n");
        let tsv = text(metadata(&names(), &label()));
        assert_eq!(tsv, "name\tlabel\na.png\tdog, small\nb .png\tcat\n");
        // The Projector takes the first row of a single column for a name.
        assert_eq!(text(metadata(&names(), &[])), "a.png\nb .png\n");
    }

    #[test]
    fn vectors_stand_beside_their_image() {
        let csv = text(embeddings(
            &names(),
            &[],
            [&[0.5, 1.0, 2.0, 3.0], &[-1.0, 1e-9]],
        ));
        assert_eq!(
            csv,
            "name,h0,h1,z0\na.png,0.5,1,-1\nb\t.png,2,3,0.000000001\n"
        );
    }

    #[test]
    fn readings_stand_beside_what_they_are_compared_with() {
        let read = json!([
            {"id": "knn", "part": null, "h": 0.75, "untrained": 0.5, "chance": 0.25},
            {"id": "spectrum", "h": [2.0, 1.0], "missing": "z has one number"},
        ]);
        let csv = text(readings(&read));
        let head = "reading,part,h,z,untrained_h,untrained_z,pixels,chance,missing\n";
        assert_eq!(
            csv,
            head.to_owned() + "knn,,0.75,,0.5,,,0.25,\nspectrum,,2.0 1.0,,,,,,z has one number\n"
        );
        assert_eq!(text(readings(&Value::Null)), head);
    }

    #[test]
    fn what_is_not_known_of_a_step_is_empty() {
        let line = |id: &str, values| Line {
            id: id.into(),
            label: id.into(),
            values,
        };
        let lines = vec![
            line("total", vec![Some(1.5), None]),
            line("knn", vec![Some(0.25)]),
        ];
        let steps = vec![1.0, 2.0];
        let csv = text(curves(&Curves { steps, lines }));
        assert_eq!(csv, "step,total,knn\n1,1.5,0.25\n2,,\n");
    }
}
