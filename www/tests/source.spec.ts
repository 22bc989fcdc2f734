// The lines of Rust that the page shows of each method.
import { expect, test } from "vitest";
import { known, lines, source } from "../src/views/method/source.ts";

test("every method has the functions of its loss, whole, and nothing else of its file", async () => {
  expect(known().length).toBeGreaterThan(10);
  for (const id of known()) {
    const text = await source(id);
    const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
    expect(count(/^pub fn /gm), id).toBeGreaterThan(0);
    expect(count(/^fn loss\(/gm), id).toBe(1);
    expect(count(/\{/g), id).toBe(count(/\}/g));
    expect(text, id).not.toMatch(/^(use|impl|const|pub struct|mod) /m);
    expect(text, id).toMatch(/^\/\/\/ /m);
  }
});

test("of a file, what stands before the network and the step inside it", () => {
  const file = `//! A method.

use burn::prelude::*;

/// What it is.
pub fn near(a: f32) -> f32 {
    if a > 0.0 {
        a
    } else {
        0.0
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct Net {}

impl Method for Net {
    fn init() -> Self {
        Self {}
    }

    /// One step.
    fn loss(&mut self) -> f32 {
        near(1.0)
    }
}

fn after() {
    todo!()
}
`;
  expect(lines(file)).toBe(`/// What it is.
pub fn near(a: f32) -> f32 {
    if a > 0.0 {
        a
    } else {
        0.0
    }
}

/// One step.
fn loss(&mut self) -> f32 {
    near(1.0)
}
`);
});
