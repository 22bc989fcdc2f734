//! File bytes to square RGB images; the only user of `image`.
