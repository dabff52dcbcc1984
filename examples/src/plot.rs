//! Draws the revenue of a year, month by month, as a PNG.

use std::collections::BTreeMap;

use axum::BoxError;
use plotters::{
    prelude::*,
    style::{
        FontStyle, register_font,
        text_anchor::{HPos, Pos, VPos},
    },
};

use crate::queries::Sale;

const SIZE: (u32, u32) = (1280, 720);
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 44, 52);
const GRID: RGBColor = RGBColor(226, 229, 234);
/// One colour for each category. Colour-blind readers can tell them apart as well.
const COLOURS: [RGBColor; 5] = [
    RGBColor(76, 159, 112),
    RGBColor(242, 177, 52),
    RGBColor(66, 112, 176),
    RGBColor(201, 92, 84),
    RGBColor(120, 94, 160),
];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

type Canvas<'a> = DrawingArea<BitMapBackend<'a>, plotters::coord::Shift>;

/// Returns the encoded picture.
pub(crate) fn png(title: &str, sales: &[Sale]) -> Result<Vec<u8>, BoxError> {
    let mut pixels = vec![0; 3 * SIZE.0 as usize * SIZE.1 as usize];
    {
        let canvas = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
        draw(&canvas, title, sales)?;
        canvas.present()?;
    }
    encode(&pixels)
}

fn encode(pixels: &[u8]) -> Result<Vec<u8>, BoxError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(file)
}

fn draw(canvas: &Canvas<'_>, title: &str, sales: &[Sale]) -> Result<(), BoxError> {
    // The font comes from a crate, so none of the system is needed.
    register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| "the font is not readable")?;
    canvas.fill(&WHITE)?;
    canvas.draw(&Text::new(title.to_owned(), (48, 36), font(40)))?;
    let bars = stack(sales);
    let highest = bars.iter().map(|bar| bar.to).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(canvas)
        .margin(40)
        .margin_top(136)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(0.4..12.6, 0.0..highest.max(1.0) * 1.05)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .x_labels(13)
        .x_label_formatter(&|month| month_name(*month))
        .y_labels(6)
        .y_label_formatter(&|euros| format!("{:.0} k€", euros / 1000.0))
        .label_style(font(22))
        .draw()?;
    chart.draw_series(bars.iter().map(Bar::rectangle))?;
    legend(canvas, sales)
}

fn legend(canvas: &Canvas<'_>, sales: &[Sale]) -> Result<(), BoxError> {
    let centred = font(22).pos(Pos::new(HPos::Left, VPos::Center));
    for ((category, _), (x, colour)) in categories(sales)
        .iter()
        .zip((52..).step_by(150).zip(COLOURS))
    {
        canvas.draw(&Rectangle::new([(x, 94), (x + 16, 110)], colour.filled()))?;
        canvas.draw(&Text::new(
            category.to_string(),
            (x + 26, 105),
            centred.clone(),
        ))?;
    }
    Ok(())
}

/// The bar of a category in a month, on top of the categories below it.
struct Bar {
    month: f64,
    from: f64,
    to: f64,
    colour: RGBColor,
}

impl Bar {
    fn rectangle(&self) -> Rectangle<(f64, f64)> {
        Rectangle::new(
            [(self.month - 0.36, self.from), (self.month + 0.36, self.to)],
            self.colour.filled(),
        )
    }
}

fn stack(sales: &[Sale]) -> Vec<Bar> {
    let categories = categories(sales);
    let mut tops = [0.0; 13];
    let bar = |sale: &Sale| {
        let top = &mut tops[sale.month as usize];
        let from = *top;
        *top += f64::from(sale.cents) / 100.0;
        Bar {
            month: f64::from(sale.month),
            from,
            to: *top,
            colour: categories[sale.category.as_str()],
        }
    };
    sales.iter().map(bar).collect()
}

fn categories(sales: &[Sale]) -> BTreeMap<&str, RGBColor> {
    let mut categories: Vec<_> = sales.iter().map(|sale| sale.category.as_str()).collect();
    categories.sort_unstable();
    categories.dedup();
    categories
        .into_iter()
        .zip(COLOURS.into_iter().cycle())
        .collect()
}

fn month_name(month: f64) -> String {
    let found = (1..)
        .zip(MONTHS)
        .find(|&(number, _)| (f64::from(number) - month).abs() < 0.01);
    found.map(|(_, name)| name.to_owned()).unwrap_or_default()
}

fn font(size: i32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}
