//! How a search tells a reader which undecoded chunks it may skip.

/// Implemented by a matcher, asked by a reader before it decodes.
///
/// The promise: when the answer is `false`, no event decoded from the chunk can match, whatever its fields are. The
/// reader owns the format (how text, numbers, GUIDs, SIDs and times lie in a chunk); the matcher owns the literals.
pub trait Prefilter: Sync + Send {
    /// Whether an EVTX chunk (text as UTF-16LE at any byte offset, or as one-byte text) may hold a match.
    ///
    /// `joined` is true when the chunk joins texts that lie apart (a template that puts several values or a value and
    /// fixed text into one field), so that a literal may be spread over several places.
    fn may_match(&self, chunk: &[u8], joined: bool) -> bool;
}
