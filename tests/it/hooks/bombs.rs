//! Uploads that no compiler would make, put together from text or byte by byte.

use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection, MemoryType,
    Module, TypeSection, ValType,
};

/// From the text format.
pub fn text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|why| panic!("{why}"))
}

/// A program of WASI preview 1 that has `pages` of memory, can `$say` that it allows, and does `body`.
pub fn program(pages: u32, body: &str) -> Vec<u8> {
    text(&format!(
        r#"(module
             (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
             (memory (export "memory") {pages})
             (data (i32.const 0) "\10\00\00\00\07\00\00\00")
             (data (i32.const 16) "\22allow\22")
             (table $table 1 funcref)
             (func $say (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
             (func (export "_start") {body}))"#
    ))
}

/// A program that prints this, whatever it is asked.
pub fn prints(verdict: &str) -> Vec<u8> {
    let escaped = verdict.replace('"', "\\22");
    let length = verdict.len();
    text(&format!(
        r#"(module
             (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
             (memory (export "memory") 1)
             (data (i32.const 16) "{escaped}")
             (func (export "_start")
               (i32.store (i32.const 0) (i32.const 16))
               (i32.store (i32.const 4) (i32.const {length}))
               (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    ))
}

/// A component that exports a hook of this name, whose function has this shape and returns 0, and
/// whatever else `more` declares before.
pub fn hook(name: &str, shape: &str, more: &str) -> Vec<u8> {
    text(&format!(
        r#"(component
             {more}
             (core module $module (func (export "handle") (result i32) i32.const 0))
             (core instance $instance (instantiate $module))
             (func $handle {shape} (canon lift (core func $instance "handle")))
             (instance $hook (export "handle" (func $handle)))
             (export "{name}" (instance $hook)))"#
    ))
}

/// A program of so many functions of one line.
pub fn many_functions(count: u32) -> Vec<u8> {
    let mut body = Function::new([]);
    body.instructions().end();
    assemble(&vec![body; count as usize])
}

/// A program of one function with a thousand locals that are all alive in so many branches: what a
/// register allocator likes least.
pub fn one_long_function(branches: u32) -> Vec<u8> {
    const LOCALS: u32 = 1_000;
    let mut body = Function::new([(LOCALS, ValType::I32)]);
    let mut code = body.instructions();
    for branch in 0..branches {
        code.local_get(branch % LOCALS);
        code.if_(wasm_encoder::BlockType::Empty);
        code.local_get(branch % LOCALS)
            .i32_const(1)
            .i32_add()
            .local_set((branch * 7) % LOCALS)
            .end();
    }
    for local in 0..LOCALS {
        code.local_get(local).drop();
    }
    code.end();
    assemble(&[body])
}

fn assemble(bodies: &[Function]) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for body in bodies {
        functions.function(0);
        code.function(body);
    }
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export("_start", ExportKind::Func, 0);
    exports.export("memory", ExportKind::Memory, 0);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&exports)
        .section(&code);
    module.finish()
}

/// Components in one another, each of which is instantiated twice by the next: a few lines, and two to
/// the power of `depth` instances.
pub fn doubling(depth: u32) -> Vec<u8> {
    let mut inner =
        String::from("(component $c (core module $m) (core instance (instantiate $m)) )");
    for _ in 0..depth {
        inner = format!(
            "(component $c {inner} (instance (instantiate $c)) (instance (instantiate $c)))"
        );
    }
    let more = format!("{inner} (instance (instantiate $c))");
    hook("heyyo:hooks/before-message@0.1.0", "(result u32)", &more)
}

/// So many core instances.
pub fn core_instances(count: usize) -> Vec<u8> {
    let more = "(core instance (instantiate $empty))".repeat(count - 1);
    let more = format!("(core module $empty) {more}");
    hook("heyyo:hooks/before-message@0.1.0", "(result u32)", &more)
}

/// Random numbers that are the same each time (Marsaglia, "Xorshift RNGs", 2003).
pub struct Dice(pub u64);

impl Dice {
    /// Below `end`.
    pub fn throw(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    /// A program whose body computes something at random.
    pub fn program(&mut self) -> Vec<u8> {
        let mut body = Function::new([(4, ValType::I32)]);
        let mut code = body.instructions();
        for _ in 0..self.throw(400) {
            code.local_get(self.throw(4) as u32);
            for _ in 0..=self.throw(8) {
                code.i32_const(self.throw(1 << 20) as i32);
                match self.throw(12) {
                    0 => code.i32_add(),
                    1 => code.i32_sub(),
                    2 => code.i32_mul(),
                    3 => code.i32_div_s(),
                    4 => code.i32_rem_u(),
                    5 => code.i32_and(),
                    6 => code.i32_xor(),
                    7 => code.i32_shl(),
                    8 => code.i32_shr_s(),
                    9 => code.i32_rotl(),
                    10 => code.i32_lt_u(),
                    _ => code.i32_eq(),
                };
            }
            code.local_set(self.throw(4) as u32);
        }
        code.end();
        assemble(&[body])
    }

    /// The same bytes with some of them changed.
    pub fn damaged(&mut self, wasm: &[u8]) -> Vec<u8> {
        let mut wasm = wasm.to_vec();
        for _ in 0..=self.throw(6) {
            // Not the first eight: what is no WebAssembly at all is refused too early.
            let place = 8 + self.throw(wasm.len() - 8);
            wasm[place] = self.throw(256) as u8;
        }
        wasm
    }
}
