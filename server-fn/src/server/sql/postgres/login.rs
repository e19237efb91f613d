//! Saying who we are to a PostgreSQL server.

use super::super::error::{Error, Kind, Result};
use super::address::{Address, Tls};
use super::wire::{Wire, away};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{AuthenticationSaslBody, Message};
use postgres_protocol::message::frontend;

/// Goes in; what the server says of itself afterwards is left to be read.
pub fn log_in(wire: &mut Wire, address: &Address) -> Result<()> {
    let who = [
        ("user", address.user.as_str()),
        ("database", address.database.as_str()),
        ("client_encoding", "UTF8"),
        ("application_name", "amparo"),
    ];
    frontend::startup_message(who, &mut wire.out).map_err(|error| away(&error))?;
    wire.send()?;
    loop {
        match wire.next()? {
            Message::AuthenticationOk => {
                wire.trust();
                return Ok(());
            }
            Message::AuthenticationCleartextPassword => {
                is_sheltered(address)?;
                tell(wire, password(address)?.as_bytes())?;
            }
            Message::AuthenticationMd5Password(body) => {
                // Whoever hears the answer finds the password by trying, and can answer with what they hear.
                is_sheltered(address)?;
                let hash = md5_hash(address.user.as_bytes(), password(address)?.as_bytes(), body.salt());
                tell(wire, hash.as_bytes())?;
            }
            Message::AuthenticationSasl(body) => prove(wire, &body, password(address)?)?,
            Message::ErrorResponse(body) => return Err(super::fault(&body)),
            Message::NoticeResponse(_) => {}
            _ => return Err(refused("it asks for something that is not known here")),
        }
    }
}

fn refused(why: &str) -> Error {
    Error::new(Kind::Other, format!("the database does not let us in: {why}"))
}

/// Nobody listens: it goes over a socket, or under TLS.
fn is_sheltered(address: &Address) -> Result<()> {
    if address.tls == Tls::Off && !address.is_socket() {
        return Err(refused(
            "it asks for the password in the clear, or as MD5: use sslmode=verify-full, or SCRAM-SHA-256",
        ));
    }
    Ok(())
}

fn password(address: &Address) -> Result<&str> {
    address.password.as_deref().ok_or_else(|| refused("it asks for a password"))
}

fn tell(wire: &mut Wire, word: &[u8]) -> Result<()> {
    frontend::password_message(word, &mut wire.out).map_err(|error| away(&error))?;
    wire.send()
}

/// SCRAM-SHA-256 (RFC 7677): neither side learns the password from the other.
fn prove(wire: &mut Wire, offered: &AuthenticationSaslBody, password: &str) -> Result<()> {
    let mut mechanisms = offered.mechanisms();
    let mut is_offered = false;
    while let Ok(Some(mechanism)) = fallible_iterator::FallibleIterator::next(&mut mechanisms) {
        is_offered |= mechanism == SCRAM_SHA_256;
    }
    if !is_offered {
        return Err(refused("it offers no way of proving a password that is known here"));
    }
    let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
    frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut wire.out)
        .map_err(|error| away(&error))?;
    wire.send()?;
    let wrong = |_| refused("what it says does not fit the password");
    loop {
        match wire.next()? {
            Message::AuthenticationSaslContinue(body) => {
                scram.update(body.data()).map_err(wrong)?;
                frontend::sasl_response(scram.message(), &mut wire.out).map_err(|error| away(&error))?;
                wire.send()?;
            }
            Message::AuthenticationSaslFinal(body) => return scram.finish(body.data()).map_err(wrong),
            Message::ErrorResponse(body) => return Err(super::fault(&body)),
            Message::NoticeResponse(_) => {}
            _ => return Err(refused("it asks for something that is not known here")),
        }
    }
}
