//! Conversions from and to the types of chrono.

use chrono::{Datelike, FixedOffset, NaiveDate, Offset, TimeZone, Utc};

use super::{Date, DateTime, DateTimeError, Instant, Reason, by_reference};

impl<Z: TimeZone> TryFrom<chrono::DateTime<Z>> for DateTime {
    type Error = DateTimeError;

    fn try_from(time: chrono::DateTime<Z>) -> Result<Self, DateTimeError> {
        let nanoseconds =
            i128::from(time.timestamp()) * 1_000_000_000 + i128::from(time.timestamp_subsec_nanos());
        Self::of(Instant::of_nanoseconds(nanoseconds, time.offset().fix().local_minus_utc())?)
    }
}

impl TryFrom<&DateTime> for chrono::DateTime<Utc> {
    type Error = DateTimeError;

    fn try_from(time: &DateTime) -> Result<Self, DateTimeError> {
        let instant = time.instant().ok_or(DateTimeError(Reason::DateTime))?;
        Self::from_timestamp(instant.seconds, instant.nanoseconds).ok_or(DateTimeError(Reason::Range))
    }
}

/// Keeps the offset.
impl TryFrom<&DateTime> for chrono::DateTime<FixedOffset> {
    type Error = DateTimeError;

    fn try_from(time: &DateTime) -> Result<Self, DateTimeError> {
        let in_utc: chrono::DateTime<Utc> = time.try_into()?;
        let offset =
            time.offset_seconds().and_then(FixedOffset::east_opt).ok_or(DateTimeError(Reason::Range))?;
        Ok(in_utc.with_timezone(&offset))
    }
}

impl TryFrom<NaiveDate> for Date {
    type Error = DateTimeError;

    fn try_from(date: NaiveDate) -> Result<Self, DateTimeError> {
        Self::of(date.year(), date.month(), date.day())
    }
}

impl TryFrom<&Date> for NaiveDate {
    type Error = DateTimeError;

    fn try_from(date: &Date) -> Result<Self, DateTimeError> {
        let (year, month, day) = date.parts()?;
        Self::from_ymd_opt(year.into(), month.into(), day.into()).ok_or(DateTimeError(Reason::Range))
    }
}

by_reference!(DateTime => chrono::DateTime<Utc>, chrono::DateTime<FixedOffset>);
by_reference!(Date => NaiveDate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_with_their_offset() {
        let text = "2026-11-22T08:30:00.125+02:00";
        let time: DateTime = text.parse().expect("RFC 3339");
        let with_offset = chrono::DateTime::<FixedOffset>::try_from(&time).expect("in range");
        assert_eq!(with_offset.offset().local_minus_utc(), 7200);
        assert_eq!(DateTime::try_from(with_offset).expect("in range").as_str(), text);
        let in_utc = chrono::DateTime::<Utc>::try_from(time).expect("in range");
        assert_eq!(in_utc, with_offset);
        assert_eq!(DateTime::try_from(in_utc).expect("in range").as_str(), "2026-11-22T06:30:00.125Z");
        // RFC 3339 has whole minutes: the instant stays.
        let odd = in_utc.with_timezone(&FixedOffset::east_opt(-7249).expect("an offset"));
        assert_eq!(DateTime::try_from(odd).expect("in range").as_str(), "2026-11-22T04:30:00.125-02:00");
        assert!(DateTime::try_from(chrono::DateTime::<Utc>::MAX_UTC).is_err());
    }

    #[test]
    fn dates_come_back_unchanged() {
        let date = NaiveDate::from_ymd_opt(2024, 2, 29).expect("a date");
        let made = Date::try_from(date).expect("in range");
        assert_eq!((made.as_str(), NaiveDate::try_from(&made)), ("2024-02-29", Ok(date)));
        assert!(Date::try_from(NaiveDate::MAX).is_err());
    }
}
