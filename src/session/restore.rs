//! Takes up a run where another session has left it, or this one some time ago.

use super::{Session, check_size, fresh_run, present};
use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use crate::methods;
use crate::protocol::State;
use crate::settings::Settings;

impl Session {
    /// The run is made whole before it takes the place of anything. Without `images` it is one on
    /// those that are there.
    pub(super) async fn restore(
        &mut self,
        images: Option<ImageSet>,
        settings: Settings,
        checkpoint: Option<Bytes>,
    ) -> Result<(), Error> {
        let settings = serde_json::to_value(settings).expect("settings are plain data");
        let settings = methods::complete(Settings::default().merged(&settings)?)?;
        let images = images.map(ImageSet::labelled);
        let of_run = if let Some(images) = &images {
            images.check()?;
            images
        } else {
            let images = present(self.images.as_ref())?;
            check_size(&settings, images)?;
            images
        };
        let mut run = None;
        if let Some(bytes) = checkpoint {
            let mut fresh = fresh_run(&mut self.devices, &settings, of_run, self.clock).await?;
            fresh.restore(&bytes)?;
            let started = fresh.started();
            run = Some((fresh, started));
        }
        self.settings = settings;
        if let Some(images) = images {
            self.replace_images(images, Vec::new());
        } else {
            self.leave_run(State::Loaded);
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
