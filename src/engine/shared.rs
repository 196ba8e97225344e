//! What the threads of an engine share: who leads, who waits for what, and what there is to do.

use super::ids::{IdMap, IdSet};
use super::nesting::{Leader, Nested};
use super::{Limits, Task};
use crate::error::{Code, Error};
use crate::lock::lock;
use std::collections::VecDeque;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the leader is to do.
pub(super) enum Command<T: Task> {
    Start(u64, Box<T>),
    Stop(u64),
    StopAll(Error),
    Unpause(u64),
    Limit(Limits),
    /// Use no connection any more that is open.
    Reconnect,
}

impl<T: Task> Command<T> {
    /// Whether it ends tasks.
    pub fn is_stop(&self) -> bool {
        matches!(self, Command::Stop(_) | Command::StopAll(_))
    }
}

/// What a waiting thread wants.
#[derive(Clone, Copy)]
pub(super) enum Want<'a> {
    /// The outcome of this task.
    Task(u64),
    /// The outcome of this task, which was submitted.
    Submitted(u64),
    /// The outcome of any task that was submitted.
    Any,
    /// That this holds, after a signal of the task.
    Signal(u64, &'a dyn Fn() -> bool),
}

/// A task that has come to its output.
pub(super) enum Finished<T: Task> {
    /// While it goes on.
    Early(T::Output),
    Over(Box<T>),
}

impl<T: Task> Finished<T> {
    pub fn output(self) -> T::Output {
        match self {
            Finished::Early(output) => output,
            Finished::Over(task) => task.finish(),
        }
    }
}

/// What wakes a waiting thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    Task(u64),
    Submitted(u64),
    Any,
    Signal(u64),
}

impl Want<'_> {
    pub fn wake(self) -> Wake {
        match self {
            Want::Task(id) => Wake::Task(id),
            Want::Submitted(id) => Wake::Submitted(id),
            Want::Any => Wake::Any,
            Want::Signal(id, _) => Wake::Signal(id),
        }
    }
}

/// What all threads share, under a lock that is only ever held for a moment.
pub(super) struct Shared<T: Task> {
    leader: Leader,
    /// The leader sleeps, or is about to, and must be woken.
    pub asleep: bool,
    /// The leader was woken and has not noticed yet.
    pub woken: bool,
    pub commands: Vec<Command<T>>,
    /// Tasks whose outcome a blocked thread waits for, with the outcome once it is there.
    pub awaited: IdMap<Option<Finished<T>>>,
    /// Outcomes of submitted tasks.
    pub finished: VecDeque<(u64, Finished<T>)>,
    /// Submitted tasks whose outcome was not handed out yet.
    pub outstanding: IdSet,
    /// Threads that wait and that nobody has woken yet, the one that has waited longest first.
    waiters: Vec<(Wake, Arc<Condvar>)>,
    /// Those of them that are woken when the lock is released.
    waking: Vec<Arc<Condvar>>,
    pub last_id: u64,
    pub limits: Limits,
    pub closed: bool,
    /// The descriptor was handed out: an event loop relies on it.
    pub exported: bool,
    /// The descriptor does not tell of sockets: somebody looked while another thread led.
    pub detached: bool,
    /// Outcomes that nobody will ask for. They go when the lock is released: what goes with them is the
    /// caller's, and may use the engine.
    waste: Vec<Finished<T>>,
    /// A task has signalled that no thread waits for: its stream may have moved on.
    pub stirred: bool,
    /// The descriptor is held readable: an outcome, a command or a signal waits.
    pub signalled: bool,
    /// When the descriptor's timer fires.
    pub armed: Option<Instant>,
}

/// The lock, held. Whoever is to wake up does when it is released: it is the first thing that a
/// thread needs that wakes up.
pub(super) struct Held<'e, T: Task>(Option<MutexGuard<'e, Shared<T>>>);

const HELD: &str = "held until it is dropped";

impl<'e, T: Task> Held<'e, T> {
    pub fn new(shared: &'e Mutex<Shared<T>>) -> Held<'e, T> {
        Held(Some(lock(shared)))
    }

    /// Releases the lock until the thread is woken, for at most this long.
    pub fn wait(mut self, waiter: &Condvar, time: Option<Duration>) -> Held<'e, T> {
        let mut shared = self.0.take().expect(HELD);
        shared.waking.drain(..).for_each(|waiter| waiter.notify_one());
        let shared = match time {
            None => waiter.wait(shared).unwrap_or_else(PoisonError::into_inner),
            Some(time) => waiter.wait_timeout(shared, time).unwrap_or_else(PoisonError::into_inner).0,
        };
        Held(Some(shared))
    }
}

impl<T: Task> Drop for Held<'_, T> {
    fn drop(&mut self) {
        if let Some(mut shared) = self.0.take() {
            let (waking, waste) = (mem::take(&mut shared.waking), mem::take(&mut shared.waste));
            drop(shared);
            waking.iter().for_each(|waiter| waiter.notify_one());
            drop(waste);
        }
    }
}

impl<T: Task> Deref for Held<'_, T> {
    type Target = Shared<T>;
    fn deref(&self) -> &Shared<T> {
        self.0.as_ref().expect(HELD)
    }
}

impl<T: Task> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut Shared<T> {
        self.0.as_mut().expect(HELD)
    }
}

