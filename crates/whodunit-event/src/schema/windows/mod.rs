//! Windows' own events: those that the walk to a root cause stands on, one file for each group of providers.
//!
//! Names, order and types follow real records and the providers' manifests. A record of an older version lacks the
//! fields that say [`since`](super::FieldSpec::since); one of a newer version keeps what the table does not know by name.
//! Fields without a name of their own are called `Data`, `Data_2`, … by position, a record's binary part `Binary`.
//! Values such as `%%1936` are message numbers of Windows: a record holds the number, not the text.

pub mod bits;
pub mod defender;
pub mod powershell;
pub mod security;
pub mod shell_core;
pub mod system;
pub mod task_scheduler;
pub mod terminal;
pub mod wmi;
