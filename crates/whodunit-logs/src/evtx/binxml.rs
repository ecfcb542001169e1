//! BinXML as a stream of tokens: the lowest layer, where every length and offset is checked.
//!
//! Sources of the format: \[MS-EVEN6\] section 2.2.12 and the documentation of libevtx. All offsets are relative to the
//! chunk. Names lie where they are used first and are referred to by offset afterwards.

use super::value::{Value, kind};

/// What is wrong, and where in the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Defect {
    /// Offset in the chunk.
    pub(super) at: usize,
    /// In words.
    pub(super) what: &'static str,
}

pub(super) type Result<T> = std::result::Result<T, Defect>;

/// Dependency of an element that depends on no value.
pub(super) const NO_DEPENDENCY: u16 = 0xffff;

/// One token. Texts are UTF-16LE bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'c> {
    /// End of a fragment.
    Eof,
    /// Start of an element. If the value of number `dependency` is null, the element is not there.
    Open { name: &'c [u8], dependency: u16 },
    /// End of the start tag.
    CloseStart,
    /// End of an element without content.
    CloseEmpty,
    /// End of an element.
    End,
    /// Fixed text.
    Text(Value<'c>),
    /// An attribute's name; its value follows.
    Attribute(&'c [u8]),
    /// One UTF-16 unit.
    CharRef(u16),
    /// `amp`, `lt`, …
    EntityRef(&'c [u8]),
    /// Processing instructions carry nothing of an event.
    Instruction,
    /// A template instance begins behind this token.
    Instance,
    /// A value goes here.
    Substitution(u16),
    /// Fragment header.
    Header,
}

/// Reads tokens of one fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'c> {
    /// The whole chunk.
    pub(super) chunk: &'c [u8],
    /// Where the next token lies.
    pub(super) at: usize,
    end: usize,
    /// Whether elements carry a dependency: inside template definitions they do.
    dependencies: bool,
}

impl<'c> Cursor<'c> {
    /// A fragment outside of a template definition.
    pub(super) fn new(chunk: &'c [u8], at: usize, end: usize) -> Self {
        Self { chunk, at, end: end.min(chunk.len()), dependencies: false }
    }

    /// The fragment of the template definition at `offset`: next definition (4 bytes), GUID (16), size (4), fragment.
    pub(super) fn definition(chunk: &'c [u8], offset: usize) -> Result<Self> {
        let mut head = Self::new(chunk, offset, chunk.len());
        head.take(20)?;
        let size = head.u32()? as usize;
        let at = head.at;
        head.take(size)?;
        Ok(Self { chunk, at, end: head.at, dependencies: true })
    }

    /// A defect at the place reached.
    pub(super) fn defect(&self, what: &'static str) -> Defect {
        Defect { at: self.at, what }
    }

    /// The next bytes, borrowed from the chunk.
    pub(super) fn take(&mut self, length: usize) -> Result<&'c [u8]> {
        let bytes =
            self.at.checked_add(length).filter(|end| *end <= self.end).and_then(|end| self.chunk.get(self.at..end));
        let bytes = bytes.ok_or(self.defect("a length points past the end of the record"))?;
        self.at += length;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let defect = self.defect("the record ends early");
        self.take(N)?.try_into().map_err(|_| defect)
    }

    /// A little-endian number.
    pub(super) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// A little-endian number.
    pub(super) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u8(&mut self) -> Result<u8> {
        self.array().map(|[byte]| byte)
    }

    /// True at the end of the fragment's bytes.
    pub(super) fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    /// The next token; [`Token::Eof`] also at the end of the bytes.
    pub(super) fn token(&mut self) -> Result<Token<'c>> {
        if self.is_empty() {
            return Ok(Token::Eof);
        }
        let byte = self.u8()?;
        Ok(match byte {
            0x00 => Token::Eof,
            0x01 | 0x41 => self.open(byte & 0x40 != 0)?,
            0x02 => Token::CloseStart,
            0x03 => Token::CloseEmpty,
            0x04 => Token::End,
            0x05 | 0x45 => Token::Text(self.typed_text()?),
            0x06 | 0x46 => Token::Attribute(self.name()?),
            0x07 | 0x47 => Token::Text(Value { kind: kind::STRING, bytes: self.counted()? }),
            0x08 | 0x48 => Token::CharRef(self.u16()?),
            0x09 | 0x49 => Token::EntityRef(self.name()?),
            0x0a => self.name().map(|_| Token::Instruction)?,
            0x0b => self.counted().map(|_| Token::Instruction)?,
            0x0c => Token::Instance,
            0x0d | 0x0e => self.substitution()?,
            0x0f => self.take(3).map(|_| Token::Header)?,
            _ => return Err(Defect { at: self.at - 1, what: "unknown token" }),
        })
    }

    fn open(&mut self, attributes: bool) -> Result<Token<'c>> {
        let dependency = if self.has_dependency() { self.u16()? } else { NO_DEPENDENCY };
        self.take(4)?;
        let name = self.name()?;
        if attributes {
            self.take(4)?;
        }
        Ok(Token::Open { name, dependency })
    }

    /// Some writers leave the dependency out in definitions, or write it outside: the layout that makes sense is taken.
    fn has_dependency(&self) -> bool {
        let fits = |skip: usize| {
            let mut probe = Self { at: self.at + skip, ..*self };
            let size = probe.u32().unwrap_or(u32::MAX) as usize;
            size <= self.end.saturating_sub(probe.at) && probe.name().is_ok()
        };
        if self.dependencies { fits(2) || !fits(0) } else { !fits(0) && fits(2) }
    }

    /// A name: here if its offset is here, else where the offset points.
    fn name(&mut self) -> Result<&'c [u8]> {
        let offset = self.u32()? as usize;
        let here = offset == self.at;
        let mut at = Self { at: offset, end: if here { self.end } else { self.chunk.len() }, ..*self };
        // Next name's offset and hash.
        at.take(6)?;
        let name = at.counted()?;
        if here {
            at.take(2)?;
            self.at = at.at;
        }
        Ok(name)
    }

    /// UTF-16 text behind its number of units.
    fn counted(&mut self) -> Result<&'c [u8]> {
        let units = usize::from(self.u16()?);
        self.take(units * 2)
    }

    fn typed_text(&mut self) -> Result<Value<'c>> {
        let kind = self.u8()?;
        let bytes = match kind {
            kind::STRING => self.counted()?,
            kind::ANSI => {
                let length = usize::from(self.u16()?);
                self.take(length)?
            }
            kind::INT8 | kind::UINT8 => self.take(1)?,
            kind::INT16 | kind::UINT16 => self.take(2)?,
            kind::INT32 | kind::UINT32 | kind::REAL32 | kind::BOOL | kind::HEX32 => self.take(4)?,
            kind::INT64 | kind::UINT64 | kind::REAL64 | kind::FILETIME | kind::HEX64 => self.take(8)?,
            kind::GUID | kind::SYSTEMTIME => self.take(16)?,
            _ => return Err(self.defect("fixed text of an unknown type")),
        };
        Ok(Value { kind, bytes })
    }

    /// Normal and optional substitutions differ only in what Windows does with a null value inside an attribute.
    fn substitution(&mut self) -> Result<Token<'c>> {
        let number = self.u16()?;
        self.take(1)?;
        Ok(Token::Substitution(number))
    }
}

