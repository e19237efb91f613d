//! Where a PostgreSQL database is: `postgres://user:password@host:port/database?option=value`.

use core::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// No statement is given less time: whoever says fewer means seconds.
const SHORTEST: Duration = Duration::from_secs(1);
/// Said where an address may have been cut within a password.
const ESCAPED: &str =
    "In a user's name or a password write / as %2F, ? as %3F, @ as %40, & as %26 and % as %25";

/// How the way to the database is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for this machine, or a network of the office's own, where that is said (`sslmode=disable`).
    Off,
    /// TLS, with a certificate that names the host and that somebody vouches for.
    Verified,
}

/// Where a database is, and as whom to go there.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or number of the machine, or the folder of a socket (`?host=/run/postgresql`).
    pub host: String,
    /// Its port; 5432 where none is said.
    pub port: u16,
    /// As whom.
    pub user: String,
    /// The password, where one is asked for.
    pub password: Option<String>,
    /// Which database; as the user is called where none is said.
    pub database: String,
    /// `sslmode`.
    pub tls: Tls,
    /// `sslrootcert`: who vouches for the database's certificate, as PEM; else whom this machine believes.
    pub root_certificates: Option<PathBuf>,
    /// `connect_timeout`, in seconds; 5 where none is said.
    pub connect_timeout: Duration,
    /// `statement_timeout`, in milliseconds, 1,000 at least; 30,000 where none is said. Nothing is waited for much longer.
    pub statement_timeout: Duration,
}

impl fmt::Debug for Address {
    /// Without the password.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "postgres://{}@{}:{}/{}", self.user, self.host, self.port, self.database)
    }
}

impl Address {
    /// From a `postgres://` or `postgresql://` address.
    ///
    /// # Errors
    /// In words, what is wrong with it, without what it says of a password.
    pub fn read(said: &str) -> Result<Self, String> {
        let rest = said.strip_prefix("postgres://").or_else(|| said.strip_prefix("postgresql://"));
        let rest = rest.ok_or("the database's address must begin with postgres://")?;
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (who, place) = place.rsplit_once('@').unwrap_or(("", place));
        let (user, password) = who.split_once(':').map_or((who, None), |(user, word)| (user, Some(word)));
        let (host, port) = host_and_port(place)?;
        if database.contains('@') {
            return Err(format!("the database's name holds an @: {ESCAPED}"));
        }
        let mut address = Self {
            host: plain(host)?,
            port,
            user: plain(user)?,
            password: password.map(plain).transpose()?,
            database: plain(database)?,
            tls: Tls::Off,
            root_certificates: None,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        };
        let mut is_tls_said = false;
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            address.take(name, plain(value)?)?;
            is_tls_said |= name == "sslmode";
        }
        if address.user.is_empty() {
            address.user = std::env::var("USER").unwrap_or_else(|_| "amparo".to_owned());
        }
        if address.database.is_empty() {
            address.database = address.user.clone();
        }
        if address.host.is_empty() {
            address.host = "localhost".to_owned();
        }
        if address.tls == Tls::Verified && address.is_socket() {
            return Err("a socket of this machine takes no TLS: leave out sslmode".to_owned());
        }
        if !is_tls_said && !address.is_here() {
            return Err(
                "the database is on another machine: say sslmode=verify-full, or sslmode=disable where \
                        nobody else is on the network between"
                    .to_owned(),
            );
        }
        Ok(address)
    }

    fn take(&mut self, name: &str, value: String) -> Result<(), String> {
        let number = || value.parse::<u64>().map_err(|_| format!("{name} is no number"));
        match name {
            "host" => self.host = value,
            "port" => self.port = value.parse().map_err(|_| "the database's port is no number")?,
            "user" => self.user = value,
            "password" => self.password = Some(value),
            "dbname" => self.database = value,
            "connect_timeout" => self.connect_timeout = Duration::from_secs(number()?.max(1)),
            "statement_timeout" => {
                let timeout = Duration::from_millis(number()?);
                if timeout < SHORTEST {
                    return Err("statement_timeout is in milliseconds, and 1000 at least".to_owned());
                }
                self.statement_timeout = timeout;
            }
            "sslrootcert" => self.root_certificates = Some(PathBuf::from(value)),
            "sslmode" => {
                self.tls = match value.as_str() {
                    "disable" => Tls::Off,
                    // Encrypted to nobody in particular is encrypted to whoever stands in between.
                    "require" | "verify-ca" | "verify-full" => Tls::Verified,
                    _ => return Err("sslmode is disable, require or verify-full".to_owned()),
                }
            }
            // Of the programs that come with PostgreSQL, and nothing to us.
            "application_name" | "target_session_attrs" => {}
            // Without what was said: it may be the end of a password.
            _ => {
                return Err(format!(
                    "the database's address has an option nobody here knows; those known are host, port, user, \
                     password, dbname, sslmode, sslrootcert, connect_timeout and statement_timeout. {ESCAPED}"
                ));
            }
        }
        Ok(())
    }

    /// Whether it is a socket of this machine.
    #[must_use]
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// Whether it is on this machine: what goes there passes no network.
    #[must_use]
    pub fn is_here(&self) -> bool {
        let is_loopback = |host: &str| host.parse().is_ok_and(|number: IpAddr| number.is_loopback());
        self.is_socket() || self.host == "localhost" || is_loopback(&self.host)
    }
}

