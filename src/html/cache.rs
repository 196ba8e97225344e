//! A bounded cache of compiled queries, shared by threads.

use crate::error::Result;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

/// How often a thread looks for the lock, which is held for less than a microsecond.
const LOOKS: usize = 100;

/// A cache of values that are compiled from text: at most `capacity` of them, the least recently
/// used one leaves first. Any number of threads may use it; none of them compiles under the lock, and
/// none waits for it: a process that was forked while another thread held it has it locked for ever.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    capacity: usize,
    /// Texts longer than this are compiled anew each time, so that the cache stays small.
    longest: usize,
    state: Mutex<State<V>>,
}

#[derive(Debug)]
struct State<V> {
    entries: HashMap<Box<str>, Entry<V>>,
    clock: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: Arc<V>,
    used: u64,
}

impl<V> Cache<V> {
    /// An empty cache for `capacity` values whose texts have at most `longest` bytes.
    pub fn new(capacity: usize, longest: usize) -> Cache<V> {
        Cache { capacity, longest, state: Mutex::new(State { entries: HashMap::new(), clock: 0 }) }
    }

    /// The value of `text`, compiled by `compile` if it is not cached. Errors are not cached.
    pub fn get(&self, text: &str, compile: impl FnOnce(&str) -> Result<V>) -> Result<Arc<V>> {
        if text.len() > self.longest {
            return compile(text).map(Arc::new);
        }
        if let Some(value) = self.lock().and_then(|mut state| state.find(text)) {
            return Ok(value);
        }
        let value = Arc::new(compile(text)?);
        let Some(mut state) = self.lock() else { return Ok(value) };
        if let Some(theirs) = state.find(text) {
            return Ok(theirs); // another thread was faster: one value for everyone
        }
        let oldest = if state.entries.len() >= self.capacity { state.remove_oldest() } else { None };
        state.clock += 1;
        let used = state.clock;
        state.entries.insert(text.into(), Entry { value: value.clone(), used });
        drop(state);
        drop(oldest); // it may be the last owner: freed without the lock
        Ok(value)
    }

    /// The values hold no invariant across the lock, so a panic elsewhere does not spoil them.
    fn lock(&self) -> Option<MutexGuard<'_, State<V>>> {
        for _ in 0..LOOKS {
            match self.state.try_lock() {
                Ok(state) => return Some(state),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
        None
    }
}

impl<V> State<V> {
    fn find(&mut self, text: &str) -> Option<Arc<V>> {
        let entry = self.entries.get_mut(text)?;
        self.clock += 1;
        entry.used = self.clock;
        Some(entry.value.clone())
    }

    /// A few hundred entries at most: a scan costs less than a compilation.
    fn remove_oldest(&mut self) -> Option<Entry<V>> {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used)?.0.clone();
        self.entries.remove(&oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Error};

    #[test]
    fn a_text_is_compiled_once() {
        let cache = Cache::new(8, 100);
        let first = cache.get("a", |text| Ok(text.to_uppercase())).unwrap();
        let second = cache.get("a", |_| panic!("compiled twice")).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(*first, "A");
    }

    #[test]
    fn the_least_recently_used_leaves() {
        let cache = Cache::new(2, 100);
        let get = |text: &str| {
            let mut compiled = false;
            cache
                .get(text, |text| {
                    compiled = true;
                    Ok(text.len())
                })
                .unwrap();
            compiled
        };
        assert_eq!(
            ["a", "b", "a", "c", "a", "b", "a"].map(get),
            [true, true, false, true, false, true, false]
        );
        assert_eq!(cache.lock().unwrap().entries.len(), 2);
    }

    #[test]
    fn long_texts_and_errors_are_not_kept() {
        let cache = Cache::new(2, 3);
        cache.get("long text", |_| Ok(1)).unwrap();
        cache.get("bad", |_| Err::<i32, _>(Error::from(Code::Xpath))).unwrap_err();
        assert!(cache.lock().unwrap().entries.is_empty());
    }

    #[test]
    fn who_cannot_have_the_lock_compiles_for_himself() {
        let cache = Cache::new(2, 100);
        cache.get("a", |_| Ok(1)).unwrap();
        let _held = cache.lock();
        assert_eq!(*cache.get("a", |_| Ok(2)).unwrap(), 2);
    }

    #[test]
    fn threads_share_one_value() {
        let cache = Cache::new(4, 100);
        let values: Vec<Arc<String>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..200)
                            .map(|n| cache.get(&(n % 6).to_string(), |text| Ok(text.to_string())).unwrap())
                            .last()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
        });
        assert!(values.iter().all(|value| **value == "1"));
        assert!(cache.lock().unwrap().entries.len() <= 4);
    }
}
