//! The transfers of one engine, run by whichever thread leads.

use super::admission::{Admission, Protocol};
use super::ids::IdMap;
use super::outcome::{self, Facts};
use super::poller::{Poller, Ready};
use super::receiver::Receiver;
use super::settings::configure;
use super::shared::Finished;
use super::signals::{Signals, after};
use super::sockets::{self, Sockets};
use super::stops::Stops;
use super::{Event, Flow, Limits, Step, Task};
use crate::error::{Code, Error};
use crate::{panic, public_address};
use curl::easy::Easy2;
use curl::multi::{Easy2Handle, Events, Multi};
use curl_sys as sys;
use std::ffi::{c_long, c_void};
use std::sync::Arc;
use std::time::{Duration, Instant};

// What the bindings lack; the numbers are part of libcurl's ABI.
const NETWORK_CHANGED: sys::CURLMoption = sys::CURLOPTTYPE_LONG + 17;
const CLEAR_CONNECTIONS: c_long = 1 << 1;

/// How long libcurl's timers may keep the driver from all else.
const TURN: Duration = Duration::from_millis(5);
/// Nobody looked at the sockets for so long: somebody who leads does more often.
const AWAY: Duration = Duration::from_millis(10);
/// The sockets are looked at no more often before something else has its turn.
const LOOKS: usize = 32;
/// libcurl is called again at once no more often without a socket that is ready.
const PRESSED: u32 = 8;
/// All tasks are looked at no more often for their time-outs.
const RESOLUTION: Duration = Duration::from_millis(5);
/// Easy handles that are kept for the next transfers, with their settings. Making one costs as much
/// as a request.
const SPARE: usize = 64;

enum State<T: Task> {
    /// Waits for a free connection to a host.
    Queued(Box<T>, Arc<str>, Instant),
    Running(Easy2Handle<Receiver<T>>),
    /// Waits for a delay of its own.
    Delayed(Box<T>, Instant),
}

/// Everything that only the leader touches.
pub(super) struct Driver<T: Task> {
    // Before `multi`: the handles leave it when they are dropped.
    tasks: IdMap<State<T>>,
    spare: Vec<Easy2<Receiver<T>>>,
    multi: Multi,
    poller: Arc<Poller>,
    // After `multi`: its callbacks use them to the end.
    signals: Arc<Signals>,
    /// No task is due before this time. It may be of a task that is over: to look at all tasks once
    /// in a while costs less than to keep them in order.
    look_at: Option<Instant>,
    admission: Admission,
    limits: Limits,
    ready: Vec<Ready>,
    done: Vec<(u64, Result<(), curl::Error>)>,
    /// How often in a row libcurl had more to do although no socket was ready.
    pressed: u32,
    /// Up to when the time is counted in which somebody listened.
    counted_to: Instant,
    /// When the sockets were last looked at.
    looked: Instant,
    /// Nobody has looked at the sockets for a while; and so it was at the last look, which found something.
    away: bool,
    absent: bool,
    /// Tasks that somebody who waits for their signal should look at.
    pub signalled: Vec<u64>,
    /// What has come to its end since it was last taken.
    pub finished: Vec<(u64, Finished<T>)>,
}

// SAFETY: the multi and easy handles are used by one thread at a time, the leader; libcurl
// allows them to move between threads. Everything else in it is Send.
unsafe impl<T: Task> Send for Driver<T> {}

