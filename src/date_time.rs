//! Dates and times of RFC 3339, which keep the string that was read.
//! Uses the standard library and serde alone: the scratch crate of `xtask check` compiles this file as well.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::time::{Duration, SystemTime};

use crate::string_newtype::string_newtype;
use crate::unnamed::transparent;

#[cfg(feature = "chrono")]
mod of_chrono;
#[cfg(feature = "jiff")]
mod of_jiff;
#[cfg(feature = "time")]
mod of_time;

/// Year, month and day.
type Parts = (u16, u8, u8);

const DAY: i64 = 86_400;

/// A date and time with an offset, as in RFC 3339 §5.6: `2026-11-22T08:30:00.5+02:00`. It keeps the string that it was made of.
///
/// A response may have any other string here, so that it can be read whatever the server sends: then [`unix_timestamp`] and the like
/// are `None`. A value that is set is checked: a string, a [`SystemTime`], or a type of the crates `jiff`, `chrono` or `time` with the
/// feature of that name, and a received value again before it is sent.
///
/// Values are equal and ordered by their instants, to the nanosecond: `08:30:00+02:00` is equal to `06:30:00Z`. Strings of other forms come
/// after all instants, are ordered by their bytes, and are equal to the same string only. `Hash` agrees with this. `Debug` hides such a
/// string, which could be anything; `Display` shows it.
///
/// ```
/// use relay_rest::DateTime;
///
/// let created: DateTime = "2026-11-22T08:30:00.5+02:00".parse()?;
/// assert_eq!(created.as_str(), "2026-11-22T08:30:00.5+02:00");
/// assert_eq!(created.unix_timestamp(), Some(1_795_329_000));
/// assert!(created < "2026-11-22T06:31:00Z".parse()?);
/// assert!("2026-11-22 08:30".parse::<DateTime>().is_err());
/// # Ok::<(), relay_rest::DateTimeError>(())
/// ```
///
/// [`unix_timestamp`]: Self::unix_timestamp
#[derive(Clone)]
pub struct DateTime(String);

transparent! { DateTime: Deserialize, Serialize }

/// A date, as in RFC 3339 §5.6: `2026-11-22`. It keeps the string that it was made of.
///
/// A response may have any other string here: then [`year_month_day`](Self::year_month_day) is `None`. A value that is set is
/// checked, and a received value again before it is sent.
///
/// Values are equal and ordered as their strings, which is the order of the dates. `Debug` hides a string of another form, which could be
/// anything; `Display` shows it.
///
/// ```
/// use relay_rest::Date;
///
/// let date: Date = "2024-02-29".parse()?;
/// assert_eq!(date.year_month_day(), Some((2024, 2, 29)));
/// assert!("2026-02-29".parse::<Date>().is_err());
/// # Ok::<(), relay_rest::DateTimeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(String);

transparent! { Date: Deserialize, Serialize }

/// An instant, and the offset in which it is written. A leap second is the second after it, as in Unix time.
#[derive(Clone, Copy)]
struct Instant {
    seconds: i64,
    nanoseconds: u32,
    /// East of UTC, in seconds.
    offset: i32,
}

impl DateTime {
    /// Returns the string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z, rounded down, or `None` if the string is not of RFC 3339. A leap second counts as
    /// the second after it.
    pub fn unix_timestamp(&self) -> Option<i64> {
        self.instant().map(|instant| instant.seconds)
    }

    /// Returns the nanoseconds since 1970-01-01T00:00:00Z, or `None` if the string is not of RFC 3339. Further digits of a fraction are
    /// ignored.
    pub fn unix_timestamp_nanos(&self) -> Option<i128> {
        let instant = self.instant()?;
        Some(i128::from(instant.seconds) * 1_000_000_000 + i128::from(instant.nanoseconds))
    }

    /// Returns the offset from UTC in seconds, positive in the east, or `None` if the string is not of RFC 3339.
    pub fn offset_seconds(&self) -> Option<i32> {
        self.instant().map(|instant| instant.offset)
    }

    fn instant(&self) -> Option<Instant> {
        Instant::parse(&self.0)
    }

    /// What values are compared by.
    fn key(&self) -> Result<(i64, u32), &str> {
        self.instant().map(|instant| (instant.seconds, instant.nanoseconds)).ok_or(&self.0)
    }

    fn check(text: &str) -> Result<(), DateTimeError> {
        Instant::parse(text).map(drop).ok_or(DateTimeError(Reason::DateTime))
    }

