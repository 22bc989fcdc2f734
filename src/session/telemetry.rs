//! What a run reports while it trains: losses, speed and views, read from the device now and then.

use burn::prelude::*;
use burn::tensor::Transaction;

use crate::data::Bytes;
use crate::error::Error;
use crate::network::losses::Loss;
use crate::protocol::{Event, GaugeValue, LossPoint, LossTerm, ViewImages};
use crate::session::device::Clock;
use crate::settings::card::GaugeCard;

/// Reports come about this often, in milliseconds: often enough to look alive.
const EVERY: f64 = 100.0;
/// Views of the batch are sampled about this often, in milliseconds.
const VIEWS_EVERY: f64 = 700.0;
/// Images whose views are sampled.
const SAMPLE: usize = 8;

/// Gathers what is still on the device, so that it is read in one transfer.
#[derive(Default)]
pub(super) struct Telemetry {
    unread: Vec<(usize, f32, Loss)>,
    sample: Option<ViewSample>,
    losses: Vec<LossPoint>,
    views: Option<Event>,
    /// Moments of the last report and of the last sample: the first of each is due at once.
    reported: Option<f64>,
    sampled: Option<f64>,
    /// Milliseconds of training, and its steps, since the speed was last taken.
    trained: f64,
    steps: usize,
    ms_per_step: f64,
}

/// Views of some images of a batch, on the device.
pub(super) struct ViewSample {
    step: usize,
    images: Vec<usize>,
    views: Vec<Tensor<4>>,
    /// What the loss compares of the first two views, if it has two.
    z: Option<[Tensor<2>; 2]>,
}

impl ViewSample {
    /// The first images of a batch. `views`: `[n, 3, h, w]` each, values 0 to 1.
    pub(super) fn of(step: usize, images: &[usize], views: &[Tensor<4>], loss: &Loss) -> Self {
        let count = SAMPLE.min(images.len());
        let view = |view: &Tensor<4>| view.clone().narrow(0, 0, count);
        let z = |z: &Tensor<2>| z.clone().narrow(0, 0, count);
        Self {
            step,
            images: images[..count].to_vec(),
            views: views.iter().map(view).collect(),
            z: match &loss.z[..] {
                [a, b, ..] => Some([z(a), z(b)]),
                _ => None,
            },
        }
    }
}

impl Telemetry {
    pub(super) fn record(&mut self, step: usize, rate: f32, loss: Loss) {
        self.unread.push((step, rate, loss));
    }

    pub(super) fn record_views(&mut self, sample: ViewSample, clock: Clock) {
        self.sample = Some(sample);
        self.sampled = Some(clock());
    }

    pub(super) fn views_are_due(&self, clock: Clock) -> bool {
        self.sampled
            .is_none_or(|last| clock() - last >= VIEWS_EVERY)
    }

    pub(super) fn is_due(&self, clock: Clock) -> bool {
        self.reported.is_none_or(|last| clock() - last >= EVERY)
    }

    pub(super) fn trained(&mut self, milliseconds: f64) {
        self.trained += milliseconds;
    }

