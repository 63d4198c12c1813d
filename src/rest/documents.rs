//! What the server says of its own calls and events, for machines and for people.

use crate::{
    error::Result,
    rest::{call::Call, openapi, reply::Reply},
};

pub(super) async fn openapi(_: Call) -> Result<Reply> {
    Ok(Reply::json(openapi::document()))
}
