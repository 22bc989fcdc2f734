//! The directories of a TIFF, as far as they say what the file is: a picture, or a camera's raw file.

/// Numbers of tags.
pub(crate) mod tag {
    pub(crate) const SUBFILE: u16 = 254;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const FILL_ORDER: u16 = 266;
    pub(crate) const MAKE: u16 = 271;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const STRIP_LENGTHS: u16 = 279;
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const HEIGHT: u16 = 257;
    pub(crate) const ORIENTATION: u16 = 274;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_HEIGHT: u16 = 323;
    pub(crate) const COLOURS: u16 = 320;
    pub(crate) const INNER: u16 = 330;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const HALVED: u16 = 530;
    pub(crate) const DNG: u16 = 50706;
}

/// Light as a sensor has it behind its filters, and the same per colour.
const SENSOR: [u64; 2] = [32803, 34892];

/// Makers, as they write their names, and as they are called.
const MAKERS: [(&str, &str); 16] = [
    ("NIKON", "Nikon"),
    ("SONY", "Sony"),
    ("PENTAX", "Pentax"),
    ("RICOH", "Pentax"),
    ("SAMSUNG", "Samsung"),
    ("CANON", "Canon"),
    ("EASTMAN", "Kodak"),
    ("KODAK", "Kodak"),
    ("HASSELBLAD", "Hasselblad"),
    ("LEICA", "Leica"),
    ("EPSON", "Epson"),
    ("MAMIYA", "Mamiya"),
    ("PHASE ONE", "Phase One"),
    ("LEAF", "Leaf"),
    ("OLYMPUS", "Olympus"),
    ("PANASONIC", "Panasonic"),
];

/// Most tags of a directory and directories of a file that are looked at.
const MOST_TAGS: u64 = 1000;
const MOST_DIRECTORIES: usize = 100;
/// Most numbers of a tag: more than tiles of the largest picture.
const MOST_NUMBERS: usize = 1 << 20;

/// A TIFF's bytes, or the first of them.
#[derive(Clone, Copy)]
pub(crate) struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    /// Whether offsets have eight bytes.
    big: bool,
}

/// A line of a directory.
pub(crate) struct Entry {
    pub(crate) tag: u16,
    kind: u16,
    count: u64,
    /// Where its values are, from the beginning of the file.
    pub(crate) at: usize,
    /// Where the line itself is.
    pub(crate) line: usize,
}

pub(crate) struct Directory {
    pub(crate) entries: Vec<Entry>,
    /// Where the next one is, nought if there is none; `None` where the bytes end before.
    next: Option<u64>,
}

