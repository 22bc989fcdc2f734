//! The verdict on recorded runs: what was seen of them, and what may be said. See
//! `tests/recorded/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use twoviews::evaluation::Spread;
use twoviews::evaluation::verdict::{
    Collapse, CollapseJudge, CollapseState, Comparison, Gain, Learned, LearnedJudge, LearnedState,
    Moment, Spreads,
};
use twoviews::rng::{Purpose, Rng};

/// A recorded run.
#[derive(Debug, Clone, Deserialize)]
struct Recorded {
    about: String,
    total: usize,
    warmup: usize,
    expected: Expected,
    looks: Vec<Look>,
}

/// What may be said of a run.
#[derive(Debug, Clone, Deserialize)]
struct Expected {
    /// The states in their order, `early` first.
    collapse: Vec<String>,
    /// The first step of the last of them: from, to.
    since: [usize; 2],
    /// What may be said at the end.
    learned: Vec<String>,
    /// What may be said on the way.
    meanwhile: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Look {
    step: usize,
    h: SpreadOf,
    z: SpreadOf,
    scores: Option<ScoresOf>,
    unscored: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpreadOf {
    dims: usize,
    std: f32,
    effective_rank: f32,
    dead: usize,
    mean_cosine: f32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScoresOf {
    h: f32,
    untrained: f32,
    pixels: f32,
    chance: f32,
    gain: GainOf,
    over_pixels: GainOf,
}

#[derive(Debug, Clone, Deserialize)]
struct GainOf {
    value: f32,
    error: f32,
}

fn folder() -> PathBuf {
    PathBuf::from("tests/recorded")
}

/// All recorded runs by name.
fn all() -> BTreeMap<String, Recorded> {
    let files = fs::read_dir(folder()).expect("a folder of the project");
    let files = files.map(|entry| entry.expect("a listing").path());
    let runs = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    runs.map(|path| {
        let text = fs::read_to_string(&path).expect("a file of the project");
        let name = path.file_stem().expect("a name").to_string_lossy();
        let run = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name.into_owned(), run)
    })
    .collect()
}

impl Recorded {
    /// What is said at each look.
    fn judge(&self) -> Vec<(usize, Collapse, Learned)> {
        let mut collapse = CollapseJudge::default();
        let mut learned = LearnedJudge::default();
        let looks = self.looks.iter().map(|look| {
            let at = Moment {
                step: look.step,
                total: self.total,
                warmup: self.warmup,
            };
            let [h, z] = [&look.h, &look.z].map(|of| Spread {
                dims: of.dims,
                std: of.std,
                effective_rank: of.effective_rank,
                dead: of.dead,
                mean_cosine: of.mean_cosine,
            });
            let gain = |of: &GainOf| Gain {
                value: of.value,
                error: of.error,
            };
            let scores = look.scores.as_ref().map(|of| Comparison {
                h: of.h,
                untrained: of.untrained,
                pixels: of.pixels,
                chance: of.chance,
                gain: gain(&of.gain),
                over_pixels: gain(&of.over_pixels),
            });
            let scores = scores.ok_or_else(|| look.unscored.as_deref().expect("a reason"));
            (
                look.step,
                collapse.look(at, Spreads { h, z }),
                learned.look(at, scores),
            )
        });
        looks.collect()
    }

    /// That nothing is said of it but what may be.
    fn check(&self, name: &str) {
        let said = self.judge();
        let mut states: Vec<_> = said.iter().map(|(_, said, _)| word(said.state)).collect();
        states.dedup();
        let course: Vec<_> = said
            .iter()
            .map(|(step, said, learned)| (step, said.state, said.since, learned.state))
            .collect();
        assert_eq!(states, self.expected.collapse, "{name}: {course:?}");

        let mut onsets: Vec<_> = said
            .iter()
            .map(|(_, said, _)| (said.state, said.since))
            .collect();
        onsets.dedup();
        assert_eq!(
            onsets.len(),
            states.len(),
            "{name}: an onset moved: {course:?}"
        );

        let (_, last, learned) = said.last().expect("a run is looked at");
        if let Some(since) = last.since {
            let [from, to] = self.expected.since;
            assert!((from..=to).contains(&since), "{name}: since {since}");
        }
        let state = word(learned.state);
        assert!(
            self.expected.learned.contains(&state),
            "{name}: {state}: {learned:?}"
        );
        for (step, said, learned) in &said {
            let state = word(learned.state);
            let may = self.expected.meanwhile.contains(&state) || *step >= self.total;
            assert!(may, "{name}: {state} at step {step}");
            let clear = learned.scores.is_some_and(|scores| scores.gain.is_clear());
            let green = matches!(learned.state, LearnedState::Better);
            assert!(
                clear || !green,
                "{name}: green without a gain at step {step}"
            );
            let judged = *step >= 20 && *step >= (self.total / 10).min(100);
            let early = said.state == CollapseState::Early;
            assert!(judged || early, "{name}: judged at step {step}");
        }
    }

    /// The same run with every second look left out, but for the first and the last.
    fn thinned(&self, odd: usize) -> Self {
        let last = self.looks.len() - 1;
        let kept = |i: usize| i == 0 || i == last || i % 2 == odd;
        let looks = self.looks.iter().enumerate().filter(|(i, _)| kept(*i));
        Self {
            looks: looks.map(|(_, look)| look.clone()).collect(),
            ..self.clone()
        }
    }

    /// The same run as another backend might have made it. After some two hundred steps, what differs
    /// in the last digit of the learning rate differs by up to 5 % in spread, by 10 % in effective
    /// rank, and by some points of kNN.
    fn noisy(&self, seed: u32) -> Self {
        let mut rng = Rng::keyed(seed, Purpose::Test, &[]);
        let mut run = self.clone();
        for look in run.looks.iter_mut().filter(|look| look.step > 0) {
            for spread in [&mut look.h, &mut look.z] {
                spread.std *= 1.0 + rng.uniform(-0.05, 0.05);
                spread.effective_rank *= 1.0 + rng.uniform(-0.1, 0.1);
            }
            if let Some(scores) = &mut look.scores {
                let shift = rng.uniform(-0.01, 0.01);
                scores.h += shift;
                scores.gain.value += shift;
                scores.over_pixels.value += shift;
            }
        }
        run
    }
}

fn word(state: impl serde::Serialize) -> String {
    let value = serde_json::to_value(state).expect("a word");
    value.as_str().expect("a word").to_owned()
}

#[test]
fn nothing_is_said_of_a_recorded_run_but_what_is_so() {
    let runs = all();
    assert!(runs.len() >= 16, "{}", runs.len());
    for (name, run) in runs {
        run.check(&name);
    }
}

#[test]
fn a_verdict_does_not_hang_on_how_often_one_looks() {
    for (name, run) in all() {
        for odd in [0, 1] {
            run.thinned(odd)
                .check(&format!("{name}, every second look"));
        }
    }
}

#[test]
fn a_verdict_does_not_hang_on_the_noise_of_a_backend() {
    for (name, run) in all() {
        for seed in 0..50 {
            run.noisy(seed).check(&format!("{name}, noise {seed}"));
        }
    }
}

const HEAD: &str = "# Recorded runs, and what the verdict says of them

Written by `cargo test`, from the runs in [tests/recorded](../tests/recorded/README.md). The rules are in
`src/evaluation/verdict/`. *Looks*: how often h and z were embedded. *Course*: the states of the first
statement, in their order. Both statements are of the images of the map, at most 512. Errors are one standard error over the images and folds of one run; another
seed, or another backend, can differ by more.

| run | steps | looks | did it collapse? | since | course | did it learn? |
|---|---|---|---|---|---|---|
";

#[test]
fn the_table_of_recorded_runs_is_up_to_date() {
    let rows = all().into_values().map(|run| {
        let said = run.judge();
        let (_, collapse, learned) = said.last().expect("a run is looked at");
        let mut states: Vec<_> = said.iter().map(|(_, said, _)| word(said.state)).collect();
        states.dedup();
        let since = collapse
            .since
            .map_or(String::new(), |since| since.to_string());
        format!(
            "| {} | {} | {} | {} | {since} | {} | {} |\n",
            run.about,
            run.total,
            run.looks.len(),
            collapse.sentence,
            states.join(", "),
            learned.sentence
        )
    });
    let wanted = HEAD.to_owned() + &rows.collect::<String>();
    let path = PathBuf::from("docs/verdict.md");
    if fs::read_to_string(&path).unwrap_or_default() != wanted {
        fs::write(&path, wanted).expect("the docs can be written");
        panic!("docs/verdict.md was out of date; it has been written again: commit it");
    }
}
