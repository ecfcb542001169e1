//! Scheduled tasks as files.

mod readers_common;

use readers_common::*;
use whodunit_logs::taskxml::{recognise, split};

const TASK: &str = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.4\" \
xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\"><Triggers><BootTrigger/></Triggers>\
<Principals><Principal><GroupId>S-1-5-32-545</GroupId></Principal></Principals>\
<Actions><Exec><Command>C:\\ProgramData\\größe.exe</Command><Arguments>-a</Arguments></Exec></Actions></Task>";

#[test]
fn a_file_is_an_item_with_its_place() {
    let wide: Vec<u8> = format!("\u{feff}{TASK}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [TASK.as_bytes(), &wide] {
        let name = "/case/Windows/System32/Tasks/Vendor/Update";
        let log = stream(name, bytes, Some("2026-01-02T03:04:05Z"));
        assert!(recognise(&log.head));
        let found = read_stream(split, log);
        let item = &found.items[0];
        assert_eq!((found.items.len(), found.events.len(), found.problems.len()), (1, 0, 0));
        assert_eq!(
            (item.name.as_str(), item.path.as_deref()),
            ("\\Vendor\\Update", Some("/Windows/System32/Tasks/Vendor/Update"))
        );
        assert_eq!(item.command, ["C:\\ProgramData\\größe.exe -a"]);
        assert_eq!((item.user.as_deref(), item.trigger.as_deref()), (Some("S-1-5-32-545"), Some("at boot")));
        assert_eq!(item.modified.unwrap().to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(&*item.evidence[0].file, name);
    }
}

#[test]
fn cut_files_are_named() {
    let found = read(split, &TASK.as_bytes()[..TASK.len() - 30]);
    assert_eq!((found.items.len(), found.problems.len()), (1, 1));
    let found = read(split, b"<html>");
    assert_eq!((found.items.len(), found.problems.len()), (0, 1));
    for other in ["<Event>", "<Tasks xmlns='/mit/task'>", "Task /mit/task", ""] {
        assert!(!recognise(other.as_bytes()), "{other}");
    }
    torture(split, TASK.as_bytes());
}

#[test]
fn the_task_of_the_story() {
    let Some(data) = data() else { return };
    let path = data.join("story/Windows/System32/Tasks/OneNote 45756");
    let bytes = std::fs::read(&path).unwrap();
    let found = read_stream(split, stream(path.to_str().unwrap(), &bytes, None));
    let item = &found.items[0];
    assert_eq!(
        (item.name.as_str(), item.path.as_deref()),
        ("\\OneNote 45756", Some("/Windows/System32/Tasks/OneNote 45756"))
    );
    assert_eq!(item.command, ["C:\\Users\\xxxx\\AppData\\Roaming\\str.cmd"]);
    assert_eq!(item.trigger.as_deref(), Some("at logon of any user"));
    assert_eq!((item.maker.as_deref(), item.enabled), (Some("XIAODI\\26224"), Some(true)));
    assert!(item.why.iter().any(|w| w == "is hidden") && item.why.iter().any(|w| w.contains("highest")));
}
