//! Foreign content: SVG and MathML (13.2.6, 13.2.6.5).

use super::stack::Open;
use super::tags::{AS_HTML5EVER, Tag, class};
use super::{Start, Step, Token, TreeBuilder, is_space};
use crate::html::tree::{AttributePrefix, Namespace};

impl TreeBuilder {
    /// The adjusted current node: the context element while only the root of a fragment is open.
    #[inline]
    pub(super) fn adjusted_current(&self) -> Open {
        match self.context {
            Some(context) if self.stack.len() == 1 => context,
            _ => self.stack.current(),
        }
    }

    /// Whether the rules for foreign content are those for the token (13.2.6, "tree construction
    /// dispatcher").
    #[inline]
    pub(super) fn is_foreign(&self, token: &Token<'_>) -> bool {
        let current = self.adjusted_current();
        current.is_foreign() && is_foreign_in(current, token)
    }

    /// 13.2.6.5 The rules for parsing tokens in foreign content
    pub(super) fn in_foreign_content(&mut self, token: Token<'_>) -> Step {
        match token {
            Token::Nul => self.insert_text("\u{fffd}"),
            Token::Text(text) | Token::Space(text) => {
                if self.frameset_ok && !text.bytes().all(is_space) {
                    self.frameset_ok = false;
                }
                self.insert_text(text);
            }
            Token::Comment(text) => self.insert_comment(text),
            Token::Start(tag) if tag.name.tag.class() & class::BREAKS_OUT != 0 => {
                return self.break_out(token);
            }
            Token::Start(tag) if tag.name.tag == Tag::Font => {
                let attrs = self.arena.attributes(tag.attrs);
                let font = |name| matches!(self.arena.names.text(name), "color" | "face" | "size");
                if attrs.iter().any(|attr| font(attr.name)) {
                    return self.break_out(token);
                }
                self.foreign_start_tag(tag);
            }
            Token::Start(tag) => self.foreign_start_tag(tag),
            Token::End(name) if matches!(name.tag, Tag::Br | Tag::P) => return self.break_out(token),
            Token::End(name) => {
                let mut at = self.stack.len();
                loop {
                    at -= 1;
                    let Some(open) = self.stack.get(at) else { break };
                    if at == 0 {
                        break;
                    }
                    if !open.is_foreign() && at + 1 != self.stack.len() {
                        return self.by_mode(token);
                    }
                    if open.name == name.number {
                        self.truncate(at);
                        break;
                    }
                }
            }
            Token::Eof => return self.by_mode(token),
        }
        Step::Done
    }

    /// A tag that has no place in foreign content ends it.
    fn break_out(&mut self, token: Token<'_>) -> Step {
        loop {
            let current = self.stack.current();
            let passed_over = AS_HTML5EVER && current.is(class::ANNOTATION_XML);
            let integrates = current.is(class::TEXT_INTEGRATION | class::HTML_INTEGRATION) && !passed_over;
            if !current.is_foreign() || integrates {
                return self.by_mode(token);
            }
            self.pop();
        }
    }

    fn foreign_start_tag(&mut self, tag: Start) {
        let namespace = self.adjusted_current().namespace;
        self.insert_foreign(tag, namespace);
    }

    /// Adjusts a tag's attributes for its namespace. Tells the number of the element's name.
    pub(super) fn adjust(&mut self, tag: Start, namespace: Namespace) -> u32 {
        for at in 0..tag.attrs.len as usize {
            let attr = self.arena.attributes(tag.attrs)[at];
            let name = self.arena.names.text(attr.name);
            let Some((prefix, adjusted)) = adjusted_attribute(namespace, name) else { continue };
            let adjusted = adjusted.to_string();
            let name = self.arena.name(&adjusted).number;
            let attr = &mut self.arena.attributes_mut(tag.attrs)[at];
            (attr.name, attr.prefix) = (name, prefix);
        }
        if namespace == Namespace::Svg
            && let Ok(at) = find(SVG_TAGS, self.arena.names.text(tag.name.number))
        {
            return self.arena.name(SVG_TAGS[at]).number;
        }
        tag.name.number
    }

    /// The sets that the element of a tag is in.
    pub(super) fn foreign_class(&self, tag: Start, namespace: Namespace) -> u32 {
        if namespace == Namespace::Svg {
            return tag.name.tag.svg_class();
        }
        let class = tag.name.tag.mathml_class();
        let html = |encoding: &str| {
            encoding.eq_ignore_ascii_case("text/html")
                || encoding.eq_ignore_ascii_case("application/xhtml+xml")
        };
        if class & class::ANNOTATION_XML != 0
            && self.arena.attribute_named(tag.attrs, "encoding").is_some_and(html)
        {
            return class | class::HTML_INTEGRATION;
        }
        class
    }
}

fn is_foreign_in(current: Open, token: &Token<'_>) -> bool {
    match token {
        Token::Eof => false,
        Token::Text(_) | Token::Space(_) | Token::Nul => {
            !current.is(class::TEXT_INTEGRATION | class::HTML_INTEGRATION)
        }
        Token::Start(tag) => {
            let name = tag.name.tag;
            !(current.is(class::HTML_INTEGRATION)
                || current.is(class::TEXT_INTEGRATION) && !matches!(name, Tag::Mglyph | Tag::Malignmark)
                || current.is(class::ANNOTATION_XML) && name == Tag::Svg)
        }
        _ => true,
    }
}

