use super::*;
use proptest::prelude::*;

const KIT: Unit<'static> = Unit { code: "kit", decimals: 0 };
const NIGHT: Unit<'static> = Unit { code: "night", decimals: 0 };

fn read(text: &str, unit: Unit<'_>) -> Result<String, AmountFault> {
    Amount::parse(text, unit).map(|amount| amount.to_string())
}

#[test]
fn money_is_read_as_people_write_it() {
    for (typed, wanted) in [
        ("12", "12.00"),
        ("12.5", "12.50"),
        ("12,50", "12.50"),
        ("$12.50", "12.50"),
        ("B/. 12.50", "12.50"),
        ("B/.12,50", "12.50"),
        ("US$ 12", "12.00"),
        ("12 USD", "12.00"),
        ("12 dólares", "12.00"),
        ("20 balboas", "20.00"),
        ("20 PAB", "20.00"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u{202f}234.50", "1234.50"),
        (".5", "0.50"),
        ("$.50", "0.50"),
        ("12.", "12.00"),
        ("١٢٫٥", "12.50"),
        ("１２,５０", "12.50"),
        ("१२", "12.00"),
        ("0012", "12.00"),
        ("10000", "10000.00"),
        ("10,000.00", "10000.00"),
        ("+12", "12.00"),
    ] {
        assert_eq!(read(typed, Unit::DOLLAR).as_deref(), Ok(wanted), "{typed}");
    }
}

#[test]
fn what_is_wrong_is_refused_with_its_reason() {
    use AmountFault::*;
    let foreign = |name: &str| Foreign(name.to_owned());
    for (typed, unit, wanted) in [
        ("", Unit::DOLLAR, Missing),
        ("  ", KIT, Missing),
        ("-5", Unit::DOLLAR, Negative),
        ("−5", KIT, Negative),
        ("$-5", Unit::DOLLAR, Negative),
        ("-$5", Unit::DOLLAR, Negative),
        ("(5)", Unit::DOLLAR, Negative),
        ("0", KIT, Zero),
        ("-0", KIT, Zero),
        ("0.00", Unit::DOLLAR, Zero),
        ("cinco", KIT, NotANumber),
        ("1e5", KIT, NotANumber),
        ("1.2.3", Unit::DOLLAR, NotANumber),
        ("1,2,3", Unit::DOLLAR, NotANumber),
        ("12 5", Unit::DOLLAR, NotANumber),
        ("5-3", KIT, NotANumber),
        ("$", Unit::DOLLAR, NotANumber),
        (".", Unit::DOLLAR, NotANumber),
        ("12$50", Unit::DOLLAR, NotANumber),
        ("12 USD 50", Unit::DOLLAR, NotANumber),
        ("$5", KIT, NotANumber),
        ("2 kits", KIT, NotANumber),
        ("1,000", Unit::DOLLAR, Ambiguous),
        ("1.000", Unit::DOLLAR, Ambiguous),
        ("1.000", KIT, Ambiguous),
        ("12.345", Unit::DOLLAR, Ambiguous),
        ("0.125", Unit::DOLLAR, TooManyDecimals(2)),
        ("12.3456", Unit::DOLLAR, TooManyDecimals(2)),
        ("1.5", KIT, TooManyDecimals(0)),
        ("€12", Unit::DOLLAR, foreign("€")),
        ("12 EUR", Unit::DOLLAR, foreign("EUR")),
        ("12 euros", Unit::DOLLAR, foreign("EUROS")),
        ("COP 50000", Unit::DOLLAR, foreign("COP")),
        ("50000 COP", Unit::DOLLAR, foreign("COP")),
        ("Bs 100", Unit::DOLLAR, foreign("BS")),
        ("Bs. 100", Unit::DOLLAR, foreign("BS.")),
        ("100 VES", Unit::DOLLAR, foreign("VES")),
        ("£10", Unit::DOLLAR, foreign("£")),
        ("R$10", Unit::DOLLAR, foreign("R$")),
        ("10 pesos", Unit::DOLLAR, foreign("PESOS")),
        ("10 gourdes", Unit::DOLLAR, foreign("GOURDES")),
        ("S/. 10", Unit::DOLLAR, foreign("S/.")),
        ("₡500", Unit::DOLLAR, foreign("₡")),
        ("10000.01", Unit::DOLLAR, TooMuch(10_000)),
        ("99999999999999999999999", Unit::DOLLAR, TooMuch(10_000)),
        ("1001", KIT, TooMuch(1_000)),
        ("367", NIGHT, TooMuch(366)),
    ] {
        assert_eq!(read(typed, unit), Err(wanted), "{typed:?}");
    }
    assert_eq!(read("1000", KIT).as_deref(), Ok("1000"));
    assert_eq!(read("366", NIGHT).as_deref(), Ok("366"));
}

proptest! {
    #[test]
    fn whatever_is_typed_is_a_plain_number_within_the_limit_or_refused(text in "\\PC{0,30}", money: bool) {
        let unit = if money { Unit::DOLLAR } else { KIT };
        if let Ok(amount) = Amount::parse(&text, unit) {
            prop_assert!(amount.parts() > 0);
            prop_assert!(amount.parts() <= unit.most() * power(unit.decimals));
            prop_assert_eq!(Amount::parse(&amount.to_string(), unit), Ok(amount));
        }
    }

    #[test]
    fn an_amount_reads_the_same_however_it_is_written(cents in 1i64..=MOST_CENTS) {
        let plain = format!("{}.{:02}", cents / 100, cents % 100);
        for written in [plain.clone(), plain.replace('.', ","), format!("$ {plain}"), format!("B/.{plain}"), format!("{plain} USD"),
            plain.chars().map(|c| c.to_digit(10).and_then(|worth| char::from_u32(0x660 + worth)).unwrap_or('٫')).collect()] {
            prop_assert_eq!(Amount::parse(&written, Unit::DOLLAR).map(Amount::parts), Ok(cents), "{}", written);
        }
        prop_assert_eq!(Amount::parse(&format!("-{plain}"), Unit::DOLLAR), Err(AmountFault::Negative));
        for foreign in ["€", "£", "COP ", "Bs ", "VES", "EUR "] {
            let is_foreign = matches!(Amount::parse(&format!("{foreign}{plain}"), Unit::DOLLAR), Err(AmountFault::Foreign(_)));
            prop_assert!(is_foreign);
        }
    }
}
