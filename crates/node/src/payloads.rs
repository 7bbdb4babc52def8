//! Large data: stored once by digest on its way in, read back when somebody looks at it.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_journal::Payloads as Store;
use tidegate_journal::payloads::PayloadError;
use tidegate_model::event::Form;
use tidegate_model::{Data, Digest, Event, Input, Outcome};

use crate::references::payload_of;

/// Bytes of recently read payloads that are kept.
const CACHE_BYTES: usize = 64 << 20;

/// The way of large data in and out of a node.
#[derive(Clone, Debug)]
pub struct Payloads {
    store: Store,
    inline_max_bytes: usize,
    cache: Arc<Mutex<Cache>>,
    /// The first that a step needed and the disk did not give.
    unread: Arc<Mutex<Option<PayloadError>>>,
}

#[derive(Debug, Default)]
struct Cache {
    entries: VecDeque<(Digest, Arc<[u8]>)>,
    bytes: usize,
}

impl Payloads {
    /// Payloads in `store`, of data above `inline_max_bytes`.
    #[must_use]
    pub fn new(store: Store, inline_max_bytes: usize) -> Self {
        Self { store, inline_max_bytes, cache: Arc::default(), unread: Arc::default() }
    }

    /// Whether `data` is to be stored rather than to travel inline.
    #[must_use]
    pub fn is_large(&self, data: &Data) -> bool {
        !matches!(data, Data::Stored { .. }) && data.size_bytes() > self.inline_max_bytes as u64
    }

    /// `data` with its content stored, where it is large. Durable on return.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn store(&self, data: Data) -> Result<Data, PayloadError> {
        if !self.is_large(&data) {
            return Ok(data);
        }
        let (content, form) = match &data {
            Data::Json(text) => (text.as_str().as_bytes(), Form::Json),
            Data::Binary(bytes) => (&**bytes, Form::Binary),
            Data::None | Data::Stored { .. } => return Ok(data),
        };
        let digest = Digest(self.store.put(content)?);
        Ok(Data::Stored { digest, size_bytes: content.len() as u64, form })
    }

    /// The store behind it.
    pub(crate) fn store_of(&self) -> &Store {
        &self.store
    }

    /// Ends the pins of what `inputs` refer to: they will not be recorded.
    pub(crate) fn abandon<'a>(&self, inputs: impl IntoIterator<Item = &'a Input>) {
        let digests: Vec<[u8; 32]> =
            inputs.into_iter().filter_map(stored_data).map(|(digest, _)| digest.0).collect();
        if !digests.is_empty() {
            self.store.abandon(&digests);
        }
    }

    /// Whether any data of `input` is to be stored.
    #[must_use]
    pub fn input_is_large(&self, input: &Input) -> bool {
        data_of(input).is_some_and(|data| self.is_large(data))
    }

    /// `input` with its large data stored.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn store_input(&self, mut input: Input) -> Result<Input, PayloadError> {
        match &mut input {
            Input::Publish { event: Event { data, .. }, .. }
            | Input::TaskEnded { outcome: Outcome::Succeeded { data, .. }, .. } => {
                *data = self.store(std::mem::take(data))?;
            }
            Input::TaskEnded { outcome: Outcome::Failed(failure), .. } => {
                failure.detail = self.store(std::mem::take(&mut failure.detail))?;
            }
            Input::StartRun(request) | Input::Rerun { request, .. } => {
                request.input = self.store(std::mem::take(&mut request.input))?;
            }
            _ => {}
        }
        Ok(input)
    }

    /// `inputs` with their large data stored. Where they are dropped before they are taken out, or one of them cannot be
    /// stored, what was stored of them is let go of.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(crate) fn store_inputs(&self, inputs: Vec<Input>) -> Result<StoredInputs, PayloadError> {
        let mut stored = StoredInputs { payloads: self.clone(), inputs: Vec::with_capacity(inputs.len()) };
        for input in inputs {
            stored.inputs.push(self.store_input(input)?);
        }
        Ok(stored)
    }

    /// Why a step that has just been taken is not to be let out: it was to read a payload, and the disk refused. It has
    /// decided without it, and a replay that can read it would decide otherwise.
    pub(crate) fn take_unread(&self) -> Option<PayloadError> {
        self.unread.lock().take()
    }

    /// The content with this digest, if it is there.
    ///
    /// # Errors
    /// Where the disk refuses, or the content does not have this digest.
    pub fn content(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, PayloadError> {
        let mut cache = self.cache.lock();
        if let Some((_, content)) = cache.entries.iter().find(|(known, _)| known == digest) {
            return Ok(Some(Arc::clone(content)));
        }
        let Some(content) = self.store.get(&digest.0)? else { return Ok(None) };
        let content: Arc<[u8]> = content.into();
        cache.bytes += content.len();
        cache.entries.push_back((*digest, Arc::clone(&content)));
        while cache.bytes > CACHE_BYTES {
            let Some((_, dropped)) = cache.entries.pop_front() else { break };
            cache.bytes -= dropped.len();
        }
        Ok(Some(content))
    }
}

/// Inputs whose large data was stored and of which nobody knows yet.
#[derive(Debug)]
pub(crate) struct StoredInputs {
    payloads: Payloads,
    inputs: Vec<Input>,
}

impl StoredInputs {
    /// Takes them out: whoever does records them or abandons them.
    pub(crate) fn take(mut self) -> Vec<Input> {
        std::mem::take(&mut self.inputs)
    }
}

impl Drop for StoredInputs {
    fn drop(&mut self) {
        self.payloads.abandon(&self.inputs);
    }
}

/// The one piece of data of an input that can be large.
fn data_of(input: &Input) -> Option<&Data> {
    match input {
        Input::Publish { event, .. } => Some(&event.data),
        Input::TaskEnded { outcome: Outcome::Succeeded { data, .. }, .. } => Some(data),
        Input::TaskEnded { outcome: Outcome::Failed(failure), .. } => Some(&failure.detail),
        Input::StartRun(request) | Input::Rerun { request, .. } => Some(&request.input),
        _ => None,
    }
}

/// The stored payload to which `input` refers, if to one, and its length in bytes. What [`Payloads::store_input`] stores has to be
/// found here, or it would be taken for garbage.
pub(crate) fn stored_data(input: &Input) -> Option<(Digest, u64)> {
    data_of(input).and_then(payload_of)
}

impl tidegate_engine::Payloads for Payloads {
    fn read(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        match self.content(digest) {
            Ok(content) => content,
            Err(error) => {
                self.unread.lock().get_or_insert(error);
                None
            }
        }
    }
}

/// Bytes of the data of `input`.
pub(crate) fn size_bytes(input: &Input) -> u64 {
    data_of(input).map_or(0, Data::size_bytes)
}
