//! The words of the printed statement, in both languages. The client's own stand in `static/i18n`; this page is made
//! without it.

/// The words of a language.
#[derive(Debug)]
pub(super) struct Words {
    /// The language, as BCP 47 has it.
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) account: &'static str,
    pub(super) owner: &'static str,
    pub(super) period: &'static str,
    pub(super) since_opening: &'static str,
    pub(super) until_now: &'static str,
    pub(super) opening: &'static str,
    pub(super) closing: &'static str,
    pub(super) came_in: &'static str,
    pub(super) went_out: &'static str,
    pub(super) movements: &'static str,
    pub(super) at: &'static str,
    pub(super) what: &'static str,
    pub(super) who: &'static str,
    pub(super) note: &'static str,
    pub(super) amount: &'static str,
    pub(super) balance: &'static str,
    pub(super) nothing: &'static str,
    pub(super) sealed: &'static str,
    pub(super) block: &'static str,
    pub(super) hash: &'static str,
    pub(super) times: &'static str,
    kinds: &'static [(&'static str, &'static str)],
}

static ENGLISH: Words = Words {
    code: "en",
    title: "Account statement",
    account: "Account",
    owner: "Owner",
    period: "Period",
    since_opening: "the beginning",
    until_now: "now",
    opening: "Opening balance",
    closing: "Closing balance",
    came_in: "Money in",
    went_out: "Money out",
    movements: "Movements",
    at: "Time (UTC)",
    what: "What",
    who: "With whom",
    note: "Note",
    amount: "Amount",
    balance: "Balance",
    nothing: "Nothing moved in this time.",
    sealed: "The ledger when this was made",
    block: "Block",
    hash: "Hash",
    times: "All times and days are in UTC. Held money has not moved and is not listed.",
    kinds: &[
        ("payment", "Payment"),
        ("funding", "Play money"),
        ("fee", "Fee"),
        ("claim", "Claim"),
        ("correction", "Correction"),
        ("request", "Request paid"),
        ("packet", "Red packet"),
        ("bill", "Share of a bill"),
        ("schedule", "Planned payment"),
        ("topup", "Top-up"),
        ("withdrawal", "Withdrawal"),
        ("captured", "taken from a hold"),
        ("reversed", "given back"),
    ],
};

static CHINESE: Words = Words {
    code: "zh-CN",
    title: "账户对账单",
    account: "账户",
    owner: "户主",
    period: "期间",
    since_opening: "开户",
    until_now: "现在",
    opening: "期初余额",
    closing: "期末余额",
    came_in: "收入",
    went_out: "支出",
    movements: "明细",
    at: "时间（UTC）",
    what: "类型",
    who: "对方",
    note: "备注",
    amount: "金额",
    balance: "余额",
    nothing: "此期间没有收支。",
    sealed: "出具时的账本",
    block: "区块",
    hash: "哈希",
    times: "所有时间和日期均为 UTC。冻结的款项尚未转移，不列入明细。",
    kinds: &[
        ("payment", "付款"),
        ("funding", "体验金"),
        ("fee", "手续费"),
        ("claim", "扣款请求"),
        ("correction", "更正"),
        ("request", "支付收款请求"),
        ("packet", "红包"),
        ("bill", "账单分摊"),
        ("schedule", "计划付款"),
        ("topup", "充值"),
        ("withdrawal", "提现"),
        ("captured", "从冻结款项中扣除"),
        ("reversed", "已退回"),
    ],
};

impl Words {
    /// The words of the language that was asked for, or else of the first that a browser accepts and there is; English
    /// when there is none.
    pub(super) fn of(asked: Option<&str>, accepted: &str) -> &'static Self {
        let wished = asked.into_iter().chain(accepted.split(','));
        let known = wished.map(str::trim).find_map(|tag| {
            let language = tag.split(['-', ';', '_']).next().unwrap_or_default();
            match language.to_ascii_lowercase().as_str() {
                "en" => Some(&ENGLISH),
                "zh" => Some(&CHINESE),
                _ => None,
            }
        });
        known.unwrap_or(&ENGLISH)
    }

    /// What a word of the ledger is called; one that is not known is shown as it stands.
    pub(super) fn kind<'a>(&self, word: &'a str) -> &'a str {
        let found = self.kinds.iter().find(|(known, _)| *known == word);
        found.map_or(word, |(_, says)| *says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wallet::Purpose;

    #[test]
    fn the_language_is_what_was_asked_for_or_the_first_that_is_accepted() {
        for (asked, accepted, code) in [
            (None, "", "en"),
            (None, "fr, zh-TW;q=0.8, en;q=0.5", "zh-CN"),
            (None, "en-GB,zh;q=0.9", "en"),
            (Some("zh-CN"), "en", "zh-CN"),
            (Some("en"), "zh", "en"),
            (Some("xx"), "zh", "zh-CN"),
        ] {
            assert_eq!(Words::of(asked, accepted).code, code, "{asked:?} {accepted:?}");
        }
    }

    #[test]
    fn every_purpose_has_a_word_in_both_languages() {
        for words in [&ENGLISH, &CHINESE] {
            for purpose in Purpose::ALL {
                assert_ne!(words.kind(purpose.as_str()), purpose.as_str(), "{}", words.code);
            }
        }
    }
}
