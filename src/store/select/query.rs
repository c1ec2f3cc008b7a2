//! The parts of a SELECT around its expressions: tables, joins, groups, order, limits.

use std::fmt::Write as _;

use sqlparser::ast::{
    Cte, Distinct, Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, ObjectName, OrderBy, OrderByExpr,
    OrderByKind, OrderBySort, Query, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    SetOperator, SetQuantifier, TableAlias, TableFactor, TableWithJoins,
};

use super::part::{equates, limits, name, none, plain_alias, plain_wildcard, refused, single};
use super::{MAX_ROWS, SelectError};
use crate::model::catalogue::Table;
use crate::store::quoted;

/// Most tables of a statement, each time it stands in a FROM counted.
const MAX_TABLES: usize = 6;
/// Most selections of a statement, one within or beside the other.
const MAX_SELECTS: usize = 12;

/// Writes a checked statement.
pub(super) struct Writer<'w, 'a> {
    table: &'w dyn Fn(&str) -> Option<&'a Table>,
    /// Names given by WITH, as they are written, and what is written for them; the nearest last.
    named: Vec<(String, String)>,
    named_so_far: usize,
    tables: Vec<String>,
    tables_so_far: usize,
    selects_so_far: usize,
    /// How many times longer than its arguments a text may become.
    pub(super) growth: usize,
}

impl<'w, 'a> Writer<'w, 'a> {
    pub(super) fn new(table: &'w dyn Fn(&str) -> Option<&'a Table>) -> Self {
        Self {
            table,
            named: Vec::new(),
            named_so_far: 0,
            tables: Vec::new(),
            tables_so_far: 0,
            selects_so_far: 0,
            growth: 1,
        }
    }

    pub(super) fn into_tables(self) -> Vec<String> {
        self.tables
    }

    /// The statement itself: never more rows than an answer holds, and one more to see that there are more.
    pub(super) fn outermost(&mut self, query: &Query) -> Result<String, SelectError> {
        self.query(query, Some(MAX_ROWS as u64 + 1))
    }

