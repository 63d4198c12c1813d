//! What is uploaded in place of a plugin: refused in words, in time, and in a process of its own.

use super::{
    attacker,
    bombs::{
        Dice, core_instances, doubling, hook, many_functions, one_long_function, program, text,
    },
    guest,
    host::{Host, note_in},
};
use heyyo::hooks::{check::examine, compile::Refused, event::Hook, plugin::Settings};
use std::time::{Duration, Instant};

const BEFORE: &str = "heyyo:hooks/before-message@0.1.0";

/// Does with an upload what the server does before it stores anything; the words of the refusal.
async fn offer(host: &Host, wasm: &[u8]) -> Result<(), String> {
    match host.0.admit(wasm).await {
        Ok(_) => {}
        Err(Refused::Upload(why)) => return Err(why),
        Err(Refused::Internal(error)) => panic!("our fault: {error:#}"),
    }
    let plugin = host.load(wasm, |_: &mut Settings| {}).await;
    let plugin = plugin.map_err(|fault| fault.to_string())?;
    match host.0.rehearse(&plugin).await {
        Ok(_) => Ok(()),
        Err(fault) => Err(fault.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_plugin_is_refused_and_told_why() {
    let host = Host::new();
    let http = r#"(import "wasi:http/outgoing-handler@0.2.0" (instance))"#;
    let unknown = r#"(import "evil:host/run@1.0.0" (instance))"#;
    let absent = r#"(import "wasi:cli/shell@0.2.0" (instance (export "run" (func))))"#;
    let reshaped =
        r#"(import "heyyo:hooks/config@0.1.0" (instance (export "get" (func (param "key" u32)))))"#;
    let function = r#"(import "open" (func))"#;
    let shape = "(result u32)";
    let attacker = attacker();
    let refusals: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "does not begin with \\0asm"),
        (
            "a picture",
            b"\x89PNG\r\n\x1a\n".to_vec(),
            "does not begin with \\0asm",
        ),
        (
            "a native program",
            b"\x7fELF\x02\x01\x01".repeat(99),
            "does not begin with \\0asm",
        ),
        (
            "half of one",
            attacker[..attacker.len() / 2].to_vec(),
            "not valid WebAssembly",
        ),
        (
            "a core module",
            text("(module (func (export \"run\")))"),
            "without _start",
        ),
        (
            "a module of another host",
            text("(module (import \"env\" \"f\" (func)) (func (export \"_start\")))"),
            "imports env.f",
        ),
        ("no hook", text("(component)"), "exports no hook"),
        (
            "a hook of tomorrow",
            hook("heyyo:hooks/before-message@0.2.0", shape, ""),
            "speaks version 0.1",
        ),
        (
            "an unknown hook",
            hook("heyyo:hooks/before-login@0.1.0", shape, ""),
            "no hook of version 0.1",
        ),
        (
            "the network",
            hook(BEFORE, shape, http),
            "wasi:http/outgoing-handler@0.2.0, and a plugin has no network",
        ),
        (
            "an unknown import",
            hook(BEFORE, shape, unknown),
            "evil:host/run@1.0.0, which is not there",
        ),
        (
            "a nameless import",
            hook(BEFORE, shape, function),
            "imports open, which is not there",
        ),
        (
            "an absent part of WASI",
            hook(BEFORE, shape, absent),
            "wasi:cli/shell",
        ),
        (
            "an import of another shape",
            hook(BEFORE, shape, reshaped),
            "heyyo:hooks/config",
        ),
        (
            "another shape",
            hook(BEFORE, shape, ""),
            "a hook has not the contract's shape",
        ),
        (
            "a hook without its function",
            text(&format!(
                "(component (instance $i) (export \"{BEFORE}\" (instance $i)))"
            )),
            "handle",
        ),
        (
            "81 core instances",
            core_instances(81),
            "81 core instances are more than 80",
        ),
        (
            "a memory too large",
            program(3_000, "(call $say)"),
            "memory",
        ),
        (
            "a million functions",
            many_functions(1_000_000),
            "1000000 functions are more than 30000",
        ),
        (
            "a function of 2 MiB",
            one_long_function(200_000),
            "A function is larger than 1 MiB",
        ),
        (
            "a billion instances",
            doubling(30),
            "1073741824 core instances are more than 80",
        ),
    ];
    for (what, wasm, words) in refusals {
        let began = Instant::now();
        let refusal = offer(&host, &wasm).await.expect_err(what);
        let took = began.elapsed();
        println!(
            "{what:28} {:>7.0} ms {:>8} bytes  {refusal}",
            took.as_secs_f64() * 1e3,
            wasm.len()
        );
        assert!(refusal.contains(words), "{what}: {refusal}");
        assert!(took < Duration::from_secs(8), "{what} took {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_to_compile_is_stopped() {
    let host = Host::within(|config| config.live.plugins.compile_seconds = 2);
    let bomb = one_long_function(60_000);
    assert!(
        bomb.len() < 1 << 20,
        "small enough to be looked at: {} bytes",
        bomb.len()
    );
    let began = Instant::now();
    let refusal = offer(&host, &bomb).await.expect_err("a bomb");
    let took = began.elapsed();
    println!("{:.1} s: {refusal}", took.as_secs_f64());
    assert!(refusal.contains("takes more than 2 s"), "{refusal}");
    assert!(took < Duration::from_secs(15), "{took:?}");
    // The place where one is compiled at a time is free again.
    assert_eq!(offer(&host, &program(1, "(call $say)")).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_much_memory_to_compile_is_stopped() {
    let host = Host::within(|config| config.live.plugins.compile_memory_bytes = 96 << 20);
    let refusal = offer(&host, &one_long_function(60_000))
        .await
        .expect_err("a bomb");
    assert!(refusal.contains("96 MiB of memory"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_that_our_own_compiler_made_is_not_taken_from_anybody() {
    let host = Host::new();
    let wasm = program(1, "(call $say) (nop)");
    assert_eq!(offer(&host, &wasm).await, Ok(()));
    let code = super::host::compiled(&wasm);
    let refusal = offer(&host, &code).await.expect_err("compiled code");
    assert!(refusal.contains("This is compiled code"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_truncated_or_damaged_upload_is_more_than_refused() {
    let host = Host::new();
    let whole = guest("archive/0.1.wasm");
    let mut dice = Dice(0x5eed);
    // One that ends where a section does may look whole.
    let ends = (0..whole.len()).step_by(whole.len() / 200);
    let cut = ends.filter(|end| examine(&whole[..*end]).is_err()).count();
    assert!(cut >= 190, "only {cut} of 200 were refused");
    let alike = (0..500).filter(|_| examine(&dice.damaged(&whole)).is_ok());
    println!(
        "{} of 500 damaged uploads look like a plugin",
        alike.count()
    );
    // Small ones go all the way: what comes of each is words, or a plugin that fails in words.
    let small = hook(
        BEFORE,
        "(result u32)",
        "(core module (memory 1) (func (loop (br 0))))",
    );
    let mut refused = 0;
    for _ in 0..60 {
        if let Err(why) = offer(&host, &dice.damaged(&small)).await {
            // Those are the words for a compiler that died.
            assert!(!why.contains("takes more than"), "{why}");
            refused += 1;
        }
    }
    println!("{refused} of 60 small ones were refused");
    assert_eq!(offer(&host, &whole).await, Ok(()), "the whole one is fine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_programs_compile_and_end_within_their_bounds() {
    let host = Host::new();
    let mut dice = Dice(0x0d1ce);
    for number in 0..8 {
        let wasm = dice.program();
        assert_eq!(offer(&host, &wasm).await, Ok(()), "program {number}");
        let plugin = host.plugin(&wasm, |_| {}).await;
        let fault = host
            .ask(&plugin, "hello")
            .await
            .expect_err("it says nothing");
        assert!(["unreadable", "crash"].contains(&fault.code()), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_check_is_bounded_and_its_problems_are_told() {
    let host = Host::new();
    let attacker = attacker();
    let check = async |key: &str, value: &str| {
        let set = |settings: &mut Settings| {
            settings.config.insert(key.to_owned(), value.into());
        };
        let plugin = host.plugin(&attacker, set).await;
        host.0.rehearse(&plugin).await
    };
    assert_eq!(check("word", "fine").await, Ok(vec![]));
    let problems = check("bad", "this").await.expect("an answer");
    assert_eq!(problems[0].key, "bad");
    assert_eq!(problems[0].message, "\"this\" is bad");
    for (attack, code) in [
        ("!loop", "deadline"),
        ("!panic", "crash"),
        ("!memory", "memory"),
    ] {
        let fault = check("check", attack).await.expect_err(attack);
        assert_eq!(fault.code(), code, "{attack}: {fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_built_for_the_contract_as_it_was_runs_unrebuilt() {
    let host = Host::new();
    let archived = guest("archive/0.1.wasm");
    assert!(archived.len() < 100_000, "{} bytes", archived.len());
    let examined = host.0.admit(&archived).await;
    assert!(
        matches!(&examined, Ok(found) if found.hooks == Hook::ALL),
        "{examined:?}"
    );
    let plugin = host.plugin(&archived, |_| {}).await;
    assert_eq!(host.0.rehearse(&plugin).await, Ok(vec![]));
    // What it says of all that the contract has: each kind of fact that it was given.
    let run = host.try_out(&plugin, "tell").await;
    assert_eq!(
        note_in(&run.verdict).as_deref(),
        Some("created tell somebody sum=1 recent=2 channel=messaging config=none"),
        "{:?}",
        run.verdict
    );
}
