//! What readings are made from: vectors of every kind, and what is known of the images.

use crate::evaluation::knn::right;
use crate::evaluation::{Near, Rows, chance, share};

/// Images of which is read what grows with the square of their number, evenly spaced.
pub const SOME: usize = 512;

/// Whose vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The representation now.
    H,
    /// The embedding now.
    Z,
    /// The representation before training.
    Untrained,
    /// The embedding before training.
    UntrainedZ,
    /// No network: the pixels, 0 to 1.
    Pixels,
}

impl Kind {
    /// All of them, in the order of [`Measured`](super::Measured).
    pub const ALL: [Self; 5] = [
        Self::H,
        Self::Z,
        Self::Untrained,
        Self::UntrainedZ,
        Self::Pixels,
    ];

    /// The same before training.
    pub(super) fn untrained(self) -> Option<Self> {
        match self {
            Self::H | Self::Untrained => Some(Self::Untrained),
            Self::Z | Self::UntrainedZ => Some(Self::UntrainedZ),
            Self::Pixels => None,
        }
    }
}

/// Everything that readings may use.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// By kind; what is not there is not read.
    pub vectors: [Option<Vectors>; 5],
    /// Known factors of the images, the label first.
    pub factors: Vec<Labels>,
    /// What made the views, for each view.
    pub parameters: Vec<Labels>,
    /// Views of an image; 0 without views.
    pub views: usize,
    /// What a batch told of the loss.
    pub loss: LossAsked,
}

/// What a batch told of the loss, now and before training.
#[derive(Debug, Clone, Default)]
pub struct LossAsked {
    /// Of the whole, and of each term with its weight.
    pub gradients: Vec<Gradient>,
    /// Of a loss that has negatives; by kind, under z.
    pub negatives: [Option<NegativeRows>; 5],
}

/// The gradient of a term of the loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// The label of the term.
    pub of: String,
    /// Its length by kind: of the encoder's weights under h, of all others under z.
    pub lengths: [Option<f32>; 5],
}

/// Negatives, a row for each view that they are negatives of: `[m, width]` each.
#[derive(Debug, Clone, Default)]
pub struct NegativeRows {
    /// Negatives of a row, counting those that are none.
    pub width: usize,
    /// How similar each is; below `NO_NEGATIVE` where there is none.
    pub similarity: Vec<f32>,
    /// Size of the loss's gradient with respect to that.
    pub pull: Vec<f32>,
}

/// Vectors of one kind.
#[derive(Debug, Clone, Default)]
pub struct Vectors {
    /// Numbers of a vector: d.
    pub width: usize,
    /// Of the images as they are: `[n, d]`.
    pub images: Vec<f32>,
    /// Of views of some images, image after image: `[m * views, d]`.
    pub views: Vec<f32>,
}

/// A division into classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// What is told apart.
    pub name: String,
    /// Of each image or view.
    pub classes: Vec<u16>,
    /// Which of them score each other: those of different folds, 0 to 4.
    pub folds: Vec<u8>,
}

impl Labels {
    /// Why nothing can be scored by these, if so.
    pub(super) fn lacking(&self) -> Option<&'static str> {
        let mut counts = self.counts();
        counts.retain(|count| *count > 0);
        match counts[..] {
            [] | [_] => Some("needs at least two kinds of image"),
            _ if counts.iter().all(|count| *count < 2) => {
                Some("needs at least two images of a kind")
            }
            _ => None,
        }
    }

    /// The share of the largest class: what naming it always would score.
    pub(super) fn chance(&self) -> Option<f32> {
        (!self.classes.is_empty()).then(|| chance(&self.classes))
    }

    fn counts(&self) -> Vec<usize> {
        let classes = self.classes.iter().max().map_or(0, |most| most + 1);
        let mut counts = vec![0; usize::from(classes)];
        for class in &self.classes {
            counts[usize::from(*class)] += 1;
        }
        counts
    }
}

/// What a reading may use of one kind of vectors.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// At most [`SOME`] images: `[m, d]`, two of them at least, all numbers finite.
    pub rows: Rows<'a>,
    /// Of the same images before training; none for pixels, or if it is not known.
    pub untrained: Option<Rows<'a>>,
    /// The pixels of the same images, red, green and blue one after the other, 0 to 1; none if they are not
    /// known.
    pub pixels: Option<Rows<'a>>,
    /// Of each image its nearest, nearest first.
    pub near: &'a [Near],
    /// Of a reading of views; else none.
    pub views: Option<Views<'a>>,
    /// Of a reading of classes; else none.
    pub split: Option<Split<'a>>,
    /// Of a reading of terms: the length of this one's gradient; else none.
    pub gradient: Option<f32>,
    /// Of a reading of negatives; else none.
    pub negatives: Option<&'a NegativeRows>,
}

/// Views of some images, several of each.
#[derive(Debug, Clone, Copy)]
pub struct Views<'a> {
    /// Image after image: `[n * each, d]`.
    pub rows: Rows<'a>,
    /// Views of an image, two at least.
    pub each: usize,
}

/// Vectors and their classes.
#[derive(Debug, Clone, Copy)]
pub struct Split<'a> {
    /// `[n, d]`; none of pixels, which are too wide to fit anything to.
    pub rows: Option<Rows<'a>>,
    /// Of each row.
    pub classes: &'a [u16],
    /// Of each row.
    pub folds: &'a [u8],
    /// Of each row its nearest in other folds, nearest first; empty for parameters of views.
    pub near: &'a [Near],
}

impl Split<'_> {
    /// The part of the images whose class a `guess` from the nearest finds.
    pub(super) fn found(&self, guess: impl Fn(&Near) -> Option<u16>) -> f64 {
        f64::from(share(&right(self.near, self.classes, guess)))
    }
}

impl<'a> Views<'a> {
    /// View `number` of each image: `[n, d]`, row after row.
    pub fn number(self, number: usize) -> impl Iterator<Item = &'a [f32]> {
        let images = 0..self.rows.len() / self.each;
        images.map(move |image| self.rows.row(image * self.each + number))
    }
}