/// What an attribute is called in an element of SVG or MathML ("adjust SVG attributes", "adjust
/// MathML attributes", "adjust foreign attributes").
fn adjusted_attribute(namespace: Namespace, name: &str) -> Option<(AttributePrefix, &str)> {
    match name {
        "xmlns" => return Some((AttributePrefix::XmlNs, name)),
        "definitionurl" if namespace == Namespace::MathMl => {
            return Some((AttributePrefix::None, "definitionURL"));
        }
        _ => {}
    }
    if let Some((prefix, local)) = name.split_once(':') {
        return match (prefix, local) {
            ("xlink", "actuate" | "arcrole" | "href" | "role" | "show" | "title" | "type") => {
                Some((AttributePrefix::XLink, local))
            }
            ("xml", "lang" | "space") => Some((AttributePrefix::Xml, local)),
            ("xmlns", "xlink") => Some((AttributePrefix::XmlNs, local)),
            _ => None,
        };
    }
    if namespace != Namespace::Svg {
        return None;
    }
    find(SVG_ATTRIBUTES, name).ok().map(|at| (AttributePrefix::None, SVG_ATTRIBUTES[at]))
}

/// Looks for the name that this one is in lower case.
fn find(names: &[&'static str], lower: &str) -> Result<usize, usize> {
    names.binary_search_by(|name| name.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(lower.bytes()))
}

/// The names of SVG elements that are not in lower case, sorted as if they were.
const SVG_TAGS: &[&str] = &[
    "altGlyph",
    "altGlyphDef",
    "altGlyphItem",
    "animateColor",
    "animateMotion",
    "animateTransform",
    "clipPath",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feImage",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
    "foreignObject",
    "glyphRef",
    "linearGradient",
    "radialGradient",
    "textPath",
];

/// The same of their attributes.
const SVG_ATTRIBUTES: &[&str] = &[
    "attributeName",
    "attributeType",
    "baseFrequency",
    "baseProfile",
    "calcMode",
    "clipPathUnits",
    "diffuseConstant",
    "edgeMode",
    "filterUnits",
    "glyphRef",
    "gradientTransform",
    "gradientUnits",
    "kernelMatrix",
    "kernelUnitLength",
    "keyPoints",
    "keySplines",
    "keyTimes",
    "lengthAdjust",
    "limitingConeAngle",
    "markerHeight",
    "markerUnits",
    "markerWidth",
    "maskContentUnits",
    "maskUnits",
    "numOctaves",
    "pathLength",
    "patternContentUnits",
    "patternTransform",
    "patternUnits",
    "pointsAtX",
    "pointsAtY",
    "pointsAtZ",
    "preserveAlpha",
    "preserveAspectRatio",
    "primitiveUnits",
    "refX",
    "refY",
    "repeatCount",
    "repeatDur",
    "requiredExtensions",
    "requiredFeatures",
    "specularConstant",
    "specularExponent",
    "spreadMethod",
    "startOffset",
    "stdDeviation",
    "stitchTiles",
    "surfaceScale",
    "systemLanguage",
    "tableValues",
    "targetX",
    "targetY",
    "textLength",
    "viewBox",
    "viewTarget",
    "xChannelSelector",
    "yChannelSelector",
    "zoomAndPan",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_whole() {
        for names in [SVG_TAGS, SVG_ATTRIBUTES] {
            assert!(names.is_sorted_by_key(|name| name.to_ascii_lowercase()));
            assert!(
                names.iter().enumerate().all(|(at, name)| find(names, &name.to_ascii_lowercase()) == Ok(at))
            );
        }
        assert_eq!((SVG_TAGS.len(), SVG_ATTRIBUTES.len()), (37, 58));
    }

    #[test]
    fn attributes_are_adjusted_for_their_namespace() {
        use AttributePrefix::{None as Bare, XLink, Xml, XmlNs};
        use Namespace::{MathMl, Svg};
        for (namespace, name, expected) in [
            (Svg, "viewbox", Some((Bare, "viewBox"))),
            (MathMl, "viewbox", None),
            (MathMl, "definitionurl", Some((Bare, "definitionURL"))),
            (Svg, "definitionurl", None),
            (Svg, "xlink:href", Some((XLink, "href"))),
            (MathMl, "xlink:type", Some((XLink, "type"))),
            (Svg, "xlink:other", None),
            (Svg, "xml:lang", Some((Xml, "lang"))),
            (Svg, "xml:base", None),
            (Svg, "xmlns", Some((XmlNs, "xmlns"))),
            (MathMl, "xmlns:xlink", Some((XmlNs, "xlink"))),
            (Svg, "xmlns:svg", None),
            (Svg, "width", None),
        ] {
            assert_eq!(adjusted_attribute(namespace, name), expected, "{name}");
        }
    }
}