    /// Writes an instant. RFC 3339 has whole minutes in offsets, less than 24 hours, and four digits for years.
    fn of(Instant { seconds, nanoseconds, offset }: Instant) -> Result<Self, DateTimeError> {
        let minutes = offset / 60;
        if minutes.abs() >= 24 * 60 {
            return Err(DateTimeError(Reason::Range));
        }
        let local = seconds.checked_add(i64::from(minutes) * 60).ok_or(DateTimeError(Reason::Range))?;
        let (year, month, day) = civil(local.div_euclid(DAY)).ok_or(DateTimeError(Reason::Range))?;
        let of_day = local.rem_euclid(DAY);
        let fraction = format!(".{nanoseconds:09}");
        let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
        let offset = match minutes {
            0 => "Z".to_owned(),
            _ => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        };
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        Ok(Self(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}")))
    }
}

impl Date {
    /// Returns the string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the year, the month from 1 and the day from 1, or `None` if the string is not of RFC 3339.
    pub fn year_month_day(&self) -> Option<(u16, u8, u8)> {
        match date(self.0.as_bytes())? {
            (date, []) => Some(date),
            _ => None,
        }
    }

    fn check(text: &str) -> Result<(), DateTimeError> {
        let is_date = matches!(date(text.as_bytes()), Some((_, [])));
        is_date.then_some(()).ok_or(DateTimeError(Reason::Date))
    }

    /// The parts, or the error.
    #[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
    fn parts(&self) -> Result<Parts, DateTimeError> {
        self.year_month_day().ok_or(DateTimeError(Reason::Date))
    }

    /// Writes a date.
    #[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
    fn of(
        year: impl fmt::Display,
        month: impl fmt::Display,
        day: impl fmt::Display,
    ) -> Result<Self, DateTimeError> {
        format!("{year:04}-{month:02}-{day:02}").try_into().map_err(|_| DateTimeError(Reason::Range))
    }
}

string_newtype!(DateTime, DateTimeError);
string_newtype!(Date, DateTimeError);

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for DateTime {}

impl Hash for DateTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.instant().is_some() { &self.0 } else { "…" };
        write!(f, "DateTime({shown})")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.year_month_day().is_some() { &self.0 } else { "…" };
        write!(f, "Date({shown})")
    }
}

impl TryFrom<SystemTime> for DateTime {
    type Error = DateTimeError;

    fn try_from(time: SystemTime) -> Result<Self, DateTimeError> {
        let nanoseconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => after.as_nanos().cast_signed(),
            Err(error) => -error.duration().as_nanos().cast_signed(),
        };
        Self::of(Instant::of_nanoseconds(nanoseconds, 0)?)
    }
}

impl TryFrom<&DateTime> for SystemTime {
    type Error = DateTimeError;

    fn try_from(time: &DateTime) -> Result<Self, DateTimeError> {
        let instant = time.instant().ok_or(DateTimeError(Reason::DateTime))?;
        let seconds = Duration::from_secs(instant.seconds.unsigned_abs());
        let whole = match instant.seconds {
            ..0 => Self::UNIX_EPOCH.checked_sub(seconds),
            0.. => Self::UNIX_EPOCH.checked_add(seconds),
        };
        let fraction = Duration::from_nanos(instant.nanoseconds.into());
        whole.and_then(|time| time.checked_add(fraction)).ok_or(DateTimeError(Reason::Range))
    }
}

/// `TryFrom<T>` by `TryFrom<&T>`.
macro_rules! by_reference {
    ($from:ty => $($into:ty),*) => {$(
        impl TryFrom<$from> for $into {
            type Error = $crate::date_time::DateTimeError;

            fn try_from(value: $from) -> Result<Self, Self::Error> {
                Self::try_from(&value)
            }
        }
    )*};
}

by_reference!(DateTime => SystemTime);

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
use by_reference;

impl Instant {
    fn of_nanoseconds(since_1970: i128, offset: i32) -> Result<Self, DateTimeError> {
        const SECOND: i128 = 1_000_000_000;
        let parts =
            (i64::try_from(since_1970.div_euclid(SECOND)), u32::try_from(since_1970.rem_euclid(SECOND)));
        let (Ok(seconds), Ok(nanoseconds)) = parts else { return Err(DateTimeError(Reason::Range)) };
        Ok(Self { seconds, nanoseconds, offset })
    }

