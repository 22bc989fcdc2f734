//! The learner's own images, once they are in: some removed, others labelled anew.

use twoviews::data::{Collection, Decoded, ImageFile, ImageSet};
use twoviews::protocol::{Command, Event, State};
use twoviews::settings::Settings;

use crate::transcript::Transcript;

/// The images and the settings that were told last.
fn told(t: &Transcript) -> (ImageSet, Settings) {
    let (mut images, mut settings) = (None, None);
    for event in &t.events {
        match event {
            Event::Loaded { images: told, .. } => images = Some(told.clone()),
            Event::Configured { settings: told, .. } => settings = Some(told.clone()),
            _ => {}
        }
    }
    (images.expect("images"), settings.expect("settings"))
}

#[test]
fn images_without_some_and_with_other_names_take_the_place_of_all() {
    let mut t = Transcript::small();
    let file = |i: u8| ImageFile {
        name: format!("{}/{i}.png", if i < 6 { "cats" } else { "dogs" }),
        decoded: Decoded::Pixels(vec![i; 16 * 16 * 3]),
    };
    let files = (0..12).map(file).collect();
    t.say(Command::AddImages(Collection::of(16, files)));
    t.say(Command::Start);
    let (mut images, settings) = told(&t);
    // The first goes, the next two are of another kind. What the page knows of labels is not asked.
    images.pixels = images.pixels[16 * 16 * 3..].to_vec().into();
    images.names.remove(0);
    images.names[0] = "birds/1.png".into();
    images.names[1] = "birds/2.png".into();
    images.factors.clear();
    t.say(Command::Restore {
        images: Some(Box::new(images)),
        settings: Box::new(settings.clone()),
        checkpoint: None,
    });
    assert_eq!(t.state(), State::Loaded, "the run has ended");
    let (images, kept) = told(&t);
    assert_eq!(images.pixels[0], 1);
    assert_eq!(images.factors[0].classes, ["birds", "cats", "dogs"]);
    assert_eq!(images.factors[0].of, [0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    assert_eq!(kept, settings);
    t.say(Command::Start);
    assert_eq!(t.state(), State::Paused);
}
