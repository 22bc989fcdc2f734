//! The page's types, written from ours.

use std::path::Path;

use ts_rs::{Config, TS};

use super::*;
use crate::data::Freedom;
use crate::settings::card::{
    Card, Choice, Diagram, Family, GaugeCard, KnobKind, Part, Published, Role, TermCard, Weights,
};
use crate::settings::table::{Idle, Panel};
use crate::settings::{
    Augment, Backend, Blur, Crop, EncoderSettings, Flip, Grey, Jitter, OptimizerKind, Solarise,
    TrainSettings,
};

const HEAD: &str = "// Written by `cargo test` from src/protocol/: change it there.

/** Any part of a type. */
export type DeepPartial<T> = T extends Uint8Array
  ? T
  : T extends object
? { [K in keyof T]?: DeepPartial<T[K]> }
: T;
";

macro_rules! declarations {
    ($config:expr, $($type:ty),* $(,)?) => {
        [$(format!("\nexport {}\n", <$type as TS>::decl($config))),*].concat()
    };
}

#[test]
fn the_page_has_these_types() {
    let types = declarations!(
        &Config::default(),
        Command,
        ImageFile,
        Decoded,
        ImageSet,
        Factor,
        Event,
        SetCard,
        Skipped,
        State,
        Space,
        DeviceCard,
        LossPoint,
        LossTerm,
        GaugeValue,
        ViewImages,
        Spread,
        Verdict,
        KnnScores,
        Neighbour,
        Score,
        FactorScore,
        Bytes,
        Card,
        Family,
        TermCard,
        GaugeCard,
        Row,
        Panel,
        KnobKind,
        Choice,
        Idle,
        Diagram,
        Weights,
        Part,
        Role,
        Published,
        Settings,
        Backend,
        EncoderSettings,
        TrainSettings,
        OptimizerKind,
        Augment,
        Crop,
        Flip,
        Jitter,
        Grey,
        Blur,
        Solarise,
        ShapesOptions,
        Freedom,
    );
    let wanted = format!("{HEAD}{types}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/src/protocol.ts");
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != wanted {
        std::fs::write(&path, wanted).expect("the page's folder can be written");
        panic!("www/src/protocol.ts was out of date; it has been written again: commit it");
    }
}
