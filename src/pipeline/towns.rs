//! Gazetteers of the settings: read once, handed to each worker for the publisher's prefecture only.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::code::MunicipalityCode;
use crate::normalize::gazetteer::{GazetteerError, Towns, excerpt};
use crate::schema::Municipalities;

/// Longest gazetteer file: the whole of Japan is about 40 MB.
const MAX_BYTES: u64 = 256 << 20;

/// Why a gazetteer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TownsError {
    /// It cannot be read.
    #[error("the gazetteer {path} cannot be read / 住所位置ファイル {path} を読めません: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Its content cannot be used.
    #[error("the gazetteer {path} cannot be used / 住所位置ファイル {path} を使えません: {source}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: GazetteerError,
    },
}

/// The texts of gazetteer files, checked when they are loaded.
#[derive(Debug, Clone, Default)]
pub struct TownFiles {
    texts: Vec<String>,
}

impl TownFiles {
    /// Reads a file, or all `.csv` files of a folder in the order of their names.
    ///
    /// # Errors
    /// Where one cannot be read, is no UTF-8, or has a line that cannot be used: never a part of them.
    pub fn load(path: &Path) -> Result<Self, TownsError> {
        let failed = |at: &Path| {
            let path = at.to_owned();
            move |source| TownsError::Read { path, source }
        };
        let mut files = vec![path.to_owned()];
        if path.is_dir() {
            files = fs::read_dir(path)
                .map_err(failed(path))?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()
                .map_err(failed(path))?;
            files.retain(|file| file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")));
            files.sort();
        }
        let mut texts = Vec::with_capacity(files.len());
        for file in files {
            let length = fs::metadata(&file).map_err(failed(&file))?.len();
            if length > MAX_BYTES {
                return Err(failed(&file)(io::Error::other(format!("{length} > {MAX_BYTES} bytes"))));
            }
            let text = fs::read_to_string(&file).map_err(failed(&file))?;
            Towns::parse(&text).map_err(|source| TownsError::Content { path: file.clone(), source })?;
            texts.push(text);
        }
        Ok(Self { texts })
    }

    /// The lines of the publisher's prefecture, or all where none is known, in the form a worker takes; empty where there are
    /// none.
    pub fn around(&self, publisher: Option<MunicipalityCode>, known: &mut HashMap<String, String>) -> String {
        if self.texts.is_empty() {
            return String::new();
        }
        let body = publisher.and_then(|code| Municipalities::bundled().by_code(code));
        let prefecture = body.map_or("", |body| body.prefecture.as_str());
        known
            .entry(prefecture.to_owned())
            .or_insert_with(|| excerpt(self.texts.iter().map(String::as_str), prefecture))
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_gazetteers_is_read_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let good =
            "都道府県名,市区町村名,大字町丁目名,小字・通称名,緯度,経度\n静岡県,焼津市,本町一丁目,,34.86,138.32\n";
        fs::write(folder.path().join("22.csv"), good).expect("written");
        fs::write(folder.path().join("23.CSV"), "pref,city,town,lat,lng\n愛知県,豊橋市,今橋町,34.76,137.39\n")
            .expect("written");
        fs::write(folder.path().join("README.txt"), "no gazetteer").expect("written");
        let files = TownFiles::load(folder.path()).expect("readable");
        let publisher = MunicipalityCode::parse("222127").ok();
        let text = files.around(publisher, &mut HashMap::new());
        assert!(Towns::parse(&text).is_ok_and(|towns| towns.len() == 1), "{text}");
        assert!(Towns::parse(&files.around(None, &mut HashMap::new())).is_ok_and(|towns| towns.len() == 2));
        assert_eq!(TownFiles::default().around(publisher, &mut HashMap::new()), "");
        fs::write(folder.path().join("24.csv"), "pref,city\n").expect("written");
        assert!(matches!(TownFiles::load(folder.path()), Err(TownsError::Content { .. })));
        assert!(matches!(TownFiles::load(&folder.path().join("none.csv")), Err(TownsError::Read { .. })));
    }
}
