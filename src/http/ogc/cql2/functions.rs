//! Spatial and temporal predicates: functions of the geometry and of a column of days.

use std::sync::Arc;

use super::Cql2Error;
use super::lexer::Kind;
use super::operand::Operand;
use super::reader::Reader;
use crate::model::record::ColumnType;
use crate::store::condition::{Condition, Scalar, Side};
use crate::store::matcher::Relation;

type Read<T> = Result<T, Cql2Error>;

/// First and last day of a period; `None` = open.
type Period = (Option<String>, Option<String>);

impl Reader<'_> {
    pub(super) fn spatial(&mut self, name: &str) -> Read<Condition> {
        let relation = match name {
            "S_INTERSECTS" => Relation::Intersects,
            "S_DISJOINT" => Relation::Disjoint,
            "S_EQUALS" => Relation::Equals,
            "S_TOUCHES" => Relation::Touches,
            "S_WITHIN" => Relation::Within,
            "S_CONTAINS" => Relation::Contains,
            "S_OVERLAPS" => Relation::Overlaps,
            "S_CROSSES" => Relation::Crosses,
            _ => return Err(self.wrong("この空間関数は使えません", "this spatial function is not known")),
        };
        self.at += 1;
        self.expect("(")?;
        let first = self.spatial_side()?;
        self.expect(",")?;
        let second = self.spatial_side()?;
        self.expect(")")?;
        let (relation, shape) = match (first, second) {
            (None, Some(shape)) => (relation, shape),
            (Some(shape), None) => {
                let swapped = match relation {
                    Relation::Within => Relation::Contains,
                    Relation::Contains => Relation::Within,
                    same => same,
                };
                (swapped, shape)
            }
            _ => {
                return Err(
                    self.wrong("図形の項目と図形を1つずつ指定してください", "one side is the geometry, one a shape")
                );
            }
        };
        Ok(Condition::Related { relation, shape: Arc::new(shape) })
    }

    /// A shape, or the geometry (`None`).
    fn spatial_side(&mut self) -> Read<Option<geo_types::Geometry<f64>>> {
        if let Some(Kind::Name(name)) = self.peek() {
            if !matches!(self.property(name)?, Operand::Geometry) {
                return Err(self.wrong("図形の項目ではありません", "this property is no geometry"));
            }
            self.at += 1;
            return Ok(None);
        }
        let Some(word) = self.word() else { return Err(self.wrong("図形が必要です", "a shape is expected")) };
        if let Some(shape) = self.shape(&word, 0)? {
            return Ok(Some(shape));
        }
        self.at -= 1;
        match self.property(&word)? {
            Operand::Geometry => {
                self.at += 1;
                Ok(None)
            }
            _ => Err(self.wrong("図形の項目ではありません", "this property is no geometry")),
        }
    }

    pub(super) fn temporal(&mut self, name: &str) -> Read<Condition> {
        self.at += 1;
        self.expect("(")?;
        let letter = self.letter();
        let Operand::Column(column, ColumnType::Date) = self.operand(0)? else {
            return Err(Cql2Error::new(letter, "先に日付の項目を指定してください", "a property of dates comes first"));
        };
        self.expect(",")?;
        let (from, to) = self.period()?;
        self.expect(")")?;
        let side = |side: Side, day: &Option<String>| match day {
            Some(day) => Condition::Compare { column: column.clone(), side, value: Scalar::Text(day.clone()) },
            // Nothing comes before the beginning of all times or after their end.
            None => Condition::Any(Vec::new()),
        };
        let shares = Condition::All(vec![
            Condition::Opposite(Box::new(Condition::Null { column: column.clone() })),
            Condition::During { column: column.clone(), until: None, from: from.clone(), to: to.clone() },
        ]);
        Ok(match name {
            "T_INTERSECTS" => shares,
            "T_DISJOINT" => Condition::All(vec![
                Condition::Opposite(Box::new(Condition::Null { column: column.clone() })),
                Condition::Opposite(Box::new(Condition::During { column, until: None, from, to })),
            ]),
            "T_BEFORE" => side(Side::Below, &from),
            "T_AFTER" => side(Side::Above, &to),
            "T_DURING" => Condition::All(vec![
                from.as_ref().map_or(Condition::All(Vec::new()), |_| side(Side::Above, &from)),
                to.as_ref().map_or(Condition::All(Vec::new()), |_| side(Side::Below, &to)),
                shares,
            ]),
            "T_EQUALS" if from == to => match from {
                Some(day) => Condition::OneOf { column, values: vec![Scalar::Text(day)], or_null: false },
                None => Condition::Any(Vec::new()),
            },
            "T_EQUALS" => Condition::Any(Vec::new()),
            _ => return Err(Cql2Error::new(letter, "この時間関数は使えません", "this temporal function is not known")),
        })
    }

    /// First and last day of `DATE(…)`, `TIMESTAMP(…)` or `INTERVAL(…,…)`.
    fn period(&mut self) -> Read<Period> {
        if self.function().as_deref() != Some("INTERVAL") {
            let Operand::Day(day) = self.operand(0)? else {
                return Err(
                    self.wrong("DATE、TIMESTAMPまたはINTERVALが必要です", "DATE, TIMESTAMP or INTERVAL is expected")
                );
            };
            return Ok((Some(day.clone()), Some(day)));
        }
        self.at += 2;
        let mut ends = Vec::new();
        for end in 0..2 {
            if end == 1 {
                self.expect(",")?;
            }
            if matches!(self.peek(), Some(Kind::Text(text)) if text == "..") {
                self.at += 1;
                ends.push(None);
            } else if self.function().is_some() {
                let Operand::Day(day) = self.operand(0)? else {
                    return Err(self.wrong("日付が必要です", "a date is expected"));
                };
                ends.push(Some(day));
            } else {
                let Operand::Day(day) = self.day()? else {
                    return Err(self.wrong("日付が必要です", "a date is expected"));
                };
                ends.push(Some(day));
            }
        }
        self.expect(")")?;
        let to = ends.pop().flatten();
        Ok((ends.pop().flatten(), to))
    }
}
