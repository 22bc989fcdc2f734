//! WebP: which of a file's bytes are its own, and whether all of them are there.

use crate::Refused;
use crate::kind::cut_short;

/// What belongs to a WebP: as much as its head says. What comes behind is no part of it.
///
/// # Errors
/// Where a chunk is shorter than it claims, which the decoder would take on trust.
pub(crate) fn own_bytes(bytes: &[u8]) -> Result<&[u8], Refused> {
    let claimed = length_at(bytes, 4).map_or(usize::MAX, |length| length.saturating_add(8));
    let own = &bytes[..bytes.len().min(claimed)];
    let mut at = 12;
    // Some writers forget to fill up the last chunk to an even length.
    while at + 8 <= own.len() {
        let size = length_at(own, at + 4).unwrap_or(usize::MAX);
        if at + 8 + size > own.len() {
            return Err(cut_short("WebP"));
        }
        at += 8 + size.next_multiple_of(2);
    }
    if at == 12 || claimed > bytes.len() && at < claimed - 1 {
        return Err(cut_short("WebP"));
    }
    Ok(own)
}

fn length_at(bytes: &[u8], at: usize) -> Option<usize> {
    let length = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}
