//! The texts of a figure, and whether they can be read.

/// A text: its words and the box it takes, about.
#[derive(Debug)]
struct Label {
    words: String,
    left: f64,
    right: f64,
    middle: f64,
    size: f64,
    upright: bool,
}

/// The texts of a figure \[px\], and its size.
fn labels(svg: &str) -> (Vec<Label>, f64, f64) {
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let rest = tag.split_once(&format!(" {name}=\""))?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let number = |tag: &str, name: &str| -> f64 {
        attribute(tag, name).and_then(|value| value.parse().ok()).expect("a number")
    };
    let size = (number(svg, "width"), number(svg, "height"));
    let labels = svg.split("<text").skip(1).map(|tag| {
        let (tag, rest) = tag.split_once('>').expect("a tag ends");
        let words = rest.split_once("</text>").expect("a text ends").0.trim();
        let marks =
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
        let words = marks.iter().fold(words.to_owned(), |text, (mark, is)| text.replace(mark, is));
        let (x, y, size) =
            (number(tag, "x") / 10.0, number(tag, "y") / 10.0, number(tag, "font-size") / 10.0);
        // An average face has letters of 0.5 em.
        let length = f64::from(u32::try_from(words.chars().count()).expect("a short text"));
        let width = length * size * 0.5;
        let left = match attribute(tag, "text-anchor").as_deref() {
            Some("middle") => x - width / 2.0,
            Some("end") => x - width,
            _ => x,
        };
        let upright = attribute(tag, "transform").is_some();
        Label { words, left, right: left + width, middle: y, size, upright }
    });
    (labels.collect(), size.0, size.1)
}

/// Panics if a text is off the page or on another.
#[track_caller]
pub(crate) fn assert_texts_apart(figure: &str, svg: &str) {
    let (labels, width, height) = labels(svg);
    assert!(labels.len() > 5, "{figure} has hardly a text");
    let level: Vec<&Label> = labels.iter().filter(|label| !label.upright).collect();
    for (index, a) in level.iter().enumerate() {
        let inside = a.left >= 0.0 && a.right <= width && a.middle < height - 4.0;
        assert!(inside, "{figure}: {:?} is off the page", a.words);
        for b in &level[index + 1..] {
            let apart = a.right <= b.left
                || b.right <= a.left
                || (a.middle - b.middle).abs() >= 0.45 * (a.size + b.size);
            assert!(apart, "{figure}: {:?} is on {:?}", a.words, b.words);
        }
    }
}
