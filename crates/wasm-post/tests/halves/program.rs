//! Something of each kind that a split could break: calls through tables, vectors and wide integers
//! as arguments, several results in memory, recursion, closures, text, maps, statics.

use std::arch::wasm32::{f32x4, f32x4_add, f32x4_extract_lane, f32x4_mul, v128};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

#[link(wasm_import_module = "js")]
unsafe extern "C" {
    #[link_name = "loadRest"]
    fn load_rest();
}

/// Without this nothing would import what loads the rest.
#[unsafe(no_mangle)]
pub extern "C" fn rest() {
    unsafe { load_rest() }
}

static RUNS: AtomicU64 = AtomicU64::new(0);

/// A number that depends on all that is computed from a seed, and on how often this ran before.
#[unsafe(no_mangle)]
pub extern "C" fn run(seed: u64) -> u64 {
    let mut random = Random(seed);
    let numbers: Vec<u64> = (0..200).map(|_| random.next()).collect();
    let shapes: Vec<Box<dyn Shape>> = numbers.iter().map(|number| shape(*number)).collect();
    let mut text = String::new();
    for shape in &shapes {
        let _ = write!(text, "{} {:.3e};", shape.name(), shape.area());
    }
    let mut counts = BTreeMap::new();
    for word in text.split(';') {
        *counts.entry(word.to_owned()).or_insert(0_u64) += 1;
    }
    let operations: [fn(u64, u64) -> u64; 3] = [u64::wrapping_mul, rotate, shifted];
    let mut digest = RUNS.fetch_add(1, Ordering::Relaxed);
    for (word, count) in &counts {
        for byte in word.bytes() {
            let operation = operations[usize::from(byte) % operations.len()];
            digest = operation(digest, u64::from(byte) + count).wrapping_add(1);
        }
    }
    let mut sorted = numbers.clone();
    sorted.sort_by_key(|number| number.wrapping_mul(digest));
    digest ^= sorted.iter().fold(7, |sum, number| rotate(sum, *number));
    digest ^= u64::from(lanes(&numbers).to_bits());
    digest ^= (wide(u128::from(seed) + 3, u128::from(digest)) >> 60) as u64;
    digest ^ queens(0, 0, 0, 0) ^ walk(&numbers)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.0 >> 16
    }
}

trait Shape {
    fn name(&self) -> String;
    fn area(&self) -> f64;
}

struct Circle(f64);
struct Box2 {
    sides: (f32, f32),
}
struct Many(Vec<Box<dyn Shape>>);

impl Shape for Circle {
    fn name(&self) -> String {
        format!("circle {:.2}", self.0.sqrt())
    }
    fn area(&self) -> f64 {
        std::f64::consts::PI * self.0 * self.0
    }
}

impl Shape for Box2 {
    fn name(&self) -> String {
        format!("{:?}", self.sides)
    }
    fn area(&self) -> f64 {
        f64::from(self.sides.0 * self.sides.1)
    }
}

impl Shape for Many {
    fn name(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|one| one.name()).collect();
        names.join("+")
    }
    fn area(&self) -> f64 {
        self.0.iter().map(|one| one.area()).sum()
    }
}

#[inline(never)]
fn shape(number: u64) -> Box<dyn Shape> {
    let part = |bits: u32| ((number >> bits) % 97) as f32 + 0.5;
    match number % 5 {
        0 => Box::new(Many(vec![shape(number / 5), shape(number / 7 | 1)])),
        1 | 2 => Box::new(Circle(f64::from(part(8)))),
        _ => Box::new(Box2 {
            sides: (part(3), part(11)),
        }),
    }
}

#[inline(never)]
fn rotate(a: u64, b: u64) -> u64 {
    a.rotate_left((b % 63) as u32) ^ b
}

#[inline(never)]
fn shifted(a: u64, b: u64) -> u64 {
    (a >> 3).wrapping_sub(b << 5)
}

#[inline(never)]
fn fused(sum: v128, left: v128, right: v128) -> v128 {
    f32x4_add(sum, f32x4_mul(left, right))
}

#[inline(never)]
fn lanes(numbers: &[u64]) -> f32 {
    let vector = |four: &[u64]| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|lane| (four[lane] % 1_000) as f32 / 7.0);
        f32x4(a, b, c, d)
    };
    let mut sum = f32x4(0.0, 0.1, 0.2, 0.3);
    for eight in numbers.chunks_exact(8) {
        sum = fused(sum, vector(&eight[..4]), vector(&eight[4..]));
    }
    f32x4_extract_lane::<0>(sum) + f32x4_extract_lane::<3>(sum)
}

#[inline(never)]
fn wide(a: u128, b: u128) -> u128 {
    (a << 40 | b).wrapping_mul(b | 1) / (a | 1)
}

#[inline(never)]
fn queens(row: u32, columns: u32, left: u32, right: u32) -> u64 {
    if row == 6 {
        return 1;
    }
    let free = |place: &u32| (columns | left | right) & (1 << place) == 0;
    let places = (0..6_u32).filter(free).map(|place| 1 << place);
    places
        .map(|bit| queens(row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1))
        .sum()
}

#[inline(never)]
fn walk(numbers: &[u64]) -> u64 {
    let mut queue: VecDeque<_> = numbers.iter().map(|number| number % 1_024).collect();
    let mut steps = 0;
    while let Some(next) = queue.pop_front() {
        steps += 1;
        if next > 100 {
            queue.push_back(next / 3);
        }
    }
    steps
}
