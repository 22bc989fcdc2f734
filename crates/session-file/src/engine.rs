//! A run as a project of the field's own engine, PyTorch Lightning and lightly.
//!
//! The project is plain Python, in `engine/`: files that all methods share, and one of the method. Its
//! settings and weights lie beside it as data.

/// What every project has.
const SHARED: [(&str, &str); 7] = [
    ("train.py", include_str!("engine/train.py")),
    ("network.py", include_str!("engine/network.py")),
    ("data.py", include_str!("engine/data.py")),
    ("optim.py", include_str!("engine/optim.py")),
    ("checkpoint.py", include_str!("engine/checkpoint.py")),
    ("requirements.txt", include_str!("engine/requirements.txt")),
    ("README.md", include_str!("engine/README.md")),
];

/// `method.py` by the method's id.
const METHODS: [(&str, &str); 12] = [
    ("simclr", include_str!("engine/methods/simclr.py")),
    ("moco", include_str!("engine/methods/moco.py")),
    ("vicreg", include_str!("engine/methods/vicreg.py")),
    (
        "barlow_twins",
        include_str!("engine/methods/barlow_twins.py"),
    ),
    ("tico", include_str!("engine/methods/tico.py")),
    ("w_mse", include_str!("engine/methods/w_mse.py")),
    ("byol", include_str!("engine/methods/byol.py")),
    ("simsiam", include_str!("engine/methods/simsiam.py")),
    ("swav", include_str!("engine/methods/swav.py")),
    ("cpc", include_str!("engine/methods/cpc.py")),
    (
        "deep_infomax",
        include_str!("engine/methods/deep_infomax.py"),
    ),
    ("amdim", include_str!("engine/methods/amdim.py")),
];

/// Ids of the methods that have a project.
pub fn methods() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(id, _)| *id)
}

/// The files of the project of a method, name and text; none if there is no such method.
pub fn files(method: &str) -> Option<Vec<(&'static str, &'static str)>> {
    let (_, own) = METHODS.iter().find(|(id, _)| *id == method)?;
    Some([&SHARED[..], &[("method.py", own)]].concat())
}
