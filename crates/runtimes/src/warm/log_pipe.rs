//! The pipe through which an instance writes its log: stdout and stderr in one, so that their order is kept.
//!
//! Invariant: after [`LogPipe::drain`] everything that was written before is filed, so the log lines of a
//! call are filed under that call even if its answer is read first.

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use tokio::net::unix::pipe::Receiver;

use crate::logs::LogWriter;

/// Our end of an instance's log pipe.
pub(super) struct LogPipe {
    pipe: Receiver,
    chunk: Box<[u8]>,
    is_closed: bool,
    pub(super) log: LogWriter,
}

/// The instance's ends: for its stdout and its stderr.
pub(super) struct Writers {
    pub(super) stdout: Stdio,
    pub(super) stderr: Stdio,
}

impl LogPipe {
    pub(super) fn open(log: LogWriter) -> io::Result<(Self, Writers)> {
        let (reader, stdout) = io::pipe()?;
        let stderr = stdout.try_clone()?;
        let pipe = Receiver::from_owned_fd(OwnedFd::from(reader))?;
        let ours = Self { pipe, chunk: vec![0; 8 << 10].into(), is_closed: false, log };
        Ok((ours, Writers { stdout: stdout.into(), stderr: stderr.into() }))
    }

    /// Files what comes, for as long as it is polled.
    pub(super) async fn pump(&mut self) -> Infallible {
        while !self.is_closed {
            match self.read().await {
                Ok(0) | Err(_) => self.is_closed = true,
                Ok(length) => self.log.write(&self.chunk[..length]),
            }
        }
        std::future::pending().await
    }

    /// Reads what there is, waiting for it if need be. Giving up on it loses nothing.
    async fn read(&mut self) -> io::Result<usize> {
        loop {
            self.pipe.readable().await?;
            match self.pipe.try_read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    /// Files everything that has been written by now. Asks the pipe itself: the async runtime may not have
    /// heard yet that there is something to read.
    pub(super) fn drain(&mut self) {
        while let Ok(length) = rustix::io::read(&self.pipe, &mut *self.chunk) {
            if length == 0 {
                return;
            }
            self.log.write(&self.chunk[..length]);
        }
    }
}
