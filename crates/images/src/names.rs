//! Names of files that are not in UTF-8: old disks, and zips of other systems.

#[cfg(feature = "names")]
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

/// Names as text, whatever they are encoded in. What is UTF-8 stays so; the encoding of all others
/// is guessed from all of them at once, as browsers guess that of a page. Different bytes stay
/// different names, so folders stay apart.
#[cfg(feature = "names")]
pub fn readable(names: &[&[u8]]) -> Vec<String> {
    // Any bytes are text in this one, and others are other text.
    let western = |at: usize| {
        encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(names[at])
            .0
    };
    as_text(names, guessed, |at| western(at).into())
}

/// Names in the encoding of several bytes a letter that they seem to be in, if they are in one.
#[cfg(feature = "names")]
pub(crate) fn guessed(names: &[&[u8]]) -> Option<Vec<String>> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for name in names {
        detector.feed(name, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    if encoding.is_single_byte() {
        return None;
    }
    let text = |name: &&[u8]| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(name)?;
        Some(text.into_owned())
    };
    names.iter().map(text).collect()
}

/// Names that are in UTF-8, and others: all of them by `eastern` if that knows an encoding of
/// several bytes a letter for them, else each by `western`, by its place.
pub(crate) fn as_text(
    names: &[&[u8]],
    eastern: impl Fn(&[&[u8]]) -> Option<Vec<String>>,
    western: impl Fn(usize) -> String,
) -> Vec<String> {
    let is_foreign = |name: &&[u8]| str::from_utf8(name).is_err();
    let foreign: Vec<&[u8]> = names.iter().copied().filter(is_foreign).collect();
    let read = if foreign.is_empty() {
        None
    } else {
        eastern(&foreign)
    };
    let mut read = read
        .filter(|names| names.iter().all(|name| has_words(name)))
        .map(Vec::into_iter);
    let text = |(at, name): (usize, &&[u8])| match str::from_utf8(name) {
        Ok(name) => name.into(),
        Err(_) => read
            .as_mut()
            .and_then(Iterator::next)
            .unwrap_or_else(|| western(at)),
    };
    names.iter().enumerate().map(text).collect()
}

/// Whether letters beyond ASCII stand together, as in words of Asia. In a word of Europe one stands
/// alone, and takes the letter behind it along if it is read so.
fn has_words(name: &str) -> bool {
    let letters: Vec<bool> = name.chars().map(|letter| !letter.is_ascii()).collect();
    letters.windows(2).any(|pair| pair == [true, true])
}

#[cfg(all(test, feature = "names"))]
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
