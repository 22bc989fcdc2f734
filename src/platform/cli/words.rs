//! What is said of images and of a run, in sentences.

use crate::data::Skipped;
use crate::protocol::NextStep;
use crate::session::SAMPLE;
use crate::settings::table::at;
use crate::settings::{Advice, Settings, to_paths};
use serde_json::Value;

/// Text that others have written, for a terminal: what would be obeyed there and not shown is written out, as are
/// marks that turn the direction of writing.
pub(super) fn plain(text: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && (c.is_control() || turns(c)) {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    plain
}

/// Says what was found among the files.
pub(super) fn found(images: usize, skipped: &[Skipped], notes: &[String]) {
    for Skipped { name, reason } in skipped {
        let name = plain(name).replace('\n', "\\n");
        eprintln!("skipped {name}: {}", plain(reason));
    }
    eprintln!("{images} images");
    for note in notes {
        eprintln!("{}", plain(note));
    }
}

/// Of how many of so many images the two statements are, unless of all.
pub(super) fn judged_on(images: usize) -> Option<String> {
    (images > SAMPLE).then(|| format!("Both are judged on {SAMPLE} of the {images} images."))
}

/// What to try next, and by which arguments.
pub(super) fn try_next(step: &NextStep) -> String {
    let NextStep { label, settings } = step;
    let Some(settings) = settings else {
        return format!("Next: {label}");
    };
    format!(
        "Next: {label}: --set {}",
        to_paths(settings).join(" --set ")
    )
}

/// Says why the settings are as they are; of those that were asked for by hand nothing.
pub(super) fn explain(advice: &[Advice], settings: &Settings) {
    let settings = serde_json::to_value(settings).expect("plain data");
    let mut said: Vec<&str> = Vec::new();
    for Advice { path, value, why } in advice {
        let taken = at(&settings, path).is_some_and(|set| same(set, value));
        if taken && !said.contains(&why.as_str()) {
            eprintln!("{}", plain(why));
            said.push(why);
        }
    }
}

/// Whether a setting has this value: settings hold numbers in single precision.
#[expect(
    clippy::cast_possible_truncation,
    reason = "to the precision of a setting"
)]
fn same(setting: &Value, value: &Value) -> bool {
    match (setting.as_f64(), value.as_f64()) {
        (Some(setting), Some(value)) => setting as f32 == value as f32,
        _ => setting == value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(plain("pêcheur/猫\n1.png"), "pêcheur/猫\n1.png");
        assert_eq!(
            plain("\u{1b}[31mred\u{7}\u{202e}gnp"),
            "\\u{1b}[31mred\\u{7}\\u{202e}gnp"
        );
    }

    #[test]
    fn a_verdict_on_some_of_the_images_says_so() {
        assert_eq!(judged_on(512), None);
        let said = "Both are judged on 512 of the 600 images.";
        assert_eq!(judged_on(600).as_deref(), Some(said));
    }
}
