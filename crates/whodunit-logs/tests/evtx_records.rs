//! Records to events: what every construct of BinXML becomes.
#![allow(clippy::unwrap_used)] // a test may fail

mod evtx_common;

use evtx_common::*;
use whodunit_event::Event;
use whodunit_event::event::{System, TimeFrom};

/// The only event of a chunk, without problems.
fn only(chunk: Chunk) -> Event {
    let mut found = decode(&log(&[chunk.finish()]));
    assert!(found.problems.is_empty(), "{:?}", found.messages());
    assert_eq!(found.events.len(), 1);
    found.events.remove(0)
}

/// The event of a record with this as its data, of a provider without an entry in the table.
fn with_data(data: V<'_>) -> Event {
    let mut chunk = Chunk::default();
    chunk.event_with(7, "Nobody", 1, data);
    only(chunk)
}

/// The same with a definition that `write` writes and these values.
fn with_template(write: impl Fn(&mut Chunk), values: &[V<'_>]) -> Event {
    with_data(xml(|c| {
        c.header();
        c.inline_instance(&write, values);
        c.eof();
    }))
}

#[test]
fn a_record_as_windows_writes_it() {
    let found = decode(&log(&[dns_chunk([3, 4]).finish(), dns_chunk([5]).finish()]));
    assert_eq!((found.ids(), found.messages()), (vec![3, 4, 5], vec![]));
    for event in &found.events {
        assert_eq!(
            (event.provider(), event.channel(), event.host()),
            ("Microsoft-Windows-Sysmon", "Channel/Operational", "HOST")
        );
        assert_eq!(
            (event.event_id, event.version, event.level, event.task, event.opcode),
            (22, Some(5), Some(4), Some(22), Some(0))
        );
        assert_eq!((event.keywords, event.writer_pid, event.writer_tid), (Some(1 << 63), Some(1234), Some(5678)));
        assert_eq!(
            (event.system(System::UserSid), event.system_span(System::ActivityId).is_some()),
            ("S-1-5-18", false)
        );
        assert_eq!(event.spec().name, "DnsQuery");
        assert_eq!(event.time.unwrap().to_string(), "2020-01-01T00:00:00.500Z");
        assert_eq!(
            (event.logged.unwrap().to_string().as_str(), event.time_from),
            ("2020-01-01T00:00:01.0000000Z", TimeFrom::Field)
        );
        let name = format!("QueryName=host{}.example.org", event.origin.record.unwrap());
        let expect = [
            "RuleName=-",
            "UtcTime=2020-01-01 00:00:00.500",
            "ProcessGuid={13121110-1514-1716-1819-1a1b1c1d1e1f}",
            "ProcessId=4711",
            &name,
            "Image=C:\\Windows\\größe.exe",
        ];
        assert_eq!(fields(event), expect);
    }
}

#[test]
fn fields_of_another_order_and_count_keep_the_tables_order() {
    let mut chunk = Chunk::default();
    let data =
        [("Image", s("i")), ("Odd Name", s("o")), ("QueryName", s("q")), ("QueryName", s("r")), ("UtcTime", s("-"))];
    chunk.event(1, "Microsoft-Windows-Sysmon", 22, &data);
    let event = only(chunk);
    assert_eq!(fields(&event), ["UtcTime=-", "QueryName=q", "Image=i", "Odd Name=o", "QueryName_2=r"]);
    assert_eq!((event.time, event.time_from), (event.logged, TimeFrom::Log));
}

#[test]
fn texts_are_joined_from_pieces() {
    let event = with_template(
        |c| {
            c.open("EventData", false);
            c.close_start();
            c.open("Data", true);
            c.attribute("Name");
            c.text("Joined");
            c.attribute("Kind");
            c.text("<");
            c.value(1);
            c.text(">");
            c.close_start();
            c.text("a");
            c.entity("amp");
            c.entity("unknown");
            c.char_ref(0xe9);
            c.cdata("<![");
            c.value(0);
            c.value(1);
            c.end();
            c.open("Data", true);
            c.attribute("Name");
            c.text("Part");
            c.value(0);
            c.close_start();
            c.value(1);
            c.end();
            c.end();
        },
        &[n32(42), s("text")],
    );
    assert_eq!(
        fields(&event),
        ["Joined.Kind=<text>", "Joined=a&&unknown;é<![42text", "Part42=text"]
            .map(|f| f.replace("Joined.Kind", "Data.Kind"))
    );
}

#[test]
fn unnamed_data_take_the_tables_fields_or_numbers() {
    let unnamed = [("", strings(&["one", "", "three"])), ("", n32(4)), ("", null())];
    let mut chunk = Chunk::default();
    chunk.event(1, "Nobody", 1, &unnamed);
    assert_eq!(fields(&only(chunk)), ["Data=one", "Data_2=", "Data_3=three", "Data_4=4", "Data_5="]);
    let mut chunk = Chunk::default();
    chunk.event(1, "Microsoft-Windows-Sysmon", 22, &unnamed);
    assert_eq!(fields(&only(chunk)), ["RuleName=one", "UtcTime=", "ProcessGuid=three", "ProcessId=4", "QueryName="]);
}

#[test]
fn an_array_with_a_name_stays_one_field() {
    let mut chunk = Chunk::default();
    chunk.event(1, "Nobody", 1, &[("Names", strings(&["a", "b"])), ("Bytes", binary(&[0xca, 0xfe]))]);
    assert_eq!(fields(&only(chunk)), ["Names=a\nb", "Bytes=CAFE"]);
}

#[test]
fn user_data_is_flattened() {
    let event = with_template(
        |c| {
            c.open("UserData", false);
            c.close_start();
            c.open("EventXML", true);
            c.attribute("xmlns:auto");
            c.text("http://example.org");
            c.close_start();
            c.element("User", 0);
            c.open("Address", true);
            c.attribute("Version");
            c.value(1);
            c.attribute("Zone");
            c.value(2);
            c.close_start();
            c.value(0);
            c.end();
            c.element("User", 1);
            c.open("Empty", false);
            c.close_empty();
            c.end();
            c.end();
        },
        &[s("me"), n32(6), null()],
    );
    assert_eq!(fields(&event), ["User=me", "Address.Version=6", "Address=me", "User_2=6", "Empty="]);
}

#[test]
fn an_element_that_depends_on_a_null_value_is_not_there() {
    let template = |c: &mut Chunk| {
        c.open("EventData", false);
        c.close_start();
        c.open_if("Outer", false, 0);
        c.close_start();
        c.element("Inner", 1);
        c.end();
        c.open_if("Binary", false, 2);
        c.close_start();
        c.value(2);
        c.end();
        c.element("Last", 1);
        c.end();
    };
    assert_eq!(fields(&with_template(template, &[null(), s("x"), null()])), ["Last=x"]);
    let all = with_template(template, &[n32(1), s("x"), binary(&[1])]);
    assert_eq!(fields(&all), ["Inner=x", "Binary=01", "Last=x"]);
}

#[test]
fn fragments_without_a_template() {
    let event = with_data(xml(|c| {
        c.header();
        c.open("ProcessingErrorData", false);
        c.close_start();
        c.open("ErrorCode", false);
        c.close_start();
        c.text("15005");
        c.end();
        c.open("EventPayload", false);
        c.close_start();
        c.text("00AB");
        c.end();
        c.end();
        c.eof();
    }));
    assert_eq!(fields(&event), ["ErrorCode=15005", "EventPayload=00AB"]);
}

#[test]
fn a_record_without_any_template() {
    let mut chunk = Chunk::default();
    chunk.record(9, |c| {
        c.header();
        c.open("Event", false);
        c.close_start();
        c.open("System", false);
        c.close_start();
        for (name, text) in [("EventID", "4624"), ("Channel", "Security"), ("Computer", "DC"), ("Level", "0")] {
            c.open(name, false);
            c.close_start();
            c.text(text);
            c.end();
        }
        c.end();
        c.open("RenderingInfo", true);
        c.attribute("Culture");
        c.text("en-US");
        c.close_start();
        for (name, text) in [("Message", "Logged on."), ("Level", "Information")] {
            c.open(name, false);
            c.close_start();
            c.text(text);
            c.end();
        }
        c.end();
        c.end();
        c.eof();
    });
    let event = only(chunk);
    assert_eq!((event.event_id, event.channel(), event.host(), event.level), (4624, "Security", "DC", Some(0)));
    assert_eq!(
        (event.origin.record, event.logged.unwrap().to_string().as_str()),
        (Some(9), "2020-01-01T00:00:00.0000009Z")
    );
    assert_eq!(event.system(System::Message), "Logged on.");
    assert!(fields(&event).contains(&"RenderingInfo.Level=Information".to_owned()), "{:?}", fields(&event));
}

#[test]
fn system_attributes_without_a_member_are_fields() {
    let mut chunk = Chunk::default();
    chunk.record(1, |c| {
        c.header();
        c.inline_instance(
            |c| {
                c.open("Event", false);
                c.close_start();
                c.open("System", false);
                c.close_start();
                c.attributes("Provider", &[("Name", 0), ("Guid", 1)]);
                c.element("EventID", 2);
                c.attributes("Correlation", &[("ActivityID", 1), ("RelatedActivityID", 3)]);
                c.element("Strange", 0);
                c.end();
                c.open("EventData", false);
                c.close_start();
                c.element("Data", 0);
                c.end();
                c.end();
            },
            &[s("Nobody"), guid(0), n16(5), guid(0x20)],
        );
        c.eof();
    });
    let event = only(chunk);
    assert_eq!(event.system(System::ActivityId), "{03020100-0504-0706-0809-0a0b0c0d0e0f}");
    let expect = ["RelatedActivityID={23222120-2524-2726-2829-2a2b2c2d2e2f}", "Strange=Nobody", "Data=Nobody"];
    assert_eq!(fields(&event), expect);
}
