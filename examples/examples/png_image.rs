//! Draws an image for each request. The browser shows it, and "Save as" suggests its name.
//!
//! Run it: `cargo run --example png_image`
//! Get it: `curl -OJ http://127.0.0.1:8000/waves/7`, or open this address in a browser

use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;

const SIDE: u16 = 512;

/// Drawing takes a while, so the function is `blocking`. Other requests do not wait for it.
#[download_view(basename = "waves-{waves}.png", inline, blocking)]
fn picture(Path(waves): Path<u16>) -> Result<Vec<u8>, png::EncodingError> {
    let mut pixels = Vec::new();
    for y in 0..SIDE {
        pixels.extend((0..SIDE).map(|x| shade(x, y, waves)));
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE.into(), SIDE.into());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

/// Returns the brightness of a pixel, which makes rings around the centre.
fn shade(x: u16, y: u16, waves: u16) -> u8 {
    let (x, y) = (x.abs_diff(SIDE / 2), y.abs_diff(SIDE / 2));
    let distance = u32::from(x).pow(2) + u32::from(y).pow(2);
    (distance * u32::from(waves) / 512).to_le_bytes()[0]
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/waves/{waves}", get(picture));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
