//! Arrays as `NumPy` keeps them (NEP 1, version 1.0), row after row.

use crate::{Refused, refuse};

/// Type of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes, 0 to 255.
    Bytes,
    /// Little-endian f32.
    Floats,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Bytes => "|u1",
            Self::Floats => "<f4",
        }
    }
}

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// An array of this shape: its header, and the bytes as they are.
pub(crate) fn npy(kind: Kind, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    [&npy_head(kind, shape)[..], bytes].concat()
}

/// What goes before the bytes of an array of this shape.
pub fn npy_head(kind: Kind, shape: &[usize]) -> Vec<u8> {
    let header = header(kind, shape);
    // Numbers begin at a multiple of 64, after a line's end.
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let header = format!("{header:0$}\n", length - 1);
    let length = u16::try_from(length).expect("a short header").to_le_bytes();
    [MAGIC, &length[..], header.as_bytes()].concat()
}

fn header(kind: Kind, shape: &[usize]) -> String {
    let shape: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let (kind, shape) = (kind.name(), shape.join(" "));
    format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}")
}

/// The bytes of an array that [`npy`] wrote, which must have this shape.
pub(crate) fn contents(file: &[u8], kind: Kind, shape: &[usize]) -> Result<Vec<u8>, Refused> {
    let length = file
        .get(8..10)
        .map(|length| u16::from_le_bytes([length[0], length[1]]));
    let start = 10 + usize::from(length.unwrap_or_default());
    let told = file.get(10..start).map(<[u8]>::trim_ascii_end);
    if !file.starts_with(MAGIC) || told != Some(header(kind, shape).as_bytes()) {
        return Err(refuse("it is not the array that session.json says"));
    }
    Ok(file[start..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_read_as_it_was_written_and_no_other() {
        let file = npy(Kind::Bytes, &[2, 3], &[1, 2, 3, 4, 5, 6]);
        assert_eq!((file.len() - 6) % 64, 0);
        assert_eq!(
            contents(&file, Kind::Bytes, &[2, 3]).unwrap(),
            [1, 2, 3, 4, 5, 6]
        );
        for (kind, shape) in [(Kind::Bytes, [3, 2]), (Kind::Floats, [2, 3])] {
            assert!(contents(&file, kind, &shape).is_err());
        }
        assert!(contents(&file[..9], Kind::Bytes, &[2, 3]).is_err());
        assert!(contents(b"", Kind::Bytes, &[2, 3]).is_err());
    }
}
