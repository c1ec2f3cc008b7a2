//! What staff write into the file, and what is told of their slips.

use super::*;

fn others(lexicon: &Lexicon, word: &str) -> Vec<String> {
    lexicon.others(&fold(word)).into_iter().map(|(word, _)| word).collect()
}

#[test]
fn the_bundled_file_is_without_fault_and_knows_the_words_of_the_field() {
    let lexicon = Lexicon::bundled();
    for (typed, wanted) in [
        ("避難所", "避難場所"),
        ("ひなんじょ", "避難所"),
        ("hinanjo", "避難所"),
        ("HINANJYO", "避難所"),
        ("としょかん", "図書館"),
        ("library", "図書館"),
        ("自動体外式除細動器", "aed"),
        ("お手洗い", "トイレ"),
        ("便所", "トイレ"),
        ("大井川町", "焼津市"),
    ] {
        assert!(others(&lexicon, typed).contains(&fold(wanted)), "{typed}: {:?}", others(&lexicon, typed));
    }
    assert!(!others(&lexicon, "焼津市").contains(&fold("大井川町")), "an arrow leads one way");
    assert!(lexicon.is_ignored(&fold("どこ")));
    assert_eq!(
        lexicon.others("避難所").iter().find(|(word, _)| word == "避難場所").map(|(_, by)| *by),
        Some(By::Synonym)
    );
    assert_eq!(lexicon.others("hinanjo").first().map(|(_, by)| *by), Some(By::Reading));
}

#[test]
fn a_file_of_the_settings_stands_over_the_bundled_one() {
    let lexicon =
        Lexicon::with_file("own.txt", "\u{feff}# うちの語\n避難所、ひなんじょ、逃げ場\n図書館\n無視: うちの\n")
            .expect("fits");
    assert_eq!(others(&lexicon, "避難所"), ["ヒナンジョ", "逃ゲ場"]);
    assert_eq!(others(&lexicon, "図書館"), Vec::<String>::new());
    assert!(others(&lexicon, "便所").contains(&"トイレ".to_owned()), "the other lines stay");
    assert!(lexicon.is_ignored(&fold("うちの")) && lexicon.is_ignored(&fold("どこ")));
}

#[test]
fn a_faulty_line_is_named_with_what_is_wrong() {
    for (text, line, word) in [
        ("a, b\n避難所 => ", 2, "=>"),
        (" => b", 1, "=>"),
        ("a => b => c", 1, "=>"),
        ("避難所, ひなんじょ, 避難所", 1, "避難所"),
        ("a, ！！", 1, "！！"),
        (",", 1, "no word"),
        (&format!("a, {}", "あ".repeat(41)), 1, "40"),
        (&(0..25).map(|n| format!("語{n}")).collect::<Vec<_>>().join(","), 1, "24"),
        (&"a".repeat(2 << 20), 0, "1 MiB"),
    ] {
        let error = Lexicon::with_file("own.txt", text).expect_err("a mistake");
        assert_eq!(error.line, line);
        let told = error.to_string();
        assert!(told.starts_with(&format!("own.txt:{line}: ")) && told.contains(word), "{told}");
    }
}

#[test]
fn one_slip_in_a_known_word_or_its_reading_is_looked_past() {
    let lexicon = Lexicon::bundled();
    for (typed, wanted) in
        [("ひなんしょ", "避難所"), ("hinanjoo", "避難所"), ("libary", "図書館"), ("tosyokann", "図書館")]
    {
        let found: Vec<String> =
            lexicon.near(&fold(typed)).into_iter().chain(lexicon.others(&fold(typed))).map(|(word, _)| word).collect();
        assert!(found.contains(&wanted.to_owned()), "{typed}: {found:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_file_panics(text in "[a-cあ避, 、=>#\n:無視]{0,60}|.{0,60}") {
        let _ = Lexicon::with_file("own.txt", &text);
    }
}
