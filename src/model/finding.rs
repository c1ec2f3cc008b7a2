//! Findings: problems in data, each with its place, what was found, what would be right and the repair.
//!
//! Long because all codes stand in one list.

use serde::{Deserialize, Serialize};

use super::decision::Evidence;

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
    /// The cell or range of a spreadsheet as its program names it: `B3`, `A2:C5`, rows `3:5`, columns `B:C`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cell: Option<String>,
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
    /// What a finding of a whole column rests on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
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
            evidence: None,
        }
    }

    /// The same with what it rests on.
    #[must_use]
    pub fn resting_on(mut self, evidence: Evidence) -> Self {
        self.evidence = Some(evidence);
        self
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

            /// The code of this stable text.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
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
    HiddenContent = "hidden-content", Warning, "非表示の{found}があります。公開してよいか確認してください。", "There is hidden content ({expected}); check whether it may be published.";
    MergedCells = "merged-cells", Note, "結合されたセル{found}を展開しました。", "The merged cells {found} were spread over their rows and columns.";
    PreambleRow = "preamble-row", Note, "見出しより前の行を注記として読みました。", "A row above the header was taken as a remark.";
    SheetSkipped = "sheet-skipped", Note, "シート「{found}」には表がないため読みませんでした。", "The sheet {found} holds no table and was passed over.";
    FormulaCached = "formula-cached", Note, "数式のセルが{found}個あります({expected})。計算済みの値を使いました。", "There are {found} formulas ({expected}); their stored values were used.";
    CellError = "cell-error", Error, "セルの計算エラー({found})です。", "The cell holds the error {found}.";
    HeaderMissing = "header-missing", Warning, "見出しの行が見つかりません。", "No header row was found.";
    HeaderDuplicate = "header-duplicate", Warning, "見出し「{found}」が重複しています。「{repair}」として区別しました。", "The header {found} occurs twice; it was told apart as {repair}.";
    HeaderEmpty = "header-empty", Warning, "見出しのない列があります。「{repair}」としました。", "A column has no header; it was named {repair}.";
    // --- geometry
    CrsMissing = "crs-missing", Error, "座標系の情報(シェープファイルでは.prj)がないため地図に配置できません。source.toml の crs か --crs で指定してください(候補: {expected})。", "The file does not say its coordinate system (a Shapefile does in its .prj), so nothing can be placed on the map; say which by crs in source.toml or --crs (candidates: {expected}).";
    CrsUnknown = "crs-unknown", Error, "座標系({found})に対応していないため地図に配置できません。source.toml の crs か --crs で指定してください(候補: {expected})。", "The coordinate system {found} is not supported, so nothing can be placed; say which by crs in source.toml or --crs (candidates: {expected}).";
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
    PersonalNumber = "personal-number", Error, "個人番号(マイナンバー)と見られる値が{found}件あります(確度{expected})。公開できません。この列を除いてください。", "There are {found} values that look like individual numbers (My Number; {expected} sure). They can never be published; remove the column.";
    PersonalNumberPossible = "personal-number-possible", Warning, "個人番号(マイナンバー)の検査用数字に合う12桁の数字が{found}件あります(確度{expected})。個人番号でないか確認してください。", "There are {found} twelve-digit numbers with the check digit of an individual number ({expected} sure); check that they are none.";
    PersonalMobile = "personal-mobile", Warning, "携帯電話番号と見られる値が{found}件あります(確度{expected})。公開してよいか確認してください。", "There are {found} values that look like mobile telephone numbers ({expected} sure); check whether they may be published.";
    PersonalMail = "personal-mail", Warning, "個人のメールアドレスと見られる値が{found}件あります(確度{expected})。公開してよいか確認してください。", "There are {found} values that look like private mail addresses ({expected} sure); check whether they may be published.";
    PersonalContactFew = "personal-contact-few", Note, "携帯電話番号または個人のメールアドレスと見られる値が{found}件あります(確度{expected})。", "There are {found} values that look like mobile telephone numbers or private mail addresses ({expected} sure).";
    PersonalBirthDate = "personal-birth-date", Warning, "生年月日と見られる値が{found}件あります(確度{expected})。公開してよいか確認してください。", "There are {found} values that look like dates of birth ({expected} sure); check whether they may be published.";
    PersonalName = "personal-name", Warning, "個人の氏名と見られる値が{found}件あります(確度{expected})。公開してよいか確認してください。", "There are {found} values that look like names of persons ({expected} sure); check whether they may be published.";
    PersonalNamePossible = "personal-name-possible", Note, "人の名前に似た値が{found}件あります(確度{expected})。", "There are {found} values that resemble names of persons ({expected} sure).";
    PersonalAddress = "personal-address", Warning, "施設などの所在地とは別に、個人の住所と見られる値が{found}件あります(確度{expected})。公開してよいか確認してください。", "Beside the place of the facility there are {found} values that look like addresses of persons ({expected} sure); check whether they may be published.";
    PersonalList = "personal-list", Warning, "個人の一覧(名簿)と見られます({found})。公開してよいか確認してください。", "The table looks like a list of individuals ({found}); check whether it may be published.";
    PersonalHome = "personal-home", Warning, "個人の属性({found})が1件ごとの位置とともにあります。住まいが分かる可能性があります(確度{expected})。", "Attributes of persons ({found}) stand beside a position each; homes can be told from them ({expected} sure).";
    SmallCells = "small-cells", Warning, "人数が少なく個人が分かるおそれのあるセルが{found}件あります(1から{expected}まで)。秘匿が必要か確認してください。", "There are {found} counts of persons from 1 to {expected}, which can single somebody out; check whether they must be suppressed.";
    SmallCellsStandard = "small-cells-standard", Note, "人数が1から{expected}までのセルが{found}件あります(標準データセットの人口)。", "There are {found} counts of persons from 1 to {expected} (population of the standard dataset).";
    SuppressedRecoverable = "suppressed-recoverable", Warning, "秘匿されたセル{found}件の値が合計などから計算できます。合計または他のセルも秘匿してください。", "The values of {found} suppressed cells can be computed from totals; suppress totals or further cells too.";
    SensitivePlace = "sensitive-place", Warning, "所在地を秘すべき施設({expected})と見られる値が、住所または位置の分かる表に{found}件あります。公開してよいか確認してください。", "There are {found} values that look like places to be kept secret ({expected}), in a table with addresses or positions; check whether they may be published.";
    SensitiveWord = "sensitive-word", Note, "注意を要する施設に関する語({expected})が{found}件あります。", "Words of sensitive places ({expected}) occur {found} times.";
    ConfidentialAllowed = "confidential-allowed", Note, "{found}件を、設定で認められた理由({expected})により保留しませんでした。", "{found} cells were not held, for the reason given in the settings ({expected}).";
    // --- the difference to the release before
    ColumnEmptied = "column-emptied", Warning, "列「{found}」は前の版で{expected}件に値がありましたが、ほとんど空になりました。欠けていないか確認してください。", "The column {found} had values in {expected} records of the release before and is now mostly empty; check that nothing is missing.";
    PositionsLost = "positions-lost", Warning, "前の版で{expected}件にあった位置がすべてなくなりました。緯度・経度の列や図形を確認してください。", "All {expected} positions of the release before are gone; check the columns of latitude and longitude, or the geometry.";
    KeyChanged = "key-changed", Warning, "前の版と一致する「{found}」が1件もありません。IDなどが付け直されていないか確認してください。", "No {found} of the release before occurs any more; check that identifiers were not given anew.";
    KeyDuplicate = "key-duplicate", Warning, "「{found}」が重複または空のため、{expected}件は内容で前の版と比べました。", "{found} is doubled or empty in places; {expected} records were compared with the release before by their content.";
    TableLost = "table-lost", Warning, "前の版にあった表「{found}」({expected}件)がありません。", "The table {found} of the release before ({expected} records) is missing.";
    // --- additions of normalizing
    HeaderRepeated = "header-repeated", Warning, "見出しの行が表の途中で繰り返されているため、データとして読みませんでした。", "The header row is repeated among the data and was not read as data.";
    ColumnRenamed = "column-renamed", Note, "列名「{found}」は内部で使う名前と重なるため「{repair}」としました。", "The column {found} has a name used internally and was renamed {repair}.";
    ColumnEmpty = "column-empty", Note, "見出しも値もない列({found}列目)を除きました。", "Column {found} has neither header nor values and was left out.";
    MultiFolded = "multi-folded", Note, "複数の値の区切りを「;」に揃えました({found} → {repair})。", "Several values were joined by semicolons ({found} → {repair}).";
    CodeFolded = "code-folded", Note, "コードの表記を直しました({found} → {repair})。", "The code was rewritten ({found} → {repair}).";
    NameJoined = "name-joined", Note, "都道府県名と市区町村名から地方公共団体名を作りました({repair})。", "The name of the local government was made from its parts ({repair}).";
    DatumShifted = "datum-shifted", Note, "日本測地系から世界測地系に変換しました(精度はおよそ±10m。{found})。", "Positions were shifted from the old Tokyo Datum; good to about ten metres ({found}).";
    PositionsOutside = "positions-outside", Error, "位置の5分の1を超える{found}件が市区町村の範囲の外にあります。座標系や緯度経度を確認してください。", "More than a fifth of the positions ({found}) lie outside the municipality; check the coordinate system.";
    // --- reading, added with the readers
    FeatureBroken = "feature-broken", Error, "地物を読めません({found})。", "The feature cannot be read ({found}).";
    // --- further additions of normalizing
    CoordinateFromGeometry = "coordinate-from-geometry", Note, "緯度・経度の列がないため、{found}件を図形の位置から補いました。", "There are no columns of latitude and longitude; {found} records have them from their geometry.";
    CoordinateAxes = "coordinate-axes", Note, "値の範囲から、列「{found}」を緯度、列「{expected}」を経度として読みました。", "By their values, the column {found} was read as latitude and {expected} as longitude.";
    CorporateNumberCheck = "corporate-number-check", Warning, "法人番号「{found}」は13桁ですが、検査用数字(先頭の1桁)が合いません(計算では{expected})。", "The corporate number {found} has 13 digits, but its check digit (the first) should be {expected}.";
    HeaderCase = "header-case", Warning, "見出し「{found}」は大文字・小文字だけが違う見出しが他にあるため、「{repair}」として区別しました。", "The header {found} differs from another only in letter case; it was told apart as {repair}.";
    ExternalCharacter = "external-character", Warning, "外字({found})があります。ほかの端末では表示されません。JIS第1〜第4水準の文字に置き換えてください。", "There are characters of one's own ({found}), which show only where their font is; replace them.";
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
    // --- values and positions from addresses
    PositionFromAddress = "position-from-address", Warning, "位置のない記録に、住所から町字の代表点を付けました({found})。建物の位置ではありません。列「位置の精度」に精度を書きました(住所の位置: {expected})。例: {repair}", "Records without a position were given a representative point of their town ({found}), not of the building; the column 位置の精度 states the level (towns: {expected}). Examples: {repair}";
    PositionProposed = "position-proposed", Note, "住所だけでは位置を決められない記録が{found}件あります。候補の例: {repair}", "The address alone does not settle the position of {found} records; candidates: {repair}";
    CoordinatePlane = "coordinate-plane", Note, "平面直角座標({found})として{expected}件に緯度経度を付けました。", "The metres were read as plane-rectangular coordinates ({found}); {expected} records have their position from them.";
    CoordinatePlaneUnknown = "coordinate-plane-unknown", Warning, "平面直角座標と見られる{found}件を地図に配置できません(系またはX・Yの向きが決まりません)。公開団体を指定するか、緯度・経度の列を加えてください。", "{found} records look like plane-rectangular coordinates and cannot be placed (zone or order of X and Y are open); name the publisher or add latitude and longitude.";
    ValueSplit = "value-split", Note, "「{found}」から「{repair}」を取り出し、残りは別の項目(特記事項、内線番号)に移しました。", "{repair} was taken out of {found}; the rest went to its own field (remarks, extension).";
    DateInPlace = "date-in-place", Warning, "番地などの列のセルが日付({found})になっています。表計算ソフトが「{repair}」のような番号を日付に変えたようです。", "The cell of a house number holds the date {found}; a spreadsheet seems to have turned a number such as {repair} into it.";
    NumberNoted = "number-noted", Note, "数値ではない「{found}」を失わないよう、{expected}に書き添えました。", "{found} is no number; it was noted in {expected} so that nothing is lost.";
    CharacterLost = "character-lost", Warning, "「{found}」の「?」は、文字コードの変換で失われた文字のようです。元の文字に直してください(案: {repair})。", "The ? in {found} seems to be a character lost when the encoding was changed; restore it (perhaps {repair}).";
    AreaAsLines = "area-as-lines", Warning, "区域の外周が線として収められています({found})。面(ポリゴン)として提供してください。図形は線のまま残しました。", "Areas are delivered as their outlines ({found}); provide polygons. The lines were kept.";
    DateEra = "date-era", Warning, "「{found}」は元号の期間の外の日付です。「{expected}」({repair})の誤りではないか確認してください。", "{found} lies outside its era; perhaps {expected} ({repair}) is meant.";
    AddressInCity = "address-in-city", Warning, "所在地_市区町村に住所全体「{found}」が入っています(市区町村は「{repair}」)。", "The field for the municipality holds a whole address ({found}); the municipality is {repair}.";
    AddressCut = "address-cut", Note, "町字と番地以下の境を住所だけでは決められない記録が{found}件あります。候補の例: {repair}", "Where the town ends cannot be told from the address alone in {found} records; candidates: {repair}";
    AddressShort = "address-short", Note, "都道府県名または市区町村名のない住所があります({found})。所在地_連結表記は{expected}から書いてください。", "There are addresses without prefecture or municipality ({found}); the joined form begins with the names of both: {expected}.";
    // --- spreadsheets: what lies beside the values, and the layout of sheets
    CommentPresent = "comment-present", Warning, "コメント(メモ)が{found}件あります({expected})。公開してよいか確認してください。", "There are {found} comments ({expected}); check whether they may be published.";
    PicturePresent = "picture-present", Note, "画像が{found}個あります({expected})。データとしては読みませんでした。", "There are {found} pictures ({expected}), which were not read as data.";
    ShapePresent = "shape-present", Note, "図形・テキストボックスが{found}個あります({expected})。データとしては読みませんでした。", "There are {found} shapes or text boxes ({expected}), which were not read as data.";
    ChartPresent = "chart-present", Note, "グラフが{found}個あります({expected})。データとしては読みませんでした。", "There are {found} charts ({expected}), which were not read as data.";
    ObjectEmbedded = "object-embedded", Warning, "埋め込まれたファイルや部品が{found}個あります({expected})。公開してよいか確認してください。", "There are {found} embedded files or controls ({expected}); check whether they may be published.";
    PivotCache = "pivot-cache", Warning, "ピボットテーブルの元データの写し({found}行、{expected})がファイルの中に残っています。公開してよいか確認してください。", "The file keeps a copy of a pivot table's source data ({found} rows, {expected}); check whether it may be published.";
    ExternalLink = "external-link", Warning, "他のファイルへのリンク({found})があり、その値の写しが残っていることがあります。リンクを解除してください。", "There is a link to another file ({found}), of which values may be kept; break the link.";
    NameOutside = "name-outside", Warning, "名前の定義「{found}」が他のファイル({expected})を指しています。不要なら削除してください。", "The defined name {found} points to another file ({expected}); delete it if it is not needed.";
    MacroPresent = "macro-present", Warning, "マクロが含まれています。値だけを読みました。公開するファイルからはマクロを除いてください。", "There are macros; only values were read. Remove the macros from the file that is published.";
    AuthorPresent = "author-present", Note, "文書のプロパティに{found}が残っています。公開してよいか確認してください。", "The document's properties hold names ({expected}); check whether they may be published.";
    OutsideDimension = "outside-dimension", Note, "シートの範囲として記録された{found}の外に値があります。値は読みましたが、ほかのソフトウェアでは読まれないことがあります。", "There are values outside of the range {found} that the sheet announces; they were read, but other programs may pass over them.";
    SeveralTables = "several-tables", Warning, "表が{found}個あり({expected})、別々の表として読みました。1つのシート(CSVは1つのファイル)には1つの表だけを置いてください。", "There are {found} tables ({expected}), which were read as tables of their own; put one table on each sheet (or in each CSV file).";
    CellLineBreak = "cell-line-break", Note, "セルの中で改行しています({found}個: {expected})。", "There are line breaks inside of {found} cells ({expected}).";
    DelimiterFullWidth = "delimiter-full-width", Error, "区切りが全角のコンマ(，)のため、1列の表として読みました。半角のコンマ(,)で区切り直してください。", "The cells are parted by full-width commas, so the table was read as one column; use plain commas.";
    CellSpaced = "cell-spaced", Note, "見た目を整えるための空白があります({found}個: {expected})。", "Blanks are used for layout in {found} cells ({expected}).";
    // --- geodata in XML, bus timetables, archives, coordinate systems
    HeightDropped = "height-dropped", Note, "高さの値がある地物が{found}件あります。高さは使わず、平面の位置だけを取り込みました。", "{found} features have heights; only their positions in the plane were taken.";
    LinkNotFollowed = "link-not-followed", Warning, "ファイルの外を参照する要素や画像({found})は読みません。必要なデータはファイルの中に入れてください。", "Elements that lead out of the file or hold pictures ({found}) are not followed; put the data into the file itself.";
    FoldersApart = "folders-apart", Note, "フォルダごとに項目が異なるため、別々の表として読みました({found})。", "The folders have attributes of their own and were read as tables of their own ({found}).";
    DescriptionTable = "description-table", Note, "説明文がすべて同じ項目の表であるため、列に分けました(全{found}列)。", "All descriptions are tables of the same entries and were turned into columns ({found} in all).";
    XmlNamespace = "xml-namespace", Warning, "名前空間の宣言が正しくありません({found}、正しくは{expected})。要素の名前に従って読みました。", "The namespace is not right ({found}; it should be {expected}); the names of the elements were followed.";
    CoordinateSpacing = "coordinate-spacing", Note, "座標のコンマの前後に空白のある図形が{found}件ありました。空白を除いて読みました。", "{found} geometries have blanks beside the commas of their coordinates; they were read without them.";
    GeometryUnused = "geometry-unused", Note, "地図に使わなかった図形があります({found})。最も平面図に近い図形を使いました。", "Some geometries were not used ({found}); the one nearest to a plan was taken.";
    UnitStated = "unit-stated", Note, "値の単位は{found}です。", "The values are in {found}.";
    AxisOrder = "axis-order", Warning, "座標の順が宣言と逆の頂点が{found}個ありました。値に従い「{repair}」の順として読みました。", "The axes of {found} vertices are the other way round than stated; by their values they were read as {repair}.";
    EntryIgnored = "entry-ignored", Note, "データでないファイルは読みませんでした({found})。", "Files that are no data were not read ({found}).";
    SameDataAgain = "same-data-again", Note, "「{found}」は「{expected}」と同じ名前・同じ件数の別形式のため、読みませんでした。", "{found} is {expected} again in another format, with as many features, and was not read.";
    GtfsFileMissing = "gtfs-file-missing", Error, "標準的なバス情報フォーマットに必要なファイル{found}がないか、空です。1行目に列名({expected})を置いたファイルを作り、ほかのファイルと同じ場所に入れて圧縮し直してください。", "The file {found}, which GTFS-JP requires, is missing or empty; make it with the columns {expected} in its first row, put it beside the other files and pack them again.";
    GtfsColumnMissing = "gtfs-column-missing", Error, "{expected}に必要な列{found}がありません。", "{expected} lacks the column {found}, which is required.";
    GtfsReference = "gtfs-reference", Error, "{expected}にない値を参照しています({found}件)。", "Values refer to nothing in {expected} ({found}).";
    GtfsShapesJoined = "gtfs-shapes-joined", Note, "経路の頂点を路線ごとの線にまとめました({found})。", "The vertices of the shapes were joined into lines ({found}).";
    CrsGiven = "crs-given", Note, "座標系は、登録した人の指定({found})によります。", "The coordinate system is the one a person gave ({found}).";
    CrsOverridden = "crs-overridden", Warning, "ファイルの座標系({expected})ではなく、登録した人の指定({found})を使いました。", "The coordinate system a person gave ({found}) was used instead of that of the file ({expected}).";
    CrsContradicted = "crs-contradicted", Error, "座標の値({found})が座標系と合わないため、地図に配置しませんでした。source.toml の crs か --crs で指定してください(ファイルの座標系 → 候補: {expected})。", "The coordinates ({found}) cannot be in the stated system, so nothing was placed; say which is right by crs in source.toml or --crs (stated → candidates: {expected}).";
    AxesSwapped = "axes-swapped", Warning, "X座標とY座標が入れ替わっているため、直して読みました({found})。", "The axes are the other way round and were read as such ({found}).";
    DatumGrid = "datum-grid", Note, "日本測地系から世界測地系へ、変換パラメータファイル({found})で変換しました。", "Positions were shifted from the old Tokyo Datum by the grid {found}.";
    // --- reading of geodata and JSON
    GeometryUnsupported = "geometry-unsupported", Error, "図形の種類({found})に対応していません。GISソフトで点・線・面({expected})に変換して出力し直してください。", "The kind of geometry {found} is not read; convert it to one of {expected} in a GIS program.";
    ValueBinary = "value-binary", Warning, "文字ではないデータ({found}バイト)は表の値にできないため、空欄としました。", "A binary value of {found} bytes cannot be a cell of a table and was left empty.";
    ColumnSkipped = "column-skipped", Warning, "列「{found}」は取り込みませんでした({expected})。", "The column {found} was not taken in ({expected}).";
    LayerSkipped = "layer-skipped", Warning, "「{found}」は取り込みませんでした({expected})。", "{found} was not taken in ({expected}).";
    RowIdLeftOut = "row-id-left-out", Note, "列「{found}」はソフトウェアが付けた通し番号(1、2、3…)だけのため、取り込みませんでした。", "The column {found} only counts the rows (1, 2, 3 …) as programs do, and was left out.";
    JsonKeyDuplicate = "json-key-duplicate", Warning, "キー「{found}」が一つのデータの中に重複しています。後の値を使いました。", "The key {found} stands twice in one object; the later value was used.";
    MemberOutside = "member-outside", Note, "属性(properties)の外にある「{found}」を列として取り込みました。", "{found} stands outside the properties and was taken in as a column.";
    JsonTableFound = "json-table-found", Note, "JSONの「{found}」を表として読みました。表の外の項目: {expected}", "The table was read from {found} of the JSON. Members beside it: {expected}";
    JsonFlattened = "json-flattened", Note, "「{found}」の中の項目を、それぞれ列に分けました。", "The members of {found} became columns of their own.";
    RowUnreadable = "row-unreadable", Error, "行を読めません({found})。", "The row cannot be read ({found}).";
    LogMissing = "log-missing", Warning, "このファイルは編集中の状態(WAL)で保存されています。最新の変更が含まれていないおそれがあります。ソフトウェアを閉じてからコピーし直してください。", "The database was saved while being edited (WAL); its latest changes may be missing. Close the program and copy the file again.";
    // --- rows and tables without content
    RowCountedOnly = "row-counted-only", Note, "番号だけが入っていて、ほかの項目がすべて空の行が{found}行あります。空の行として扱いました。使わない行は削除してください。", "{found} rows hold their number and nothing else; they were taken as empty. Delete the rows that are not used.";
    TableEmpty = "table-empty", Error, "見出しだけで、データの行が1件もありません。見出しの下に、1行に1件ずつデータを入れてください。", "There is a header but no row of data; put the data below it, one record a row.";
    SheetEmpty = "sheet-empty", Note, "シート「{found}」は見出しだけで、データの行がないため読みませんでした。", "The sheet {found} has a header but no row of data and was passed over.";
    // --- what a file is, and what its forms bring with them
    FormatDisguised = "format-disguised", Warning, "ファイル名の拡張子(.{expected})と中身の形式({found})が違います。中身に従って読みました。XLSX形式またはCSV(UTF-8)形式で保存し直してください。", "The file is named .{expected} but is {found}; it was read as what it is. Save it as XLSX or CSV (UTF-8).";
    FileNameControl = "file-name-control", Warning, "ファイル名に画面に表示されない文字({found})があります。別の名前や種類のファイルに見せかけることができるため、ファイル名を付け直してください。", "The name of the file holds characters that no screen shows ({found}), by which it can pass for another file; give it a new name.";
    CoordinateCoarse = "coordinate-coarse", Warning, "緯度経度の小数が1桁以下です({found})。位置が数km以上ずれることがあります。小数点以下5桁以上で記入してください。", "The position has one decimal or none ({found}) and may be kilometres off; give five decimals or more.";
    RowPrefilled = "row-prefilled", Note, "様式にあらかじめ入っている項目({expected})だけで、ほかがすべて空の行が{found}行あります。データとして読みませんでした。使わない行は削除してください。", "{found} rows hold only what a form has filled in beforehand ({expected}) and nothing else; they were not read as data. Delete the rows that are not used.";
    TableVertical = "table-vertical", Warning, "項目名が1列目に縦に並んでいる表のようです({found})。1行に1件となるよう行と列を入れ替え、1行目に項目名を置いてください。", "The names of the fields seem to stand in the first column ({found}); exchange rows and columns, one record a row, the names in the first row.";
    TableTurned = "table-turned", Warning, "項目名が{found}列目に縦に並んでいたため、行と列を入れ替え、1列を1件として{expected}件を読みました。この表の指摘の行番号は、入れ替えた後の行の番号です。1行に1件となるよう行と列を入れ替え、1行目に項目名を置いてください。", "The names of the fields stood in column {found}; rows and columns were exchanged and {expected} records read, one a column. Rows named for this table are those after the exchange. Write one record a row, the names in the first row.";
    ListJoined = "list-joined", Note, "列「{found}」は1つの欄に複数の値があるため、「{expected}」で区切って1つの文字にしました。", "The column {found} holds several values in one cell; they were joined by {expected}.";
    ListUnjoined = "list-unjoined", Warning, "複数の値の中に区切りの記号({expected})を含むものがあるため、JSONの文字のまま取り込みました({found})。値から区切りの記号を除いてください。", "One of several values holds the separator {expected}, so they were taken in as JSON ({found}); leave the separator out of the values.";
    NestedKept = "nested-kept", Warning, "列「{found}」は表の1つの欄に入らない構造のため、JSONの文字として取り込みました。1列に1つの値となるよう、列を分けて出力し直してください。", "The values of {found} are nested and do not fit a cell; they were taken in as JSON. Write one column for each value.";
    GeometryPartEmpty = "geometry-part-empty", Note, "頂点のない部分({found}個)を図形から除きました。", "Parts without any vertex ({found}) were left out of the geometry.";
    OfficeQuoted = "value-office-quoted", Note, "表計算ソフト用の書き方(=\"…\")のセルが{found}個あります。中の値を読みました({expected})。", "{found} cells are written as =\"…\" for spreadsheets; the values inside were read ({expected}).";
    DaysFrom1904 = "days-of-mac-epoch", Warning, "このブックは日付を1904年から数える設定です(旧Mac用)。日付はその設定に従って読みましたが、書式のない数値はほかのソフトウェアで4年ずれます。1900年から数える設定で保存し直してください。", "The workbook counts days from 1904. Dates were read accordingly, but numbers without a date format come out four years off elsewhere; save it with days counted from 1900.";
    DateSerial = "date-serial", Warning, "列「{found}」の値は、日付の書式が外れた表計算ソフトの内部の数値のようです(例: {expected} → {repair})。日付の書式にするか、YYYY-MM-DDで記入してください。", "The values of {found} look like day numbers of a spreadsheet without a date format (as in {expected} → {repair}); give them a date format, or write YYYY-MM-DD.";
    TextGarbled = "text-garbled", Error, "文字化けしています(「{found}」は「{repair}」の文字化けのようです)。文字コードを正しく指定して、元のデータから書き出し直してください。", "The text is garbled ({found} seems to be {repair} decoded wrongly); write it again from the original data in the right encoding.";
    // --- sheets of a workbook
    SheetExplains = "sheet-explains", Note, "シート「{found}」は説明や記入例のため、データとして読みませんでした。", "The sheet {found} explains the workbook and was not read as data.";
}

impl Serialize for FindingCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FindingCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("unknown finding code {text:?}")))
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