impl<'a> Tiff<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (big_endian, big) = match bytes.get(..4)? {
            b"II*\0" => (false, false),
            b"MM\0*" => (true, false),
            b"II+\0" => (false, true),
            b"MM\0+" => (true, true),
            _ => return None,
        };
        Some(Self {
            bytes,
            big_endian,
            big,
        })
    }

    /// An unsigned number of so many bytes.
    fn number(&self, at: usize, length: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(length)?)?.iter();
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian {
            bytes.fold(0, add)
        } else {
            bytes.rev().fold(0, add)
        })
    }

    /// Writes a number where a copy of the file has so many bytes for one; says whether it fits.
    fn put(&self, copy: &mut [u8], at: usize, length: usize, number: u64) -> bool {
        let Some(place) = at.checked_add(length).and_then(|end| copy.get_mut(at..end)) else {
            return false;
        };
        let bytes = number.to_le_bytes();
        if length < 8 && number >> (8 * length) != 0 {
            return false;
        }
        place.copy_from_slice(&bytes[..length]);
        if self.big_endian {
            place.reverse();
        }
        true
    }

    /// Changes the first number of a tag in a copy of the file; says whether it could.
    pub(crate) fn change(&self, copy: &mut [u8], entry: &Entry, number: u64) -> bool {
        matches!(entry.kind, 3 | 4 | 16)
            && self.put(
                copy,
                entry.at,
                usize::try_from(size(entry.kind)).unwrap_or(0),
                number,
            )
    }

    /// Takes a tag away in a copy of the file: it gets a name of nobody's, and the order matters to no one.
    pub(crate) fn hide(&self, copy: &mut [u8], entry: &Entry) {
        self.put(copy, entry.line, 2, 65000);
    }

    /// The directories of the pictures, one after another; where a file is cut short, those that are left.
    pub(crate) fn directories(&self) -> Vec<Directory> {
        let first = if self.big {
            self.number(8, 8)
        } else {
            self.number(4, 4)
        };
        let mut next = first.unwrap_or(0);
        let mut found = Vec::new();
        while found.len() < MOST_DIRECTORIES {
            let Some(directory) = self.directory(next) else {
                break;
            };
            next = directory.next.unwrap_or(0);
            found.push(directory);
        }
        found
    }

    fn directory(&self, at: u64) -> Option<Directory> {
        if at == 0 {
            return None;
        }
        let at = usize::try_from(at).ok()?;
        let (head, line, wide) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(at, head)?;
        let lines = at + head;
        let mut entries = Vec::new();
        for index in 0..usize::try_from(count.min(MOST_TAGS)).ok()? {
            let at = lines + index * line;
            let Some(tag) = self.number(at, 2) else {
                break;
            };
            let kind = u16::try_from(self.number(at + 2, 2)?).ok()?;
            let count = self.number(at + 4, wide)?;
            let here = at + 4 + wide;
            let fits = count.saturating_mul(size(kind)) <= wide as u64;
            let values = if fits {
                here
            } else {
                usize::try_from(self.number(here, wide)?).ok()?
            };
            entries.push(Entry {
                tag: u16::try_from(tag).ok()?,
                kind,
                count,
                at: values,
                line: at,
            });
        }
        let behind = usize::try_from(count).ok()?.checked_mul(line)?;
        let next = self.number(lines.checked_add(behind)?, wide);
        Some(Directory { entries, next })
    }

    /// The numbers of a tag; none if it is missing or is no number.
    pub(crate) fn numbers(&self, directory: &Directory, tag: u16) -> Vec<u64> {
        let Some(entry) = directory.find(tag) else {
            return Vec::new();
        };
        // Of bytes, shorts, longs and the eight bytes of a larger file.
        let size = match entry.kind {
            1 | 3 | 4 | 7 | 13 | 16 | 18 => usize::try_from(size(entry.kind)).unwrap_or(1),
            _ => return Vec::new(),
        };
        let most = MOST_NUMBERS.min(self.bytes.len() / size);
        let count = usize::try_from(entry.count).unwrap_or(most).min(most);
        (0..count)
            .map_while(|index| self.number(entry.at.checked_add(index * size)?, size))
            .collect()
    }

    fn first(&self, directory: &Directory, tag: u16) -> Option<u64> {
        self.numbers(directory, tag).first().copied()
    }

    fn maker(&self, directory: &Directory) -> Option<&'static str> {
        let entry = directory.find(tag::MAKE)?;
        let text = self.bytes.get(entry.at..)?;
        let text = &text[..text.len().min(40)];
        let text = String::from_utf8_lossy(text).to_uppercase();
        let known = MAKERS.iter().find(|(mark, _)| text.starts_with(mark));
        known.map(|(_, name)| *name)
    }

    fn is_sensor(&self, directory: &Directory) -> bool {
        let photometric = self.first(directory, tag::PHOTOMETRIC);
        photometric.is_some_and(|kind| SENSOR.contains(&kind))
    }

    /// Whether a directory says itself that its picture is a smaller one of another.
    fn is_reduced(&self, directory: &Directory) -> bool {
        self.first(directory, tag::SUBFILE)
            .is_some_and(|kind| kind & 1 == 1)
    }

    /// Which of the pictures counts: the first that is no preview and no mask of another.
    pub(crate) fn page(&self, directories: &[Directory]) -> usize {
        let own = |directory: &Directory| {
            let kind = self.first(directory, tag::SUBFILE).unwrap_or(0);
            kind & 0b101 == 0
        };
        directories.iter().position(own).unwrap_or(0)
    }
}

impl Directory {
    pub(crate) fn find(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

/// Bytes of a value of a kind.
fn size(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

/// Whose raw file this is, where it looks like a TIFF: "" if that cannot be told, `None` if it is a
/// picture.
///
/// Such a file has a preview where a TIFF has its picture, and what the sensor saw in a directory of
/// its own.
pub(crate) fn camera(bytes: &[u8]) -> Option<&'static str> {
    let tiff = Tiff::of(bytes)?;
    let directories = tiff.directories();
    let first = directories.first()?;
    if first.find(tag::DNG).is_some() {
        return Some("DNG");
    }
    let inner = tiff.numbers(first, tag::INNER);
    let inner = inner.iter().take(MOST_DIRECTORIES);
    let inner: Vec<_> = inner.filter_map(|at| tiff.directory(*at)).collect();
    let sensor = directories.iter().chain(&inner);
    let maker = tiff.maker(first);
    let sensor = sensor.into_iter().any(|each| tiff.is_sensor(each));
    // What the sensor saw may be packed in the maker's own way, and its directory lie beyond these bytes.
    let previews = directories
        .iter()
        .all(|each| tiff.is_reduced(each) && each.next.is_some())
        && directories.last().is_some_and(|last| last.next == Some(0));
    (sensor || maker.is_some() && previews).then(|| maker.unwrap_or(""))
}
