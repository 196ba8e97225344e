//! Leader and followers: how any number of threads share one driver without a thread of its own.

use super::driver::Driver;
use super::nesting::Nested;
use super::poller::Poller;
use super::shared::{Command, Finished, Held, Shared, Wake, Want};
use super::stops::Stops;
use super::{Event, Limits, Task};
use crate::error::{Code, Error};
use crate::panic;
use once_cell::sync::OnceCell;
use std::cell::UnsafeCell;
use std::mem;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How often a leader who is done sees to what is to be stopped. There may always be more of it.
const ROUNDS: u32 = 8;

/// Runs tasks for any number of threads.
pub(crate) struct Engine<T: Task> {
    shared: Mutex<Shared<T>>,
    driver: UnsafeCell<Option<Driver<T>>>,
    poller: OnceCell<Arc<Poller>>,
    stops: Arc<Stops>,
}

// SAFETY: the driver is touched only by the thread that leads by `shared`, and that changes
// under the lock; everything else is Send and behind the lock.
unsafe impl<T: Task> Sync for Engine<T> {}

fn no_descriptor(error: std::io::Error) -> Error {
    Error::new(Code::Io, format!("no descriptor to wait on: {error}"))
}

impl<T: Task> Engine<T> {
    /// An engine. Descriptors and memory are only taken by the first task.
    pub fn new(limits: Limits) -> Engine<T> {
        Engine {
            shared: Mutex::new(Shared::new(limits)),
            driver: UnsafeCell::new(None),
            poller: OnceCell::new(),
            stops: Arc::default(),
        }
    }

