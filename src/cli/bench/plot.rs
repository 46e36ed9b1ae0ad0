//! A plot of lines as SVG, to stand within a page.

// Places in a drawing; no money.
#![allow(clippy::float_arithmetic)]

use plotters::prelude::{
    ChartBuilder, IntoDrawingArea as _, IntoFont as _, LineSeries, PathElement, RGBColor, SVGBackend, WHITE,
};
use plotters::style::Color as _;

/// In pixels of the drawing, which the page scales.
const SIZE: (u32, u32) = (860, 280);
const FONT: i32 = 15;
/// Told apart by people who see few colours as well.
const COLOURS: [RGBColor; 2] = [RGBColor(0, 105, 110), RGBColor(190, 75, 20)];

/// A line of a plot.
pub(super) struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

impl Line {
    /// Through points from left to right.
    pub(super) const fn new(name: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { name, points }
    }
}

/// Lines over one axis.
pub(super) struct Plot {
    title: &'static str,
    along: &'static str,
    up: &'static str,
    lines: Vec<Line>,
}

impl Plot {
    /// With what runs along and what runs up.
    pub(super) const fn new(title: &'static str, along: &'static str, up: &'static str, lines: Vec<Line>) -> Self {
        Self {
            title,
            along,
            up,
            lines,
        }
    }

    /// What it is called.
    pub(super) const fn title(&self) -> &'static str {
        self.title
    }

    /// True when a line has more than one point.
    pub(super) fn shows_something(&self) -> bool {
        self.lines.iter().any(|line| line.points.len() > 1)
    }

    /// The drawing.
    ///
    /// # Errors
    /// When it cannot be drawn, which has no cause outside of the drawing itself.
    pub(super) fn svg(&self) -> anyhow::Result<String> {
        let mut svg = String::new();
        self.draw(&mut svg)
            .map_err(|error| anyhow::anyhow!("{}: {error}", self.title))?;
        // It scales with the page, and is read out by its caption.
        Ok(svg.replacen(
            "<svg width=\"860\" height=\"280\"",
            "<svg role=\"img\" aria-hidden=\"true\"",
            1,
        ))
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(f64::MIN_POSITIVE, f64::max);
        let first = points().map(|point| point.0).fold(f64::MAX, f64::min);
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .x_label_area_size(36)
            .y_label_area_size(72)
            // A little room above the highest point.
            .build_cartesian_2d(first..most(|point| point.0), 0.0..most(|point| point.1) * 1.05)
            .map_err(|error| error.to_string())?;
        chart
            .configure_mesh()
            .x_desc(self.along)
            .y_desc(self.up)
            .label_style(("sans-serif", FONT).into_font())
            .light_line_style(WHITE)
            .draw()
            .map_err(|error| error.to_string())?;
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let style = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), style))
                .map_err(|error| error.to_string())?
                .label(line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        if self.lines.len() > 1 {
            chart
                .configure_series_labels()
                .background_style(WHITE)
                .border_style(COLOURS[0])
                .label_font(("sans-serif", FONT).into_font())
                .draw()
                .map_err(|error| error.to_string())?;
        }
        area.present().map_err(|error| error.to_string())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_with_its_axes_and_its_name() {
        let lines = vec![
            Line::new("one", vec![(1.0, 2.0), (2.0, 4.0)]),
            Line::new("other", vec![(1.0, 0.0), (2.0, 0.0)]),
        ];
        let plot = Plot::new("A plot", "seconds", "ms", lines);
        assert!(plot.shows_something());
        let svg = plot.svg().unwrap();
        assert!(svg.starts_with("<svg role=\"img\""), "{svg}");
        for word in ["polyline", "seconds", "ms", "other"] {
            assert!(svg.contains(word), "{word}: {svg}");
        }
    }

    #[test]
    fn nothing_is_no_plot() {
        assert!(!Plot::new("A plot", "s", "ms", vec![Line::new("one", vec![(1.0, 2.0)])]).shows_something());
    }
}
