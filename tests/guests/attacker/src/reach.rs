//! What reaches for what is not there: files, environment, network, threads.

use std::{
    fs,
    net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket},
};
use wasip2::sockets::{network::IpAddressFamily, tcp_create_socket::create_tcp_socket};

fn tried<T, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "REACHED".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Reads, writes and lists.
pub fn files() -> String {
    [
        tried(fs::read("/etc/passwd")),
        tried(fs::read("../../etc/passwd")),
        tried(fs::write("/tmp/attacker", b"was here")),
        tried(fs::read_dir("/")),
        tried(fs::read_dir(".")),
        tried(fs::read("/proc/self/environ")),
    ]
    .join("; ")
}

/// What the environment says.
pub fn environment() -> String {
    let variables = std::env::vars().count();
    let arguments = std::env::args().count();
    let input = std::io::read_to_string(std::io::stdin()).unwrap_or_default();
    format!(
        "{variables} variables, {arguments} arguments, {} bytes of input",
        input.len()
    )
}

/// Calls, listens and looks up a name.
pub fn network() -> String {
    [
        tried(TcpStream::connect("127.0.0.1:22")),
        tried(TcpListener::bind("0.0.0.0:0")),
        tried(UdpSocket::bind("0.0.0.0:0")),
        tried("localhost:80".to_socket_addrs()),
    ]
    .join("; ")
}

/// Opens sockets and holds on to them; each would be a file descriptor of the server.
pub fn sockets() -> usize {
    let mut held = vec![];
    for _ in 0..200 {
        match create_tcp_socket(IpAddressFamily::Ipv4) {
            Ok(socket) => held.push(socket),
            Err(_) => break,
        }
    }
    held.len()
}

/// Starts a thread.
pub fn threads() -> String {
    tried(std::thread::Builder::new().spawn(|| {}))
}
