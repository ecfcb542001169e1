//! Windows events as XML, in the forms that tools write.

mod readers_common;

use readers_common::*;
use serde_json::json;
use whodunit_logs::winxml::{recognise, split};

const DNS: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
<Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385f-c22a-43e0-bf4c-06f5698ffbd9}'/><EventID>22</EventID>\
<Version>5</Version><Level>4</Level><Task>22</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>\
<TimeCreated SystemTime='2025-05-10T04:56:05.0001234Z'/><EventRecordID>4711</EventRecordID><Correlation/>\
<Execution ProcessID='3100' ThreadID='4200'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
<Computer>PC-7</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'>-</Data>\
<Data Name='UtcTime'>2025-05-10 04:56:03.922</Data><Data Name='ProcessId'>23468</Data>\
<Data Name='QueryName'>pool.example&amp;co</Data><Data Name='Odd'/></EventData></Event>";

#[test]
fn one_record_whole() {
    let found = read(split, DNS.as_bytes());
    assert_eq!(found.problems, []);
    let expect = json!({
        "event_id": 22, "name": "DnsQuery", "time": "2025-05-10T04:56:03.922Z", "logged": "2025-05-10T04:56:05.0001234Z",
        "host": "PC-7", "provider": "Microsoft-Windows-Sysmon", "channel": "Microsoft-Windows-Sysmon/Operational",
        "level": 4, "version": 5, "task": 22, "opcode": 0, "keywords": "0x8000000000000000",
        "writer_pid": 3100, "writer_tid": 4200, "user_sid": "S-1-5-18",
        "fields": {"RuleName": "-", "UtcTime": "2025-05-10 04:56:03.922", "ProcessId": "23468",
                   "QueryName": "pool.example&co", "Odd": ""},
        "origin": {"file": "log", "record": 4711, "line": 1, "offset": 0, "length": DNS.len()},
    });
    assert_eq!(json(&found.events[0]), expect);
}