impl<T: Task> Driver<T> {
    pub fn new(poller: Arc<Poller>, stops: Arc<Stops>, limits: Limits) -> Result<Driver<T>, Error> {
        // The bindings panic where libcurl has no descriptor for itself.
        let none = |_| Error::new(Code::Io, "no descriptor or memory for libcurl");
        let mut multi = panic::guard(Multi::new).map_err(none)?;
        let signals = Arc::new(Signals::new(Sockets::new(poller.clone()), stops));
        let failed = |error: curl::MultiError| Error::new(Code::Internal, error.to_string());
        let timer = signals.clone();
        multi
            .timer_function(move |after| {
                timer.set_timer(after);
                true
            })
            .map_err(failed)?;
        let data: *const Sockets = &signals.sockets;
        // SAFETY: the signals outlive the multi handle. The crate's own way hides the handle.
        unsafe {
            sys::curl_multi_setopt(multi.raw(), sys::CURLMOPT_SOCKETFUNCTION, sockets::want as *const c_void);
            sys::curl_multi_setopt(multi.raw(), sys::CURLMOPT_SOCKETDATA, data);
        }
        multi.pipelining(false, true).map_err(failed)?;
        let mut driver = Driver {
            tasks: IdMap::default(),
            spare: Vec::new(),
            multi,
            poller,
            signals,
            look_at: None,
            admission: Admission::default(),
            limits,
            ready: Vec::new(),
            done: Vec::new(),
            pressed: 0,
            counted_to: Instant::now(),
            looked: Instant::now(),
            away: false,
            absent: false,
            signalled: Vec::new(),
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
    }

    /// Uses no connection any more that is open. An older libcurl than 8.16 cannot.
    pub fn reconnect(&mut self) {
        // SAFETY: the option takes a long; a libcurl that does not know it refuses it.
        unsafe { sys::curl_multi_setopt(self.multi.raw(), NETWORK_CHANGED, CLEAR_CONNECTIONS) };
    }

    /// Takes a task in and starts it.
    pub fn start(&mut self, id: u64, task: Box<T>) {
        self.resume(id, task, Event::Start);
    }

    /// Ends a task early; it gets `error` as its outcome. Others that wait are not let in before
    /// [`Driver::admit`]: they may be about to be stopped as well.
    pub fn stop(&mut self, id: u64, error: Error) {
        let Some(state) = self.tasks.remove(&id) else { return };
        let (task, facts) = match state {
            State::Queued(task, host, _) => {
                self.admission.withdraw(&host, id);
                (task, None)
            }
            State::Delayed(task, _) => (task, None),
            State::Running(handle) => {
                let (task, facts, _) = self.leave(handle, Ok(()));
                (task, Some(facts))
            }
        };
        self.resume(id, task, Event::Stopped(error, facts));
    }

    /// Ends every task.
    pub fn stop_all(&mut self, error: &Error) {
        let mut ids: Vec<u64> = self.tasks.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.stop(id, error.clone());
        }
    }

    /// Whether it has no task.
    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether a task goes on.
    pub fn has(&self, id: u64) -> bool {
        self.tasks.contains_key(&id)
    }

    /// Lets a task have the bytes that it did not take.
    pub fn unpause(&mut self, id: u64) {
        let Some(State::Running(handle)) = self.tasks.get_mut(&id) else { return };
        let receiver = handle.get_mut();
        if std::mem::replace(&mut receiver.paused, false) {
            self.signals.tick();
            receiver.active_at = self.signals.listened();
            // It calls back at once, and the task may pause anew.
            let result = handle.unpause_write();
            self.attend();
            match result {
                Ok(()) => self.watch(id),
                // The task refused what it was given. libcurl says that only once.
                Err(error) => self.end(id, Err(Failure::Curl(error))),
            }
        }
    }

    /// Does what callbacks asked for.
    fn attend(&mut self) {
        for (id, flow) in self.signals.take_flows() {
            if flow == Flow::Answer {
                let Some(State::Running(handle)) = self.tasks.get_mut(&id) else { continue };
                let facts = handle.get_ref().facts(handle.raw());
                let answer = handle
                    .get_mut()
                    .task
                    .as_mut()
                    .and_then(|task| panic::guard(|| task.answer(facts)).ok().flatten());
                self.finished.extend(answer.map(|answer| (id, Finished::Early(answer))));
            } else {
                self.signalled.push(id);
            }
        }
    }

    /// Somebody begins to lead. Who waits for the descriptor listens too.
    pub fn enter(&mut self) {
        let now = self.signals.tick();
        if !self.is_idle() {
            let gap = now.saturating_duration_since(self.counted_to);
            self.signals.listen(gap);
            self.away |= gap >= AWAY;
        }
        self.counted_to = now;
    }

