//! The bytes of one simulated file: what reads show, and what the platter holds.
//!
//! Invariant: outside the dirty sectors and the sectors that a failed sync gave up, the two are the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Random;

const SECTOR_BYTES: u64 = 512;
const PAGE_BYTES: u64 = 4096;

#[derive(Debug, Default)]
pub(super) struct Contents {
    cached: Bytes,
    durable: Bytes,
    /// Sectors written since the last sync.
    dirty: BTreeSet<u64>,
    /// The shortest that the file was since the last sync: whatever the platter holds beyond it is old.
    shortest: Option<u64>,
}

impl Contents {
    pub(super) fn len(&self) -> u64 {
        self.cached.len
    }

    pub(super) fn read(&self, buffer: &mut [u8], position: u64) -> usize {
        self.cached.read(buffer, position)
    }

    pub(super) fn write(&mut self, bytes: &[u8], position: u64, random: &mut Random) {
        if bytes.is_empty() {
            return;
        }
        let last = (position + bytes.len() as u64 - 1) / SECTOR_BYTES;
        for sector in position / SECTOR_BYTES..=last {
            // The kernel may write a page back at any time, so a sector that is written twice may survive as it was
            // in between.
            if !self.dirty.insert(sector) && random.coin() {
                self.durable.copy_sector(&self.cached, sector);
            }
        }
        self.cached.write(bytes, position);
    }

    pub(super) fn set_len(&mut self, len: u64) {
        if len < self.cached.len {
            self.shortest = Some(self.shortest.unwrap_or(u64::MAX).min(len));
            self.dirty.retain(|sector| sector * SECTOR_BYTES < len);
        }
        self.cached.set_len(len);
    }

    pub(super) fn sync(&mut self) {
        if let Some(shortest) = self.shortest.take() {
            self.durable.set_len(shortest.min(self.durable.len));
        }
        for sector in std::mem::take(&mut self.dirty) {
            self.durable.copy_sector(&self.cached, sector);
        }
        self.durable.set_len(self.cached.len);
    }

    pub(super) fn fail_sync(&mut self, random: &mut Random) {
        self.reach_the_platter_in_part(random);
    }

    pub(super) fn crash(&mut self, random: &mut Random) {
        self.reach_the_platter_in_part(random);
        self.cached = self.durable.clone();
    }

    pub(super) fn rot(&mut self, position: u64, mask: u8) {
        for bytes in [&mut self.cached, &mut self.durable] {
            let mut byte = [0];
            if bytes.read(&mut byte, position) == 1 {
                bytes.write(&[byte[0] ^ mask], position);
            }
        }
    }

    fn reach_the_platter_in_part(&mut self, random: &mut Random) {
        if let Some(shortest) = self.shortest.take()
            && random.coin()
        {
            self.durable.set_len(shortest.min(self.durable.len));
        }
        let len = if random.coin() { self.cached.len } else { self.durable.len };
        for sector in std::mem::take(&mut self.dirty) {
            if random.coin() {
                self.durable.copy_sector(&self.cached, sector);
            }
        }
        self.durable.set_len(len);
    }
}

/// A sparse run of bytes: pages that were never written are zeros and take no memory.
#[derive(Clone, Debug, Default)]
struct Bytes {
    len: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE_BYTES as usize]>>,
}

impl Bytes {
    fn read(&self, buffer: &mut [u8], position: u64) -> usize {
        let count = (buffer.len() as u64).min(self.len.saturating_sub(position));
        for (page, within, part) in pages_of(position, count) {
            let target = &mut buffer[part.clone()];
            match self.pages.get(&page) {
                Some(bytes) => target.copy_from_slice(&bytes[within..within + part.len()]),
                None => target.fill(0),
            }
        }
        index(count)
    }

    fn write(&mut self, bytes: &[u8], position: u64) {
        for (page, within, part) in pages_of(position, bytes.len() as u64) {
            let source = &bytes[part.clone()];
            if !self.pages.contains_key(&page) && source.iter().all(|byte| *byte == 0) {
                continue;
            }
            let target = self.pages.entry(page).or_insert_with(|| Box::new([0; PAGE_BYTES as usize]));
            target[within..within + part.len()].copy_from_slice(source);
        }
        self.len = self.len.max(position + bytes.len() as u64);
    }

    fn set_len(&mut self, len: u64) {
        if len < self.len {
            self.pages.retain(|page, _| page * PAGE_BYTES < len);
            if let Some(page) = self.pages.get_mut(&(len / PAGE_BYTES)) {
                page[index(len % PAGE_BYTES)..].fill(0);
            }
        }
        self.len = len;
    }

    fn copy_sector(&mut self, from: &Self, sector: u64) {
        let mut bytes = [0; SECTOR_BYTES as usize];
        let count = from.read(&mut bytes, sector * SECTOR_BYTES);
        self.write(&bytes[..count], sector * SECTOR_BYTES);
    }
}

/// Cuts `count` bytes at `position` at the borders of pages: (page, start within the page, range within the bytes).
fn pages_of(position: u64, count: u64) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == count {
            return None;
        }
        let at = position + done;
        let part = (PAGE_BYTES - at % PAGE_BYTES).min(count - done);
        let cut = (at / PAGE_BYTES, index(at % PAGE_BYTES), index(done)..index(done + part));
        done += part;
        Some(cut)
    })
}

fn index(count: u64) -> usize {
    usize::try_from(count).expect("a part of a slice in memory")
}
