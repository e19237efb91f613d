//! Values that go into statements and come out of rows. Four kinds do: both databases hold them alike.

use super::error::{Error, Kind, Result};

/// A value in a row or for a statement, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// A whole number; truth is 0 or 1.
    Integer(i64),
    /// UTF-8.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

/// The same, of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number; truth is 0 or 1.
    Integer(i64),
    /// UTF-8.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Text(text) => Value::Text(text.to_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        }
    }
}

/// What may stand for `$1`, `$2` and so on in a statement.
pub trait ToSql {
    /// Its value.
    fn to_sql(&self) -> ValueRef<'_>;
}

/// What can be read out of a column.
pub trait FromSql: Sized {
    /// From a value; `None` where it is of another type, or does not fit.
    fn from_sql(value: ValueRef<'_>) -> Option<Self>;
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl ToSql for $number {
            fn to_sql(&self) -> ValueRef<'_> {
                ValueRef::Integer(i64::from(*self))
            }
        }
        impl FromSql for $number {
            fn from_sql(value: ValueRef<'_>) -> Option<Self> {
                let ValueRef::Integer(number) = value else { return None };
                <$number>::try_from(number).ok()
            }
        }
    )*};
}

whole_numbers!(u8, u16, u32, i32, i64);

impl ToSql for bool {
    fn to_sql(&self) -> ValueRef<'_> {
        ValueRef::Integer(i64::from(*self))
    }
}

impl FromSql for bool {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        let ValueRef::Integer(number) = value else { return None };
        Some(number != 0)
    }
}

impl ToSql for str {
    fn to_sql(&self) -> ValueRef<'_> {
        ValueRef::Text(self)
    }
}

impl ToSql for String {
    fn to_sql(&self) -> ValueRef<'_> {
        ValueRef::Text(self)
    }
}

impl FromSql for String {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        let ValueRef::Text(text) = value else { return None };
        Some(text.to_owned())
    }
}

impl ToSql for [u8] {
    fn to_sql(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }
}

impl ToSql for Vec<u8> {
    fn to_sql(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }
}

impl FromSql for Vec<u8> {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        let ValueRef::Blob(bytes) = value else { return None };
        Some(bytes.to_vec())
    }
}

impl<const N: usize> ToSql for [u8; N] {
    fn to_sql(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }
}

impl<const N: usize> FromSql for [u8; N] {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        let ValueRef::Blob(bytes) = value else { return None };
        bytes.try_into().ok()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

impl FromSql for Value {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        Some(value.into())
    }
}

impl<T: ToSql> ToSql for Option<T> {
    fn to_sql(&self) -> ValueRef<'_> {
        self.as_ref().map_or(ValueRef::Null, ToSql::to_sql)
    }
}

impl<T: FromSql> FromSql for Option<T> {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::from_sql(value).map(Some),
        }
    }
}

impl<T: ToSql + ?Sized> ToSql for &T {
    fn to_sql(&self) -> ValueRef<'_> {
        (**self).to_sql()
    }
}

impl<T: ToSql + ?Sized> ToSql for Box<T> {
    fn to_sql(&self) -> ValueRef<'_> {
        (**self).to_sql()
    }
}

/// All values of a statement: `[]`, an array of one type, [`params!`](super::params) or [`params_from_iter`].
pub trait Params {
    /// Hands them on in their order.
    ///
    /// # Errors
    /// Those of `with`.
    fn bind<R>(self, with: impl FnOnce(&[ValueRef<'_>]) -> Result<R>) -> Result<R>;
}

impl Params for [&dyn ToSql; 0] {
    fn bind<R>(self, with: impl FnOnce(&[ValueRef<'_>]) -> Result<R>) -> Result<R> {
        with(&[])
    }
}

impl Params for &[&dyn ToSql] {
    fn bind<R>(self, with: impl FnOnce(&[ValueRef<'_>]) -> Result<R>) -> Result<R> {
        let mut room = [ValueRef::Null; 20];
        let Some(values) = room.get_mut(..self.len()) else {
            return with(&self.iter().map(|value| value.to_sql()).collect::<Vec<_>>());
        };
        for (place, value) in values.iter_mut().zip(self) {
            *place = value.to_sql();
        }
        with(values)
    }
}

macro_rules! arrays {
    ($($length:literal),*) => {$(
        impl<T: ToSql> Params for [T; $length] {
            fn bind<R>(self, with: impl FnOnce(&[ValueRef<'_>]) -> Result<R>) -> Result<R> {
                with(&self.each_ref().map(ToSql::to_sql))
            }
        }
    )*};
}

// Not 0, of which nobody could tell the type.
arrays!(1, 2, 3, 4);

macro_rules! tuples {
    ($($($type:ident $place:tt),*;)*) => {$(
        impl<$($type: ToSql),*> Params for ($($type,)*) {
            fn bind<R>(self, with: impl FnOnce(&[ValueRef<'_>]) -> Result<R>) -> Result<R> {
                with(&[$(self.$place.to_sql()),*])
            }
        }
    )*};
}

tuples! {
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
}

/// Values whose number is known only when the program runs.
pub struct ParamsFromIter<I>(I);

/// As many values as there are.
pub fn params_from_iter<I>(values: I) -> ParamsFromIter<I>
where
    I: IntoIterator,
    I::Item: ToSql,
{
    ParamsFromIter(values)
}

impl<I> Params for ParamsFromIter<I>
where
    I: IntoIterator,
    I::Item: ToSql,
{
    fn bind<R>(self, with: impl FnOnce(&[ValueRef<'_>]) -> Result<R>) -> Result<R> {
        let values: Vec<I::Item> = self.0.into_iter().collect();
        with(&values.iter().map(ToSql::to_sql).collect::<Vec<_>>())
    }
}

/// The value of a column as what is asked for.
pub(super) fn read<T: FromSql>(value: ValueRef<'_>, column: usize) -> Result<T> {
    T::from_sql(value).ok_or_else(|| Error::other_type(column))
}

/// A text as a database gave it.
pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    core::str::from_utf8(bytes).map_err(|_| Error::new(Kind::Other, "text that is no UTF-8"))
}

/// Values of several types for one statement, in the order of `$1`, `$2` and so on.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::server::sql::ToSql),*] as &[&dyn $crate::server::sql::ToSql]
    };
}
pub(crate) use params;
