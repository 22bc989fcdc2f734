//! Where the squares of many images lie: in memory, or in a file, where they would leave none.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use memmap2::Mmap;

use crate::data::Bytes;

/// Squares, each of so many bytes, and each at its place.
pub(super) struct Squares {
    length: usize,
    lie: Lie,
}

enum Lie {
    Here(Vec<u8>),
    InFile(File),
}

impl Squares {
    /// Room for `count` squares, in memory. What nothing was written to yet is there in name only.
    pub(super) fn here(count: usize, length: usize) -> Self {
        let lie = Lie::Here(vec![0; count * length]);
        Self { length, lie }
    }

    /// The same in a file without a name, which goes with this process.
    pub(super) fn in_file(folder: &Path, length: usize) -> io::Result<Self> {
        let lie = Lie::InFile(tempfile::tempfile_in(folder)?);
        Ok(Self { length, lie })
    }

    pub(super) fn put(&mut self, at: usize, square: &[u8]) -> io::Result<()> {
        let from = at * self.length;
        match &mut self.lie {
            Lie::Here(bytes) => bytes[from..from + self.length].copy_from_slice(square),
            Lie::InFile(file) => {
                file.seek(SeekFrom::Start(from as u64))?;
                file.write_all(square)?;
            }
        }
        Ok(())
    }

    /// Those that are kept, in their order and without gaps.
    pub(super) fn close(mut self, kept: &[usize]) -> io::Result<Bytes> {
        for (to, from) in kept.iter().copied().enumerate() {
            if to != from {
                self.shift(from, to)?;
            }
        }
        let whole = kept.len() * self.length;
        match self.lie {
            Lie::Here(mut bytes) => {
                bytes.truncate(whole);
                bytes.shrink_to_fit();
                Ok(bytes.into())
            }
            Lie::InFile(file) => {
                file.set_len(whole as u64)?;
                #[expect(unsafe_code, reason = "a mapped file could be changed by others")]
                // SAFETY: nobody else can open this one: it has no name, and nothing here writes to it from now on.
                let map = unsafe { Mmap::map(&file)? };
                // A batch takes a square here and a square there; some systems would read megabytes around each.
                #[cfg(unix)]
                map.advise(memmap2::Advice::Random)?;
                Ok(Bytes::elsewhere(map))
            }
        }
    }

    fn shift(&mut self, from: usize, to: usize) -> io::Result<()> {
        let length = self.length;
        match &mut self.lie {
            Lie::Here(bytes) => bytes.copy_within(from * length..(from + 1) * length, to * length),
            Lie::InFile(file) => {
                let mut square = vec![0; length];
                file.seek(SeekFrom::Start((from * length) as u64))?;
                file.read_exact(&mut square)?;
                self.put(to, &square)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_lies_close_together_wherever_it_lies() {
        let folder = std::env::temp_dir();
        for mut squares in [Squares::here(5, 2), Squares::in_file(&folder, 2).unwrap()] {
            for at in [4, 0, 3, 2] {
                let byte = u8::try_from(at).unwrap();
                squares.put(at, &[byte, byte + 10]).unwrap();
            }
            let kept = squares.close(&[0, 2, 4]).unwrap();
            assert_eq!(kept[..], [0, 10, 2, 12, 4, 14]);
        }
    }

    #[test]
    fn no_image_is_no_byte() {
        let folder = std::env::temp_dir();
        let none = Squares::in_file(&folder, 2).unwrap().close(&[]);
        assert_eq!(none.unwrap().len(), 0);
    }
}
