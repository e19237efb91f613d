//! TLS to a PostgreSQL server: always with a certificate that names it, and that somebody vouches for.

use super::super::error::{Error, Kind, Result};
use super::address::Address;
use super::wire::{Stream, away};
use bytes::BytesMut;
use postgres_protocol::message::frontend;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where systems keep whom they believe.
const OF_THE_SYSTEM: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Asks for TLS and goes on under it.
pub fn over(mut stream: TcpStream, address: &Address) -> Result<Box<dyn Stream>> {
    let mut ask = BytesMut::new();
    frontend::ssl_request(&mut ask);
    stream.write_all(&ask).map_err(|error| away(&error))?;
    // One byte and no more: whatever came with it in the clear would pass for something said under TLS.
    let mut answer = [0];
    stream.read_exact(&mut answer).map_err(|error| away(&error))?;
    if answer != *b"S" {
        return Err(Error::new(Kind::Other, "the database offers no TLS, and sslmode asks for it"));
    }
    let refused = |error: rustls::Error| Error::new(Kind::Other, format!("TLS to the database: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(refused)?.with_root_certificates(roots(address)?).with_no_client_auth();
    let name = ServerName::try_from(address.host.clone());
    let name = name.map_err(|_| Error::new(Kind::Other, "the database's host is no name for TLS"))?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(refused)?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        if let Err(error) = stream.conn.complete_io(&mut stream.sock) {
            // What rustls found wrong is told inside of what the stream says.
            let found = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            return Err(found.map_or_else(|| away(&error), |found| refused(found.clone())));
        }
    }
    Ok(Box::new(stream))
}

fn roots(address: &Address) -> Result<RootCertStore> {
    let system = || OF_THE_SYSTEM.iter().map(PathBuf::from).find(|path| path.is_file());
    let path = address.root_certificates.clone().or_else(system);
    let nobody =
        || Error::new(Kind::Other, "nobody is believed to vouch for the database: say &sslrootcert=FILE");
    let path = path.ok_or_else(nobody)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(&path)?);
    if roots.is_empty() { Err(nobody()) } else { Ok(roots) }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let unreadable = |_| Error::new(Kind::Other, format!("{} holds no certificates as PEM", path.display()));
    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(unreadable)
}
