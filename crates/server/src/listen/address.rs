//! Addresses as configuration writes them: `:8080`, `127.0.0.1:8081`, `localhost:80`, `[::1]:80`.

use std::io;

use tokio::net::TcpListener;

use super::BindError;

/// Binds an address. Without a host: all addresses of the machine, of both families where there are two.
pub(super) async fn bind(address: &str) -> Result<TcpListener, BindError> {
    let failed = |cause: io::Error| BindError::Bind { address: address.to_owned(), cause };
    let no_address = || BindError::Address { address: address.to_owned() };
    let (host, port) = address.rsplit_once(':').ok_or_else(no_address)?;
    let port: u16 = port.parse().map_err(|_| no_address())?;
    if !host.is_empty() {
        return TcpListener::bind(address).await.map_err(failed);
    }
    match TcpListener::bind(("::", port)).await {
        Ok(listener) => Ok(listener),
        // A machine without IPv6 has no such address family; any other failure is the same for both.
        Err(_) => TcpListener::bind(("0.0.0.0", port)).await.map_err(failed),
    }
}

/// Whether two texts are one address. Port 0 is a wish, not an address.
pub(super) fn are_equal(one: &str, other: &str) -> bool {
    one == other && !one.ends_with(":0")
}
