//! Large data: stored once by digest on its way in, read back when somebody looks at it.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_journal::Payloads as Store;
use tidegate_journal::payloads::PayloadError;
use tidegate_model::event::Form;
use tidegate_model::{Data, Digest, Event, Input, Outcome};

/// Bytes of recently read payloads that are kept.
const CACHE_BYTES: usize = 64 << 20;

/// The way of large data in and out of a node.
#[derive(Clone, Debug)]
pub struct Payloads {
    store: Store,
    inline_max_bytes: usize,
    cache: Arc<Mutex<Cache>>,
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
        Self { store, inline_max_bytes, cache: Arc::default() }
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
            Input::StartRun(request) => request.input = self.store(std::mem::take(&mut request.input))?,
            _ => {}
        }
        Ok(input)
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

/// The one piece of data of an input that can be large.
fn data_of(input: &Input) -> Option<&Data> {
    match input {
        Input::Publish { event, .. } => Some(&event.data),
        Input::TaskEnded { outcome: Outcome::Succeeded { data, .. }, .. } => Some(data),
        Input::TaskEnded { outcome: Outcome::Failed(failure), .. } => Some(&failure.detail),
        Input::StartRun(request) => Some(&request.input),
        _ => None,
    }
}

impl tidegate_engine::Payloads for Payloads {
    fn read(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        match self.content(digest) {
            Ok(content) => content,
            Err(error) => {
                // A step that went on without it would decide on something else than a replay with it.
                tracing::error!(%digest, error = &error as &dyn std::error::Error, "payload cannot be read");
                None
            }
        }
    }
}

/// Bytes of the data of `input`.
pub(crate) fn size_bytes(input: &Input) -> u64 {
    data_of(input).map_or(0, Data::size_bytes)
}