    fn lock(&self) -> Held<'_, T> {
        Held::new(&self.shared)
    }

    fn poller(&self) -> Result<&Arc<Poller>, Error> {
        self.poller.get_or_try_init(|| Poller::new().map(Arc::new).map_err(no_descriptor))
    }

    /// Runs a task to its end. The thread may drive other threads' tasks meanwhile. `name` tells
    /// the task its id.
    pub fn run(
        &self,
        mut task: Box<T>,
        name: impl FnOnce(&mut T, u64),
    ) -> Result<T::Output, (Error, Box<T>)> {
        let mut shared = self.lock();
        let entered = shared.enter().and_then(|()| self.poller()).and_then(|_| shared.nest());
        let nested = match entered {
            Ok(nested) => nested,
            Err(error) => return Err((error, task)),
        };
        name(&mut task, shared.last_id + 1);
        let id = shared.start(task);
        shared.awaited.insert(id, None);
        let output = self.obtain(shared, Want::Task(id), None, nested);
        Ok(output.expect("a task that nobody can time out has an outcome").output())
    }

    /// Submits a task; [`Engine::next`] hands its outcome out.
    /// `name` tells the task its id.
    pub fn submit(&self, mut task: Box<T>, name: impl FnOnce(&mut T, u64)) -> Result<u64, Error> {
        let mut shared = self.lock();
        if shared.closed {
            return Err(Code::Closed.into());
        }
        self.poller()?;
        name(&mut task, shared.last_id + 1);
        let id = shared.start(task);
        shared.outstanding.insert(id);
        self.notify_leader(&mut shared);
        Ok(id)
    }

    /// The outcome of a submitted task, in the order in which they end; waits at most `timeout`
    /// (`None`: for as long as it takes). `Ok(None)` when none ended in time, or none is left.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<T::Output>, Error> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        self.obtain_submitted(Want::Any, deadline, timeout == Some(Duration::ZERO))
    }

    /// The outcome of this submitted task; `Ok(None)` when it did not end in time, or was handed
    /// out already.
    pub fn wait_for(&self, id: u64, timeout: Option<Duration>) -> Result<Option<T::Output>, Error> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        self.obtain_submitted(Want::Submitted(id), deadline, timeout == Some(Duration::ZERO))
    }

    fn obtain_submitted(
        &self,
        want: Want<'_>,
        deadline: Option<Instant>,
        polls: bool,
    ) -> Result<Option<T::Output>, Error> {
        let mut shared = self.lock();
        if polls && !shared.leads() {
            // Whoever waits for the descriptor looks at his streams now.
            shared.stirred = false;
        }
        let finished = match shared.take(want) {
            Some(finished) => {
                self.settle(&mut shared);
                drop(shared);
                Some(finished)
            }
            None => {
                shared.enter()?;
                self.poller()?;
                // What waits for an end comes back from any knot.
                let nested = if deadline.is_none() { shared.nest()? } else { None };
                self.obtain(shared, want, Some(deadline), nested)
            }
        };
        Ok(finished.map(Finished::output))
    }

    /// Waits until `ready` holds, looking again after each signal of the task.
    pub fn wait_until(&self, id: u64, ready: &dyn Fn() -> bool) -> Result<(), Error> {
        let shared = self.lock();
        if shared.leads() {
            return Err(Code::Busy.into());
        }
        self.poller()?;
        let nested = shared.nest()?;
        self.obtain(shared, Want::Signal(id, ready), None, nested);
        Ok(())
    }

    /// Whether the calling thread is inside a callback of this engine's tasks.
    pub fn is_leading(&self) -> bool {
        self.lock().leads()
    }

    /// Lets a task have the bytes that it did not take ([`Flow::Pause`](super::Flow)).
    pub fn unpause(&self, id: u64) {
        let mut shared = self.lock();
        shared.commands.push(Command::Unpause(id));
        self.notify_leader(&mut shared);
    }

    /// Submitted tasks whose outcome was not handed out yet.
    pub fn outstanding(&self) -> usize {
        self.lock().outstanding.len()
    }

    /// Cancels a task, or with 0 all of them. An id that is over or unknown is no error.
    pub fn cancel(&self, id: u64) {
        let mut shared = self.lock();
        // What is over, or was asked for already, adds nothing to the list.
        if !self.is_alive(&shared, id) {
            return;
        }
        let is_new = self.stops.put(id, Code::Cancelled);
        match (id, shared.commands.last()) {
            (0, Some(Command::StopAll(_))) => return,
            // Since it was last asked for others may have begun.
            (0, _) => shared.commands.push(Command::StopAll(Code::Cancelled.into())),
            _ if is_new => shared.commands.push(Command::Stop(id)),
            _ => return,
        }
        self.notify_leader(&mut shared);
    }

    /// Whether a task may go on. While another thread leads, only that one knows of all streams.
    fn is_alive(&self, shared: &Held<'_, T>, id: u64) -> bool {
        // SAFETY: looked at only if nobody leads, and nobody can begin to while the lock is held.
        let runs = || unsafe { &*self.driver.get() }.as_ref().is_some_and(|driver| driver.has(id));
        id == 0
            || shared.outstanding.contains(&id)
            || shared.awaited.contains_key(&id)
            || shared.is_led()
            || runs()
    }

    /// Ends every task with [`Code::Closed`] and lets none begin. Every waiting thread returns.
    pub fn close(&self) {
        let mut shared = self.lock();
        shared.closed = true;
        self.stops.put(0, Code::Closed);
        shared.commands.push(Command::StopAll(Code::Closed.into()));
        self.notify_leader(&mut shared);
        shared.notify_all();
        self.obey(shared);
    }

    /// Drops the outcomes that nobody will ask for any more.
    pub fn drop_finished(&self) {
        let mut shared = self.lock();
        shared.outstanding.clear();
        let finished = mem::take(&mut shared.finished);
        drop(shared);
        drop(finished);
    }

    /// Cancels a task that nobody waits for, at once unless another thread leads.
    pub fn abandon(&self, id: u64) {
        let mut shared = self.lock();
        shared.commands.push(Command::Stop(id));
        self.notify_leader(&mut shared);
        self.obey(shared);
    }

    /// Sees to the commands if nobody leads, and drives nothing else.
    fn obey<'s>(&'s self, mut shared: Held<'s, T>) {
        if shared.is_led() {
            return;
        }
        let mut abdicate = Abdicate { engine: self, done: false };
        shared.begin_to_lead();
        // SAFETY: this thread is the leader.
        let slot = unsafe { &mut *self.driver.get() };
        let mut commands = mem::take(&mut shared.commands);
        self.stops.clear();
        let closed = shared.closed;
        drop(shared);
        let mut refused = Vec::new();
        if let Some(driver) = slot {
            driver.enter();
            driver.obey(&mut commands);
        } else if closed {
            refused = refuse(&mut commands, &Code::Closed.into());
        }
        shared = self.lock();
        refused.into_iter().for_each(|(id, task)| shared.hand_out(id, Finished::Over(task)));
        if let Some(driver) = slot {
            self.publish(&mut shared, driver, false, None);
        }
        // What came meanwhile is behind what was there before.
        shared.commands.splice(0..0, commands);
        shared = self.step_down(shared, slot);
        abdicate.done = true;
        self.settle(&mut shared);
    }

    /// Gives the lead up. Of a closed engine nothing stays open.
    fn step_down<'s>(&'s self, mut shared: Held<'s, T>, slot: &mut Option<Driver<T>>) -> Held<'s, T> {
        if let Some(driver) = slot {
            driver.leave_off();
        }
        if shared.closed && shared.commands.is_empty() && slot.is_some() {
            drop(shared);
            // May wait for a look-up of a name: not with the lock held.
            *slot = None;
            shared = self.lock();
        }
        self.vacate(&mut shared);
        shared
    }

    /// Nobody leads any more.
    fn vacate(&self, shared: &mut Shared<T>) {
        shared.cease_to_lead();
        shared.asleep = false;
        if mem::take(&mut shared.detached)
            && let Some(poller) = self.poller.get()
        {
            poller.attach(true);
        }
    }

    /// Changes the limits of connections.
    pub fn set_limits(&self, limits: Limits) {
        let mut shared = self.lock();
        shared.limits = limits;
        shared.change(Command::Limit(limits));
        self.notify_leader(&mut shared);
    }

    /// Has the tasks that begin from now on use no connection that is open.
    pub fn reconnect(&self) {
        let mut shared = self.lock();
        shared.change(Command::Reconnect);
        self.notify_leader(&mut shared);
    }

    /// The descriptor that is readable when [`Engine::next`] has something to do.
    pub fn fd(&self) -> Result<i32, Error> {
        let mut shared = self.lock();
        let fd = self.poller()?.export().map_err(no_descriptor)?;
        shared.exported = true;
        self.settle(&mut shared);
        Ok(fd)
    }

    /// Makes sure that somebody sees to a new command.
    fn notify_leader(&self, shared: &mut Shared<T>) {
        if !shared.is_led() {
            return self.settle(shared);
        }
        if shared.asleep
            && !shared.woken
            && let Some(poller) = self.poller.get()
        {
            shared.woken = true;
            poller.wake();
        }
    }

    /// Waits for what is wanted: leads if nobody does, else follows, as `nested` allows. `deadline`:
    /// `None` never gives up, `Some(None)` has no end either but gives up when nothing is left to
    /// wait for.
    fn obtain<'s>(
        &'s self,
        mut shared: Held<'s, T>,
        want: Want<'_>,
        deadline: Option<Option<Instant>>,
        mut nested: Option<Nested>,
    ) -> Option<Finished<T>> {
        let limit = deadline.flatten();
        // Made by a thread that must follow.
        let mut waiter: Option<Arc<Condvar>> = None;
        let output = loop {
            if let Some(output) = shared.take(want) {
                break Some(output);
            }
            if matches!(want, Want::Signal(..)) && shared.has(want) {
                break None;
            }
            if shared.is_over(want) && (shared.is_led() || self.is_idle(&shared)) {
                self.look_away(&mut shared);
                break None;
            }
            if !shared.is_led() {
                // Who leads waits for nobody.
                drop(nested.take());
                shared.begin_to_lead();
                shared = self.lead(shared, want, limit);
                match shared.take(want) {
                    Some(output) => break Some(output),
                    None if deadline.is_some() => break None,
                    None => continue,
                }
            }
            let remaining = limit.map(|limit| limit.saturating_duration_since(Instant::now()));
            if !shared.commands.is_empty() {
                self.notify_leader(&mut shared);
            }
            if remaining == Some(Duration::ZERO) {
                self.look_away(&mut shared);
                break None;
            }
            let waiter = waiter.get_or_insert_with(Arc::default);
            shared.list(want, waiter);
            shared = shared.wait(waiter, remaining);
            shared.unlist(waiter);
        };
        self.settle(&mut shared);
        output
    }

    /// Somebody looks while another thread leads: until that is over he need not look for sockets again.
    fn look_away(&self, shared: &mut Shared<T>) {
        if shared.exported && shared.is_led() && !shared.detached {
            shared.detached = true;
            self.poller.get().expect("made before it was handed out").attach(false);
        }
    }

    /// Whether there is nothing to drive. Nobody may lead. A descriptor that was handed out may be
    /// readable all the same: a server ended a kept connection, or a look-up came to its end.
    fn is_idle(&self, shared: &Held<'_, T>) -> bool {
        // SAFETY: nobody leads, and nobody can begin to while the lock is held.
        let driver = unsafe { &*self.driver.get() };
        let idle = |driver: &Driver<T>| driver.is_idle() && !shared.exported;
        shared.closed || shared.commands.is_empty() && driver.as_ref().is_none_or(idle)
    }

    /// After a change: somebody must lead if somebody waits, and the descriptor must tell the
    /// truth.
    fn settle(&self, shared: &mut Shared<T>) {
        if !shared.is_led() {
            shared.notify_first();
        }
        if shared.exported {
            self.settle_descriptor(shared);
        }
    }

    fn settle_descriptor(&self, shared: &mut Shared<T>) {
        let poller = self.poller.get().expect("made before it was handed out");
        let alone = !shared.is_led();
        let pending = !shared.finished.is_empty() || shared.stirred || alone && !shared.commands.is_empty();
        if pending != shared.signalled {
            shared.signalled = pending;
            poller.signal(pending);
        }
        if !alone {
            return;
        }
        // SAFETY: nobody leads, and nobody can begin to while the lock is held.
        let driver = unsafe { &*self.driver.get() };
        let due = driver.as_ref().and_then(Driver::next_deadline);
        let now = Instant::now();
        // A timer that fires too early costs one look; setting it anew each time costs more.
        let stands = match (shared.armed, due) {
            (Some(armed), Some(due)) => now < armed && armed <= due,
            (armed, due) => armed == due,
        };
        if !stands {
            shared.armed = due;
            poller.arm(due.map(|due| due.saturating_duration_since(now)));
        }
    }

    /// Drives all tasks until what is wanted is there or `limit` has passed. The calling thread
    /// has made itself the leader; it no longer is when this returns.
    fn lead<'s>(&'s self, mut shared: Held<'s, T>, want: Want<'_>, limit: Option<Instant>) -> Held<'s, T> {
        let poller = self.poller.get().expect("made before a thread waits");
        let mut abdicate = Abdicate { engine: self, done: false };
        // SAFETY: this thread is the leader.
        let slot = unsafe { &mut *self.driver.get() };
        let (mut slept, mut rounds) = (false, 0);
        let polls = shared.exported && limit.is_some_and(|limit| limit <= Instant::now());
        let mut commands = Vec::new();
        if let Some(driver) = slot {
            driver.enter();
        }
        loop {
            if !shared.commands.is_empty() {
                mem::swap(&mut commands, &mut shared.commands);
                self.stops.clear();
            }
            let limits = shared.limits;
            shared.asleep = false;
            if shared.woken {
                shared.woken = false;
                poller.clear();
            }
            drop(shared);
            let driver = match slot {
                Some(driver) => driver,
                None => match Driver::new(poller.clone(), self.stops.clone(), limits) {
                    Ok(driver) => slot.insert(driver),
                    Err(error) => {
                        let refused = refuse(&mut commands, &error);
                        shared = self.lock();
                        refused.into_iter().for_each(|(id, task)| shared.hand_out(id, Finished::Over(task)));
                        break;
                    }
                },
            };
            driver.obey(&mut commands);
            driver.turn();
            shared = self.lock();
            self.publish(&mut shared, driver, polls, Some(want));
            let over = shared.is_over(want);
            let late = over || limit.is_some_and(|limit| limit <= Instant::now());
            let done = over && driver.is_idle() && !shared.exported;
            // Who reads what is there already, time after time, sees to the others now and then. Event
            // loops come back for that by themselves.
            let has = shared.has(want);
            let blocks = matches!(want, Want::Task(_) | Want::Signal(..));
            let looks = blocks && !slept && driver.is_overdue();
            if has && !looks || done || (late && slept) {
                // Nobody may come for a while, and a peer would wait for what is to be stopped.
                if rounds == ROUNDS || !shared.commands.iter().any(Command::is_stop) {
                    break;
                }
                rounds += 1;
            }
            // A poll (time-out 0) looks at the sockets once. However many commands come, sockets have
            // their turn.
            slept = true;
            let stays = has || over || !shared.commands.is_empty();
            shared.asleep = !stays;
            drop(shared);
            driver.wait(if stays { Some(Instant::now()) } else { limit });
            shared = self.lock();
        }
        if shared.commands.is_empty() {
            // Its memory serves the next command.
            shared.commands = commands;
        }
        shared = self.step_down(shared, slot);
        abdicate.done = true;
        shared
    }
}

