//! One feature as a tree: nodes in one list, linked by their places, so that neither depth nor number costs more than
//! the list.

use std::borrow::Cow;

use super::{Piece, Scanner, XmlError, local};
use crate::read::{ReadError, ReadLimits};

/// Elements of one feature: 800,000 triangles of five elements each (a flooded area of one tile has some ten thousand),
/// 72 bytes a node: 290 MB.
const ELEMENT_LIMIT: usize = 4_000_000;

/// Attributes that readers look at. Only these are kept; `id` only of the feature itself.
const KEPT: [&str; 11] =
    ["href", "srsName", "srsDimension", "name", "uom", "orientation", "nil", "schemaUrl", "decimal", "cs", "ts"];

const NONE: u32 = u32::MAX;

struct Node<'t> {
    name: &'t str,
    text: Cow<'t, str>,
    first_attribute: u32,
    attributes: u32,
    first_child: u32,
    next: u32,
}

/// The tree of one element.
pub(in crate::read) struct Tree<'t> {
    nodes: Vec<Node<'t>>,
    attributes: Vec<(String, String)>,
}

/// One element of a tree.
#[derive(Clone, Copy)]
pub(in crate::read) struct Element<'a, 't> {
    tree: &'a Tree<'t>,
    at: u32,
}

impl<'t> Tree<'t> {
    /// Builds the tree of the element that a text is. `whole` is the text it is a piece of, to count lines.
    pub(in crate::read) fn parse(
        whole: &'t str,
        range: std::ops::Range<usize>,
        part: &'static str,
        limits: &ReadLimits,
    ) -> Result<Self, ReadError> {
        let mut scanner = Scanner::within(whole, range, part, limits);
        let mut tree = Self { nodes: Vec::new(), attributes: Vec::new() };
        // The elements that are open, each with its last child so far.
        let mut open: Vec<(u32, u32)> = Vec::new();
        while let Some(piece) = scanner.next()? {
            match piece {
                Piece::Start { name, tag, .. } => {
                    if tree.nodes.len() >= ELEMENT_LIMIT {
                        return Err(XmlError::FeatureTooLarge { line: scanner.line(0), limit: ELEMENT_LIMIT }.into());
                    }
                    let index = u32::try_from(tree.nodes.len()).unwrap_or(NONE);
                    let first = u32::try_from(tree.attributes.len()).unwrap_or(NONE);
                    let is_root = open.is_empty();
                    let attributes = &mut tree.attributes;
                    scanner.attributes(
                        &tag,
                        |name| KEPT.contains(&name) || is_root && name == "id",
                        |name, value| attributes.push((name.to_owned(), value)),
                    )?;
                    tree.nodes.push(Node {
                        name,
                        text: Cow::Borrowed(""),
                        first_attribute: first,
                        attributes: u32::try_from(tree.attributes.len()).unwrap_or(NONE).saturating_sub(first),
                        first_child: NONE,
                        next: NONE,
                    });
                    if let Some((parent, last)) = open.last_mut() {
                        let (parent, before) = (*parent, std::mem::replace(last, index));
                        let link = if before == NONE { parent } else { before };
                        if let Some(node) = tree.nodes.get_mut(link as usize) {
                            *(if before == NONE { &mut node.first_child } else { &mut node.next }) = index;
                        }
                    }
                    open.push((index, NONE));
                }
                Piece::End { .. } => {
                    open.pop();
                }
                Piece::Text(text) => {
                    let Some(node) = open.last().and_then(|(at, _)| tree.nodes.get_mut(*at as usize)) else { continue };
                    if node.text.is_empty() {
                        // Blanks between elements are layout.
                        if !text.trim_start().is_empty() {
                            node.text = text;
                        }
                    } else {
                        node.text.to_mut().push_str(&text);
                    }
                }
            }
        }
        if tree.nodes.is_empty() {
            return Err(XmlError::Broken { line: scanner.line(0), detail: "EOF".to_owned() }.into());
        }
        Ok(tree)
    }

    /// The outermost element.
    pub(in crate::read) fn root(&self) -> Element<'_, 't> {
        Element { tree: self, at: 0 }
    }
}

impl<'a, 't> Element<'a, 't> {
    fn node(self) -> Option<&'a Node<'t>> {
        self.tree.nodes.get(self.at as usize)
    }

    /// Its name with prefix.
    pub(in crate::read) fn name(self) -> &'t str {
        self.node().map_or("", |node| node.name)
    }

    /// Its name without prefix.
    pub(in crate::read) fn local(self) -> &'t str {
        local(self.name())
    }

    /// The text directly inside, blanks around it left out.
    pub(in crate::read) fn text(self) -> &'a str {
        self.node().map_or("", |node| node.text.trim())
    }

    /// An attribute by its name without prefix.
    pub(in crate::read) fn attribute(self, name: &str) -> Option<&'a str> {
        let node = self.node()?;
        let from = node.first_attribute as usize;
        let all = self.tree.attributes.get(from..from + node.attributes as usize)?;
        all.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The elements directly inside.
    pub(in crate::read) fn children(self) -> impl Iterator<Item = Self> + use<'a, 't> {
        let step = move |at: u32| (at != NONE).then_some(Self { tree: self.tree, at });
        let first = self.node().and_then(|node| step(node.first_child));
        std::iter::successors(first, move |element| element.node().and_then(|node| step(node.next)))
    }

    /// The first element directly inside of this name.
    pub(in crate::read) fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.local() == name)
    }

    /// Whether it holds no elements.
    pub(in crate::read) fn is_leaf(self) -> bool {
        self.node().is_none_or(|node| node.first_child == NONE)
    }
}