    /// Parses `date-time` of RFC 3339 §5.6: a date, `T`, a time and an offset.
    fn parse(text: &str) -> Option<Self> {
        let ((year, month, day), rest) = date(text.as_bytes())?;
        let [b'T' | b't', rest @ ..] = rest else { return None };
        let (hour, rest) = number::<2>(rest)?;
        let (minute, rest) = number::<2>(rest.strip_prefix(b":")?)?;
        let (second, rest) = number::<2>(rest.strip_prefix(b":")?)?;
        let (nanoseconds, rest) = match rest {
            [b'.', digits @ ..] => {
                let (digits, rest) =
                    digits.split_at(digits.iter().take_while(|byte| byte.is_ascii_digit()).count());
                let nine = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
                (
                    nine.fold(0, |number, digit| number * 10 + u32::from(digit - b'0')),
                    (!digits.is_empty()).then_some(rest)?,
                )
            }
            rest => (0, rest),
        };
        let offset = match rest {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), rest @ ..] => {
                let (hours, rest) = number::<2>(rest)?;
                let (minutes, rest) = number::<2>(rest.strip_prefix(b":")?)?;
                let is_valid = rest.is_empty() && hours <= 23 && minutes <= 59;
                let offset = i32::from(hours * 60 + minutes) * 60;
                is_valid.then_some(if *sign == b'-' { -offset } else { offset })?
            }
            _ => return None,
        };
        let of_day = i64::from(hour) * 3600 + i64::from(minute) * 60;
        let minute_in_utc = (of_day - i64::from(offset)).rem_euclid(DAY);
        // A leap second is the last one of a day in UTC.
        let is_leap = second == 60 && minute_in_utc == DAY - 60;
        if hour > 23 || minute > 59 || second > 59 && !is_leap {
            return None;
        }
        let seconds = days(year, month, day) * DAY + of_day + i64::from(second) - i64::from(offset);
        Some(Self { seconds, nanoseconds, offset })
    }
}

/// Parses `full-date` of RFC 3339 §5.6, and returns what is after it.
fn date(text: &[u8]) -> Option<(Parts, &[u8])> {
    let (year, rest) = number::<4>(text)?;
    let (month, rest) = number::<2>(rest.strip_prefix(b"-")?)?;
    let (day, rest) = number::<2>(rest.strip_prefix(b"-")?)?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    (1..=last).contains(&day).then_some(((year, month, day), rest))
}

/// Parses this many digits.
fn number<const DIGITS: usize>(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<DIGITS>()?;
    let add = |number: u16, digit: &u8| digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0'));
    Some((digits.iter().try_fold(0, add)?, rest))
}

/// The days from 1970-01-01 to a date of the Gregorian calendar, with years that begin in March: a leap day ends one.
fn days(year: u16, month: u8, day: u8) -> i64 {
    let (month, day) = (i64::from(month), i64::from(day));
    let year = i64::from(year) - i64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The date so many days after 1970-01-01; `None` outside of the years 0 to 9999.
fn civil(days: i64) -> Option<(i64, i64, i64)> {
    let days = days.checked_add(719_468)?;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (0..=9999).contains(&year).then_some((year, month, day))
}

/// Why a value is not a [`DateTime`] or a [`Date`], or cannot be converted. It does not repeat the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTimeError(Reason);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    DateTime,
    Date,
    Range,
}

impl fmt::Display for DateTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Reason::DateTime => "not a date and time of RFC 3339, such as 2026-11-22T08:30:00Z",
            Reason::Date => "not a date of RFC 3339, such as 2026-11-22",
            Reason::Range => "the date is out of range",
        })
    }
}

impl std::error::Error for DateTimeError {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// As a response has it: any string.
    fn received<T: serde::de::DeserializeOwned>(text: &str) -> T {
        T::deserialize(serde_json::Value::from(text)).expect("any string")
    }

    #[test]
    fn strings_of_rfc_3339_are_instants() {
        for (text, seconds, nanoseconds, offset) in [
            ("1970-01-01T00:00:00Z", 0, 0, 0),
            ("1969-12-31t23:59:59.25z", -1, 250_000_000, 0),
            ("2026-11-22T08:30:00.125+02:00", 1_795_329_000, 125_000_000, 7200),
            ("2026-11-22T06:30:00.1234567899-00:00", 1_795_329_000, 123_456_789, 0),
            ("1990-12-31T15:59:60-08:00", 662_688_000, 0, -28_800),
            ("2000-02-29T00:00:00+23:59", 951_696_060, 0, 86_340),
            ("0000-01-01T00:00:00Z", -62_167_219_200, 0, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0, 0),
        ] {
            let time: DateTime = text.parse().expect(text);
            assert_eq!(
                (time.unix_timestamp(), time.offset_seconds()),
                (Some(seconds), Some(offset)),
                "{text}"
            );
            let all = i128::from(seconds) * 1_000_000_000 + nanoseconds;
            assert_eq!((time.unix_timestamp_nanos(), time.as_str()), (Some(all), text));
        }
    }

