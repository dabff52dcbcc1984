//! Typesets the sales of a year as a PDF page, in the fonts that every viewer has.

use std::collections::BTreeSet;

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::queries::Sale;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const BODY: Ref = Ref::new(4);
const INFO: Ref = Ref::new(5);
const FONTS: [(Face, Ref, &[u8]); 2] = [
    (Face::Regular, Ref::new(6), b"Helvetica"),
    (Face::Bold, Ref::new(7), b"Helvetica-Bold"),
];
/// The size of A4 in points.
const PAPER: [f32; 2] = [595.0, 842.0];
const MARGIN: f32 = 56.0;
const LINE: f32 = 26.0;
/// The ends of the columns of numbers, and the beginning and the end of the bars.
const COLUMNS: [f32; 6] = [168.0, 226.0, 284.0, 342.0, 400.0, 458.0];
const BARS: [f32; 2] = [470.0, 539.0];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const INK: [f32; 3] = [0.16, 0.17, 0.20];
const ACCENT: [f32; 3] = [0.26, 0.44, 0.69];
const RULE: [f32; 3] = [0.85, 0.87, 0.90];

/// Returns the report as a PDF file.
pub(crate) fn pdf(year: u16, sales: &[Sale]) -> Vec<u8> {
    let title = format!("Sales of {year}");
    let mut page = Page(Content::new());
    page.text(Face::Bold, 26.0, MARGIN, 760.0, &title);
    page.text(Face::Regular, 11.0, MARGIN, 738.0, &summary(sales));
    table(&mut page, sales);
    file(&title, page)
}

fn file(title: &str, body: Page) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.catalog(CATALOG).pages(PAGES);
    pdf.pages(PAGES).kids([PAGE]).count(1);
    pdf.document_info(INFO)
        .title(TextStr(title))
        .producer(TextStr("downloadview's demo"));
    let mut page = pdf.page(PAGE);
    page.media_box(Rect::new(0.0, 0.0, PAPER[0], PAPER[1]))
        .parent(PAGES)
        .contents(BODY);
    let mut resources = page.resources();
    let mut fonts = resources.fonts();
    for (face, reference, _) in FONTS {
        fonts.pair(face.name(), reference);
    }
    fonts.finish();
    resources.finish();
    page.finish();
    for (_, reference, name) in FONTS {
        pdf.type1_font(reference).base_font(Name(name));
    }
    pdf.stream(BODY, &body.0.finish());
    pdf.finish()
}

fn summary(sales: &[Sale]) -> String {
    let orders: u32 = sales.iter().map(|sale| sale.orders).sum();
    let cents: u32 = sales.iter().map(|sale| sale.cents).sum();
    format!(
        "{} orders, {} euros, {} euros an order. All amounts in euros.",
        grouped(orders),
        grouped(cents / 100),
        cents / 100 / orders.max(1),
    )
}

fn table(page: &mut Page, sales: &[Sale]) {
    let categories: BTreeSet<&str> = sales.iter().map(|sale| sale.category.as_str()).collect();
    let total = |month: u32| sum(sales, |sale| sale.month == month);
    let most = (1..=12).map(total).max().unwrap_or_default();
    let mut y = 690.0;
    page.row(
        Face::Bold,
        y,
        "",
        categories.iter().copied().chain(["Total"]),
    );
    for (month, name) in (1..).zip(MONTHS) {
        y -= LINE;
        page.rule(y + 17.0);
        let amounts = categories.iter().map(|&category| {
            sum(sales, |sale| {
                sale.month == month && sale.category == category
            })
        });
        page.row(
            Face::Regular,
            y,
            name,
            amounts.chain([total(month)]).map(grouped),
        );
        page.bar(y, share(total(month), most));
    }
    y -= LINE;
    page.rule(y + 17.0);
    let amounts = categories
        .iter()
        .map(|&category| sum(sales, |sale| sale.category == category));
    page.row(
        Face::Bold,
        y,
        "Year",
        amounts.chain([sum(sales, |_| true)]).map(grouped),
    );
}

/// Returns the whole euros of the sales that `wanted` selects.
fn sum(sales: &[Sale], wanted: impl Fn(&Sale) -> bool) -> u32 {
    sales
        .iter()
        .filter(|&sale| wanted(sale))
        .map(|sale| sale.cents)
        .sum::<u32>()
        / 100
}

/// Returns `part` divided by `whole`, rounded down to hundredths.
fn share(part: u32, whole: u32) -> f32 {
    let hundredths = part * 100 / whole.max(1);
    f32::from(u16::try_from(hundredths).unwrap_or(100)) / 100.0
}

/// Formats `1234567` as `1 234 567`.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[derive(Clone, Copy)]
enum Face {
    Regular,
    Bold,
}

impl Face {
    fn name(self) -> Name<'static> {
        match self {
            Self::Regular => Name(b"Regular"),
            Self::Bold => Name(b"Bold"),
        }
    }
}

/// The drawing of the page. `y` counts from the bottom.
struct Page(Content);

impl Page {
    fn text(&mut self, face: Face, size: f32, x: f32, y: f32, text: &str) {
        let [red, green, blue] = INK;
        self.0.set_fill_rgb(red, green, blue);
        self.0
            .begin_text()
            .set_font(face.name(), size)
            .next_line(x, y);
        self.0.show(Str(text.as_bytes())).end_text();
    }

    fn row(
        &mut self,
        face: Face,
        y: f32,
        head: &str,
        cells: impl Iterator<Item = impl AsRef<str>>,
    ) {
        self.text(face, 10.0, MARGIN, y, head);
        for (end, cell) in COLUMNS.into_iter().zip(cells) {
            let cell = cell.as_ref();
            self.text(face, 10.0, end - 10.0 * width(cell), y, cell);
        }
    }

    fn rule(&mut self, y: f32) {
        self.rectangle(RULE, MARGIN, y, BARS[1] - MARGIN, 0.6);
    }

    fn bar(&mut self, y: f32, share: f32) {
        self.rectangle(ACCENT, BARS[0], y - 2.0, (BARS[1] - BARS[0]) * share, 10.0);
    }

    fn rectangle(&mut self, [red, green, blue]: [f32; 3], x: f32, y: f32, width: f32, height: f32) {
        self.0
            .set_fill_rgb(red, green, blue)
            .rect(x, y, width, height)
            .fill_nonzero();
    }
}

/// Returns the width of a short text in Helvetica, in ems. It is exact for numbers and approximate for words.
fn width(text: &str) -> f32 {
    let em = |letter| match letter {
        ' ' | 'i' | 'l' | 't' | 'r' => 0.278,
        'W' => 0.9,
        'A'..='Z' => 0.667,
        _ => 0.556,
    };
    text.chars().map(em).sum()
}
