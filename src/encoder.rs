//! The network under study: images in, feature maps and one vector per image out.

/// Size of an [`Encoder`].
#[derive(Debug, Clone, Copy)]
pub struct EncoderConfig {
    /// Channels of the first stage.
    pub width: usize,
}
