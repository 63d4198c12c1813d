//! WebSocket frames (RFC 6455): just what a client and an echo of small text messages need.
//!
//! No fragments, no extensions, no binary: neither server sends them, and one that did would be
//! told apart as an error rather than measured wrongly. A client must mask; the key is fixed but
//! not zero, because a zero key lets some servers skip work that real clients cause.

use anyhow::{Result, bail};

const MASKED: u8 = 0x80;
const FINAL_TEXT: u8 = 0x81;
const FINAL_CLOSE: u8 = 0x88;
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// One frame from a server.
pub enum Frame<'a> {
    /// A whole text message.
    Text(&'a [u8]),
    /// The server says goodbye.
    Close,
    /// A ping or pong of WebSocket itself, which Engine.IO does not use.
    Control,
}

/// Appends a text message as a client sends it.
pub fn write_masked(output: &mut Vec<u8>, payload: &[u8]) {
    write_head(output, payload.len(), MASKED);
    output.extend_from_slice(&KEY);
    let start = output.len();
    output.extend_from_slice(payload);
    mask(&mut output[start..]);
}

/// Appends a text message as a server sends it.
pub fn write_plain(output: &mut Vec<u8>, payload: &[u8]) {
    write_head(output, payload.len(), 0);
    output.extend_from_slice(payload);
}

fn write_head(output: &mut Vec<u8>, length: usize, masked: u8) {
    output.push(FINAL_TEXT);
    match length {
        0..126 => output.push(masked | length as u8),
        126..65_536 => {
            output.push(masked | 126);
            output.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            output.push(masked | 127);
            output.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Masks with the one key; twice is nothing.
fn mask(payload: &mut [u8]) {
    let mut blocks = payload.chunks_exact_mut(KEY.len());
    for block in &mut blocks {
        for (byte, key) in block.iter_mut().zip(KEY) {
            *byte ^= key;
        }
    }
    for (byte, key) in blocks.into_remainder().iter_mut().zip(KEY) {
        *byte ^= key;
    }
}

/// Reads the first frame and how many bytes it took; `None` when it is not whole yet.
pub fn read(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>> {
    let Some((kind, body)) = bounds(bytes, 0)? else {
        return Ok(None);
    };
    let end = body.end;
    let frame = match kind {
        FINAL_TEXT => Frame::Text(&bytes[body]),
        FINAL_CLOSE => Frame::Close,
        0x89 | 0x8a => Frame::Control,
        other => bail!("a frame of kind {other:#x}, which this client does not read"),
    };
    Ok(Some((frame, end)))
}

/// Unmasks the first text message of a client in place and tells where it is.
pub fn read_masked(bytes: &mut [u8]) -> Result<Option<std::ops::Range<usize>>> {
    let Some((_, body)) = bounds(bytes, KEY.len())? else {
        return Ok(None);
    };
    mask(&mut bytes[body.clone()]);
    Ok(Some(body))
}

fn bounds(bytes: &[u8], key: usize) -> Result<Option<(u8, std::ops::Range<usize>)>> {
    let [kind, short, ..] = bytes else {
        return Ok(None);
    };
    let (length, head) = match short & !MASKED {
        126 => match bytes.get(2..4) {
            Some(long) => (u16::from_be_bytes(long.try_into()?) as usize, 4),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10) {
            Some(long) => (u64::from_be_bytes(long.try_into()?) as usize, 10),
            None => return Ok(None),
        },
        short => (short as usize, 2),
    };
    let start = head + key;
    let is_whole = bytes.len() >= start + length;
    Ok(is_whole.then(|| (*kind, start..start + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_every_length_is_read_as_it_was_written() {
        for length in [0, 1, 125, 126, 65_535, 65_536, 70_001] {
            let payload: Vec<u8> = (0..length).map(|place| place as u8).collect();

            let mut plain = vec![];
            write_plain(&mut plain, &payload);
            let (frame, taken) = read(&plain).unwrap().unwrap();
            assert!(matches!(frame, Frame::Text(text) if text == payload));
            assert_eq!(taken, plain.len());
            assert!(read(&plain[..plain.len() - 1]).unwrap().is_none());

            let mut masked = vec![];
            write_masked(&mut masked, &payload);
            assert!(length == 0 || !masked.ends_with(&payload));
            let body = read_masked(&mut masked).unwrap().unwrap();
            assert_eq!(masked[body], payload);
        }
    }
}
