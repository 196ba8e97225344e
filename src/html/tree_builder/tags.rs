//! The tag names that the standard knows, and what it says of each.

/// Sets of elements that the standard names, as bits.
pub(in crate::html) mod class {
    pub const NONE: u32 = 0;
    /// The special category (13.2.4.2).
    pub const SPECIAL: u32 = 1;
    /// What ends the search for "an element in scope" (13.2.4.2).
    pub const SCOPE: u32 = 1 << 1;
    /// What ends it in list item scope besides.
    pub const LIST: u32 = 1 << 2;
    /// What ends it in button scope besides.
    pub const BUTTON: u32 = 1 << 3;
    /// What ends it in table scope; the table context is the same set.
    pub const TABLE_SCOPE: u32 = 1 << 4;
    /// The table body context.
    pub const BODY_CONTEXT: u32 = 1 << 5;
    /// The table row context.
    pub const ROW_CONTEXT: u32 = 1 << 6;
    /// Elements whose end tags can be implied (13.2.6.3).
    pub const IMPLIED: u32 = 1 << 7;
    /// Those whose end tags are implied thoroughly.
    pub const THOROUGH: u32 = 1 << 8;
    /// `h1` to `h6`.
    pub const HEADING: u32 = 1 << 9;
    /// `td` and `th`.
    pub const CELL: u32 = 1 << 10;
    /// `tbody`, `tfoot` and `thead`.
    pub const ROW_GROUP: u32 = 1 << 11;
    /// Elements whose misplaced children are foster parented (13.2.6.1).
    pub const FOSTERS: u32 = 1 << 12;
    /// Form-associated elements.
    pub const FORM_OWNED: u32 = 1 << 13;
    /// Listed elements: a `form` attribute beats the form that they are in.
    pub const LISTED: u32 = 1 << 14;
    /// Start tags that end foreign content (13.2.6.5).
    pub const BREAKS_OUT: u32 = 1 << 15;
    /// Void elements, of old too.
    pub const VOID: u32 = 1 << 16;
    /// Start tags that nest no deeper: they merge into the elements there are, are ignored, or
    /// make elements that hold nothing but text.
    pub const NEVER_DEEP: u32 = 1 << 17;
    /// MathML text integration points (13.2.6).
    pub const TEXT_INTEGRATION: u32 = 1 << 18;
    /// HTML integration points (13.2.6).
    pub const HTML_INTEGRATION: u32 = 1 << 19;
    /// The MathML element `annotation-xml`.
    pub const ANNOTATION_XML: u32 = 1 << 20;
}

/// Where html5ever departs from the standard, the fuzz target that compares both with each other
/// has us depart as well: only there. The places are those that use this.
pub(in crate::html) const AS_HTML5EVER: bool = cfg!(fuzzing);

macro_rules! tags {
    ($($tag:ident $name:literal $($class:ident)|+;)*) => {
        /// A tag name, if the standard knows it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(in crate::html) enum Tag {
            Other,
            $($tag),*
        }

        /// The names, sorted; that of `Tag::Other` is missing.
        const NAMES: &[&str] = &[$($name),*];

        const TAGS: &[Tag] = &[Tag::Other, $(Tag::$tag),*];

        static CLASSES: &[u32] = &[class::NONE, $($(class::$class)|+),*];
    };
}

