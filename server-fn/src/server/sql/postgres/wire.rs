//! The bytes to a PostgreSQL server and back, with a limit on every wait.

use super::super::error::{Error, Kind, Result};
use super::address::{Address, Tls};
use bytes::BytesMut;
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// What the server is waited for beyond what it promises to need at most.
const GRACE: Duration = Duration::from_secs(5);

/// Longest message before somebody is let in, in bytes, and afterwards: whoever is there, and whatever they say, the memory
/// does not go with it. The longest row that is ever written has a few MiB.
const LONGEST_AT_FIRST: usize = 64 * 1024;
const LONGEST: usize = 64 * 1024 * 1024;

/// Something to talk over.
pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A way to the server.
pub struct Wire {
    stream: Box<dyn Stream>,
    inbox: BytesMut,
    /// What is to be sent.
    pub out: BytesMut,
    room: Vec<u8>,
    longest: usize,
}

/// That the way is gone, in words without addresses.
pub fn away(error: &io::Error) -> Error {
    Error::new(Kind::Away, format!("the database is away: {}", error.kind()))
}

impl Wire {
    /// Goes to the server; TLS is up where it is asked for.
    pub fn open(address: &Address) -> Result<Self> {
        Ok(Self::over(connect(address)?))
    }

    fn over(stream: Box<dyn Stream>) -> Self {
        let (inbox, out, room) = (BytesMut::new(), BytesMut::new(), vec![0; 64 * 1024]);
        Self { stream, inbox, out, room, longest: LONGEST_AT_FIRST }
    }

    /// Takes long messages from now on: it is known who is there.
    pub fn trust(&mut self) {
        self.longest = LONGEST;
    }

    /// Sends what is waiting to be sent.
    pub fn send(&mut self) -> Result<()> {
        let sent = self.stream.write_all(&self.out).and_then(|()| self.stream.flush());
        self.out.clear();
        sent.map_err(|error| away(&error))
    }

    /// The next message, waited for.
    pub fn next(&mut self) -> Result<Message> {
        loop {
            // A letter, and then the length of what follows it, itself included.
            if let Some(&[_, a, b, c, d]) = self.inbox.first_chunk::<5>()
                && usize::try_from(u32::from_be_bytes([a, b, c, d])).is_ok_and(|length| length > self.longest)
            {
                return Err(Error::new(Kind::Away, "the database says more than anybody asked for"));
            }
            if let Some(message) = Message::parse(&mut self.inbox).map_err(|error| away(&error))? {
                return Ok(message);
            }
            let read = loop {
                match self.stream.read(&mut self.room) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read.map_err(|error| away(&error))?,
                }
            };
            let read = self.room.get(..read).filter(|read| !read.is_empty());
            let read = read.ok_or_else(|| away(&io::ErrorKind::UnexpectedEof.into()))?;
            self.inbox.extend_from_slice(read);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.out.clear();
        frontend::terminate(&mut self.out);
        let _ = self.send();
    }
}

fn connect(address: &Address) -> Result<Box<dyn Stream>> {
    if address.is_socket() {
        return socket(address).map_err(|error| away(&error));
    }
    let stream = network(address).map_err(|error| away(&error))?;
    match address.tls {
        Tls::Off => Ok(Box::new(stream)),
        Tls::Verified => super::tls::over(stream, address),
    }
}

fn socket(address: &Address) -> io::Result<Box<dyn Stream>> {
    let longest = Some(address.statement_timeout.saturating_add(GRACE));
    let stream = UnixStream::connect(format!("{}/.s.PGSQL.{}", address.host, address.port))?;
    stream.set_read_timeout(longest)?;
    stream.set_write_timeout(longest)?;
    Ok(Box::new(stream))
}

fn network(address: &Address) -> io::Result<TcpStream> {
    let longest = Some(address.statement_timeout.saturating_add(GRACE));
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for place in (address.host.as_str(), address.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, address.connect_timeout) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(longest)?;
                stream.set_write_timeout(longest)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8], is_trusted: bool) -> Result<Message> {
        let (mut there, here) = UnixStream::pair().unwrap();
        let mut wire = Wire::over(Box::new(here));
        if is_trusted {
            wire.trust();
        }
        there.write_all(bytes).unwrap();
        wire.next()
    }

    #[test]
    fn a_message_that_is_longer_than_any_may_be_is_refused_before_it_has_come() {
        let announced = |length: usize| [&b"D"[..], &u32::try_from(length).unwrap().to_be_bytes()].concat();
        for (length, is_trusted) in
            [(LONGEST_AT_FIRST + 1, false), (LONGEST + 1, true), (u32::MAX as usize, true)]
        {
            let refused = said(&announced(length), is_trusted).err().unwrap();
            assert_eq!(refused.kind, Kind::Away);
            assert!(refused.to_string().contains("more than"), "{refused}");
        }
        // A row of one column with more bytes than a stranger may say.
        let cell = vec![7_u8; LONGEST_AT_FIRST];
        let length = u32::try_from(cell.len()).unwrap().to_be_bytes();
        let row = [&announced(4 + 2 + 4 + cell.len())[..], &[0, 1], &length, &cell[..]].concat();
        assert!(matches!(said(&row, true), Ok(Message::DataRow(_))));
        assert!(said(&row, false).is_err());
    }
}
