//! The demo's accounting: a wFirma of its own in this process, unless another is configured.

use std::net::{Ipv4Addr, TcpListener};

use adapter_wfirma::Sandbox;
use invoicing::accounting::{AccountingKey, CompanyId, ConnectionFault, Keys};
use kernel::id::TeamId;
use url::Url;

use super::super::CommandError;
use crate::accounting::Accounting;

/// Where it listens if it can: where `throughline wfirma-sandbox` does too.
const USUAL_PORT: u16 = 8089;

/// A sandbox that is going to serve.
pub(in super::super) struct DemoSandbox {
    listener: TcpListener,
    url: Url,
}

impl DemoSandbox {
    /// Listens on a port of this machine alone.
    pub(in super::super) fn open() -> Result<Self, CommandError> {
        let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = bind(USUAL_PORT).or_else(|_| bind(0)).map_err(|error| CommandError::of(&error))?;
        let address = listener.local_addr().map_err(|error| CommandError::of(&error))?;
        let url = Url::parse(&format!("http://{address}")).map_err(|error| CommandError::of(&error))?;
        Ok(Self { listener, url })
    }

    /// Where it is.
    pub(in super::super) const fn url(&self) -> &Url {
        &self.url
    }

    /// Serves as long as the process does, with the demo team connected to it.
    pub(super) async fn serve(self, accounting: &Accounting, team: TeamId) -> Result<(), CommandError> {
        let server = Sandbox::new().serve(self.listener).map_err(|error| CommandError::of(&error))?;
        actix_web::rt::spawn(server);
        let (company, keys) = company().map_err(|fault| CommandError::of(&fault))?;
        let connected = accounting.connect(team, (company, keys), "demo").await;
        connected.map_err(|error| CommandError::of(&error))
    }
}

/// A company of the sandbox, which takes any.
fn company() -> Result<(CompanyId, Keys), ConnectionFault> {
    let key = |text| AccountingKey::try_new(text);
    let keys =
        Keys { access: key("demo-access-key")?, secret: key("demo-secret-key")?, app: key("demo-app-key")? };
    Ok((CompanyId::try_new("1")?, keys))
}
