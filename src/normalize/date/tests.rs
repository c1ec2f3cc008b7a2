//! Dates: every spelling, and what is no date.

use super::*;

#[test]
fn every_spelling_of_a_date_becomes_the_same_text() {
    for (found, expected) in [
        ("昭和48年3月5日", "1973-03-05"),
        ("S48.3.5", "1973-03-05"),
        ("昭32. 7. 1", "1957-07-01"),
        ("R 8. 5.31", "2026-05-31"),
        ("令和元年5月1日", "2019-05-01"),
        ("令和元年", "2019"),
        ("平成３１年４月", "2019-04"),
        ("㍻2.1.9", "1990-01-09"),
        ("2024/4/1", "2024-04-01"),
        ("2024.04.01", "2024-04-01"),
        ("2024年４月１日（月）", "2024-04-01"),
        ("20240401", "2024-04-01"),
        ("2024/4", "2024-04"),
        ("2024年", "2024"),
        ("44698", "2022-05-17"),
        ("2024-04-01T00:00:00", "2024-04-01"),
        ("2024/4/1 0:00:00", "2024-04-01"),
        ("R1.5.1", "2019-05-01"),
        ("R元.5.1", "2019-05-01"),
        ("Ｒ６．４．１", "2024-04-01"),
        ("H31/4/30", "2019-04-30"),
        ("平成31年4月", "2019-04"),
        ("平成31年", "2019"),
        ("昭和64年1月7日", "1989-01-07"),
        ("昭和元年12月25日", "1926-12-25"),
        ("大正15年12月25日", "1926-12-25"),
        ("明治45年7月30日", "1912-07-30"),
        ("明治5年", "1872"),
        ("令和 6 年 4 月 1 日", "2024-04-01"),
        ("R060401", "2024-04-01"),
        ("㋿6年4月1日(月・祝)", "2024-04-01"),
        ("2024年4月1日月曜日", "2024-04-01"),
        ("西暦2024年4月1日", "2024-04-01"),
        ("2024.4.1.", "2024-04-01"),
        ("2024-4-1", "2024-04-01"),
    ] {
        let result = date(found, false);
        assert_eq!(result.value.to_text(), expected, "{found}");
        assert_eq!(result.remarks[0].code, FindingCode::DateFolded, "{found}");
    }
    assert_eq!(date("44698.5", true).value.to_text(), "2022-05-17");
}

#[test]
fn right_dates_pass_and_partial_ones_stay_partial() {
    for good in ["2024-04-01", "2024-02-29", "2024-04", "1973"] {
        assert_eq!(date(good, false), Normalized::kept(good));
    }
}

#[test]
fn what_is_no_date_stays_as_found() {
    for bad in [
        "4月頃",
        "2023-02-29",
        "2024-04-01～2024-05-01",
        "2024-13",
        "2024年度",
        "未定",
        "9999999",
        "R0.1.1",
        "12345678",
        "令和6年度",
        "4/1～4/30",
        "2024年4月上旬",
        "60",
        "明治3年2月4日",
    ] {
        let result = date(bad, false);
        assert_eq!(result.value.to_text(), bad, "{bad}");
        assert_eq!(result.remarks[0].code, FindingCode::DateInvalid, "{bad}");
    }
}

#[test]
fn a_day_outside_its_era_is_only_proposed_in_the_right_one() {
    for (found, proposal, era) in [
        ("昭和65年4月1日", "1990-04-01", "平成2年4月1日"),
        ("平成31年5月1日", "2019-05-01", "令和1年5月1日"),
        ("平成31年5月", "2019-05", "令和1年5月"),
        ("平成32年", "2020", "令和2年"),
        ("H元.1.7", "1989-01-07", "昭和64年1月7日"),
        ("令和元年4月30日", "2019-04-30", "平成31年4月30日"),
        ("昭和64年2月", "1989-02", "平成1年2月"),
        ("大正15年12月26日", "1926-12-26", "昭和1年12月26日"),
    ] {
        let result = date(found, false);
        assert_eq!(result.value.to_text(), found);
        assert_eq!(result.remarks[0].code, FindingCode::DateEra, "{found}");
        assert_eq!(result.remarks[0].repair, Repair::Proposed(proposal.into()), "{found}");
        assert_eq!(result.remarks[0].expected, era, "{found}");
    }
}

#[test]
fn vague_dates_and_ranges_are_kept_with_what_a_person_may_take() {
    for (found, proposal) in [
        ("2024年4月頃", "2024-04"),
        ("令和6年4月上旬", "2024-04"),
        ("2024/4/1予定", "2024-04-01"),
        ("2024/4/1～2024/4/30", "2024-04-01/2024-04-30"),
        ("令和6年4月1日～30日", "2024-04-01/2024-04-30"),
        ("2024年4月1日から5月6日まで", "2024-04-01/2024-05-06"),
        ("明治3年2月4日", "1870"),
    ] {
        let result = date(found, false);
        assert_eq!(result.value.to_text(), found);
        assert_eq!(result.remarks[0].repair, Repair::Proposed(proposal.into()), "{found}");
    }
    for found in ["4月頃", "4/1～4/30", "～", "未定"] {
        assert_eq!(date(found, false).remarks[0].repair, Repair::None, "{found}");
    }
}

#[test]
fn serials_of_spreadsheets_are_days_where_they_can_be() {
    assert_eq!(date("45383", true).value.to_text(), "2024-04-01");
    assert_eq!(date("45383", false).value.to_text(), "2024-04-01");
    // Day 60 is the 29 February 1900 that never was; small numbers are no date anyone published.
    for bad in ["60", "59", "1", "99999", "0", "-45383"] {
        assert_eq!(date(bad, true).remarks[0].code, FindingCode::DateInvalid, "{bad}");
    }
}

#[test]
fn numerals_are_read_and_what_contradicts_itself_is_proposed() {
    for (found, expected) in
        [("令和七年五月一日", "2025-05-01"), ("二〇二四年十二月三十一日", "2024-12-31"), ("令和七年二十月", "")]
    {
        let made = date(found, false);
        let text = if made.remarks[0].code == FindingCode::DateFolded { made.value.to_text() } else { "".into() };
        assert_eq!(text, expected, "{found}");
    }
    // The first of May 2025 was a Thursday; a spreadsheet set to American English writes the month first.
    for (found, proposal) in
        [("2025年5月1日（月）", "2025-05-01"), ("4/1/2023", "2023-04-01"), ("25/4/2023", "2023-04-25")]
    {
        let kept = date(found, false);
        assert_eq!((kept.value.to_text().as_ref(), kept.remarks[0].code), (found, FindingCode::DateInvalid));
        assert_eq!(kept.remarks[0].repair, Repair::Proposed(proposal.to_owned()));
    }
    assert_eq!(date("2025年5月1日（木）", false).remarks[0].code, FindingCode::DateFolded);
}
