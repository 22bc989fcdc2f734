//! Runs on the field's engine, from `twoviews export`: the same loss and weights, there and back. The Python
//! is in `tests/engines`. `cargo xtask engines` runs these tests, and shows what they print.

use std::path::Path;
use std::process::Output;
use std::sync::OnceLock;

use crate::kept;
use serde_json::{Value, json};
use twoviews::settings::merge;

mod runs;
mod step;

/// A Python that has what exported projects need.
fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| kept::python(NEEDS));
    if found.is_none() {
        eprintln!(
            "skipped: no Python here has torch and lightly (python3 -m pip install -r \
             crates/session-file/src/engine/requirements.txt, or TWOVIEWS_PYTHON=a Python that has them)"
        );
    }
    found.as_deref()
}

/// Fails where something is missing. Debian's torch calls itself a version that Lightning does not take.
const NEEDS: &str = "import torch; torch.__version__ = torch.__version__.replace('0a0', '1'); \
                     import torchvision, lightly, pytorch_lightning, safetensors";

fn text(path: &Path) -> &str {
    path.to_str().expect("a name of letters")
}

fn ran(output: &Output) {
    let [out, err] = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said));
    assert!(output.status.success(), "{out}{err}");
}

/// Images of a batch.
const IMAGES: usize = 12;

/// A small run of each method, with what its network has besides the usual: queues that fill up, batches in
/// parts, prototypes that stand still at first.
fn settings(method: &str, optimizer: &str, more: &Value) -> Value {
    let knobs = match method {
        "moco" => json!({"queue": 40, "latent": 16}),
        "w_mse" => json!({"subBatch": 6, "latent": 4, "iterations": 2, "epsilon": 0.01}),
        "swav" => json!({"queue": 24, "frozen": 1, "prototypes": 8, "latent": 16}),
        _ => json!({"latent": 16}),
    };
    let mut all = json!({
        "method": method, "seed": 5, "size": 32,
        "encoder": {"width": 4}, "train": {"optimizer": optimizer, "batch": IMAGES, "warmup": 0.0},
        "knobs": knobs,
    });
    merge(&mut all, more);
    all
}