    /// Somebody leads no longer.
    pub fn leave_off(&mut self) {
        if !self.is_idle() {
            let now = self.signals.tick();
            self.signals.work(now.saturating_duration_since(self.counted_to));
            self.counted_to = now;
        }
    }

    /// Does what can be done without waiting.
    pub fn turn(&mut self) {
        // Callbacks may have taken their time.
        let start = self.signals.tick();
        let mut now = start;
        // libcurl always has more to do while a peer sends fast. Time-outs and commands get their turn.
        while now - start < TURN && self.signals.timer().is_some_and(|due| due <= now) {
            self.begin_due();
            self.harvest();
            now = self.signals.tick();
        }
        self.ask_timer();
    }

    /// libcurl does not say that it has more to do while a later timer stands that it has announced
    /// (Curl_update_timer() compares that timer alone).
    fn ask_timer(&mut self) {
        // It also has when all it could do is to wait until a peer reads.
        let pause = if self.pressed < PRESSED { Duration::ZERO } else { Duration::from_millis(1) };
        let later = self.signals.timer().is_some_and(|due| due > self.signals.now() + pause);
        if later
            && !self.tasks.is_empty()
            && self.multi.get_timeout().is_ok_and(|time| time == Some(Duration::ZERO))
        {
            self.pressed += 1;
            self.signals.set_timer(Some(pause));
        }
    }

    /// Has libcurl do what is due, such as to begin what it was given.
    fn begin_due(&mut self) {
        self.signals.set_timer(None);
        let _ = self.multi.timeout();
    }

    /// Sleeps until something happens, at most until `limit`, sees to the sockets and then to what is
    /// due: what has come is no silence, however long nobody looked.
    pub fn wait(&mut self, limit: Option<Instant>) {
        let now = self.signals.now();
        let until = [self.next_deadline(), limit].into_iter().flatten().min();
        let mut timeout = until.map(|until| until.saturating_duration_since(now));
        self.signals.work(now.saturating_duration_since(self.counted_to));
        for look in 0..LOOKS {
            let mut ready = std::mem::take(&mut self.ready);
            let more = self.poller.wait(timeout, &mut ready);
            let woken = self.signals.tick();
            self.looked = woken;
            if look == 0 {
                self.signals.listen(woken.saturating_duration_since(now));
                self.counted_to = woken;
                self.absent = std::mem::take(&mut self.away) && !ready.is_empty();
            }
            for event in &ready {
                if !self.signals.sockets.wanted(event) {
                    continue;
                }
                let mut events = Events::new();
                events.input(event.readable).output(event.writable).error(event.failed);
                let _ = self.multi.action(event.socket, &events);
                self.pressed = 0;
            }
            self.ready = ready;
            self.harvest();
            if !more {
                break;
            }
            timeout = Some(Duration::ZERO);
        }
        self.ask_timer();
        self.expire();
    }

    /// Whether nobody has looked at the sockets and the time-outs for too long.
    pub fn is_overdue(&self) -> bool {
        self.signals.now().saturating_duration_since(self.looked) > TURN
    }

    /// When something is due without any socket being ready.
    pub fn next_deadline(&self) -> Option<Instant> {
        let own = self.look_at.filter(|_| !self.tasks.is_empty());
        [self.signals.timer(), own].into_iter().flatten().min()
    }

    fn harvest(&mut self) {
        // A transfer that is over already still answers first.
        self.attend();
        let sent = self.note_sent();
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
        if any || sent {
            self.admit();
        }
    }

    /// Whether more transfers may start since some were sent, or answered.
    fn note_sent(&mut self) -> bool {
        let sent = self.signals.take_sent();
        sent.iter().for_each(|host| self.admission.sent(host));
        let answers = self.signals.take_answers();
        answers.iter().for_each(|(host, multiplexed)| self.admission.answers(host, *multiplexed));
        !sent.is_empty() || !answers.is_empty()
    }

    /// A transfer is over, or has to be.
    fn end(&mut self, id: u64, result: Result<(), Failure>) {
        let Some(State::Running(handle)) = self.tasks.remove(&id) else { return };
        let (task, facts, result) = self.leave(handle, result);
        self.resume(id, task, Event::Transferred(result, facts));
    }

