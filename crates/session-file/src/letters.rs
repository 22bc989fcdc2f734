//! Text on charts. plotters asks the system for fonts, which a worker of a browser does not have: here letters
//! are measured and drawn by one font that is built in.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// plotters means the height of a line by the size of a font; ours is 1.24 of the letters' size, as in its SVG.
const LINE: f64 = 1.24;

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).expect("the font is whole")
});

/// What a backend draws, with our letters: as pixels, or as its own text of the same width.
pub(crate) struct Lettered<B> {
    pub(crate) inner: B,
    pub(crate) pixels: bool,
}

#[expect(clippy::cast_possible_truncation, reason = "sizes of letters")]
fn scale(size: f64) -> PxScale {
    // ab_glyph counts from the lowest to the highest point of all letters.
    let all = FONT.height_unscaled() / FONT.units_per_em().expect("a font has a size");
    PxScale::from((size / LINE) as f32 * all)
}

/// Glyphs of a line with their places, and its width.
fn layout(text: &str, size: f64) -> (Vec<ab_glyph::Glyph>, f32) {
    let scale = scale(size);
    let font = FONT.as_scaled(scale);
    let mut glyphs = Vec::new();
    let (mut x, mut last) = (0.0, None);
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        x += last.map_or(0.0, |last| font.kern(last, id));
        glyphs.push(id.with_scale_and_position(scale, point(x, font.ascent())));
        x += font.h_advance(id);
        last = Some(id);
    }
    (glyphs, x)
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a chart")]
fn pixels(x: f32) -> i32 {
    x.round() as i32
}

impl<B: DrawingBackend> DrawingBackend for Lettered<B> {
    type ErrorType = B::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.inner.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.present()
    }

    fn draw_pixel(
        &mut self,
        at: BackendCoord,
        color: BackendColor,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.draw_pixel(at, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.draw_rect(from, to, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.draw_path(path, style)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<B::ErrorType>> {
        let (_, width) = layout(text, style.size());
        let height = FONT.as_scaled(scale(style.size())).height();
        Ok([width, height]
            .map(|side| pixels(side).unsigned_abs())
            .into())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        if !self.pixels {
            return self.inner.draw_text(text, style, (x, y));
        }
        let (glyphs, width) = layout(text, style.size());
        let height = FONT.as_scaled(scale(style.size())).height();
        let anchor = style.anchor();
        let left = x - match anchor.h_pos {
            HPos::Left => 0,
            HPos::Center => pixels(width / 2.0),
            HPos::Right => pixels(width),
        };
        let top = y - match anchor.v_pos {
            VPos::Top => 0,
            VPos::Center => pixels(height / 2.0),
            VPos::Bottom => pixels(height),
        };
        let color = style.color();
        for glyph in glyphs {
            let Some(outline) = FONT.outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            let (left, top) = (left + pixels(corner.x), top + pixels(corner.y));
            let mut drawn = Ok(());
            outline.draw(|x, y, part| {
                let at = (left + x.cast_signed(), top + y.cast_signed());
                let alpha = color.alpha * f64::from(part.min(1.0));
                if drawn.is_ok() && alpha > 0.0 {
                    drawn = self.inner.draw_pixel(at, BackendColor { alpha, ..color });
                }
            });
            drawn?;
        }
        Ok(())
    }
}
