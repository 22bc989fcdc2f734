//! Bars that say how far something is.

use indicatif::{ProgressBar, ProgressStyle};

pub(super) fn bar(style: &str, length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(style).expect("the template is valid");
    ProgressBar::new(length as u64).with_style(style)
}
