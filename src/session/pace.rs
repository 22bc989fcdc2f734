//! How long a run takes, before it has begun.

use crate::data::augment::View;
use crate::methods;
use crate::settings::Settings;

/// Milliseconds of a step whatever its batch: the optimiser, and what begins and ends a step.
const ALWAYS: f64 = 2.0;

/// Milliseconds that a step with these settings takes on one thread of a laptop's CPU, about.
///
/// Fitted to `twoviews train` at widths from 8 to 32 and 32 pixels. The convolutions grow with the
/// square of the width, what lies between them with the width; all grow with the pixels.
pub(super) fn step(settings: &Settings) -> f64 {
    let entry = methods::find(&settings.method).expect("settings are complete");
    let base = View {
        size: settings.size,
        augment: settings.augment,
    };
    let views = entry.views(&settings.knobs, base);
    let areas = views.iter().map(|view| (view.size as f64 / 32.0).powi(2));
    let width = settings.encoder.width as f64;
    let view = 0.03 + 0.045 * width + 0.0006 * width * width;
    let cost = f64::from(entry.cost(&settings.knobs));
    ALWAYS + cost * view * settings.train.batch as f64 * areas.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_step_costs_what_it_has_to_compute() {
        let of = |change: fn(&mut Settings)| {
            let mut settings = methods::complete(Settings::default()).unwrap();
            change(&mut settings);
            step(&settings)
        };
        let usual = of(|_| ());
        let batch = of(|settings| settings.train.batch *= 2);
        assert!((batch / usual - 2.0).abs() < 0.1);
        let size = of(|settings| settings.size *= 2);
        assert!((size / usual - 4.0).abs() < 0.1);
        let width = of(|settings| settings.encoder.width *= 2);
        assert!(width > 2.0 * usual && width < 4.0 * usual);
    }

    /// Processor time of a step of each method to that of `SimCLR`'s, of `twoviews train` on drawn shapes
    /// of 32 pixels with a batch of 32: means over widths of 8 and 24.
    const MEASURED: &[(&str, f64)] = &[
        ("simclr", 1.0),
        ("moco", 0.69),
        ("vicreg", 1.09),
        ("barlow_twins", 1.01),
        ("tico", 0.70),
        ("w_mse", 2.13),
        ("byol", 1.43),
        ("simsiam", 1.13),
        ("swav", 1.25),
        ("cpc", 1.82),
        ("deep_infomax", 1.27),
        ("amdim", 1.48),
    ];

    #[test]
    fn a_method_takes_about_as_long_as_was_measured() {
        let of = |method: &str| {
            let settings = Settings {
                method: method.into(),
                ..Settings::default()
            };
            step(&methods::complete(settings).unwrap())
        };
        assert_eq!(MEASURED.len(), methods::METHODS.len());
        for (method, measured) in MEASURED {
            let foreseen = of(method) / of("simclr");
            let off = foreseen / measured;
            assert!(
                (0.75..1.33).contains(&off),
                "{method}: {foreseen}, not {measured}"
            );
        }
    }
}
