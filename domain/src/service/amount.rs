//! Quantities and amounts of money as people type them: with a comma or a point, digits of any script, with the sign of
//! the dollar or of the balboa. What could mean two things is asked again and never guessed.

use crate::digit;

/// Most that is given to one family at once, in cents: 10,000 US dollars. The largest help of the tables (seed capital,
/// a hospital bill) stays below a third of it; a slipped key (one digit more) is what lies beyond.
pub const MOST_CENTS: i64 = 1_000_000;
/// Most units of anything that is handed out to one family at once. A lorry is a distribution of its own.
pub const MOST_UNITS: i64 = 1_000;
/// Most nights: a year. Whoever stays longer is decided about again.
pub const MOST_NIGHTS: i64 = 366;
/// Most characters looked at: no amount is longer.
const LONGEST: usize = 40;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    /// Its code in `units.csv`: `USD`, `kit`, `night` …
    pub code: &'a str,
    /// Decimals that it has, of `units.csv`.
    pub decimals: u8,
}

impl Unit<'_> {
    /// The US dollar, with the balboa at par.
    pub const DOLLAR: Unit<'static> = Unit { code: "USD", decimals: 2 };

    /// Whether it is money.
    #[must_use]
    pub fn is_money(self) -> bool {
        self.code == Unit::DOLLAR.code
    }

    /// Most of it that one family is given at once, in whole units.
    #[must_use]
    pub fn most(self) -> i64 {
        match self.code {
            "USD" => MOST_CENTS / 100,
            "night" => MOST_NIGHTS,
            _ => MOST_UNITS,
        }
    }
}

/// Why a number is not taken. For logs and tests; the app has the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountFault {
    /// Nothing was typed.
    #[error("missing")]
    Missing,
    /// Below nought.
    #[error("negative")]
    Negative,
    /// Nothing is given.
    #[error("zero")]
    Zero,
    /// No number at all.
    #[error("not a number")]
    NotANumber,
    /// `1,000` or `1.000`: a thousand, or one.
    #[error("may be a thousand or one")]
    Ambiguous,
    /// More decimals than the unit has.
    #[error("more than {0} decimals")]
    TooManyDecimals(u8),
    /// Money of another country; what it was called.
    #[error("money of another country: {0}")]
    Foreign(String),
    /// More than one family is given at once; the most, in whole units.
    #[error("more than {0}")]
    TooMuch(i64),
}

impl AmountFault {
    /// A short name for finding the words.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            AmountFault::Missing => "missing",
            AmountFault::Negative => "negative",
            AmountFault::Zero => "zero",
            AmountFault::NotANumber => "not_a_number",
            AmountFault::Ambiguous => "ambiguous",
            AmountFault::TooManyDecimals(_) => "decimals",
            AmountFault::Foreign(_) => "foreign",
            AmountFault::TooMuch(_) => "too_much",
        }
    }
}

/// A number of units, more than nought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    /// In parts of ten to the power of `decimals`.
    parts: i64,
    decimals: u8,
}

impl Amount {
    /// Reads what was typed for a unit.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn parse(text: &str, unit: Unit<'_>) -> Result<Amount, AmountFault> {
        let (is_negative, number) = bare(text, unit)?;
        let (whole, rest) = split(&number)?;
        let decimals = usize::from(unit.decimals);
        if rest.trim_end_matches('0').len() > decimals {
            return Err(AmountFault::TooManyDecimals(unit.decimals));
        }
        let rest: String = rest.chars().chain(core::iter::repeat('0')).take(decimals).collect();
        let digits = format!("{}{rest}", whole.trim_start_matches('0'));
        // Longer than any limit: no need to know how much it is.
        let parts = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(i64::MAX) };
        match parts {
            0 => Err(AmountFault::Zero),
            _ if is_negative => Err(AmountFault::Negative),
            parts if parts > unit.most().saturating_mul(power(unit.decimals)) => {
                Err(AmountFault::TooMuch(unit.most()))
            }
            parts => Ok(Amount { parts, decimals: unit.decimals }),
        }
    }

    /// In parts of ten to the power of the unit's decimals: cents of a dollar.
    #[must_use]
    pub fn parts(self) -> i64 {
        self.parts
    }
}

