//! Every route, on one page.

use crate::{
    error::{Error, Result},
    rest::{
        apps, audit, call::Call, channels, documents, health, held, messages, plugins,
        reply::Reply, secrets, tokens, users,
    },
};
use futures_util::future::BoxFuture;
use http::Method;
use std::sync::LazyLock;

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anyone, as often as they like: it costs nothing.
    Probe,
    /// Anyone; a tenant's backend proves itself in the body.
    Anyone,
    /// An operator.
    Admin,
    /// A user with a token; or a tenant's backend in the name of a user, with its api key and secret.
    User,
    /// A tenant's backend with its api key and secret.
    Tenant,
    /// A user, or a tenant's backend in its own name.
    UserOrTenant,
    /// A tenant's backend, with a form that holds a file.
    Uploader,
}

/// One route.
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, with `{…}` for ids.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What it does.
    pub handler: Handler,
}

/// What a route does with a call.
pub type Handler = Box<dyn Fn(Call) -> BoxFuture<'static, Result<Reply>> + Send + Sync>;

/// Where messages are sent.
pub(super) const MESSAGES: &str = "/api/channels/{channel}/messages";
/// Where all calls on plugins begin.
pub(super) const PLUGINS: &str = "/api/plugins";

/// The table.
#[rustfmt::skip]
pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    use Access::{Admin, Anyone, Probe, Tenant, Uploader, User, UserOrTenant};
    vec![
        route(Method::GET,    "/health",                                               Probe,  health::show),
        route(Method::GET,    "/ready",                                                Probe,  health::ready),
        route(Method::GET,    "/metrics",                                              Admin,  health::metrics),
        route(Method::GET,    "/openapi.json",                                         Anyone, documents::openapi),
        route(Method::GET,    "/asyncapi.json",                                        Anyone, documents::asyncapi),
        route(Method::GET,    "/docs",                                                 Anyone, documents::page),
        route(Method::POST,   "/api/apps",                                             Admin,  apps::create),
        route(Method::GET,    "/api/apps",                                             Admin,  apps::list),
        route(Method::GET,    "/api/apps/{app}",                                       Admin,  apps::show),
        route(Method::PATCH,  "/api/apps/{app}",                                       Admin,  apps::change),
        route(Method::DELETE, "/api/apps/{app}",                                       Admin,  apps::delete),
        route(Method::POST,   "/api/apps/{app}/revoke",                                Admin,  apps::revoke),
        route(Method::POST,   "/api/apps/{app}/secrets",                               Admin,  apps::create_secret),
        route(Method::DELETE, "/api/apps/{app}/secrets/{secret}",                      Admin,  apps::delete_secret),
        route(Method::GET,    "/api/audit",                                            Admin,  audit::list),
        route(Method::POST,   "/api/auth/token",                                       Anyone, tokens::create),
        route(Method::POST,   "/api/tokens/revoke",                                    Tenant, tokens::revoke),
        route(Method::GET,    "/api/secrets",                                          Tenant, secrets::list),
        route(Method::POST,   "/api/secrets",                                          Tenant, secrets::create),
        route(Method::DELETE, "/api/secrets/{secret}",                                 Tenant, secrets::delete),
        route(Method::GET,    "/api/users",                                            Tenant, users::list),
        route(Method::GET,    "/api/users/{user}",                                     Tenant, users::show),
        route(Method::PUT,    "/api/users/{user}",                                     Tenant, users::upsert),
        route(Method::DELETE, "/api/users/{user}",                                     Tenant, users::delete),
        route(Method::POST,   "/api/users/{user}/deactivate",                          Tenant, users::deactivate),
        route(Method::POST,   "/api/users/{user}/reactivate",                          Tenant, users::reactivate),
        route(Method::POST,   "/api/users/{user}/revoke",                              Tenant, users::revoke),
        route(Method::POST,   "/api/channels",                                         User,   channels::create),
        route(Method::GET,    "/api/channels",                                         User,   channels::list),
        route(Method::GET,    "/api/channels/discover",                                User,   channels::discover),
        route(Method::GET,    "/api/channels/{channel}",                               UserOrTenant, channels::show),
        route(Method::POST,   "/api/channels/{channel}/join",                          User,   channels::join),
        route(Method::GET,    "/api/channels/{channel}/members",                       UserOrTenant, channels::members),
        route(Method::POST,   "/api/channels/{channel}/members",                       UserOrTenant, channels::add_member),
        route(Method::DELETE, "/api/channels/{channel}/members/{user}",                UserOrTenant, channels::remove_member),
        route(Method::POST,   "/api/channels/{channel}/leave",                         User,   channels::leave),
        route(Method::GET,    "/api/channels/{channel}/messages",                      UserOrTenant, messages::list),
        route(Method::POST,   MESSAGES,                                                User,   messages::send),
        route(Method::DELETE, "/api/channels/{channel}/messages/{message}",            UserOrTenant, messages::delete),
        route(Method::POST,   "/api/channels/{channel}/messages/{message}/reactions",  User,   messages::react),
        route(Method::POST,   "/api/plugins",                                          Uploader, plugins::create),
        route(Method::GET,    "/api/plugins",                                          Tenant, plugins::list),
        route(Method::GET,    "/api/plugins/{plugin}",                                 Tenant, plugins::show),
        route(Method::PATCH,  "/api/plugins/{plugin}",                                 Tenant, plugins::update),
        route(Method::DELETE, "/api/plugins/{plugin}",                                 Tenant, plugins::delete),
        route(Method::POST,   "/api/plugins/{plugin}/versions",                        Uploader, plugins::add_version),
        route(Method::POST,   "/api/plugins/{plugin}/promote",                         Tenant, plugins::promote),
        route(Method::POST,   "/api/plugins/{plugin}/rollback",                        Tenant, plugins::rollback),
        route(Method::POST,   "/api/plugins/{plugin}/test",                            Tenant, plugins::try_out),
        route(Method::GET,    "/api/plugins/{plugin}/logs",                            Tenant, plugins::logs),
        route(Method::GET,    "/api/plugins/{plugin}/shadow",                          Tenant, plugins::shadow),
        route(Method::GET,    "/api/held",                                             Tenant, held::list),
        route(Method::POST,   "/api/held/{message}/release",                           Tenant, held::release),
        route(Method::DELETE, "/api/held/{message}",                                   Tenant, held::drop),
    ]
});

