//! Curves over steps, as SVG and as PNG by the same code.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::letters::Lettered;
use crate::map::encode;
use crate::{Curves, Line, Refused, refuse};

const SIZE: (u32, u32) = (1200, 700);

/// Part of the range of values above and below them.
const MARGIN: f64 = 0.05;

/// Letters that a projector shows.
const FONT: &str = "sans-serif";
const SMALL: i32 = 22;
const LARGE: i32 = 28;

/// Room for the names of lines, in pixels.
const NAMES: i32 = 270;

/// Where the first name of a line stands, in pixels from above.
const TOP: i32 = 85;

/// Lines that can be told apart without colours (Okabe and Ito, without yellow).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 0, 0),
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// A chart of lines that have points, under a title; none if there is nothing to draw.
pub(crate) struct Chart<'a> {
    title: &'a str,
    lines: Vec<(&'a str, Vec<(f64, f64)>)>,
    x: Range<f64>,
    y: Range<f64>,
}

impl<'a> Chart<'a> {
    pub(crate) fn of(title: &'a str, curves: &'a Curves) -> Option<Self> {
        let points = |line: &Line| {
            let points = curves.steps.iter().zip(&line.values);
            let points = points.filter_map(|(step, value)| Some((*step, (*value)?)));
            points
                .filter(|(_, value)| value.is_finite())
                .collect::<Vec<_>>()
        };
        let lines = curves
            .lines
            .iter()
            .map(|line| (line.label.as_str(), points(line)));
        let lines: Vec<(&str, Vec<_>)> = lines.filter(|(_, points)| !points.is_empty()).collect();
        let all = || lines.iter().flat_map(|(_, points)| points);
        let x = around(all().map(|(step, _)| *step), 0.0)?;
        let y = around(all().map(|(_, value)| *value), MARGIN)?;
        Some(Self { title, lines, x, y })
    }

    /// Adds a value that does not change, if it is known.
    pub(crate) fn with(mut self, label: &'a str, value: Option<f64>) -> Self {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            let Range { start, end } = self.x;
            self.lines.push((label, vec![(start, value), (end, value)]));
            let margin = (self.y.end - self.y.start) * MARGIN;
            self.y = self.y.start.min(value - margin)..self.y.end.max(value + margin);
        }
        self
    }

    pub(crate) fn svg(&self) -> Result<String, Refused> {
        let mut text = String::new();
        self.draw(SVGBackend::with_string(&mut text, SIZE), false)?;
        Ok(text)
    }

    pub(crate) fn png(&self) -> Result<Vec<u8>, Refused> {
        let (width, height) = SIZE;
        let mut pixels = vec![0; (width * height * 3) as usize];
        self.draw(BitMapBackend::with_buffer(&mut pixels, SIZE), true)?;
        encode(&pixels, width, height)
    }

    fn draw<B: DrawingBackend>(&self, inner: B, pixels: bool) -> Result<(), Refused> {
        let area = Lettered { inner, pixels }.into_drawing_area();
        self.plot(&area)
            .and_then(|()| area.present())
            .map_err(|error| refuse(format!("the chart cannot be drawn: {error}")))
    }

    fn plot<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(area)
            .margin(20)
            .margin_right(NAMES)
            .caption(self.title, (FONT, LARGE))
            .x_label_area_size(60)
            .y_label_area_size(90)
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc("step")
            .x_label_formatter(&f64::to_string)
            .y_label_formatter(&|value| tick(*value))
            .label_style((FONT, SMALL))
            .axis_desc_style((FONT, SMALL))
            .draw()?;
        for (at, (label, points)) in self.lines.iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()].stroke_width(3);
            chart.draw_series(LineSeries::new(points.iter().copied(), colour))?;
            // Its name, on the right of the lines.
            let (x, _) = area.get_pixel_range();
            let y = TOP + i32::try_from(at).expect("few lines") * SMALL * 5 / 4;
            let text = (FONT, SMALL).into_font().color(&BLACK);
            let text = text.pos(Pos::new(HPos::Left, VPos::Center));
            let left = x.end - NAMES + 15;
            area.draw(&Text::new(*label, (left + 40, y), text))?;
            area.draw(&PathElement::new([(left, y), (left + 30, y)], colour))?;
        }
        Ok(())
    }
}

/// The range of some numbers, with a part of it added at both ends; none of none.
fn around(numbers: impl Iterator<Item = f64> + Clone, margin: f64) -> Option<Range<f64>> {
    let low = numbers.clone().reduce(f64::min)?;
    let high = numbers.reduce(f64::max)?;
    if high > low {
        let margin = (high - low) * margin;
        return Some(low - margin..high + margin);
    }
    // One number has no range.
    let room = low.abs().max(1.0) * 0.1;
    Some(low - room..low + room)
}

/// A number at an axis, without what rounding has left.
fn tick(value: f64) -> String {
    let rounded = format!("{value:.4}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() || short == "-0" || (short == "0" && value != 0.0) {
        return format!("{value:.1e}").replace("0.0e0", "0");
    }
    short.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, values: &[Option<f64>]) -> Line {
        Line {
            id: label.into(),
            label: label.into(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn lines_are_drawn_with_their_names_whatever_they_are_called() {
        let curves = Curves {
            steps: vec![1.0, 2.0, 3.0],
            lines: vec![
                line("invariance <1> & more", &[Some(3.0), None, Some(1.0)]),
                line("nothing", &[None, None]),
            ],
        };
        let chart = Chart::of("Loss", &curves).unwrap();
        let svg = chart.svg().unwrap();
        assert!(svg.contains("invariance &lt;1&gt; &amp; more"), "{svg}");
        assert!(!svg.contains("nothing"), "{svg}");
        assert!(chart.png().unwrap().starts_with(b"\x89PNG"));
    }

    #[test]
    fn numbers_at_an_axis_are_short() {
        let ticks = [0.0, 4.0, 0.25, 0.1 + 0.2, -1.5, 1e-9, 12000.0].map(tick);
        assert_eq!(ticks, ["0", "4", "0.25", "0.3", "-1.5", "1.0e-9", "12000"]);
    }

    #[test]
    fn what_it_is_compared_with_is_in_sight() {
        let curves = Curves {
            steps: vec![1.0, 2.0],
            lines: vec![line("h", &[Some(0.5), Some(0.6)])],
        };
        let chart = Chart::of("kNN", &curves).unwrap();
        let chart = chart.with("chance", Some(0.1)).with("pixels", None);
        assert!(chart.y.contains(&0.1) && chart.y.contains(&0.6));
        let svg = chart.svg().unwrap();
        assert!(svg.contains("chance") && !svg.contains("pixels"));
    }

    #[test]
    fn a_single_point_and_none_are_no_trouble() {
        let one = |value| Curves {
            steps: vec![7.0],
            lines: vec![line("total", &[value])],
        };
        for value in [0.0, -5.0, 1e30] {
            let curves = one(Some(value));
            assert!(Chart::of("Loss", &curves).unwrap().svg().is_ok());
        }
        assert!(Chart::of("Loss", &one(None)).is_none());
        assert!(Chart::of("Loss", &Curves::default()).is_none());
    }
}
