//! Numbers for people: in tables, captions and axes.

/// A share as a percentage: `3.4%`; never 0 % or 100 % of what is only near it.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        "<0.1%".to_owned()
    } else if (0.9995..1.0).contains(&share) {
        ">99.9%".to_owned()
    } else {
        format!("{}%", plain(share * 100.0, 1))
    }
}

/// A difference of shares in percentage points: `3.4 points`.
pub(super) fn points(share: f64) -> String {
    format!("{} points", plain(share * 100.0, 1))
}

/// A count or an amount: three digits where it is small, thousands apart where it is large.
pub(super) fn amount(value: f64) -> String {
    let size = value.abs();
    if size < 0.0005 {
        "0".to_owned()
    } else if size < 1.0 {
        plain(value, 3)
    } else if size < 10.0 {
        plain(value, 2)
    } else if size < 100.0 {
        plain(value, 1)
    } else {
        thousands(value)
    }
}

/// US dollars.
pub(super) fn dollars(value: f64) -> String {
    let sign = if value < -0.005 { "-" } else { "" };
    let size = value.abs();
    if size < 1000.0 { format!("{sign}${size:.2}") } else { format!("{sign}${}", thousands(size)) }
}

/// A length of time: `42s`, `4m 30s`, `1h 5m`.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 0.0 {
        return format!("-{}", duration(-seconds));
    }
    if seconds < 59.95 {
        return format!("{}s", plain(seconds, 1));
    }
    let whole = seconds.round();
    let (hours, minutes) = ((whole / 3600.0).floor(), (whole % 3600.0 / 60.0).floor());
    let rest = whole % 60.0;
    if hours > 0.0 {
        format!("{hours}h {minutes}m")
    } else if rest > 0.0 {
        format!("{minutes}m {rest}s")
    } else {
        format!("{minutes}m")
    }
}

/// At most `digits` decimals, without idle zeros.
pub(super) fn plain(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    };
    if text == "-0" { "0".to_owned() } else { text }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_near_an_end_do_not_claim_it() {
        let shares = [0.0, 0.0003, 0.0334, 0.5, 0.9997, 1.0];
        assert_eq!(shares.map(percent), ["0%", "<0.1%", "3.3%", "50%", ">99.9%", "100%"]);
    }

    #[test]
    fn amounts_have_three_digits_or_so() {
        let amounts = [0.0, -0.000_1, 0.25, 3.456, 42.04, 741.6, -1_234_567.2];
        assert_eq!(amounts.map(amount), ["0", "0", "0.25", "3.46", "42", "742", "-1,234,567"]);
        assert_eq!(
            [14.2, -0.5, 0.001, 12_345.6].map(dollars),
            ["$14.20", "-$0.50", "$0.00", "$12,346"]
        );
    }

    #[test]
    fn times_read_like_a_clock() {
        let times = [0.0, 42.34, 59.97, 60.0, 270.0, 3_900.0, 7_199.9, -90.0];
        assert_eq!(
            times.map(duration),
            ["0s", "42.3s", "1m", "1m", "4m 30s", "1h 5m", "2h 0m", "-1m 30s"]
        );
    }
}
