//! A tree that still changes: links beside the nodes, and its layout in document order.

use super::building::{JOINED, NONE};
use super::tree::{Kind, Node};

#[derive(Clone, Copy)]
struct Link {
    first: u32,
    last: u32,
    previous: u32,
    next: u32,
}

const UNLINKED: Link = Link { first: NONE, last: NONE, previous: NONE, next: NONE };

/// The links of all nodes. A node's parent stands in the node; a root names itself.
pub(super) struct Links(Vec<Link>);

/// A tree laid out in document order.
pub(super) struct Laid {
    pub nodes: Vec<Node>,
    /// The new number of every old node; [`NONE`] if it is in no tree.
    pub new_ids: Vec<u32>,
    /// (template element, root of its contents)
    pub templates: Vec<(u32, u32)>,
}

impl Links {
    /// The links of a tree in document order.
    pub fn of(nodes: &[Node]) -> Links {
        let mut links = Links(Vec::with_capacity(nodes.len() * 2));
        links.0.resize(nodes.len(), UNLINKED);
        for (id, node) in nodes.iter().enumerate() {
            if node.parent != NONE && node.parent != id as u32 {
                links.attach(node.parent, NONE, id as u32);
            }
        }
        links
    }

    fn at(&mut self, id: u32) -> &mut Link {
        &mut self.0[id as usize]
    }

    /// A new node, in no tree.
    pub fn push(&mut self) {
        self.0.push(UNLINKED);
    }

    pub fn first_child(&self, id: u32) -> u32 {
        self.0[id as usize].first
    }

    /// The next sibling.
    pub fn next(&self, id: u32) -> u32 {
        self.0[id as usize].next
    }

    /// The sibling before `next` in `parent`; the last child if `next` is [`NONE`].
    pub fn before(&self, parent: u32, next: u32) -> u32 {
        if next == NONE { self.0[parent as usize].last } else { self.0[next as usize].previous }
    }

    fn attach(&mut self, parent: u32, next: u32, id: u32) {
        let previous = self.before(parent, next);
        if previous != NONE {
            self.at(previous).next = id
        } else {
            self.at(parent).first = id
        }
        if next != NONE {
            self.at(next).previous = id
        } else {
            self.at(parent).last = id
        }
        let link = self.at(id);
        (link.previous, link.next) = (previous, next);
    }

    /// Takes a node out of its tree.
    pub fn detach(&mut self, nodes: &mut [Node], id: u32) {
        let parent = std::mem::replace(&mut nodes[id as usize].parent, NONE);
        if parent == NONE {
            return;
        }
        let Link { previous, next, .. } = *self.at(id);
        if previous != NONE {
            self.at(previous).next = next
        } else {
            self.at(parent).first = next
        }
        if next != NONE {
            self.at(next).previous = previous
        } else {
            self.at(parent).last = previous
        }
        let link = self.at(id);
        (link.previous, link.next) = (NONE, NONE);
    }

    /// Puts a node into `parent`, before `next` or at the end.
    pub fn insert(&mut self, nodes: &mut [Node], parent: u32, next: u32, id: u32) {
        self.detach(nodes, id);
        self.attach(parent, next, id);
        nodes[id as usize].parent = parent;
    }

    /// Moves the children of `from` to the end of `to`.
    pub fn reparent(&mut self, nodes: &mut [Node], from: u32, to: u32) {
        loop {
            let child = self.first_child(from);
            if child == NONE {
                return;
            }
            self.insert(nodes, to, NONE, child);
        }
    }

    /// Lays the trees out in document order: the document, then the contents of the templates.
    /// `templates` are the template elements in order; each one's contents are the node behind
    /// it. No recursion: the links are the stack.
    pub fn lay_out(self, nodes: Vec<Node>, text: &mut String, templates: &[u32]) -> Laid {
        let mut laid = Laid {
            nodes: Vec::with_capacity(nodes.len()),
            new_ids: vec![NONE; nodes.len()],
            templates: Vec::new(),
        };
        let mut roots = std::collections::VecDeque::from([(NONE, 0u32)]);
        while let Some((template, root)) = roots.pop_front() {
            if template != NONE {
                laid.templates.push((template, laid.nodes.len() as u32));
            }
            let mut id = root;
            'tree: loop {
                let node = nodes[id as usize];
                if node.line == JOINED && node.kind == Kind::Text {
                    laid.join(&node, text);
                    laid.new_ids[id as usize] = laid.nodes.len() as u32 - 1;
                } else {
                    let new = laid.nodes.len() as u32;
                    let parent = if id == root { new } else { laid.new_ids[node.parent as usize] };
                    laid.nodes.push(Node { parent, end: new + 1, ..node });
                    laid.new_ids[id as usize] = new;
                    if !templates.is_empty() && templates.binary_search(&id).is_ok() {
                        roots.push_back((new, id + 1));
                    }
                }
                let first = self.first_child(id);
                if first != NONE {
                    id = first;
                    continue;
                }
                loop {
                    let new = laid.new_ids[id as usize];
                    laid.nodes[new as usize].end = laid.nodes.len() as u32;
                    if id == root {
                        break 'tree;
                    }
                    let next = self.0[id as usize].next;
                    if next != NONE {
                        id = next;
                        break;
                    }
                    id = nodes[id as usize].parent;
                }
            }
        }
        laid.templates.sort_unstable();
        laid
    }
}

impl Laid {
    /// Adds a piece of text to the text node before it.
    fn join(&mut self, piece: &Node, text: &mut String) {
        let Some(last) = self.nodes.last_mut() else { return };
        if (last.start + last.len) as usize != text.len() {
            let moved = text.len() as u32;
            text.extend_from_within(last.start as usize..(last.start + last.len) as usize);
            last.start = moved;
        }
        text.extend_from_within(piece.start as usize..(piece.start + piece.len) as usize);
        last.len += piece.len;
    }
}
