//! Takes connections. Stands in for the `HttpServer` of actix-web, which has no place for what happens to a connection
//! whose request is to upgrade: here `ws/line.rs` carries it, and keeps no buffers for a socket that says nothing.

use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

use actix_codec::{AsyncRead, AsyncWrite, Framed};
use actix_http::body::BoxBody;
use actix_http::h1::{Codec, ExpectHandler};
use actix_http::{HttpService, Request, Response, TlsAcceptorConfig};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, boxed, fn_factory, fn_service, map_config};
use actix_web::App;
use actix_web::dev::{AppConfig, Server, ServiceRequest, ServiceResponse};
use rustls::ServerConfig;

use super::ws;

/// Between accepting a connection and the whole of its request's head.
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to end a connection that is over.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// What answers requests.
pub type Site = boxed::BoxServiceFactory<(), Request, Response<BoxBody>, Response<BoxBody>, ()>;

/// How connections are taken.
pub struct Listening {
    /// Threads.
    pub workers: usize,
    /// What is spoken, if that is TLS.
    pub tls: Option<ServerConfig>,
    /// How long requests under way may take once the server stops, in seconds.
    pub stop_seconds: u64,
}

/// An app, as what answers requests.
pub fn site<T>(app: App<T>) -> Site
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    T::Future: 'static,
{
    // Nothing here asks for the server's own address or name: links are made from the settings.
    let app = map_config(app.into_factory(), |()| AppConfig::default());
    let app = app.map(Response::from);
    boxed::factory(app.map_err(|error| error.error_response().into()))
}

/// Serves what `make` makes, once for the plain requests and once for the upgrades of each thread.
///
/// # Errors
/// When the port cannot be listened on.
pub fn listen(
    listener: TcpListener,
    listening: Listening,
    make: impl Fn() -> Site + Clone + Send + 'static,
) -> std::io::Result<Server> {
    let builder = Server::build()
        .workers(listening.workers)
        .shutdown_timeout(listening.stop_seconds)
        .disable_signals();
    let stop = builder.graceful_shutdown_signal();
    let stopping = move || {
        let stop = stop.clone();
        async move { stop.notified().await }
    };
    let builder = match listening.tls {
        Some(tls) => builder.listen("https", listener, move || {
            service(make(), make(), stopping.clone()).rustls_0_23_with_config(tls.clone(), TlsAcceptorConfig::default())
        }),
        None => builder.listen("http", listener, move || {
            service(make(), make(), stopping.clone()).tcp()
        }),
    }?;
    Ok(builder.run())
}

/// The service of one thread. An idle connection of plain requests ends when `stopping` does.
fn service<T, F>(
    plain: Site,
    upgraded: Site,
    stopping: impl Fn() -> F + 'static,
) -> HttpService<T, Site, BoxBody, ExpectHandler, impl Upgrades<T>>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    F: Future<Output = ()> + 'static,
{
    let site = Rc::new(upgraded);
    let upgrades = fn_factory(move || {
        let site = site.clone();
        async move {
            let site = Rc::new(site.new_service(()).await?);
            Ok(fn_service(move |(request, framed): (Request, Framed<T, Codec>)| {
                ws::carry(site.clone(), request, framed)
            }))
        }
    });
    HttpService::<T, Site, BoxBody>::build()
        .graceful_shutdown_signal(stopping)
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .on_connect_ext(|connection: &T, extensions| ws::prepare(connection, extensions))
        .upgrade(upgrades)
        .finish(plain)
}

/// What carries upgraded connections.
trait Upgrades<T>:
    ServiceFactory<
        (Request, Framed<T, Codec>),
        Config = (),
        Response = (),
        Error = actix_http::Error,
        InitError = (),
        Future: 'static,
    >
{
}

impl<T, F> Upgrades<T> for F
where
    F: ServiceFactory<
            (Request, Framed<T, Codec>),
            Config = (),
            Response = (),
            Error = actix_http::Error,
            InitError = (),
        >,
    F::Future: 'static,
{
}
