//! Receiving goods without a database: `cargo run -p grn-ticketing --features memory --example receiving_in_memory`.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use grn_ticketing::memory::InMemoryReceiving;
use grn_ticketing::ports::{ReceiptFilter, VerificationState};
use grn_ticketing::receipt::{
    ArrivedDispatch, ArrivedItem, DispatchId, ItemCount, ItemStatus, ReceiptItem, Remarks, Verification,
};
use grn_ticketing::ticket::{CommentText, TicketStatus};
use grn_ticketing::{ManageGoodsReceipts, ManageTickets, VerifyGoodsReceipt};
use kernel::access::{Actor, Identity, Role};
use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};
use kernel::error::{Classified, StoreError};
use kernel::id::{TeamId, UserId};
use kernel::money::Currency;
use kernel::page::Window;
use kernel::period::PeriodRequest;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::{TeamLocale, TeamLocales};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;

/// Every team's documents are in euros here.
struct Euros;

#[async_trait]
impl TeamLocales for Euros {
    async fn of(&self, _team: TeamId) -> Result<TeamLocale, StoreError> {
        Ok(TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let (store, locales) = (Arc::new(InMemoryReceiving::default()), Arc::new(Euros));
    let receipts = ManageGoodsReceipts::new(store.clone(), locales.clone(), ids.clone());
    let verifying = VerifyGoodsReceipt::new(store.clone(), locales.clone(), ids.clone());
    let tickets = ManageTickets::new(store.clone(), locales, ids.clone());

    let (team, id): (TeamId, UserId) = (ids.id(), ids.id());
    store.add_user(team, id, "ops@kyari.com", [Role::Ops], true);
    let actor =
        Actor { team, identity: Identity::User { id, roles: BTreeSet::from([Role::Ops]), vendor: None } };
    let dispatch = arrival(&store, team, &*ids)?;

    for _ in 0..2 {
        match receipts.receive(context(&actor), dispatch).await {
            Ok(Written::Done(view)) => {
                println!("{} is {}", view.receipt.number, view.receipt.status().as_str())
            }
            Ok(Written::Replayed(_)) => {}
            Err(error) => println!("{}: {error}", error.code()),
        }
    }

    let open = ReceiptFilter { state: Some(VerificationState::Open), ..ReceiptFilter::default() };
    let window = Window::try_new(0, 20, 100)?;
    let pending = receipts.list(team, open, PeriodRequest::default(), (window, false)).await?;
    for view in pending.items {
        let counts = view.receipt.items.iter().take(1).map(short).collect::<Result<Vec<_>, _>>()?;
        let found = Verification {
            receipt: view.receipt.id,
            number: Some(view.receipt.number),
            dispatch: None,
            remarks: Remarks::try_new("Verification completed with discrepancies").ok(),
            counts,
            only: None,
        };
        if let Written::Done(outcome) = verifying.verify(context(&actor), found).await? {
            println!("{} is {}", outcome.receipt.number, outcome.receipt.status().as_str());
        }
        let ticket = tickets.of_receipt(team, view.receipt.id).await?.ticket;
        println!("{} is {}:\n{}", ticket.number, ticket.priority.as_str(), ticket.description);
        let said = CommentText::try_new("Started investigating the quantity mismatch with vendor")?;
        let moved = tickets.advance(context(&actor), ticket.id, TicketStatus::InProgress, Some(said)).await?;
        if let Written::Done(moved) = moved {
            println!("{} is {}", moved.number, moved.stage.status().as_str());
        }
    }
    Ok(())
}

fn context<O>(actor: &Actor) -> WriteContext<O> {
    WriteContext::unclaimed(actor, "request-1", SystemClock.now())
}

/// A dispatch of 100 tomatoes and 50 spinach under way.
fn arrival(
    store: &InMemoryReceiving,
    team: TeamId,
    ids: &dyn IdSource,
) -> Result<DispatchId, Box<dyn Error>> {
    let dispatch = ArrivedDispatch {
        id: ids.id(),
        number: "DSP-2024-001".into(),
        tracking_reference: Some("AWB 123".into()),
        purchase_order: ids.id(),
        purchase_order_number: "PO-2024-001".into(),
        order: ids.id(),
        order_number: "ORD-2024-001".into(),
        vendor: ids.id(),
        vendor_code: "VEN001".into(),
        vendor_name: "Green Farms".into(),
        vendor_email: Some("vendor@example.com".into()),
    };
    let mut items = Vec::new();
    for (name, number) in [("Organic Tomatoes", 100), ("Fresh Spinach", 50)] {
        let quantity = Quantity::try_new(number.into())?;
        items.push(ArrivedItem {
            assigned_item: ids.id(),
            line: ids.id(),
            product_name: name.into(),
            sku: None,
            assigned: quantity,
            dispatched: quantity,
            received_before: Amount::ZERO,
        });
    }
    let id = dispatch.id;
    store.arrive(team, dispatch, items);
    Ok(id)
}

/// Five units of an item are missing.
fn short(item: &ReceiptItem) -> Result<ItemCount, Box<dyn Error>> {
    let missing = Amount::try_new(5.into())?;
    Ok(ItemCount {
        item: item.id,
        assigned_item: None,
        assigned: None,
        confirmed: Some(item.goods.dispatched.value()),
        received: Amount::from(item.goods.dispatched).less(missing),
        discrepancy: Some(-missing.value()),
        status: ItemStatus::QuantityMismatch,
        remarks: Remarks::try_new("5 units missing from shipment").ok(),
        is_damage_reported: false,
        damage_description: None,
        damaged: None,
        accepts_excess: false,
    })
}
