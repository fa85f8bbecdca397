//! The audit trail without a database: `cargo run -p audit --features memory --example audit_in_memory`.

use std::error::Error;
use std::sync::Arc;

use audit::memory::InMemoryAudit;
use audit::ports::EntryFilter;
use audit::{Finding, ListAudit, RecordRefusal, Refusal, SealAudit, SignHeads, VerifyAudit};
use kernel::access::{Actor, Identity};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::page::Window;
use secrets::signing::SigningKeys;

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let audit = Arc::new(InMemoryAudit::default());
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let keys = Arc::new(SigningKeys::new(ids.secret(), None));
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };

    let record = RecordRefusal::new(audit.clone());
    for request in ["request-1", "request-2"] {
        let refusal = Refusal {
            method: "GET".into(),
            path: "/api/audit".into(),
            status: 403,
            code: "FORBIDDEN".into(),
        };
        record.run(&actor, request, SystemClock.now(), &refusal).await?;
    }
    println!("{} entries sealed", SealAudit::new(audit.clone()).run().await?);
    let sign = SignHeads::new(audit.clone(), audit.clone(), keys.clone(), Arc::new(SystemClock));
    println!("{} heads signed", sign.run().await?);

    let list = ListAudit::new(audit.clone());
    for listed in list.run(actor.team, EntryFilter::default(), Window::try_new(0, 20, 100)?).await?.items {
        println!(
            "{} {} {:?}",
            listed.entry.action,
            listed.entry.request_id,
            listed.seal.map(|seal| seal.sequence)
        );
    }
    let verify = VerifyAudit::new(audit.clone(), keys);
    let violations = verify
        .run(None, audit.head_lines(), &mut |finding| {
            if let Finding::TeamVerified(team) = finding {
                println!("{} sealed, {} waiting, {} heads", team.sealed, team.waiting, team.heads);
            }
        })
        .await?;
    println!("{violations} violations");
    Ok(())
}
