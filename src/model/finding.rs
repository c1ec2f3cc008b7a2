//! Findings: problems in data, each with its place, what was found, what would be right and the repair.

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong with the record.
    Note,
    /// A person should look; the record is published.
    Warning,
    /// The value or row cannot be used as it stands.
    Error,
}

/// Where a finding lies. Rows and columns are counted as a person counts them in the file, from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Sheet, layer or inner file, where the file has several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sheet: Option<String>,
    /// Row in the file, header and preamble included (for features: the feature's number).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<u64>,
    /// Header of the column as it stands in the file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
}

/// What was done about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Repair {
    /// Nothing: the value stays as found.
    None,
    /// The record carries this instead; the value as found is kept beside it.
    Made(String),
    /// A person may take this; the value stays as found until then.
    Proposed(String),
}

/// One problem in the data of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of problem.
    pub code: FindingCode,
    /// Its weight; by default that of the code.
    pub severity: Severity,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The text as found, cut at [`FOUND_LIMIT_CHARS`] characters.
    pub found: String,
    /// What would be right, in words both languages share (a value, a pattern, a list); may be empty.
    pub expected: String,
    /// What was done.
    pub repair: Repair,
}

/// Longest text of a cell that a finding quotes: a screen line; longer cells are cut with `…`.
pub const FOUND_LIMIT_CHARS: usize = 120;

impl Finding {
    /// A finding of the code's own severity with nothing repaired.
    pub fn new(code: FindingCode, place: Place, found: &str, expected: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            place,
            found: cut(found),
            expected: expected.into(),
            repair: Repair::None,
        }
    }

    /// The same with a repair that was made.
    #[must_use]
    pub fn repaired(mut self, to: impl Into<String>) -> Self {
        self.repair = Repair::Made(to.into());
        self
    }

    /// The same with a repair that a person may take.
    #[must_use]
    pub fn proposed(mut self, to: impl Into<String>) -> Self {
        self.repair = Repair::Proposed(to.into());
        self
    }

    /// The sentence for a person, in Japanese.
    pub fn message_ja(&self) -> String {
        self.fill(self.code.text_ja())
    }

    /// The sentence for a person, in English.
    pub fn message_en(&self) -> String {
        self.fill(self.code.text_en())
    }

    fn fill(&self, template: &str) -> String {
        let repair = match &self.repair {
            Repair::None => "",
            Repair::Made(text) | Repair::Proposed(text) => text,
        };
        template.replace("{found}", &self.found).replace("{expected}", &self.expected).replace("{repair}", repair)
    }
}

fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(FOUND_LIMIT_CHARS).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}

macro_rules! codes {
    ($($variant:ident = $code:literal, $severity:ident, $ja:literal, $en:literal;)+) => {
        /// The stable codes of findings. Each has a severity and a sentence in Japanese and English;
        /// `{found}`, `{expected}` and `{repair}` stand for the finding's own texts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode {
            $(
                #[doc = $en]
                $variant,
            )+
        }

        impl FindingCode {
            /// All codes, in the order of their documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable text machines use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The weight this kind of problem has by default.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),+ }
            }

            /// The Japanese sentence with its places.
            pub const fn text_ja(self) -> &'static str {
                match self { $(Self::$variant => $ja),+ }
            }

            /// The English sentence with its places.
            pub const fn text_en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }
        }
    };
}

