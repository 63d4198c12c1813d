//! What every test stands on: a running server, an HTTP client, a Socket.IO client, and people.
//!
//! Black box: nothing here knows how the server works, only what the wire contract says. The clients
//! speak the protocols themselves, so that a test can also say what a well-behaved library never would.
//! A helper that waits has a deadline and says what it saw instead; nothing ever pauses for a fixed time.

pub mod children;
pub mod described;
pub mod http;
pub mod people;
pub mod routes;
pub mod server;
pub mod shape;
pub mod socket;
pub mod uploads;
pub mod wait;
pub mod wire;

pub use http::{Call, Http, Reply};
pub use people::{Channel, Tenant, User};
pub use server::Heyyo;
pub use socket::Socket;
pub use wait::{eventually, in_time};
pub use wire::Wire;
