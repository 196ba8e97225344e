//! The transfers of one engine, run by whichever thread leads.

use super::admission::Admission;
use super::outcome::{self, Facts};
use super::poller::{Interest, Poller, Ready};
use super::transfer::{Receiver, Transfer, configure};
use super::{Event, Limits, Step, Task};
use crate::error::{Code, Error};
use crate::panic;
use curl::easy::Easy2;
use curl::multi::{Easy2Handle, Events, Multi};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Easy handles that are kept for the next transfer.
const SPARE: usize = 16;

enum State<T: Task> {
    /// Waits for a free connection.
    Queued(Box<T>, Box<Transfer>, Instant),
    Running(Easy2Handle<Receiver<T>>, Running),
    /// Waits for a delay of its own.
    Delayed(Box<T>, Instant),
}

struct Running {
    host: Box<str>,
    queued: Duration,
    proxied: bool,
    connect_by: Option<Instant>,
    read_timeout: Option<Duration>,
    /// Bytes moved when the idle time was last looked at.
    moved: u64,
}

struct Entry<T: Task> {
    state: State<T>,
    /// When to look at the task again, as it stands in the list of timers.
    timer: Option<Instant>,
}

/// Everything that only the leader touches.
pub(super) struct Driver<T: Task> {
    // Before `multi`: the handles leave it when they are dropped.
    tasks: HashMap<u64, Entry<T>>,
    spare: Vec<Easy2<Receiver<T>>>,
    multi: Multi,
    poller: Arc<Poller>,
    origin: Instant,
    /// When libcurl wants to be called: microseconds since `origin` plus one, 0 for never.
    curl_timer: Arc<AtomicU64>,
    timers: BTreeSet<(Instant, u64)>,
    admission: Admission,
    limits: Limits,
    ready: Vec<Ready>,
    done: Vec<(u64, Result<(), curl::Error>)>,
    /// What has come to its end since it was last taken.
    pub finished: Vec<(u64, T::Output)>,
}

// SAFETY: the multi and easy handles are used by one thread at a time, the leader; libcurl
// allows them to move between threads. Everything else in it is Send.
unsafe impl<T: Task> Send for Driver<T> {}

