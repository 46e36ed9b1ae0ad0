//! What of a history is asked for: pure, over one row and whose names stand beside it.

use super::account::Account;
use super::money::Currency;
use super::reconcile::Period;
use super::transfer::{Purpose, Transfer, TransferKind};
use crate::chat::search::fold;
use crate::ids::UserId;
use crate::protocol::{Coded as _, ErrorCode, HistoryFilter, UserView, WireError};

/// Characters of a text that is looked for, at most.
const TEXT_CHARS: usize = 200;

/// What is asked for; nothing in it is everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    purpose: Option<Purpose>,
    outgoing: Option<bool>,
    state: Option<TransferKind>,
    person: Option<UserId>,
    period: Period,
    min: Option<i64>,
    max: Option<i64>,
    /// Folded, in its parts.
    text: Vec<String>,
}

impl Filter {
    /// Reads what a caller asks for, in amounts of `currency`.
    ///
    /// # Errors
    /// `invalid_field` or `amount_invalid` with the field.
    pub fn parse(asked: &HistoryFilter, currency: Currency) -> Result<Self, WireError> {
        let purpose = asked.kind.as_deref().map(|word| {
            let found = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == word);
            found.ok_or_else(|| invalid("kind", "there is no such kind"))
        });
        let outgoing = asked.direction.as_deref().map(|word| match word {
            "out" => Ok(true),
            "in" => Ok(false),
            _ => Err(invalid("direction", "it is in or out")),
        });
        let state = asked.state.as_deref().map(|word| {
            let found = (0..)
                .map_while(TransferKind::from_code)
                .find(|kind| kind.state() == word);
            found.ok_or_else(|| invalid("state", "there is no such state"))
        });
        let amount = |text: &Option<String>, name: &str| {
            let minor = text.as_deref().map(|text| currency.parse(text));
            let minor = minor.transpose();
            minor.map_err(|error| error.wire().param(format!("filter.{name}")))
        };
        let (min, max) = (amount(&asked.min, "min")?, amount(&asked.max, "max")?);
        if min.zip(max).is_some_and(|(min, max)| max < min) {
            return Err(invalid("max", "it is below min"));
        }
        if asked.from.zip(asked.to).is_some_and(|(from, to)| to <= from) {
            return Err(invalid("to", "it is not behind from"));
        }
        let text = asked.text.as_deref().unwrap_or_default();
        if text.chars().count() > TEXT_CHARS {
            return Err(invalid("text", "it has over 200 characters"));
        }
        Ok(Self {
            purpose: purpose.transpose()?,
            outgoing: outgoing.transpose()?,
            state: state.transpose()?,
            person: asked.person,
            period: Period {
                from: asked.from,
                until: asked.to,
            },
            min,
            max,
            text: fold(text).split_whitespace().map(str::to_owned).collect(),
        })
    }

    /// Whether names are looked at.
    #[must_use]
    pub const fn looks_at_names(&self) -> bool {
        !self.text.is_empty()
    }

    /// Whether nothing before this row can be asked for.
    #[must_use]
    pub fn ends_at(&self, row: &Transfer) -> bool {
        self.period.is_before(row.at)
    }

    /// Whether a row of `account` is asked for; `other` owns the other side, and `name` is how they are called.
    #[must_use]
    pub fn takes(&self, row: &Transfer, account: &Account, other: UserId, name: Option<&UserView>) -> bool {
        let (out, minor) = (row.debit == account.id, row.money.minor());
        self.purpose.is_none_or(|purpose| purpose == row.purpose)
            && self.outgoing.is_none_or(|outgoing| outgoing == out)
            && self.state.is_none_or(|state| state == row.kind)
            && self.person.is_none_or(|person| person == other)
            && self.period.has(row.at)
            && self.min.is_none_or(|min| minor >= min)
            && self.max.is_none_or(|max| minor <= max)
            && self.says(row, name)
    }

    /// Whether each part of the text stands in the note, the other's name or handle, or the amount.
    fn says(&self, row: &Transfer, name: Option<&UserView>) -> bool {
        if self.text.is_empty() {
            return true;
        }
        let mut texts = vec![fold(&row.note), row.money.to_string()];
        if let Some(view) = name {
            texts.push(fold(&view.display_name));
            texts.push(format!("@{}", fold(&view.handle)));
        }
        let stands = |part: &String| texts.iter().any(|text| text.contains(part.as_str()));
        self.text.iter().all(stands)
    }
}

fn invalid(field: &str, reason: &'static str) -> WireError {
    WireError::new(ErrorCode::InvalidField)
        .param(format!("filter.{field}"))
        .detail("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Micros;

    fn parse(change: impl FnOnce(&mut HistoryFilter)) -> Result<Filter, WireError> {
        let mut asked = HistoryFilter::default();
        change(&mut asked);
        Filter::parse(&asked, Currency::of("CNY").expect("a currency"))
    }

    fn refused(change: impl FnOnce(&mut HistoryFilter)) -> (ErrorCode, String) {
        let refusal = parse(change).expect_err("refused");
        (refusal.code, refusal.param.unwrap_or_default())
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused_by_its_field() {
        let invalid = |field: &str| (ErrorCode::InvalidField, format!("filter.{field}"));
        assert_eq!(refused(|f| f.kind = Some("gift".into())), invalid("kind"));
        assert_eq!(refused(|f| f.direction = Some("up".into())), invalid("direction"));
        assert_eq!(refused(|f| f.state = Some("lost".into())), invalid("state"));
        assert_eq!(refused(|f| f.text = Some("x".repeat(201))), invalid("text"));
        let amount = |field: &str| (ErrorCode::AmountInvalid, format!("filter.{field}"));
        assert_eq!(refused(|f| f.min = Some("-1".into())), amount("min"));
        assert_eq!(refused(|f| f.max = Some("1.001".into())), amount("max"));
        let reversed = refused(|f| (f.min, f.max) = (Some("2".into()), Some("1".into())));
        assert_eq!(reversed, invalid("max"));
        let reversed = refused(|f| (f.from, f.to) = (Some(Micros(2)), Some(Micros(2))));
        assert_eq!(reversed, invalid("to"));
        for kind in Purpose::ALL {
            assert!(parse(|f| f.kind = Some(kind.as_str().into())).is_ok());
        }
        for state in ["posted", "held", "captured", "voided", "expired", "reversed"] {
            assert!(parse(|f| f.state = Some(state.into())).is_ok(), "{state}");
        }
    }
}
