//! The functions that may be called: PostgreSQL's names, and what is written for them.

/// A function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    /// What DuckDB calls it.
    pub name: &'static str,
    /// Fewest and most arguments.
    pub arguments: (usize, usize),
    /// Whether it sums up rows.
    pub sums_up: bool,
}

const fn one(name: &'static str, fewest: usize, most: usize) -> Function {
    Function { name, arguments: (fewest, most), sums_up: false }
}

const fn sum(name: &'static str, arguments: usize) -> Function {
    Function { name, arguments: (arguments, arguments), sums_up: true }
}

/// The function of a name, compared without case. None of these reads anything but its arguments, and none makes a text
/// longer than they are (`concat` and `replace` are weighed by the caller).
pub(super) fn function(name: &str) -> Option<Function> {
    Some(match name.to_ascii_lowercase().as_str() {
        "lower" => one("lower", 1, 1),
        "upper" => one("upper", 1, 1),
        "length" | "char_length" | "character_length" => one("length", 1, 1),
        "octet_length" => one("strlen", 1, 1),
        "btrim" => one("trim", 1, 2),
        "ltrim" => one("ltrim", 1, 2),
        "rtrim" => one("rtrim", 1, 2),
        "substr" | "substring" => one("substring", 2, 3),
        "left" => one("left", 2, 2),
        "right" => one("right", 2, 2),
        "strpos" => one("strpos", 2, 2),
        "starts_with" => one("starts_with", 2, 2),
        "reverse" => one("reverse", 1, 1),
        "concat" => one("concat", 1, 9),
        "replace" => one("replace", 3, 3),
        "split_part" => one("split_part", 3, 3),
        "coalesce" => one("coalesce", 1, 20),
        "nullif" => one("nullif", 2, 2),
        "greatest" => one("greatest", 1, 20),
        "least" => one("least", 1, 20),
        "abs" => one("abs", 1, 1),
        "ceil" | "ceiling" => one("ceil", 1, 1),
        "floor" => one("floor", 1, 1),
        "round" => one("round", 1, 2),
        "trunc" => one("trunc", 1, 1),
        "sign" => one("sign", 1, 1),
        "sqrt" => one("sqrt", 1, 1),
        "power" | "pow" => one("power", 2, 2),
        "exp" => one("exp", 1, 1),
        "ln" => one("ln", 1, 1),
        "log" | "log10" => one("log10", 1, 1),
        "mod" => one("mod", 2, 2),
        "sin" => one("sin", 1, 1),
        "cos" => one("cos", 1, 1),
        "tan" => one("tan", 1, 1),
        "asin" => one("asin", 1, 1),
        "acos" => one("acos", 1, 1),
        "atan" => one("atan", 1, 1),
        "atan2" => one("atan2", 2, 2),
        "degrees" => one("degrees", 1, 1),
        "radians" => one("radians", 1, 1),
        "pi" => one("pi", 0, 0),
        "date_part" => one("date_part", 2, 2),
        "date_trunc" => one("date_trunc", 2, 2),
        "count" => sum("count", 1),
        "sum" => sum("sum", 1),
        "avg" => sum("avg", 1),
        "min" => sum("min", 1),
        "max" => sum("max", 1),
        "stddev" | "stddev_samp" => sum("stddev_samp", 1),
        "stddev_pop" => sum("stddev_pop", 1),
        "variance" | "var_samp" => sum("var_samp", 1),
        "var_pop" => sum("var_pop", 1),
        "corr" => sum("corr", 2),
        "bool_and" | "every" => sum("bool_and", 1),
        "bool_or" => sum("bool_or", 1),
        _ => return None,
    })
}
