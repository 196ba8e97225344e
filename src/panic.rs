//! Panics as errors: what was said and where, and nothing on the host's standard error.

use crate::error::{Code, Error};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body`; a panic in it becomes [`Code::Internal`].
pub(crate) fn guard<R>(body: impl FnOnce() -> R) -> Result<R, Error> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) == 0 {
                return previous(info);
            }
            let place = info.location().map(ToString::to_string);
            let _ = PLACE.try_with(|slot| *slot.borrow_mut() = place);
        }));
    });
    let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
    let result = catch_unwind(AssertUnwindSafe(body));
    let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    result.map_err(|panic| error(panic.as_ref()))
}

/// The error that a caught panic stands for.
pub(crate) fn error(panic: &(dyn Any + Send)) -> Error {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic");
    let place = PLACE.try_with(|slot| slot.borrow_mut().take()).ok().flatten();
    Error::new(
        Code::Internal,
        match place {
            Some(place) => format!("{said} ({place})"),
            None => said.to_string(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_names_its_place() {
        let error = guard(|| panic!("no {}", "way")).unwrap_err();
        assert_eq!(error.code(), Code::Internal);
        assert!(error.message().starts_with("no way (src/panic.rs:"), "{error}");
        assert_eq!(guard(|| 7), Ok(7));
    }
}
