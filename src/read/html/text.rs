//! The text of a cell: blanks made one as a browser shows them, lines kept, entities as letters.

/// Puts a piece of text at the end of a cell that begins at `from`.
pub(super) fn push(cell: &mut String, from: usize, piece: &str) {
    let mut rest = piece;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        push_plain(cell, from, before);
        let (letter, length) = letter(entity);
        match letter {
            // A blank that must not be broken is what stands in empty cells.
            Some('\u{A0}') => cell.push(' '),
            Some(letter) => cell.push(letter),
            None => cell.push('&'),
        }
        rest = entity.get(length..).unwrap_or_default();
    }
    push_plain(cell, from, rest);
}

fn push_plain(cell: &mut String, from: usize, text: &str) {
    for letter in text.chars() {
        if letter.is_ascii_whitespace() {
            if cell.len() > from && !cell.ends_with([' ', '\n']) {
                cell.push(' ');
            }
        } else {
            cell.push(letter);
        }
    }
}

/// Begins a new line in a cell that begins at `from`, where it holds something.
pub(super) fn break_line(cell: &mut String, from: usize) {
    if cell.len() > from {
        while cell.len() > from && cell.ends_with(' ') {
            cell.pop();
        }
        cell.push('\n');
    }
}

/// The letter that an entity at the beginning of a text stands for, and the length of the entity.
fn letter(text: &str) -> (Option<char>, usize) {
    let body = text.get(1..).unwrap_or_default();
    // The longest of these has eight letters; anything longer is no entity.
    let Some(end) = body.bytes().take(10).position(|byte| byte == b';') else { return (None, 1) };
    let name = body.get(..end).unwrap_or_default();
    let code = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    let found = match (name, code) {
        (_, Some(code)) => char::from_u32(code).filter(|letter| *letter != '\0'),
        ("nbsp", _) => Some('\u{A0}'),
        ("lt", _) => Some('<'),
        ("gt", _) => Some('>'),
        ("amp", _) => Some('&'),
        ("quot", _) => Some('"'),
        ("apos", _) => Some('\''),
        ("yen", _) => Some('¥'),
        ("copy", _) => Some('©'),
        ("times", _) => Some('×'),
        ("deg", _) => Some('°'),
        ("middot", _) => Some('·'),
        ("hellip", _) => Some('…'),
        ("minus", _) => Some('−'),
        ("ndash", _) => Some('–'),
        ("mdash", _) => Some('—'),
        ("sup2", _) => Some('²'),
        ("ensp" | "emsp" | "thinsp", _) => Some(' '),
        _ => None,
    };
    found.map_or((None, 1), |letter| (Some(letter), end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_a_browser_shows() {
        let mut cell = String::new();
        push(&mut cell, 0, "\n  本町&amp;西町 &#x5E02;&#24441;所&nbsp;&unknown; &");
        break_line(&mut cell, 0);
        push(&mut cell, 0, "  2階");
        assert_eq!(cell, "本町&西町 市役所 &unknown; &\n2階");
    }
}
