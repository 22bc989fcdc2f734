//! Samples of any depth as bytes, from black to white.

/// Bits that must lie idle before a picture is taken for one of fewer bits.
const IDLE: u32 = 2;

/// One in so many pixels may be brighter: sensors have some that are always bright.
const STRAY: u64 = 1000;

/// How whole numbers become bytes: the largest that is white.
///
/// **Counts.** Cameras of 10, 12 or 14 bits, and microscopes, put what they count into numbers of 16 or
/// 32 bits as it is, so the picture lies in the lowest part of the range and looks black. So where the
/// two highest bits or more lie idle in all but a thousandth of the pixels, the picture is taken for one
/// of as many bits as are in use. A picture that uses a quarter of its range or more stays as it is.
///
/// `values` are those of the colours, never of alpha.
pub(crate) fn white(values: impl Iterator<Item = u64>, bits: u32) -> u64 {
    // How many values need so many bits.
    let mut counts = [0_u64; 65];
    for value in values {
        counts[(64 - value.leading_zeros()) as usize] += 1;
    }
    let total: u64 = counts.iter().sum();
    let stray = total / STRAY;
    let mut above = 0;
    let used = (1..=bits).rev().find(|used| {
        above += counts[*used as usize];
        above > stray
    });
    // Where next to nothing is there, all of it counts.
    let used = used.or_else(|| (1..=bits).rev().find(|used| counts[*used as usize] > 0));
    match used {
        Some(used) if used + IDLE <= bits => most(used),
        _ => most(bits),
    }
}

/// The largest number of so many bits.
pub(crate) fn most(bits: u32) -> u64 {
    u64::MAX >> (64 - bits)
}

/// A whole number as a byte; what lies above white is white.
pub(crate) fn byte(value: u64, white: u64) -> u8 {
    let value = u128::from(value.min(white));
    let white = u128::from(white);
    u8::try_from((value * 255 + white / 2) / white).expect("at most white")
}

/// What is black and what is white among numbers that may be fractions, or lie below nought.
///
/// From nought to one where all lie between; else from the least to the most.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let around = (f64::INFINITY, f64::NEG_INFINITY);
    let (least, most) = finite.fold(around, |(least, most), value| {
        (least.min(value), most.max(value))
    });
    if least >= 0.0 && most <= 1.0 {
        (0.0, 1.0)
    } else {
        (least, most)
    }
}

/// A number within a range as a byte; what is no number is black.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped before.
pub(crate) fn fraction(value: f64, (black, white): (f64, f64)) -> u8 {
    let part = (value - black) / (white - black);
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}
