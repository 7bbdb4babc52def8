//! One warm process, from its start to its end.
//!
//! Owns the process, its log and its server. Invariant: it has one call at a time; a call that it does not
//! answer, for whatever reason, fails alone, and the instance ends with it.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};
use tidegate_model::{Failure, Invocation, Outcome, Span};
use tokio::sync::mpsc;

use super::api::{Api, Call, Event};
use super::log_pipe::LogPipe;
use super::{bootstrap, reply};
use crate::function::{Function, Turn};
use crate::host::Host;
use crate::process::Process;
use crate::runtimes::{timeout, took_longer_than};
use crate::settings::duration;

/// How long a call may take where nothing binds, as the handler is told: a day.
const UNBOUND: Span = Span::seconds(24 * 60 * 60);

/// A warm process that is ready for calls.
pub(super) struct Instance {
    host: Arc<Host>,
    function: Arc<Function>,
    id: u32,
    process: Process,
    log: LogPipe,
    api: Api,
    events: mpsc::Receiver<Event>,
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    arn: HeaderValue,
}

/// Whatever can happen to an instance without our doing.
enum Happening {
    Said(Event),
    Exited(ExitStatus),
    Closing,
}

/// How a call ended.
enum Ending {
    /// The instance can take another call.
    Answered(Outcome),
    /// The instance cannot go on.
    Broken(Outcome),
    /// Nobody wants the result; the instance cannot be made to drop it.
    Abandoned,
}

impl Instance {
    /// Starts a process and waits until it asks for a call.
    ///
    /// # Errors
    /// Why calls that wait for it must fail.
    pub(super) async fn start(host: Arc<Host>, function: Arc<Function>, id: u32) -> Result<Self, Failure> {
        let no_server = |error: std::io::Error| bootstrap::no_server(&error);
        let (api, events) = Api::open(host.settings.output_max_bytes).await.map_err(no_server)?;
        let (log, writers) = LogPipe::open(host.log_writer()).map_err(no_server)?;
        let address = api.address().to_string();
        let launch = bootstrap::launch(&host.settings, &function, &address, writers)?;
        let (process, _) = launch.start(Arc::clone(&host.guardian)).await?;
        function.state().fleet.runs_as(id, process.id());
        let closing = Arc::clone(&host);
        let closing = Box::pin(async move { closing.closing().await });
        let arn = arn(&host, &function);
        let instance = Self { host, function, id, process, log, api, events, closing, arn };
        instance.get_ready().await
    }

    async fn get_ready(mut self) -> Result<Self, Failure> {
        let limit = self.host.settings.start_timeout;
        let failure = tokio::select! {
            happening = self.happening() => match happening {
                Happening::Said(Event::Ready) => {
                    self.log.drain();
                    self.log.log.forget_tail();
                    return Ok(self);
                }
                Happening::Said(Event::StartFailed(error)) => reply::failure(&error),
                Happening::Said(Event::Answered(_) | Event::Failed(_) | Event::TooLong | Event::Unanswered) => {
                    unreachable!("there was no call yet")
                }
                Happening::Exited(status) => {
                    self.log.drain();
                    reply::exited("before it was ready", status, &self.log.log.tail())
                }
                Happening::Closing => Failure::new("Runtime.Closing", "the runtimes are shutting down"),
            },
            () = tokio::time::sleep(duration(limit)) => {
                self.log.drain();
                reply::start_timed_out(limit, &self.log.log.tail())
            }
        };
        self.stop().await;
        Err(failure)
    }

    /// Takes calls until the instance is idle for too long, breaks, or everything ends.
    pub(super) async fn serve(mut self) {
        while let Some(turn) = self.next_turn().await {
            self.host.changed();
            let began = Instant::now();
            match self.call(&turn).await {
                Ending::Answered(outcome) => {
                    self.function.state().fleet.answered(began.elapsed());
                    self.host.end(&self.function, &turn, Some(outcome));
                }
                Ending::Broken(outcome) => return self.end_with(&turn, Some(outcome)).await,
                Ending::Abandoned => return self.end_with(&turn, None).await,
            }
        }
        // Out of the fleet before it ends, which can take a while: no call is to wait for it.
        self.function.state().fleet.lose(self.id);
        super::scale(&self.host, &self.function);
        self.stop().await;
    }

    /// Ends the instance, and only then the attempt: a repeat must not run beside it.
    async fn end_with(self, turn: &Turn, outcome: Option<Outcome>) {
        let (host, function) = (Arc::clone(&self.host), Arc::clone(&self.function));
        self.stop().await;
        host.end(&function, turn, outcome);
    }

