//! Why an XML file is refused.

/// What is wrong with the XML of a file. The display form is the English message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It does not keep to the syntax of XML, or ends before its elements do.
    #[error("the XML is broken in line {line} ({detail}); write it again with the program it came from")]
    Broken {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        detail: String,
    },
    /// An entity other than the five of XML and numbers.
    #[error("line {line} uses the entity &{name};, which XML does not know; write the letter itself")]
    Entity {
        /// The line, from 1.
        line: u64,
        /// Its name.
        name: String,
    },
    /// One feature of too many elements to be held.
    #[error("the feature in line {line} has more than {limit} elements; split it")]
    FeatureTooLarge {
        /// The line it begins in, from 1.
        line: u64,
        /// Elements allowed.
        limit: usize,
    },
    /// Well-formed, but without anything that could be a record.
    #[error("the {format} holds no feature ({root} is its outermost element); give a file with features")]
    NoFeature {
        /// `KML` or `GML`.
        format: &'static str,
        /// The outermost element.
        root: String,
    },
    /// References that lead to each other, so that little text becomes much.
    #[error("the references (xlink:href) of the file unfold to more than {limit_bytes} bytes; write the geometry out")]
    References {
        /// Bytes allowed.
        limit_bytes: usize,
    },
}

impl XmlError {
    /// The stable text machines use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "xml-broken",
            Self::Entity { .. } => "xml-entity",
            Self::FeatureTooLarge { .. } => "feature-too-large",
            Self::NoFeature { .. } => "no-feature",
            Self::References { .. } => "xml-references",
        }
    }

    /// The sentence for a person, in Japanese.
    pub fn message_ja(&self) -> String {
        match self {
            Self::Broken { line, detail } => {
                format!("XMLの{line}行目に誤りがあります({detail})。元のソフトウェアで出力し直してください。")
            }
            Self::Entity { line, name } => {
                format!("{line}行目にXMLで使えない文字参照「&{name};」があります。文字そのものに置き換えてください。")
            }
            Self::FeatureTooLarge { line, limit } => {
                format!("{line}行目からの地物の要素数が上限({limit})を超えています。地物を分けてください。")
            }
            Self::NoFeature { format, root } => {
                format!("{format}に地物がありません(最も外側の要素は{root})。地物の入ったファイルを登録してください。")
            }
            Self::References { limit_bytes } => {
                format!("参照(xlink:href)を展開すると上限({limit_bytes}バイト)を超えます。図形を直接書いてください。")
            }
        }
    }
}
