use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::manufacturing::Sku;

use super::super::name;
use super::RoutingStores;
use crate::data_collection::{ActivityId, FieldDefinitions, NewActivity, OnViolation};
use crate::department::DepartmentId;
use crate::routing::{Collecting, Minutes, OperationActivities, OperationTimes, RunTimeBasis};
use crate::skill::Skill;
use kernel::contract::{context, created_at, done};

pub(super) async fn department(
    stores: RoutingStores<'_>,
    ids: &dyn IdSource,
    team: TeamId,
    text: &str,
) -> DepartmentId {
    let created = stores.departments.create(context(team, created_at()), ids.id(), name(text)).await;
    done(created, "a department is created").id
}

pub(super) async fn activity(
    stores: RoutingStores<'_>,
    ids: &dyn IdSource,
    team: TeamId,
    text: &str,
) -> ActivityId {
    let new = NewActivity {
        name: name(text),
        description: None,
        fields: FieldDefinitions::default(),
        on_violation: OnViolation::Reject,
        is_active: true,
    };
    let created = stores.activities.create(context(team, created_at()), ids.id(), new).await;
    done(created, "an activity is created").id
}

#[expect(clippy::expect_used, reason = "test support: bad minutes are the suite's own fault")]
pub(super) fn minutes(text: &str) -> Minutes {
    Minutes::try_new(text.parse().expect("a decimal")).expect("minutes")
}

pub(in crate::contract) fn times(setup: &str, run: &str, basis: RunTimeBasis) -> OperationTimes {
    OperationTimes { setup: minutes(setup), run: minutes(run), basis }
}

#[expect(clippy::expect_used, reason = "test support: a bad skill is the suite's own fault")]
pub(in crate::contract) fn skill(text: &str) -> Skill {
    Skill::try_new(text).expect("a skill")
}

#[expect(clippy::expect_used, reason = "test support: a bad SKU is the suite's own fault")]
pub(super) fn sku(text: &str) -> Sku {
    Sku::try_new(text).expect("a SKU")
}

#[expect(clippy::expect_used, reason = "test support: an activity twice is the suite's own fault")]
pub(in crate::contract) fn activities(collecting: &[Collecting<ActivityId>]) -> OperationActivities {
    let mut activities = OperationActivities::default();
    for one in collecting {
        activities.add(*one).expect("another activity");
    }
    activities
}
