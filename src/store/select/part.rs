//! Small parts of a statement, checked: names, aliases, limits, what a join must say.

use sqlparser::ast::{Expr, Ident, LimitClause, ObjectName, TableAlias, WildcardAdditionalOptions};

use super::SelectError;
use crate::store::quoted;

pub(super) fn refused<T>(what: &str) -> Result<T, SelectError> {
    Err(SelectError::Refused(format!("{what} is not offered in a query")))
}

/// Refuses where something stands that would be left out.
pub(super) fn none(what: &str, is_there: bool) -> Result<(), SelectError> {
    if is_there { refused(what) } else { Ok(()) }
}

pub(super) fn limits(clause: Option<&LimitClause>) -> Result<(Option<u64>, Option<u64>), SelectError> {
    match clause {
        None => Ok((None, None)),
        Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
            none("LIMIT BY", !limit_by.is_empty())?;
            let limit = limit.as_ref().map(whole).transpose()?;
            Ok((limit, offset.as_ref().map(|offset| whole(&offset.value)).transpose()?))
        }
        Some(LimitClause::OffsetCommaLimit { .. }) => refused("LIMIT with a comma"),
    }
}

/// A number as it stands, of at most fifteen digits: nothing to compute.
fn whole(expression: &Expr) -> Result<u64, SelectError> {
    let text = match expression {
        Expr::Value(value) => value.to_string(),
        _ => String::new(),
    };
    let number = Some(text).filter(|text| (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()));
    number
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| SelectError::Refused("LIMIT and OFFSET take a whole number".to_owned()))
}

/// Whether an equation of columns of two tables must hold: `a.x = b.y`, alone or beside others.
pub(super) fn equates(condition: &Expr) -> bool {
    use sqlparser::ast::BinaryOperator as Sign;
    match condition {
        Expr::Nested(inner) => equates(inner),
        Expr::BinaryOp { left, op: Sign::And, right } => equates(left) || equates(right),
        Expr::BinaryOp { left, op: Sign::Eq, right } => match (left.as_ref(), right.as_ref()) {
            (Expr::CompoundIdentifier(left), Expr::CompoundIdentifier(right)) => {
                left.len() == 2 && right.len() == 2 && left[0].value != right[0].value
            }
            _ => false,
        },
        _ => false,
    }
}

pub(super) fn plain_wildcard(options: &WildcardAdditionalOptions) -> Result<(), SelectError> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let is_plain = opt_ilike.is_none()
        && opt_exclude.is_none()
        && opt_except.is_none()
        && opt_replace.is_none()
        && opt_rename.is_none()
        && opt_alias.is_none();
    none("a changed *", !is_plain)
}

/// The name of an alias and its columns as they are written behind it.
pub(super) fn plain_alias(alias: &TableAlias) -> Result<(String, String), SelectError> {
    none("AT", alias.at.is_some())?;
    let mut names = Vec::new();
    for column in &alias.columns {
        none("a column with a type", column.data_type.is_some())?;
        names.push(name(&column.name)?);
    }
    let columns = if names.is_empty() { String::new() } else { format!("({})", names.join(", ")) };
    checked(&alias.name)?;
    Ok((alias.name.value.clone(), columns))
}

/// The one part of a name that has no more.
pub(super) fn single(of: &ObjectName) -> Result<String, SelectError> {
    match of.0.as_slice() {
        [part] => match part.as_ident() {
            Some(ident) => {
                checked(ident)?;
                Ok(ident.value.clone())
            }
            None => refused("a computed name"),
        },
        _ => refused("a name of several parts"),
    }
}

/// A name as it is written.
pub(super) fn name(ident: &Ident) -> Result<String, SelectError> {
    checked(ident)?;
    Ok(quoted(&ident.value))
}

fn checked(ident: &Ident) -> Result<(), SelectError> {
    let is_plain = matches!(ident.quote_style, None | Some('"')) && (1..=256).contains(&ident.value.len());
    none("this kind of quoted name", !is_plain)
}
