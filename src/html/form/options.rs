//! Which options a `select` has, and which of them are disabled: of a finished tree, and of one
//! that is being built.
//!
//! What is around an element is told inmost first, each node with its name if it is an HTML
//! element, else with an empty one.

use super::sanitize;

/// The `select` that an option belongs to (HTML, 4.10.10, "nearest ancestor select"): none where
/// another option, a `datalist`, an `hr` or a second `optgroup` lies between.
pub(in crate::html) fn select_of<'t, Id>(around: impl Iterator<Item = (Id, &'t str)>) -> Option<Id> {
    let mut grouped = false;
    for (up, name) in around {
        match name {
            "select" => return Some(up),
            "option" | "datalist" | "hr" => return None,
            "optgroup" if std::mem::replace(&mut grouped, true) => return None,
            _ => {}
        }
    }
    None
}

/// Whether an option is disabled (HTML, 4.10.10), itself or by its `optgroup`.
pub(in crate::html) fn is_disabled<'t, Id>(
    option: Id,
    mut around: impl Iterator<Item = (Id, &'t str)>,
    disabled: impl Fn(Id) -> bool,
) -> bool {
    let decides = |name: &str| matches!(name, "optgroup" | "select" | "option" | "datalist" | "hr");
    disabled(option)
        || around
            .find(|(_, name)| decides(name))
            .is_some_and(|(group, name)| name == "optgroup" && disabled(group))
}

/// Whether a `select` without `multiple` and with this `size` shows one option only.
pub(in crate::html) fn shows_one(size: Option<&str>) -> bool {
    let size = size.and_then(sanitize::non_negative).filter(|size| *size > 0);
    size.unwrap_or(1) == 1
}