    #[test]
    fn other_strings_are_kept_and_hidden_and_cannot_be_set() {
        for text in [
            "",
            "+14043287382",
            "1795329000",
            "2026-11-22",
            "2026-11-22T08:30:00",
            "2026-11-22 08:30:00Z",
            "2026-11-22T08:30Z",
            "2026-11-22T08:30:00.Z",
            "2026-11-22T08:30:00,5Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T08:60:00Z",
            "2026-11-22T08:30:60Z",
            "1990-12-31T23:59:61Z",
            "2026-11-22T08:30:00+2:00",
            "2026-11-22T08:30:00+0200",
            "2026-11-22T08:30:00+24:00",
            "2026-11-22T08:30:00+02:60",
            "2026-11-22T08:30:00Z ",
            "2026-13-22T08:30:00Z",
            "2026-00-22T08:30:00Z",
            "2026-02-29T08:30:00Z",
            "1900-02-29T08:30:00Z",
            "2026-04-31T08:30:00Z",
            "2026-11-00T08:30:00Z",
            "02026-11-22T08:30:00Z",
            "2026-11-22T08:30:00é",
            "২০২৬-11-22T08:30:00Z",
        ] {
            let error = text.parse::<DateTime>().expect_err(text);
            assert_eq!(error.to_string(), "not a date and time of RFC 3339, such as 2026-11-22T08:30:00Z");
            let time: DateTime = received(text);
            assert_eq!(serde_json::to_value(&time).expect("a string"), text);
            assert_eq!((format!("{time:?}"), time.to_string()), ("DateTime(…)".to_owned(), text.to_owned()));
            assert_eq!(
                (time.unix_timestamp(), time.unix_timestamp_nanos(), time.offset_seconds()),
                (None, None, None)
            );
            assert!(SystemTime::try_from(time).is_err());
        }
        assert!(serde_json::from_str::<DateTime>("7").is_err());
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (text, parts) in
            [("2024-02-29", (2024, 2, 29)), ("0000-12-31", (0, 12, 31)), ("2000-02-29", (2000, 2, 29))]
        {
            let date: Date = text.parse().expect(text);
            assert_eq!(
                (date.as_str(), date.year_month_day(), format!("{date:?}")),
                (text, Some(parts), format!("Date({text})"))
            );
        }
        for text in ["", "2026-02-29", "2026-2-1", "2026-02-01T", "20260201", "2026-02-01Z", "+1404328738"] {
            let error = text.parse::<Date>().expect_err(text);
            assert_eq!(error.to_string(), "not a date of RFC 3339, such as 2026-11-22");
            let date: Date = received(text);
            assert_eq!(
                (date.as_str(), date.year_month_day(), format!("{date:?}")),
                (text, None, "Date(…)".to_owned())
            );
        }
        let date = |text: &str| text.parse::<Date>().expect("a date");
        assert!(date("2025-12-31") < date("2026-01-01"));
    }

    #[test]
    fn instants_are_compared_and_other_strings_come_after_them() {
        let ordered = [
            "2026-11-22T08:30:00+02:00",
            "2026-11-22T06:30:00.000000001Z",
            "2026-11-22T06:30:01Z",
            "",
            "2026",
            "soon",
        ];
        let ordered = ordered.map(received::<DateTime>);
        for (index, one) in ordered.iter().enumerate() {
            for (other_index, other) in ordered.iter().enumerate() {
                assert_eq!((one.cmp(other), one == other), (index.cmp(&other_index), index == other_index));
            }
        }
        let same = ["2026-11-22T08:30:00+02:00", "2026-11-22T06:30:00Z", "2026-11-22t06:30:00.0000000001z"];
        assert_eq!(same.map(received::<DateTime>).into_iter().collect::<HashSet<_>>().len(), 1);
    }

    #[test]
    fn each_day_is_written_as_it_is_read() {
        let mut day = days(0, 1, 1);
        let last = days(9999, 12, 31);
        assert_eq!((civil(day - 1), civil(last + 1)), (None, None));
        let mut before = 0;
        while day <= last {
            let (year, month, of_month) = civil(day).expect("a date");
            let number = year * 10_000 + month * 100 + of_month;
            assert!(number > before);
            before = number;
            let parts = (u16::try_from(year), u8::try_from(month), u8::try_from(of_month));
            let (Ok(year), Ok(month), Ok(of_month)) = parts else { panic!("{day}") };
            assert_eq!(days(year, month, of_month), day);
            day += 1;
        }
    }

    #[test]
    fn a_system_time_comes_back_unchanged() {
        for (time, text) in [
            (SystemTime::UNIX_EPOCH, "1970-01-01T00:00:00Z"),
            (SystemTime::UNIX_EPOCH - Duration::from_millis(250), "1969-12-31T23:59:59.75Z"),
            (SystemTime::UNIX_EPOCH - Duration::from_secs(86_400), "1969-12-31T00:00:00Z"),
            (SystemTime::UNIX_EPOCH + Duration::new(1_795_329_000, 1000), "2026-11-22T06:30:00.000001Z"),
        ] {
            let made = DateTime::try_from(time).expect("in range");
            assert_eq!((made.as_str(), SystemTime::try_from(&made)), (text, Ok(time)));
        }
        let beyond = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800);
        assert_eq!(
            DateTime::try_from(beyond).expect_err("the year 10000").to_string(),
            "the date is out of range"
        );
    }
}
