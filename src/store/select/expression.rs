//! Expressions: each node written anew, everything in brackets.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DateTimeField, DuplicateTreatment, Expr, Function as Call,
    FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, InTarget, TrimWhereField, TypedString,
    UnaryOperator, Value,
};

use super::SelectError;
use super::function::function;
use super::part::{name, none, refused, single};
use super::query::Writer;

/// How many times longer than what it is made of a text may become in a statement.
const MAX_GROWTH: usize = 1_000;
/// Words that DuckDB takes for functions where no column has their name.
const WORDS: [&str; 11] = [
    "current_catalog",
    "current_date",
    "current_schema",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];
/// Parts of a date that can be asked for.
const PARTS: [&str; 12] =
    ["year", "month", "day", "hour", "minute", "second", "quarter", "week", "dow", "isodow", "doy", "epoch"];

impl Writer<'_, '_> {
    pub(super) fn expression(&mut self, expression: &Expr) -> Result<String, SelectError> {
        Ok(match expression {
            Expr::Identifier(ident) => {
                if WORDS.contains(&ident.value.to_ascii_lowercase().as_str()) {
                    return not_authorized(&ident.value);
                }
                name(ident)?
            }
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, column] => format!("{}.{}", name(table)?, name(column)?),
                _ => return refused("a column named in three parts"),
            },
            Expr::Nested(inner) => format!("({})", self.expression(inner)?),
            Expr::Value(value) => literal(&value.value)?,
            Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax }) => {
                none("this way to write a date", *uses_odbc_syntax)?;
                format!("CAST({} AS {})", literal(&value.value)?, kind(&data_type.to_string())?)
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right)?,
            Expr::UnaryOp { op, expr } => {
                let sign = match op {
                    UnaryOperator::Minus => "-",
                    UnaryOperator::Plus => "+",
                    UnaryOperator::Not => "NOT ",
                    _ => return refused("this sign"),
                };
                format!("({sign}{})", self.expression(expr)?)
            }
            Expr::In { expr, target, negated, global } => {
                none("GLOBAL IN", *global)?;
                let inner = match target {
                    InTarget::List(values) if !values.is_empty() => self.list(values)?,
                    InTarget::Subquery(query) => self.query(query, None)?,
                    _ => return refused("this kind of IN"),
                };
                format!("({} {}IN ({inner}))", self.expression(expr)?, not(*negated))
            }
            Expr::Between { expr, negated, low, high } => {
                let (value, low, high) = (self.expression(expr)?, self.expression(low)?, self.expression(high)?);
                format!("({value} {}BETWEEN {low} AND {high})", not(*negated))
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, format: None, .. } => {
                format!("CAST({} AS {})", self.expression(expr)?, kind(&data_type.to_string())?)
            }
            Expr::Extract { field, expr, .. } => {
                format!("date_part('{}', {})", part(&field.to_string())?, self.expression(expr)?)
            }
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                format!("ceil({})", self.expression(expr)?)
            }
            Expr::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                format!("floor({})", self.expression(expr)?)
            }
            Expr::Case { case_token: _, end_token: _, operand, conditions, else_result } => {
                let mut sql = "CASE".to_owned();
                if let Some(operand) = operand {
                    sql = format!("{sql} {}", self.expression(operand)?);
                }
                for CaseWhen { condition, result } in conditions {
                    sql = format!("{sql} WHEN {} THEN {}", self.expression(condition)?, self.expression(result)?);
                }
                if let Some(other) = else_result {
                    sql = format!("{sql} ELSE {}", self.expression(other)?);
                }
                format!("({sql} END)")
            }
            Expr::Exists { subquery, negated } => {
                format!("({}EXISTS ({}))", not(*negated), self.query(subquery, None)?)
            }
            Expr::Subquery(query) => format!("({})", self.query(query, None)?),
            Expr::Function(call) => self.call(call)?,
            _ => return self.test(expression),
        })
    }

    /// Questions about one value.
    fn test(&mut self, expression: &Expr) -> Result<String, SelectError> {
        Ok(match expression {
            Expr::IsNull(inner) => format!("({} IS NULL)", self.expression(inner)?),
            Expr::IsNotNull(inner) => format!("({} IS NOT NULL)", self.expression(inner)?),
            Expr::IsTrue(inner) => format!("({} IS TRUE)", self.expression(inner)?),
            Expr::IsNotTrue(inner) => format!("({} IS NOT TRUE)", self.expression(inner)?),
            Expr::IsFalse(inner) => format!("({} IS FALSE)", self.expression(inner)?),
            Expr::IsNotFalse(inner) => format!("({} IS NOT FALSE)", self.expression(inner)?),
            Expr::IsDistinctFrom(left, right) => {
                format!("({} IS DISTINCT FROM {})", self.expression(left)?, self.expression(right)?)
            }
            Expr::IsNotDistinctFrom(left, right) => {
                format!("({} IS NOT DISTINCT FROM {})", self.expression(left)?, self.expression(right)?)
            }
            _ => return self.of_text(expression),
        })
    }

    /// What PostgreSQL writes for texts in words of its own.
    fn of_text(&mut self, expression: &Expr) -> Result<String, SelectError> {
        Ok(match expression {
            Expr::Like { negated, any, expr, pattern, escape_char } => {
                none("LIKE ANY", *any || escape_char.is_some())?;
                format!("({} {}LIKE {})", self.text(expr)?, not(*negated), like(pattern, false)?)
            }
            Expr::ILike { negated, any, expr, pattern, escape_char } => {
                none("ILIKE ANY", *any || escape_char.is_some())?;
                format!("(lower({}) {}LIKE {})", self.text(expr)?, not(*negated), like(pattern, true)?)
            }
            Expr::Position { expr, r#in } => format!("strpos({}, {})", self.text(r#in)?, self.text(expr)?),
            Expr::Substring { expr, substring_from: Some(from), substring_for, special: _, shorthand: _ } => {
                let mut parts = vec![self.text(expr)?, self.expression(from)?];
                if let Some(count) = substring_for {
                    parts.push(self.expression(count)?);
                }
                format!("substring({})", parts.join(", "))
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters: None } => {
                let function = match trim_where {
                    None | Some(TrimWhereField::Both) => "trim",
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                };
                let mut parts = vec![self.text(expr)?];
                if let Some(what) = trim_what {
                    parts.push(self.text(what)?);
                }
                format!("{function}({})", parts.join(", "))
            }
            _ => return refused("this kind of expression"),
        })
    }

    /// The expression as text: functions of text take nothing else.
    fn text(&mut self, expression: &Expr) -> Result<String, SelectError> {
        Ok(format!("CAST({} AS VARCHAR)", self.expression(expression)?))
    }

    fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<String, SelectError> {
        let sign = match op {
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "%",
            BinaryOperator::StringConcat => "||",
            BinaryOperator::Gt => ">",
            BinaryOperator::Lt => "<",
            BinaryOperator::GtEq => ">=",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Eq => "=",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::And => "AND",
            BinaryOperator::Or => "OR",
            _ => return refused("this sign"),
        };
        // A chain of one sign is a tree as deep as it is long: it is walked, not climbed.
        let mut parts = vec![right];
        let mut first = left;
        while let Expr::BinaryOp { left, op: own, right } = first
            && own == op
        {
            parts.push(right);
            first = left;
        }
        parts.push(first);
        parts.reverse();
        if *op == BinaryOperator::StringConcat {
            self.grown(parts.len())?;
        }
        let mut written = Vec::with_capacity(parts.len());
        for part in parts {
            written.push(if sign == "||" { self.text(part)? } else { self.expression(part)? });
        }
        Ok(format!("({})", written.join(&format!(" {sign} "))))
    }

    fn grown(&mut self, times: usize) -> Result<(), SelectError> {
        self.growth = self.growth.saturating_mul(times.max(1));
        none("so much joining of texts", self.growth > MAX_GROWTH)
    }

    fn call(&mut self, call: &Call) -> Result<String, SelectError> {
        let Call { name: of, uses_odbc_syntax, parameters, args, within_group, filter, null_treatment, over } = call;
        let Ok(given) = single(of) else { return not_authorized(&of.to_string()) };
        let Some(own) = function(&given) else { return not_authorized(&given) };
        none("{fn …}", *uses_odbc_syntax || *parameters != FunctionArguments::None)?;
        none("WITHIN GROUP", !within_group.is_empty() || null_treatment.is_some())?;
        none("OVER", over.is_some())?;
        let FunctionArguments::List(FunctionArgumentList { duplicate_treatment, args, clauses }) = args else {
            return not_authorized(&given);
        };
        none("an order within a function", !clauses.is_empty())?;
        let is_distinct = *duplicate_treatment == Some(DuplicateTreatment::Distinct);
        none("DISTINCT or FILTER in this function", (is_distinct || filter.is_some()) && !own.sums_up)?;
        let mut arguments = Vec::new();
        for argument in args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => arguments.push(expression),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if own.name == "count" && args.len() == 1 => {}
                _ => return refused("this kind of argument"),
            }
        }
        let counts_rows = arguments.is_empty() && args.len() == 1;
        let (fewest, most) = own.arguments;
        if !counts_rows && !(fewest..=most).contains(&arguments.len()) {
            return Err(SelectError::Refused(format!("{} takes {fewest} to {most} arguments", own.name)));
        }
        let written = match (own.name, arguments.as_slice()) {
            _ if counts_rows => "*".to_owned(),
            ("date_part" | "date_trunc", [field, value]) => {
                let Expr::Value(field) = field else { return refused("a computed part of a date") };
                let field = part(field.value.clone().into_string().unwrap_or_default().as_str())?;
                format!("'{field}', {}", self.expression(value)?)
            }
            ("replace", [value, from, to]) => {
                let Some(to) = plain(to) else { return refused("a computed replacement") };
                self.grown(to.chars().count())?;
                format!("{}, {}, {}", self.text(value)?, self.text(from)?, text(to))
            }
            ("concat", parts) => {
                self.grown(parts.len())?;
                self.texts(parts)?
            }
            (
                "lower" | "upper" | "length" | "strlen" | "trim" | "ltrim" | "rtrim" | "strpos" | "starts_with"
                | "reverse",
                parts,
            ) => self.texts(parts)?,
            ("substring" | "left" | "right" | "split_part", [value, rest @ ..]) => {
                let mut written = vec![self.text(value)?];
                for each in rest {
                    written.push(self.expression(each)?);
                }
                written.join(", ")
            }
            (_, parts) => {
                let mut written = Vec::with_capacity(parts.len());
                for part in parts {
                    written.push(self.expression(part)?);
                }
                written.join(", ")
            }
        };
        let distinct = if is_distinct { "DISTINCT " } else { "" };
        let filter = match filter {
            Some(condition) => format!(" FILTER (WHERE {})", self.expression(condition)?),
            None => String::new(),
        };
        Ok(format!("{}({distinct}{written}){filter}", own.name))
    }

    fn texts(&mut self, parts: &[&Expr]) -> Result<String, SelectError> {
        let written = parts.iter().map(|part| self.text(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(written.join(", "))
    }
}

fn not_authorized<T>(name: &str) -> Result<T, SelectError> {
    Err(SelectError::Forbidden(format!("Not authorized to call function {}", super::short(name))))
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The text of an expression that is one.
fn plain(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn literal(value: &Value) -> Result<String, SelectError> {
    Ok(match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(true) => "TRUE".to_owned(),
        Value::Boolean(false) => "FALSE".to_owned(),
        Value::SingleQuotedString(own) => text(own),
        Value::Number(digits, false) if is_number(digits) => digits.clone(),
        _ => return refused("this way to write a value"),
    })
}

/// Digits with at most one point, and an exponent of at most three digits.
fn is_number(text: &str) -> bool {
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    text.len() <= 40
        && !(whole.is_empty() && fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && (1..=3).contains(&exponent.len())
        && all_digits(exponent)
}

fn part(name: &str) -> Result<&'static str, SelectError> {
    let name = name.trim_matches('\'').to_ascii_lowercase();
    match PARTS.iter().find(|part| **part == name) {
        Some(part) => Ok(part),
        None => refused("this part of a date"),
    }
}

/// A pattern of LIKE: a text as it stands, with so few signs that no text takes long to be held against it.
fn like(pattern: &Expr, folded: bool) -> Result<String, SelectError> {
    let Some(pattern) = plain(pattern) else { return refused("a computed pattern of LIKE") };
    let many = pattern.matches('%').count();
    let is_simple = !pattern.contains(['_', '\\']);
    none("a pattern with so many signs", many > if is_simple { 8 } else { 2 })?;
    let pattern = if folded { pattern.to_lowercase() } else { pattern.to_owned() };
    // PostgreSQL's sign before a sign that means itself.
    let escape = if pattern.contains('\\') { " ESCAPE '\\'" } else { "" };
    Ok(format!("{}{escape}", text(&pattern)))
}

/// The type of a cast.
fn kind(name: &str) -> Result<&'static str, SelectError> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "TEXT" | "VARCHAR" | "CHARACTER VARYING" => "VARCHAR",
        "SMALLINT" | "INT2" => "SMALLINT",
        "INT" | "INTEGER" | "INT4" => "INTEGER",
        "BIGINT" | "INT8" => "BIGINT",
        "NUMERIC" | "DECIMAL" | "DOUBLE PRECISION" | "FLOAT8" | "FLOAT" => "DOUBLE",
        "REAL" | "FLOAT4" => "FLOAT",
        "BOOLEAN" | "BOOL" => "BOOLEAN",
        "DATE" => "DATE",
        "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => "TIMESTAMP",
        _ => return refused("a cast to this type"),
    })
}