    /// Whether there are steps whose losses were not read yet.
    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Reads all that is still on the device, in one transfer. `cards`: the method's gauges.
    ///
    /// # Errors
    /// If the device fails, a number is not finite, or a gauge says that the method broke down.
    pub(super) async fn read(&mut self, cards: &[GaugeCard]) -> Result<(), Error> {
        let unread = std::mem::take(&mut self.unread);
        let sample = self.sample.take();
        let mut transaction = Transaction::default();
        for (_, _, loss) in &unread {
            transaction = transaction.register(loss.total.clone());
            for term in &loss.terms {
                transaction = transaction.register(term.value.clone());
            }
            for gauge in &loss.gauges {
                transaction = transaction.register(gauge.value.clone());
            }
        }
        if let Some(ViewSample { views, z, .. }) = &sample {
            for view in views {
                transaction = transaction.register(view.clone());
            }
            for z in z.iter().flatten() {
                transaction = transaction.register(z.clone());
            }
        }
        let data = transaction.execute_async().await;
        let data = data.map_err(|e| Error::device(&e))?;
        let mut data = data
            .into_iter()
            .map(|data| data.iter::<f32>().collect::<Vec<_>>());
        let mut next = || data.next().expect("as many answers as questions");
        self.steps += unread.len();
        for (step, rate, loss) in unread {
            let total = next()[0];
            let terms = loss.terms.iter().map(|term| LossTerm {
                id: term.id,
                value: next()[0],
                weight: term.weight,
            });
            let terms: Vec<_> = terms.collect();
            let gauges = loss.gauges.iter().map(|gauge| GaugeValue {
                id: gauge.id,
                value: next()[0],
            });
            let gauges: Vec<_> = gauges.collect();
            for gauge in &gauges {
                let known = cards.iter().find(|card| card.id == gauge.id);
                if let Some(broken) = known.and_then(|card| card.broken)
                    && !gauge.value.is_finite()
                {
                    return Err(Error::Diverged(format!("At step {step}, {broken}")));
                }
            }
            let all = terms.iter().map(|term| term.value);
            let all = all.chain(gauges.iter().map(|gauge| gauge.value));
            if !all.chain([total]).all(f32::is_finite) {
                let stopped = "The loss stopped being a number";
                return Err(Error::diverged(stopped, step, Some(rate)));
            }
            self.losses.push(LossPoint {
                step,
                total,
                terms,
                gauges,
                rate,
            });
        }
        if let Some(sample) = sample {
            let views = sample.views.iter().map(|view| {
                let size = view.dims()[2];
                let pixels = rgb(&next(), size);
                ViewImages { size, pixels }
            });
            let views = views.collect();
            let cosine = sample.z.iter().flat_map(|[a, _]| {
                let d = a.dims()[1];
                let (a, b) = (next(), next());
                let pairs = a.chunks(d).zip(b.chunks(d));
                pairs.map(|(a, b)| cosine(a, b)).collect::<Vec<_>>()
            });
            let cosine: Vec<_> = cosine.collect();
            if !cosine.iter().all(|cosine| cosine.is_finite()) {
                let stopped = "z stopped being a number";
                return Err(Error::diverged(stopped, sample.step, None));
            }
            self.views = Some(Event::Views {
                step: sample.step,
                images: sample.images,
                views,
                cosine,
            });
        }
        Ok(())
    }

    /// Milliseconds of a step, if that is known.
    pub(super) fn ms_per_step(&self) -> Option<f64> {
        (self.ms_per_step > 0.0).then_some(self.ms_per_step)
    }

    /// The event with the losses that were read; `batch` images a step.
    pub(super) fn stepped(
        &mut self,
        step: usize,
        steps_per_epoch: usize,
        epochs: usize,
        batch: usize,
        clock: Clock,
    ) -> Event {
        self.reported = Some(clock());
        if self.steps > 0 && self.trained > 0.0 {
            let fresh = self.trained / self.steps as f64;
            // Smooth, but quick to follow a change of settings.
            let known = self.ms_per_step > 0.0;
            self.ms_per_step = if known {
                0.7 * self.ms_per_step + 0.3 * fresh
            } else {
                fresh
            };
            self.trained = 0.0;
            self.steps = 0;
        }
        let steps = steps_per_epoch * epochs;
        let per_second = if self.ms_per_step > 0.0 {
            1000.0 / self.ms_per_step
        } else {
            0.0
        };
        Event::Stepped {
            step,
            steps,
            epoch: step / steps_per_epoch,
            epochs,
            losses: std::mem::take(&mut self.losses),
            ms_per_step: self.ms_per_step,
            images_per_second: batch as f64 * per_second,
            eta: (steps - step) as f64 * self.ms_per_step / 1000.0,
        }
    }

    /// The views that were read, if any.
    pub(super) fn views(&mut self) -> Option<Event> {
        self.views.take()
    }
}

/// Planes `[n, 3, size, size]` of 0 to 1 as interleaved bytes `[n, size, size, 3]`.
fn rgb(planes: &[f32], size: usize) -> Bytes {
    let area = size * size;
    let images = planes.chunks_exact(3 * area);
    let pixels = images.flat_map(|image| {
        (0..3 * area).map(move |i| {
            let value = image[(i % 3) * area + i / 3];
            // Rounds; the cast saturates.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let byte = (value * 255.0 + 0.5) as u8;
            byte
        })
    });
    pixels.collect::<Vec<_>>().into()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_interleaved_bytes() {
        let planes = [1.0, 0.0, 0.5, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let expected = [255, 0, 0, 0, 255, 0, 128, 0, 0, 0, 255, 255];
        assert_eq!(rgb(&planes, 2)[..], expected);
    }

    #[test]
    fn cosine_of_a_right_angle_is_zero_and_of_nothing_too() {
        assert!(cosine(&[1.0, 0.0], &[0.0, 2.0]).abs() < 1e-6);
        assert!(cosine(&[0.0, 0.0], &[0.0, 2.0]).abs() < 1e-6);
    }
}
