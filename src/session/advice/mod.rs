//! Settings that suit images, by a rule that looks at them and at no label.
//!
//! Each file answers one question with a measure of the images and gives its reason. What a built-in
//! set's preset says goes first; what a learner sets goes before both.

mod budget;
mod colour;
mod crop;
mod detail;
mod mirror;
mod sample;

use crate::data::{self, ImageSet};
use crate::settings::Advice;
use sample::Sample;

/// Every choice for these images. Without images there is none.
pub(super) fn advise(images: &ImageSet) -> Vec<Advice> {
    let n = images.names.len();
    if n == 0 {
        return Vec::new();
    }
    let sample = Sample::of(images);
    let mut advice = vec![mirror::flips(&sample), crop::smallest_area(&sample)];
    advice.extend(colour::jitter(&sample));
    advice.extend(detail::size(&sample));
    advice.extend(budget::training(n, images.size));
    let preset = data::sets().into_iter();
    let mut preset = preset.filter(|card| images.set.as_deref() == Some(card.id));
    for choice in preset.next().map(|card| card.preset).unwrap_or_default() {
        advice.retain(|other| other.path != choice.path);
        advice.push(choice);
    }
    advice
}
