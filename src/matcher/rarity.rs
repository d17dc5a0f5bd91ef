//! How common each byte is in source text, so that the prefilter looks for what is rare.
//!
//! Measured over 890 MB of C headers, Python, JavaScript, TypeScript, Rust, JSON, Markdown and HTML
//! with ASCII letters folded to lower case. A poor fit costs time, never an answer.

/// The share of text that a byte makes up, 1 for all of it, letters without their case.
pub(super) fn share(byte: u8) -> f64 {
    let cost = COSTS.get(usize::from(byte.to_ascii_lowercase()));
    (-f64::from(cost.copied().unwrap_or(u8::MAX)) / 16.0).exp2()
}

/// Minus 16 times the binary logarithm of each ASCII byte's share.
#[rustfmt::skip]
static COSTS: [u8; 128] = [
    255, 255, 255, 255, 255, 255, 255, 255, 255, 168, 85, 255, 255, 228, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    37, 173, 110, 135, 198, 205, 148, 131, 104, 104, 121, 174, 101, 125, 113, 113,
    117, 125, 125, 132, 143, 145, 144, 154, 146, 150, 90, 126, 139, 122, 128, 193,
    197, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 141, 164, 141, 220, 85,
    150, 76, 103, 83, 87, 61, 92, 105, 104, 74, 161, 122, 84, 95, 75, 76,
    88, 153, 74, 72, 67, 89, 117, 114, 117, 111, 147, 135, 169, 135, 224, 255,
];
