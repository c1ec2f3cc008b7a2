//! One slip of the finger: a letter too many, too few, another one, or two in the wrong order.

/// Whether two words differ by exactly one slip that is no digit: another number is another thing.
pub(super) fn one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    a != b && a.len().abs_diff(b.len()) <= 1 && ends(&a, &b).contains(&Some(b.len()))
}

/// Where the typed letters end in a text that begins with them but for one slip, for each kind of slip: another letter
/// or two exchanged, one too many typed, one too few.
fn ends(typed: &[char], text: &[char]) -> [Option<usize>; 4] {
    let same = typed.iter().zip(text).take_while(|(a, b)| a == b).count();
    if same == typed.len() {
        // Nothing differs up to the end; one letter may stand behind.
        return [Some(same), None, None, (text.len() > same && !text[same].is_ascii_digit()).then_some(same + 1)];
    }
    let fits = |typed_from: usize, text_from: usize| {
        let (left, right) = (&typed[typed_from.min(typed.len())..], text.get(text_from..));
        right.is_some_and(|right| right.starts_with(left)).then(|| text_from + left.len())
    };
    // Another number is another thing.
    let (own, other) = (is_number(typed.get(same)), is_number(text.get(same)));
    let exchanged = same + 1 < typed.len()
        && text.get(same + 1) == Some(&typed[same])
        && text.get(same) == Some(&typed[same + 1])
        && !own
        && !other;
    [
        if own || other { None } else { fits(same + 1, same + 1) },
        exchanged.then(|| fits(same + 2, same + 2)).flatten(),
        if own { None } else { fits(same + 1, same) },
        if other { None } else { fits(same, same + 1) },
    ]
}

fn is_number(c: Option<&char>) -> bool {
    c.is_some_and(char::is_ascii_digit)
}

/// A stretch of a text that is a word but for one slip: its place in bytes and its length.
///
/// One half of the word stands there as typed, so only around the places of the halves is it looked for. The slip is not
/// at an end of the word unless the text ends there too: any word would be found by its beginning.
pub(super) fn slip_in(text: &str, word: &str) -> Option<(usize, usize)> {
    let typed: Vec<char> = word.chars().collect();
    let middle = typed.len() / 2;
    let (head, tail): (String, String) = (typed[..middle].iter().collect(), typed[middle..].iter().collect());
    let tail_chars = &typed[middle..];
    for (at, _) in text.match_indices(&head) {
        if !begins_word(text, at, &head) {
            continue;
        }
        let rest: Vec<char> = text[at + head.len()..].chars().take(tail_chars.len() + 1).collect();
        for end in ends(tail_chars, &rest).into_iter().flatten() {
            let length = head.len() + rest[..end].iter().map(|c| c.len_utf8()).sum::<usize>();
            if &text[at..at + length] != word && is_inside(text, at, length, &typed) {
                return Some((at, length));
            }
        }
    }
    let head_back: Vec<char> = typed[..middle].iter().rev().copied().collect();
    for (at, _) in text.match_indices(&tail) {
        let before: Vec<char> = text[..at].chars().rev().take(head_back.len() + 1).collect();
        for end in ends(&head_back, &before).into_iter().flatten() {
            let from = at - before[..end].iter().map(|c| c.len_utf8()).sum::<usize>();
            let length = at + tail.len() - from;
            if &text[from..from + length] != word
                && begins_word(text, from, &text[from..])
                && is_inside(text, from, length, &typed)
            {
                return Some((from, length));
            }
        }
    }
    None
}

fn begins_word(text: &str, at: usize, word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Both ends stand as typed, or the stretch is a long line of the text from end to end (a Latin word: a whole word).
fn is_inside(text: &str, from: usize, length: usize, typed: &[char]) -> bool {
    let stretch = &text[from..from + length];
    let ends_as_typed = stretch.chars().next() == typed.first().copied()
        && stretch.chars().next_back() == typed.last().copied()
        && !stretch.contains('\n');
    let edge = |c: Option<char>| c.is_none_or(|c| c == '\n' || (typed[0].is_ascii() && !c.is_alphanumeric()));
    let whole = edge(text[..from].chars().next_back()) && edge(text[from + length..].chars().next());
    // A word in Latin letters is compared with whole words.
    if typed[0].is_ascii_alphanumeric() { whole } else { ends_as_typed || (whole && typed.len() > 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_too_many_too_few_another_or_exchanged_is_one_slip() {
        for (a, b, is) in [
            ("hinanjo", "hinanj", true),
            ("hinanjo", "hinannjo", true),
            ("hinanjo", "hinamjo", true),
            ("hinanjo", "hinajno", true),
            ("hinanjo", "hinanjo", false),
            ("hinanjo", "hinnajjo", false),
            ("h29年", "h28年", false),
            ("避難場所", "避難場書", true),
            ("", "a", true),
        ] {
            assert_eq!(one_slip(a, b), is, "{a} {b}");
            assert_eq!(one_slip(b, a), is, "{b} {a}");
        }
    }

    #[test]
    fn a_word_with_a_slip_is_found_inside_a_text() {
        for (text, word, found) in [
            ("指定津波避難ビル一覧", "津波避何ビル", Some("津波避難ビル")),
            ("指定津波避難ビル一覧", "津波難ビル", Some("津波避難ビル")),
            ("公衆トイレ一覧", "公衆トイしレ", Some("公衆トイレ")),
            ("コンピューター室", "コンピュータ室", Some("コンピューター室")),
            ("222127 evacuation space", "evacuatoin", Some("evacuation")),
            ("222127 evacuation space", "evacuat", None),
            ("図書館一覧", "図書館員", None),
            ("浸水履歴 平成29年", "平成28年", None),
            ("避難所", "避難所", None),
            ("港図書館\n図書館", "東図書館", None),
        ] {
            assert_eq!(slip_in(text, word).map(|(at, length)| &text[at..at + length]), found, "{word} in {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[ab避難\n1]{0,12}", word in "[ab避難1]{2,8}") {
            if let Some((at, length)) = slip_in(&text, &word) {
                proptest::prop_assert!(one_slip(&text[at..at + length], &word));
            }
        }

        #[test]
        fn a_slip_is_a_slip_both_ways(a in "[ab避]{0,6}", b in "[ab避]{0,6}") {
            proptest::prop_assert_eq!(one_slip(&a, &b), one_slip(&b, &a));
        }
    }
}
