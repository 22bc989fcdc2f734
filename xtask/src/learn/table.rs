//! The outcomes of all runs as Markdown.

use super::cache::{Cache, Outcome};
use super::experiments::{Experiment, Images};

/// What `cargo xtask learn` writes: a heading, and what to know.
pub(super) const SETS: &str = "# What each method learns

Written by `cargo xtask learn`: natively, one run on one thread of a CPU, as many runs at a time as
there are cores. Each set as the page opens it, but for what its line says, so that a run takes at
most some two minutes of an idle core; *seconds* are of the machine as it was. Longer runs learn more.
Accuracy in per cent, five folds: mean over the seeds (42, 43, 44, or as many as were run), and the
spread from the lowest to the highest. *kNN*: k = 5, cosine. *Probe*: logistic regression. *Untrained*
is h of the same network before training. *Gain*: h less untrained, mean over the seeds, its standard
error, and the smallest of a seed. Two rows closer than their spread rank nothing.
";

/// What `cargo xtask own` writes.
pub(super) const OWN: &str = "# What own images learn

Written by `cargo xtask own`: folders of images as a learner brings them, all or some evenly spaced,
with the settings that they are given by the rule for images and nothing else. Seeds and columns as
above.
";

const COLUMNS: &str = "
| method | seeds | kNN pixels | kNN untrained | kNN h | kNN z | kNN gain ± se | probe untrained | probe h | \
probe gain ± se | seconds a run |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// `head`, and a table for each set. Runs of other code or settings never count; a row says how many
/// seeds it has.
pub(super) fn table(
    head: &str,
    sets: &[Images],
    methods: &[String],
    runs: &[Experiment],
    cache: &Cache,
) -> String {
    let mut text = head.to_owned();
    for set in sets {
        let line = format!("\n## {}\n", set.name);
        text += &line;
        let settings = set.settings.iter().map(|setting| format!("`{setting}`"));
        let settings: Vec<String> = settings.collect();
        if !settings.is_empty() {
            let line = format!("\n{}\n", settings.join(", "));
            text += &line;
        }
        text += COLUMNS;
        for method in methods {
            let own = runs
                .iter()
                .filter(|run| run.set == set.name && run.method == *method);
            let outcomes: Vec<Option<Outcome>> = own.map(|run| cache.find(run)).collect();
            text += &row(method, &outcomes);
        }
    }
    text
}

fn row(method: &str, outcomes: &[Option<Outcome>]) -> String {
    let made: Vec<&Outcome> = outcomes.iter().flatten().collect();
    if made.is_empty() {
        return format!("| {method} | not run |{}\n", " |".repeat(9));
    }
    let scores = |kind: &str, of: &str| -> Vec<Option<f64>> {
        let score = |outcome: &&Outcome| Some(outcome.score(kind, of)? * 100.0);
        made.iter().map(score).collect()
    };
    let gain = |of: &str| -> Vec<Option<f64>> {
        let pairs = scores("h", of).into_iter().zip(scores("untrained", of));
        pairs.map(|(h, untrained)| Some(h? - untrained?)).collect()
    };
    let seconds = made.iter().map(|outcome| outcome.seconds).sum::<f64>() / made.len() as f64;
    let cells = [
        made.len().to_string(),
        mean_and_range(&scores("pixels", "knn")),
        mean_and_range(&scores("untrained", "knn")),
        mean_and_range(&scores("h", "knn")),
        mean_and_range(&scores("z", "knn")),
        least(&gain("knn")),
        mean_and_range(&scores("untrained", "probe")),
        mean_and_range(&scores("h", "probe")),
        least(&gain("probe")),
        format!("{seconds:.0}"),
    ];
    format!("| {method} | {} |\n", cells.join(" | "))
}

/// Mean, and lowest to highest; nothing if a number is missing.
fn mean_and_range(values: &[Option<f64>]) -> String {
    let Some((mean, low, high)) = figures(values) else {
        return String::new();
    };
    if high - low < 0.05 {
        format!("{mean:.1}")
    } else {
        format!("{mean:.1} ({low:.1} to {high:.1})")
    }
}

