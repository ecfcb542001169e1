//! How sure a statement is.

use serde::{Deserialize, Serialize};

/// How sure a statement is, from weakest to strongest; a chain is as sure as its weakest step (`min`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The evidence ends here.
    Unknown,
    /// It fits, and other things could fit as well.
    Circumstantial,
    /// Records imply it and nothing else fits.
    Strong,
    /// A record states it.
    Certain,
}

impl Confidence {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Circumstantial => "circumstantial",
            Self::Strong => "strong",
            Self::Certain => "certain",
        }
    }
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}