    /// Takes a transfer out of libcurl: its task, the facts, and how it ended.
    fn leave(
        &mut self,
        handle: Easy2Handle<Receiver<T>>,
        result: Result<(), Failure>,
    ) -> (Box<T>, Facts, Result<(), Error>) {
        let mut easy = self.multi.remove2(handle).expect("libcurl gives a live handle back");
        let facts = easy.get_ref().facts(easy.raw());
        let receiver = easy.get_mut();
        let multiplexed = facts.answered.then_some(facts.multiplexed);
        if receiver.is_unsent() && result.is_err() {
            self.admission.lost(&receiver.host);
        }
        self.admission.leave(&receiver.host, multiplexed, receiver.is_unsent());
        let task = receiver.task.take().expect("a running transfer has its task");
        let (own, refused) = (receiver.end(), receiver.refused);
        let proxied = receiver.is_proxied() && !receiver.connected;
        let fails_in_frames =
            matches!(&result, Err(Failure::Curl(error)) if error.code() == outcome::CURLE_HTTP2);
        let result = match (own, result) {
            (Some(error), _) | (None, Err(Failure::Own(error))) => Err(error),
            (None, Err(Failure::Curl(error))) => Err(match refused {
                Some(address) if error.is_couldnt_connect() => public_address::refused(address),
                _ => outcome::error_of(&easy, &error, &facts, &easy.get_ref().host, proxied),
            }),
            (None, Ok(())) => Ok(()),
        };
        if fails_in_frames {
            // libcurl would go on with the connection, and each further request would meet the same.
            self.reconnect();
        }
        if self.spare.len() < SPARE {
            self.spare.push(easy);
        }
        (task, facts, result)
    }

    fn resume(&mut self, id: u64, mut task: Box<T>, event: Event) {
        let step = match panic::guard(|| task.resume(event)) {
            Ok(step) => step,
            // The task is told of its own panic once; a second one loses its output's detail.
            Err(error) => panic::guard(|| task.resume(Event::Stopped(error, None))).unwrap_or_else(|_| {
                // It may have been answered: then somebody waits for a signal.
                self.signalled.push(id);
                Step::Finish
            }),
        };
        match step {
            Step::Finish => self.finished.push((id, Finished::Over(task))),
            Step::Answered => self.signalled.push(id),
            Step::Wait(delay) => {
                let until = after(self.signals.tick(), delay);
                self.keep(id, State::Delayed(task, until));
            }
            Step::Transfer => {
                let now = self.signals.now();
                match self.admission.ask(&self.limits, &task.host(), id) {
                    (host, Some(protocol)) => self.run(id, task, host, protocol, now),
                    (host, None) => self.keep(id, State::Queued(task, host, now)),
                }
            }
        }
    }

    /// Starts what has waited for a free connection.
    pub fn admit(&mut self) {
        let mut begun = false;
        while let Some((id, protocol)) = self.admission.next(&self.limits) {
            match self.tasks.remove(&id) {
                Some(State::Queued(task, host, since)) => self.run(id, task, host, protocol, since),
                _ => unreachable!("only a queued task waits for admission"),
            }
            if protocol != Protocol::Single {
                // Of several that are due libcurl may begin any first. Where the connection has room, it
                // sends this one now, and the next may follow.
                self.begin_due();
                self.note_sent();
                begun = true;
            }
        }
        if begun {
            // To see what came of it.
            self.signals.set_timer(Some(Duration::ZERO));
        }
    }

