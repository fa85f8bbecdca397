use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use grn_ticketing::events::{GrnVerified, TicketCreated, TicketFacts, TicketUpdated};
use grn_ticketing::ports::{
    GoodsReceipts, ReceiptFilter, ReceiptView, TicketSummary, VerificationOutcome, VerificationState,
};
use grn_ticketing::receipt::{
    ArrivedItem, Disagreement, DispatchId, GoodsReceipt, GoodsReceiptId, ReceiptError, Verification, Verified,
};
use grn_ticketing::ticket::{CommentId, NewTicket, Raised, Ticket, TicketId, raise};
use kernel::access::ActorRef;
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::{Event, OutboxMessage};
use kernel::id::{Id, TeamId, UserId, Uuid};
use kernel::page::{Page, Window};
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use procurement::events::{DispatchFacts, DispatchReceived};
use procurement::supply::{SupplyError, VerifiedGoods};

use super::table::{arrived, insert, save, views, with_ids};
use crate::counters::draw_number;
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::grn_ticketing::tickets::table::latest_of;
use crate::paging::{narrowed, page, within};
use crate::procurement::dispatches::table as dispatches;
use crate::procurement::supply::{LockedBy, lock};
use crate::schema::goods_receipts;
use crate::write_error::{WriteError, unwritable};

/// Goods receipts in PostgreSQL.
pub struct PgGoodsReceipts {
    db: Db,
}

impl PgGoodsReceipts {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

/// The user who acts, if it is one.
pub(in crate::grn_ticketing) fn user(actor: ActorRef) -> Option<UserId> {
    if let ActorRef::User(id) = actor { Some(id) } else { None }
}

#[async_trait]
impl GoodsReceipts for PgGoodsReceipts {
    #[tracing::instrument(name = "GoodsReceipts::receive", level = "debug", skip_all)]
    async fn receive(
        &self,
        context: WriteContext<ReceiptView>,
        dispatch: DispatchId,
        id: GoodsReceiptId,
        locale: TeamLocale,
    ) -> Result<Written<ReceiptView>, ReceiptError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        let number = draw_number(&self.db, &context, &GoodsReceipt::series(at, &locale)).await?;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let unknown = || WriteError::Port(ReceiptError::NotFound("dispatch"));
                lock(connection, team, LockedBy::Dispatch(dispatch.uuid()))?.ok_or_else(unknown)?;
                let found = dispatches::with_ids(connection, team, &[dispatch.uuid()])?;
                let found = dispatches::dispatches(found).map_err(WriteError::store)?;
                let sent = found.into_iter().next().ok_or_else(unknown)?;
                sent.check_receivable().map_err(received_before)?;
                let (arrived, goods) = arrived(connection, team, dispatch.uuid())?.ok_or_else(unknown)?;
                let goods = goods.into_iter().map(ArrivedItem::try_from).collect::<Result<_, _>>();
                let goods = goods.map_err(WriteError::store)?;
                let receipt = GoodsReceipt::receive((id, &number), arrived.into(), goods, &SystemIds, by, at);
                insert(connection, team, &receipt)?;
                let facts = DispatchReceived(DispatchFacts::from(&sent));
                let event =
                    Event::new(SystemIds.uuid(), dispatch.uuid(), 2, at, &facts).map_err(unwritable)?;
                let audit = vec![AuditEntry::created(&receipt)];
                let outcome = view(connection, team, id)?;
                Ok(Change { outcome, events: vec![OutboxMessage::Event(event)], audit })
            })
            .await
    }

    #[tracing::instrument(name = "GoodsReceipts::verify", level = "debug", skip_all)]
    async fn verify(
        &self,
        context: WriteContext<VerificationOutcome>,
        verification: Verification,
        (ticket, comment): (TicketId, CommentId),
        locale: TeamLocale,
    ) -> Result<Written<VerificationOutcome>, ReceiptError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        let number = match verification.counts.is_empty() {
            true => String::new(),
            false => draw_number(&self.db, &context, &Ticket::series(at, &locale)).await?,
        };
        let new = NewTicket { id: ticket, number: number.into(), comment };
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let id = verification.receipt;
                let unknown =
                    || WriteError::Port(ReceiptError::Disagrees(vec![Disagreement::UnknownReceipt]));
                let locked = lock(connection, team, LockedBy::Receipt(id.uuid()))?.ok_or_else(unknown)?;
                let found = views(with_ids(connection, team, &[id.uuid()])?).map_err(WriteError::store)?;
                let before = found.into_iter().next().ok_or_else(unknown)?;
                let verified = before.receipt.verify(&verification, by, at).map_err(WriteError::Port)?;
                let latest = match before.ticket {
                    Some(_) => latest_of(connection, team, id.uuid())?,
                    None => None,
                };
                let raised = raise(&verified, latest.as_ref(), &new, by, at);
                save(connection, team, &verified, raised.as_ref())?;
                let changed = locked.supply.verified(&goods(&verified), at);
                let saved = locked.save(connection, team, &changed, at)?;
                let mut events = events(&verified, raised.as_ref())?;
                events.extend(saved.events);
                let entry = AuditEntry::of("verified", Some(&before.receipt), Some(&verified.receipt));
                let of_ticket = raised.as_ref().map(|raised| match &raised.before {
                    None => AuditEntry::created(&raised.ticket),
                    Some(before) => AuditEntry::changed(before, &raised.ticket),
                });
                let audit = [entry].into_iter().chain(of_ticket).chain(saved.audit).collect();
                let outcome = VerificationOutcome {
                    mismatches: verified.mismatches().len(),
                    ticket: raised.as_ref().map(|raised| TicketSummary::from(&raised.ticket)),
                    is_joined: raised.is_some_and(|raised| raised.before.is_some()),
                    receipt: verified.receipt,
                };
                Ok(Change { outcome, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "GoodsReceipts::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: GoodsReceiptId) -> Result<Option<ReceiptView>, StoreError> {
        let read =
            self.db.read(Scope::Team(team), move |connection| with_ids(connection, team, &[id.uuid()]));
        Ok(views(read.await?)?.into_iter().next())
    }

    #[tracing::instrument(name = "GoodsReceipts::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: ReceiptFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<ReceiptView>, StoreError> {
        let read = self.db.read(Scope::Team(team), move |connection| {
            let all = || filtered(team, &filter);
            let part = all().limit(window.limit().into()).offset(window.offset().into());
            let ids: Vec<Uuid> = match filter.state {
                Some(VerificationState::Open) => part
                    .order((goods_receipts::received_at, goods_receipts::id))
                    .select(goods_receipts::id)
                    .load(connection)?,
                _ => part
                    .order((goods_receipts::received_at.desc(), goods_receipts::id.desc()))
                    .select(goods_receipts::id)
                    .load(connection)?,
            };
            let total = counted.then(|| all().count().get_result(connection)).transpose()?;
            Ok((with_ids(connection, team, &ids)?, ids, total))
        });
        let (rows, ids, total) = read.await?;
        page(&ids, views(rows)?.into_iter().map(|view| Ok((view.receipt.id.uuid(), view))), total)
    }
}

