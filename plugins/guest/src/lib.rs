//! What the bundled Rust plugins share, so that each of them is only about its own subject: the types
//! and host functions of the contract, reading the settings once, and turning findings in a text into
//! a verdict, letters that look like others. Which hooks a plugin exports is its own affair and is said in its own `lib.rs`.

pub mod findings;
pub mod lookalikes;
pub mod settings;

wit_bindgen::generate!({
    path: "../../wit/0.1",
    world: "imports",
});

pub use findings::Findings;
pub use heyyo::hooks::{config, context, log, state, types};
pub use settings::{Kept, Settings, mistakes};
