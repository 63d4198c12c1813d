//! The connection under a socket: whether it takes what it is given, and a way to cut it.
//!
//! socketioxide hides its transports: it cannot say how much waits in one, and it cannot close one
//! so that clients come back by themselves. So the accept loop wraps each TCP stream. A write that
//! must wait says that the peer reads slower than we write, and must not wait for ever; cutting lets the
//! next read end.

use futures_util::task::AtomicWaker;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What is known of a connection.
#[derive(Default)]
pub struct Line {
    is_blocked: AtomicBool,
    is_cut: AtomicBool,
    has_moved: AtomicBool,
    written: AtomicU64,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl Line {
    /// Whether the peer has stopped taking what it is sent.
    pub fn is_blocked(&self) -> bool {
        self.is_blocked.load(Ordering::Relaxed)
    }

    /// Bytes that the peer's side took so far.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Ends the connection: reads end, writes fail.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
        self.reader.wake();
        self.writer.wake();
    }

    /// Whether this was asked before: a session moves to it once.
    pub(super) fn has_moved(&self) -> bool {
        self.has_moved.swap(true, Ordering::Relaxed)
    }

    fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Acquire)
    }
}

/// A stream whose line is watched.
pub struct Watched<S, C> {
    stream: S,
    line: Arc<Line>,
    /// How long a write may wait, and the end of that of the one that waits.
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    _counted: C,
}

impl<S, C> Watched<S, C> {
    /// Watches `stream` and tells `line`. A peer that takes nothing for as long as `patience` is cut.
    /// `counted` is kept for as long as the stream is.
    pub fn new(stream: S, line: Arc<Line>, patience: Duration, counted: C) -> Self {
        Self {
            stream,
            line,
            patience,
            stalled: None,
            _counted: counted,
        }
    }
}

impl<S: AsyncRead + Unpin, C: Unpin> AsyncRead for Watched<S, C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.line.reader.register(context.waker());
        if self.line.is_cut() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin, C: Unpin> Watched<S, C> {
    fn watch(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.line.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written = write(Pin::new(&mut self.stream), context);
        self.line
            .is_blocked
            .store(written.is_pending(), Ordering::Relaxed);
        if let Poll::Ready(Ok(bytes)) = &written {
            self.line
                .written
                .fetch_add(*bytes as u64, Ordering::Relaxed);
        }
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        self.line.writer.register(context.waker());
        // Cut in between: nobody would wake us any more.
        if self.line.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(context));
        // For good: a WebSocket's writer goes on after an error, and would leave a gap.
        self.line.cut();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin, C: Unpin> AsyncWrite for Watched<S, C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.watch(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.watch(context, |stream, context| {
            stream.poll_write_vectored(context, slices)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
