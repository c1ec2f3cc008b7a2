//! Tokens to a condition, by the grammar of the standard's annex B: OR of ANDs of predicates.

use std::sync::Arc;

use super::lexer::{Kind, Token};
use super::operand::{Operand, Sign, compare, scalar, unsupported};
use super::{Cql2Error, DEPTH_CAP, PREDICATES_CAP, VALUES_CAP, clip, geometry_name};
use crate::http::ogc::features::when;
use crate::model::catalogue::Table;
use crate::model::record::{ColumnType, Storage};
use crate::store::condition::{Condition, Scalar, Side};
use crate::store::matcher::Pattern;

type Read<T> = Result<T, Cql2Error>;

/// Reads all tokens.
pub(super) fn read(tokens: &[Token], table: &Table) -> Read<Condition> {
    let mut reader = Reader { tokens, at: 0, table, predicates: 0, values: 0 };
    let condition = reader.any(0)?;
    if reader.at < tokens.len() {
        return Err(reader.wrong("ここで式が終わるはずです", "the expression should end here"));
    }
    Ok(condition)
}

/// The state of reading.
pub(super) struct Reader<'a> {
    tokens: &'a [Token],
    pub(super) at: usize,
    table: &'a Table,
    predicates: usize,
    values: usize,
}

impl Reader<'_> {
    pub(super) fn wrong(&self, ja: &str, en: &str) -> Cql2Error {
        Cql2Error::new(self.letter(), ja, en)
    }

    /// The letter where the next token begins, or where the last one did.
    pub(super) fn letter(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    pub(super) fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    pub(super) fn is_at_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Kind::Sign(own)) if *own == sign)
    }

    pub(super) fn is_at_number(&self) -> bool {
        matches!(self.peek(), Some(Kind::Number(_)))
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let is = self.is_at_sign(sign);
        self.at += usize::from(is);
        is
    }

    pub(super) fn expect(&mut self, sign: &str) -> Read<()> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(Cql2Error::new(self.letter(), format!("「{sign}」が必要です"), format!("'{sign}' is expected")))
    }

    /// Takes a keyword, compared without case.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is = matches!(self.peek(), Some(Kind::Word(own)) if own.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    pub(super) fn word(&mut self) -> Option<String> {
        let Some(Kind::Word(word)) = self.peek() else { return None };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    /// Whether the next token is a word and a bracket follows: a function.
    pub(super) fn function(&self) -> Option<String> {
        let follows = matches!(self.tokens.get(self.at + 1).map(|token| &token.kind), Some(Kind::Sign("(")));
        match self.peek() {
            Some(Kind::Word(word)) if follows => Some(word.to_ascii_uppercase()),
            _ => None,
        }
    }

    pub(super) fn decimal(&mut self) -> Read<f64> {
        let number = match self.peek() {
            Some(Kind::Number(text)) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
            _ => None,
        };
        let number = number.ok_or_else(|| self.wrong("数が必要です", "a number is expected"))?;
        self.at += 1;
        Ok(number)
    }

    fn any(&mut self, depth: usize) -> Read<Condition> {
        let mut parts = vec![self.all(depth)?];
        while self.take_word("OR") {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Read<Condition> {
        let mut parts = vec![self.one(depth)?];
        while self.take_word("AND") {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn one(&mut self, depth: usize) -> Read<Condition> {
        if depth > DEPTH_CAP {
            return Err(self.wrong("入れ子が深すぎます", "nested too deeply"));
        }
        if self.take_word("NOT") {
            return Ok(Condition::Opposite(Box::new(self.one(depth + 1)?)));
        }
        if self.take_sign("(") {
            let inner = self.any(depth + 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.predicates += 1;
        if self.predicates > PREDICATES_CAP {
            return Err(self.wrong("条件が多すぎます", "too many conditions"));
        }
        match self.function() {
            Some(name) if name.starts_with("S_") => self.spatial(&name),
            Some(name) if name.starts_with("T_") => self.temporal(&name),
            _ => self.comparison(depth),
        }
    }

    fn comparison(&mut self, depth: usize) -> Read<Condition> {
        let letter = self.letter();
        let left = self.operand(depth)?;
        if let Some(Kind::Sign(sign)) = self.peek()
            && let Some(sign) = Sign::parse(sign)
        {
            self.at += 1;
            let right = self.operand(depth)?;
            return compare(&left, sign, &right, letter);
        }
        if self.take_word("IS") {
            let negated = self.take_word("NOT");
            if !self.take_word("NULL") {
                return Err(self.wrong("NULLが必要です", "NULL is expected"));
            }
            let null = match left {
                Operand::Column(column, _) => Condition::Null { column },
                Operand::Geometry => Condition::Unplaced,
                _ => return Err(unsupported(letter)),
            };
            return Ok(if negated { Condition::Opposite(Box::new(null)) } else { null });
        }
        let negated = self.take_word("NOT");
        let condition = if self.take_word("LIKE") {
            self.like(left, letter, depth)?
        } else if self.take_word("BETWEEN") {
            let low = self.operand(depth)?;
            if !self.take_word("AND") {
                return Err(self.wrong("ANDが必要です", "AND is expected"));
            }
            let high = self.operand(depth)?;
            Condition::All(vec![
                compare(&left, Sign::Side(Side::From), &low, letter)?,
                compare(&left, Sign::Side(Side::UpTo), &high, letter)?,
            ])
        } else if self.take_word("IN") {
            self.one_of(&left, letter, depth)?
        } else if let (Operand::Truth(truth), false) = (&left, negated) {
            if *truth { Condition::All(Vec::new()) } else { Condition::Any(Vec::new()) }
        } else {
            return Err(self.wrong(
                "比較（=、<>、<、>、LIKE、BETWEEN、IN、IS NULLなど）が必要です",
                "a comparison is expected (=, <>, <, >, LIKE, BETWEEN, IN, IS NULL)",
            ));
        };
        Ok(if negated { Condition::Opposite(Box::new(condition)) } else { condition })
    }

    fn like(&mut self, left: Operand, letter: usize, depth: usize) -> Read<Condition> {
        let (left, folded) = match left {
            Operand::Folded(inner) => (*inner, true),
            other => (other, false),
        };
        let Operand::Column(column, kind) = left else { return Err(unsupported(letter)) };
        let pattern = match self.operand(depth)? {
            Operand::Text(text) => text,
            Operand::Folded(inner) => match *inner {
                Operand::Text(text) => text,
                _ => return Err(unsupported(letter)),
            },
            _ => {
                return Err(
                    self.wrong("LIKEの後には''で囲んだ文字列が必要です", "a text in single quotes follows LIKE")
                );
            }
        };
        if kind.storage() != Storage::Text {
            // The sentence of the column's own type.
            scalar(&column, kind, &Operand::Text(String::new()), letter)?;
        }
        Ok(Condition::Like { column, pattern: Arc::new(Pattern::new(&pattern, folded)) })
    }

    fn one_of(&mut self, left: &Operand, letter: usize, depth: usize) -> Read<Condition> {
        self.expect("(")?;
        let mut values = Vec::new();
        loop {
            self.values += 1;
            if self.values > VALUES_CAP {
                return Err(self.wrong("値が多すぎます", "too many values"));
            }
            values.push(self.operand(depth)?);
            if !self.take_sign(",") {
                break;
            }
        }
        self.expect(")")?;
        match left {
            Operand::Column(column, kind) if values.iter().all(|value| !matches!(value, Operand::Column(..))) => {
                let values = values.iter().map(|value| scalar(column, *kind, value, letter));
                Ok(Condition::OneOf { column: column.clone(), values: values.collect::<Read<_>>()?, or_null: false })
            }
            _ => {
                let each = values.iter().map(|value| compare(left, Sign::Equal, value, letter));
                Ok(Condition::Any(each.collect::<Read<_>>()?))
            }
        }
    }

    pub(super) fn operand(&mut self, depth: usize) -> Read<Operand> {
        if depth > DEPTH_CAP {
            return Err(self.wrong("入れ子が深すぎます", "nested too deeply"));
        }
        if let Some(function) = self.function() {
            self.at += 2;
            let operand = match function.as_str() {
                "CASEI" => self.folded(depth)?,
                "DATE" | "TIMESTAMP" => self.day()?,
                _ => {
                    let name = clip(&function);
                    return Err(Cql2Error::new(
                        self.letter(),
                        format!("関数「{name}」は使えません"),
                        format!("the function '{name}' is not known"),
                    ));
                }
            };
            self.expect(")")?;
            return Ok(operand);
        }
        let operand = match self.peek() {
            Some(Kind::Text(text)) => Operand::Text(text.clone()),
            Some(Kind::Number(text)) => Operand::Number(self.number(text)?),
            Some(Kind::Name(name)) => self.property(name)?,
            Some(Kind::Word(word)) => match word.to_ascii_uppercase().as_str() {
                "TRUE" if !self.has(word) => Operand::Truth(true),
                "FALSE" if !self.has(word) => Operand::Truth(false),
                _ => self.property(word)?,
            },
            _ => return Err(self.wrong("項目名または値が必要です", "a property or a value is expected")),
        };
        self.at += 1;
        Ok(operand)
    }

    fn number(&self, text: &str) -> Read<Scalar> {
        if let Ok(whole) = text.parse::<i64>() {
            return Ok(Scalar::Integer(whole));
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Scalar::Number).ok_or_else(|| self.wrong("数が大きすぎます", "the number is too large"))
    }

    fn folded(&mut self, depth: usize) -> Read<Operand> {
        let letter = self.letter();
        match self.operand(depth + 1)? {
            inner @ Operand::Text(_) => Ok(Operand::Folded(Box::new(inner))),
            Operand::Column(name, kind) if kind.storage() == Storage::Text => {
                Ok(Operand::Folded(Box::new(Operand::Column(name, kind))))
            }
            folded @ Operand::Folded(_) => Ok(folded),
            _ => Err(Cql2Error::new(letter, "CASEIには文字列を指定してください", "CASEI takes a text")),
        }
    }

    /// The day of `DATE('…')` or `TIMESTAMP('…')`: the one that is written, in whichever zone. Columns hold days.
    pub(super) fn day(&mut self) -> Read<Operand> {
        let day = match self.peek() {
            Some(Kind::Text(text)) => when::day(text),
            _ => None,
        };
        let day = day.ok_or_else(|| {
            self.wrong(
                "日付は'2026-04-01'、日時は'2026-04-01T00:00:00Z'の形で書いてください",
                "a date is written '2026-04-01', a time '2026-04-01T00:00:00Z'",
            )
        })?;
        self.at += 1;
        Ok(Operand::Day(day))
    }

    fn has(&self, name: &str) -> bool {
        self.table.shape.columns.iter().any(|column| column.name == name)
    }

    pub(super) fn property(&self, name: &str) -> Read<Operand> {
        if let Some(column) = self.table.shape.columns.iter().find(|column| column.name == name) {
            return Ok(Operand::Column(name.to_owned(), column.kind));
        }
        if name == "_id" {
            return Ok(Operand::Column(name.to_owned(), ColumnType::Integer));
        }
        if name == geometry_name(self.table) {
            return Ok(Operand::Geometry);
        }
        let name = clip(name);
        Err(Cql2Error::new(
            self.letter(),
            format!("項目「{name}」はありません"),
            format!("there is no property '{name}'"),
        ))
    }
}
