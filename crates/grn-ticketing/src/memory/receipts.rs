use std::cmp::Reverse;

use kernel::clock::SystemIds;
use kernel::quantity::Amount;
use kernel::team_locale::TeamLocale;

use super::*;
use crate::ports::{
    GoodsReceipts, ReceiptFilter, ReceiptView, TicketSummary, VerificationOutcome, VerificationState,
};
use crate::receipt::{AssignedItemId, Disagreement, ReceiptError, Verification};
use crate::ticket::{CommentId, NewTicket, raise};

#[async_trait]
impl GoodsReceipts for InMemoryReceiving {
    async fn receive(
        &self,
        context: WriteContext<ReceiptView>,
        dispatch: DispatchId,
        id: GoodsReceiptId,
        locale: TeamLocale,
    ) -> Result<Written<ReceiptView>, ReceiptError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        self.lock().once(&context, |state| {
            let sent = state.under_way.get(&(team, dispatch)).cloned();
            let (sent, items) = sent.ok_or(ReceiptError::NotFound("dispatch"))?;
            let before = of(&state.receipts, team).find(|receipt| receipt.dispatch.id == dispatch);
            if let Some(before) = before {
                let (dispatch, receipt) = (sent.number, before.number.clone());
                return Err(ReceiptError::AlreadyReceived { dispatch, receipt });
            }
            let number = state.number(team, &GoodsReceipt::series(at, &locale));
            let receipt = GoodsReceipt::receive((id, &number), sent, items, &SystemIds, by, at);
            let view = state.view(team, receipt.clone());
            state.receipts.insert((team, id), receipt);
            Ok(view)
        })
    }

    async fn verify(
        &self,
        context: WriteContext<VerificationOutcome>,
        verification: Verification,
        (ticket, comment): (TicketId, CommentId),
        locale: TeamLocale,
    ) -> Result<Written<VerificationOutcome>, ReceiptError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        self.lock().once(&context, |state| {
            let id = verification.receipt;
            let unknown = || ReceiptError::Disagrees(vec![Disagreement::UnknownReceipt]);
            let before = state.receipts.get(&(team, id)).cloned().ok_or_else(unknown)?;
            let verified = state.counted(team, before).verify(&verification, by, at)?;
            let number = state.number(team, &Ticket::series(at, &locale)).into();
            let new = NewTicket { id: ticket, number, comment };
            let raised = raise(&verified, state.latest(team, id), &new, by, at);
            let mut receipt = verified.receipt.clone();
            for now in &verified.items {
                let item = receipt.items.iter_mut().find(|item| item.id == now.id);
                if let Some(check) = item.and_then(|item| item.check.as_mut()).filter(|it| it.is_mismatch()) {
                    check.ticket = raised.as_ref().map(|raised| raised.ticket.id);
                }
            }
            state.receipts.insert((team, id), receipt.clone());
            let outcome = VerificationOutcome {
                receipt,
                mismatches: verified.mismatches().len(),
                ticket: raised.as_ref().map(|raised| TicketSummary::from(&raised.ticket)),
                is_joined: raised.as_ref().is_some_and(|raised| raised.before.is_some()),
            };
            if let Some(raised) = raised {
                state.comments.push((raised.ticket.id, raised.comment));
                state.tickets.insert((team, raised.ticket.id), raised.ticket);
            }
            Ok(outcome)
        })
    }

    async fn find(&self, team: TeamId, id: GoodsReceiptId) -> Result<Option<ReceiptView>, StoreError> {
        let state = self.lock();
        Ok(state.receipts.get(&(team, id)).map(|receipt| state.view(team, receipt.clone())))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: ReceiptFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<ReceiptView>, StoreError> {
        let state = self.lock();
        let found = of(&state.receipts, team).filter(|receipt| filter.passes(receipt));
        let mut found: Vec<_> = found.map(|receipt| state.view(team, receipt.clone())).collect();
        match filter.state {
            Some(VerificationState::Open) => {
                found.sort_by_key(|view| (view.receipt.received_at, view.receipt.id));
            }
            _ => found.sort_by_key(|view| Reverse((view.receipt.received_at, view.receipt.id))),
        }
        Ok(part(found, window, counted))
    }
}

impl State {
    /// A receipt as it is shown.
    fn view(&self, team: TeamId, receipt: GoodsReceipt) -> ReceiptView {
        ReceiptView {
            received_by: self.person(team, receipt.received_by),
            verified_by: self.person(team, receipt.verified_by),
            ticket: self.latest(team, receipt.id).map(TicketSummary::from),
            receipt: self.counted(team, receipt),
        }
    }

    /// The receipt whose open items know what was received of their assignments until now.
    fn counted(&self, team: TeamId, mut receipt: GoodsReceipt) -> GoodsReceipt {
        for item in receipt.items.iter_mut().filter(|item| item.check.is_none()) {
            item.goods.received_before = self.received(team, item.goods.assigned_item);
        }
        receipt
    }

    fn received(&self, team: TeamId, assigned: AssignedItemId) -> Amount {
        let items = of(&self.receipts, team).flat_map(|receipt| &receipt.items);
        let items = items.filter(|item| item.goods.assigned_item == assigned);
        let checks = items.filter_map(|item| item.check.as_ref());
        checks.fold(Amount::ZERO, |sum, check| sum.plus(check.received).unwrap_or(sum))
    }
}
