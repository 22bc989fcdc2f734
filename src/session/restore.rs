//! Takes up a run where another session has left it.

use super::{Session, fresh_run};
use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use crate::methods;
use crate::settings::Settings;

impl Session {
    /// The run is made whole before it takes the place of anything.
    pub(super) async fn restore(
        &mut self,
        images: ImageSet,
        settings: Settings,
        checkpoint: Option<Bytes>,
    ) -> Result<(), Error> {
        let settings = serde_json::to_value(settings).expect("settings are plain data");
        let settings = methods::complete(Settings::default().merged(&settings)?)?;
        images.check()?;
        let images = images.labelled();
        let mut run = None;
        if let Some(bytes) = checkpoint {
            let mut fresh = fresh_run(&mut self.devices, &settings, &images, self.clock).await?;
            fresh.restore(&bytes)?;
            let started = fresh.started();
            run = Some((fresh, started));
        }
        self.settings = settings;
        self.replace_images(images, Vec::new()).await;
        self.report_settings();
        if let Some((mut run, started)) = run {
            let progress = run.progress(self.clock);
            self.begin(run, started);
            self.events.push_back(progress);
        }
        Ok(())
    }
}