/// The text form that records hold: `12`, `12.50`.
impl core::fmt::Display for Amount {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let power = power(self.decimals);
        match self.decimals {
            0 => write!(f, "{}", self.parts),
            places => {
                let places = usize::from(places);
                write!(f, "{}.{:0places$}", self.parts / power, self.parts % power)
            }
        }
    }
}

fn power(decimals: u8) -> i64 {
    10_i64.saturating_pow(u32::from(decimals))
}

/// Whether it is below nought, and the number in digits, points and commas alone, as `0` to `9`. Signs of the unit's own
/// money are taken off; those of another country's are refused by name.
fn bare(text: &str, unit: Unit<'_>) -> Result<(bool, String), AmountFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AmountFault::Missing);
    }
    if text.chars().count() > LONGEST {
        return Err(AmountFault::NotANumber);
    }
    let (mut number, mut word, mut words) = (String::new(), String::new(), Vec::new());
    // In accounts a number in brackets is one that is owed.
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut is_negative = inner.is_some();
    let (mut is_ended, mut is_torn, mut after_space) = (false, false, false);
    for c in inner.unwrap_or(text).chars() {
        let plain = digit::plain(c).or(match c {
            '.' | '\u{66b}' => Some('.'),
            ',' | '\u{66c}' | '\u{60c}' => Some(','),
            _ => None,
        });
        match plain {
            // The point of an abbreviation («B/.») belongs to it; that of «$.50» does not.
            Some('.') if word.ends_with('/') || matches!(word.as_str(), "BS" | "B" | "L") => word.push(c),
            Some(plain) => {
                if !word.is_empty() {
                    words.push(core::mem::take(&mut word));
                }
                // «12$50» is no number of ours.
                is_torn |= is_ended;
                // A space parts thousands, and nothing else: «12 5» is not 125.
                if after_space && plain.is_ascii_digit() && number.ends_with(|c: char| c.is_ascii_digit()) {
                    number.push(' ');
                }
                number.push(plain);
                after_space = false;
            }
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(core::mem::take(&mut word));
                }
                after_space = true;
            }
            None if is_minus(c) && number.is_empty() && !is_negative => is_negative = true,
            None if c == '+' && number.is_empty() => {}
            // The marks that keep a number in its place between letters of the other direction.
            None if matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}') => {}
            None => {
                is_ended |= !number.is_empty();
                word.extend(c.to_uppercase());
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    for word in words {
        let is_own = unit.is_money() && OWN.contains(&word.trim_end_matches('.'));
        if is_own {
            continue;
        }
        return Err(if is_foreign(&word) { AmountFault::Foreign(word) } else { AmountFault::NotANumber });
    }
    if is_torn || number.is_empty() { Err(AmountFault::NotANumber) } else { Ok((is_negative, number)) }
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}' | '\u{2013}' | '\u{2014}' | '\u{fe63}' | '\u{ff0d}')
}

/// How money is called that is the dollar, or is worth one: in capitals, without a point at the end.
const OWN: &[&str] = &[
    "$",
    "US$",
    "USD",
    "USD$",
    "$US",
    "DOL",
    "DÓLAR",
    "DOLAR",
    "DÓLARES",
    "DOLARES",
    "DOLLAR",
    "DOLLARS",
    "DÓLARS",
    "DOLA",
    "B/",
    "B",
    "PAB",
    "BALBOA",
    "BALBOAS",
    "دولار",
];

