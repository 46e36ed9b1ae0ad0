//! Who may move money: devices, limits, the PIN, and the confirmation of single requests.

use crate::gateway::ws::caller::Caller;
use crate::gateway::ws::consent::CONFIRMED;
use crate::identity::{Confirming, IdentityError, PinState};
use crate::protocol::{
    BeginStepUp, ChangePin, Coded, ConfirmStepUp, Devices, DevicesRevoked, ErrorCode, Factors, LimitsShown, PinSet,
    PinView, RevokeDevices, Said, SetPin, ShowLimits, SpanLimit, StepUpBegun, StepUpConfirmed, WireError,
};

/// The one factor that there is.
const PIN: &str = "pin";

fn told(error: &IdentityError) -> WireError {
    error.wire()
}

/// The same of a PIN that was given in this field.
fn told_of(error: &IdentityError, field: &'static str) -> WireError {
    match error {
        IdentityError::NotAPin => error.wire().param(field),
        _ => error.wire(),
    }
}

fn pin_view(pin: PinState) -> PinView {
    PinView {
        set: pin.set,
        locked: pin.locked,
        left: pin.left,
    }
}

pub(in crate::gateway::ws) fn devices(caller: &Caller, id: u64) {
    let (identity, user, own) = (caller.state.identity.clone(), caller.id(), caller.session());
    caller.answer_later(id, async move {
        let sessions = identity.sessions(user).await.map_err(|error| told(&error))?;
        Ok(Devices {
            devices: sessions.iter().map(|session| session.view(own)).collect(),
            next: None,
        })
    });
}

/// `device.revoke`.
pub(in crate::gateway::ws) fn revoke(caller: &Caller, id: u64, wanted: &RevokeDevices) -> Result<(), WireError> {
    let one = match (wanted.device, wanted.others) {
        (Some(device), false) => Some(device),
        (None, true) => None,
        _ => {
            let refusal = WireError::new(ErrorCode::InvalidField).param("device");
            return Err(refusal.detail("reason", "either one device or the others"));
        }
    };
    let (state, user, own) = (caller.state.clone(), caller.id(), caller.session());
    if one == Some(own) {
        // Its socket would close before the answer.
        let refusal = WireError::new(ErrorCode::InvalidField).param("device");
        return Err(refusal.detail("reason", "this device signs out by itself: POST /api/v1/logout"));
    }
    caller.answer_later(id, async move {
        let ended = match one {
            Some(device) => state.identity.revoke(user, device).await.map(|()| vec![device]),
            None => state.identity.revoke_others(user, own).await,
        };
        let devices = ended.map_err(|error| told(&error))?;
        for session in &devices {
            (state.on_session_revoked)(user, *session);
        }
        Ok(DevicesRevoked { devices })
    });
    Ok(())
}

/// `limits.show`.
pub(in crate::gateway::ws) fn limits(caller: &Caller, id: u64, wanted: &ShowLimits) -> Result<(), WireError> {
    let (wallet, owner) = (caller.state.wallet.clone(), caller.id());
    let currency = match &wanted.currency {
        Some(code) => wallet.currencies().get(code).map_err(|error| error.wire())?,
        None => wallet.currencies().default_currency(),
    };
    let now = caller.state.clock.now();
    caller.answer_later(id, async move {
        let (limits, spent) = wallet
            .limits(owner, currency, now)
            .await
            .map_err(|error| error.wire())?;
        let span = |limit: Option<i64>, used: i64, until| {
            limit.map(|limit| SpanLimit {
                limit: currency.format(limit),
                used: currency.format(used),
                left: currency.format(limit.saturating_sub(used).max(0)),
                until,
            })
        };
        Ok(LimitsShown {
            currency: currency.code().to_owned(),
            single: limits.single.map(|limit| currency.format(limit)),
            day: span(limits.day, spent.day_minor, now.next_day()),
            year: span(limits.year, spent.year_minor, now.next_year()),
        })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn factors(caller: &Caller, id: u64) {
    let (identity, user) = (caller.state.identity.clone(), caller.id());
    let required = caller.state.wallet.requires_pin();
    caller.answer_later(id, async move {
        let pin = identity.pin_state(user).await.map_err(|error| told(&error))?;
        Ok(Factors {
            pin: pin_view(pin),
            required,
        })
    });
}

pub(in crate::gateway::ws) fn set_pin(caller: &Caller, id: u64, wanted: SetPin) {
    let (identity, user) = (caller.state.identity.clone(), caller.id());
    caller.answer_later(id, async move {
        let set = identity.set_pin(user, wanted.password, wanted.pin).await;
        set.map_err(|error| told(&error))?;
        let pin = identity.pin_state(user).await.map_err(|error| told(&error))?;
        Ok(PinSet { pin: pin_view(pin) })
    });
}

pub(in crate::gateway::ws) fn change_pin(caller: &Caller, id: u64, wanted: ChangePin) {
    let (identity, user) = (caller.state.identity.clone(), caller.id());
    caller.answer_later(id, async move {
        let set = identity.change_pin(user, wanted.old, wanted.pin).await;
        set.map_err(|error| told_of(&error, "old"))?;
        let pin = identity.pin_state(user).await.map_err(|error| told(&error))?;
        Ok(PinSet { pin: pin_view(pin) })
    });
}

/// `step_up.begin`. Whoever could not confirm anything is told so before they are asked.
pub(in crate::gateway::ws) fn begin(caller: &Caller, id: u64, wanted: BeginStepUp) -> Result<(), WireError> {
    if !CONFIRMED.contains(&wanted.op.as_str()) {
        let refusal = WireError::new(ErrorCode::InvalidField).param("op");
        return Err(refusal.detail("reason", "it needs no confirmation"));
    }
    let confirming = Confirming {
        user: caller.id(),
        session: caller.session(),
        digest: Said::of(&wanted.op, wanted.d).digest,
    };
    let (identity, clock) = (caller.state.identity.clone(), caller.state.clock.clone());
    caller.answer_later(id, async move {
        let pin = identity
            .pin_state(confirming.user)
            .await
            .map_err(|error| told(&error))?;
        if !pin.set {
            return Err(told(&IdentityError::PinNotSet));
        }
        if pin.locked {
            return Err(told(&IdentityError::PinLocked));
        }
        let given = identity.step_up().challenge(&confirming, clock.now());
        Ok(StepUpBegun {
            challenge: given.text,
            expires_at: given.expires_at,
            factors: vec![PIN],
        })
    });
    Ok(())
}

/// `step_up.confirm`.
pub(in crate::gateway::ws) fn confirm(caller: &Caller, id: u64, wanted: ConfirmStepUp) -> Result<(), WireError> {
    if wanted.factor != PIN {
        return Err(WireError::new(ErrorCode::InvalidField).param("factor"));
    }
    let (identity, clock) = (caller.state.identity.clone(), caller.state.clock.clone());
    let by = (caller.id(), caller.session());
    let asked = identity.step_up().answered(&wanted.challenge, by, clock.now());
    let confirming = asked.map_err(|error| told(&error))?;
    caller.answer_later(id, async move {
        let confirmed = identity.confirm_pin(confirming.user, wanted.code).await;
        confirmed.map_err(|error| told_of(&error, "code"))?;
        let given = identity.step_up().grant(&confirming, clock.now());
        Ok(StepUpConfirmed {
            step_up: given.text,
            expires_at: given.expires_at,
        })
    });
    Ok(())
}
