//! What doors call: publish, submit, ask.

use std::sync::Arc;
use std::time::Duration;

use tidegate_engine::{Partition, Refusal, Reply};
use tidegate_journal::payloads::PayloadError;
use tidegate_model::{Address, Event, FunctionName, Input, Invocation, Offset, Text};
use tidegate_runtimes::Runtimes;
use tokio::sync::{broadcast, oneshot};

use crate::driver::Driver;
use crate::inbox::Request;
use crate::metrics::Metrics;
use crate::node::Shared;
use crate::query::{QueryError, StepView};

/// A way to a node. Clones lead to the same one.
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

/// The answer to one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its place in the journal.
    pub offset: Offset,
    /// What the engine says.
    pub reply: Reply,
}

/// The answer to one published event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its ledger id: the place of its arrival in the journal.
    pub offset: Offset,
    /// Where it arrived first, if it had arrived before.
    pub duplicate_of: Option<Offset>,
    /// Why nothing was done with it, if nothing can be.
    pub refused: Option<Refusal>,
}

/// How large data may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadLimits {
    /// Above this many bytes it is stored once and travels by digest.
    pub inline_max_bytes: usize,
    /// Above this many bytes it is refused.
    pub max_bytes: usize,
}

/// Something that was not recorded.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubmitError {
    /// Too much waits already; nothing of it was taken.
    #[error("too much waits for the engine; try again in {}s", retry_after.as_secs())]
    Full {
        /// When to try again.
        retry_after: Duration,
    },
    /// Its data is larger than this node takes.
    #[error("{size_bytes} bytes of data are above the limit of {limit_bytes}")]
    TooLarge {
        /// Bytes of the data.
        size_bytes: u64,
        /// The most there may be.
        limit_bytes: u64,
    },
    /// The node is stopping or has stopped.
    #[error("the node is stopping")]
    Stopping,
    /// The disk is full; nothing of it was taken, and what comes once there is room is taken again.
    #[error("there is no room to record it: {0}")]
    NoSpace(String),
    /// The disk refused; nothing was acknowledged.
    #[error("storage refused: {0}")]
    Storage(String),
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Publishes events; they are durable when this returns.
    ///
    /// # Errors
    /// [`SubmitError`]; none of them was taken.
    pub async fn publish(&self, events: Vec<Event>, to: Address) -> Result<Vec<Accepted>, SubmitError> {
        let inputs = events.into_iter().map(|event| Input::Publish { event, to }).collect();
        let answers = self.submit_all(inputs).await?;
        Ok(answers.into_iter().map(accepted).collect())
    }

    /// Submits one input; it is durable when this returns.
    ///
    /// # Errors
    /// [`SubmitError`]; it was not taken. What the engine refuses is an answer, not an error.
    pub async fn submit(&self, input: Input) -> Result<Answer, SubmitError> {
        let answers = self.submit_all(vec![input]).await?;
        answers.into_iter().next().ok_or(SubmitError::Stopping)
    }

    /// Submits inputs that follow each other, with nothing between; they are durable when this returns.
    ///
    /// # Errors
    /// [`SubmitError`]; none of them was taken. What the engine refuses is an answer, not an error.
    pub async fn submit_all(&self, inputs: Vec<Input>) -> Result<Vec<Answer>, SubmitError> {
        let count = inputs.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let inputs = self.store_large(inputs).await?;
        let (answer, answered) = oneshot::channel();
        let max = self.shared.settings.inbox_max;
        let request = Request::Submit { inputs, answer };
        if let Err((error, request)) = self.shared.inbox.submit(request, count, max) {
            if let Request::Submit { inputs, .. } = *request {
                self.shared.payloads.abandon(&inputs);
            }
            return Err(error);
        }
        answered.await.unwrap_or(Err(SubmitError::Stopping))
    }

    /// Stores large data before it is recorded, so that no entry names what is not there.
    async fn store_large(&self, inputs: Vec<Input>) -> Result<Vec<Input>, SubmitError> {
        let payloads = &self.shared.payloads;
        if !inputs.iter().any(|input| payloads.input_is_large(input)) {
            return Ok(inputs);
        }
        let limit_bytes = self.shared.settings.payload_max_bytes as u64;
        if let Some(size_bytes) =
            inputs.iter().map(crate::payloads::size_bytes).find(|size| *size > limit_bytes)
        {
            return Err(SubmitError::TooLarge { size_bytes, limit_bytes });
        }
        let payloads = payloads.clone();
        let stored = tokio::task::spawn_blocking(move || payloads.store_inputs(inputs));
        match stored.await {
            Ok(Ok(inputs)) => Ok(inputs.take()),
            Ok(Err(PayloadError::Disk(error))) if error.is_full() => {
                Err(SubmitError::NoSpace(error.to_string()))
            }
            Ok(Err(error)) => Err(SubmitError::Storage(error.to_string())),
            Err(_) => Err(SubmitError::Stopping),
        }
    }

    /// Takes a task of the external function `function` upon somebody who calls himself `by`; waits up to `patience`
    /// for one, and gives `None` where none came. That it was taken is durable when this returns.
    ///
    /// # Errors
    /// [`SubmitError`]; the task goes to somebody else.
    pub async fn take_task(
        &self,
        function: &FunctionName,
        by: Option<Text>,
        patience: Duration,
    ) -> Result<Option<Invocation>, SubmitError> {
        let runtimes = &self.shared.runtimes;
        let mut offers = runtimes.watch_external();
        let end = tokio::time::Instant::now() + patience;
        loop {
            offers.mark_unchanged();
            while let Some(invocation) = runtimes.take_external(function) {
                let (task, attempt) = (invocation.task, invocation.attempt);
                match self.submit(Input::TaskTaken { task, attempt, by: by.clone() }).await {
                    Ok(Answer { reply: Reply::Refused(_), .. }) => {}
                    Ok(_) => return Ok(Some(invocation)),
                    Err(error) => {
                        runtimes.offer_external(invocation);
                        return Err(error);
                    }
                }
            }
            match tokio::time::timeout_at(end, offers.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(SubmitError::Stopping),
                Err(_) => return Ok(None),
            }
        }
    }

    /// Looks at the state, on the engine's thread between batches: to be kept short.
    ///
    /// # Errors
    /// [`SubmitError::Stopping`].
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Partition) -> T + Send + 'static,
    ) -> Result<T, SubmitError> {
        self.inspect(|driver| question(driver.partition())).await
    }

    pub(crate) async fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Driver) -> T + Send + 'static,
    ) -> Result<T, SubmitError> {
        let (answer, answered) = oneshot::channel();
        let request = Request::Inspect(Box::new(move |driver| {
            // Whoever asked may have gone.
            let _ = answer.send(look(driver));
        }));
        self.shared.inbox.submit(request, 0, usize::MAX).map_err(|(error, _)| error)?;
        answered.await.map_err(|_| SubmitError::Stopping)
    }

    /// Everything that happens from here on. A subscriber that lags behind misses some, and is told so.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<StepView>> {
        self.shared.steps.subscribe()
    }

    /// Where the functions run.
    #[must_use]
    pub fn runtimes(&self) -> &Runtimes {
        &self.shared.runtimes
    }

    /// How large data may be.
    #[must_use]
    pub fn limits(&self) -> PayloadLimits {
        PayloadLimits {
            inline_max_bytes: self.shared.settings.payload_inline_max_bytes,
            max_bytes: self.shared.settings.payload_max_bytes,
        }
    }

    /// How the node is doing.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.shared)
    }
}

impl From<SubmitError> for QueryError {
    fn from(error: SubmitError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

fn accepted(answer: Answer) -> Accepted {
    let Answer { offset, reply } = answer;
    match reply {
        Reply::Duplicate { first } => Accepted { offset, duplicate_of: Some(first), refused: None },
        Reply::Refused(refusal) => Accepted { offset, duplicate_of: None, refused: Some(refusal) },
        Reply::Done | Reply::Run { .. } | Reply::Applied { .. } => {
            Accepted { offset, duplicate_of: None, refused: None }
        }
    }
}
