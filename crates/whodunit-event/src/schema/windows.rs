//! Windows' own channels.

use super::Family;

/// The Security channel's auditing provider.
pub static SECURITY: Family = Family {
    name: "security",
    providers: &["Microsoft-Windows-Security-Auditing"],
    channels: &["Security"],
    events: &[],
};
