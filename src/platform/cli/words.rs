//! What is said of images and of a run, in sentences.

use crate::data::Skipped;
use crate::protocol::NextStep;
use crate::session::SAMPLE;
use crate::settings::to_paths;

/// Says what was found among the files.
pub(super) fn found(images: usize, skipped: &[Skipped], notes: &[String]) {
    for Skipped { name, reason } in skipped {
        eprintln!("skipped {name}: {reason}");
    }
    eprintln!("{images} images");
    for note in notes {
        eprintln!("{note}");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_on_some_of_the_images_says_so() {
        assert_eq!(judged_on(512), None);
        let said = "Both are judged on 512 of the 600 images.";
        assert_eq!(judged_on(600).as_deref(), Some(said));
    }
}
