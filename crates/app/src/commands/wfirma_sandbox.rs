use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;

use adapter_wfirma::Sandbox;

use super::{CommandError, shutdown_signal};
use crate::config::Config;

/// The default address.
const HTTP_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8089);

pub(super) fn run(config: &Config) -> Result<ExitCode, CommandError> {
    let requested = config.http_addr.unwrap_or(HTTP_ADDR);
    let listener = TcpListener::bind(requested).map_err(|error| CommandError::Listen(requested, error))?;
    actix_web::rt::System::new().block_on(serve(listener))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(listener: TcpListener) -> Result<(), CommandError> {
    let shutdown_signal = shutdown_signal()?;
    let address = listener.local_addr().map_err(|error| CommandError::of(&error))?;
    let running = Sandbox::new().serve(listener).map_err(|error| CommandError::of(&error))?;
    let handle = running.handle();
    actix_web::rt::spawn(async move {
        shutdown_signal.await;
        handle.stop(true).await;
    });
    print_usage(&format!("http://{address}"));
    running.await.map_err(|error| CommandError::of(&error))
}

fn print_usage(address: &str) {
    println!("The wFirma sandbox listens on {address}");
    println!(
        "Contractors  152158328 and 15485872 are good, 99999 lacks name, zip and city, others are unknown"
    );
    println!("Ledger       curl {address}/_sandbox/ledger");
    println!(
        "A fault      curl {address}/_sandbox/faults -d '{{\"fault\": \"drop_answer\", \"contractorId\": \"15485872\"}}'"
    );
    println!("             delay, hang, drop_answer, status, html, truncate, late_find or two_matches");
    println!("No faults    curl -X DELETE {address}/_sandbox/faults");
}
