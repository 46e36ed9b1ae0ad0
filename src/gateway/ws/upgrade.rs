//! The upgrade of a request to a socket.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};

use super::body::SocketBody;
use super::connection::{self, Connection};
use super::{Descriptor, SocketState};
use crate::delivery::Outbox;
use crate::gateway::auth::Credentials;
use crate::gateway::errors::Refusal;
use crate::gateway::rate_limit::Neighbourhood;
use crate::protocol::{ErrorCode, WireError};

/// Adds the socket's route. A [`web::Data`] of [`SocketState`] must be there.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/ws/v1", web::get().to(upgrade));
}

async fn upgrade(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<SocketState>,
) -> Result<HttpResponse, Refusal> {
    if state.draining.load(Ordering::SeqCst) {
        return Err(Refusal::new(ErrorCode::Busy));
    }
    let credentials = Credentials::from_request(&request, &state.site)?;
    let address = state.addresses.enter(state.site.client_ip(&request))?;
    let cut = match request.conn_data::<Descriptor>() {
        Some(descriptor) => descriptor.cut(),
        None => return Err(Refusal::new(ErrorCode::Internal)),
    };
    let outbox = Arc::new(Outbox::new(state.outbox, cut, Instant::now()));
    let actor = Connection::new(state.clone().into_inner(), outbox.clone(), credentials);
    let users = state.users.clone();
    let frame_bytes = state.limits.frame_bytes;
    let wrap = |context| SocketBody::new(context, outbox, users, address);
    connection::respond(&request, payload, actor, frame_bytes, wrap).map_err(|_| {
        let error = WireError::new(ErrorCode::InvalidField).param("Upgrade");
        Refusal::from(error)
    })
}

/// Sockets open from each address.
#[derive(Debug, Clone)]
pub struct IpCounts {
    most: usize,
    open: Arc<Mutex<HashMap<Neighbourhood, usize>>>,
}

impl IpCounts {
    /// Counts that allow `most` sockets from an address; 0 is any number.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            open: Arc::default(),
        }
    }

    /// One more from an address, until the guard is dropped.
    ///
    /// # Errors
    /// `too_many_connections` with the setting.
    pub(super) fn enter(&self, address: Option<IpAddr>) -> Result<IpGuard, WireError> {
        let Some(address) = address.filter(|_| self.most > 0).map(Neighbourhood::of) else {
            return Ok(IpGuard(None));
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_insert(0);
        if *count >= self.most {
            let refusal = WireError::new(ErrorCode::TooManyConnections);
            return Err(refusal.detail("setting", "limits.connections_per_ip"));
        }
        *count += 1;
        Ok(IpGuard(Some((self.clone(), address))))
    }
}

/// One socket's place among those of its address.
pub(super) struct IpGuard(Option<(IpCounts, Neighbourhood)>);

impl Drop for IpGuard {
    fn drop(&mut self) {
        if let Some((counts, address)) = &self.0 {
            let mut open = counts.open.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = open.get_mut(address) {
                *count -= 1;
                if *count == 0 {
                    open.remove(address);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_sockets_and_gets_them_back() {
        let (counts, address) = (IpCounts::new(2), Some(IpAddr::from([127, 0, 0, 1])));
        let first = counts.enter(address).map_err(|e| e.code);
        let second = counts.enter(address).map_err(|e| e.code);
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(
            counts.enter(address).map(drop).map_err(|e| e.code),
            Err(ErrorCode::TooManyConnections)
        );
        drop(first);
        assert!(counts.enter(address).is_ok());
        assert!(IpCounts::new(0).enter(address).is_ok());
    }
}
