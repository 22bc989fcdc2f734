//! Images, the files they come from, and what is known of them.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::check_size;
use super::copies;
use super::labels::label_of;
use super::wanted;
use crate::error::Error;

/// Images ready to train on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ImageSet {
    /// Id of the built-in set; null for the learner's own images.
    pub set: Option<String>,
    /// Side of each image, in pixels.
    #[serde(deserialize_with = "wanted::size")]
    pub size: usize,
    /// Name of each image.
    pub names: Vec<String>,
    /// RGB, a byte a channel, image after image, row after row: `[n, size, size, 3]`.
    pub pixels: Bytes,
    /// What is known of the images, the label first; empty without labels.
    pub factors: Vec<Factor>,
}

impl ImageSet {
    /// No images, of this size.
    pub fn empty(size: usize) -> Self {
        Self {
            set: None,
            size,
            names: Vec::new(),
            pixels: Bytes::default(),
            factors: Vec::new(),
        }
    }

    /// That a set from elsewhere is whole.
    ///
    /// # Errors
    /// A size that cannot be chosen, or more or fewer pixels or labels than images, or a label
    /// without a class.
    pub fn check(&self) -> Result<(), Error> {
        check_size(self.size)?;
        let n = self.names.len();
        let fits = |factor: &Factor| {
            let classes = factor.classes.len();
            factor.of.len() == n && factor.of.iter().all(|of| usize::from(*of) < classes)
        };
        if self.pixels.len() == n * self.size * self.size * 3 && self.factors.iter().all(fits) {
            Ok(())
        } else {
            Err(Error::Data("these images are not whole".into()))
        }
    }

    /// The same images; of the learner's own, the label is found anew from their names.
    pub fn labelled(mut self) -> Self {
        if self.set.is_none() {
            self.factors = label_of(&self.names).into_iter().collect();
        }
        self
    }

    /// What a learner should know of their own images: what is missing, and what is there twice.
    pub fn notes(&self) -> Vec<String> {
        if self.set.is_some() || self.names.is_empty() {
            return Vec::new();
        }
        let mut notes = Vec::new();
        if self.factors.is_empty()
            && let Err(why) = label_of(&self.names)
        {
            notes.push(why.sentence());
        }
        let all: Vec<usize> = (0..self.names.len()).collect();
        notes.extend(copies::note(&copies::firsts(self, &all)));
        notes.extend(self.flat());
        notes
    }

    /// The pixels of an image: `[size, size, 3]`.
    pub fn image(&self, at: usize) -> &[u8] {
        let length = self.size * self.size * 3;
        &self.pixels[at * length..][..length]
    }

    /// Which images are of one colour, most likely because they were read wrongly or hold nothing.
    fn flat(&self) -> Option<String> {
        let flat = (0..self.names.len()).filter(|at| is_flat(self.image(*at)));
        let flat: Vec<&str> = flat.map(|at| self.names[at].as_str()).collect();
        match flat[..] {
            [] => None,
            [name] => Some(format!("One image is of one flat colour: {name}.")),
            [first, second] => Some(format!(
                "Two images are of one flat colour: {first} and {second}."
            )),
            [first, second, ..] => Some(format!(
                "{} images are of one flat colour: {first}, {second} and {} more.",
                flat.len(),
                flat.len() - 2
            )),
        }
    }
}

/// Most that a channel may differ within an image of one colour: what a lossy format may add.
const FLAT: u8 = 2;

/// Whether all pixels of an image have one colour, or as good as that: nothing can be learned from it,
/// and it is more often a file read wrongly than a picture.
fn is_flat(pixels: &[u8]) -> bool {
    (0..3).all(|channel| {
        let values = || pixels.iter().skip(channel).step_by(3);
        let (least, most) = (values().min(), values().max());
        most.zip(least)
            .is_none_or(|(most, least)| most - least <= FLAT)
    })
}

/// A property of each image. Factors colour points and score features; they never train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Factor {
    /// What it is: `label`, or of shapes `shape`, `colour`, ...
    pub name: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Class of each image.
    pub of: Vec<u16>,
}

