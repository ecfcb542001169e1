//! What a scheduled task's XML says: the command lines it runs, when, and how well it hides.

use std::borrow::Cow;
use whodunit_event::xml::{Reader, Token, local, unescape};

/// A task's definition, as far as a cause needs it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    /// `Command Arguments` of each Exec action, the class id of each COM action.
    pub(crate) commands: Vec<String>,
    /// Settings/Hidden.
    pub(crate) hidden: bool,
    /// The triggers' kinds in words: `at logon`, `on a calendar`.
    pub(crate) trigger: String,
}

/// Triggers' elements in words.
const TRIGGERS: [(&str, &str); 8] = [
    ("LogonTrigger", "at logon"),
    ("BootTrigger", "at boot"),
    ("TimeTrigger", "at a time"),
    ("CalendarTrigger", "on a calendar"),
    ("EventTrigger", "on an event"),
    ("IdleTrigger", "when idle"),
    ("RegistrationTrigger", "when registered"),
    ("SessionStateChangeTrigger", "on a session's change"),
];

/// Reads a task's XML; text that is none gives an empty definition.
pub(crate) fn read(xml: &str) -> Definition {
    let mut definition = Definition::default();
    let mut reader = Reader::new(xml);
    let mut element = "";
    while let Some(token) = reader.next() {
        match token {
            Token::Start(tag) => {
                element = tag.local();
                open(&mut definition, element);
            }
            Token::End(name) => {
                element = "";
                let _ = local(name);
            }
            Token::Text(text) => value(&mut definition, element, &unescape(text)),
            Token::Cdata(text) => value(&mut definition, element, &Cow::Borrowed(text)),
            _ => {}
        }
    }
    definition
}

fn open(definition: &mut Definition, element: &str) {
    let Some((_, words)) = TRIGGERS.iter().find(|(name, _)| *name == element) else { return };
    if !definition.trigger.is_empty() {
        definition.trigger.push_str(", ");
    }
    definition.trigger.push_str(words);
}

fn value(definition: &mut Definition, element: &str, text: &str) {
    let text = text.trim();
    match element {
        "Command" | "ClassId" if !text.is_empty() => definition.commands.push(text.to_owned()),
        "Arguments" if !text.is_empty() => {
            if let Some(command) = definition.commands.last_mut() {
                command.push(' ');
                command.push_str(text);
            }
        }
        "Hidden" => definition.hidden = text.eq_ignore_ascii_case("true"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_command_arguments_and_trigger() {
        let xml = "<?xml version=\"1.0\"?><Task><Triggers><LogonTrigger/></Triggers><Settings><Hidden>true</Hidden></Settings>\
                   <Actions><Exec><Command>cmd.exe</Command><Arguments>/c &quot;a&amp;b&quot;</Arguments></Exec></Actions></Task>";
        let expect = Definition {
            commands: vec!["cmd.exe /c \"a&b\"".to_owned()],
            hidden: true,
            trigger: "at logon".to_owned(),
        };
        assert_eq!(read(xml), expect);
        assert_eq!(read("no xml"), Definition::default());
    }
}
