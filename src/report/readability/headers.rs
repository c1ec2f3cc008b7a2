//! What headers say by themselves.

/// A header of digits and signs alone, or of a single letter: it says nothing of its column.
pub(super) fn says_nothing(header: &str) -> bool {
    let header = header.trim();
    let lettered = header.chars().filter(|letter| letter.is_alphabetic()).count();
    !header.is_empty() && (lettered == 0 || (lettered == header.chars().count() && header.len() == 1))
}

/// Whether blanks or breaks in a header are there for looks.
pub(super) fn is_spaced(header: &str) -> bool {
    header.trim() != header || header.contains(['\n', '\r', '\u{3000}']) || header.contains("  ")
}

/// A header with its year taken out: `2019年人口` → `人口`; `None` where it has none.
pub(super) fn without_year(header: &str) -> Option<String> {
    let folded: String = header
        .trim()
        .chars()
        .map(|letter| match letter {
            '０'..='９' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            letter => letter,
        })
        .collect();
    let bytes = folded.as_bytes();
    for at in 0..bytes.len() {
        let Some(four) = bytes.get(at..at + 4) else { break };
        let is_year = (four.starts_with(b"19") || four.starts_with(b"20")) && four.iter().all(u8::is_ascii_digit);
        let is_alone = !at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_digit)
            && !bytes.get(at + 4).is_some_and(u8::is_ascii_digit);
        if is_year && is_alone {
            let (before, after) = (folded.get(..at)?, folded.get(at + 4..)?);
            return Some(format!(
                "{before}{}",
                after.strip_prefix("年度").or(after.strip_prefix('年')).unwrap_or(after)
            ));
        }
    }
    for era in ["昭和", "平成", "令和"] {
        if let Some((before, after)) = folded.split_once(era) {
            let after = after.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '元');
            return Some(format!(
                "{before}{}",
                after.strip_prefix("年度").or(after.strip_prefix('年')).unwrap_or(after)
            ));
        }
    }
    None
}

/// Headers that differ in nothing but their year, three or more: places of the largest such group.
pub(super) fn years_across(headers: &[&str]) -> Vec<usize> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let Some(rest) = without_year(header) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == rest) {
            Some((_, places)) => places.push(at),
            None => groups.push((rest, vec![at])),
        }
    }
    let largest = groups.into_iter().map(|(_, places)| places).max_by_key(Vec::len).unwrap_or_default();
    if largest.len() >= 3 { largest } else { Vec::new() }
}

/// Whether a header states the unit of its numbers: in brackets, as a unit word, or by what is counted.
pub(super) fn states_unit(header: &str) -> bool {
    let header = header.trim();
    header.contains(['(', '（', '[', '［', '%', '％', '㎡', '率'])
        || ["数", "人口", "世帯", "台", "件", "人", "円", "回", "割合", "年", "月", "日", "歳", "階", "番号", "順"]
            .iter()
            .any(|word| header.ends_with(word))
        || ["_m", "_km", "_ha", "_m2", "_km2", "_yen", "count", "number", "rate"]
            .iter()
            .any(|word| header.to_ascii_lowercase().ends_with(word))
}

/// Whether the numbers of a column are names rather than quantities, so that no unit is asked for.
pub(super) fn is_name(header: &str) -> bool {
    let lower = header.trim().to_ascii_lowercase();
    ["id", "no", "no.", "fid", "code", "gid", "objectid"].contains(&lower.as_str())
        || ["コード", "番号", "ID", "緯度", "経度", "座標", "電話", "郵便", "年", "区分", "種別"]
            .iter()
            .any(|word| header.contains(word))
        || ["_id", "code", "lat", "lon", "lng", "latitude", "longitude"].iter().any(|word| lower.ends_with(word))
}

/// Whether a column says where things are by an address.
pub(super) fn is_address(header: &str) -> bool {
    ["住所", "所在地", "町名", "地区名", "市町村"].iter().any(|word| header.contains(word))
}

/// Whether a column names places by code or by prefecture.
pub(super) fn is_region(header: &str) -> bool {
    [
        "地方公共団体コード",
        "市区町村コード",
        "市町村コード",
        "自治体コード",
        "団体コード",
        "都道府県",
        "地域コード",
        "町丁字コード",
        "町字ID",
    ]
    .iter()
    .any(|word| header.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_across_are_found_and_single_years_are_not() {
        assert_eq!(years_across(&["町名", "2019年", "2020年", "2021年"]), [1, 2, 3]);
        assert_eq!(years_across(&["令和元年度人口", "令和2年度人口", "令和３年度人口", "町名"]), [0, 1, 2]);
        assert!(years_across(&["2019年人口", "2020年世帯数", "備考"]).is_empty());
        assert!(years_across(&["建築年", "面積", "12019"]).is_empty());
        assert!(years_across(&[]).is_empty());
    }

    #[test]
    fn headers_that_say_nothing_are_told_from_short_names() {
        for nothing in ["1", "(1)", "***", "a", "12-3"] {
            assert!(says_nothing(nothing), "{nothing}");
        }
        for name in ["名", "ID", "名称", "1階", "x座標", ""] {
            assert!(!says_nothing(name), "{name}");
        }
    }

    #[test]
    fn units_are_read_off_headers() {
        for stated in ["面積(ha)", "世帯数", "高齢化率", "金額（円）", "length_m"] {
            assert!(states_unit(stated), "{stated}");
        }
        assert!(!states_unit("面積") && !states_unit("height"));
        assert!(is_name("町丁コード") && is_name("NO") && !is_name("面積"));
    }
}
