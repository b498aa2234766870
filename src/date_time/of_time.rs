//! Conversions from and to the types of the crate time.

use time::{Month, OffsetDateTime, UtcOffset};

use super::{Date, DateTime, DateTimeError, Instant, Reason, by_reference};

impl TryFrom<OffsetDateTime> for DateTime {
    type Error = DateTimeError;

    fn try_from(time: OffsetDateTime) -> Result<Self, DateTimeError> {
        Self::of(Instant::of_nanoseconds(time.unix_timestamp_nanos(), time.offset().whole_seconds())?)
    }
}

/// Keeps the offset.
impl TryFrom<&DateTime> for OffsetDateTime {
    type Error = DateTimeError;

    fn try_from(time: &DateTime) -> Result<Self, DateTimeError> {
        let nanoseconds = time.unix_timestamp_nanos().ok_or(DateTimeError(Reason::DateTime))?;
        let in_utc = Self::from_unix_timestamp_nanos(nanoseconds).ok();
        let offset = time.offset_seconds().and_then(|offset| UtcOffset::from_whole_seconds(offset).ok());
        in_utc
            .zip(offset)
            .and_then(|(time, offset)| time.checked_to_offset(offset))
            .ok_or(DateTimeError(Reason::Range))
    }
}

impl TryFrom<time::Date> for Date {
    type Error = DateTimeError;

    fn try_from(date: time::Date) -> Result<Self, DateTimeError> {
        Self::of(date.year(), u8::from(date.month()), date.day())
    }
}

impl TryFrom<&Date> for time::Date {
    type Error = DateTimeError;

    fn try_from(date: &Date) -> Result<Self, DateTimeError> {
        let (year, month, day) = date.parts()?;
        let month = Month::try_from(month).map_err(|_| DateTimeError(Reason::Range))?;
        Self::from_calendar_date(year.into(), month, day).map_err(|_| DateTimeError(Reason::Range))
    }
}

by_reference!(DateTime => OffsetDateTime);
by_reference!(Date => time::Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_with_their_offset() {
        let text = "2026-11-22T08:30:00.125-02:30";
        let time: DateTime = text.parse().expect("RFC 3339");
        let made = OffsetDateTime::try_from(time).expect("in range");
        assert_eq!((made.offset().whole_seconds(), made.unix_timestamp()), (-9000, 1_795_345_200));
        assert_eq!(DateTime::try_from(made).expect("in range").as_str(), text);
        let soon: DateTime = serde_json::from_str("\"soon\"").expect("any string");
        assert!(OffsetDateTime::try_from(soon).is_err());
        // The crate has offsets up to 26 hours, RFC 3339 less than 24.
        for (hours, minutes) in [(24, 0), (-24, 0), (25, 59)] {
            let offset = UtcOffset::from_hms(hours, minutes, 0).expect("an offset");
            assert!(DateTime::try_from(made.to_offset(offset)).is_err(), "{offset}");
        }
        let last = UtcOffset::from_hms(23, 59, 59).expect("an offset");
        let last = DateTime::try_from(made.to_offset(last)).expect("in range");
        assert_eq!(last.as_str(), "2026-11-23T10:59:00.125+23:59");
    }

    #[test]
    fn dates_come_back_unchanged() {
        let date = time::Date::from_calendar_date(2024, Month::February, 29).expect("a date");
        let made = Date::try_from(date).expect("in range");
        assert_eq!((made.as_str(), time::Date::try_from(&made)), ("2024-02-29", Ok(date)));
        assert!(Date::try_from(time::Date::MIN).is_err());
    }
}