fn route<F, R>(method: Method, path: &'static str, access: Access, handler: F) -> Route
where
    F: Fn(Call) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Reply>> + Send + 'static,
{
    Route {
        method,
        path,
        access,
        handler: Box::new(move |call| Box::pin(handler(call))),
    }
}

/// From a path to the places of its routes in [`ROUTES`].
static PATHS: LazyLock<matchit::Router<Vec<usize>>> = LazyLock::new(|| {
    let mut by_path: Vec<(&str, Vec<usize>)> = vec![];
    for (place, route) in ROUTES.iter().enumerate() {
        match by_path.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, places)) => places.push(place),
            None => by_path.push((route.path, vec![place])),
        }
    }
    let mut paths = matchit::Router::new();
    for (path, places) in by_path {
        paths
            .insert(path, places)
            .expect("no two routes are in each other's way");
    }
    paths
});

/// A route, and the ids in the path.
pub(super) type Found = (&'static Route, Vec<String>);

/// The route for a method and a path.
pub(super) fn find(method: &Method, path: &str) -> Result<Found> {
    let found = PATHS.at(path).map_err(|_| Error::NotFound("Not found"))?;
    let of_path = found.value.iter().map(|place| &ROUTES[*place]);
    match of_path.clone().find(|route| route.method == *method) {
        Some(route) => Ok((
            route,
            found.params.iter().map(|(_, id)| id.to_owned()).collect(),
        )),
        None => {
            let allowed: Vec<_> = of_path.map(|route| route.method.as_str()).collect();
            Err(Error::MethodNotAllowed(allowed.join(", ")))
        }
    }
}
