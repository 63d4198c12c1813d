//! The server's own table of routes, for tests that must not forget one.

pub use heyyo::rest::routes::Access;
use heyyo::rest::routes::ROUTES;

/// One documented call.
#[derive(Clone, Debug)]
pub struct Route {
    /// Such as `POST`.
    pub method: String,
    /// Such as `/api/channels/{channel}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// Every call there is.
pub fn all() -> Vec<Route> {
    let routes = ROUTES.iter().map(|route| Route {
        method: route.method.to_string(),
        path: route.path,
        access: route.access,
    });
    let routes: Vec<_> = routes.collect();
    assert!(routes.len() >= 14, "the documentation names 14 calls");
    routes
}

impl Route {
    /// Method and path, as the tables of the tests name it.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// How many ids the path wants.
    pub fn ids(&self) -> usize {
        self.path.matches('{').count()
    }

    /// The path with these ids in its places, the last one repeated as needed.
    pub fn path_with(&self, ids: &[&str]) -> String {
        let mut left = ids.iter();
        let mut last = "";
        let segments = self
            .path
            .split('/')
            .map(|segment| match segment.starts_with('{') {
                true => {
                    last = left.next().copied().unwrap_or(last);
                    last
                }
                false => segment,
            });
        segments.collect::<Vec<_>>().join("/")
    }
}
