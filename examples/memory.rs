//! How much memory runs take, beside what was foreseen: a line for each, of bytes that the allocator gave
//! out at once at most. `cargo xtask bench --only foreseen` runs it.

use peak_alloc::PeakAlloc;
use pollster::block_on;
use serde_json::json;
use twoviews::methods::METHODS;
use twoviews::protocol::Command;
use twoviews::session::{Session, memory};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Size, width, batch and images: what a learner has, and each of them larger.
const RUNS: [[usize; 4]; 7] = [
    [32, 16, 64, 64],
    [32, 16, 64, 1024],
    [32, 16, 256, 256],
    [32, 48, 64, 64],
    [64, 16, 64, 64],
    [16, 8, 512, 512],
    [64, 8, 16, 512],
];

fn main() {
    println!("method\tsize\twidth\tbatch\timages\tforeseen\ttaken");
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let all = METHODS.iter().flat_map(|entry| {
        RUNS.map(|[size, width, batch, images]| {
            format!("{}:{size}:{width}:{batch}:{images}", entry.card.id)
        })
    });
    for one in if asked.is_empty() {
        all.collect()
    } else {
        asked
    } {
        let (one, reads) = match one.strip_suffix(":read") {
            Some(rest) => (rest, true),
            None => (&one[..], false),
        };
        let [method, rest @ ..] = &one.split(':').collect::<Vec<_>>()[..] else {
            unreachable!("there is a first part")
        };
        let numbers = rest.iter().map(|number| number.parse().expect("a number"));
        let [size, width, batch, images] = numbers.collect::<Vec<_>>()[..] else {
            panic!("method:size:width:batch:images, with or without :read, not {one}")
        };
        let [foreseen, taken] = run(method, size, width, batch, images, reads);
        let method = if reads {
            format!("{method}, all read")
        } else {
            method.to_string()
        };
        println!("{method}\t{size}\t{width}\t{batch}\t{images}\t{foreseen}\t{taken}");
    }
}

/// Bytes foreseen, and taken by a session that trains for two steps, looks, saves, and `reads` all it can.
fn run(
    method: &str,
    size: usize,
    width: usize,
    batch: usize,
    images: usize,
    reads: bool,
) -> [usize; 2] {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let mut session = Session::new(|| 0.0);
    let settings = json!({
        "method": method, "size": size, "backend": "cpu",
        "encoder": {"width": width}, "train": {"batch": batch},
    });
    let options = serde_json::from_value(json!({"count": images})).expect("options");
    let set = Command::LoadSet {
        set: "shapes".into(),
        options: Some(options),
        squares: None,
    };
    let mut commands = vec![
        Command::Configure { settings },
        set,
        Command::Start,
        Command::Step,
        Command::Step,
    ];
    if reads {
        commands.push(Command::Evaluate);
    }
    for command in commands {
        block_on(session.apply(command));
        while block_on(session.advance()) {
            while session.event().is_some() {}
        }
        while session.event().is_some() {}
    }
    let images = memory::Images::of(session.images().expect("they were loaded"));
    let mut foreseen = memory::foreseen(session.settings(), images);
    if reads {
        foreseen = foreseen.max(memory::readings(session.settings(), images));
    }
    [foreseen, ALLOCATOR.peak_usage() - before]
}
