//! Folders of images that tests make.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{ImageFormat, RgbImage};
use twoviews::rng::{Purpose, Rng};

/// A folder that goes with its test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("twoviews-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    pub(crate) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        path
    }

    /// Images of noise, no two alike, by name.
    pub(crate) fn images(&self, names: &[String]) {
        for (number, name) in (0..).zip(names) {
            fs::write(self.at(name), noise(number)).expect("a file");
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A PNG of noise, another for each number.
pub(crate) fn noise(number: u64) -> Vec<u8> {
    let mut rng = Rng::keyed(1, Purpose::Folds, &[number]);
    let mut values: Vec<u8> = (0..16 * 16 * 3).map(|at: usize| (at % 256) as u8).collect();
    rng.shuffle(&mut values);
    let image = RgbImage::from_raw(16, 16, values).expect("as many values as it has");
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png).expect("memory");
    file.into_inner()
}