    async fn stop(self) {
        self.process.stop(duration(self.host.grace())).await;
    }

    /// Waits for a call; `None` once the instance is to end.
    async fn next_turn(&mut self) -> Option<Turn> {
        let idle_max = self.function.spec.limits.idle.unwrap_or(self.host.settings.idle);
        let idle_since = tokio::time::Instant::now();
        let function = Arc::clone(&self.function);
        let mut was_idle = false;
        loop {
            // Registered before the queue is looked at, so that no call is missed in between.
            let mut wake = std::pin::pin!(function.wake.notified());
            wake.as_mut().enable();
            if let Some(turn) = function.next_for(self.id) {
                return Some(turn);
            }
            let is_over = function.state().is_retired() || idle_since.elapsed() >= duration(idle_max);
            if is_over {
                return None;
            }
            if !std::mem::replace(&mut was_idle, true) {
                self.host.changed();
            }
            tokio::select! {
                () = &mut wake => {}
                // An idle instance has nothing to say: it has ended, broken the protocol, or everything ends.
                _ = self.happening() => return None,
                () = tokio::time::sleep_until(idle_since + duration(idle_max)) => {}
            }
        }
    }

    async fn call(&mut self, turn: &Turn) -> Ending {
        let invocation = &turn.attempt.invocation;
        self.log.drain();
        self.log.log.turn_to(Some((invocation.task, invocation.attempt)));
        self.log.log.forget_tail();
        self.api.offer(self.describe(invocation));
        let function = Arc::clone(&self.function);
        let ending = tokio::select! {
            biased;
            () = turn.attempt.abandoned() => Ending::Abandoned,
            happening = self.happening() => self.ending(happening),
            limit = timeout(&function) => Ending::Broken(Outcome::Failed(took_longer_than(limit))),
        };
        self.log.drain();
        self.log.log.turn_to(None);
        ending
    }

    fn ending(&mut self, happening: Happening) -> Ending {
        match happening {
            Happening::Said(Event::Answered(body)) => Ending::Answered(reply::answered(&body)),
            Happening::Said(Event::Failed(error)) => {
                Ending::Answered(Outcome::Failed(reply::failure(&error)))
            }
            Happening::Said(Event::TooLong) => {
                let max_bytes = self.host.settings.output_max_bytes;
                Ending::Answered(Outcome::Failed(reply::too_long(max_bytes)))
            }
            Happening::Said(Event::Unanswered | Event::Ready | Event::StartFailed(_)) => {
                Ending::Broken(Outcome::Failed(reply::unanswered()))
            }
            Happening::Exited(status) => {
                self.log.drain();
                let failure = reply::exited("before it answered", status, &self.log.log.tail());
                Ending::Broken(Outcome::Failed(failure))
            }
            Happening::Closing => Ending::Abandoned,
        }
    }

    /// Waits for something to happen, and files the log meanwhile.
    async fn happening(&mut self) -> Happening {
        tokio::select! {
            biased;
            Some(event) = self.events.recv() => Happening::Said(event),
            status = self.process.wait() => Happening::Exited(status),
            () = &mut self.closing => Happening::Closing,
            never = self.log.pump() => match never {},
        }
    }

    fn describe(&self, invocation: &Invocation) -> Call {
        let limit = self.function.spec.limits.timeout.unwrap_or(UNBOUND);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let deadline_ms = (now + duration(limit)).as_millis();
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("lambda-runtime-invoked-function-arn", self.arn.clone());
        let mut set = |name: &'static str, value: String| {
            // A key or name that no header can carry is left out.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        set("lambda-runtime-deadline-ms", deadline_ms.to_string());
        set("lambda-runtime-trace-id", trace_id(now, invocation));
        set("idempotency-key", invocation.idempotency_key.to_string());
        set("tidegate-task", invocation.task.to_string());
        set("tidegate-attempt", invocation.attempt.to_string());
        Call {
            request_id: format!("{}-{}", invocation.task, invocation.attempt),
            headers,
            input: invocation.input.to_text().into(),
        }
    }
}

/// The name by which AWS would know the function; there is no account, so its number is zero.
fn arn(host: &Host, function: &Function) -> HeaderValue {
    let arn = format!("arn:aws:lambda:{}:000000000000:function:{}", host.settings.region, function.name);
    HeaderValue::try_from(arn).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// An AWS X-Ray trace header: the time in seconds, then 96 bits that are the same for all attempts of a task.
fn trace_id(now: Duration, invocation: &Invocation) -> String {
    let task = invocation.task;
    format!("Root=1-{:08x}-{:016x}{:08x};Sampled=0", now.as_secs(), task.run.0, task.number)
}
