use kernel::contract::{changed_at, context, created_at, done};
use kernel::id::TeamId;

use super::{connection, good};
use crate::accounting::{
    AccountingConnection, ConnectionError, PaymentMethod, PaymentTerm, PriceType, StoredConnection,
};
use crate::ports::Connections;

/// Each team has at most one connection, of its own. The teams exist and have none.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn connections(connections: &dyn Connections, team: TeamId, other_team: TeamId) {
    assert_eq!(good(connections.find(team).await), None);
    let first = AccountingConnection { team, ..connection("1") };
    let (created_at, changed_at) = (created_at(), changed_at());
    let set = done(connections.set(context(team, created_at), first.clone(), None).await, "it is set");
    let stored = StoredConnection { connection: first, created_at, updated_at: created_at };
    assert_eq!(set, stored);
    assert_eq!(good(connections.find(team).await), Some(stored));
    assert_eq!(good(connections.find(other_team).await), None, "another team's is not seen");

    let second = AccountingConnection {
        team,
        zone: good("America/New_York".parse()),
        payment_method: PaymentMethod::CashOnDelivery,
        payment_term: good(PaymentTerm::try_new(365)),
        prices: PriceType::Gross,
        ..connection("2")
    };
    for seen in [None, Some(changed_at)] {
        let overtaken = connections.set(context(team, changed_at), second.clone(), seen).await;
        assert!(matches!(overtaken, Err(ConnectionError::Overtaken)), "{overtaken:?}");
    }
    assert_eq!(good(connections.find(team).await), Some(set), "nothing was changed");
    let set = connections.set(context(team, changed_at), second.clone(), Some(created_at)).await;
    let set = done(set, "it is set anew");
    let stored = StoredConnection { connection: second, created_at, updated_at: changed_at };
    assert_eq!(set, stored);

    let theirs = AccountingConnection { team: other_team, ..connection("3") };
    let overtaken = connections.set(context(other_team, changed_at), theirs.clone(), Some(created_at)).await;
    assert!(matches!(overtaken, Err(ConnectionError::Overtaken)), "what was never there was not seen");
    let set = connections.set(context(other_team, changed_at), theirs.clone(), None).await;
    done(set, "each team has its own");
    let found = good(connections.find(other_team).await).map(|stored| stored.connection);
    assert_eq!(found, Some(theirs));
    assert_eq!(good(connections.find(team).await), Some(stored));
}
