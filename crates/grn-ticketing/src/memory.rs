//! The ports in memory, for examples and tests. It keeps no audit trail and announces no events.

mod receipts;
mod tickets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::access::{ActorRef, Role};
use kernel::error::StoreError;
use kernel::id::{TeamId, UserId};
use kernel::memory::{InMemoryResponses, InMemoryState, page};
use kernel::numbering::Series;
use kernel::page::{Page, Window};
use kernel::write::{WriteContext, Written};

use crate::receipt::{ArrivedDispatch, ArrivedItem, DispatchId, GoodsReceipt, GoodsReceiptId};
use crate::ticket::{Comment, Ticket, TicketId};

/// Dispatches under way, goods receipts and tickets of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryReceiving {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    users: BTreeMap<(TeamId, UserId), User>,
    under_way: BTreeMap<(TeamId, DispatchId), (ArrivedDispatch, Vec<ArrivedItem>)>,
    receipts: BTreeMap<(TeamId, GoodsReceiptId), GoodsReceipt>,
    tickets: BTreeMap<(TeamId, TicketId), Ticket>,
    comments: Vec<(TicketId, Comment)>,
    counters: BTreeMap<(TeamId, &'static str, String), u64>,
    responses: InMemoryResponses,
}

#[derive(Debug)]
struct User {
    email: Box<str>,
    roles: BTreeSet<Role>,
    is_active: bool,
}

impl InMemoryReceiving {
    /// Adds a dispatch under way, or puts one in the place of another.
    pub fn arrive(&self, team: TeamId, dispatch: ArrivedDispatch, items: Vec<ArrivedItem>) {
        self.lock().under_way.insert((team, dispatch.id), (dispatch, items));
    }

    /// Adds a user, or puts one in the place of another.
    pub fn add_user(
        &self,
        team: TeamId,
        id: UserId,
        email: &str,
        roles: impl IntoIterator<Item = Role>,
        is_active: bool,
    ) {
        let user = User { email: email.into(), roles: roles.into_iter().collect(), is_active };
        self.lock().users.insert((team, id), user);
    }

    // Every write checks first and stores last, so a panic between leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

impl State {
    /// A user with their e-mail; `None` of nobody, and of whom the team does not know.
    fn person(&self, team: TeamId, id: Option<UserId>) -> Option<(UserId, Box<str>)> {
        let id = id?;
        Some((id, self.users.get(&(team, id))?.email.clone()))
    }

    /// The next number of a series.
    fn number(&mut self, team: TeamId, series: &Series) -> String {
        let counter = self.counters.entry((team, series.kind, series.period.clone())).or_default();
        *counter += 1;
        series.number(*counter)
    }

    /// The latest ticket of a receipt.
    fn latest(&self, team: TeamId, receipt: GoodsReceiptId) -> Option<&Ticket> {
        let its = of(&self.tickets, team).filter(|ticket| ticket.receipt == receipt);
        its.max_by_key(|ticket| (ticket.created_at, ticket.id))
    }
}

/// What a team has of something.
fn of<K: Ord, T>(all: &BTreeMap<(TeamId, K), T>, team: TeamId) -> impl Iterator<Item = &T> {
    all.iter().filter(move |((owner, _), _)| *owner == team).map(|(_, its)| its)
}

/// The window's part of a whole list.
fn part<T>(found: Vec<T>, window: Window, counted: bool) -> Page<T> {
    let listing = page(found, window);
    Page { items: listing.items, total: counted.then_some(listing.total) }
}

/// The user who acts, if it is one.
fn user(actor: ActorRef) -> Option<UserId> {
    if let ActorRef::User(id) = actor { Some(id) } else { None }
}

#[cfg(test)]
mod tests;
