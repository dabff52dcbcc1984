//! Makes a PDF letter for each request.
//!
//! Run it: `cargo run --example pdf_report`
//! Get it: `curl -OJ http://127.0.0.1:8000/letters/Ada`

use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

#[download_view(
    basename = "letter-to-{name}.pdf",
    attachment,
    cache_control = "no-store"
)]
async fn letter(Path(name): Path<String>) -> Vec<u8> {
    let mut text = Content::new();
    text.begin_text()
        .set_font(Name(b"F"), 20.0)
        .next_line(72.0, 740.0)
        .show(Str(format!("Dear {name},").as_bytes()))
        .next_line(0.0, -32.0)
        .show(Str(b"this page was typeset when you asked for it."))
        .end_text();
    document(&text.finish())
}

fn document(text: &[u8]) -> Vec<u8> {
    let [catalog, pages, page, font, body] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet
        .parent(pages)
        .media_box(Rect::new(0.0, 0.0, 595.0, 842.0))
        .contents(body);
    sheet.resources().fonts().pair(Name(b"F"), font);
    sheet.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    pdf.stream(body, text);
    pdf.finish()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/letters/{name}", get(letter));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
