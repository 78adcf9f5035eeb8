//! The camera of a phone: reads the QR code that a browser shows.

use std::io::Cursor;

use crate::repository::artifact;
use crate::visitor::Visitor;

/// What stands in the QR code that the first element of this selector shows.
///
/// # Panics
/// If a phone would read none, or several.
pub async fn scan(visitor: &Visitor, css: &str) -> String {
    let element = visitor.find(css).await;
    let whole = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
    visitor.execute(whole, vec![css.into()]).await.expect("the code comes into view");
    let picture = element.screenshot().await.expect("a picture of the code");
    let mut decoder = png::Decoder::new(Cursor::new(&picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a picture that fits")];
    let frame = reader.next_frame(&mut pixels).expect("its pixels");
    let (width, samples) = (frame.width as usize, frame.color_type.samples());
    let grey = |x: usize, y: usize| pixels.get((y * width + x) * samples).copied().unwrap_or(u8::MAX);
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width, frame.height as usize, grey);
    let codes = seen.detect_grids();
    let [code] = codes.as_slice() else {
        std::fs::write(artifact("failed/code.png"), &picture).expect("room for a picture");
        panic!("{} codes are seen", codes.len());
    };
    code.decode().expect("a code that can be read").1
}
