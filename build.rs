//! Fails the build where a wording is missing in one of the languages, stands twice, or cannot be read.
//!
//! The catalogues are `web/words/<language>/<area>.ftl` (Fluent). Japanese says which wordings there are; every other
//! language has the same, no more and no fewer, with the same places to fill in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, process};

use fluent_syntax::ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;

const WORDS: &str = "web/words";
/// Where wordings are asked for.
const ASKING: [&str; 2] = ["src/http", "web/templates"];
const LANGUAGES: [&str; 3] = ["ja", "ja-yasashii", "en"];

/// The places to fill in of each wording, by its name.
type Wordings = BTreeMap<String, BTreeSet<String>>;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={WORDS}");
    for folder in ASKING {
        println!("cargo::rerun-if-changed={folder}");
    }
    let mut faults = Vec::new();
    let all = LANGUAGES.map(|language| wordings(language, &mut faults));
    let [japanese, others @ ..] = &all;
    for (language, other) in LANGUAGES.iter().skip(1).zip(others) {
        for (name, places) in japanese {
            match other.get(name) {
                None => faults.push(format!("{WORDS}/{language}: the wording {name} is missing")),
                Some(found) if found != places => faults.push(format!(
                    "{WORDS}/{language}: {name} fills in {found:?}, in {} it fills in {places:?}",
                    LANGUAGES[0]
                )),
                Some(_) => {}
            }
        }
        for name in other.keys().filter(|name| !japanese.contains_key(*name)) {
            faults.push(format!("{WORDS}/{}: the wording {name} is missing", LANGUAGES[0]));
        }
    }
    for folder in ASKING {
        asked(Path::new(folder), japanese, &mut faults);
    }
    if !faults.is_empty() {
        for fault in faults {
            println!("cargo::error={fault}");
        }
        process::exit(1);
    }
}

/// Looks for wordings that are asked for by name and stand nowhere.
fn asked(folder: &Path, known: &Wordings, faults: &mut Vec<String>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            asked(&path, known, faults);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        // Tests of the module itself ask for what is not there.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in ["say(\"", "tell(\"", "ruby(\"", "rich(\"", "filled(\"", "tell_two(\""] {
            for (_, rest) in text.match_indices(call).map(|(at, _)| text.split_at(at + call.len())) {
                let name = rest.split('"').next().unwrap_or_default();
                if !known.contains_key(name) {
                    faults.push(format!("{}: asks for the wording {name}, which stands nowhere", path.display()));
                }
            }
        }
    }
}

/// All wordings of a language.
fn wordings(language: &str, faults: &mut Vec<String>) -> Wordings {
    let folder = Path::new(WORDS).join(language);
    let mut found = Wordings::new();
    let Ok(entries) = fs::read_dir(&folder) else {
        faults.push(format!("{}: cannot be read", folder.display()));
        return found;
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "ftl")) {
        let shown = file.display();
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                faults.push(format!("{shown}: {error}"));
                continue;
            }
        };
        match parse(text.as_str()) {
            Err((_, errors)) => faults.extend(errors.iter().map(|error| format!("{shown}: {error}"))),
            Ok(resource) => {
                for entry in &resource.body {
                    let Entry::Message(message) = entry else { continue };
                    let mut places = BTreeSet::new();
                    if let Some(pattern) = &message.value {
                        of_pattern(pattern, &mut places);
                    }
                    if found.insert(message.id.name.to_owned(), places).is_some() {
                        faults.push(format!("{shown}: the wording {} stands twice", message.id.name));
                    }
                }
            }
        }
    }
    found
}

fn of_pattern(pattern: &Pattern<&str>, places: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, places);
        }
    }
}

fn of_expression(expression: &Expression<&str>, places: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, places),
        Expression::Select { selector, variants } => {
            of_inline(selector, places);
            for variant in variants {
                of_pattern(&variant.value, places);
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, places: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            places.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments: CallArguments { positional, named }, .. } => {
            for argument in positional.iter().chain(named.iter().map(|argument| &argument.value)) {
                of_inline(argument, places);
            }
        }
        InlineExpression::Placeable { expression } => of_expression(expression, places),
        _ => {}
    }
}
