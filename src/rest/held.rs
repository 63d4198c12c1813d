//! Messages kept aside, for a tenant's backend.

use crate::{
    chat::held,
    error::Result,
    rest::{call::Call, reply::Reply},
};

pub(super) async fn list(call: Call) -> Result<Reply> {
    Reply::ok(&held::list(&call.node, call.tenant()?).await?)
}

pub(super) async fn release(call: Call) -> Result<Reply> {
    let sent = held::release(&call.node, call.tenant()?, call.held()?).await?;
    Reply::created(&sent.event.payload)
}

pub(super) async fn drop(call: Call) -> Result<Reply> {
    held::drop(&call.node, call.tenant()?, call.held()?).await?;
    Reply::done("Held message dropped")
}
