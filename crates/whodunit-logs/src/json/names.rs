//! Keys that come again in every record, known by a small number each, so that what a key means is found out once and
//! not once a record.
//!
//! The number of keys is bounded: one that comes when the table is full, or where too many share a place in it, has no
//! number and is looked at each time it comes. Numbers stay the same as long as the table lives.

use super::roles::{Mark, Role, Shape};
use whodunit_event::schema::EventSpec;

/// Number of a key; [`NO_NAME`] for one that has none.
pub(super) type Name = u16;
pub(super) const NO_NAME: Name = Name::MAX;

/// Keys that may have a number.
const MAX_NAMES: usize = 512;
/// Places of the table, a power of two.
const PLACES: usize = 2 * MAX_NAMES;
/// So many places are looked at for a key.
const PROBES: usize = 8;

/// What a slot is known to be.
const NOT_LOOKED_UP: u8 = u8::MAX;
const NO_SLOT: u8 = u8::MAX - 1;

/// All keys with numbers, and what is known of them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Numbers by hash; empty before the first key.
    places: Vec<Name>,
    known: Vec<Known>,
    /// Text of keys that their [`Digest`] does not hold whole, one after the other.
    long: Vec<u8>,
    /// By name, shape and whether the value is a number.
    roles: Vec<Option<Role>>,
    slots: Vec<Slots>,
    /// Hashes of the keys in lower case, by name.
    folded: Vec<u64>,
    /// Record in which a key was last seen among the extra fields, by [`Known::alike`].
    seen: Vec<u64>,
    record: u64,
}

#[derive(Debug)]
struct Known {
    digest: Digest,
    /// Where the whole key lies in `Names::long`, if it is longer than its digest.
    long: usize,
    mark: Mark,
    /// The first name that is the same but for ASCII case.
    alike: Name,
}

/// The slots of one entry of the event table, by name.
#[derive(Debug)]
struct Slots {
    spec: &'static EventSpec,
    by_name: Vec<u8>,
}

/// Length, first and last eight bytes: the whole of a key of up to 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digest {
    first: u64,
    last: u64,
    length: usize,
}

impl Digest {
    const WHOLE: usize = 16;

    /// Of the key `bytes[start..end]`.
    fn of(bytes: &[u8], start: usize, end: usize) -> Self {
        let length = end - start;
        let word = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map(|b| u64::from_le_bytes(*b));
        let (first, last) = match (length, word(start)) {
            (8.., Some(first)) => (first, word(end - 8).unwrap_or(0)),
            (1.., Some(word)) => (word << (8 * (8 - length)), 0),
            _ => (bytes[start..end].iter().fold(0, |sum, byte| sum >> 8 | u64::from(*byte) << 56), 0),
        };
        Self { first, last, length }
    }

    /// Its place in the table.
    fn place(self) -> usize {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (self.first ^ self.length as u64).wrapping_mul(ODD) ^ self.last.rotate_left(29);
        (mixed.wrapping_mul(ODD) >> 40) as usize % PLACES
    }
}

impl Names {
    /// The number of the key `bytes[start..end]`, which holds no escapes.
    pub(super) fn find(&mut self, bytes: &[u8], start: usize, end: usize) -> Name {
        let digest = Digest::of(bytes, start, end);
        let first = digest.place();
        for place in (first..first + PROBES).map(|place| place % PLACES) {
            match self.places.get(place) {
                Some(&name) if name != NO_NAME => {
                    if self.is(name, digest, &bytes[start..end]) {
                        return name;
                    }
                }
                _ => return self.add(place, digest, &bytes[start..end]),
            }
        }
        NO_NAME
    }

    fn is(&self, name: Name, digest: Digest, key: &[u8]) -> bool {
        self.known.get(name as usize).is_some_and(|known| {
            let whole = || self.long.get(known.long..known.long + digest.length) == Some(key);
            known.digest == digest && (digest.length <= Digest::WHOLE || whole())
        })
    }

    fn add(&mut self, place: usize, digest: Digest, key: &[u8]) -> Name {
        const MAX_LENGTH: usize = 256;
        let (Ok(text), true) = (std::str::from_utf8(key), self.known.len() < MAX_NAMES && key.len() <= MAX_LENGTH)
        else {
            return NO_NAME;
        };
        self.places.resize(PLACES, NO_NAME);
        let name = self.known.len() as Name;
        let folded = folded(key);
        let alike = self.folded.iter().position(|f| *f == folded).map_or(name, |at| at as Name);
        self.folded.push(folded);
        self.known.push(Known { digest, long: self.long.len(), mark: Mark::of(text), alike });
        if key.len() > Digest::WHOLE {
            self.long.extend_from_slice(key);
        }
        self.places[place] = name;
        name
    }