/// Mean, standard error and smallest of some gains, with their sign.
fn least(values: &[Option<f64>]) -> String {
    let Some((mean, low, _)) = figures(values) else {
        return String::new();
    };
    let n = values.len() as f64;
    let squares = values.iter().flatten().map(|value| (value - mean).powi(2));
    let error = (squares.sum::<f64>() / (n - 1.0) / n).sqrt();
    if error.is_nan() {
        return format!("{mean:+.1}");
    }
    format!("{mean:+.1} ± {error:.1} ({low:+.1})")
}

/// `text` with one chapter, which begins like `head`, in the place of the last one of that heading, or
/// at its end.
pub(super) fn replaced(text: &str, head: &str, chapter: &str) -> String {
    let heading = head.lines().next().unwrap_or_default();
    let mut chapters: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("# ") || chapters.is_empty() {
            chapters.push(String::new());
        }
        let last = chapters.last_mut().expect("one was just begun");
        *last += line;
        last.push('\n');
    }
    let chapter = format!("{}\n", chapter.trim_end());
    match chapters.iter_mut().find(|old| old.starts_with(heading)) {
        Some(old) => *old = chapter,
        None => chapters.push(chapter),
    }
    let chapters: Vec<&str> = chapters.iter().map(|text| text.trim_end()).collect();
    chapters.join("\n\n") + "\n"
}

fn figures(values: &[Option<f64>]) -> Option<(f64, f64, f64)> {
    let values: Vec<f64> = values.iter().copied().collect::<Option<_>>()?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some((mean, low, high))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_tells_mean_and_range() {
        assert_eq!(
            mean_and_range(&[50.0, 52.0, 54.0].map(Some)),
            "52.0 (50.0 to 54.0)"
        );
        assert_eq!(mean_and_range(&[86.1, 86.1, 86.1].map(Some)), "86.1");
        assert_eq!(mean_and_range(&[Some(86.1), None]), "");
        assert_eq!(least(&[4.0, -1.0].map(Some)), "+1.5 ± 2.5 (-1.0)");
    }

    #[test]
    fn a_chapter_takes_the_place_of_the_last_of_its_heading() {
        let old = "# A\n\nold\n\n# B\n\nstays\n";
        let new = replaced(old, "# A\n", "# A\n\nnew\n\n## part\n");
        assert_eq!(new, "# A\n\nnew\n\n## part\n\n# B\n\nstays\n");
        assert_eq!(replaced(&new, "# C", "# C\n"), format!("{new}\n# C\n"));
        assert_eq!(replaced("", "# A", "# A\n"), "# A\n");
    }

    #[test]
    fn a_row_says_how_many_seeds_it_has() {
        let outcome = |h: f64| {
            Some(Outcome {
                seconds: 30.0,
                scores: json!({"values": [
                    {"id": "knn", "h": h, "z": 0.6, "untrained": 0.4, "pixels": 0.5},
                    {"id": "knn", "part": "colour", "h": 1.0},
                    {"id": "probe", "h": 0.75, "z": 0.7, "untrained": 0.5, "pixels": null},
                ]}),
            })
        };
        assert_eq!(
            row("a", &[outcome(0.625), outcome(0.375)]),
            "| a | 2 | 50.0 | 40.0 | 50.0 (37.5 to 62.5) | 60.0 | +10.0 ± 12.5 (-2.5) | 50.0 | 75.0 | \
             +25.0 ± 0.0 (+25.0) | 30 |\n"
        );
        let one = row("a", &[outcome(0.625), None]);
        assert!(one.starts_with("| a | 1 | 50.0 | 40.0 | 62.5 |"), "{one}");
        let missing = row("a", &[None, None]);
        assert!(missing.starts_with("| a | not run |"), "{missing}");
        assert_eq!(
            missing.matches('|').count(),
            COLUMNS.lines().nth(1).unwrap().matches('|').count()
        );
    }
}
