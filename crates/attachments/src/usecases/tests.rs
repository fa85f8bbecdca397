use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::clock::{CountedIds, IdSource};
use kernel::write::WriteContext;

pub(super) fn ids() -> Arc<dyn IdSource> {
    Arc::new(CountedIds::default())
}

pub(super) fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(1)
}

pub(super) fn context<O>() -> WriteContext<O> {
    let actor = Actor { team: ids().id(), identity: Identity::System { part: "test" } };
    WriteContext::unclaimed(&actor, "test", at())
}
