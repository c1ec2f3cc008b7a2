//! Headers as people write them, brought to one form.

use unicode_normalization::UnicodeNormalization as _;

use super::remark::UNITS;

/// The form in which headers are compared.
///
/// Byte order mark, quotes, line breaks and all blanks are removed; NFKC (full-width letters and digits, half-width
/// kana, `㎡`, `№`); dashes of every kind become `-` (also the long-vowel mark, which files write `ー`, `―` or `－`);
/// `、 ， ・ ／` become `,`; brackets of every kind become `( )`; Latin letters become small; a leading number such as
/// `1.`, `(1)` or `①`, marks (`※`, `＊`, `◎`), remarks in brackets such as `(必須)` or a unit such as `(㎡)`, and a trailing
/// full stop or colon are removed where something remains.
///
/// ```
/// assert_eq!(hiraku::schema::fold_header("\u{feff}8．建物名等（方書）"), "建物名等(方書)");
/// assert_eq!(hiraku::schema::fold_header("都道府県コ―ド"), hiraku::schema::fold_header("都道府県コード"));
/// ```
pub fn fold_header(header: &str) -> String {
    let uncircled = header.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '"');
    let uncircled = match uncircled.strip_prefix(is_circled_number) {
        Some(rest) if !rest.trim().is_empty() => rest,
        _ => uncircled,
    };
    let uncircled = strip_item(uncircled);
    let folded: String = uncircled.nfkc().flat_map(char::to_lowercase).filter_map(fold_char).collect();
    plain(&folded).to_owned()
}

/// Marks in front of or behind a name that say something of the column, not what it holds.
const MARKS: &[char] = &['*', '※', '◎', '○', '〇', '●', '★', '☆', '■', '□', '◆', '◇', '△', '▲', '▽', '▼'];

/// Words in brackets beside a name that say how a cell is to be filled in; units beside them are [`UNITS`].
const REMARKS: &[&str] = &[
    "必須",
    "任意",
    "推奨",
    "必須項目",
    "任意項目",
    "推奨項目",
    "入力必須",
    "必要",
    "要入力",
    "半角",
    "全角",
    "半角数字",
    "半角英数字",
    "全角カナ",
    "全角カタカナ",
    "半角カナ",
    "文字列",
    "数値",
    "西暦",
    "10進",
    "10進数",
    "10進法",
    "世界測地系",
    // Units as they look once folded; the others are in `UNITS`.
    "メ-トル",
    "平方メ-トル",
];

/// Takes numbers and marks off both ends until nothing more comes off. Each turn shortens the text.
fn plain(folded: &str) -> &str {
    let mut rest = folded;
    loop {
        let before = rest.len();
        for shorter in [
            strip_number(rest),
            strip_marks(rest),
            strip_remark(rest),
            unbracketed(rest),
            rest.trim_end_matches(['.', ':']),
        ] {
            if !shorter.is_empty() && shorter.len() < rest.len() {
                rest = shorter;
                break;
            }
        }
        if rest.len() == before {
            return rest;
        }
    }
}

/// `※名称`, `名称※`, `名称※1`, `名称*2`.
fn strip_marks(folded: &str) -> &str {
    let front = folded.trim_start_matches(MARKS);
    let back = front.trim_end_matches(|c: char| c.is_ascii_digit());
    match back.strip_suffix(['※', '*']) {
        Some(name) => name.trim_end_matches(MARKS),
        None => front.trim_end_matches(MARKS),
    }
}

/// `名称(必須)`, `(必須)名称`, `面積(㎡)`, `名称(※1)`.
fn strip_remark(folded: &str) -> &str {
    let is_remark = |inside: &str| {
        REMARKS.contains(&inside)
            || UNITS.contains(&inside)
            || inside.trim_end_matches(|c: char| c.is_ascii_digit()).trim_matches(MARKS).is_empty()
                && inside.contains(MARKS)
    };
    if let Some((name, inside)) = folded.strip_suffix(')').and_then(|open| open.rsplit_once('('))
        && is_remark(inside)
    {
        return name;
    }
    if let Some((inside, name)) = folded.strip_prefix('(').and_then(|open| open.split_once(')'))
        && is_remark(inside)
    {
        return name;
    }
    folded
}

/// 【名称】: the name itself in brackets, which are an ornament then.
fn unbracketed(folded: &str) -> &str {
    let Some(inner) = folded.strip_prefix('(').and_then(|open| open.strip_suffix(')')) else { return folded };
    let is_name = inner.chars().any(char::is_alphabetic)
        && !inner.contains(['(', ')'])
        && inner.chars().count() > 1
        && !REMARKS.contains(&inner)
        && !UNITS.contains(&inner);
    if is_name { inner } else { folded }
}