    pub(super) fn query(&mut self, query: &Query, most: Option<u64>) -> Result<String, SelectError> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        none("FETCH", fetch.is_some())?;
        none("FOR UPDATE", !locks.is_empty() || for_clause.is_some())?;
        none("SETTINGS", settings.is_some() || format_clause.is_some() || !pipe_operators.is_empty())?;
        let before = self.named.len();
        let mut sql = String::new();
        if let Some(with) = with {
            none("WITH RECURSIVE", with.recursive)?;
            let mut parts = Vec::new();
            for cte in &with.cte_tables {
                parts.push(self.named(cte)?);
            }
            sql = format!("WITH {} ", parts.join(", "));
        }
        sql.push_str(&self.body(body)?);
        if let Some(order) = order_by {
            let _ = write!(sql, " ORDER BY {}", self.order(order)?);
        }
        let (limit, offset) = limits(limit_clause.as_ref())?;
        if let Some(limit) = limit.into_iter().chain(most).min() {
            let _ = write!(sql, " LIMIT {limit}");
        }
        if let Some(offset) = offset {
            let _ = write!(sql, " OFFSET {offset}");
        }
        self.named.truncate(before);
        Ok(sql)
    }

    fn named(&mut self, cte: &Cte) -> Result<String, SelectError> {
        let Cte { alias, query, from, materialized, closing_paren_token: _ } = cte;
        none("WITH … FROM", from.is_some())?;
        none("MATERIALIZED", materialized.is_some())?;
        let (name, columns) = plain_alias(alias)?;
        let inner = self.query(query, None)?;
        self.named_so_far += 1;
        let own = quoted(&format!("with {}", self.named_so_far));
        self.named.push((name, own.clone()));
        Ok(format!("{own}{columns} AS ({inner})"))
    }

    fn body(&mut self, body: &SetExpr) -> Result<String, SelectError> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => Ok(format!("({})", self.query(query, None)?)),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let word = match op {
                    SetOperator::Union => "UNION",
                    SetOperator::Except => "EXCEPT",
                    SetOperator::Intersect => "INTERSECT",
                    SetOperator::Minus => return refused("MINUS"),
                };
                let all = match set_quantifier {
                    SetQuantifier::None | SetQuantifier::Distinct => "",
                    SetQuantifier::All => " ALL",
                    _ => return refused("BY NAME"),
                };
                let left = self.body(left)?;
                Ok(format!("{left} {word}{all} {}", self.body(right)?))
            }
            _ => refused("anything but SELECT"),
        }
    }

    fn select(&mut self, select: &Select) -> Result<String, SelectError> {
        self.selects_so_far += 1;
        if self.selects_so_far > MAX_SELECTS {
            return refused("more than twelve selections");
        }
        only_usual_parts(select)?;
        let Select { distinct, projection, from, selection, group_by, having, .. } = select;
        let mut sql = "SELECT ".to_owned();
        match distinct {
            None | Some(Distinct::All) => {}
            Some(Distinct::Distinct) => sql.push_str("DISTINCT "),
            Some(Distinct::On(keys)) => sql = format!("{sql}DISTINCT ON ({}) ", self.list(keys)?),
        }
        // FROM first: what it names is what the expressions may use.
        let from = match from.as_slice() {
            [] => String::new(),
            [one] => format!(" FROM {}", self.joined(one)?),
            _ => return refused("several tables without JOIN … ON"),
        };
        let mut items = Vec::new();
        for item in projection {
            items.push(self.item(item, !from.is_empty())?);
        }
        sql.push_str(&items.join(", "));
        sql.push_str(&from);
        if let Some(condition) = selection {
            let _ = write!(sql, " WHERE {}", self.expression(condition)?);
        }
        match group_by {
            GroupByExpr::All(_) => return refused("GROUP BY ALL"),
            GroupByExpr::Expressions(keys, modifiers) => {
                none("ROLLUP", !modifiers.is_empty())?;
                if !keys.is_empty() {
                    let _ = write!(sql, " GROUP BY {}", self.list(keys)?);
                }
            }
        }
        if let Some(condition) = having {
            let _ = write!(sql, " HAVING {}", self.expression(condition)?);
        }
        Ok(sql)
    }

    fn item(&mut self, item: &SelectItem, has_table: bool) -> Result<String, SelectError> {
        match item {
            SelectItem::UnnamedExpr(expression) => self.expression(expression),
            SelectItem::ExprWithAlias { expr, alias } => Ok(format!("{} AS {}", self.expression(expr)?, name(alias)?)),
            SelectItem::Wildcard(options) if has_table => {
                plain_wildcard(options)?;
                Ok("*".to_owned())
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(of), options) => {
                plain_wildcard(options)?;
                Ok(format!("{}.*", quoted(&single(of)?)))
            }
            _ => refused("this item of the selection"),
        }
    }

    fn joined(&mut self, from: &TableWithJoins) -> Result<String, SelectError> {
        let mut sql = self.factor(&from.relation)?;
        for Join { relation, global, join_operator } in &from.joins {
            none("GLOBAL", *global)?;
            let (word, constraint) = match join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) => ("JOIN", on),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => ("LEFT JOIN", on),
                JoinOperator::Right(on) | JoinOperator::RightOuter(on) => ("RIGHT JOIN", on),
                JoinOperator::FullOuter(on) => ("FULL JOIN", on),
                _ => return refused("this kind of join (JOIN … ON and LEFT JOIN … ON are)"),
            };
            let right = self.factor(relation)?;
            let on = match constraint {
                JoinConstraint::On(condition) if equates(condition) => format!("ON {}", self.expression(condition)?),
                JoinConstraint::Using(columns) if !columns.is_empty() => {
                    let names = columns.iter().map(|own| Ok(quoted(&single(own)?)));
                    format!("USING ({})", names.collect::<Result<Vec<_>, SelectError>>()?.join(", "))
                }
                _ => return refused("a join that does not equate a column of each table (a.x = b.y)"),
            };
            let _ = write!(sql, " {word} {right} {on}");
        }
        Ok(sql)
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<String, SelectError> {
        match factor {
            TableFactor::Table {
                name: of,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_directives,
                inheritance,
            } => {
                if args.is_some() {
                    let name = of.to_string();
                    return Err(SelectError::Forbidden(format!(
                        "Not authorized to call function {}",
                        super::short(&name)
                    )));
                }
                none("TABLESAMPLE", sample.is_some())?;
                none(
                    "this way to name a table",
                    !with_hints.is_empty()
                        || version.is_some()
                        || *with_ordinality
                        || !partitions.is_empty()
                        || json_path.is_some()
                        || !index_directives.is_empty()
                        || inheritance.is_some(),
                )?;
                self.source(of, alias.as_ref())
            }
            TableFactor::Derived { lateral, subquery, alias, sample } => {
                none("LATERAL", *lateral)?;
                none("TABLESAMPLE", sample.is_some())?;
                let Some(alias) = alias else { return refused("a selection in FROM without a name") };
                let (name, columns) = plain_alias(alias)?;
                Ok(format!("({}) AS {}{columns}", self.query(subquery, None)?, quoted(&name)))
            }
            TableFactor::TableFunction { .. } | TableFactor::Function { .. } | TableFactor::UNNEST { .. } => {
                Err(SelectError::Forbidden("Not authorized to call a function in FROM".to_owned()))
            }
            _ => refused("this kind of table"),
        }
    }

    /// A table, as the selection of its public columns.
    fn source(&mut self, of: &ObjectName, alias: Option<&TableAlias>) -> Result<String, SelectError> {
        let forbidden =
            |name: &str| SelectError::Forbidden(format!("Not authorized to read resource {}", super::short(name)));
        let Ok(name) = single(of) else { return Err(forbidden(&of.to_string())) };
        self.tables_so_far += 1;
        if self.tables_so_far > MAX_TABLES {
            return refused("more than six tables");
        }
        let (shown, columns) = match alias {
            Some(alias) => plain_alias(alias)?,
            None => (name.clone(), String::new()),
        };
        if let Some((_, own)) = self.named.iter().rev().find(|(given, _)| *given == name) {
            return Ok(format!("{own} AS {}{columns}", quoted(&shown)));
        }
        let Some(table) = (self.table)(&name) else {
            let is_system = ["pg_", "duckdb_", "sqlite_", "information_schema", "pragma_"]
                .iter()
                .any(|start| name.to_ascii_lowercase().starts_with(start));
            if is_system || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
                return Err(forbidden(&name));
            }
            return Err(SelectError::Refused(format!("relation \"{}\" does not exist", super::short(&name))));
        };
        if !self.tables.contains(&name) {
            self.tables.push(name);
        }
        let own: Vec<String> = table.shape.columns.iter().map(|column| quoted(&column.name)).collect();
        let own = std::iter::once("_id".to_owned()).chain(own).collect::<Vec<_>>().join(", ");
        Ok(format!("(SELECT {own} FROM records.{}) AS {}{columns}", quoted(&table.record_table), quoted(&shown)))
    }

    fn order(&mut self, order: &OrderBy) -> Result<String, SelectError> {
        none("INTERPOLATE", order.interpolate.is_some())?;
        let OrderByKind::Expressions(keys) = &order.kind else { return refused("ORDER BY ALL") };
        let mut parts = Vec::new();
        for OrderByExpr { expr, options, with_fill } in keys {
            none("WITH FILL", with_fill.is_some())?;
            let descending = match &options.sort {
                None | Some(OrderBySort::Asc) => false,
                Some(OrderBySort::Desc) => true,
                Some(OrderBySort::Using(_)) => return refused("ORDER BY … USING"),
            };
            // Without a word about them, rows without a value stand where PostgreSQL puts them.
            let nulls = if options.nulls_first.unwrap_or(descending) { "FIRST" } else { "LAST" };
            let direction = if descending { "DESC" } else { "ASC" };
            parts.push(format!("{} {direction} NULLS {nulls}", self.expression(expr)?));
        }
        Ok(parts.join(", "))
    }

    pub(super) fn list(&mut self, expressions: &[Expr]) -> Result<String, SelectError> {
        let parts = expressions.iter().map(|each| self.expression(each)).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.join(", "))
    }
}

/// Refuses what no SELECT of the standard has. Every part is named, so that a new one of the parser is not passed over.
fn only_usual_parts(select: &Select) -> Result<(), SelectError> {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct: _,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection,
        exclude,
        into,
        from: _,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by: _,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        named_window,
        qualify,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    none("SELECT INTO", into.is_some())?;
    none("a hint", !optimizer_hints.is_empty() || select_modifiers.is_some())?;
    none("TOP", top.is_some())?;
    none("EXCLUDE", exclude.is_some())?;
    none("LATERAL VIEW", !lateral_views.is_empty())?;
    none("PREWHERE", prewhere.is_some())?;
    none("CONNECT BY", !connect_by.is_empty())?;
    none("SORT BY", !cluster_by.is_empty() || !distribute_by.is_empty() || !sort_by.is_empty())?;
    none("WINDOW", !named_window.is_empty())?;
    none("QUALIFY", qualify.is_some())?;
    none("SELECT AS", value_table_mode.is_some())?;
    none("FROM without SELECT", *flavor != SelectFlavor::Standard || projection.is_empty())?;
    Ok(())
}
