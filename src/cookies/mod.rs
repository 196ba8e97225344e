//! Cookies by RFC 6265bis: parser, domain and path rules, and the jar. No curl, no HTML.