/// A number that tells running threads apart.
pub(super) fn this_thread() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| std::ptr::from_ref(mark) as usize)
}

impl<T: Task> Shared<T> {
    pub fn new(limits: Limits) -> Shared<T> {
        Shared {
            leader: Leader::default(),
            asleep: false,
            woken: false,
            commands: Vec::new(),
            awaited: IdMap::default(),
            finished: VecDeque::new(),
            outstanding: IdSet::default(),
            waiters: Vec::new(),
            waking: Vec::new(),
            last_id: 0,
            limits,
            closed: false,
            exported: false,
            detached: false,
            waste: Vec::new(),
            stirred: false,
            signalled: false,
            armed: None,
        }
    }

    /// Whether this thread may wait.
    pub fn enter(&self) -> Result<(), Error> {
        if self.closed {
            return Err(Code::Closed.into());
        }
        if self.leads() {
            return Err(Code::Busy.into());
        }
        Ok(())
    }

    /// Whether this thread, which may be in a callback of another engine, may wait for as long as it takes.
    pub fn nest(&self) -> Result<Option<Nested>, Error> {
        if self.is_led() { Nested::enter(&self.leader) } else { Ok(None) }
    }

    /// Whether a thread leads.
    pub fn is_led(&self) -> bool {
        self.leader.thread().is_some()
    }

    /// Whether this one does.
    pub fn leads(&self) -> bool {
        self.leader.thread() == Some(this_thread())
    }

    /// This thread leads from now on.
    pub fn begin_to_lead(&mut self) {
        self.leader.begin();
    }

    /// It no longer does.
    pub fn cease_to_lead(&mut self) {
        if self.is_led() {
            self.leader.end();
        }
    }

    /// Has the leader do something in place of the last command, if that is one of the same kind:
    /// however often settings change before a request, it is one command.
    pub fn change(&mut self, command: Command<T>) {
        if self.commands.last().is_some_and(|last| mem::discriminant(last) == mem::discriminant(&command)) {
            self.commands.pop();
        }
        self.commands.push(command);
    }

    pub fn start(&mut self, task: Box<T>) -> u64 {
        self.last_id += 1;
        self.commands.push(Command::Start(self.last_id, task));
        self.last_id
    }

    /// Has an outcome for whoever waits for it.
    pub fn hand_out(&mut self, id: u64, output: Finished<T>) {
        match self.awaited.get_mut(&id) {
            Some(place @ None) => {
                *place = Some(output);
                self.notify(Wake::Task(id));
            }
            None if self.outstanding.contains(&id) => {
                self.finished.push_back((id, output));
                if !self.notify(Wake::Submitted(id)) {
                    self.notify(Wake::Any);
                }
            }
            // It has one, or whoever submitted it is gone.
            _ => self.waste.push(output),
        }
    }

    /// Puts a thread on the list that is about to wait. Whoever wakes it takes it off.
    pub fn list(&mut self, want: Want, waiter: &Arc<Condvar>) {
        self.waiters.push((want.wake(), waiter.clone()));
    }

    /// Takes a thread off the list that has woken by itself.
    pub fn unlist(&mut self, waiter: &Arc<Condvar>) {
        self.waiters.retain(|(_, other)| !Arc::ptr_eq(other, waiter));
    }

    /// Wakes a thread that waits for this; false if there is none.
    pub fn notify(&mut self, wake: Wake) -> bool {
        let at = self.waiters.iter().position(|(other, _)| *other == wake);
        self.waking.extend(at.map(|at| self.waiters.remove(at).1));
        at.is_some()
    }

    /// Wakes the thread that has waited longest, whatever for.
    pub fn notify_first(&mut self) {
        if !self.waiters.is_empty() {
            self.waking.push(self.waiters.remove(0).1);
        }
    }

    /// Wakes all threads that wait.
    pub fn notify_all(&mut self) {
        self.waking.extend(self.waiters.drain(..).map(|(_, waiter)| waiter));
    }

    pub fn has(&self, want: Want) -> bool {
        match want {
            Want::Task(id) => self.awaited.get(&id).is_some_and(Option::is_some),
            Want::Submitted(id) => self.finished.iter().any(|(other, _)| *other == id),
            Want::Any => !self.finished.is_empty(),
            Want::Signal(_, ready) => ready(),
        }
    }

    pub fn take(&mut self, want: Want) -> Option<Finished<T>> {
        let (id, output) = match want {
            Want::Task(_) if !self.has(want) => return None,
            Want::Task(id) => return self.awaited.remove(&id).flatten(),
            Want::Submitted(id) => {
                let at = self.finished.iter().position(|(other, _)| *other == id)?;
                self.finished.remove(at)?
            }
            Want::Any => self.finished.pop_front()?,
            Want::Signal(..) => return None,
        };
        self.outstanding.remove(&id);
        // For them it comes no more.
        while self.notify(Wake::Submitted(id)) {}
        while self.outstanding.is_empty() && self.notify(Wake::Any) {}
        Some(output)
    }

    /// What is wanted can come no more, or needs no outcome.
    pub fn is_over(&self, want: Want) -> bool {
        match want {
            Want::Task(_) => false,
            Want::Submitted(id) => self.closed || !self.outstanding.contains(&id),
            Want::Any => self.closed || self.outstanding.is_empty(),
            Want::Signal(..) => self.closed && self.commands.is_empty(),
        }
    }
}
