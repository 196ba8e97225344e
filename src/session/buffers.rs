//! The memory of bodies, which goes from responses that were freed to those that come.
//!
//! A session that fetches page after page would else ask the allocator for a large block each time,
//! which costs it far more than small ones, and would touch other memory each time.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

/// What is kept: so many buffers at most, so many bytes in all, and none that is larger.
const KEPT: usize = 64;
const TOTAL: usize = 1 << 20;
const LARGEST: usize = 128 << 10;

/// Buffers that wait for a body. No one waits for them: in a process that was forked while another
/// thread held the lock it is held for ever.
#[derive(Default)]
pub(crate) struct Buffers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    buffers: Vec<Vec<u8>>,
    /// What they hold in all.
    bytes: usize,
}

impl Kept {
    fn remove(&mut self, at: usize) -> Vec<u8> {
        let buffer = self.buffers.remove(at);
        self.bytes -= buffer.capacity();
        buffer
    }
}

impl Buffers {
    /// An empty buffer with room for so many bytes, if there is memory: without, it grows with what
    /// comes.
    pub fn take(self: &Arc<Buffers>, room: usize) -> Buffer {
        let mut bytes = self.reuse(room).unwrap_or_default();
        let _ = bytes.try_reserve(room);
        Buffer { bytes, home: Some(self.clone()) }
    }

    fn reuse(&self, room: usize) -> Option<Vec<u8>> {
        let mut kept = self.0.try_lock().ok()?;
        // Not one that is much too large, lest small responses that are kept hold large buffers.
        let fits = |buffer: &Vec<u8>| (room..=2 * room).contains(&buffer.capacity());
        let at = kept.buffers.iter().rposition(fits)?;
        Some(kept.remove(at))
    }

    fn keep(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let Ok(mut kept) = self.0.try_lock() else { return };
        kept.bytes += buffer.capacity();
        kept.buffers.push(buffer);
        let mut surplus = Vec::new();
        while kept.bytes > TOTAL || kept.buffers.len() > KEPT {
            // The oldest: other sizes are asked for by now.
            surplus.push(kept.remove(0));
        }
        drop(kept);
        drop(surplus); // freed without the lock
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buffers")
    }
}

/// A body in memory.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    home: Option<Arc<Buffers>>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let (Some(home), 1..=LARGEST) = (&self.home, self.bytes.capacity()) {
            home.keep(std::mem::take(&mut self.bytes));
        }
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Buffer {
        Buffer { bytes, home: None }
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;
    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(buffers: &Buffers) -> Vec<usize> {
        buffers.0.lock().unwrap().buffers.iter().map(Vec::capacity).collect()
    }

    #[test]
    fn a_freed_buffer_serves_a_body_of_about_its_size() {
        let buffers = Arc::new(Buffers::default());
        let mut first = buffers.take(1000);
        first.extend_from_slice(b"secret");
        let place = first.as_ptr();
        drop(first);
        assert_eq!(kept(&buffers), [1000]);
        let second = buffers.take(900);
        assert_eq!((second.as_ptr(), second.len(), second.capacity()), (place, 0, 1000));
        drop(second);
        for room in [400, 1001] {
            assert_eq!(buffers.take(room).capacity(), room);
        }
    }

    #[test]
    fn nobody_waits_for_a_lock_that_is_held_for_ever() {
        let buffers = Arc::new(Buffers::default());
        drop(buffers.take(1000));
        let buffer = buffers.take(400);
        let held = buffers.0.lock().unwrap();
        assert_eq!(buffers.take(900).capacity(), 900, "a new one");
        drop(buffer);
        assert_eq!(held.buffers.len(), 1);
    }

    #[test]
    fn few_are_kept_and_none_that_is_large() {
        let buffers = Arc::new(Buffers::default());
        drop(buffers.take(LARGEST + 1));
        drop(buffers.take(0));
        assert!(kept(&buffers).is_empty());
        drop((0..100).map(|n| buffers.take(1000 + n)).collect::<Vec<_>>());
        assert_eq!(kept(&buffers).len(), KEPT);
        assert!(kept(&buffers).contains(&1099), "the last ones stay");
        drop((0..20).map(|_| buffers.take(LARGEST)).collect::<Vec<_>>());
        assert_eq!(kept(&buffers), [LARGEST; TOTAL / LARGEST]);
    }
}
