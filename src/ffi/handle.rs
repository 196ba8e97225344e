//! Opaque C types: each is tied to one Rust type and to one way of owning it.

use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// An opaque C type. The implementation says what is behind the pointer and who owns it, so that
/// a pointer of one kind cannot be freed as the other.
pub(super) trait Handle: Sized {
    /// What the pointer points at.
    type Rust;
    /// [`Owned`] or [`Shared`].
    type Ownership;

    /// Whether the handle may be used now; by default always.
    fn check(_: &Self::Rust) -> Result<()> {
        Ok(())
    }
}

/// A box: one owner, who may change it. Builders, buffers and results.
pub(super) enum Owned {}
/// A reference count: the object lives as long as somebody holds a handle.
pub(super) enum Shared {}

/// Hands a new object to the caller.
pub(super) fn give<H: Handle<Ownership = Owned>>(value: H::Rust) -> *mut H {
    Box::into_raw(Box::new(value)).cast()
}

/// Hands a reference to a shared object to the caller.
pub(super) fn give_shared<H: Handle<Ownership = Shared>>(value: Arc<H::Rust>) -> *mut H {
    Arc::into_raw(value).cast_mut().cast()
}

/// The object behind a pointer.
///
/// # Safety
/// The pointer is NULL or a live handle of this type.
pub(super) unsafe fn get<'a, H: Handle>(handle: *const H) -> Result<&'a H::Rust> {
    // SAFETY: a non-NULL handle came from `give` or `give_shared` and was not freed.
    let object = unsafe { handle.cast::<H::Rust>().as_ref() };
    let object = object.ok_or_else(|| null::<H>())?;
    H::check(object)?;
    Ok(object)
}

/// The object behind a pointer, to change it.
///
/// # Safety
/// The pointer is NULL or a live handle of this type that no other thread uses now.
pub(super) unsafe fn get_mut<'a, H: Handle<Ownership = Owned>>(handle: *mut H) -> Result<&'a mut H::Rust> {
    // SAFETY: a non-NULL handle came from `give`, was not freed, and is used by this thread only.
    let object = unsafe { handle.cast::<H::Rust>().as_mut() };
    let object = object.ok_or_else(|| null::<H>())?;
    H::check(object)?;
    Ok(object)
}

/// A reference of one's own to a shared object.
///
/// # Safety
/// The pointer is NULL or a live handle of this type.
pub(super) unsafe fn share<H: Handle<Ownership = Shared>>(handle: *const H) -> Result<Arc<H::Rust>> {
    // SAFETY: the caller's promise is passed on.
    unsafe { get(handle) }?;
    let object = handle.cast::<H::Rust>();
    // SAFETY: a live shared handle came from `Arc::into_raw`; the count is raised for the new one.
    Ok(unsafe {
        Arc::increment_strong_count(object);
        Arc::from_raw(object)
    })
}

/// Frees an owned object; NULL is nothing.
///
/// # Safety
/// The pointer is NULL or a live handle of this type, and is not used again.
pub(super) unsafe fn free<H: Handle<Ownership = Owned>>(handle: *mut H) {
    if !handle.is_null() {
        // SAFETY: the handle came from `give` and is not used again.
        drop(unsafe { Box::from_raw(handle.cast::<H::Rust>()) });
    }
}

/// Takes a reference to a shared object back; `None` for NULL.
///
/// # Safety
/// The pointer is NULL or a live handle of this type, and is not used again.
pub(super) unsafe fn take_shared<H: Handle<Ownership = Shared>>(handle: *mut H) -> Option<Arc<H::Rust>> {
    // SAFETY: the handle came from `give_shared` and is not used again.
    (!handle.is_null()).then(|| unsafe { Arc::from_raw(handle.cast::<H::Rust>()) })
}

fn null<H>() -> Error {
    let name = std::any::type_name::<H>();
    let name = name.rsplit("::").next().unwrap_or(name);
    Error::new(Code::Null, format!("{name} pointer is NULL"))
}

/// Declares opaque C types.
macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident: $ownership:ident<$rust:ty> $({ $($check:tt)* })?),* $(,)?) => {$(
        impl $crate::ffi::handle::Handle for $name {
            type Rust = $rust;
            type Ownership = $crate::ffi::handle::$ownership;
            $($($check)*)?
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}
pub(super) use handles;