/// Pixels of images, and nothing else of them.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Squares {
    /// Side of each image, in pixels.
    #[serde(deserialize_with = "wanted::size")]
    pub size: usize,
    /// RGB, a byte a channel, image after image, row after row: `[n, size, size, 3]`.
    pub pixels: Bytes,
}

/// Bytes that travel as a typed array, not as a list of numbers. Clones share them: the pixels of a
/// set are in an event and in the session, and in memory once, or in a file.
#[derive(Clone)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(type = "Uint8Array<ArrayBuffer>"))]
pub struct Bytes(Arc<Held>);

enum Held {
    Here(Vec<u8>),
    /// In a file that is mapped, say.
    #[cfg(not(target_arch = "wasm32"))]
    Elsewhere(Box<dyn Deref<Target = [u8]> + Send + Sync>),
}

impl Bytes {
    /// Numbers as little-endian f32.
    pub fn of_floats(values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        bytes.collect::<Vec<_>>().into()
    }

    /// What lies where it takes no memory that is needed for anything else.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn elsewhere(bytes: impl Deref<Target = [u8]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Held::Elsewhere(Box::new(bytes))))
    }

    /// Whether they are in memory.
    pub fn are_here(&self) -> bool {
        matches!(*self.0, Held::Here(_))
    }

    /// Adds others behind these. Bytes that nobody shares grow where they are.
    pub(super) fn append(&mut self, others: &Self) {
        let bytes = self.own();
        bytes.reserve_exact(others.len());
        bytes.extend_from_slice(others);
    }

    /// Leaves so many at most.
    pub(super) fn truncate(&mut self, length: usize) {
        self.own().truncate(length);
    }

    /// These, in memory and shared with nobody.
    fn own(&mut self) -> &mut Vec<u8> {
        if !matches!(Arc::get_mut(&mut self.0), Some(Held::Here(_))) {
            *self = self.to_vec().into();
        }
        match Arc::get_mut(&mut self.0) {
            Some(Held::Here(bytes)) => bytes,
            _ => unreachable!("they have just been copied"),
        }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Held::Here(bytes)))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &*self.0 {
            Held::Here(bytes) => bytes,
            #[cfg(not(target_arch = "wasm32"))]
            Held::Elsewhere(bytes) => bytes,
        }
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_bytes::deserialize::<Vec<u8>, D>(deserializer).map(Self::from)
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> ImageSet {
        ImageSet {
            set: None,
            size: 16,
            names: vec!["a/1.png".into(), "b/2.png".into()],
            pixels: vec![0; 2 * 16 * 16 * 3].into(),
            factors: vec![Factor {
                name: "label".into(),
                classes: vec!["a".into(), "b".into()],
                of: vec![0, 1],
            }],
        }
    }

    #[test]
    fn the_label_of_own_images_follows_from_their_names() {
        let mut own = two();
        own.names[0] = "c/1.png".into();
        let labelled = own.clone().labelled();
        assert_eq!(labelled.factors[0].classes, ["b", "c"]);
        assert_eq!(labelled.factors[0].of, [1, 0]);
        // A built-in set is not named by folders.
        own.set = Some("shapes".into());
        assert_eq!(own.clone().labelled(), own);
    }

    #[test]
    fn one_colour_is_told_from_a_faint_picture() {
        let halves = |left: u8, right: u8| [[left; 3].repeat(128), [right; 3].repeat(128)].concat();
        assert!(is_flat(&halves(255, 255)));
        assert!(is_flat(&halves(90, 91)));
        assert!(!is_flat(&halves(90, 94)));
    }

    #[test]
    fn a_set_that_is_not_whole_is_refused() {
        let whole = two();
        assert_eq!(whole.check(), Ok(()));
        let broken: [fn(&mut ImageSet); 5] = [
            |set| set.size = 8,
            |set| set.names.truncate(1),
            |set| set.pixels = vec![0; 100].into(),
            |set| set.factors[0].of = vec![0],
            |set| set.factors[0].of = vec![0, 2],
        ];
        for (at, break_it) in broken.iter().enumerate() {
            let mut set = whole.clone();
            break_it(&mut set);
            assert!(set.check().is_err(), "way {at}");
        }
    }
}
