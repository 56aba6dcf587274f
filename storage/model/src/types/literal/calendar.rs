//! The proleptic Gregorian calendar: days since 1970-01-01 to year, month and day, and back.
//!
//! Own arithmetic, because CQL's `date` reaches five million years both ways. Years count from a March,
//! so that the leap day is the last of its year; 400 years are one period of 146,097 days.

/// Days of 400 years.
const PERIOD_DAYS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CivilDay {
    /// 0 is the year before 1.
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: u32,
    /// 1 to 31.
    pub(super) day: u32,
}

/// Days since 1970-01-01; `None` for a day that the calendar does not have.
///
/// Limits: years within ±10^9, so that nothing overflows.
pub(super) fn days_since_1970(civil: CivilDay) -> Option<i64> {
    let CivilDay { year, month, day } = civil;
    if year.abs() > 1_000_000_000 || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month)
    {
        return None;
    }
    let shifted_year = year - i64::from(month <= 2);
    let period = shifted_year.div_euclid(400);
    let year_of_period = shifted_year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = days_before_month(month_from_march) + i64::from(day) - 1;
    let day_of_period = year_of_period * 365 + year_of_period / 4 - year_of_period / 100 + day_of_year;
    Some(period * PERIOD_DAYS + day_of_period - DAYS_BEFORE_1970)
}

/// The day that lies `days` after 1970-01-01.
///
/// Limits: within ±10^14 days.
pub(super) fn civil_day(days: i64) -> CivilDay {
    let days = days + DAYS_BEFORE_1970;
    let period = days.div_euclid(PERIOD_DAYS);
    let day_of_period = days.rem_euclid(PERIOD_DAYS);
    // The estimate counts leap days that are not there yet, so it is one year early at most.
    let mut year_of_period = (day_of_period / 365).min(399);
    let start = |year: i64| year * 365 + year / 4 - year / 100;
    if start(year_of_period) > day_of_period {
        year_of_period -= 1;
    }
    let day_of_year = day_of_period - start(year_of_period);
    let month_from_march = (day_of_year * 5 + 2) / 153;
    let day = day_of_year - days_before_month(month_from_march) + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = period * 400 + year_of_period + i64::from(month <= 2);
    CivilDay { year, month: month as u32, day: day as u32 }
}

/// Days of a year that begins in March before its month number `month`: 31, 30, 31, 30, 31 twice and a rest.
fn days_before_month(month: i64) -> i64 {
    (month * 153 + 2) / 5
}

/// Days of a month, 1 to 12.
pub(super) fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_have_their_numbers() {
        let cases = [
            ((1970, 1, 1), 0),
            ((2000, 2, 29), 11_016),
            ((2013, 1, 1), 15_706),
            ((1969, 12, 31), -1),
            ((1582, 10, 15), -141_427),
            ((0, 3, 1), -719_468),
            ((-5_877_641, 6, 23), -(1 << 31)),
            ((5_881_580, 7, 11), (1 << 31) - 1),
        ];
        for ((year, month, day), days) in cases {
            let civil = CivilDay { year, month, day };
            assert_eq!(days_since_1970(civil), Some(days), "{civil:?}");
            assert_eq!(civil_day(days), civil);
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = civil_day(-800_000);
        for days in -799_999..200_000 {
            let civil = civil_day(days);
            assert_eq!(days_since_1970(civil), Some(days));
            let next_in_month = civil.day == last.day + 1 && civil.month == last.month;
            let next_month = civil.day == 1 && last.day == days_in_month(last.year, last.month);
            assert!(next_in_month || next_month, "{last:?} {civil:?}");
            last = civil;
        }
    }

    #[test]
    fn days_that_are_not_there_have_no_number() {
        for (year, month, day) in [(2013, 2, 29), (1900, 2, 29), (2013, 13, 1), (2013, 0, 1), (2013, 4, 31)] {
            assert_eq!(days_since_1970(CivilDay { year, month, day }), None);
        }
    }
}