    /// What the key tells of the shape of its object.
    pub(super) fn mark(&self, name: Name, key: &str) -> Mark {
        self.known.get(name as usize).map_or_else(|| Mark::of(key), |known| known.mark)
    }

    /// The role of a key at the top of an object of this shape.
    pub(super) fn role(&mut self, name: Name, shape: Shape, number: bool, key: &str) -> Role {
        if name == NO_NAME {
            return shape.role(key, number);
        }
        let at = (name as usize * Shape::COUNT + shape as usize) * 2 + usize::from(number);
        if let Some(Some(role)) = self.roles.get(at) {
            return *role;
        }
        let role = shape.role(key, number);
        if self.roles.len() <= at {
            self.roles.resize(self.known.len() * Shape::COUNT * 2, None);
        }
        self.roles[at] = Some(role);
        role
    }

    /// Begins the fields of a record; gives the number of its entry's slots for [`Names::slot`].
    pub(super) fn begin(&mut self, spec: &'static EventSpec) -> usize {
        self.record += 1;
        self.seen.resize(self.known.len(), 0);
        self.slots.iter().position(|slots| std::ptr::eq(slots.spec, spec)).unwrap_or_else(|| {
            self.slots.push(Slots { spec, by_name: Vec::new() });
            self.slots.len() - 1
        })
    }

    /// The slot of a key in an entry of the table.
    pub(super) fn slot(&mut self, slots: usize, name: Name, key: &str) -> Option<usize> {
        let slots = self.slots.get_mut(slots)?;
        match slots.by_name.get(name as usize) {
            Some(&slot) if slot < NO_SLOT => return Some(slot as usize),
            Some(&NO_SLOT) => return None,
            _ => {}
        }
        let slot = slots.spec.slot(key);
        if slots.by_name.len() <= name as usize {
            slots.by_name.resize(self.known.len().max(name as usize + 1), NOT_LOOKED_UP);
        }
        slots.by_name[name as usize] = match slot.map(u8::try_from) {
            None => NO_SLOT,
            Some(Ok(slot)) if slot < NO_SLOT => slot,
            Some(_) => NOT_LOOKED_UP,
        };
        slot
    }

    /// True where the record has had no key yet that is the same but for ASCII case.
    pub(super) fn is_new(&mut self, name: Name) -> bool {
        let Some(known) = self.known.get(name as usize) else { return false };
        let Some(seen) = self.seen.get_mut(known.alike as usize) else { return false };
        std::mem::replace(seen, self.record) != self.record
    }
}

/// A hash that does not tell ASCII case.
fn folded(key: &[u8]) -> u64 {
    key.iter().fold(key.len() as u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use whodunit_event::schema;

    fn find(names: &mut Names, key: &str) -> Name {
        // With other text behind it, and with none.
        let name = names.find(format!("{key}\": 12345678").as_bytes(), 0, key.len());
        assert_eq!(names.find(key.as_bytes(), 0, key.len()), name, "{key}");
        name
    }

    #[test]
    fn different_keys_have_different_numbers() {
        let mut names = Names::default();
        let text = "abcdefghXijklmnopqrstuvwxyz0123456789";
        let keys: Vec<&str> = (0..=text.len()).map(|end| &text[..end]).chain((1..9).map(|at| &text[at..])).collect();
        let mut all: Vec<Name> = keys.iter().map(|key| find(&mut names, key)).collect();
        assert_ne!(find(&mut names, "abcdefgh_1_12345678"), find(&mut names, "abcdefgh_2_12345678"));
        assert_eq!(keys.iter().map(|key| find(&mut names, key)).collect::<Vec<_>>(), all);
        all.sort_unstable();
        all.dedup();
        assert_eq!((all.len(), all.contains(&NO_NAME)), (keys.len(), false));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut names = Names::default();
        for n in 0..100_000 {
            find(&mut names, &format!("key {n}"));
        }
        assert!(names.known.len() <= MAX_NAMES && names.places.len() == PLACES);
        assert_eq!(find(&mut names, "the last"), NO_NAME);
        assert_eq!(names.role(NO_NAME, Shape::Flat, false, "EventID"), Role::EventId);
        assert!(!names.is_new(NO_NAME));
    }

    #[test]
    fn case_counts_for_roles_only() {
        let mut names = Names::default();
        let (as_table, lower) = (find(&mut names, "Image"), find(&mut names, "image"));
        let spec = schema::lookup("Microsoft-Windows-Sysmon", "", 1);
        for _ in 0..2 {
            let slots = names.begin(spec);
            assert_eq!(names.slot(slots, as_table, "Image"), spec.slot("Image"));
            assert_eq!(names.slot(slots, lower, "image"), spec.slot("Image"));
            assert_eq!((names.is_new(lower), names.is_new(as_table)), (true, false));
            assert_eq!(names.role(as_table, Shape::Flat, false, "Image"), Role::Field(0));
        }
    }
}
