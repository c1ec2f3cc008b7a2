//! Words of places whose address is kept secret.

use super::rules::RULES;

/// The words looked for: the bundled ones and those of the city.
#[derive(Debug)]
pub(super) struct Words {
    words: Vec<String>,
}

impl Words {
    pub(super) fn new(city: &[String]) -> Self {
        let own = city.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).map(str::to_owned);
        Self { words: RULES.places.words.iter().cloned().chain(own).collect() }
    }

    /// First letters, to pass over texts without any.
    pub(super) fn first_letters(&self) -> impl Iterator<Item = char> {
        self.words.iter().filter_map(|word| word.chars().next())
    }

    /// The word that `cell` holds, unless something around it gives it another meaning.
    pub(super) fn find(&self, cell: &str) -> Option<&str> {
        let found = |cell: &str| self.words.iter().find(|word| cell.contains(word.as_str()));
        let word = found(cell)?;
        if !RULES.places.but.iter().any(|but| cell.contains(but.as_str())) {
            return Some(word);
        }
        // What is excepted is taken out: `バスシェルター` beside `女性シェルター` hides nothing.
        let rest = RULES.places.but.iter().fold(cell.to_owned(), |rest, but| rest.replace(but.as_str(), ""));
        found(&rest).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_places_are_found_and_bus_shelters_are_not() {
        let words = Words::new(&["ひみつの家".to_owned()]);
        for cell in ["母子生活支援施設 例示荘", "一時保護所", "女性シェルター（バスシェルターの隣）", "ひみつの家"]
        {
            assert!(words.find(cell).is_some(), "{cell}");
        }
        for cell in ["バスシェルター", "犬猫の一時保護を行います", "母子手帳", "更生保護女性会"]
        {
            assert_eq!(words.find(cell), None, "{cell}");
        }
    }
}
