//! The DOCTYPE token (13.2.6.4.1): the document type, and the mode that it puts the page in.

use super::TreeBuilder;
use super::modes::Mode;
use super::tags::AS_HTML5EVER;
use crate::html::building::Building;
use crate::html::tokenizer::Doctype;
use crate::html::tree::{self, Kind, Namespace, Quirks};

impl TreeBuilder {
    pub(super) fn process_doctype(&mut self, doctype: Doctype) {
        if self.mode == Mode::Initial {
            self.arena.quirks = quirks(&doctype);
            self.arena.doctype(doctype);
            self.mode = Mode::BeforeHtml;
        } else if self.mode == Mode::InTableText && !AS_HTML5EVER {
            // An ignored token, but one that ends the text.
            self.flush_table_text();
        }
    }
}

impl Building {
    /// Appends the document type to the document.
    pub(in crate::html) fn doctype(&mut self, doctype: Doctype) {
        let id = self.push(Kind::Doctype, 0, Namespace::Html, 0, 0);
        self.append(0, id);
        self.doctype = Some(tree::Doctype {
            name: doctype.name.unwrap_or_default(),
            public_id: doctype.public_id.unwrap_or_default(),
            system_id: doctype.system_id.unwrap_or_default(),
        });
    }
}

fn quirks(doctype: &Doctype) -> Quirks {
    let lower = |id: &Option<String>| id.as_ref().map(|id| id.to_ascii_lowercase());
    let (public, system) = (lower(&doctype.public_id), lower(&doctype.system_id));
    let is = |known: &str| public.as_deref() == Some(known);
    let begins =
        |known: &[&str]| public.as_ref().is_some_and(|id| known.iter().any(|prefix| id.starts_with(prefix)));
    if doctype.force_quirks
        || doctype.name.as_deref() != Some("html")
        || QUIRKS_PUBLIC.iter().any(|known| is(known))
        || system.as_deref() == Some(QUIRKS_SYSTEM)
        || begins(QUIRKS_PUBLIC_PREFIXES)
        || system.is_none() && begins(HTML4_PUBLIC_PREFIXES)
    {
        Quirks::Full
    } else if begins(LIMITED_QUIRKS_PUBLIC_PREFIXES) || begins(HTML4_PUBLIC_PREFIXES) {
        Quirks::Limited
    } else {
        Quirks::No
    }
}

const QUIRKS_PUBLIC: &[&str] =
    &["-//w3o//dtd w3 html strict 3.0//en//", "-/w3c/dtd html 4.0 transitional/en", "html"];

const QUIRKS_SYSTEM: &str = "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd";

const HTML4_PUBLIC_PREFIXES: &[&str] =
    &["-//w3c//dtd html 4.01 frameset//", "-//w3c//dtd html 4.01 transitional//"];

const LIMITED_QUIRKS_PUBLIC_PREFIXES: &[&str] =
    &["-//w3c//dtd xhtml 1.0 frameset//", "-//w3c//dtd xhtml 1.0 transitional//"];

const QUIRKS_PUBLIC_PREFIXES: &[&str] = &[
    "-//advasoft ltd//dtd html 3.0 aswedit + extensions//",
    "-//as//dtd html 3.0 aswedit + extensions//",
    "-//ietf//dtd html 2.0 level 1//",
    "-//ietf//dtd html 2.0 level 2//",
    "-//ietf//dtd html 2.0 strict level 1//",
    "-//ietf//dtd html 2.0 strict level 2//",
    "-//ietf//dtd html 2.0 strict//",
    "-//ietf//dtd html 2.0//",
    "-//ietf//dtd html 2.1e//",
    "-//ietf//dtd html 3.0//",
    "-//ietf//dtd html 3.2 final//",
    "-//ietf//dtd html 3.2//",
    "-//ietf//dtd html 3//",
    "-//ietf//dtd html level 0//",
    "-//ietf//dtd html level 1//",
    "-//ietf//dtd html level 2//",
    "-//ietf//dtd html level 3//",
    "-//ietf//dtd html strict level 0//",
    "-//ietf//dtd html strict level 1//",
    "-//ietf//dtd html strict level 2//",
    "-//ietf//dtd html strict level 3//",
    "-//ietf//dtd html strict//",
    "-//ietf//dtd html//",
    "-//metrius//dtd metrius presentational//",
    "-//microsoft//dtd internet explorer 2.0 html strict//",
    "-//microsoft//dtd internet explorer 2.0 html//",
    "-//microsoft//dtd internet explorer 2.0 tables//",
    "-//microsoft//dtd internet explorer 3.0 html strict//",
    "-//microsoft//dtd internet explorer 3.0 html//",
    "-//microsoft//dtd internet explorer 3.0 tables//",
    "-//netscape comm. corp.//dtd html//",
    "-//netscape comm. corp.//dtd strict html//",
    "-//o'reilly and associates//dtd html 2.0//",
    "-//o'reilly and associates//dtd html extended 1.0//",
    "-//o'reilly and associates//dtd html extended relaxed 1.0//",
    "-//softquad software//dtd hotmetal pro 6.0::19990601::extensions to html 4.0//",
    "-//softquad//dtd hotmetal pro 4.0::19971010::extensions to html 4.0//",
    "-//spyglass//dtd html 2.0 extended//",
    "-//sq//dtd html 2.0 hotmetal + extensions//",
    "-//sun microsystems corp.//dtd hotjava html//",
    "-//sun microsystems corp.//dtd hotjava strict html//",
    "-//w3c//dtd html 3 1995-03-24//",
    "-//w3c//dtd html 3.2 draft//",
    "-//w3c//dtd html 3.2 final//",
    "-//w3c//dtd html 3.2//",
    "-//w3c//dtd html 3.2s draft//",
    "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html 4.0 transitional//",
    "-//w3c//dtd html experimental 19960712//",
    "-//w3c//dtd html experimental 970421//",
    "-//w3c//dtd w3 html//",
    "-//w3o//dtd w3 html 3.0//",
    "-//webtechs//dtd mozilla html 2.0//",
    "-//webtechs//dtd mozilla html//",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_decide_on_quirks() {
        let quirks = |name: &str, public: Option<&str>, system: Option<&str>| {
            quirks(&Doctype {
                name: Some(name.to_string()),
                public_id: public.map(str::to_string),
                system_id: system.map(str::to_string),
                force_quirks: false,
            })
        };
        assert_eq!(quirks("html", None, None), Quirks::No);
        assert_eq!(quirks("htm", None, None), Quirks::Full);
        assert_eq!(quirks("html", Some("-//W3C//DTD HTML 4.01//EN"), None), Quirks::No);
        assert_eq!(quirks("html", Some("-//W3C//DTD HTML 4.01 Transitional//EN"), None), Quirks::Full);
        assert_eq!(quirks("html", Some("-//W3C//DTD HTML 4.01 Transitional//EN"), Some("")), Quirks::Limited);
        assert_eq!(quirks("html", Some("-//W3C//DTD XHTML 1.0 Transitional//EN"), None), Quirks::Limited);
        assert_eq!(quirks("html", Some("-//IETF//DTD HTML 2.0//EN"), None), Quirks::Full);
        assert_eq!(quirks("html", Some("HTML"), None), Quirks::Full);
        assert_eq!(
            quirks("html", None, Some("http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.DTD")),
            Quirks::Full
        );
    }
}