codes! {
    // --- reading
    EncodingFound = "encoding-found", Note, "文字コードは{found}でした。", "The text is encoded in {found}.";
    EncodingReplaced = "encoding-replaced", Error, "文字コード{expected}として読めない文字が{found}箇所ありました。", "{found} places could not be decoded as {expected}.";
    EncodingDeclaredWrong = "encoding-declared-wrong", Warning, "文字コードの宣言({expected})と内容({found})が一致しません。内容に従って読みました。", "The declared encoding ({expected}) does not match the content ({found}); the content was followed.";
    RowRagged = "row-ragged", Warning, "列の数が見出しと違います({found}列、見出しは{expected}列)。", "The row has {found} cells where the header has {expected}.";
    RowEmpty = "row-empty", Note, "空の行が{found}行あります。", "There are {found} empty rows.";
    QuoteBroken = "quote-broken", Error, "引用符(\")の対応が取れていません。", "A quotation mark is not closed properly.";
    HiddenContent = "hidden-content", Warning, "非表示の{found}があります。公開してよいか確認してください。", "There is a hidden {found}; check whether it may be published.";
    MergedCells = "merged-cells", Note, "結合されたセル{found}を展開しました。", "The merged cells {found} were spread over their rows and columns.";
    PreambleRow = "preamble-row", Note, "見出しより前の行を注記として読みました。", "A row above the header was taken as a remark.";
    SheetSkipped = "sheet-skipped", Note, "シート「{found}」には表がないため読みませんでした。", "The sheet {found} holds no table and was passed over.";
    FormulaCached = "formula-cached", Note, "数式のセルは計算済みの値を使いました。", "The stored value of a formula was used.";
    CellError = "cell-error", Error, "セルの計算エラー({found})です。", "The cell holds the error {found}.";
    HeaderMissing = "header-missing", Warning, "見出しの行が見つかりません。", "No header row was found.";
    HeaderDuplicate = "header-duplicate", Warning, "見出し「{found}」が重複しています。「{repair}」として区別しました。", "The header {found} occurs twice; it was told apart as {repair}.";
    HeaderEmpty = "header-empty", Warning, "見出しのない列があります。「{repair}」としました。", "A column has no header; it was named {repair}.";
    // --- geometry
    CrsMissing = "crs-missing", Error, "座標系の情報(.prj)がないため地図に配置できません。", "There is no coordinate system (.prj), so nothing can be placed on the map.";
    CrsUnknown = "crs-unknown", Error, "座標系({found})に対応していません。", "The coordinate system {found} is not supported.";
    GeometryEmpty = "geometry-empty", Warning, "図形がありません。", "The feature has no geometry.";
    GeometryNotFinite = "geometry-not-finite", Error, "座標が数値ではありません({found})。", "A coordinate is not a number ({found}).";
    GeometryRepaired = "geometry-repaired", Note, "図形を修正しました({found})。", "The geometry was repaired ({found}).";
    GeometryInvalid = "geometry-invalid", Warning, "図形に誤りがあります({found})。", "The geometry is not valid ({found}).";
    GeometryOutsideJapan = "geometry-outside-japan", Error, "位置({found})が日本の範囲にありません。", "The position {found} is not in Japan.";
    // --- binding
    SheetBound = "sheet-bound", Note, "「{found}」として読みました。", "The table was read as {found}.";
    SheetUnknown = "sheet-unknown", Note, "標準データセットのどの様式とも一致しないため、そのままの列で公開します。", "The table matches no standard sheet; its columns are published as they are.";
    ColumnAliased = "column-aliased", Note, "列「{found}」を標準の項目「{expected}」として読みました。", "The column {found} was read as the standard field {expected}.";
    ColumnUnknown = "column-unknown", Note, "標準にない列「{found}」をそのまま残しました。", "The column {found} is not in the standard and was kept as it is.";
    ColumnMissing = "column-missing", Warning, "必須項目「{expected}」の列がありません。", "The required field {expected} has no column.";
    ColumnUnverified = "column-unverified", Note, "項目「{found}」の定義は原本で確認されていません。", "The definition of the field {found} has not been verified against the source.";
    // --- values
    ValueTrimmed = "value-trimmed", Note, "前後の空白を除きました。", "Blanks around the value were removed.";
    ValueMissing = "value-missing", Warning, "必須項目「{expected}」が空です。", "The required field {expected} is empty.";
    BlankWord = "blank-word", Note, "「{found}」を空欄として扱いました。", "{found} was taken as an empty cell.";
    WidthFolded = "width-folded", Note, "全角・半角を揃えました({found} → {repair})。", "The width of letters was made uniform ({found} → {repair}).";
    CodeZeroLost = "code-zero-lost", Warning, "先頭の0が失われたコード「{found}」を「{repair}」に直しました。", "The leading zero of the code {found} was restored: {repair}.";
    CodeCheckDigitAdded = "code-check-digit-added", Warning, "5桁のコード「{found}」に検査数字を付けました({repair})。", "The check digit was added to the five-digit code {found}: {repair}.";
    CodeInvalid = "code-invalid", Error, "「{found}」は全国地方公共団体コード(6桁)ではありません。", "{found} is no six-digit municipality code.";
    CodeAmbiguous = "code-ambiguous", Warning, "「{found}」は検査数字の欠落とも先頭の0の欠落とも読めます。", "{found} can lack its check digit or its leading zero.";
    CodeOther = "code-other", Warning, "コード「{found}」は公開団体({expected})のものではありません。", "The code {found} is not that of the publisher ({expected}).";
    IdExponent = "id-exponent", Error, "ID「{found}」は表計算ソフトで指数表記に変わっています。元の値に戻してください。", "The ID {found} was turned into exponent form by a spreadsheet; restore the original.";
    IdDuplicate = "id-duplicate", Warning, "ID「{found}」が重複しています(最初は{expected}行目)。", "The ID {found} occurs twice (first in row {expected}).";
    NumberFolded = "number-folded", Note, "数値の表記を直しました({found} → {repair})。", "The number was rewritten ({found} → {repair}).";
    NumberInvalid = "number-invalid", Error, "「{found}」は数値ではありません。", "{found} is not a number.";
    DateFolded = "date-folded", Note, "日付の表記を直しました({found} → {repair})。", "The date was rewritten ({found} → {repair}).";
    DateInvalid = "date-invalid", Error, "「{found}」は日付(YYYY-MM-DD)として読めません。", "{found} cannot be read as a date (YYYY-MM-DD).";
    TimeFolded = "time-folded", Note, "時刻の表記を直しました({found} → {repair})。", "The time was rewritten ({found} → {repair}).";
    TimeAllDay = "time-all-day", Note, "「{found}」を00:00から24:00としました。", "{found} was read as 00:00 to 24:00.";
    TimePastMidnight = "time-past-midnight", Note, "24時を過ぎる時刻「{found}」をそのまま残しました。", "The time {found} past midnight was kept.";
    TimeInvalid = "time-invalid", Error, "「{found}」は時刻(hh:mm)として読めません。", "{found} cannot be read as a time (hh:mm).";
    WeekdayFolded = "weekday-folded", Note, "曜日の表記を直しました({found} → {repair})。", "The weekdays were rewritten ({found} → {repair}).";
    WeekdayInvalid = "weekday-invalid", Warning, "「{found}」は曜日として読めません。", "{found} cannot be read as weekdays.";
    FlagFolded = "flag-folded", Note, "「{found}」を「{repair}」に揃えました。", "{found} was written as {repair}.";
    FlagInvalid = "flag-invalid", Warning, "「{found}」は選択肢({expected})にありません。", "{found} is not one of {expected}.";
    CodeListInvalid = "code-list-invalid", Warning, "「{found}」は選択肢({expected})にありません。", "{found} is not one of {expected}.";
    PhoneFolded = "phone-folded", Note, "電話番号の表記を直しました({found} → {repair})。", "The telephone number was rewritten ({found} → {repair}).";
    PhoneInvalid = "phone-invalid", Warning, "「{found}」は電話番号として読めません。", "{found} cannot be read as a telephone number.";
    PostalFolded = "postal-folded", Note, "郵便番号の表記を直しました({found} → {repair})。", "The postal code was rewritten ({found} → {repair}).";
    PostalInvalid = "postal-invalid", Warning, "「{found}」は郵便番号(7桁)ではありません。", "{found} is no postal code of seven digits.";
    UrlFolded = "url-folded", Note, "URLの表記を直しました({found} → {repair})。", "The URL was rewritten ({found} → {repair}).";
    UrlInvalid = "url-invalid", Warning, "「{found}」はURLとして読めません。", "{found} cannot be read as a URL.";
    EmailInvalid = "email-invalid", Warning, "「{found}」はメールアドレスとして読めません。", "{found} cannot be read as a mail address.";
    KanaFolded = "kana-folded", Note, "カナの表記を全角に直しました({found} → {repair})。", "The kana was made full-width ({found} → {repair}).";
    KanaInvalid = "kana-invalid", Warning, "「{found}」にカタカナ以外の文字があります。", "{found} holds letters other than katakana.";
    CorporateNumberInvalid = "corporate-number-invalid", Warning, "「{found}」は法人番号(13桁)ではありません。", "{found} is no corporate number of 13 digits.";
    CoordinateFolded = "coordinate-folded", Note, "緯度経度の表記を直しました({found} → {repair})。", "The coordinate was rewritten ({found} → {repair}).";
    CoordinateDms = "coordinate-dms", Warning, "度分秒の緯度経度({found})を十進の度に直しました({repair})。", "Degrees, minutes and seconds ({found}) were turned into decimal degrees ({repair}).";
    CoordinateSwapped = "coordinate-swapped", Warning, "緯度と経度が入れ替わっていたため直しました({found} → {repair})。", "Latitude and longitude were swapped and have been put right ({found} → {repair}).";
    CoordinatePointLost = "coordinate-point-lost", Warning, "小数点の失われた座標({found})を直しました({repair})。", "The lost decimal point of {found} was restored: {repair}.";
    CoordinateZero = "coordinate-zero", Warning, "緯度経度が0です。位置なしとして扱いました。", "The position is 0/0 and was taken as none.";
    CoordinateOutside = "coordinate-outside", Warning, "位置({found})が市区町村の範囲の外にあります。", "The position {found} lies outside the municipality.";
    CoordinateInvalid = "coordinate-invalid", Error, "「{found}」は緯度経度として読めません。", "{found} cannot be read as a coordinate.";
    CoordinateHalf = "coordinate-half", Warning, "緯度と経度の片方しかありません。", "Only one of latitude and longitude is given.";
    AddressSplit = "address-split", Note, "住所を標準の項目に分けました({found} → {repair})。", "The address was split into the standard's parts ({found} → {repair}).";
    AddressJoined = "address-joined", Note, "住所の項目から連結表記を作りました({repair})。", "The joined address was made from its parts ({repair}).";
    TotalRow = "total-row", Warning, "合計・小計の行のようです({found})。", "This looks like a row of totals ({found}).";
    RecordsShrunk = "records-shrunk", Error, "公開中の{expected}件から{found}件に減っています。一部が欠けていないか確認してください。", "The records went from {expected} to {found}; check that nothing is missing.";
    // --- confidentiality
    PersonalNumber = "personal-number", Error, "個人番号(マイナンバー)と疑われる値があります。", "There are values that look like individual numbers (My Number).";
    PersonalMobile = "personal-mobile", Warning, "携帯電話番号と見られる値が{found}件あります。公開してよいか確認してください。", "There are {found} values that look like mobile telephone numbers; check whether they may be published.";
    // --- additions of normalizing
    HeaderRepeated = "header-repeated", Warning, "見出しの行が表の途中で繰り返されているため、データとして読みませんでした。", "The header row is repeated among the data and was not read as data.";
    ColumnRenamed = "column-renamed", Note, "列名「{found}」は内部で使う名前と重なるため「{repair}」としました。", "The column {found} has a name used internally and was renamed {repair}.";
    ColumnEmpty = "column-empty", Note, "見出しも値もない列({found}列目)を除きました。", "Column {found} has neither header nor values and was left out.";
    MultiFolded = "multi-folded", Note, "複数の値の区切りを「;」に揃えました({found} → {repair})。", "Several values were joined by semicolons ({found} → {repair}).";
    CodeFolded = "code-folded", Note, "コードの表記を直しました({found} → {repair})。", "The code was rewritten ({found} → {repair}).";
    NameJoined = "name-joined", Note, "都道府県名と市区町村名から地方公共団体名を作りました({repair})。", "The name of the local government was made from its parts ({repair}).";
    DatumShifted = "datum-shifted", Note, "日本測地系から世界測地系に変換しました(精度はおよそ10m)。", "Positions were shifted from the old Tokyo Datum; good to about ten metres.";
    PositionsOutside = "positions-outside", Error, "位置の5分の1を超える{found}件が市区町村の範囲の外にあります。座標系や緯度経度を確認してください。", "More than a fifth of the positions ({found}) lie outside the municipality; check the coordinate system.";
    // --- reading, added with the readers
    FeatureBroken = "feature-broken", Error, "地物を読めません({found})。", "The feature cannot be read ({found}).";
    // --- further additions of normalizing
    CoordinateFromGeometry = "coordinate-from-geometry", Note, "緯度・経度の列がないため、{found}件を図形の位置から補いました。", "There are no columns of latitude and longitude; {found} records have them from their geometry.";
    CoordinateAxes = "coordinate-axes", Note, "値の範囲から、列「{found}」を緯度、列「{expected}」を経度として読みました。", "By their values, the column {found} was read as latitude and {expected} as longitude.";
    CorporateNumberCheck = "corporate-number-check", Warning, "法人番号「{found}」は13桁ですが、検査用数字(先頭の1桁)が合いません(計算では{expected})。", "The corporate number {found} has 13 digits, but its check digit (the first) should be {expected}.";
    HeaderCase = "header-case", Warning, "見出し「{found}」は大文字・小文字だけが違う見出しが他にあるため、「{repair}」として区別しました。", "The header {found} differs from another only in letter case; it was told apart as {repair}.";
    ControlCharacter = "control-character", Warning, "画面に表示されない制御文字({found})があります。値はそのまま残しました。", "There are control characters ({found}) that no screen shows; the values were kept.";
    NumberOverflow = "number-overflow", Warning, "数値が列の幅に収まらず「*」で埋められています(桁あふれ)。空欄として扱いました。元の値を確認してください。", "The number did not fit its column and was overwritten with asterisks; it was taken as empty. Check the original value.";
    // --- where tables begin and end
    NoteRow = "note-row", Note, "表の下の注記として読みました: {found}", "A row below the table was taken as a remark: {found}";
    TableContinued = "table-continued", Note, "「{found}」の下に同じ見出しの表が続くため、1つの表として読みました。", "The same header follows under {found}; it was read as one table.";
    HeaderJoined = "header-joined", Note, "見出しが複数の行({found}行目)に分かれているため、「{repair}」のようにつなぎました。", "The header takes several rows ({found}); its names were joined, as in {repair}.";
    HeaderRemark = "header-remark", Note, "見出しの下の説明の行(単位、記入例など)をデータとして読みませんでした: {found}", "A row of explanations below the header (units, an example) was not read as data: {found}";
    HeaderProposed = "header-proposed", Warning, "見出しの行がありません。値から考えられる項目名の案: {repair}。1行目に項目名を入れてください。", "There is no header row. By their values the columns could be: {repair}. Put the names into the first row.";
    SheetByOrder = "sheet-by-order", Warning, "見出しの行がないため、「{found}」の項目の順に読みました({expected})。1行目に項目名を入れてください。", "There is no header row; the columns were read in the order of {found}. Put the names into the first row.";
    SourceMapped = "source-mapped", Note, "国土地理院の指定緊急避難場所データの列を標準の項目に対応させました: {found}", "The columns of the shelter data of the Geospatial Information Authority were mapped to the standard's fields: {found}";
    CodeFromId = "code-from-id", Note, "共通IDから市区町村コードを補いました({expected}件、例: {found} → {repair})。市区町村名と合うことを確かめています。", "The municipality code of {expected} records was taken from the common ID, where it agrees with the name of the municipality (as in {found} → {repair}).";
    FacilityJoined = "facility-joined", Note, "施設の表({expected})から、{found}件の{repair}を補いました。", "From the table of facilities ({expected}), {repair} of {found} records were filled in.";
    FacilityMissing = "facility-missing", Warning, "施設の表({expected})に、ID「{found}」の施設がありません。", "The table of facilities ({expected}) has no facility with the ID {found}.";
    FacilityDouble = "facility-double", Warning, "施設の表({expected})で、ID「{found}」が重複しているため補いませんでした。", "The ID {found} occurs twice in the table of facilities ({expected}); nothing was filled in from it.";
}

impl Serialize for FindingCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FindingCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown finding code {text:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut seen = std::collections::HashSet::new();
        for code in FindingCode::ALL {
            assert!(seen.insert(code.as_str()), "{} occurs twice", code.as_str());
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", code.as_str());
        }
    }

    #[test]
    fn a_message_names_what_was_found_and_the_repair() {
        let finding = Finding::new(FindingCode::CodeZeroLost, Place::default(), "92011", "").repaired("092011");
        assert_eq!(finding.message_ja(), "先頭の0が失われたコード「92011」を「092011」に直しました。");
        assert!(finding.message_en().contains("092011"));
    }

    #[test]
    fn long_cells_are_cut() {
        let finding = Finding::new(FindingCode::NumberInvalid, Place::default(), &"あ".repeat(500), "");
        assert_eq!(finding.found.chars().count(), FOUND_LIMIT_CHARS + 1);
    }
}
