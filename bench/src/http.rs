//! HTTP/1.1 as bytes: requests rendered once, responses cut out of what arrived.
//!
//! Only `Content-Length` bodies are read. Both servers send them; a chunked answer is an error and
//! not a guess.

use anyhow::{Context, Result, bail};
use memchr::memmem;

/// One response.
pub struct Response<'a> {
    /// Its status code.
    pub status: u16,
    /// Its status line and headers.
    pub head: &'a [u8],
    /// Its whole body.
    pub body: &'a [u8],
}

/// A GET, ready to be sent.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

/// A POST of JSON, ready to be sent. `credentials` are whole header lines, each with its line end.
pub fn post(path: &str, credentials: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{credentials}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The header line of a user's token.
pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// The request that turns a connection into a Socket.IO WebSocket. The key is the example of
/// RFC 6455: what the server answers to it proves nothing that is measured here.
pub fn upgrade() -> Vec<u8> {
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".to_vec()
}

/// Reads the first response and how many bytes it took; `None` when it is not whole yet.
pub fn read(bytes: &[u8]) -> Result<Option<(Response<'_>, usize)>> {
    let Some(head_length) = memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &bytes[..head_length];
    let status: u16 = std::str::from_utf8(head.get(9..12).unwrap_or_default())?
        .parse()
        .context("not an HTTP status line")?;
    let length = match status {
        101 | 204 | 304 => 0,
        _ => content_length(head)?,
    };
    let start = head_length + 4;
    let response = bytes
        .get(start..start + length)
        .map(|body| (Response { status, head, body }, start + length));
    Ok(response)
}

/// Whether a head has a header of this name, given in small letters.
pub fn has_header(head: &[u8], name: &str) -> bool {
    head.split(|byte| *byte == b'\n').any(|line| {
        line.len() > name.len()
            && line[..name.len()].eq_ignore_ascii_case(name.as_bytes())
            && line[name.len()] == b':'
    })
}

/// The length that a head announces.
pub fn content_length(head: &[u8]) -> Result<usize> {
    const NAME: &[u8] = b"content-length:";
    for line in head.split(|byte| *byte == b'\n') {
        if line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME) {
            return Ok(std::str::from_utf8(&line[NAME.len()..])?.trim().parse()?);
        }
    }
    bail!(
        "a response without Content-Length: {}",
        String::from_utf8_lossy(head)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_read_once_it_is_whole() {
        let bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200";
        let (response, taken) = read(bytes).unwrap().unwrap();
        assert_eq!((response.status, response.body), (201, &b"ok"[..]));
        assert_eq!(&bytes[taken..], b"HTTP/1.1 200");
        assert!(read(&bytes[..taken - 1]).unwrap().is_none());
        assert!(read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
