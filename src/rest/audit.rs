//! The audit, for operators.

use crate::{
    chat::audit,
    error::Result,
    rest::{call::Call, reply::Reply},
};

pub(super) async fn list(call: Call) -> Result<Reply> {
    let limit = call.limit()?;
    let before = call.cursor("before")?;
    Reply::ok(&audit::list(&call.node, limit, before).await?)
}