#[test]
fn roots_line_ends_and_encodings_do_not_matter() {
    let events =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n<Events>{DNS}{DNS}</Events>");
    let lines = format!("{}\n\n{DNS}\r\n", DNS.replace("><", ">\n <"));
    let prefixed = DNS.replace("</", "\0").replace('<', "<e:").replace('\0', "</e:").repeat(2);
    let double = DNS.replace('\'', "\"").repeat(2);
    let wide: Vec<u8> = lines.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = format!("\u{feff}{events}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let utf8 = format!("\u{feff}{events}");
    for text in
        [events.as_bytes(), lines.as_bytes(), prefixed.as_bytes(), double.as_bytes(), &wide, &marked, utf8.as_bytes()]
    {
        assert!(recognise(&stream("log", text, None).head), "{}", String::from_utf8_lossy(&text[..60]));
        let found = read(split, text);
        assert_eq!(found.problems, [], "{}", String::from_utf8_lossy(&text[..60]));
        let all = shown(&found);
        assert_eq!((all.len(), &all[0]), (2, &all[1]));
        assert_eq!(json(&found.events[0])["time"], "2025-05-10T04:56:03.922Z");
    }
    for other in [
        "<Task version=\"1.2\">",
        "<html>",
        "{\"Event\":1}",
        "<Sysmon><EventFiltering>",
        "<14>Feb 24 17:05:38 h sysmon: <Event>",
        "",
    ] {
        assert!(!recognise(other.as_bytes()), "{other}");
    }
}

#[test]
fn lines_and_offsets_are_those_of_the_file() {
    let text = format!("<Events>\n{DNS}\n\n{DNS}</Events>");
    let found = read(split, text.as_bytes());
    let places: Vec<_> = found.events.iter().map(|e| (e.origin.line, e.origin.offset)).collect();
    assert_eq!(places, [(Some(2), Some(9)), (Some(4), Some(11 + DNS.len() as u64))]);
}

#[test]
fn sections_in_any_order_and_user_data() {
    let text = "<Event><UserData><n:Cleared xmlns:n='x'><User>a&#x9;b</User><n:Deep><Leaf>1<![CDATA[<2]]></Leaf><E/></n:Deep>\
        <User>again</User></n:Cleared></UserData><System><Channel>Security</Channel><EventID Qualifiers='16384'>1102</EventID>\
        <Provider EventSourceName='x' Name='Microsoft-Windows-Eventlog'/></System>\
        <RenderingInfo Culture='de-DE'><Message>Das Log wurde gelöscht.</Message><Level>x</Level></RenderingInfo></Event>";
    let found = read(split, text.as_bytes());
    let event = &found.events[0];
    assert_eq!((event.event_id, event.provider(), event.channel()), (1102, "Microsoft-Windows-Eventlog", "Security"));
    assert_eq!(json(event)["message"], "Das Log wurde gelöscht.");
    assert_eq!(
        json(event)["fields"],
        json!({
            "User": "a\tb", "Leaf": "1<2", "E": "", "User_2": "again", "RenderingInfo.Culture": "de-DE",
            "RenderingInfo.Level": "x"
        })
    );
}

#[test]
fn attributes_are_fields_of_their_element() {
    let text = "<Event><System><Provider Name='P' Guid='{1}'/><EventID Qualifiers='0'>7</EventID>\
        <Correlation RelatedActivityID='{2}'/><Execution ProcessID='1' KernelTime='60'/><New>n</New></System>\
        <EventData Name='T'><Data Name='a' Kind='k'>1</Data><Complex Size='2'/></EventData></Event>\
        <Event><System/><UserData><u x='1' Name='n'>t</u><v xmlns='w' y='&lt;'/></UserData></Event>";
    let expect = [
        "7 : RelatedActivityID={2}|KernelTime=60|New=n|EventData.Name=T|Data.Kind=k|a=1|Complex.Size=2",
        "0 : u.x=1|u.Name=n|u=t|v.y=<",
    ];
    assert_eq!(shown(&read(split, text.as_bytes())), expect);
}

#[test]
fn values_without_a_name() {
    let text = "<Event><System><Provider Name='Old'/><EventID>7</EventID></System><EventData><Data>a</Data><Data>b</Data>\
        <Binary>00FF</Binary><Data/><Data Name='N'>c</Data></EventData></Event>";
    assert_eq!(shown(&read(split, text.as_bytes())), ["7 : Data=a|Data_2=b|Binary=00FF|Data_3=|N=c"]);
    let known = DNS.replace(" Name='RuleName'", "").replace(" Name='UtcTime'", "");
    let found = read(split, known.as_bytes());
    assert_eq!(found.events[0].get("UtcTime"), Some("2025-05-10 04:56:03.922"));
}

#[test]
fn cut_records_stand_and_are_named() {
    let name = DNS.find("ple&amp;co").unwrap();
    let text = format!("{}\n{}\n{DNS}", &DNS[..DNS.len() - 40], &DNS[..name]);
    let found = read(split, text.as_bytes());
    assert_eq!(found.events.len(), 3);
    assert_eq!(found.events[0].get("QueryName"), Some("pool.example&co"));
    assert_eq!(found.events[1].get("QueryName"), Some("pool.exam"));
    assert_eq!((found.problems.len(), found.problems[0].origin.line), (1, Some(1)));
    assert!(found.problems[0].what.ends_with("1 more like this follow"), "{}", found.problems[0]);
}

#[test]
fn what_is_no_text_is_replaced_and_strange_text_named() {
    let mut bytes = format!("{DNS}\nnoise here\n{DNS}").into_bytes();
    let at = memchr::memmem::find(&bytes, b"pool").unwrap();
    bytes[at] = 0xff;
    let found = read(split, &bytes);
    assert_eq!(found.events[0].get("QueryName"), Some("\u{fffd}ool.example&co"));
    assert_eq!((found.problems.len(), found.problems[0].origin.line), (1, Some(1)));
}

#[test]
fn hostile_records_end() {
    let fields = "<Data/>".repeat(500_000);
    let names = "<Data Name='x'/>".repeat(200_000);
    let deep = "<a>".repeat(300_000);
    let bomb = "<!DOCTYPE a [<!ENTITY b \"&b;&b;\">]>";
    for inside in [fields, names, deep] {
        let text = format!("{bomb}<Event><System/><EventData>{inside}</EventData></Event>{DNS}");
        let found = read(split, text.as_bytes());
        assert_eq!(found.events.last().unwrap().event_id, 22);
        assert!(!found.problems.is_empty());
    }
    let pieces = "x<![CDATA[y]]><!---->".repeat(150_000);
    let text = format!("<Event><System/><UserData><a>{pieces}</a></UserData></Event>{DNS}");
    assert_eq!(read(split, text.as_bytes()).events[0].get("a").unwrap().len(), 300_000);
    let found = read(split, "<Event>".repeat(300_000).as_bytes());
    assert!(found.events.len() == 300_000 && !found.problems.is_empty());
    let long = format!("<Event><EventData><Data>{}</Data></EventData></Event>{DNS}", "x".repeat(9 << 20));
    let found = read(split, long.as_bytes());
    assert_eq!(found.events.last().unwrap().event_id, 22);
    assert!(found.problems.iter().any(|p| p.what.contains("4 MiB")));
}

#[test]
fn parts_end_between_records() {
    let text = format!("<Events>{}</Events>", DNS.repeat(5000));
    let found = read(split, text.as_bytes());
    assert_eq!((found.events.len(), found.problems.len()), (5000, 0));
}

#[test]
fn broken_everywhere() {
    torture(split, format!("<Events>{DNS}<e:Event/></Events>").as_bytes());
}

#[test]
fn numbered_records_as_evtx_dump_prints_them() {
    let event = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Event xmlns=\"x\">\n<System><EventID>22</EventID></System>\n</Event>\n";
    let text = format!("Record 1\n{event}Record 2\n{event}");
    assert!(recognise(text.as_bytes()));
    let found = read(split, text.as_bytes());
    assert_eq!((found.events.len(), found.problems), (2, vec![]));
}
