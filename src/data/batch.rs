//! The order in which a run meets the images, and batches as tensors.

use burn::prelude::*;
use burn::tensor::TensorData;

use crate::data::ImageSet;
use crate::rng::{Purpose, Rng};

/// The images `0..n` in the order of an epoch.
pub fn order(seed: u32, epoch: usize, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    Rng::keyed(seed, Purpose::Shuffle, &[epoch as u64]).shuffle(&mut order);
    order
}

/// `count` of the images `0..n`, or all of them, in their order: the same for the whole run.
pub fn sample(seed: u32, n: usize, count: usize) -> Vec<usize> {
    let mut sample: Vec<usize> = (0..n).collect();
    Rng::keyed(seed, Purpose::Sample, &[]).shuffle(&mut sample);
    sample.truncate(count);
    sample.sort_unstable();
    sample
}

/// The largest part of the images, one in so many, that an epoch may leave out.
const LEFT_OUT: usize = 10;

/// Steps of an epoch. Batches are full, and with fewer than `batch` images all of them are one
/// batch. What is left over at the end of an epoch is not used if it is at most a tenth of the
/// images; else there is one step more, which [`batch_of`] fills up.
pub fn steps_per_epoch(n: usize, batch: usize) -> usize {
    let batch = batch.clamp(1, n.max(1));
    let (full, left) = (n / batch, n % batch);
    (full + usize::from(left * LEFT_OUT > n)).max(1)
}

/// The images of step `within` of an epoch in this `order`. The last batch is as full as the others:
/// it goes back to images that the epoch has met.
pub fn batch_of(order: &[usize], within: usize, batch: usize) -> &[usize] {
    let batch = batch.min(order.len());
    let start = (within * batch).min(order.len() - batch);
    &order[start..][..batch]
}

/// These images as `[n, 3, h, w]`, 0 to 1.
pub fn batch(set: &ImageSet, indices: &[usize], device: &Device) -> Tensor<4> {
    let side = set.size;
    let area = side * side;
    let mut values = Vec::with_capacity(indices.len() * 3 * area);
    for &index in indices {
        let pixels = &set.pixels[index * area * 3..][..area * 3];
        for channel in 0..3 {
            let plane = pixels[channel..].iter().step_by(3);
            values.extend(plane.map(|value| f32::from(*value) / 255.0));
        }
    }
    Tensor::from_data(
        TensorData::new(values, [indices.len(), 3, side, side]),
        device,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_meets_every_image_once_in_its_own_order() {
        let first = order(1, 0, 100);
        assert_eq!(first, order(1, 0, 100));
        assert_ne!(first, order(1, 1, 100));
        assert_ne!(first, order(2, 0, 100));
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_ne!(first, sorted);
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_sample_is_a_part_of_the_images_that_no_epoch_begins_with() {
        let some = sample(1, 1000, 100);
        assert_eq!(some.len(), 100);
        assert!(some.is_sorted() && some[99] < 1000);
        assert_ne!(some, sample(2, 1000, 100));
        for epoch in [0, 1, u32::MAX as usize] {
            let mut first = order(1, epoch, 1000)[..100].to_vec();
            first.sort_unstable();
            assert_ne!(some, first);
        }
        assert_eq!(sample(1, 3, 100), [0, 1, 2]);
    }

    #[test]
    fn batches_are_full() {
        assert_eq!(steps_per_epoch(130, 64), 2);
        assert_eq!(steps_per_epoch(64, 64), 1);
        assert_eq!(steps_per_epoch(10, 64), 1);
    }

    #[test]
    fn an_epoch_leaves_out_a_tenth_at_most() {
        for (n, batch) in [
            (100, 33),
            (40, 13),
            (127, 64),
            (1000, 64),
            (9, 2),
            (300, 64),
        ] {
            let order = order(1, 0, n);
            let steps = steps_per_epoch(n, batch);
            let mut met = vec![0; n];
            for within in 0..steps {
                let picked = batch_of(&order, within, batch);
                assert_eq!(picked.len(), batch);
                for image in picked {
                    met[*image] += 1;
                }
            }
            let out = met.iter().filter(|times| **times == 0).count();
            assert!(10 * out <= n, "{out} of {n} in batches of {batch}");
            assert!(met.iter().all(|times| *times <= 2));
        }
    }

    #[test]
    fn a_batch_has_a_plane_for_each_channel() {
        let set = ImageSet {
            set: None,
            size: 2,
            names: vec!["a".into(), "b".into()],
            pixels: (0..24).map(|value| value * 10).collect::<Vec<_>>().into(),
            factors: Vec::new(),
        };
        let batch = batch(&set, &[1, 0], &Device::default());
        assert_eq!(batch.dims(), [2, 3, 2, 2]);
        let values: Vec<f32> = batch.into_data().try_to_vec().unwrap();
        let bytes: Vec<f32> = values.iter().map(|value| (value * 255.0).round()).collect();
        assert_eq!(bytes[..5], [120.0, 150.0, 180.0, 210.0, 130.0]);
        assert_eq!(bytes[12..16], [0.0, 30.0, 60.0, 90.0]);
    }
}
