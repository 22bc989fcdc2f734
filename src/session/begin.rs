//! How a run begins: fresh, or where another session has left it, or this one some time ago.

use super::device::{Clock, Devices};
use super::run::Run;
use super::{Session, memory};
use crate::data::{self, Bytes, ImageSet, Rest};
use crate::error::Error;
use crate::methods;
use crate::protocol::{Event, State};
use crate::settings::{Backend, Settings};

impl Session {
    pub(super) async fn start(&mut self) -> Result<(), Error> {
        let images = present(self.images.as_ref())?;
        let place = Place {
            devices: &self.devices,
            memory: self.memory,
            clock: self.clock,
        };
        let run = fresh_run(place, &self.settings, images).await?;
        let started = run.started();
        self.part().await;
        self.begin(run, started);
        Ok(())
    }

    fn begin(&mut self, run: Run, started: Event) {
        self.events.push_back(started);
        self.keep_pace();
        self.run = Some(run);
        self.report_settings();
    }

    /// The run is made whole before it takes the place of anything. Without `images` it is one on
    /// those that are there.
    pub(super) async fn restore(
        &mut self,
        images: Option<ImageSet>,
        settings: Settings,
        checkpoint: Option<Bytes>,
    ) -> Result<(), Error> {
        let settings = serde_json::to_value(settings).expect("settings are plain data");
        let settings = methods::settings(&settings)?;
        let given = images.map(ImageSet::labelled);
        let images = if let Some(images) = &given {
            images.check()?;
            images
        } else {
            let images = present(self.images.as_ref())?;
            check_size(&settings, images)?;
            images
        };
        let mut run = None;
        if let Some(bytes) = checkpoint {
            let place = Place {
                devices: &self.devices,
                memory: self.memory,
                clock: self.clock,
            };
            let mut fresh = fresh_run(place, &settings, images).await?;
            fresh.restore(&bytes)?;
            let started = fresh.started();
            run = Some((fresh, started));
        }
        self.settings = settings;
        if let Some(images) = given {
            self.replace_images(images, Rest::default()).await;
        } else {
            self.leave_run(State::Loaded).await;
        }
        self.report_settings();
        if let Some((mut run, started)) = run {
            let progress = run.progress(self.clock);
            self.begin(run, started);
            self.events.push_back(progress);
        }
        Ok(())
    }
}

/// Where a run may compute, and in how many bytes.
struct Place<'a> {
    devices: &'a Devices,
    memory: Option<usize>,
    clock: Clock,
}

/// A run from these settings on these images, on the device that the settings ask for.
async fn fresh_run(place: Place<'_>, settings: &Settings, images: &ImageSet) -> Result<Run, Error> {
    let Place {
        devices,
        memory,
        clock,
    } = place;
    let count = images.names.len();
    data::enough(count)?;
    check_size(settings, images)?;
    let device = devices.open(settings.backend, clock).await?;
    // What a GPU has no browser tells.
    let memory = memory.filter(|_| device.card.backend == Backend::Cpu);
    memory.map_or(Ok(()), |most| {
        memory::check(settings, memory::Images::of(images), most)
    })?;
    Ok(Run::new(settings.clone(), images, device, clock))
}

fn present(images: Option<&ImageSet>) -> Result<&ImageSet, Error> {
    images.ok_or_else(|| Error::Data("there are no images yet".into()))
}

/// Whether the images are of the size that a run with these settings takes.
fn check_size(settings: &Settings, images: &ImageSet) -> Result<(), Error> {
    let (is, wanted) = (images.size, settings.size);
    if is == wanted {
        return Ok(());
    }
    let reason =
        format!("Image size: the images were read at {is} pixels, not {wanted}; load them again");
    Err(Error::setting("size", reason))
}