tags! {
    A "a" NONE;
    Address "address" SPECIAL;
    AnnotationXml "annotation-xml" NONE;
    Applet "applet" SPECIAL | SCOPE;
    Area "area" SPECIAL | VOID;
    Article "article" SPECIAL;
    Aside "aside" SPECIAL;
    B "b" BREAKS_OUT;
    Base "base" SPECIAL | VOID;
    Basefont "basefont" SPECIAL | VOID;
    Bgsound "bgsound" SPECIAL | VOID;
    Big "big" BREAKS_OUT;
    Blockquote "blockquote" SPECIAL | BREAKS_OUT;
    Body "body" SPECIAL | BREAKS_OUT | NEVER_DEEP;
    Br "br" SPECIAL | BREAKS_OUT | VOID;
    Button "button" SPECIAL | BUTTON | LISTED | FORM_OWNED;
    Caption "caption" SPECIAL | SCOPE | THOROUGH;
    Center "center" SPECIAL | BREAKS_OUT;
    Code "code" BREAKS_OUT;
    Col "col" SPECIAL | VOID;
    Colgroup "colgroup" SPECIAL | THOROUGH;
    Dd "dd" SPECIAL | IMPLIED | THOROUGH | BREAKS_OUT;
    Desc "desc" NONE;
    Details "details" SPECIAL;
    Dialog "dialog" NONE;
    Dir "dir" SPECIAL;
    Div "div" SPECIAL | BREAKS_OUT;
    Dl "dl" SPECIAL | BREAKS_OUT;
    Dt "dt" SPECIAL | IMPLIED | THOROUGH | BREAKS_OUT;
    Em "em" BREAKS_OUT;
    Embed "embed" SPECIAL | BREAKS_OUT | VOID;
    Fieldset "fieldset" SPECIAL | LISTED | FORM_OWNED;
    Figcaption "figcaption" SPECIAL;
    Figure "figure" SPECIAL;
    Font "font" NONE;
    Footer "footer" SPECIAL;
    ForeignObject "foreignobject" NONE;
    Form "form" SPECIAL;
    Frame "frame" SPECIAL | VOID;
    Frameset "frameset" SPECIAL;
    H1 "h1" SPECIAL | HEADING | BREAKS_OUT;
    H2 "h2" SPECIAL | HEADING | BREAKS_OUT;
    H3 "h3" SPECIAL | HEADING | BREAKS_OUT;
    H4 "h4" SPECIAL | HEADING | BREAKS_OUT;
    H5 "h5" SPECIAL | HEADING | BREAKS_OUT;
    H6 "h6" SPECIAL | HEADING | BREAKS_OUT;
    Head "head" SPECIAL | BREAKS_OUT | NEVER_DEEP;
    Header "header" SPECIAL;
    Hgroup "hgroup" SPECIAL;
    Hr "hr" SPECIAL | BREAKS_OUT | VOID;
    Html "html" SPECIAL | SCOPE | TABLE_SCOPE | BODY_CONTEXT | ROW_CONTEXT | NEVER_DEEP;
    I "i" BREAKS_OUT;
    Iframe "iframe" SPECIAL | NEVER_DEEP;
    Image "image" VOID;
    Img "img" SPECIAL | FORM_OWNED | BREAKS_OUT | VOID;
    Input "input" SPECIAL | LISTED | FORM_OWNED | VOID;
    Keygen "keygen" SPECIAL | VOID;
    Li "li" SPECIAL | IMPLIED | THOROUGH | BREAKS_OUT;
    Link "link" SPECIAL | VOID;
    Listing "listing" SPECIAL | BREAKS_OUT;
    Main "main" SPECIAL;
    Malignmark "malignmark" NONE;
    Marquee "marquee" SPECIAL | SCOPE;
    Math "math" NONE;
    Menu "menu" SPECIAL | BREAKS_OUT;
    Meta "meta" SPECIAL | BREAKS_OUT | VOID;
    Mglyph "mglyph" NONE;
    Mi "mi" NONE;
    Mn "mn" NONE;
    Mo "mo" NONE;
    Ms "ms" NONE;
    Mtext "mtext" NONE;
    Nav "nav" SPECIAL;
    Nobr "nobr" BREAKS_OUT;
    Noembed "noembed" SPECIAL | NEVER_DEEP;
    Noframes "noframes" SPECIAL | NEVER_DEEP;
    Noscript "noscript" SPECIAL;
    Object "object" SPECIAL | SCOPE | LISTED | FORM_OWNED;
    Ol "ol" SPECIAL | LIST | BREAKS_OUT;
    Optgroup "optgroup" IMPLIED | THOROUGH;
    Option "option" IMPLIED | THOROUGH;
    Output "output" LISTED | FORM_OWNED;
    P "p" SPECIAL | IMPLIED | THOROUGH | BREAKS_OUT;
    Param "param" SPECIAL | VOID;
    Plaintext "plaintext" SPECIAL | NEVER_DEEP;
    Pre "pre" SPECIAL | BREAKS_OUT;
    Rb "rb" IMPLIED | THOROUGH;
    Rp "rp" IMPLIED | THOROUGH;
    Rt "rt" IMPLIED | THOROUGH;
    Rtc "rtc" IMPLIED | THOROUGH;
    Ruby "ruby" BREAKS_OUT;
    S "s" BREAKS_OUT;
    Script "script" SPECIAL | NEVER_DEEP;
    Search "search" SPECIAL;
    Section "section" SPECIAL;
    Select "select" SPECIAL | SCOPE | LISTED | FORM_OWNED;
    SelectedContent "selectedcontent" NONE;
    Small "small" BREAKS_OUT;
    Source "source" SPECIAL | VOID;
    Span "span" BREAKS_OUT;
    Strike "strike" BREAKS_OUT;
    Strong "strong" BREAKS_OUT;
    Style "style" SPECIAL | NEVER_DEEP;
    Sub "sub" BREAKS_OUT;
    Summary "summary" SPECIAL;
    Sup "sup" BREAKS_OUT;
    Svg "svg" NONE;
    Table "table" SPECIAL | SCOPE | TABLE_SCOPE | FOSTERS | BREAKS_OUT;
    Tbody "tbody" SPECIAL | BODY_CONTEXT | THOROUGH | ROW_GROUP | FOSTERS;
    Td "td" SPECIAL | SCOPE | THOROUGH | CELL;
    Template "template" SPECIAL | SCOPE | TABLE_SCOPE | BODY_CONTEXT | ROW_CONTEXT;
    Textarea "textarea" SPECIAL | LISTED | FORM_OWNED | NEVER_DEEP;
    Tfoot "tfoot" SPECIAL | BODY_CONTEXT | THOROUGH | ROW_GROUP | FOSTERS;
    Th "th" SPECIAL | SCOPE | THOROUGH | CELL;
    Thead "thead" SPECIAL | BODY_CONTEXT | THOROUGH | ROW_GROUP | FOSTERS;
    Title "title" SPECIAL | NEVER_DEEP;
    Tr "tr" SPECIAL | ROW_CONTEXT | THOROUGH | FOSTERS;
    Track "track" SPECIAL | VOID;
    Tt "tt" BREAKS_OUT;
    U "u" BREAKS_OUT;
    Ul "ul" SPECIAL | LIST | BREAKS_OUT;
    Var "var" BREAKS_OUT;
    Wbr "wbr" SPECIAL | VOID;
    Xmp "xmp" SPECIAL | NEVER_DEEP;
}