impl<T: Task> Driver<T> {
    fn obey(&mut self, commands: &mut Vec<Command<T>>) {
        for command in commands.drain(..) {
            match command {
                Command::Start(id, task) => self.start(id, task),
                Command::Stop(id) => self.stop(id, Code::Cancelled.into()),
                Command::StopAll(error) => self.stop_all(&error),
                Command::Unpause(id) => self.unpause(id),
                Command::Limit(limits) => self.set_limits(limits),
                Command::Reconnect => self.reconnect(),
            }
        }
        self.admit();
    }
}

impl<T: Task> Engine<T> {
    /// Hands outcomes and signals to those who wait for them. `polls`: this thread only looks, and so sees
    /// what has moved on; `waits`: what it waits for.
    fn publish(&self, shared: &mut Shared<T>, driver: &mut Driver<T>, polls: bool, waits: Option<Want<'_>>) {
        if driver.finished.is_empty() && driver.signalled.is_empty() {
            return;
        }
        for (id, output) in driver.finished.drain(..) {
            shared.hand_out(id, output);
        }
        for id in driver.signalled.drain(..) {
            let told = shared.notify(Wake::Signal(id));
            let mine = waits.is_some_and(|want| want.wake() == Wake::Signal(id));
            shared.stirred |= shared.exported && !polls && !mine && !told;
        }
        self.settle(shared);
    }
}

/// Ends the tasks that can not begin.
fn refuse<T: Task>(commands: &mut Vec<Command<T>>, error: &Error) -> Vec<(u64, Box<T>)> {
    let starts = commands.drain(..).filter_map(|command| match command {
        Command::Start(id, task) => Some((id, task)),
        _ => None,
    });
    let refused = starts.map(|(id, mut task)| {
        let _ = panic::guard(|| task.resume(Event::Stopped(error.clone(), None)));
        (id, task)
    });
    refused.collect()
}

/// Gives the lead up if the leader panics.
struct Abdicate<'e, T: Task> {
    engine: &'e Engine<T>,
    done: bool,
}

impl<T: Task> Drop for Abdicate<'_, T> {
    fn drop(&mut self) {
        if !self.done {
            let mut shared = self.engine.lock();
            self.engine.vacate(&mut shared);
            self.engine.settle(&mut shared);
        }
    }
}

impl<T: Task> std::fmt::Debug for Engine<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}
