//! Conversions from and to the types of jiff.

use jiff::Timestamp;
use jiff::civil;

use super::{Date, DateTime, DateTimeError, Instant, Reason, by_reference};

impl TryFrom<Timestamp> for DateTime {
    type Error = DateTimeError;

    fn try_from(time: Timestamp) -> Result<Self, DateTimeError> {
        let nanoseconds = time.as_nanosecond();
        Self::of(Instant::of_nanoseconds(nanoseconds, 0)?)
    }
}

impl TryFrom<&DateTime> for Timestamp {
    type Error = DateTimeError;

    fn try_from(time: &DateTime) -> Result<Self, DateTimeError> {
        let nanoseconds = time.unix_timestamp_nanos().ok_or(DateTimeError(Reason::DateTime))?;
        Self::from_nanosecond(nanoseconds).map_err(|_| DateTimeError(Reason::Range))
    }
}

impl TryFrom<civil::Date> for Date {
    type Error = DateTimeError;

    fn try_from(date: civil::Date) -> Result<Self, DateTimeError> {
        Self::of(date.year(), date.month(), date.day())
    }
}

impl TryFrom<&Date> for civil::Date {
    type Error = DateTimeError;

    fn try_from(date: &Date) -> Result<Self, DateTimeError> {
        let (year, month, day) = date.parts()?;
        let of_parts = || Self::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok();
        of_parts().ok_or(DateTimeError(Reason::Range))
    }
}

by_reference!(DateTime => Timestamp);
by_reference!(Date => civil::Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_jiff_writes_is_what_we_read() {
        // Over all years, in steps that are no number of days.
        for index in 0..5000_i64 {
            let time = Timestamp::new(
                -62_167_219_200 + index * 63_072_007,
                (index * 199_999).try_into().expect("small"),
            );
            let time = time.expect("in range");
            let read: DateTime = time.to_string().parse().expect("RFC 3339");
            assert_eq!(Timestamp::try_from(&read), Ok(time));
            assert_eq!(DateTime::try_from(time), Ok(read));
            let written = DateTime::try_from(time).expect("in range");
            assert_eq!(written.as_str().parse::<Timestamp>().expect("RFC 3339"), time);
        }
        assert!(DateTime::try_from(Timestamp::MIN).is_err());
    }

    #[test]
    fn dates_come_back_unchanged() {
        let date = civil::date(2024, 2, 29);
        let made = Date::try_from(date).expect("in range");
        assert_eq!((made.as_str(), civil::Date::try_from(&made)), ("2024-02-29", Ok(date)));
        assert!(Date::try_from(civil::date(-1, 1, 1)).is_err());
        let other: Date = serde_json::from_str("\"soon\"").expect("any string");
        assert!(civil::Date::try_from(other).is_err());
    }
}
