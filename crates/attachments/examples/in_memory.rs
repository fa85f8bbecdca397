//! Attachments without a database: `cargo run -p attachments --features memory --example attachments_in_memory`.

use std::error::Error;
use std::io::Cursor;
use std::sync::Arc;

use attachments::memory::InMemoryAttachments;
use attachments::ports::AttachmentFilter;
use attachments::{AcceptedFile, AttachmentType, ManageAttachments, NewAttachment, Owner, SweepAttachments};
use file_intake::memory::InMemoryObjects;
use file_intake::{Content, ReceivedFile};
use kernel::access::{Actor, Identity};
use kernel::audit::Audited;
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::page::Window;
use kernel::write::{WriteContext, Written};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (store, objects) = (Arc::new(InMemoryAttachments::default()), Arc::new(InMemoryObjects::default()));
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let actor = Actor { team: ids.id(), identity: Identity::System { part: "example" } };
    let attachments = ManageAttachments::new(store.clone(), objects.clone(), None, ids);

    for (name, bytes) in [("Plan.pdf", &b"%PDF-1.7"[..]), ("setup.exe", b"MZ")] {
        let content = Content::new(Cursor::new(bytes.to_vec()));
        let size = bytes.len() as u64;
        let received = ReceivedFile { name: name.into(), content, size, sha256: [0; 32] };
        let file = match AcceptedFile::inspect(received) {
            Ok(file) => file,
            Err(error) => {
                println!("{name}: {error}");
                continue;
            }
        };
        let new = NewAttachment {
            owner: Owner::operations(None, None),
            attachment_type: AttachmentType::Drawing,
            description: None,
        };
        let context = WriteContext::unclaimed(&actor, "request-1", SystemClock.now());
        if let Written::Done(attachment) = attachments.upload(context, new, file).await? {
            println!("{}", attachment.snapshot());
        }
    }

    let window = Window::try_new(0, 20, 100)?;
    for attachment in attachments.list(actor.team, AttachmentFilter::default(), window).await?.items {
        let context = WriteContext::unclaimed(&actor, "request-2", SystemClock.now());
        attachments.delete(context, attachment.id).await?;
    }
    let swept = SweepAttachments::new(store, objects.clone()).run(SystemClock.now()).await?;
    println!("{swept} swept, {} left", objects.keys().len());
    Ok(())
}