impl Tag {
    /// The number of tags.
    pub const COUNT: usize = TAGS.len();

    /// The tag of this name in lower case.
    pub fn of(name: &str) -> Tag {
        NAMES.binary_search(&name).map_or(Tag::Other, |at| TAGS[at + 1])
    }

    /// The name. That of `Tag::Other` is empty.
    pub fn name(self) -> &'static str {
        match self {
            Tag::Other => "",
            tag => NAMES[tag as usize - 1],
        }
    }

    /// The sets that the HTML element of this name is in.
    #[inline]
    pub fn class(self) -> u32 {
        let class = CLASSES[self as usize];
        match self {
            Tag::Keygen | Tag::Search if AS_HTML5EVER => class & !class::SPECIAL,
            _ => class,
        }
    }

    /// The sets that the MathML element of this name is in.
    pub fn mathml_class(self) -> u32 {
        let special = if AS_HTML5EVER { class::SCOPE } else { class::SPECIAL | class::SCOPE };
        match self {
            Tag::Mi | Tag::Mo | Tag::Mn | Tag::Ms | Tag::Mtext => special | class::TEXT_INTEGRATION,
            Tag::AnnotationXml if AS_HTML5EVER => class::ANNOTATION_XML,
            Tag::AnnotationXml => special | class::ANNOTATION_XML,
            _ => class::NONE,
        }
    }

    /// The sets that the SVG element of this name is in.
    pub fn svg_class(self) -> u32 {
        let special = if AS_HTML5EVER { class::SCOPE } else { class::SPECIAL | class::SCOPE };
        match self {
            Tag::ForeignObject | Tag::Desc | Tag::Title => special | class::HTML_INTEGRATION,
            _ => class::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found() {
        assert!(NAMES.is_sorted());
        for (at, name) in NAMES.iter().enumerate() {
            let tag = Tag::of(name);
            assert_eq!((tag as usize, tag.name()), (at + 1, *name));
        }
        assert_eq!(Tag::of("x-other"), Tag::Other);
        assert_eq!(Tag::Other.class(), 0);
    }
}