fn filtered(team: TeamId, filter: &ReceiptFilter) -> goods_receipts::BoxedQuery<'static, Pg> {
    let of_team = goods_receipts::table.filter(goods_receipts::team_id.eq(team.uuid())).into_boxed();
    let of_state = match filter.state {
        None => of_team,
        // without a parameter, so that every plan finds the partial index
        Some(VerificationState::Open) => of_team.filter(goods_receipts::is_open),
        Some(VerificationState::Status(status)) => of_team.filter(goods_receipts::status.eq(status.as_str())),
    };
    let narrowed = narrowed!(of_state,
        goods_receipts::vendor_id => filter.vendor.map(Id::uuid),
        goods_receipts::order_id => filter.order.map(Id::uuid),
    );
    within!(narrowed, goods_receipts::received_at, filter.received)
}

/// The receipt of that id, which is there.
fn view(
    connection: &mut PgConnection,
    team: TeamId,
    id: GoodsReceiptId,
) -> Result<ReceiptView, WriteError<ReceiptError>> {
    let found = views(with_ids(connection, team, &[id.uuid()])?).map_err(WriteError::store)?;
    found.into_iter().next().ok_or_else(|| WriteError::internal("a goods receipt that was just made is gone"))
}

fn received_before(error: SupplyError) -> WriteError<ReceiptError> {
    WriteError::Port(match error {
        SupplyError::AlreadyReceived { dispatch, receipt } => {
            ReceiptError::AlreadyReceived { dispatch, receipt }
        }
        other => ReceiptError::Store(StoreError::Internal(Box::new(other))),
    })
}

/// What the items that were verified now are to their assignments.
fn goods(verified: &Verified) -> Vec<VerifiedGoods> {
    let of = verified.items.iter().filter_map(|item| {
        let check = item.check.as_ref()?;
        Some(VerifiedGoods {
            assignment: Id::new(item.goods.assigned_item.uuid()),
            dispatched: item.goods.dispatched,
            received: check.received,
            accepted: check.accepted,
        })
    });
    of.collect()
}

fn events(
    verified: &Verified,
    raised: Option<&Raised>,
) -> Result<Vec<OutboxMessage>, WriteError<ReceiptError>> {
    let (receipt, ticket) = (&verified.receipt, raised.map(|raised| &raised.ticket));
    let at = receipt.verified_at.unwrap_or(receipt.received_at);
    let (id, sequence) = (receipt.id.uuid(), receipt.version);
    let own = Event::new(SystemIds.uuid(), id, sequence, at, &GrnVerified::of(verified, ticket));
    let mut events = vec![own.map_err(unwritable)?];
    if let Some(Raised { before, ticket, .. }) = raised {
        let (id, sequence, facts) = (ticket.id.uuid(), ticket.version, TicketFacts::from(ticket));
        let event = match before {
            None => Event::new(SystemIds.uuid(), id, sequence, at, &TicketCreated(facts)),
            Some(_) => Event::new(SystemIds.uuid(), id, sequence, at, &TicketUpdated(facts)),
        };
        events.push(event.map_err(unwritable)?);
    }
    Ok(events.into_iter().map(OutboxMessage::Event).collect())
}
