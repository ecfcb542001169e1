use super::*;

fn read_list(text: &str) -> (Vec<String>, ListReport) {
    let mut all = Indicators::new();
    let report = all.add_list("list", text.as_bytes());
    (all.all.iter().map(|i| format!("{} {}", i.kind, i.value)).collect(), report)
}

#[test]
fn plain_text_with_comments() {
    let text = "\u{feff}# feed\n// more\nevil[.]com  # c2\n\n10.0.2.17 // host\nhttp://a.com/#x\n0.0.0.0 bad.example\nb.com,\"why, so\"\nregex:(\nC:\\a*.exe\n";
    let (all, report) = read_list(text);
    assert_eq!(all, ["domain evil.com", "ip 10.0.2.17", "url http://a.com/#x", "domain bad.example", "domain b.com"]);
    assert_eq!(report.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [Some(9), Some(10)]);
    assert!(report.problems[0].to_string().starts_with("list line 9: \"(\" is no regular expression: unclosed group"));
}

#[test]
fn utf_16_and_repetition() {
    let wide: Vec<u8> = "\u{feff}evil.com\r\nEVIL.COM.\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = Indicators::new();
    let report = all.add_list("list", &wide);
    assert_eq!((all.len(), report.added, report.repeated, report.problems.len()), (1, 1, 1, 0));
}

#[test]
fn csv_by_header() {
    let (all, report) = read_list("Type;Indicator;Note\ndomain;evil.com;\"a\nb\"\nsha256;zz;\n;setup.exe;\nfoo;x;\n");
    assert_eq!(all, ["domain evil.com", "path setup.exe"]);
    assert_eq!(report.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [Some(4), Some(6)]);
}

#[test]
fn csv_of_misp() {
    let text = "uuid,event_id,category,type,value,comment,to_ids,date\n\
        u1,1,\"Network activity\",domain|ip,\"evil.com|10.0.2.17\",\"\",1,2025\n\
        u2,1,\"Payload\",filename|sha256,\"a \"\"b\"\".exe|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"\",1,2025\n\
        u3,1,x,domain,good.com,,0,2025\n";
    let (all, report) = read_list(text);
    let expect = [
        "domain evil.com",
        "ip 10.0.2.17",
        "path a \"b\".exe",
        "hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ];
    assert_eq!(all, expect);
    assert_eq!((report.unmarked, report.problems), (1, Vec::new()));
}

#[test]
fn stix_patterns() {
    let text = r#"{"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "identity", "name": "x"},
        {"type": "indicator", "id": "indicator--1", "pattern_type": "stix", "pattern": "[domain-name:value = 'evil.com' OR domain-name:value='b.com'] FOLLOWEDBY [ipv4-addr:value IN ('10.0.2.17', '10.1.0.0/16')]"},
        {"type": "indicator", "id": "indicator--2", "pattern": "[file:hashes.'SHA-256' = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855' AND file:name = 'it\\'s.exe' AND file:size = 3]"},
        {"type": "indicator", "id": "indicator--3", "pattern": "[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\Software\\\\Evil' AND windows-registry-key:values[0].name = 'x']"},
        {"type": "indicator", "id": "indicator--4", "pattern": "[email-addr:value != 'a@b.com' AND url:value MATCHES '^http://x[0-9]+']"},
        {"type": "indicator", "id": "indicator--5", "pattern_type": "yara", "pattern": "rule x {}"},
        {"type": "indicator", "id": "indicator--6"}]}"#;
    let (all, report) = read_list(text);
    let expect = [
        "domain evil.com",
        "domain b.com",
        "ip 10.0.2.17",
        "cidr 10.1.0.0/16",
        "hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "path it's.exe",
        r"registry HKEY_LOCAL_MACHINE\Software\Evil",
        "regex ^http://x[0-9]+",
    ];
    assert_eq!(all, expect);
    let what: Vec<_> = report.problems.iter().map(|p| p.what.split(':').next().unwrap_or_default()).collect();
    assert_eq!(what, ["indicator--3", "indicator--4", "indicator--5", "indicator--6 has no pattern"], "{report:?}");
}

#[test]
fn misp_events() {
    let text = r#"{"response": [{"Event": {"info": "x", "Attribute": [
        {"type": "ip-dst|port", "value": "10.0.2.17|443", "to_ids": true},
        {"type": "regkey|value", "value": "HKLM\\Software\\Evil|1"},
        {"type": "hostname", "value": "good.com", "to_ids": false},
        {"type": "md5", "value": 5}],
        "Object": [{"name": "file", "Attribute": [{"type": "imphash", "value": "d41d8cd98f00b204e9800998ecf8427e"}]}]}}]}"#;
    let (all, report) = read_list(text);
    assert_eq!(all, ["ip 10.0.2.17", r"registry HKLM\Software\Evil", "hash d41d8cd98f00b204e9800998ecf8427e"]);
    assert_eq!((report.unmarked, report.problems.len()), (1, 1));
}

#[test]
fn hostile_lists_end() {
    for text in [
        "[".repeat(200_000),
        "{\"Event\":".repeat(100_000),
        "a".repeat(1 << 20),
        "value\n\"".to_owned() + &"x\n".repeat(100_000),
    ] {
        let (all, report) = read_list(&text);
        assert!(all.is_empty() && report.problems.len() == 1, "{:?}", report.problems.first());
    }
}
