//! Names of files that are not in UTF-8: old disks, and zips of other systems.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, WINDOWS_1252};

/// Names as text, whatever they are encoded in. What is UTF-8 stays so; the encoding of all others
/// is guessed from all of them at once, as browsers guess that of a page. Different bytes stay
/// different names, so folders stay apart.
pub fn readable(names: &[&[u8]]) -> Vec<String> {
    with_fallback(names, |_| None)
}

/// The same, where a name of one byte a letter may be known better, by its place.
pub(crate) fn with_fallback(
    names: &[&[u8]],
    known: impl Fn(usize) -> Option<String>,
) -> Vec<String> {
    let encoding = guess(names);
    let text = |(at, name): (usize, &&[u8])| {
        if let Ok(name) = str::from_utf8(name) {
            return name.into();
        }
        let asian = encoding
            .and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(name))
            .map(Into::into);
        // Any bytes are text in this one, and others are other text.
        let european = || WINDOWS_1252.decode_without_bom_handling(name).0.into();
        asian.or_else(|| known(at)).unwrap_or_else(european)
    };
    names.iter().enumerate().map(text).collect()
}

/// The encoding of several bytes a letter that names are in, if they are in one.
fn guess(names: &[&[u8]]) -> Option<&'static Encoding> {
    let foreign: Vec<&[u8]> = names
        .iter()
        .copied()
        .filter(|name| str::from_utf8(name).is_err())
        .collect();
    if foreign.is_empty() {
        return None;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for name in &foreign {
        detector.feed(name, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    (!encoding.is_single_byte() && foreign.iter().all(|name| has_words(encoding, name)))
        .then_some(encoding)
}

/// Whether letters beyond ASCII stand together, as in words of such a script. In a word of Europe
/// one stands alone, and takes the letter behind it along if it is read so.
fn has_words(encoding: &'static Encoding, name: &[u8]) -> bool {
    let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(name) else {
        return false;
    };
    let letters: Vec<bool> = text.chars().map(|letter| !letter.is_ascii()).collect();
    let runs = letters
        .split(|foreign| !foreign)
        .filter(|run| !run.is_empty());
    runs.map(<[bool]>::len).max().unwrap_or(0) > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_apart_and_can_be_read() {
        let latin: [&[u8]; 2] = [b"p\xE9cheur/1.png", b"p\xEAcheur/1.png"];
        assert_eq!(
            readable(&latin),
            ["p\u{e9}cheur/1.png", "p\u{ea}cheur/1.png"]
        );
        let (japanese, _, _) = encoding_rs::SHIFT_JIS.encode("写真/猫と犬.png");
        assert_eq!(
            readable(&[&japanese, b"plain.png"]),
            ["写真/猫と犬.png", "plain.png"]
        );
        let (chinese, _, _) = encoding_rs::GBK.encode("照片/小猫在桌子上.png");
        assert_eq!(readable(&[&chinese]), ["照片/小猫在桌子上.png"]);
        assert_eq!(readable(&["katze/ä.png".as_bytes()]), ["katze/ä.png"]);
    }
}
