//! The parts of HTTP that are ours: headers, bodies and their codings, credentials, links.
