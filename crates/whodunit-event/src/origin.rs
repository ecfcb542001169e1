//! Where a statement stands in the evidence.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The place in the evidence that a statement stands on; one shape for logs, files and registry hives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// Path as reached from the argument given on the command line; `-` for standard input.
    pub file: Arc<str>,
    /// Path inside an archive.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<Arc<str>>,
    /// The log's own record id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<u64>,
    /// Line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// Byte offset in the file (in the member, decompressed, where there is one).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offset: Option<u64>,
    /// Length in bytes from `offset`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub length: Option<u64>,
    /// Registry key, hive's name first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<Arc<str>>,
    /// Registry value's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Arc<str>>,
}

impl Origin {
    /// An origin that names a whole file.
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Self { file: path.into(), ..Self::default() }
    }
}

impl std::fmt::Display for Origin {
    /// A short human form: `file[/member] record 5`, `file line 7` or `file offset 4096`. Not escaped: see [`crate::escape`].
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if let Some(member) = &self.member {
            write!(f, " ({member})")?;
        }
        match (self.record, self.line, self.offset) {
            (Some(record), ..) => write!(f, " record {record}")?,
            (None, Some(line), _) => write!(f, " line {line}")?,
            (None, None, Some(offset)) => write!(f, " offset {offset}")?,
            _ => {}
        }
        if let Some(key) = &self.key {
            write!(f, " {key}")?;
        }
        if let Some(value) = &self.value {
            write!(f, " [{value}]")?;
        }
        Ok(())
    }
}
