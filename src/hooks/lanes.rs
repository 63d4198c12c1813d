//! Where plugins run: a quick lane for calls that take microseconds, and a slow one, of less importance
//! to the machine, for all that turns out to take long.
//!
//! A call that keeps its thread is put off after each tick of the epoch, behind whoever waits. With
//! twenty that spin in line, a neighbour's call of 5 µs waited for 80 ms. So a call that has used up its
//! start is moved, as it stands, to threads that the scheduler prefers others to, and its plugin's next
//! calls begin there for a while. What nobody waits for is there from the start.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
};

/// What a call may use of its thread's time in the quick lane.
const START: Duration = Duration::from_millis(2);
/// How long a plugin begins in the slow lane after a call that took longer.
const SLOW_FOR: Duration = Duration::from_secs(1);
/// How much less important the slow lane is; 19 is the least.
const NICENESS: i32 = 10;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The threads of both lanes.
pub struct Lanes {
    quick: Option<Runtime>,
    slow: Option<Runtime>,
}

/// Whether a plugin was slow of late.
#[derive(Default)]
pub struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Of what is slow from the start: nobody's message waits for it.
    pub fn slow() -> Arc<Self> {
        let pace = Self::default();
        pace.was_slow();
        Arc::new(pace)
    }

    fn is_slow(&self) -> bool {
        let until = *self.0.lock().unwrap();
        until.is_some_and(|until| Instant::now() < until)
    }

    fn was_slow(&self) {
        *self.0.lock().unwrap() = Some(Instant::now() + SLOW_FOR);
    }
}

impl Lanes {
    /// So many threads in each; 0: one for each core.
    pub fn new(threads: usize) -> anyhow::Result<Self> {
        let lane = |name: &str| {
            let mut lane = Builder::new_multi_thread();
            if threads > 0 {
                lane.worker_threads(threads);
            }
            lane.thread_name(name).enable_time();
            lane
        };
        let slow = lane("slow plugins")
            .on_thread_start(|| {
                // On Linux a thread's own. Not being allowed to is no reason not to run.
                let _ = rustix::process::nice(NICENESS);
            })
            .build()?;
        Ok(Self {
            quick: Some(lane("plugins").build()?),
            slow: Some(slow),
        })
    }

    /// The threads for what nobody waits for.
    pub fn slow(&self) -> &Handle {
        self.slow.as_ref().expect("until it is dropped").handle()
    }

    /// Does what somebody waits for; `None` if it panicked. It goes on if the caller does not.
    pub async fn run<T: Send + 'static>(
        &self,
        pace: Arc<Pace>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (done, result) = oneshot::channel();
        let slow = self.slow().clone();
        let work: Work<T> = Box::pin(work);
        if pace.is_slow() {
            slow.spawn(async move {
                let (result, spent) = to_its_end(work).await;
                if spent > START {
                    pace.was_slow();
                }
                let _ = done.send(result);
            });
        } else {
            let quick = self.quick.as_ref().expect("until it is dropped");
            quick.spawn(async move {
                match started(work).await {
                    Ok(result) => {
                        let _ = done.send(result);
                    }
                    Err(work) => {
                        pace.was_slow();
                        slow.spawn(async move {
                            let _ = done.send(work.await);
                        });
                    }
                }
            });
        }
        result.await.ok()
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        // May be dropped on a thread of another runtime, which must not wait.
        for lane in [self.quick.take(), self.slow.take()].into_iter().flatten() {
            lane.shutdown_background();
        }
    }
}

/// Works until it is done or has used up its start; then gives back what is left of it.
async fn started<T>(work: Work<T>) -> Result<T, Work<T>> {
    let mut work = Some(work);
    let mut spent = Duration::ZERO;
    poll_fn(move |context| {
        let began = Instant::now();
        let left = work.as_mut().expect("polled until it is done");
        match left.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Ok(result)),
            Poll::Pending => {
                spent += began.elapsed();
                match spent > START {
                    true => Poll::Ready(Err(work.take().expect("polled a moment ago"))),
                    false => Poll::Pending,
                }
            }
        }
    })
    .await
}

/// Works until it is done, and tells for how long it kept its thread.
async fn to_its_end<T>(mut work: Work<T>) -> (T, Duration) {
    let mut spent = Duration::ZERO;
    poll_fn(move |context| {
        let began = Instant::now();
        let polled = work.as_mut().poll(context);
        spent += began.elapsed();
        polled.map(|result| (result, spent))
    })
    .await
}
