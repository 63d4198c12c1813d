//! What the bundled Rust plugins share, so that each of them is only about its own subject: the types
//! and host functions of the contract, reading the settings once, and turning findings in a text into
//! a verdict, letters that look like others. Which hooks a plugin exports is its own affair and is said in
//! its own `lib.rs`; [`world!`] and [`checks_config!`] write what is the same around them.

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

/// The bindings of a world of the contract, with the types of this crate, which is `guest` to its callers.
#[macro_export]
macro_rules! world {
    ($world:literal) => {
        wit_bindgen::generate!({
            path: "../../wit/0.1",
            world: $world,
            with: {
                "heyyo:hooks/types@0.1.0": guest::types,
                "heyyo:hooks/log@0.1.0": guest::log,
                "heyyo:hooks/config@0.1.0": guest::config,
                "heyyo:hooks/state@0.1.0": guest::state,
                "heyyo:hooks/context@0.1.0": guest::context,
            },
        });
    };
}

/// Lets a plugin check its configuration with what reads it, and exports the plugin.
#[macro_export]
macro_rules! checks_config {
    ($plugin:ident, $read:path) => {
        impl exports::heyyo::hooks::lifecycle::Guest for $plugin {
            fn check_config(
                config: Vec<$crate::types::Entry>,
            ) -> Result<(), Vec<exports::heyyo::hooks::lifecycle::Problem>> {
                let problems: Vec<_> = $crate::mistakes(config, $read)
                    .into_iter()
                    .map(|mistake| exports::heyyo::hooks::lifecycle::Problem {
                        key: mistake.key,
                        message: mistake.message,
                    })
                    .collect();
                match problems.is_empty() {
                    true => Ok(()),
                    false => Err(problems),
                }
            }
        }

        // Only a component can export the names of the contract.
        #[cfg(target_arch = "wasm32")]
        export!($plugin);
    };
}
