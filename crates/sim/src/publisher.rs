//! The publisher of the world: events with duplicates, out of order, to everybody or to one run.

use tidegate_json::Value;
use tidegate_model::{Address, Event, Input, Labels, RunId, Text};

use crate::random::Random;
use crate::wild::{KINDS, SUBJECTS};

/// Type of the events that the reference counter counts.
pub const COUNTED: &str = "counted";

/// What was published and what is still to be.
#[derive(Debug, Default)]
pub struct Publisher {
    published: u64,
    /// Events that were made and not sent yet: they are sent in another order.
    delayed: Vec<Input>,
    /// Events that were sent, some of which are sent again.
    sent: Vec<Input>,
}

impl Publisher {
    /// The next events to send, at least one.
    pub fn next(&mut self, random: &mut Random, live: &[RunId]) -> Vec<Input> {
        for _ in 0..random.between(1, 4) {
            let event = self.make(random, live);
            self.delayed.push(event);
        }
        random.shuffle(&mut self.delayed);
        let keep = random.below(self.delayed.len() as u64) as usize;
        let mut batch = self.delayed.split_off(keep);
        if random.chance(25) && !self.sent.is_empty() {
            batch.push(random.pick(&self.sent).clone());
        }
        self.sent.extend(batch.iter().cloned());
        if self.sent.len() > 40 {
            self.sent.drain(..20);
        }
        batch
    }

    /// Everything that was made and not sent.
    pub fn rest(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.delayed)
    }

    /// Nobody said that these arrived: they are sent again.
    pub fn send_again(&mut self, inputs: impl IntoIterator<Item = Input>) {
        self.delayed.extend(inputs.into_iter().filter(|input| matches!(input, Input::Publish { .. })));
    }

    fn make(&mut self, random: &mut Random, live: &[RunId]) -> Input {
        self.published += 1;
        let kind = if random.chance(20) { COUNTED } else { *random.pick::<&str>(&KINDS) };
        let source = if random.chance(80) { "/world" } else { "/elsewhere" };
        let mut event = Event::new(format!("p{}", self.published), source, kind);
        event = event.with_subject(*random.pick(&SUBJECTS));
        let mut data = Value::object([("n", random.below(8))]);
        if random.chance(15) {
            data.set("padding", "~".repeat(random.between(60, 3000) as usize));
        }
        event = event.with_data(&data);
        if random.chance(20) {
            let label = *random.pick(&["personal", "health"]);
            event.labels = Labels::from_iter([Text::const_new(label)]);
        }
        let to = match live.is_empty() || random.chance(85) {
            true => Address::World,
            false => Address::Run(*random.pick(live)),
        };
        Input::Publish { event, to }
    }
}
