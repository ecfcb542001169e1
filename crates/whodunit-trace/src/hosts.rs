//! Hosts by name: spelling, short and full names. Two hosts become one only where nothing speaks against it.

use crate::fact::Text;
use std::collections::HashMap;

/// Number of a host.
pub(crate) type HostId = u32;

/// The hosts of the evidence.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    /// Names as shown: the longest spelling that was recorded.
    pub(crate) names: Vec<Text>,
    ids: HashMap<String, HostId>,
}

impl Hosts {
    /// Orders the spellings: equal without case is one host; a short name joins the only full name that begins with it.
    pub(crate) fn new<'a>(spellings: impl Iterator<Item = &'a str>) -> Self {
        let mut hosts = Self::default();
        let mut spellings: Vec<&str> = spellings.collect();
        spellings.sort_by_key(|s| (std::cmp::Reverse(s.len()), s.to_lowercase()));
        for spelling in spellings {
            let name = spelling.trim_end_matches('.').to_lowercase();
            let id = hosts.known(&name).unwrap_or_else(|| hosts.new_host(spelling));
            hosts.ids.insert(name, id);
        }
        hosts
    }

    fn new_host(&mut self, name: &str) -> HostId {
        self.names.push(name.into());
        self.names.len() as HostId - 1
    }

    fn known(&self, name: &str) -> Option<HostId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        if name.is_empty() || name.contains('.') {
            return None;
        }
        let is_full = |full: &str| full.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        let mut full = self.ids.iter().filter(|(full, _)| is_full(full)).map(|(_, id)| *id);
        let first = full.next()?;
        full.all(|id| id == first).then_some(first)
    }

    /// The host of a name in any spelling.
    pub(crate) fn find(&self, name: &str) -> Option<HostId> {
        let name = name.trim_start_matches('\\').trim_end_matches('.').to_lowercase();
        self.known(&name).or_else(|| self.known(name.split('.').next().unwrap_or(&name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_joins_its_only_full_name() {
        let names = ["WS5", "ws5.theshire.local", "DC", "dc.a", "dc.b"];
        let hosts = Hosts::new(names.iter().copied());
        assert_eq!(hosts.names.len(), 4);
        assert_eq!(hosts.find("ws5"), hosts.find("WS5.theshire.local"));
        assert_ne!(hosts.find("dc"), hosts.find("dc.a"));
        assert_eq!(hosts.find("other"), None);
    }
}