/// A template instance: which definition, and where its values lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    /// Offset of the definition.
    pub(super) definition: usize,
    /// Number of values; their descriptions (size, type) lie at the cursor, the values behind them.
    pub(super) values: usize,
}

/// Reads the head of an instance behind its token, over the definition if that lies here.
pub(super) fn instance(cursor: &mut Cursor<'_>) -> Result<Instance> {
    cursor.take(1)?;
    let id = cursor.take(4)?;
    let mut definition = cursor.u32()? as usize;
    // A definition's GUID begins with its id. If the offset leads nowhere, one that lies here is the one that was meant.
    let lies_here = cursor.chunk.get(cursor.at + 4..cursor.at + 8) == Some(id);
    if definition != cursor.at && lies_here && Cursor::definition(cursor.chunk, definition).is_err() {
        definition = cursor.at;
    }
    if definition == cursor.at {
        cursor.take(20)?;
        let size = cursor.u32()? as usize;
        cursor.take(size)?;
    }
    let values = cursor.u32()? as usize;
    Ok(Instance { definition, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_past_the_end_are_defects() {
        for bytes in [
            &[0x05, 0x01, 0xff, 0xff, 0x41][..],
            &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0],
            &[0x06, 0xff, 0xff, 0xff, 0xff],
            &[0x0f, 1],
            &[0x0d],
            &[0x7e],
        ] {
            assert!(Cursor::new(bytes, 0, bytes.len()).token().is_err(), "{bytes:x?}");
        }
        assert!(Cursor::definition(&[0xff; 24], 0).is_err());
        assert!(Cursor::definition(&[0; 8], 0xffff_ffff).is_err());
    }

    #[test]
    fn the_end_of_the_bytes_is_the_end_of_the_fragment() {
        assert!(matches!(Cursor::new(&[], 0, 10).token(), Ok(Token::Eof)));
    }
}
