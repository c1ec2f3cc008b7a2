//! Descriptions that are tables: `<table>` of two columns as ArcGIS writes them, `key: value<br>` as Google My Maps does.

/// Longest description that is looked at for a table, bytes: a hundred rows of a paragraph each.
const LONGEST_BYTES: usize = 256 << 10;

/// Longest key of a line `key: value`; a sentence with a colon is no key.
const LONGEST_KEY_CHARS: usize = 40;

/// The keys and values of a description that is a table and nothing else; `None` where it is any other text.
pub(super) fn table(html: &str) -> Option<Vec<(String, String)>> {
    if html.len() > LONGEST_BYTES {
        return None;
    }
    let pairs = if find(html, "<tr").is_some() { rows(html)? } else { lines(html)? };
    let keys: std::collections::HashSet<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    (pairs.len() >= 2 && keys.len() == pairs.len()).then_some(pairs)
}

/// The first place of any of these tags, their letters in any case.
fn find_any(html: &str, tags: &[&str]) -> Option<usize> {
    let bytes = html.as_bytes();
    memchr::memchr_iter(b'<', bytes).find(|at| {
        tags.iter()
            .any(|tag| bytes.get(*at..at + tag.len()).is_some_and(|piece| piece.eq_ignore_ascii_case(tag.as_bytes())))
    })
}

/// The place of a tag, its letters in any case.
fn find(html: &str, tag: &str) -> Option<usize> {
    find_any(html, &[tag])
}

/// The rows of the innermost tables. A row of one cell is a title or holds another table; one of three or more is no
/// pair, and then nothing is.
fn rows(html: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = html;
    while let Some(at) = find(rest, "<tr") {
        let body = rest.get(at + 3..)?;
        let end = find_any(body, &["</tr", "<tr"]).unwrap_or(body.len());
        let tail = body.get(end..)?;
        // A row in which another row begins holds a table; the inner one is read.
        if tail.is_empty() || tail.starts_with("</") {
            match cells(body.get(..end)?).as_slice() {
                [key, value] if !key.is_empty() => pairs.push((key.clone(), value.clone())),
                [] | [_] => {}
                _ => return None,
            }
        }
        rest = tail;
    }
    Some(pairs)
}

fn cells(row: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut rest = row;
    while let Some(at) = find_any(rest, &["<td", "<th"]) {
        let body = rest.get(at + 3..).unwrap_or_default();
        let end = find_any(body, &["</td", "</th", "<td", "<th"]).unwrap_or(body.len());
        let cell = body.get(..end).unwrap_or_default();
        let Some((_, content)) = cell.split_once('>') else { break };
        cells.push(plain(content));
        rest = body.get(end..).unwrap_or_default();
    }
    cells
}

/// Lines `key: value` parted by `<br>`.
fn lines(html: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = html;
    find(html, "<br")?;
    while !rest.is_empty() {
        let end = find(rest, "<br").unwrap_or(rest.len());
        let line = plain(rest.get(..end)?);
        if !line.is_empty() {
            let (key, value) =
                line.split_once(": ").or_else(|| line.split_once(':').filter(|(_, value)| value.is_empty()))?;
            if key.is_empty() || key.chars().count() > LONGEST_KEY_CHARS || key.contains("//") {
                return None;
            }
            pairs.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        let after = rest.get(end..).unwrap_or_default();
        rest = after.find('>').and_then(|close| after.get(close + 1..)).unwrap_or_default();
    }
    Some(pairs)
}

/// The text of a piece of HTML: tags left out, the usual entities as letters, blanks made one.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let Some(close) = tag.find('>') else {
            text.push_str(tag);
            rest = "";
            break;
        };
        // Lines and paragraphs inside of a cell stay apart.
        if tag.get(1..3).is_some_and(|name| name.eq_ignore_ascii_case("br") || name.eq_ignore_ascii_case("p>")) {
            text.push(' ');
        }
        rest = tag.get(close + 1..).unwrap_or_default();
    }
    text.push_str(rest);
    let text = letters(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn letters(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for (entity, letter) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ] {
        out = out.replace(entity, letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(html: &str) -> Option<Vec<(String, String)>> {
        table(html)
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_nested_table_of_arcgis_is_its_inner_rows() {
        let html = "<html><body><table border=\"1\"><tr><td>避難所 1</td></tr><tr><td><table>\n<TR><TD>名称</TD><td>本町&amp;小学校</td></TR>\
            <tr bgcolor=\"#D4E4F3\"> <td>収容人数</td> <td><b>120</b></td> </tr></table></td></tr></table></body></html>";
        assert_eq!(pairs(html), Some(owned(&[("名称", "本町&小学校"), ("収容人数", "120")])));
    }

    #[test]
    fn lines_with_colons_are_pairs_and_sentences_are_not() {
        let html = "名称: 本町小学校<br>住所: 本町1-1<br/>備考: ";
        assert_eq!(pairs(html), Some(owned(&[("名称", "本町小学校"), ("住所", "本町1-1"), ("備考", "")])));
        assert_eq!(pairs("集会所です。<br>開館は9:00から"), None);
        assert_eq!(pairs("<table><tr><td>a</td><td>b</td><td>c</td></tr></table>"), None);
        assert_eq!(pairs("<table><tr><td>a</td><td>1</td></tr><tr><td>a</td><td>2</td></tr></table>"), None);
        assert_eq!(pairs("ただの文"), None);
        assert_eq!(pairs("<tr<tr<td<td>"), None);
    }
}
