//! Attacks by programs that read stdin, and by what a component does before it is called at all.

use super::{
    bombs::{hook, program},
    host::{DEADLINE, Host},
};
use heyyo::hooks::{event::Verdict, fault::Fault};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_bounded_as_a_component_is() {
    let host = Host::new();
    let deadline = "took longer than 400 ms";
    for (what, wasm, words) in [
        ("loop", program(1, "(loop (br 0))"), deadline),
        (
            "prints without end",
            program(1, "(loop (call $say) (br 0))"),
            "",
        ),
        (
            "exits",
            program(1, "(call $exit (i32.const 7))"),
            "it ended itself with exit code 1",
        ),
        ("says nothing", program(1, ""), "printed no verdict"),
        (
            "says it twice",
            program(1, "(call $say) (call $say)"),
            "printed no verdict",
        ),
        ("traps", program(1, "unreachable"), "wasm `unreachable`"),
        (
            "94 MiB at once",
            program(1_500, "(call $say)"),
            "needs more than 64 MiB",
        ),
    ] {
        let plugin = host.plugin(&wasm, |_| {}).await;
        let began = Instant::now();
        let fault = host
            .ask(&plugin, "hello")
            .await
            .expect_err(what)
            .to_string();
        let took = began.elapsed();
        println!("{what:20} {:>7.1} ms  {fault}", took.as_secs_f64() * 1e3);
        assert!(fault.contains(words), "{what}: {fault}");
        assert!(
            took < DEADLINE + Duration::from_secs(2),
            "{what} took {took:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_allows_is_heard_whether_it_returns_or_exits() {
    let host = Host::new();
    for body in ["(call $say)", "(call $say) (call $exit (i32.const 0))"] {
        let plugin = host.plugin(&program(1, body), |_| {}).await;
        assert_eq!(
            host.ask(&plugin, "hello").await,
            Ok(Verdict::Allow),
            "{body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_grows_to_its_bound_and_no_further() {
    let host = Host::new();
    // By a thousand for as long as it goes; allowed if that was 49 times.
    let body = "(local $times i32)
        (loop $again
          (if (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))
            (then (local.set $times (i32.add (local.get $times) (i32.const 1))) (br $again))))
        (if (i32.ne (local.get $times) (i32.const 49)) (then unreachable))
        (call $say)";
    let plugin = host.plugin(&program(1, body), |_| {}).await;
    assert_eq!(host.ask(&plugin, "hello").await, Ok(Verdict::Allow));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_before_any_hook_is_bounded_too() {
    let host = Host::new();
    let begins = |module: &str| {
        let more = format!("(core module $first {module}) (core instance (instantiate $first))");
        hook("heyyo:hooks/before-message@0.1.0", "(result u32)", &more)
    };
    for (what, wasm, fault) in [
        (
            "loops",
            begins("(func $f (loop (br 0))) (start $f)"),
            "took longer than",
        ),
        (
            "traps",
            begins("(func $f unreachable) (start $f)"),
            "wasm `unreachable`",
        ),
        (
            "recurses",
            begins("(func $f (call $f)) (start $f)"),
            "call stack exhausted",
        ),
        ("94 MiB", begins("(memory 1500)"), "64 MiB of memory"),
    ] {
        let plugin = host.plugin(&wasm, |_| {}).await;
        let rehearsed = host.0.rehearse(&plugin).await.expect_err(what).to_string();
        assert!(
            rehearsed.contains(fault),
            "{what} at its upload: {rehearsed}"
        );
        let asked = host
            .ask(&plugin, "hello")
            .await
            .expect_err(what)
            .to_string();
        assert!(asked.contains(fault), "{what} when asked: {asked}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_most_of_everything_leaves_others_their_places() {
    let host = Host::within(|config| config.boot.plugins.instances = 4);
    // Each of three plugins sits on as many memories, tables and core instances as it may, until its
    // deadline.
    let sits = "(core module $m (memory 1) (table 1 funcref))
         (core instance (instantiate $m)) (core instance (instantiate $m))
         (core instance (instantiate $m)) (core instance (instantiate $m))
         (core module $empty)"
        .to_owned()
        + &"(core instance (instantiate $empty))".repeat(74)
        + "(core module $last (func $f (loop (br 0))) (start $f)) (core instance (instantiate $last))";
    let greedy = hook("heyyo:hooks/before-message@0.1.0", "(result u32)", &sits);
    let neighbour = host.plugin(&program(1, "(call $say)"), |_| {}).await;
    let mut greedy_ones = vec![];
    for _ in 0..3 {
        greedy_ones.push(host.plugin(&greedy, |_| {}).await);
    }
    let sit = greedy_ones.iter().map(|plugin| host.ask(plugin, "hello"));
    let sit = futures_util::future::join_all(sit);
    let (sat, asked) = tokio::join!(sit, async {
        let mut asked = vec![];
        for _ in 0..20 {
            asked.push(host.ask(&neighbour, "hello").await);
        }
        asked
    });
    for fault in sat {
        assert_eq!(fault, Err(Fault::Deadline(DEADLINE)), "it sat there");
    }
    for verdict in asked {
        assert_eq!(verdict, Ok(Verdict::Allow));
    }
}
