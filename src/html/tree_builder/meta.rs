//! The encoding that a `meta` element declares (13.2.6.4.4, 13.2.3.5).

use super::TreeBuilder;
use crate::html::building::Attrs;

impl TreeBuilder {
    /// Heeds a `meta` element, unless the encoding is certain.
    pub(super) fn heed_meta(&mut self, attrs: Attrs) {
        let attribute = |name| self.arena.attribute_named(attrs, name);
        let by_charset = attribute("charset").and_then(|label| self.charset.changed_by_meta(label));
        let by_content = || {
            let pragma = attribute("http-equiv")?.eq_ignore_ascii_case("content-type");
            self.charset.changed_by_content(attribute("content").filter(|_| pragma)?)
        };
        let Some(declared) = by_charset.or_else(by_content) else { return };
        if declared.same_encoding(self.charset) {
            self.charset = declared;
        } else {
            self.declared = Some(declared);
        }
    }
}
