//! What readings are taken of, drawn at random.

use twoviews::evaluation::readings::{Gradient, Labels, LossAsked, NegativeRows, Sources, Vectors};
use twoviews::rng::{Purpose, Rng};

/// Views of an image in these tests.
pub(super) const VIEWS: usize = 3;

/// Two networks, drawn: `n` images of `classes` kinds, and three views of each.
pub(super) fn drawn(n: usize, classes: u16) -> Sources {
    let mut rng = Rng::keyed(n as u32, Purpose::Test, &[]);
    let mut normal = |count: usize| (0..count).map(|_| rng.normal()).collect::<Vec<f32>>();
    let widths = [12, 7, 12, 7, 48];
    let vectors = widths.map(|width| {
        let images = normal(n * width);
        let noise = normal(n * VIEWS * width).into_iter().enumerate();
        let near = |(at, noise): (usize, f32)| {
            images[at / (width * VIEWS) * width + at % width] + 0.3 * noise
        };
        let views = noise.map(near).collect();
        Some(Vectors {
            width,
            views,
            images,
        })
    });
    let labels = |name: &str, count: usize, each: usize| Labels {
        name: name.into(),
        classes: (0..count)
            .map(|i| (i * 7 / 3) as u16 % classes.max(1))
            .collect(),
        folds: (0..count).map(|i| (i / each % 5) as u8).collect(),
    };
    let factors = ["label", "colour"].map(|name| labels(name, n, 1));
    Sources {
        vectors,
        factors: if classes > 0 {
            factors.into()
        } else {
            Vec::new()
        },
        parameters: ["flip", "hue"]
            .map(|name| labels(name, n * VIEWS, VIEWS))
            .into(),
        views: VIEWS,
        loss: LossAsked {
            gradients: ["all terms", "attraction"].map(gradient).into(),
            negatives: [false, true, false, true, false].map(|has| has.then(negatives)),
        },
    }
}

fn gradient(of: &str) -> Gradient {
    Gradient {
        of: of.into(),
        lengths: [Some(2.0), Some(1.0), Some(3.0), Some(4.0), None],
    }
}

fn negatives() -> NegativeRows {
    NegativeRows {
        width: 2,
        similarity: vec![0.5, 0.1],
        pull: vec![0.3, 0.1],
    }
}

/// The same with every vector of each kind changed.
pub(super) fn changed(mut sources: Sources, change: impl Fn(usize, &mut Vec<f32>)) -> Sources {
    for vectors in sources.vectors.iter_mut().flatten() {
        change(vectors.width, &mut vectors.images);
        change(vectors.width, &mut vectors.views);
    }
    sources
}
