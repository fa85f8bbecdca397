//! A team without a database: founded, its ADMIN logged in, its API key checked.
//! `cargo run -p identity --features memory --example identity_in_memory`.

use std::error::Error;
use std::sync::Arc;

use identity::api_key::{KeyName, NewApiKey};
use identity::memory::InMemoryIdentity;
use identity::{
    AccessTokens, Authenticate, Bootstrap, BootstrapRequest, CallerCache, Credentials, Email, LogIn,
    ManageApiKeys, Password, Purpose, TeamName,
};
use kernel::access::KeyPermission;
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::write::WriteContext;
use kernel::zone::TimeZone;
use secrets::signing::SigningKeys;

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(InMemoryIdentity::default());
    let (ids, clock): (Arc<dyn IdSource>, Arc<dyn Clock>) = (Arc::new(SystemIds), Arc::new(SystemClock));
    let tokens = Arc::new(AccessTokens::new(Arc::new(SigningKeys::new(ids.secret(), None)))?);
    let callers = Arc::new(CallerCache::new(store.clone(), clock.clone()));
    let authenticate = Authenticate::new(callers.clone(), tokens.clone(), clock.clone());

    let founded = Bootstrap::new(store.clone(), ids.clone(), clock.clone());
    let founded = founded.run(BootstrapRequest {
        team: TeamName::try_new("Acme Works")?,
        time_zone: TimeZone::UTC,
        email: Email::try_new("boss@acme.example")?,
        password: Password::try_new("correct horse")?,
        key_name: KeyName::try_new("bootstrap")?,
    });
    println!("founded team {}", founded.await?.team);

    let log_in = LogIn::new(store.clone(), store.clone(), tokens, ids.clone(), clock.clone());
    for password in ["wrong horse", "correct horse"] {
        let credentials = Credentials { email: "boss@acme.example".into(), password: password.into() };
        match log_in.run(&credentials, None, "request-1").await {
            Ok(logged_in) => {
                let caller = authenticate.run(&logged_in.access_token, None, Purpose::Read).await?;
                println!("logged in: {:?}", caller.actor.reference());
                create_key(&store, &callers, &authenticate, &caller.actor).await?;
            }
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}

async fn create_key(
    store: &Arc<InMemoryIdentity>,
    callers: &Arc<CallerCache>,
    authenticate: &Authenticate,
    actor: &kernel::access::Actor,
) -> Result<(), Box<dyn Error>> {
    let keys = ManageApiKeys::new(store.clone(), callers.clone(), Arc::new(SystemIds));
    let new = NewApiKey {
        name: KeyName::try_new("ERP")?,
        permission: KeyPermission::ReadOnly,
        scopes: Default::default(),
        expires_at: None,
        allowed: Default::default(),
    };
    let context = || WriteContext::unclaimed(actor, "request-2", SystemClock.now());
    let (_, Some(text)) = keys.create(actor, context(), new).await? else { return Ok(()) };
    let caller = authenticate.run(text.as_str(), None, Purpose::Read).await?;
    println!("the key {} calls as {:?}", text.prefix(), caller.actor.reference());
    keys.revoke(WriteContext::unclaimed(actor, "request-3", SystemClock.now()), text.id()).await?;
    match authenticate.run(text.as_str(), None, Purpose::Read).await {
        Ok(_) => println!("it still calls"),
        Err(error) => println!("revoked: {error}"),
    }
    Ok(())
}
