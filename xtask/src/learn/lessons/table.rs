//! What lessons came to, as Markdown.

use std::fmt::Write;

use serde_json::Value;

use super::content::{Lesson, Outcome, Paper};
use super::results::{Figures, Measured, Results};

const HEAD: &str = "# Lessons

Written by `cargo xtask lessons`, which makes the runs: natively, one thread of a CPU each, with the seeds
42, 43 and 44. A lesson is a file in `lessons/`; the page opens it at `?lesson=` and its name. *A* and *B*
are the reading that answers, mean and standard deviation over the seeds; *A - B* is taken seed by seed. It
counts where every seed has the same sign and the mean is as large as the lesson says; else the two are
alike.

| lesson | question | reading | A | B | A - B | ours | the paper's |
|---|---|---|---|---|---|---|---|
";

/// All lessons that were measured, and what the paper says of each.
pub(super) fn table(lessons: &[Lesson], results: &Results, readings: &[Value]) -> String {
    let known = lessons
        .iter()
        .filter_map(|lesson| Some((lesson, results.get(&lesson.id)?)));
    let known: Vec<(&Lesson, &Measured)> = known.collect();
    let mut text = HEAD.to_owned();
    for (lesson, measured) in &known {
        text += &row(lesson, measured, readings);
    }
    for (lesson, measured) in &known {
        text += &chapter(lesson, measured, readings);
    }
    let waiting = lessons.iter().filter(|one| !results.contains_key(&one.id));
    let waiting: Vec<String> = waiting.map(|one| format!("`{}`", one.id)).collect();
    if !waiting.is_empty() {
        let line = format!(
            "\nNot measured yet, so not offered: {}.\n",
            waiting.join(", ")
        );
        text += &line;
    }
    text
}

fn row(lesson: &Lesson, measured: &Measured, readings: &[Value]) -> String {
    let answer = &lesson.answer;
    let share = is_share(readings, &answer.reading);
    let said = |outcome: Outcome| match outcome {
        Outcome::A => "A higher",
        Outcome::B => "B higher",
        Outcome::Alike => "alike",
    };
    let [a, b] = [(&lesson.a.name, &measured.a), (&lesson.b.name, &measured.b)]
        .map(|(name, figures)| format!("{name}: {}", written(figures, share)));
    format!(
        "| `{}` | {} | {} | {a} | {b} | {} | {} | {} |\n",
        lesson.id,
        lesson.question,
        reading(lesson, readings),
        signed(&measured.difference, share),
        said(measured.outcome),
        said(lesson.paper.expects),
    )
}

fn reading(lesson: &Lesson, readings: &[Value]) -> String {
    let answer = &lesson.answer;
    let name = name(readings, &answer.reading, answer.part.as_deref());
    if answer.a == answer.b {
        format!("{name} of {}", answer.a)
    } else {
        format!("{name}, {} and {}", answer.a, answer.b)
    }
}

fn chapter(lesson: &Lesson, measured: &Measured, readings: &[Value]) -> String {
    let Paper {
        claim,
        title,
        authors,
        year,
        arxiv,
        place,
        ..
    } = &lesson.paper;
    let mut text = format!("\n## {}\n\n", lesson.question);
    let mut line = |line: String| writeln!(text, "{line}").expect("a text has room");
    let arxiv = arxiv
        .as_ref()
        .map(|id| format!(", [arXiv:{id}](https://arxiv.org/abs/{id})"));
    let place = place.as_ref().map(|place| format!(", {place}"));
    line(format!(
        "The paper's: {claim} ({authors} {year}, *{title}*{}{})",
        arxiv.unwrap_or_default(),
        place.unwrap_or_default(),
    ));
    if let Some(differs) = &lesson.ours.differs {
        line(format!("\nOurs is otherwise. {differs}"));
    }
    let all = lesson.common.iter();
    let common: Vec<String> = all
        .map(|(path, value)| format!("`{path}={value}`"))
        .collect();
    line(format!(
        "\n*{}*, {} seconds a run{}{}.\n",
        lesson.set,
        measured.seconds,
        if common.is_empty() { "" } else { ", " },
        common.join(", ")
    ));
    line("| variant | reading | mean | seeds |\n|---|---|---|---|".into());
    let share = is_share(readings, &lesson.answer.reading);
    let answer = reading(lesson, readings);
    let own = [(&lesson.a.name, &measured.a), (&lesson.b.name, &measured.b)];
    let more = lesson.more.iter().map(|variant| &variant.name);
    for (variant, figures) in own.into_iter().chain(more.zip(&measured.more)) {
        line(cells(variant, &answer, figures, share));
    }
    for (one, figures) in lesson.also.iter().zip(&measured.also) {
        let share = is_share(readings, &one.reading);
        let name = name(readings, &one.reading, one.part.as_deref());
        let name = format!("{name} of {}", one.of);
        let names = [&lesson.a.name, &lesson.b.name];
        // Where B comes with A it has nothing of its own.
        let both = if lesson.two() { 2 } else { 1 };
        for (variant, figures) in names.into_iter().zip(figures).take(both) {
            if let Some(figures) = figures {
                line(cells(variant, &name, figures, share));
            }
        }
    }
    let teaching = &lesson.teaching;
    line(format!(
        "\nIn class: {} What goes wrong: {}",
        teaching.students, teaching.wrong
    ));
    text
}

fn cells(variant: &str, reading: &str, figures: &Figures, share: bool) -> String {
    let seeds = figures.seeds.iter().map(|value| number(*value, share));
    let seeds: Vec<String> = seeds.collect();
    format!(
        "| {variant} | {reading} | {} | {} |",
        written(figures, share),
        seeds.join(", ")
    )
}

fn card<'a>(readings: &'a [Value], id: &str) -> Option<&'a Value> {
    readings.iter().find(|card| card["id"] == id)
}

/// What a reading is called, with the factor or parameter that it is of.
fn name(readings: &[Value], id: &str, part: Option<&str>) -> String {
    let label = card(readings, id).and_then(|card| card["label"].as_str());
    let part = part.map_or(String::new(), |part| format!(" ({part})"));
    format!("{}{part}", label.unwrap_or(id))
}

fn is_share(readings: &[Value], id: &str) -> bool {
    card(readings, id).is_some_and(|card| card["unit"] == "share")
}

fn number(value: f64, share: bool) -> String {
    if share {
        format!("{:.1}", value * 100.0)
    } else {
        format!("{value:.3}")
    }
}

fn written(figures: &Figures, share: bool) -> String {
    let unit = if share { " %" } else { "" };
    format!(
        "{} ± {}{unit}",
        number(figures.mean, share),
        number(figures.deviation, share)
    )
}

fn signed(figures: &Figures, share: bool) -> String {
    let sign = if figures.mean >= 0.0 { "+" } else { "" };
    format!("{sign}{}", written(figures, share).trim_end_matches(" %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_per_cent() {
        let figures = Figures::of(vec![0.5, 0.52, 0.54]);
        assert_eq!(written(&figures, true), "52.0 ± 2.0 %");
        assert_eq!(signed(&figures, true), "+52.0 ± 2.0");
        assert_eq!(written(&figures, false), "0.520 ± 0.020");
    }
}