/// A still looser form, in which the separators inside a name do not count: `男性トイレ数_小便器`, `男性トイレ数（小便器）`
/// and `男性トイレ数小便器` are one. Only used where the exact form finds nothing.
pub(super) fn loose(folded: &str) -> String {
    folded.chars().filter(|letter| !matches!(letter, '_' | '(' | ')' | ',' | '-')).collect()
}

/// Takes an item's number off where a blank, a line break or a point parts it from the name: `４　名称`, `No.4 名称`, `1.4 名称`,
/// `4、名称`, `（エ）名称`, `A.名称`, `Ⅳ.名称`, `・名称`. Looked at before blanks go.
fn strip_item(header: &str) -> &str {
    let is_border = |c: char| {
        c.is_whitespace() || matches!(c, '.' | '．' | '、' | ':' | '：' | ')' | '）' | '_' | '＿' | '，' | ',')
    };
    let digits = |text: &str| {
        text.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '０'..='９')).map(char::len_utf8).sum::<usize>()
    };
    let name = |rest: &'_ str| -> Option<usize> {
        let trimmed = rest.trim_start_matches(is_border);
        let is_name = trimmed.chars().next().is_some_and(|c| c.is_alphabetic() && !trimmed.starts_with('歳'));
        (is_name && trimmed.len() < rest.len()).then_some(rest.len() - trimmed.len())
    };
    if let Some(rest) = header.strip_prefix(['・', '･', '-', '‐', '－']) {
        return if rest.chars().next().is_some_and(char::is_alphabetic) { rest } else { header };
    }
    // （エ）名称: one letter in brackets.
    if let Some(inner) = header.strip_prefix(['(', '（']) {
        let mut letters = inner.chars();
        if let (Some(letter), Some(')' | '）')) = (letters.next(), letters.next())
            && matches!(letter, 'ァ'..='ヶ' | 'ｱ'..='ﾝ' | 'a'..='z' | 'A'..='Z' | 'ａ'..='ｚ' | 'Ａ'..='Ｚ' | 'Ⅰ'..='Ⅻ' | 'ⅰ'..='ⅻ' | 'ぁ'..='ん')
            && letters.as_str().chars().next().is_some_and(char::is_alphabetic)
        {
            return letters.as_str();
        }
        return header;
    }
    let mut at = ["No", "NO", "no", "Ｎｏ", "№"]
        .iter()
        .find_map(|word| header.strip_prefix(word).map(|_| word.len()))
        .unwrap_or(0);
    if at > 0 {
        at += header[at..].len() - header[at..].trim_start_matches(['.', '．', ' ', '　']).len();
    }
    let number = digits(&header[at..]);
    if (1..=9).contains(&number) {
        at += number;
        // 1.4 名称, 1-4 名称
        let rest = &header[at..];
        if let Some(further) = rest.strip_prefix(['.', '．', '-', '－'])
            && digits(further) > 0
            && further[digits(further)..].starts_with(char::is_whitespace)
        {
            at = header.len() - further.len() + digits(further);
        }
        let rest = &header[at..];
        // 4-名称
        if let Some(named) = rest.strip_prefix(['-', '－'])
            && named.chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_ascii())
        {
            return named;
        }
        return name(rest).map_or(header, |border| &rest[border..]);
    }
    // A.名称, Ⅳ.名称: a letter and a point before Japanese.
    let mut letters = header.chars();
    if let (Some('a'..='z' | 'A'..='Z' | 'Ａ'..='Ｚ' | 'Ⅰ'..='Ⅻ' | 'ⅰ'..='ⅻ' | 'ア'..='ン'), Some('.' | '．' | '、')) =
        (letters.next(), letters.next())
        && letters.as_str().trim_start().chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_ascii())
    {
        return letters.as_str().trim_start();
    }
    header
}

fn is_circled_number(c: char) -> bool {
    matches!(c, '\u{2776}'..='\u{2793}' | '\u{24eb}'..='\u{24fe}' | '\u{2460}'..='\u{2473}' | '\u{3251}'..='\u{325f}' | '\u{32b1}'..='\u{32bf}')
}