/// Money of other countries as people write it, in capitals: the codes and signs of those whom people here come from or
/// pass through, and the largest others.
const FOREIGN: &[&str] = &[
    "EUR",
    "EURO",
    "EUROS",
    "COP",
    "COL$",
    "VES",
    "VEF",
    "VED",
    "BS",
    "BS.",
    "BSS",
    "BS.S",
    "BS.F",
    "BOLÍVAR",
    "BOLIVAR",
    "BOLÍVARES",
    "BOLIVARES",
    "PESO",
    "PESOS",
    "HTG",
    "GOURDE",
    "GOURDES",
    "GOUD",
    "CUP",
    "MLC",
    "NIO",
    "C$",
    "CRC",
    "COLONES",
    "COLÓN",
    "COLON",
    "HNL",
    "L.",
    "LEMPIRAS",
    "GTQ",
    "Q",
    "QUETZALES",
    "MXN",
    "MX$",
    "PEN",
    "S/",
    "S/.",
    "SOL",
    "SOLES",
    "BRL",
    "R$",
    "REAL",
    "REAIS",
    "REALES",
    "DOP",
    "RD$",
    "CLP",
    "ARS",
    "AR$",
    "UYU",
    "PYG",
    "GUARANÍES",
    "BOB",
    "TTD",
    "TT$",
    "GYD",
    "G$",
    "JMD",
    "BBD",
    "XCD",
    "GBP",
    "LIBRAS",
    "CAD",
    "C$A",
    "CNY",
    "RMB",
    "YUAN",
    "JPY",
    "INR",
    "RUPIAS",
    "BDT",
    "AFN",
    "PKR",
    "NPR",
    "XAF",
    "XOF",
    "FCFA",
    "CFA",
    "NGN",
    "AOA",
    "CHF",
    "RUB",
    "USDT",
    "BTC",
];

fn is_foreign(word: &str) -> bool {
    // All signs of money but the dollar's and the cent's, which no table of ours counts in.
    let is_sign = |c: char| matches!(c, '\u{a3}'..='\u{a5}' | '\u{58f}' | '\u{60b}' | '\u{9f2}' | '\u{9f3}' | '\u{e3f}' | '\u{17db}' | '\u{20a0}'..='\u{20cf}' | '\u{fdfc}' | '\u{ffe1}' | '\u{ffe5}' | '\u{ffe6}');
    word.chars().any(is_sign) || FOREIGN.contains(&word) || FOREIGN.contains(&word.trim_end_matches('.'))
}

/// The digits before and after the mark of decimals.
fn split(number: &str) -> Result<(String, &str), AmountFault> {
    let places: Vec<(usize, char)> = number.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let groups = |whole: &str, mark: char| {
        let mut groups = whole.split([mark, ' ']);
        let first = groups.next().unwrap_or_default();
        let of_three = groups.clone().count() == 0 || (1..=3).contains(&first.len());
        let is_plain = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        let rest: Vec<&str> = groups.collect();
        let is_read =
            of_three && is_plain(first) && rest.iter().all(|part| part.len() == 3 && is_plain(part));
        is_read.then(|| format!("{first}{}", rest.concat())).ok_or(AmountFault::NotANumber)
    };
    let Some(&(last, mark)) = places.last() else { return Ok((groups(number, ' ')?, "")) };
    let (whole, rest) = (number.get(..last).unwrap_or_default(), number.get(last + 1..).unwrap_or_default());
    let same = places.iter().filter(|(_, c)| *c == mark).count();
    if same > 1 {
        // Several of the same part thousands, and there are no decimals.
        return if same == places.len() {
            Ok((groups(number, mark)?, ""))
        } else {
            Err(AmountFault::NotANumber)
        };
    }
    let is_plain = rest.chars().all(|c| c.is_ascii_digit());
    if !is_plain || (rest.is_empty() && whole.is_empty()) {
        return Err(AmountFault::NotANumber);
    }
    let other = if mark == '.' { ',' } else { '.' };
    let is_alone = places.len() == 1 && !whole.contains(' ');
    let is_group = rest.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    if is_alone && is_group {
        return Err(AmountFault::Ambiguous);
    }
    Ok((groups(whole, other)?, rest))
}

#[cfg(test)]
mod tests;