impl<T: Task> Driver<T> {
    pub fn new(poller: Arc<Poller>, limits: Limits) -> Result<Driver<T>, Error> {
        let mut multi = Multi::new();
        let curl_timer = Arc::new(AtomicU64::new(0));
        let origin = Instant::now();
        let failed = |error: curl::MultiError| Error::new(Code::Internal, error.to_string());
        let timer = curl_timer.clone();
        multi
            .timer_function(move |after| {
                let at = after.map_or(0, |after| (origin.elapsed() + after).as_micros() as u64 + 1);
                timer.store(at, Ordering::Relaxed);
                true
            })
            .map_err(failed)?;
        let sockets = poller.clone();
        let mut watched: Vec<bool> = Vec::new();
        multi
            .socket_function(move |socket, events, _| {
                let index = usize::try_from(socket).unwrap_or(0);
                if watched.len() <= index {
                    watched.resize(index + 1, false);
                }
                if events.remove() {
                    sockets.forget(socket);
                } else {
                    let interest = Interest { read: events.input(), write: events.output() };
                    sockets.watch(socket, interest, watched[index]);
                }
                watched[index] = !events.remove();
            })
            .map_err(failed)?;
        multi.pipelining(false, true).map_err(failed)?;
        let mut driver = Driver {
            tasks: HashMap::new(),
            spare: Vec::new(),
            multi,
            poller,
            origin,
            curl_timer,
            timers: BTreeSet::new(),
            admission: Admission::default(),
            limits,
            ready: Vec::new(),
            done: Vec::new(),
            finished: Vec::new(),
        };
        driver.set_limits(limits);
        Ok(driver)
    }

    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        // A limit that libcurl refuses is still kept by the admission.
        let _ = self.multi.set_max_host_connections(limits.per_host);
        let _ = self.multi.set_max_total_connections(limits.total.max(limits.idle));
        let _ = self.multi.set_max_connects(limits.idle);
        self.admit();
    }

    /// Takes a task in and starts it.
    pub fn start(&mut self, id: u64, task: Box<T>) {
        self.resume(id, task, Event::Start);
    }

    /// Ends a task early; it gets `error` as its outcome.
    pub fn stop(&mut self, id: u64, error: Error) {
        let Some(entry) = self.tasks.remove(&id) else { return };
        self.unset_timer(id, entry.timer);
        let (task, facts) = match entry.state {
            State::Queued(task, transfer, _) => {
                self.admission.withdraw(&transfer.host, id);
                (task, None)
            }
            State::Delayed(task, _) => (task, None),
            State::Running(handle, running) => {
                let (task, facts, _) = self.leave(handle, &running, Ok(()));
                (task, Some(facts))
            }
        };
        self.resume(id, task, Event::Stopped(error, facts));
        self.admit();
    }

    /// Ends every task.
    pub fn stop_all(&mut self, error: &Error) {
        let mut ids: Vec<u64> = self.tasks.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.stop(id, error.clone());
        }
    }

    /// Does what can be done without waiting.
    pub fn turn(&mut self) {
        for _ in 0..64 {
            let due = self.curl_timer.load(Ordering::Relaxed);
            if due == 0 || self.origin + Duration::from_micros(due - 1) > Instant::now() {
                break;
            }
            self.curl_timer.store(0, Ordering::Relaxed);
            let _ = self.multi.timeout();
            self.harvest();
        }
        self.expire();
    }

    /// Sleeps until something happens, at most until `limit`, and sees to the sockets.
    pub fn wait(&mut self, limit: Option<Instant>) {
        let until = [self.next_deadline(), limit].into_iter().flatten().min();
        let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
        let mut ready = std::mem::take(&mut self.ready);
        self.poller.wait(timeout, &mut ready);
        for event in &ready {
            let mut events = Events::new();
            events.input(event.readable).output(event.writable).error(event.failed);
            let _ = self.multi.action(event.socket, &events);
        }
        self.ready = ready;
        self.harvest();
    }

    /// When something is due without any socket being ready.
    pub fn next_deadline(&self) -> Option<Instant> {
        let due = self.curl_timer.load(Ordering::Relaxed);
        let curl = (due != 0).then(|| self.origin + Duration::from_micros(due - 1));
        let own = self.timers.first().map(|(at, _)| *at);
        [curl, own].into_iter().flatten().min()
    }

    fn harvest(&mut self) {
        let mut done = std::mem::take(&mut self.done);
        self.multi.messages(|message| {
            if let (Ok(token), Some(result)) = (message.token(), message.result()) {
                done.push((token as u64, result));
            }
        });
        let any = !done.is_empty();
        for (id, result) in done.drain(..) {
            self.end(id, result.map_err(Failure::Curl));
        }
        self.done = done;
        if any {
            self.admit();
        }
    }

    /// A transfer is over, or has to be.
    fn end(&mut self, id: u64, result: Result<(), Failure>) {
        let Some(Entry { state: State::Running(handle, running), timer }) = self.tasks.remove(&id) else {
            return;
        };
        self.unset_timer(id, timer);
        let (task, facts, result) = self.leave(handle, &running, result);
        self.resume(id, task, Event::Transferred(result, facts));
    }

    /// Takes a transfer out of libcurl: its task, the facts, and how it ended.
    fn leave(
        &mut self,
        handle: Easy2Handle<Receiver<T>>,
        running: &Running,
        result: Result<(), Failure>,
    ) -> (Box<T>, Box<Facts>, Result<(), Error>) {
        let mut easy = self.multi.remove2(handle).expect("libcurl gives a live handle back");
        let mut facts = Facts::of(&easy);
        facts.queue += running.queued;
        if facts.multiplexed {
            self.admission.multiplexes(&running.host);
        }
        self.admission.leave(&running.host);
        let receiver = easy.get_mut();
        receiver.transfer = None;
        let task = receiver.task.take().expect("a running transfer has its task");
        let (own, connected) = (receiver.error.take(), receiver.connected);
        let result = match (own, result) {
            (Some(error), _) | (None, Err(Failure::Own(error))) => Err(error),
            (None, Err(Failure::Curl(error))) => {
                Err(outcome::error_of(&easy, &error, running.proxied && !connected))
            }
            (None, Ok(())) => Ok(()),
        };
        if self.spare.len() < SPARE {
            self.spare.push(easy);
        }
        (task, Box::new(facts), result)
    }

    fn resume(&mut self, id: u64, mut task: Box<T>, event: Event) {
        let step = match panic::guard(|| task.resume(event)) {
            Ok(step) => step,
            // The task is told of its own panic once; a second one loses its output's detail.
            Err(error) => {
                let _ = panic::guard(|| task.resume(Event::Stopped(error, None)));
                Step::Finish
            }
        };
        match step {
            Step::Finish => self.finished.push((id, task.finish())),
            Step::Wait(delay) => {
                let until = Instant::now() + delay;
                self.tasks.insert(id, Entry { state: State::Delayed(task, until), timer: None });
                self.refresh_timer(id);
            }
            Step::Transfer(transfer) => {
                let now = Instant::now();
                if self.admission.ask(&self.limits, &transfer.host, id) {
                    self.run(id, task, transfer, now);
                } else {
                    self.tasks.insert(id, Entry { state: State::Queued(task, transfer, now), timer: None });
                    self.refresh_timer(id);
                }
            }
        }
    }

    /// Starts what has waited for a free connection.
    fn admit(&mut self) {
        while let Some(id) = self.admission.next(&self.limits) {
            match self.tasks.remove(&id) {
                Some(Entry { state: State::Queued(task, transfer, since), timer }) => {
                    self.unset_timer(id, timer);
                    self.run(id, task, transfer, since);
                }
                _ => unreachable!("only a queued task waits for admission"),
            }
        }
    }

    /// Runs a transfer that has been let in.
    fn run(&mut self, id: u64, task: Box<T>, transfer: Box<Transfer>, since: Instant) {
        let now = Instant::now();
        let running = Running {
            host: transfer.host.clone(),
            queued: now - since,
            proxied: transfer.proxy.is_some(),
            connect_by: transfer.connect_timeout.map(|limit| now + limit),
            read_timeout: transfer.read_timeout,
            moved: 0,
        };
        let mut easy = self.spare.pop().unwrap_or_else(|| Easy2::new(Receiver::new()));
        let host = running.host.clone();
        let added = configure(&mut easy, transfer).and_then(|()| {
            self.multi.add2(easy).map_err(|error| Error::new(Code::Internal, error.to_string()))
        });
        match added {
            Ok(mut handle) => {
                handle.get_mut().task = Some(task);
                let _ = handle.set_token(id as usize);
                self.tasks.insert(id, Entry { state: State::Running(handle, running), timer: None });
                self.refresh_timer(id);
            }
            Err(error) => {
                self.admission.leave(&host);
                self.resume(id, task, Event::Transferred(Err(error), Box::default()));
            }
        }
    }

    fn unset_timer(&mut self, id: u64, timer: Option<Instant>) {
        if let Some(at) = timer {
            self.timers.remove(&(at, id));
        }
    }

    fn refresh_timer(&mut self, id: u64) {
        let Some(entry) = self.tasks.get_mut(&id) else { return };
        let due = entry.state.due();
        if entry.timer != due {
            if let Some(at) = std::mem::replace(&mut entry.timer, due) {
                self.timers.remove(&(at, id));
            }
            if let Some(at) = due {
                self.timers.insert((at, id));
            }
        }
    }

    /// Sees to the timers that are due.
    fn expire(&mut self) {
        let Some((first, _)) = self.timers.first() else { return };
        let now = Instant::now();
        if *first > now {
            return;
        }
        let due: Vec<u64> = self.timers.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect();
        for id in due {
            self.expire_one(id, now);
        }
        self.admit();
    }

    fn expire_one(&mut self, id: u64, now: Instant) {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let Some(entry) = self.tasks.get_mut(&id) else { return };
        if passed(entry.state.task().deadline()) {
            return self.stop(id, Error::new(Code::Timeout, "the total time-out passed"));
        }
        match &mut entry.state {
            State::Delayed(_, until) if passed(Some(*until)) => {
                let Some(Entry { state: State::Delayed(task, _), timer }) = self.tasks.remove(&id) else {
                    return;
                };
                self.unset_timer(id, timer);
                self.resume(id, task, Event::Waited);
            }
            State::Running(handle, running) if !handle.get_ref().connected && passed(running.connect_by) => {
                let error = format!("no connection to {} within the connect time-out", running.host);
                self.end(id, Err(Failure::Own(Error::new(Code::ConnectTimeout, error))));
            }
            State::Running(handle, running)
                if handle.get_ref().connected && passed(running.due(handle.get_ref())) =>
            {
                // An upload moves bytes without calling anybody.
                let moved = outcome::moved(handle.raw());
                if moved != running.moved {
                    running.moved = moved;
                    handle.get_mut().active_at = now;
                    return self.refresh_timer(id);
                }
                let error = format!("no byte from {} within the read time-out", running.host);
                self.end(id, Err(Failure::Own(Error::new(Code::ReadTimeout, error))));
            }
            _ => self.refresh_timer(id),
        }
    }
}

enum Failure {
    Curl(curl::Error),
    Own(Error),
}

impl<T: Task> State<T> {
    fn task(&self) -> &T {
        match self {
            State::Queued(task, ..) | State::Delayed(task, _) => task,
            State::Running(handle, _) => {
                handle.get_ref().task.as_ref().expect("a running transfer has its task")
            }
        }
    }

    /// When the task must be looked at.
    fn due(&self) -> Option<Instant> {
        let own = match self {
            State::Queued(..) => None,
            State::Delayed(_, until) => Some(*until),
            State::Running(handle, running) => running.due(handle.get_ref()),
        };
        [own, self.task().deadline()].into_iter().flatten().min()
    }
}

impl Running {
    fn due<T>(&self, receiver: &Receiver<T>) -> Option<Instant> {
        match receiver.connected {
            // Nothing tells when it will be: look again when silence could first have lasted too long.
            false => [self.connect_by, self.read_timeout.map(|limit| Instant::now() + limit)]
                .into_iter()
                .flatten()
                .min(),
            true => self.read_timeout.map(|limit| receiver.active_at + limit),
        }
    }
}