fn fold_char(c: char) -> Option<char> {
    match c {
        '\u{feff}' | '\u{200b}' | '"' | '\'' | '“' | '”' | '’' | '‘' => None,
        _ if c.is_whitespace() || c.is_control() => None,
        // Dashes, minus signs, box lines and the long-vowel mark: files mix them up.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{2501}' | 'ー' | '\u{ff70}' => Some('-'),
        '、' | ',' | '・' | '/' | '･' => Some(','),
        '[' | '{' | '【' | '〔' | '〈' | '《' | '「' | '『' | '<' | '〖' | '〘' | '≪' | '‹' | '«' => {
            Some('(')
        }
        ']' | '}' | '】' | '〕' | '〉' | '》' | '」' | '』' | '>' | '〗' | '〙' | '≫' | '›' | '»' => {
            Some(')')
        }
        other => Some(other),
    }
}

/// Removes `1.`, `12)`, `(3)` in front; `0-4歳` and `2.4ghz` stay, for there the number belongs to the name.
fn strip_number(folded: &str) -> &str {
    let inner = folded.strip_prefix('(').unwrap_or(folded);
    let opened = inner.len() != folded.len();
    let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&digits) {
        return folded;
    }
    let after = &inner[digits..];
    let rest = if opened { after.strip_prefix(')') } else { after.strip_prefix(['.', ')', ':']) };
    match rest {
        Some(rest) if !rest.is_empty() && (!rest.starts_with(|c: char| c.is_ascii_digit()) || is_age(rest)) => rest,
        _ => folded,
    }
}

/// `0-4歳の男性`: what stands behind a number and a full stop is a name of its own.
fn is_age(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').starts_with('歳')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_mean_the_same_fold_to_the_same() {
        for (one, other) in [
            ("都道府県コ―ド又は市区町村コ―ド", "都道府県コード又は市区町村コード"),
            ("全国地方公共団体ｺｰﾄﾞ", "全国地方公共団体コード"),
            ("1.名称", "名称"),
            ("（１）名称", "名称"),
            ("①名称", "名称"),
            ("12:住所", "住所"),
            ("13.0-4歳の男性", "０－４歳の男性"),
            ("名称_\nカナ", "名称_カナ"),
            ("料金（基本）", "料金(基本)"),
            ("災害種別_崖崩れ・土石流及び地滑り", "災害種別_崖崩れ、土石流及び地滑り"),
            ("0－4歳の男性", "0-4歳の男性"),
            ("No.", "NO"),
            ("№", "no"),
            ("\u{feff}\"ID\"", "ID"),
            ("名称※", "名称"),
            ("＊名称", "名称"),
            ("名称(必須)", "名称"),
            ("【必須】名称", "名称"),
            ("◎1.名称（任意）", "名称"),
            ("名称※1", "名称"),
            ("名称（※２）", "名称"),
            ("備考：", "備考"),
            ("面積（㎡）", "面積"),
            ("緯度（10進数）", "緯度"),
            ("【名称】", "名称"),
            ("＜名称＞", "名称"),
            ("４　名称", "名称"),
            ("4、名称", "名称"),
            ("No.4 名称", "名称"),
            ("（エ）名称", "名称"),
            ("1 名称", "名称"),
            ("4-名称", "名称"),
            ("04_名称", "名称"),
            ("4\n名称", "名称"),
            ("1.4 名称", "名称"),
            ("A.名称", "名称"),
            ("Ⅳ.名称", "名称"),
            ("・名称", "名称"),
            ("❹名称", "名称"),
        ] {
            assert_eq!(fold_header(one), fold_header(other), "{one} / {other}");
        }
    }

    #[test]
    fn numbers_that_belong_to_the_name_stay() {
        assert_eq!(fold_header("0-4歳の男性"), "0-4歳の男性");
        assert_eq!(fold_header("2.4GHz"), "2.4ghz");
        assert_eq!(fold_header("画像1"), "画像1");
        assert_eq!(fold_header("①"), "1");
        assert_eq!(fold_header("(1)"), "(1)");
        assert_eq!(fold_header("2022"), "2022");
        assert_eq!(fold_header("※"), "※");
        assert_eq!(fold_header("（必須）"), "(必須)");
        assert_eq!(fold_header("料金（基本）"), "料金(基本)");
        assert_eq!(fold_header("員数（数）"), "員数(数)");
    }

    #[test]
    fn what_is_folded_folds_to_itself() {
        for header in ["1.2.名称", "建物名等（方書）", "  ", "．", "№", "((1)a"] {
            let once = fold_header(header);
            assert!(!once.contains('（'), "{once}");
            if !once.starts_with(|c: char| c.is_ascii_digit()) && !once.starts_with('(') {
                assert_eq!(fold_header(&once), once, "{header}");
            }
        }
    }
}
