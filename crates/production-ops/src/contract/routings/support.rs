use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::manufacturing::Sku;

use super::super::{name, valid};
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

pub(super) fn minutes(text: &str) -> Minutes {
    valid(Minutes::try_new(valid(text.parse())))
}

pub(in crate::contract) fn times(setup: &str, run: &str, basis: RunTimeBasis) -> OperationTimes {
    OperationTimes { setup: minutes(setup), run: minutes(run), basis }
}

pub(in crate::contract) fn skill(text: &str) -> Skill {
    valid(Skill::try_new(text))
}

pub(super) fn sku(text: &str) -> Sku {
    valid(Sku::try_new(text))
}

pub(in crate::contract) fn activities(collecting: &[Collecting<ActivityId>]) -> OperationActivities {
    let mut activities = OperationActivities::default();
    for one in collecting {
        valid(activities.add(*one));
    }
    activities
}