    /// Runs a transfer that has been let in.
    fn run(&mut self, id: u64, mut task: Box<T>, host: Arc<str>, protocol: Protocol, since: Instant) {
        if let Some(error) = self.signals.stops.of(id) {
            // The command to stop it is under way; it must not be sent first.
            self.admission.leave(&host, None, protocol != Protocol::Single);
            return self.resume(id, task, Event::Stopped(error, None));
        }
        let now = self.signals.now();
        let mut easy = self.spare.pop().unwrap_or_else(|| Easy2::new(Receiver::new(self.signals.clone())));
        let mut transfer = easy.get_mut().transfer.take().unwrap_or_default();
        if let Err(error) = panic::guard(|| task.transfer(&mut transfer)).and_then(|written| written) {
            self.admission.leave(&host, None, protocol != Protocol::Single);
            return self.resume(id, task, Event::Stopped(error, None));
        }
        let receiver = easy.get_mut();
        receiver.queued = now - since;
        let added = configure(&mut easy, transfer, protocol).and_then(|()| {
            self.multi.add2(easy).map_err(|error| Error::new(Code::Internal, error.to_string()))
        });
        match added {
            Ok(mut handle) => {
                let receiver = handle.get_mut();
                (receiver.task, receiver.id, receiver.host) = (Some(task), id, host);
                let _ = handle.set_token(id as usize);
                self.keep(id, State::Running(handle));
            }
            Err(error) => {
                self.admission.leave(&host, None, protocol != Protocol::Single);
                self.resume(id, task, Event::Transferred(Err(error), Facts::default()));
            }
        }
    }

    fn keep(&mut self, id: u64, state: State<T>) {
        self.tasks.insert(id, state);
        self.watch(id);
    }

    /// Has the task looked at when it is due.
    fn watch(&mut self, id: u64) {
        let due = self.tasks.get(&id).and_then(State::due);
        let others = self.look_at.filter(|_| self.tasks.len() > 1);
        self.look_at = [due, others].into_iter().flatten().min();
    }

    /// Sees to the tasks that are due.
    fn expire(&mut self) {
        let now = self.signals.now();
        if self.look_at.is_none_or(|at| now < at) {
            return;
        }
        let is_due = |state: &State<T>| state.due().is_some_and(|at| at <= now);
        let mut due: Vec<u64> =
            self.tasks.iter().filter(|(_, state)| is_due(state)).map(|(id, _)| *id).collect();
        due.sort_unstable();
        for id in due {
            self.expire_one(id, now);
        }
        self.admit();
        let next = self.tasks.values().filter_map(State::due).min();
        self.look_at = next.map(|at| at.max(now + RESOLUTION));
    }

    fn expire_one(&mut self, id: u64, now: Instant) {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let Some(state) = self.tasks.get_mut(&id) else { return };
        if passed(state.task().deadline()) {
            let text = match state {
                State::Queued(_, host, _) => format!("the total time-out passed before {host} was asked"),
                State::Running(handle) => {
                    format!("the total time-out passed with {}", handle.get_ref().host)
                }
                State::Delayed(..) => "the total time-out passed before the next try".into(),
            };
            return self.stop(id, Error::new(Code::Timeout, text));
        }
        match state {
            State::Delayed(_, until) if passed(Some(*until)) => {
                if let Some(State::Delayed(task, _)) = self.tasks.remove(&id) {
                    self.resume(id, task, Event::Waited);
                }
            }
            State::Running(handle) => {
                let sent = outcome::sent(handle.raw());
                let receiver = handle.get_mut();
                if receiver.is_late() {
                    // It is not the peer's fault that a handshake stood still.
                    if self.absent && receiver.forgive() {
                        return;
                    }
                    let error = format!("no connection to {} within the connect time-out", receiver.host);
                    return self.end(id, Err(Failure::Own(Error::new(Code::ConnectTimeout, error))));
                }
                if receiver.is_silent(sent) {
                    let error = format!("no byte from {} within the read time-out", receiver.host);
                    self.end(id, Err(Failure::Own(Error::new(Code::ReadTimeout, error))));
                }
            }
            _ => {}
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
            State::Running(handle) => {
                handle.get_ref().task.as_ref().expect("a running transfer has its task")
            }
        }
    }

    /// When the task must be looked at.
    fn due(&self) -> Option<Instant> {
        let own = match self {
            State::Queued(..) => None,
            State::Delayed(_, until) => Some(*until),
            State::Running(handle) => handle.get_ref().due(),
        };
        [own, self.task().deadline()].into_iter().flatten().min()
    }
}