fn host_and_port(place: &str) -> Result<(&str, u16), String> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let port = port.filter(|port| !port.is_empty()).unwrap_or("5432");
    Ok((host, port.parse().map_err(|_| "the database's port is no number")?))
}

/// Takes back what `%2F` and the like stand for.
fn plain(said: &str) -> Result<String, String> {
    let wrong = || "the database's address is not well formed".to_owned();
    let mut bytes = Vec::with_capacity(said.len());
    let mut rest = said.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit =
            |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else { return Err(wrong()) };
        bytes.push(high * 16 + low);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_all_its_parts() {
        let said = "postgres://am%40paro:p%3Ass@db.example:6543/ledger?sslmode=verify-full\
                    &sslrootcert=/etc/office.pem&connect_timeout=2&statement_timeout=1500";
        let address = Address::read(said).unwrap();
        assert_eq!((address.host.as_str(), address.port), ("db.example", 6543));
        assert_eq!((address.user.as_str(), address.password.as_deref()), ("am@paro", Some("p:ss")));
        assert_eq!((address.database.as_str(), address.tls), ("ledger", Tls::Verified));
        assert_eq!(address.root_certificates, Some(PathBuf::from("/etc/office.pem")));
        assert_eq!(address.connect_timeout, Duration::from_secs(2));
        assert_eq!(address.statement_timeout, Duration::from_millis(1500));
        assert!(!format!("{address:?}").contains("p:ss"), "a password is never in a log");

        let socket = Address::read("postgresql://amparo@/ledger?host=/run/postgresql").unwrap();
        assert!(socket.is_socket());
        assert_eq!((socket.port, socket.tls), (5432, Tls::Off));
        let six = Address::read("postgres://amparo@[::1]:77/x").unwrap();
        assert_eq!((six.host.as_str(), six.port), ("::1", 77));
        assert_eq!(Address::read("postgres://amparo@localhost").unwrap().database, "amparo");
    }

    #[test]
    fn another_machine_is_spoken_to_in_the_clear_only_where_that_is_said() {
        for there in ["db", "10.0.0.5", "db.example:6543", "[2001:db8::1]", "localhost.example"] {
            let refused = Address::read(&format!("postgres://a:secret@{there}/c")).unwrap_err();
            assert!(refused.contains("sslmode") && !refused.contains("secret"), "{refused}");
            for (said, tls) in [("disable", Tls::Off), ("verify-full", Tls::Verified)] {
                let address = Address::read(&format!("postgres://a@{there}/c?sslmode={said}")).unwrap();
                assert_eq!(address.tls, tls);
            }
        }
        // Whatever the address says first, the option says last.
        assert!(Address::read("postgres://a@localhost/c?host=db").is_err());
        for here in ["localhost", "127.0.0.1:77", "[::1]", ""] {
            assert_eq!(Address::read(&format!("postgres://a@{here}/c")).unwrap().tls, Tls::Off);
        }
    }

    #[test]
    fn a_statement_is_never_given_less_than_a_second() {
        let read = |said: &str| Address::read(&format!("postgres://a@localhost/c?statement_timeout={said}"));
        for said in ["0", "30", "999", "-1", "1s"] {
            assert!(read(said).unwrap_err().contains("statement_timeout"), "{said}");
        }
        assert_eq!(read("1000").unwrap().statement_timeout, Duration::from_secs(1));
    }

    #[test]
    fn an_address_that_says_something_unknown_is_refused_without_its_password() {
        for said in [
            "mysql://a@b/c",
            "postgres://a:secret@b:port/c",
            "postgres://a:secret@localhost/c?sslmode=prefer",
            "postgres://a:secret@localhost/c?colour=blue",
            "postgres://a:secret%ZZ@b/c",
            "postgres://a:secret@/c?host=/run&sslmode=require",
            // Passwords that were not written as an address wants them.
            "postgres://a:7?secret@localhost/c",
            "postgres://a:7?secret=8@localhost/c",
            "postgres://a:7/secret@localhost/c",
            "postgres://a:7/secret?more@localhost/c",
            "postgres://a:sec/ret-secret@localhost/c",
        ] {
            assert!(!Address::read(said).unwrap_err().contains("secret"), "{said}");
        }
    }
}
