//! Lessons as they are written: a file each in `lessons/`. ARCHITECTURE.md says how to add one.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::project::Project;

/// Settings by dotted path.
pub(super) type Settings = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lesson {
    /// The name of its file, by which a link names it.
    #[serde(skip)]
    pub(super) id: String,
    /// Its place in the list.
    pub(super) order: u32,
    #[serde(rename = "title")]
    _title: String,
    pub(super) question: String,
    /// What one has to know to guess.
    #[serde(rename = "about")]
    _about: String,
    /// What to look at while both train.
    #[serde(rename = "watch")]
    _watch: String,
    /// The built-in set.
    pub(super) set: String,
    /// Whether images of the learner's own stay, if there are any.
    #[serde(default, rename = "own")]
    _own: bool,
    /// What stays of the page, of what can be left out.
    #[serde(default, rename = "show")]
    _show: Vec<String>,
    /// The lesson that follows.
    #[serde(rename = "next")]
    _next: Option<String>,
    /// What the learner may expect.
    pub(super) guesses: Vec<Guess>,
    /// Settings of every variant.
    #[serde(default)]
    pub(super) common: Settings,
    pub(super) a: Variant,
    pub(super) b: Variant,
    /// Variants that are measured, and not shown beside each other.
    #[serde(default)]
    pub(super) more: Vec<Variant>,
    pub(super) answer: Answer,
    /// Readings that are told beside the one that answers.
    #[serde(default)]
    pub(super) also: Vec<Which>,
    pub(super) paper: Paper,
    pub(super) ours: Ours,
    pub(super) teaching: Teaching,
}

/// Which of the two has the higher reading.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    A,
    B,
    Alike,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guess {
    #[serde(rename = "says")]
    _says: String,
    pub(super) is: Outcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variant {
    /// What it is called in a table and in a sentence.
    pub(super) name: String,
    /// What stands there instead of a run: of B alone.
    pub(super) is: Option<Baseline>,
    #[serde(default)]
    pub(super) settings: Settings,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Baseline {
    Untrained,
    Pixels,
}

/// Which reading, of h or z.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    pub(super) reading: String,
    /// The factor or parameter; without one the first.
    pub(super) part: Option<String>,
    pub(super) of: String,
}

/// The reading that answers: of what of A, and of what of B, or of A again where B is no run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) reading: String,
    pub(super) part: Option<String>,
    pub(super) a: String,
    pub(super) b: String,
    /// From which difference on the two differ.
    pub(super) clear: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paper {
    /// What it says, in our words.
    pub(super) claim: String,
    /// What one expects of the answer by it.
    pub(super) expects: Outcome,
    pub(super) title: String,
    pub(super) authors: String,
    pub(super) year: u32,
    pub(super) arxiv: Option<String>,
    /// Where it says so.
    pub(super) place: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ours {
    /// What came out, as `means` has it: a test compares it with what was measured.
    pub(super) found: Outcome,
    #[serde(rename = "means")]
    _means: String,
    /// Why we think that ours is otherwise than the paper's; only where it is.
    pub(super) differs: Option<String>,
}

/// For whoever teaches with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Teaching {
    /// What students do.
    pub(super) students: String,
    /// What goes wrong, and what then helps.
    pub(super) wrong: String,
}

pub(super) const FOLDER: &str = "lessons";

/// All lessons, in their order.
pub(super) fn read(project: &Project) -> Result<Vec<Lesson>> {
    let folder = project.path(FOLDER);
    let mut lessons = Vec::new();
    for entry in fs::read_dir(&folder).context("no folder of lessons")? {
        let path = entry?.path();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let lesson = toml::from_str(&text);
        let mut lesson: Lesson =
            lesson.with_context(|| format!("{} is no lesson", path.display()))?;
        let name = path.file_stem().context("it has a name")?;
        lesson.id = name.to_string_lossy().into_owned();
        lesson
            .check()
            .with_context(|| format!("the lesson {}", lesson.id))?;
        lessons.push(lesson);
    }
    lessons.sort_by_key(|lesson| lesson.order);
    Ok(lessons)
}

impl Lesson {
    /// Whether B is a run of its own.
    pub(super) fn two(&self) -> bool {
        self.b.is.is_none()
    }

    /// What is measured, by the name of it: A, B unless it comes with A, and those beside them.
    pub(super) fn variants(&self) -> Vec<(String, &Variant)> {
        let more = self.more.iter().enumerate();
        let more = more.map(|(at, variant)| (format!("more {}", at + 1), variant));
        [("a".to_owned(), &self.a)]
            .into_iter()
            .chain(self.two().then(|| ("b".to_owned(), &self.b)))
            .chain(more)
            .collect()
    }

    /// All settings of a variant.
    pub(super) fn settings(&self, variant: &Variant) -> Settings {
        let mut all = self.common.clone();
        all.extend(variant.settings.clone());
        all
    }

    fn check(&self) -> Result<()> {
        ensure!(self.a.is.is_none(), "A is always a run");
        let outcomes: Vec<Outcome> = self.guesses.iter().map(|guess| guess.is).collect();
        ensure!((2..=3).contains(&outcomes.len()), "two or three guesses");
        ensure!(outcomes.contains(&self.ours.found), "ours can be guessed");
        let differs = self.ours.found != self.paper.expects;
        ensure!(
            differs == self.ours.differs.is_some(),
            "`ours.differs` stands where ours is not what the paper expects, and only there"
        );
        if self.two() {
            self.agree_on_paths()?;
        } else {
            ensure!(self.b.settings.is_empty(), "B is no run");
        }
        Ok(())
    }

    /// B begins with the settings of A, so it names all that A names; but for knobs of another method.
    fn agree_on_paths(&self) -> Result<()> {
        let another = self.b.settings.contains_key("method");
        for path in self.a.settings.keys() {
            ensure!(
                self.b.settings.contains_key(path) || another && path.starts_with("knobs."),
                "A names {path}, and B does not"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_lesson_may_not_be_is_said() {
        let text = |b: &str, expects: &str| {
            format!(
                "order = 1\ntitle = 't'\nquestion = 'q'\nabout = 'w'\nwatch = 'w'\nset = 'shapes'
                [[guesses]]\nsays = 'yes'\nis = 'a'\n[[guesses]]\nsays = 'no'\nis = 'alike'
                [a]\nname = 'one'\nsettings = {{ x = 1 }}\n[b]\nname = 'two'\n{b}
                [answer]\nreading = 'knn'\na = 'h'\nb = 'h'\nclear = 0.1
                [paper]\nclaim = 'c'\nexpects = '{expects}'\ntitle = 't'\nauthors = 'x'\nyear = 2020
                [ours]\nfound = 'a'\nmeans = 'm'
                [teaching]\nstudents = 's'\nwrong = 'w'"
            )
        };
        let said = |b: &str, expects: &str| {
            let lesson: Lesson = toml::from_str(&text(b, expects)).unwrap();
            lesson
                .check()
                .map_err(|error| error.to_string())
                .unwrap_err()
        };
        let right: Lesson = toml::from_str(&text("settings = { x = 2 }", "a")).unwrap();
        right.check().unwrap();
        assert_eq!(right.variants().len(), 2);
        assert!(said("settings = { y = 2 }", "a").contains("A names x"));
        assert!(said("settings = { x = 2 }", "b").contains("ours.differs"));
        assert!(said("is = 'pixels'\nsettings = { x = 2 }", "a").contains("no run"));
        assert!(toml::from_str::<Lesson>(&(text("", "a") + "\nmore = 1")).is_err());
    }
}
