//! The page's types, written from ours.

use std::any::TypeId;
use std::collections::HashSet;
use std::path::PathBuf;

use ts_rs::{Config, TS, TypeVisitor};

use super::*;
use crate::settings::card::Card;

const HEAD: &str = "// Written by `cargo test` from src/protocol/: change it there.

/** Any part of a type. */
export type DeepPartial<T> = T extends Uint8Array
  ? T
  : T extends object
? { [K in keyof T]?: DeepPartial<T[K]> }
: T;
";

/// Declarations of types, and of all that they are made of, each once.
#[derive(Default)]
struct Declarations {
    known: HashSet<TypeId>,
    texts: Vec<String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // What has no file of its own is TypeScript's, or stands within another type.
        if T::output_path().is_none() || !self.known.insert(TypeId::of::<T>()) {
            return;
        }
        let declaration = T::decl(&Config::default());
        self.texts.push(format!("\nexport {declaration}\n"));
        T::visit_dependencies(self);
    }
}

#[test]
fn the_page_has_these_types() {
    let mut types = Declarations::default();
    types.visit::<Command>();
    types.visit::<Event>();
    // Named by hand in `Ready`: no dependency.
    types.visit::<Card>();
    // The order of dependencies is not that of the fields: it changes from build to build.
    types.texts.sort();
    let wanted = format!("{HEAD}{}", types.texts.concat());
    let path = PathBuf::from("www/src/protocol.ts");
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != wanted {
        std::fs::write(&path, wanted).expect("the page's folder can be written");
        panic!("www/src/protocol.ts was out of date; it has been written again: commit it");
    }
}
